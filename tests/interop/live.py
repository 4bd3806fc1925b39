"""live: runs in the guest. `esplain live -s kernel` on host B while SAs come and go; one folder a phase: records, messages, counters. Which phases: /mnt/out/phases."""
import hashlib
import hmac
import json
import os
import signal
import socket
import struct
import subprocess
import sys
import threading
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guest

ESPLAIN = open("/mnt/out/esplain").read().strip()
GCM = "aead 'rfc4106(gcm(aes))' 0x{key} 128"
CBC = "auth-trunc 'hmac(sha256)' 0x{key}{key}{key}aabbccdd 128 enc 'cbc(aes)' 0x{key}"
SHA1 = "auth-trunc 'hmac(sha1)' 0x{key} 96"
NULL = (4, "esp", "tunnel", "auth-trunc 'hmac(sha1)' 0x{key} 96 enc 'ecb(cipher_null)' ''", "replay-window 32", "")
DAY = 86400
HEALTHY = {
    "tunnel-esn": (4, "esp", "tunnel", GCM, "flag esn replay-window 128", ""),
    "transport": (4, "esp", "transport", CBC, "replay-window 32", ""),
    "udp": (4, "esp", "tunnel", GCM, "replay-window 32", "encap espinudp 4500 4500 0.0.0.0"),
    "ah": (4, "ah", "transport", SHA1, "replay-window 32", ""),
    "tunnel6": (6, "esp", "tunnel", GCM, "replay-window 64", ""),
}


def key(spi, algorithm):
    size = 16 if "cbc" in algorithm else 20
    return hashlib.sha256(b"%d" % spi).digest()[:size].hex()


def state(kind, spi, forth):
    family, proto, mode, algorithm, window, encap = kind
    ends = guest.OUTER[family] if forth else guest.OUTER[family][::-1]
    text = algorithm.format(key=key(spi, algorithm))
    return f"src {ends[0]} dst {ends[1]} proto {proto} spi {spi:#x} reqid 1 mode {mode} {text} {window} {encap}"


def both(spi, kind, what):
    """The SA pair at both hosts, as an IKE daemon does it: receivers first."""
    for name, number, forth in (("B", spi, True), ("A", spi + 1, False), ("A", spi, True), ("B", spi + 1, False)):
        ends = guest.OUTER[kind[0]] if forth else guest.OUTER[kind[0]][::-1]
        text = f"delete dst {ends[1]} proto {kind[1]} spi {number:#x}" if what == "delete" else f"add {state(kind, number, forth)}"
        guest.batch(name, [f"xfrm state {text}"])


def policies(kind):
    family, proto, mode = kind[:3]
    a, b = guest.OUTER[family]
    x, y = guest.INNER[family] if mode == "tunnel" else guest.OUTER[family]
    for name, way in (("A", ("out", "in")), ("B", ("in", "out"))):
        for at, (src, dst, left, right) in enumerate(((x, y, a, b), (y, x, b, a))):
            ends = f"src {left} dst {right} " if mode == "tunnel" else ""
            guest.batch(name, [f"xfrm policy add src {src} dst {dst} dir {way[at]} tmpl {ends}proto {proto} reqid 1 mode {mode}"])


def clean():
    for name in "AB":
        guest.batch(name, ["xfrm state flush", "xfrm policy flush"])


class Live:
    """esplain on B's interface, from its first word on standard error to its end."""

    def __init__(self, phase, *words, environment=None):
        self.folder = guest.out(f"/mnt/out/{phase}")
        self.before = guest.counters("B")
        self.process = subprocess.Popen([ESPLAIN, "live", "-s", "kernel", "-f", "json", "--verdicts", "-o", f"{self.folder}/records.jsonl",
                                         *(words or ["v"])], stderr=subprocess.PIPE, text=True, preexec_fn=lambda: guest.enter("B"),
                                        env={**os.environ, **(environment or {})})
        self.said = ""
        while "listening" not in self.said:
            line = self.process.stderr.readline()
            self.said += line
            if not line:
                raise RuntimeError(f"{phase}: {self.said}")

    def records(self, kind):
        """Those of that type so far; the last line may be half written."""
        with open(f"{self.folder}/records.jsonl") as text:
            found = [json.loads(line) for line in text.read().split("\n")[:-1]]
        return [record for record in found if record["type"] == kind]

    def raised(self):
        after = guest.counters("B")
        return {name: after[name] - self.before[name] for name in after if after[name] != self.before[name]}

    def end(self, **more):
        time.sleep(0.3)
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.stderr.read()
        status = self.process.wait()
        with open(f"{self.folder}/result.json", "w") as out:
            json.dump({"status": status, "said": self.said, "raised": self.raised(), **more}, out)


