"""live_ops: `esplain live` in operation: what it may still do once it runs, as root and with file capabilities; metrics held against a strict parser of
Prometheus' text format; the view of --top in a real terminal. Needs root, network namespaces and tmux."""
import math
import os
import pwd
import re
import shutil
import signal
import subprocess
import tempfile
import time

import netns
import pcap
import runner

SANITIZED = os.environ.get("ESPLAIN_MODE") == "asan"
CAPTURE, SAS = "captures/peerkill.pcap", "captures/peerkill.monitor.txt"
TAKEN = 25  # of its 32 frames: the ESP and IKE ones
NONE = "0" * 16


def wait(what, seconds=60):
    """What `what` answers once that is true, or its last answer."""
    until = time.monotonic() + seconds
    while not (found := what()) and time.monotonic() < until:
        time.sleep(0.05)
    return found


def text(path):
    try:
        with open(path, encoding="utf-8") as file:
            return file.read()
    except FileNotFoundError:
        return ""


def status(pid):
    return dict(line.split(":", 1) for line in text("/proc/%d/status" % pid).splitlines())


class Live:
    """A run in the namespace; `before` are words before the program."""

    def __init__(self, space, *words, before=(), program=None):
        self.told = tempfile.TemporaryFile()
        self.process = space.start(*before, program or os.path.abspath(runner.ESPLAIN), "live", *words, stdin=subprocess.DEVNULL,
                                   stdout=self.told, stderr=subprocess.STDOUT)

    def text(self):
        return os.pread(self.told.fileno(), 1 << 20, 0).decode()

    def listens(self):
        return wait(lambda: "listening" in self.text() or self.process.poll() is not None) and self.process.poll() is None

    def end(self, number=signal.SIGTERM):
        if self.process.poll() is None:
            self.process.send_signal(number)
        try:
            return self.process.wait(60)
        except subprocess.TimeoutExpired:
            self.process.kill()
            return "did not end"


def send(space):
    link = space.socket()
    for frame in pcap.read(CAPTURE):
        link.send(frame.data)
        time.sleep(0.002)
    link.close()


def metrics(page):
    """Series and their values; ValueError where a line is not as the format (0.0.4) has it."""
    series, family, kind, families = {}, None, None, set()
    name, label = r"[a-zA-Z_:][a-zA-Z0-9_:]*", r'[a-zA-Z_][a-zA-Z0-9_]*="(?:[^"\\\n]|\\[\\"n])*"'
    if not page.endswith("\n"):
        raise ValueError("the last line has no end")
    for line in page[:-1].split("\n"):
        if found := re.fullmatch(r"# HELP (%s) \S.*" % name, line):
            family, kind = found.group(1), None
            if family in families:
                raise ValueError("family twice: " + family)
            families.add(family)
        elif found := re.fullmatch(r"# TYPE (%s) (counter|gauge)" % name, line):
            if found.group(1) != family or kind:
                raise ValueError(line)
            kind = found.group(2)
            if (kind == "counter") != family.endswith("_total"):
                raise ValueError("counters, and they alone, end with _total: " + family)
        else:
            found = re.fullmatch(r"(%s)(\{%s(?:,%s)*\})? (\S+)" % (name, label, label), line)
            if not found or found.group(1) != family or not kind or not math.isfinite(float(found.group(3))):
                raise ValueError(line)
            key = found.group(1) + (found.group(2) or "")
            if key in series:
                raise ValueError("series twice: " + key)
            series[key] = float(found.group(3))
    return series


def confined(name, pid, user):
    state = status(pid)
    if user is not None:
        entry = pwd.getpwnam(user)
        runner.equal("%s: user and group" % name, (state["Uid"].split(), state["Gid"].split(), state["Groups"].split()),
                     ([str(entry.pw_uid)] * 4, [str(entry.pw_gid)] * 4, []))
    runner.equal("%s: no capability is left" % name, [state[key].strip() for key in ("CapInh", "CapPrm", "CapEff", "CapAmb")], [NONE] * 4)
    runner.equal("%s: no_new_privs" % name, state["NoNewPrivs"].strip(), "1")
    if SANITIZED:
        runner.skip("%s: system calls are filtered" % name, "a sanitizer needs other calls")
    else:
        runner.equal("%s: system calls are filtered" % name, state["Seccomp"].strip(), "2")
    runner.equal("%s: its memory is root's to look at" % name, os.stat("/proc/%d/environ" % pid).st_uid, 0)


