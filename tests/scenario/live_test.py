"""live: what is replayed over a virtual link is judged as `read` judges it from the file; signals, rotation, full disks and closed pipes."""
import glob
import json
import os
import signal
import subprocess
import tempfile
import time

import netns
import pcap
import runner
import schema

SCHEMA = schema.Schema("docs/schema.json")
ORACLE = ["gcm-tunnel4", "udpencap", "null-sha256-tunnel4", "alg-cbc-sha1", "same-spi-two-dst"]


def until(holds, seconds=60):
    """Does it come to hold within so many seconds? Long, for a machine that has much else to do."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        if holds():
            return True
        time.sleep(0.05)
    return holds()


class Live:
    """A run of `esplain live` in a namespace that has begun to listen. What it writes goes to files: a pipe that nobody reads would stop it."""

    def __init__(self, space, *arguments, interface="in0", out=None, filter=(), wrapper=()):
        self.out, self.err = tempfile.TemporaryFile(), tempfile.TemporaryFile()
        self.process = space.start(*wrapper, runner.ESPLAIN, "live", *arguments, interface, *filter, stdout=out or self.out, stderr=self.err)
        until(lambda: b"listening" in self.said() or self.process.poll() is not None)

    def wrote(self):
        return os.pread(self.out.fileno(), 1 << 28, 0)

    def said(self):
        return os.pread(self.err.fileno(), 1 << 20, 0)

    def says(self, text):
        return until(lambda: text in self.said() or self.process.poll() is not None) and text in self.said()

    def end(self, number=signal.SIGTERM):
        if number is not None and self.process.poll() is None:
            self.process.send_signal(number)
        status = self.process.wait(timeout=120)
        return runner.Result(self.process.args, status, self.wrote(), self.said())


def linktype(path):
    with open(path, "rb") as file:
        return file.read(24)[20]


def frames(path):
    """The frames of a capture as they go onto an Ethernet link; None where they cannot."""
    kind = linktype(path)
    if kind == 1:
        return [frame.data for frame in pcap.read(path)]
    if kind in (12, 101):
        return [pcap.ethernet(frame.data, 0x86dd if frame.data[0] >> 4 == 6 else 0x0800) for frame in pcap.read(path)]
    return None


def verdicts(result):
    return [(r["src"], r["dst"], r["spi"], r["seq"], r["verdict"], r["cause"], r["inner"]) for r in result.records("verdict")]


def same_verdicts(space):
    folder = runner.shared("oracle")
    if not folder:
        runner.skip("the same verdicts as read", "%s is not there" % runner.SHARED)
        return
    for group in ORACLE:
        base = os.path.join(folder, group)
        given = ["-f", "json", "--verdicts", "--receiver", "10.77.0.0/24", "-s", base + ".state.txt"]
        sent = frames(base + ".pcap")
        with tempfile.TemporaryDirectory() as scratch:
            copy = pcap.write(os.path.join(scratch, "sent.pcap"), sent, linktype=1)
            wanted = runner.run("read", *given, copy)
        live = Live(space, *given, "-c", str(len(sent)), filter=("ip", "or", "ip6")) # opened copies too
        link = space.socket()
        for frame in sent:
            link.send(frame)
        link.close()
        got = live.end(None)
        runner.equal("%s: live as read, packet by packet (%d)" % (group, len(verdicts(wanted))), verdicts(got), verdicts(wanted))
        runner.equal("%s: and the exit status" % group, got.status, wanted.status)
        wrong = [why for record in got.records() for why in SCHEMA.wrong(record)]
        runner.equal("%s: records as the schema has them" % group, wrong, [])


def unknown(count, spi=0x1000):
    return [pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 50, pcap.esp(spi + i, 1))) for i in range(count)]


def default_filter(space):
    """Each of these is IPsec, or needed to understand it; what is not stays out."""
    ike = bytes(range(1, 9)) + bytes(8) + bytes([33, 0x20, 34, 8]) + bytes(4) + (60).to_bytes(4, "big") + bytes(32)
    esp = pcap.ip4("192.0.2.1", "192.0.2.2", 50, pcap.esp(0x1001, 1))
    esp6 = pcap.ip6("2001:db8::1", "2001:db8::2", 50, pcap.esp(0x1001, 1))
    tag, qinq = bytes.fromhex("0005"), bytes.fromhex("0007810000050800")
    fragment = bytearray(pcap.ip4("192.0.2.1", "192.0.2.2", 50, bytes(64)))
    fragment[6:8] = b"\x00\x08"
    taken = {
        "ESP": pcap.ethernet(esp), "ESP on IPv6": pcap.ethernet(esp6, 0x86dd),
        "AH": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 51, bytes([50, 4, 0, 0]) + bytes(28))),
        "IKE": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 17, pcap.udp(500, 500, ike))),
        "NAT-T": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 17, pcap.udp(4500, 61000, pcap.esp(0x1002, 1)))),
        "IKE with its marker on ports of NAT": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 17, pcap.udp(30001, 61000, bytes(4) + ike))),
        "IKE with its marker on IPv6": pcap.ethernet(pcap.ip6("2001:db8::1", "2001:db8::2", 17, pcap.udp(30001, 61000, bytes(4) + ike)), 0x86dd),
        "a later fragment": pcap.ethernet(bytes(fragment)),
        "an IPv6 fragment": pcap.ethernet(pcap.ip6("2001:db8::1", "2001:db8::2", 44, bytes([50, 0, 0, 1, 0, 0, 0, 9]) + pcap.esp(0x1001, 2)), 0x86dd),
        "ICMP unreachable": pcap.ethernet(pcap.ip4("192.0.2.9", "192.0.2.1", 1, bytes([3, 4, 0, 0, 0, 0, 5, 0]) + esp[:28])),
        "TCP 4500": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 6, b"\x11\x94\xf0\x00" + bytes(8) + b"\x50\x10" + bytes(6))),
        "one VLAN tag": pcap.ethernet(tag + b"\x08\x00" + esp, 0x8100),
        "one VLAN tag, IPv6": pcap.ethernet(tag + b"\x86\xdd" + esp6, 0x8100),
        "two VLAN tags": pcap.ethernet(qinq + esp, 0x88a8),
    }
    left = {
        "DNS": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 17, pcap.udp(53, 5353, bytes(40)))),
        "a ping": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 1, bytes([8, 0]) + bytes(30))),
        "HTTPS": pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 6, b"\x01\xbb\xf0\x00" + bytes(8) + b"\x50\x10" + bytes(6))),
    }
    for interface in ("in0", "any", "out0"):
        missed, wrong = [], []
        live = Live(space, "-f", "json", "-w", "-", "-o", os.devnull, interface=interface)
        link = space.socket()
        for name, frame in list(taken.items()) + list(left.items()):
            link.send(frame)
        link.close()
        out = live.end().out # what was sent before the signal is taken in
        for name, frame in taken.items():
            if frame[-20:] not in out:
                missed.append(name)
        for name, frame in left.items():
            if frame[14:] in out:
                wrong.append(name)
        runner.equal("the default filter on %s takes all IPsec" % interface, missed, [])
        runner.equal("and nothing else on %s" % interface, wrong, [])


def signals(space, folder):
    out = os.path.join(folder, "out.json")
    kept = os.path.join(folder, "kept.pcapng")
    for number, name in ((signal.SIGTERM, "SIGTERM"), (signal.SIGINT, "SIGINT")):
        live = Live(space, "-f", "json", "--receiver", "192.0.2.2", "-o", out)
        link = space.socket()
        for frame in unknown(3):
            link.send(frame)
        runner.check("%s: findings are told as they happen" % name, until(lambda: os.path.getsize(out) > 0 and '"alert"' in open(out).read()))
        result = live.end(number)
        records = [json.loads(line) for line in open(out)]
        runner.check("%s ends it with the report" % name, result.status == 1 and records[-1]["type"] == "summary" and records[-1]["esp"] == 3,
                     (result.status, result.err, records[-1:]))
        runner.equal("%s: one alert for each new finding" % name, len([r for r in records if r["type"] == "alert" and r["new"]]),
                     len({json.dumps(r["finding"]["subject"]) for r in records if r["type"] == "alert"}))
        link.close()
    live = Live(space, "-f", "json", "--receiver", "192.0.2.2", "-o", out, "-w", kept)
    link = space.socket()
    link.send(unknown(1)[0])
    live.process.send_signal(signal.SIGUSR1)
    runner.check("SIGUSR1 writes the summary at once", until(lambda: '"summary"' in open(out).read()))
    interim = [json.loads(line) for line in open(out)]
    runner.check("SIGUSR1: it says that it is an interim one", interim[-1].get("interim") is True and not SCHEMA.wrong(interim[-1]), interim[-1])
    os.rename(out, out + ".1")
    runner.check("-w is on the disk while it runs", until(lambda: os.path.getsize(kept) > 100))
    os.rename(kept, kept + ".1")
    live.process.send_signal(signal.SIGHUP)
    runner.check("SIGHUP opens -o and -w anew", until(lambda: os.path.exists(out) and os.path.exists(kept)))
    kept_before = os.path.getsize(kept)
    link.send(unknown(1, 0x2000)[0])
    runner.check("the packet behind it is in the new file", until(lambda: os.path.getsize(kept) > kept_before))
    live.process.send_signal(signal.SIGHUP) # not moved away: must not be emptied
    time.sleep(0.5)
    result = live.end()
    runner.check("and goes on there", '"summary"' in open(out).read(), result.err)
    for path in (kept + ".1", kept):
        runner.equal("%s is whole and has its packet" % os.path.basename(path), runner.run("read", "-f", "json", path).record("summary")["frames"], 1)
    link.close()
    for number in (signal.SIGUSR1, signal.SIGHUP, signal.SIGINT, signal.SIGTERM):
        for delay in (0.0, 0.002, 0.01, 0.03, 0.1):
            process = space.start(runner.ESPLAIN, "live", "-q", "in0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
            time.sleep(delay)
            process.send_signal(number)
            time.sleep(0.05)
            process.terminate()
            status = process.wait(timeout=30)
            if status not in (0, -number, -signal.SIGTERM): # before the handlers stand a signal is its own end
                runner.not_ok("signal %d after %g s" % (number, delay), "status %r" % status)
    runner.ok("signals at many moments of the start")


def rotation(space, folder):
    live = Live(space, "-w", os.path.join(folder, "ring.pcapng"), "--rotate-size", "4096", "--rotate-keep", "3")
    link = space.socket()
    for frame in unknown(400):
        link.send(frame)
    result = live.end()
    files = sorted(glob.glob(os.path.join(folder, "ring_*.pcapng")))
    counts = [runner.run("read", "-f", "json", path).record("summary")["frames"] for path in files]
    runner.check("--rotate-size and --rotate-keep: three whole files are left", len(files) == 3 and all(counts), (files, counts, result.err))
    runner.check("their sizes are as asked for", all(os.path.getsize(path) < 4096 + 256 for path in files), [os.path.getsize(p) for p in files])
    live = Live(space, "-w", os.path.join(folder, "time.pcapng"), "--rotate-time", "1")
    def more():
        link.send(unknown(1)[0])
        time.sleep(0.2)
        return len(glob.glob(os.path.join(folder, "time_*.pcapng"))) >= 2
    runner.check("--rotate-time begins new files", until(more))
    live.end()
    link.close()


def full_disk(space, folder):
    script = "mount -t tmpfs -o size=64k none '%s' && exec \"$@\"" % folder
    probe = subprocess.run(["unshare", "-m", "sh", "-c", script, "sh", "true"], stderr=subprocess.PIPE)
    if probe.returncode:
        runner.skip("a full disk under -w", probe.stderr.decode())
        return
    live = Live(space, "-f", "json", "--receiver", "192.0.2.2", "-w", os.path.join(folder, "full.pcapng"), wrapper=("unshare", "-m", "sh", "-c", script, "sh"))
    link = space.socket()
    for frame in unknown(1) * 2000:
        link.send(frame)
    result = live.end()
    summary = result.record("summary")
    runner.check("a full disk: said once, the analysis goes on, exit status 2",
                 result.status == 2 and result.err.count(b"No space left") == 1 and summary["esp"] == 2000, (result.status, result.err, summary))
    link.close()


def closed_pipe(space):
    live = Live(space, "--verdicts", "-f", "json", out=subprocess.PIPE)
    live.process.stdout.close()
    status = live.process.wait(timeout=60)
    runner.check("a reader that goes away ends it", status == 2 and b"pipe" not in live.said().lower(), status)


def refusals(space):
    def tried(*arguments, wrapper=()):
        done = subprocess.run(space.command(*wrapper, runner.ESPLAIN, "live", *arguments), stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=30)
        return done.returncode, done.stderr.decode()
    status, said = tried("nosuch0")
    runner.check("an interface that is not there: which there are", status == 2 and "in0" in said and "any" in said, said)
    status, said = tried("in0", "no", "filter")
    runner.check("a filter that is none", status == 2 and "does not compile" in said, said)
    status, said = tried("in0", wrapper=("setpriv", "--bounding-set=-all", "--inh-caps=-all", "--reuid=65534", "--clear-groups"))
    runner.check("no permission: what would help", status == 2 and "setcap cap_net_raw" in said, said)
    for arguments in (("--rotate-size", "1M", "in0"), ("-w", "x", "--rotate-keep", "2", "in0"), ("--for", "1x", "in0"), ("--snaplen", "1", "in0"), ()):
        status, said = tried(*arguments)
        runner.check("refused: live %s" % " ".join(arguments), status == 2 and said, (status, said))
    began = time.monotonic()
    status, said = tried("-q", "--for", "1", "in0")
    runner.check("--for ends it, and nothing is exit status 0", status == 0 and 0.9 < time.monotonic() - began < 20, (status, said))


def interfaces(space):
    """Two interfaces at once, merged by time; one goes down, away, and comes back."""
    space.add(1)
    live = Live(space, "-f", "json", "--verdicts", interface="in0,in1")
    links = [space.socket("out0"), space.socket("out1")]
    for i in range(200):
        links[i % 2].send(pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 50, pcap.esp(0x1001, i + 1))))
    until(lambda: live.wrote().count(b'"type":"verdict"') >= 200)
    space.run("ip", "link", "set", "in1", "down")
    down = live.says(b"in1: the interface is down")
    space.run("ip", "link", "set", "in1", "up")
    up = live.says(b"in1: the interface is up again")
    links[1].send(unknown(1, 0x7001)[0])
    until(lambda: b"0x00007001" in live.wrote())
    links[1].close()
    space.run("ip", "link", "del", "in1")
    gone = live.says(b"in1: the interface is gone")
    space.add(1)
    until(lambda: live.said().count(b"in1: the interface is up again") >= 2)
    link = space.socket("out1")
    link.send(unknown(1, 0x7002)[0])
    link.close()
    result = live.end()
    records = result.records("verdict")
    order = [r["seq"] for r in records if r["spi"] == "0x00001001"]
    runner.equal("two interfaces are merged by time", order, list(range(1, 201)))
    runner.equal("records say which interface", {r["file"] for r in records}, {"in0", "in1"})
    runner.check("an interface that goes down and up again is survived, and said",
                 down and up and any(r["spi"] == "0x00007001" for r in records), result.err)
    runner.check("one that goes away and comes back is survived, and said",
                 gone and any(r["spi"] == "0x00007002" for r in records), result.err)
    links[0].close()


def state(*spis):
    """`ip xfrm state` of SAs from 192.0.2.1 to 192.0.2.2."""
    return "".join("src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 32\n\tauth-trunc hmac(sha1) 0x%s 96\n"
                   "\tenc cbc(aes) 0x%s\n" % (spi, "11" * 20, "22" * 16) for spi in spis)


def changing_files(space, folder):
    """An SA file is written anew: what is new in it is known from then on, what it shows no more is gone, and the past stays as it was."""
    path = os.path.join(folder, "state.txt")
    with open(path, "w") as file:
        file.write(state(0x1000))
    live = Live(space, "-f", "json", "--verdicts", "-s", path, "--receiver", "192.0.2.2")
    link = space.socket()

    def send():
        for spi in (0x1000, 0x2000):
            link.send(unknown(1, spi)[0])
    send()
    until(lambda: live.wrote().count(b'"type":"verdict"') >= 2)
    with open(path, "w") as file:
        file.write(state(0x2000))
    live.says(b"read again")
    send()
    result = live.end()
    runner.check("a changed SA file is read again, and said", b"1 SA new, 1 gone" in result.err, result.err)
    got = [(r["spi"], r["verdict"] == "unknown-spi", r["cause"]) for r in result.records("verdict")]
    runner.equal("each packet meets the table as it was", got, [("0x00001000", False, None), ("0x00002000", True, got[1][2]),
                                                               ("0x00001000", True, "sa-deleted"), ("0x00002000", False, None)])
    link.close()


def fast(space):
    """Every packet is judged, or said to be dropped; how fast they came is told, not judged."""
    link = space.socket()
    count, many = 60000, unknown(200)
    live = Live(space, "-f", "json", "--buffer", "65536")
    began = time.monotonic()
    for i in range(count // 200):
        for frame in many:
            link.send(frame)
    rate = count / (time.monotonic() - began)
    summary = live.end().record("summary")
    runner.equal("at full speed every packet is judged, or said to be dropped", summary["frames"] + summary["capture_dropped"], count)
    print("live: %d packets at %d a second, %d dropped" % (count, rate, summary["capture_dropped"]))
    link.close()


def as_it_happens(space):
    """Loss shows at the end of a capture only: SIGUSR1 has it at once, an alert once it has stood, and nothing counts twice."""
    live = Live(space, "-f", "json", "--verdicts")
    link = space.socket()
    for i in range(60):
        if i % 10 != 5:
            link.send(pcap.ethernet(pcap.ip4("192.0.2.1", "192.0.2.2", 50, pcap.esp(0x1001, i + 1))))
    link.close()
    until(lambda: live.wrote().count(b'"type":"verdict"') >= 54)
    live.process.send_signal(signal.SIGUSR1)
    until(lambda: b'"summary"' in live.wrote())
    until(lambda: b'"alert"' in live.wrote())
    records = live.end().records()
    losses = [(r["type"], (r.get("finding") or r)["count"], (r.get("finding") or r)["facts"]["lost"]) for r in records
              if r["type"] in ("alert", "finding") and (r.get("finding") or r)["condition"] == "loss"]
    runner.equal("loss is in the summary of SIGUSR1, told once, and in the report", losses, [("finding", 1, 6), ("alert", 1, 6), ("finding", 1, 6)])


def main():
    why = netns.why_not()
    if why:
        runner.skip("live", why)
        return
    space = netns.Namespace()
    try:
        same_verdicts(space)
        default_filter(space)
        refusals(space)
        closed_pipe(space)
        with tempfile.TemporaryDirectory() as folder:
            os.chmod(folder, 0o777)  # live goes on as another user than root
            signals(space, folder)
            rotation(space, folder)
            full_disk(space, folder)
            changing_files(space, folder)
        fast(space)
        as_it_happens(space)
        interfaces(space)
    finally:
        space.close()


main()
runner.finish()