def wait(holds, seconds=90):
    """Until that holds; the test on the outside says what is missing where it never does."""
    until = time.monotonic() + seconds
    while not holds() and time.monotonic() < until:
        time.sleep(0.05)


class Traffic:
    """Datagrams both ways until stopped, as fast as the guest goes with a pause between."""

    def __init__(self, family, mode):
        self.ends = guest.INNER[family] if mode == "tunnel" else guest.OUTER[family]
        self.stopped, self.sent, self.came = False, [0, 0], 0
        self.threads = []
        links = []
        for at, name in enumerate("AB"):
            link = guest.opened(name, lambda: guest.udp(family))
            link.bind((self.ends[at], 9000))
            links.append(link)
        for at in (0, 1):
            self.threads.append(threading.Thread(target=self.send, args=(links[at], at)))
        for thread in self.threads:
            thread.start()

    def send(self, link, at):
        while not self.stopped:
            try:
                link.sendto(b"x" * 200, (self.ends[1 - at], 9000))
                self.sent[at] += 1
            except OSError:
                pass
            time.sleep(0.0005)
        link.close()

    def stop(self):
        self.stopped = True
        for thread in self.threads:
            thread.join()


def set_clock(seconds):
    """The time of day, by so much; None: to the first days of 1970."""
    now = time.time()
    time.clock_settime(time.CLOCK_REALTIME, 100000.0 if seconds is None else now + seconds)
    return time.time() - now


def healthy(name, kind, steps=()):
    """Rekeys under traffic; the first pair is older than esplain. `steps`: how somebody sets the clock meanwhile, and at last sets it right."""
    set_by = 0
    clean()
    policies(kind)
    both(0x5000, kind, "add")
    traffic = Traffic(kind[0], kind[2])
    time.sleep(0.1)
    live = Live(name)
    for turn in range(4):
        time.sleep(0.25)
        both(0x5000 + 2 * turn + 2, kind, "add")
        time.sleep(0.15)
        if turn < len(steps):
            set_by += set_clock(steps[turn])
        elif steps and turn == len(steps):
            set_clock(-set_by)
        both(0x5000 + 2 * turn, kind, "delete")
    time.sleep(0.2)
    traffic.stop()
    live.end(sent=traffic.sent)