def default_user():
    for name in ("esplain", "nobody"):
        try:
            return pwd.getpwnam(name).pw_name
        except KeyError:
            pass


def as_root(space, folder):
    out, page, kept = (os.path.join(folder, name) for name in ("out.json", "m.prom", "kept.pcapng"))
    live = Live(space, "-v", "-f", "json", "-s", SAS, "--receiver", "10.77.0.2", "-o", out, "-w", kept, "--metrics", page,
                "--metrics-interval", "1", "in0")
    if not runner.check("root: it listens", live.listens(), live.text()):
        live.end()
        return
    confined("root", live.process.pid, default_user())
    runner.check("root: it says what it is now", "user %s, no capabilities" % default_user() in live.text(), live.text())
    first = metrics(text(page))
    runner.equal("metrics are there from the start", first['esplain_packets_total{verdict="accepted"}'], 0)
    os.chown(out, pwd.getpwnam(default_user()).pw_uid, -1)
    os.rename(out, out + ".1")
    send(space)
    shown = wait(lambda: metrics(text(page)).get("esplain_captured_frames_total") == TAKEN and metrics(text(page)))
    runner.check("metrics: replaced while it runs", shown, text(page)[:600])
    live.process.send_signal(signal.SIGHUP)
    runner.check("SIGHUP: the output is made anew by that user", wait(lambda: os.path.exists(out)), live.text())
    ended = live.end()
    runner.check("root: it ends as findings want it", ended in (0, 1), "%s: %s" % (ended, live.text()))
    last = metrics(text(page))
    records = [line for line in text(out).splitlines() if '"type":"summary"' in line]
    runner.equal("root: the summary is in the new file", len(records), 1)
    runner.equal("metrics: the last ones count all packets", (last["esplain_captured_frames_total"], last['esplain_protocol_packets_total{protocol="esp"}']),
                 (TAKEN, 16))
    runner.equal("metrics: drops by who lost them", [last.get('esplain_capture_dropped_packets_total{by="%s",interface="in0"}' % by) for by in ("kernel", "interface")],
                 [0, 0])
    runner.equal("metrics: no counter fell", sorted(key for key in first if "_total" in key and last.get(key, 0) < first[key]), [])
    runner.check("metrics: an SA has its series", any(key.startswith("esplain_sa_packets_total") and "0xc36f11ab" in key for key in last), sorted(last))
    runner.check("metrics: when the run began", 0 < time.time() - last["esplain_start_time_seconds"] < 60, last.get("esplain_start_time_seconds"))
    if os.path.exists("/proc/net/xfrm_stat"):
        names = {line.split()[0] for line in text("/proc/net/xfrm_stat").splitlines()}
        shown = {found.group(1) for key in last if (found := re.match(r'esplain_kernel_xfrm_errors_total\{counter="(\w+)"', key))}
        runner.check("metrics: the kernel's own counters", shown and (names <= shown or shown <= names), names ^ shown)
    else:
        runner.skip("metrics: the kernel's own counters", "this kernel has no /proc/net/xfrm_stat")
    runner.check("-w was written to the end", os.path.getsize(kept) > TAKEN * 60, os.path.getsize(kept))
    runner.equal("nothing temporary is left", [name for name in os.listdir(folder) if "esplain-new" in name], [])


