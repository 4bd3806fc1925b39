"""live: runs in the guest. `esplain live -s kernel` on host B while SAs come and go; one folder a phase: records, messages, counters."""
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

    def __init__(self, phase):
        self.folder = guest.out(f"/mnt/out/{phase}")
        self.before = guest.counters("B")
        self.process = subprocess.Popen([ESPLAIN, "live", "-s", "kernel", "-f", "json", "--verdicts", "-o", f"{self.folder}/records.jsonl", "v"],
                                        stderr=subprocess.PIPE, text=True, preexec_fn=lambda: guest.enter("B"))
        self.said = self.process.stderr.readline()

    def end(self, **more):
        time.sleep(0.3)
        self.process.send_signal(signal.SIGINT)
        self.said += self.process.stderr.read()
        status = self.process.wait()
        after = guest.counters("B")
        raised = {name: after[name] - self.before[name] for name in after if after[name] != self.before[name]}
        with open(f"{self.folder}/result.json", "w") as out:
            json.dump({"status": status, "said": self.said, "raised": raised, **more}, out)


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


def healthy(name, kind):
    """Rekeys under traffic; the first pair is older than esplain."""
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
        both(0x5000 + 2 * turn, kind, "delete")
    time.sleep(0.2)
    traffic.stop()
    live.end(sent=traffic.sent)


class Wire:
    """Frames that A sends, and others that it might have."""

    def __init__(self):
        self.link = guest.opened("A", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
        self.link.bind(("v", 0))
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
    kind = (4, "esp", "tunnel", "auth-trunc 'hmac(sha1)' 0x{key} 96 enc 'ecb(cipher_null)' ''", "replay-window 32", "")
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
    time.sleep(0.1)
    for at in range(2):
        wire.packet(50, null_esp(0x5000, 1030 + at, good))
    sender.sendto(b"healthy", (guest.INNER[4][1], 9))
    time.sleep(0.1)
    live.end()
    taker.close()


def main():
    guest.hosts()
    takers = [guest.opened(name, lambda: guest.encap(4)) for name in "AB"]
    for name, kind in HEALTHY.items():
        healthy(name, kind)
    for taker in takers:
        taker.close()
    injected()


main()