class Wire:
    """Frames that A sends, and others that it might have."""

    def __init__(self, interface="v"):
        self.link = guest.opened("A", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        self.link.bind((interface, 0))
        self.link.settimeout(2)

    def sent(self, proto):
        """The next frame of that protocol that A's kernel sends."""
        while True:
            frame, where = self.link.recvfrom(65536)
            if where[2] == socket.PACKET_OUTGOING and frame[12:14] == b"\x08\x00" and frame[23] == proto:
                return frame

    def packet(self, proto, payload, src=guest.OUTER[4][0], dst=guest.OUTER[4][1]):
        head = struct.pack("!BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), 7, 0, 64, proto, 0, socket.inet_aton(src), socket.inet_aton(dst))
        total = sum(struct.unpack("!10H", head))
        total = (total & 0xffff) + (total >> 16)
        head = head[:10] + struct.pack("!H", ~((total & 0xffff) + (total >> 16)) & 0xffff) + head[12:]
        self.link.send(bytes.fromhex("020000000002" "020000000001" "0800") + head + payload)
        time.sleep(0.01)


def null_esp(spi, seq, plain):
    body = struct.pack("!II", spi, seq) + plain
    return body + hmac.new(bytes.fromhex(key(spi, "")), body, hashlib.sha1).digest()[:12]


def injected():
    clean()
    kind = NULL
    policies(kind)
    both(0x5000, kind, "add")
    wire = Wire()
    taker = guest.opened("B", lambda: guest.encap(4))
    sender = guest.opened("A", lambda: guest.udp(4))
    sender.bind((guest.INNER[4][0], 0))
    for _ in range(40):  # before esplain: numbers that only the kernel's window knows
        sender.sendto(b"early", (guest.INNER[4][1], 9))
    early = wire.sent(50)
    live = Live("injected")
    time.sleep(0.2)
    while True:  # frames of before
        wire.link.settimeout(0.1)
        try:
            last = wire.sent(50)
        except TimeoutError:
            break
    wire.link.settimeout(2)
    frames = []
    for _ in range(20):
        sender.sendto(b"healthy", (guest.INNER[4][1], 9))
        frames.append(wire.sent(50))
    time.sleep(0.05)
    wire.link.send(last)  # a replay of what esplain never saw
    for frame in frames[:3]:
        wire.link.send(frame)
        time.sleep(0.01)
    wire.link.send(early)
    time.sleep(0.01)
    for at in range(5):
        wire.packet(50, null_esp(0x7700 + at, 1, bytes(40)))
    for at in range(4):
        wire.packet(50, null_esp(0x5000, 1000 + at, bytes(40))[:-1] + b"!")
    good = frames[0][42:-12]
    for at in range(2):  # a pad length beyond the data
        wire.packet(50, null_esp(0x5000, 1010 + at, good[:-2] + b"\xf0\x04"))
    for at in range(3):
        esp = null_esp(0x5000, 1020 + at, good)
        wire.packet(17, struct.pack("!HHHH", 4500, 4500, 8 + len(esp), 0) + esp)
    for at in range(6):
        wire.packet(17, struct.pack("!HHHH", 5, 6, 16, 0) + b"in clear", *guest.INNER[4])
    both(0x5002, kind, "add")
    time.sleep(0.1)
    both(0x5000, kind, "delete")
    time.sleep(1)  # what comes before esplain has read of the end is left in doubt
    for at in range(2):
        wire.packet(50, null_esp(0x5000, 1030 + at, good))
    sender.sendto(b"healthy", (guest.INNER[4][1], 9))
    time.sleep(0.1)
    live.end()
    taker.close()


def unseen():
    """What the kernel drops where esplain does not look: on another cable, and before it is sent. Beside that, drops that it sees."""
    clean()
    policies(NULL)
    both(0x5000, NULL, "add")
    guest.command("ip link add w address 02:00:00:00:00:03 netns A type veth peer name w address 02:00:00:00:00:02 netns B")
    for name, own in (("A", "10.78.0.1"), ("B", "10.78.0.2")):
        guest.batch(name, ["link set w up", f"addr add {own}/24 dev w"])
    guest.batch("B", ["xfrm policy add src 10.77.0.2 dst 10.9.0.1 dir out tmpl src 10.77.0.2 dst 10.77.0.1 proto esp reqid 9 mode tunnel",
                      f"route add 10.9.0.0/24 via {guest.OUTER[4][0]}"])
    page = "/mnt/w-metrics"
    os.makedirs(page, exist_ok=True)
    os.chmod(page, 0o777)
    live = Live("unseen", "--metrics", f"{page}/m.prom", "--metrics-interval", "1", "v")
    seen, other = Wire(), Wire("w")
    for at in range(4):
        seen.packet(50, null_esp(0x7700 + at, 1, bytes(40)))
    for at in range(3):
        other.packet(50, null_esp(0x8800 + at, 1, bytes(40)), "10.78.0.1", "10.78.0.2")
    wait(lambda: {alert["finding"]["linux"] for alert in live.records("alert") if alert["finding"]["condition"] == "kernel-drop-unseen"})
    sender = guest.opened("B", lambda: guest.udp(4))
    for _ in range(2):
        try:
            sender.sendto(b"nobody takes it", ("10.9.0.1", 9))
        except OSError:
            pass
    wait(lambda: "XfrmOutNoStates" in {alert["finding"]["linux"] for alert in live.records("alert")})
    wait(lambda: 'unseen_total{counter="XfrmOutNoStates"} 2' in open(f"{page}/m.prom").read())
    metrics = open(f"{page}/m.prom").read()
    sender.close()
    guest.batch("B", ["link del w"])
    live.end(metrics=metrics)


def not_counted():
    """The kernel drops these before IPsec, for their source: nobody counts them, and no alarm is due."""
    clean()
    policies(NULL)
    both(0x5000, NULL, "add")
    for name in ("all", "v"):
        guest.command(f"ip netns exec B sysctl -qw net.ipv4.conf.{name}.rp_filter=1")
    live = Live("not-counted")
    wire = Wire()
    for at in range(5):
        wire.packet(50, null_esp(0x7700 + at, 1, bytes(40)), "203.0.113.9")
    wait(lambda: len(live.records("verdict")) >= 5)
    live.end()
    for name in ("all", "v"):
        guest.command(f"ip netns exec B sysctl -qw net.ipv4.conf.{name}.rp_filter=0")


def policies_changing():
    """A policy that comes and goes over clear packets, which are wrong only while it is there. At the start no policy speaks of them."""
    clean()
    policies(NULL)
    both(0x5000, NULL, "add")
    live = Live("policies")
    taker = guest.opened("B", lambda: guest.udp(4))
    taker.bind((guest.OUTER[4][1], 7777))
    tunnel, clear = Traffic(4, "tunnel"), guest.opened("A", lambda: guest.udp(4))
    wait(lambda: len(live.records("verdict")) > 10)
    rule = f"src {guest.OUTER[4][0]} dst {guest.OUTER[4][1]} proto udp dport 7777 dir in"
    there, sent = False, 0
    for turn in range(1600):
        if turn % 200 == 100:
            there = not there
            ends = f"tmpl src {guest.OUTER[4][0]} dst {guest.OUTER[4][1]} proto esp reqid 1 mode tunnel"
            guest.batch("B", [f"xfrm policy add {rule} {ends}" if there else f"xfrm policy delete {rule}"])
        clear.sendto(b"in clear", (guest.OUTER[4][1], 7777))
        sent += 1
        time.sleep(0.004)
    tunnel.stop()
    time.sleep(2.5)  # for what might be told wrongly: a reading and its grace
    live.end(sent=sent)
    taker.close()
    clear.close()


def overrun():
    """More announcements than the socket has room for, while esplain stands still: the tables are asked for again, without privileges."""
    clean()
    kind = HEALTHY["transport"]
    policies(kind)
    both(0x5000, kind, "add")
    live = Live("overrun")
    traffic = Traffic(kind[0], kind[2])
    wait(lambda: len(live.records("verdict")) > 10)
    live.process.send_signal(signal.SIGSTOP)
    ends = guest.OUTER[4]
    burst = []
    for _ in range(12000):
        burst.append(f"xfrm state add src {ends[0]} dst {ends[1]} proto esp spi 0x9000 reqid 7 mode transport "
                     "auth-trunc 'hmac(sha1)' 0x00112233445566778899aabbccddeeff00112233 96 enc 'ecb(cipher_null)' ''")
        burst.append(f"xfrm state delete dst {ends[1]} proto esp spi 0x9000")
    guest.batch("B", burst)
    both(0x5002, kind, "add")
    both(0x5000, kind, "delete")
    with open(f"/proc/{live.process.pid}/status") as text:
        state = dict(line.split(":", 1) for line in text)
    lost = guest.command("ip netns exec B cat /proc/net/netlink")
    live.process.send_signal(signal.SIGCONT)
    wait(lambda: len([verdict for verdict in live.records("verdict") if verdict["spi"] == "0x00005002"]) > 20)
    traffic.stop()
    before = -1
    while before != (before := len(live.records("verdict"))):  # what waits in the capture's buffer
        time.sleep(1)
    wire = Wire()
    for at in range(3):
        wire.packet(50, null_esp(0x5000, 100000 + at, bytes(40)))
    wait(lambda: len(live.records("verdict")) >= before + 3)
    time.sleep(2.5)  # for what might be told wrongly
    live.end(state={key: state[key].split() for key in ("Uid", "CapEff", "Seccomp")}, pid=live.process.pid, netlink=lost)


def redacted():
    """A locked-down kernel hands out zeros for keys; the guest's cannot, so what esplain receives is zeroed on its way (tests/interop/redact.c)."""
    clean()
    policies(NULL)
    both(0x5000, NULL, "add")
    live = Live("redacted", environment={"LD_PRELOAD": "/mnt/out/redact.so"})
    traffic = Traffic(4, "tunnel")
    wait(lambda: len(live.records("verdict")) > 50)
    both(0x5002, NULL, "add")
    both(0x5000, NULL, "delete")
    count = len(live.records("verdict"))
    wait(lambda: len(live.records("verdict")) > count + 50)
    wire = Wire()
    for at in range(3):
        wire.packet(50, null_esp(0x7700 + at, 1, bytes(40)))
    traffic.stop()
    for at in range(2):  # wrong ICVs, which nobody can see without keys
        wire.packet(50, null_esp(0x5002, traffic.sent[0] + 100 + at, bytes(40))[:-1] + b"!")
    wait(lambda: [alert for alert in live.records("alert") if alert["finding"]["condition"] == "kernel-drop-unseen"])
    live.end()


def top():
    """The view of --top while counters rise, as a person sees it at 80 columns and after a change of size; needs tmux."""
    clean()
    policies(NULL)
    both(0x5000, NULL, "add")
    folder = guest.out("/mnt/out/top")
    guest.command("mkdir -p /dev/pts && mount -t devpts none /dev/pts")
    tmux = ["tmux", "-S", "/mnt/tmux", "-f", "/dev/null"]
    pictures = {}

    def picture():
        done = subprocess.run([*tmux, "capture-pane", "-p"], capture_output=True, text=True, env={**os.environ, "LC_ALL": "C.UTF-8"})
        return done.stdout.split("\n")[:-1]

    def take(name, *words):
        wait(lambda: all(word in "\n".join(picture()) for word in words))
        pictures[name] = picture()

    subprocess.run([*tmux, "new-session", "-d", "-x", "80", "-y", "24", "sh"], check=True, env={**os.environ, "LC_ALL": "C.UTF-8", "SHELL": "/bin/sh"})
    subprocess.run([*tmux, "set", "-g", "status", "off"], check=True)
    subprocess.run([*tmux, "send-keys", f"ip netns exec B {ESPLAIN} live --top -s kernel v", "Enter"], check=True)
    take("quiet", "esplain v", "Findings")
    wire = Wire()
    for at in range(4):
        wire.packet(50, null_esp(0x7700 + at, 1, bytes(40)))
    for at in range(2):
        wire.packet(50, null_esp(0x5000, 1000 + at, bytes(40))[:-1] + b"!")
    sender = guest.opened("B", lambda: guest.udp(4))
    guest.batch("B", ["xfrm policy add src 10.77.0.2 dst 10.9.0.1 dir out tmpl src 10.77.0.2 dst 10.77.0.1 proto esp reqid 9 mode tunnel",
                      f"route replace 10.9.0.0/24 via {guest.OUTER[4][0]}"])
    for _ in range(3):
        try:
            sender.sendto(b"nobody takes it", ("10.9.0.1", 9))
        except OSError:
            pass
    sender.close()
    take("risen", "+4 InNoStates", "+3 OutNoStates (3 unseen)", "kernel-drop-unseen")
    for columns, rows in ((60, 15), (120, 40)):
        subprocess.run([*tmux, "resize-window", "-x", str(columns), "-y", str(rows)], check=True)
        wait(lambda: len(picture()) == rows and picture()[0].startswith(" esplain v"))
        take(f"{columns}x{rows}", "Xfrm: +3 OutNoStates (3 unseen)")
    subprocess.run([*tmux, "send-keys", "q"], check=True)
    take("ended", "kernel-drop-unseen, certain")
    subprocess.run([*tmux, "kill-server"], check=False)
    with open(f"{folder}/result.json", "w") as out:
        json.dump(pictures, out)
    with open(f"{folder}/records.jsonl", "w"):
        pass


def all_healthy():
    takers = [guest.opened(name, lambda: guest.encap(4)) for name in "AB"]
    for name, kind in HEALTHY.items():
        healthy(name, kind)
    for taker in takers:
        taker.close()


def clock():
    healthy("clock", HEALTHY["tunnel-esn"], (DAY, -2 * DAY, None))


PHASES = {"clock": clock, "healthy": all_healthy, "injected": injected, "unseen": unseen, "not-counted": not_counted, "policies": policies_changing,
          "overrun": overrun, "redacted": redacted, "top": top}
guest.hosts()
for chosen in open("/mnt/out/phases").read().split():
    PHASES[chosen]()