def with_file_capabilities(space, folder):
    if not shutil.which("setcap") or not shutil.which("setpriv"):
        runner.skip("file capabilities", "setcap or setpriv is not installed")
        return
    program = os.path.join(folder, "esplain")
    shutil.copy(runner.ESPLAIN, program)
    before = ("setpriv", "--reuid", "nobody", "--regid", "nogroup", "--clear-groups")
    live = Live(space, "--for", "1", "in0", before=before, program=program)
    ended = live.process.wait(20)
    runner.equal("without capabilities: it fails", ended, 2)
    runner.check("without capabilities: it says what would give them", "sudo setcap cap_net_raw+ep %s" % program in live.text(), live.text())
    done = subprocess.run(["setcap", "cap_net_raw+ep", program], stderr=subprocess.PIPE, text=True)
    if done.returncode != 0:
        runner.skip("file capabilities", done.stderr)
        return
    live = Live(space, "in0", before=before, program=program)
    if runner.check("file capabilities: it listens", live.listens(), live.text()):
        confined("file capabilities", live.process.pid, "nobody")
    runner.equal("file capabilities: it ends well", live.end(), 0)


def choices(space, folder):
    live = Live(space, "--user", "root", "in0")
    if runner.check("--user root: it listens", live.listens(), live.text()):
        confined("--user root", live.process.pid, "root")
    live.end()
    live = Live(space, "--no-sandbox", "in0")
    if runner.check("--no-sandbox: it listens", live.listens(), live.text()):
        runner.equal("--no-sandbox: system calls are not filtered", status(live.process.pid)["Seccomp"].strip(), "0")
    live.end()
    locked = os.path.join(folder, "locked")
    os.mkdir(locked, 0o755)
    for name, words, why in (("a user that is not there", ("--user", "no-such-user"), "there is no such user"),
                             ("a folder that the user may not write to", ("--metrics", os.path.join(locked, "m.prom")), "Permission denied"),
                             ("a rotation into such a folder", ("-w", os.path.join(locked, "w.pcapng"), "--rotate-time", "9"), "cannot be made in its folder"),
                             ("--top without a terminal", ("--top",), "no terminal"), ("--metrics-interval 0", ("--metrics-interval", "0"), "1 to 86400")):
        live = Live(space, *words, "in0")
        runner.equal("%s: exit status" % name, wait(lambda: live.process.poll()) or live.end(), 2)
        runner.check("%s: it says so" % name, why in live.text(), live.text())
    runner.equal("no metrics were written there", [name for name in os.listdir(locked) if "prom" in name], [])


def unreadable(space, folder):
    """What root may open and the user that esplain becomes may not: said at the start, while somebody is there to read it."""
    private = os.path.join(folder, "private")
    os.mkdir(private, 0o755)
    sas = os.path.join(private, "sas.txt")
    shutil.copy(SAS, sas)
    os.chmod(sas, 0o600)
    live = Live(space, "-s", sas, "-w", os.path.join(private, "w.pcapng"), "-o", os.path.join(private, "out.txt"), "in0")
    if runner.check("files of root's: it listens", live.listens(), live.text()):
        said = live.text()
        runner.check("an SA file that cannot be read again is told of", "sas.txt: cannot be read again when it changes: Permission denied" in said, said)
        for option in ("-w", "-o"):
            runner.check("%s: that SIGHUP cannot make it anew is told" % option, "%s: SIGHUP could not make the file anew: Permission denied" % option in said, said)
    live.end()
    os.chmod(sas, 0o644)
    live = Live(space, "-s", sas, "-w", os.path.join(folder, "w.pcapng"), "-o", os.path.join(folder, "out.txt"), "in0")
    live.listens()
    runner.check("files of that user's: nothing is said", "could not" not in live.text() and "cannot" not in live.text(), live.text())
    live.end()


class Terminal:
    def __init__(self, folder, command):
        self.words = ["tmux", "-S", os.path.join(folder, "tmux"), "-f", "/dev/null"]
        self.run("new-session", "-d", "-x", "80", "-y", "24", "sh")
        self.run("set", "-g", "status", "off")
        self.keys(command, "Enter")

    def run(self, *words):
        return subprocess.run(self.words + list(words), stdout=subprocess.PIPE, stderr=subprocess.PIPE, env={**os.environ, "LC_ALL": "C.UTF-8"})

    def keys(self, *keys):
        self.run("send-keys", *keys)

    def picture(self):
        return self.run("capture-pane", "-p").stdout.decode("utf-8", "replace").split("\n")[:-1]

    def shows(self, *words, seconds=10):
        return wait(lambda: all(word in "\n".join(self.picture()) for word in words), seconds)

    def resize(self, columns, rows):
        self.run("resize-window", "-x", str(columns), "-y", str(rows))

    def close(self):
        self.run("kill-server")


def crashes(space, folder):
    """A process that dies while it has the terminal gives it back. SIGSYS is what a forbidden system call ends it with under --top."""
    if not shutil.which("tmux"):
        runner.skip("--top that dies", "tmux is not installed")
        return
    program = " ".join(space.command(os.path.abspath(runner.ESPLAIN), "live", "--top", "in0"))
    for number in (signal.SIGABRT, signal.SIGSYS):
        own = os.path.join(folder, number.name)
        os.mkdir(own)
        noted = os.path.join(own, "pid")
        terminal = Terminal(own, "clear; sh -c 'echo $$ > %s; exec %s'; echo ended $?; stty -a | grep -o '[-]*icanon'" % (noted, program))
        try:
            runner.check("--top, then %s: the picture comes" % number.name, terminal.shows("esplain in0", "Findings: none so far", seconds=20), terminal.picture())
            os.kill(int(text(noted)), number)
            runner.check("--top, then %s: the terminal is given back" % number.name,
                         terminal.shows("ended %d" % (128 + number), "icanon", seconds=20) and not terminal.shows("-icanon", seconds=0.1) and
                         "Findings" not in "".join(terminal.picture()), terminal.picture())
        finally:
            terminal.close()


def view(space, folder):
    if not shutil.which("tmux"):
        runner.skip("--top in a terminal", "tmux is not installed")
        return
    program = " ".join(space.command(os.path.abspath(runner.ESPLAIN), "live", "--top", "-s", SAS, "--receiver", "10.77.0.2", "in0"))
    terminal = Terminal(folder, "cd %s; clear; %s; echo ended $?; stty -a | grep -o '[-]*icanon'" % (os.getcwd(), program))
    try:
        runner.check("--top: the picture comes", terminal.shows("esplain in0", "Findings: none so far"), terminal.picture())
        send(space)
        runner.check("--top: SAs, verdicts, findings", terminal.shows("0xc36f11ab", "unknown-spi", "esp  0xce069f0b", "Verdicts:"), terminal.picture())
        for columns, rows in ((80, 24), (60, 15), (120, 40), (30, 6), (80, 24)):
            terminal.resize(columns, rows)
            head = " esplain in0"
            runner.check("--top: %dx%d: the head stands at the top" % (columns, rows),
                         wait(lambda: terminal.picture()[0].startswith(head) and len(terminal.picture()) == rows), terminal.picture())
            wide = [line for line in terminal.picture() if len(line) > columns]
            runner.equal("--top: %dx%d: no line is wider" % (columns, rows), wide, [])
        terminal.keys("s")
        runner.check("--top: s sorts", terminal.shows("by packets"), terminal.picture())
        terminal.keys("p")
        runner.check("--top: p pauses", terminal.shows("PAUSED"), terminal.picture())
        terminal.keys("p")
        terminal.keys("?")
        runner.check("--top: ? lists the keys", terminal.shows("sort SAs by"), terminal.picture())
        terminal.keys("?", "j", "Down", "k", "Up")
        terminal.keys("q")
        runner.check("--top: q ends it, and the report follows", terminal.shows("ended 1", "icanon", "Verdicts:"), terminal.picture())
        runner.check("--top: the terminal is given back", not terminal.shows("-icanon", seconds=0.1), terminal.picture())
        terminal.keys("clear; %s & sleep 3; kill -TERM $!; wait $!; echo gone; stty -a | grep -o '[-]*icanon'" % program.replace("--top ", ""), "Enter")
        runner.check("in the background of a terminal: TERM ends it", terminal.shows("gone", "icanon", seconds=20), terminal.picture())
    finally:
        terminal.close()


why = netns.why_not()
if why:
    runner.skip("esplain live in operation", why)
    runner.finish()
here = netns.Namespace()
try:
    for part in (as_root, with_file_capabilities, choices, unreadable, crashes, view):
        with tempfile.TemporaryDirectory() as place:
            os.chmod(place, 0o777)
            part(here, place)
finally:
    here.close()
runner.finish()
