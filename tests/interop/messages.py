"""messages: runs in the guest. What the kernel says of its SAs and policies over netlink, and what ip prints of the same: tests/data/kernel."""
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guest

XFRM = 6
GROUPS = (2, 3, 4, 5, 7, 8)  # EXPIRE, SA, POLICY, AEVENTS, MIGRATE, MAPPING
GETSA, GETPOLICY = 0x12, 0x15
A4, B4 = guest.OUTER[4]
A6, B6 = guest.OUTER[6]
GCM = "aead 'rfc4106(gcm(aes))' 0x" + "91" * 20


class Listener:
    """Writes each message as a line: what led to it, the whole message in hexadecimal."""

    def __init__(self, path):
        self.out = open(path, "w")
        self.link = socket.socket(socket.AF_NETLINK, socket.SOCK_RAW, XFRM)
        self.link.setsockopt(socket.SOL_SOCKET, socket.SO_RCVBUF, 1 << 20)
        self.link.bind((0, 0))
        for group in GROUPS:
            self.link.setsockopt(270, 1, group)

    def note(self, tag, data):
        last = False
        while len(data) >= 16:
            length, kind = struct.unpack_from("=IH", data)
            self.out.write(f"{tag} {data[:length].hex()}\n")
            last |= kind in (2, 3)
            data = data[(length + 3) & ~3:]
        return last

    def events(self, tag):
        time.sleep(0.05)
        self.link.setblocking(False)
        try:
            while True:
                self.note(tag, self.link.recv(65536))
        except BlockingIOError:
            pass

    def dump(self, tag, kind):
        self.link.setblocking(True)
        self.link.send(struct.pack("=IHHII", 16, kind, 0x301, 1, 0))
        while not self.note(tag, self.link.recv(65536)):
            pass


STATES = {
    "esn": f"add src {A4} dst {B4} proto esp spi 0x1001 reqid 1 mode tunnel {GCM} 128 flag esn replay-window 128",
    "transport": f"add src {A4} dst {B4} proto esp spi 0x1002 reqid 2 mode transport auth-trunc 'hmac(sha256)' 0x{'22' * 32} 128"
                 f" enc 'cbc(aes)' 0x{'33' * 16} replay-window 32 sel src {A4}/32 dst {B4}/32 proto udp sport 7 dport 500",
    "limits": f"add src {A4} dst {B4} proto esp spi 0x1003 reqid 3 mode tunnel auth-trunc 'hmac(sha1)' 0x{'44' * 20} 96 enc 'cbc(aes)'"
              f" 0x{'55' * 32} replay-window 64 limit byte-soft 1000 limit byte-hard 2000 limit packet-soft 5 limit packet-hard 10"
              " limit time-soft 100 limit time-hard 3600 limit time-use-soft 50 limit time-use-hard 7200",
    "ah": f"add src {A6} dst {B6} proto ah spi 0x1004 reqid 4 mode tunnel auth-trunc 'hmac(sha512)' 0x{'66' * 64} 256"
          " flag align4 af-unspec mark 0x5 mask 0xff if_id 7",
    "null": f"add src {A4} dst {B4} proto esp spi 0x1005 mode beet auth 'hmac(md5)' 0x{'77' * 16} enc 'ecb(cipher_null)' ''"
            " sel src 10.1.0.0/24 dst 10.2.0.0/24",
    "chapoly": f"add src {A6} dst {B6} proto esp spi 0x1006 reqid 6 mode tunnel aead 'rfc7539esp(chacha20,poly1305)' 0x{'88' * 36} 128"
               " tfcpad 100 output-mark 0x9 extra-flag dont-encap-dscp",
    "reserve": f"allocspi src {A4} dst {B4} proto esp reqid 9 mode tunnel min 0x3000 max 0x3000",
    "update": f"update src {A4} dst {B4} proto esp spi 0x1002 reqid 2 mode transport auth-trunc 'hmac(sha256)' 0x{'22' * 32} 128"
              f" enc 'cbc(aes)' 0x{'33' * 16} replay-window 32 sel src {A4}/32 dst {B4}/32 proto udp limit packet-hard 77",
    "instead": f"update src {A4} dst {B4} proto esp spi 0x3000 reqid 9 mode tunnel {GCM} 96 replay-window 32",
    "encap": f"add src {A4} dst {B4} proto esp spi 0x1008 reqid 8 mode tunnel {GCM} 128 replay-window 32 encap espinudp 4500 4500 0.0.0.0",
    "window": f"add src {A4} dst {B4} proto esp spi 0x1009 reqid 10 mode tunnel {GCM} 128 replay-window 100",
    "comp": f"add src {A4} dst {B4} proto comp spi 0x2001 mode tunnel comp deflate",
    "brief": f"add src {A4} dst {B4} proto esp spi 0x1007 reqid 7 mode tunnel {GCM} 64 flag esn replay-window 2048"
             " limit time-soft 1 limit time-hard 3",
    "larval": f"allocspi src {A4} dst {B4} proto esp reqid 9 mode tunnel min 0x3001 max 0x3001",
}
POLICIES = {
    "in": f"add src 10.1.0.0/24 dst 10.2.0.0/24 proto tcp sport 80 dir in priority 77 tmpl src {A4} dst {B4} proto esp reqid 1 mode tunnel",
    "bundle": f"add src 10.2.0.0/24 dst 10.1.0.0/24 dir fwd priority 77 mark 0x1 mask 0xf if_id 3 tmpl src {A4} dst {B4} proto comp"
              f" reqid 11 mode tunnel level use tmpl proto esp spi 0x1002 reqid 2 mode transport",
    "block": "add src fd02::/64 dst fd01::/64 proto udp sport 53 dport 99 dir fwd action block priority 5",
    "renewed": "update src fd02::/64 dst fd01::/64 proto udp sport 53 dport 99 dir fwd action allow priority 6",
    "icmp": "add src ::/0 dst fd01::1/128 proto ipv6-icmp type 128 code 0 dir out priority 9",
}


def sender(spi, seq, count, window, inner=""):
    """The same SA at A, from a number on; then so many datagrams through it, by a policy of its own."""
    guest.command("ip -n A xfrm state flush; ip -n A xfrm policy flush")
    guest.command(f"ip -n A xfrm state add src {A4} dst {B4} proto esp spi {spi:#x} reqid 1 mode tunnel {GCM} 128 {window}"
                  f"{seq} {inner}")
    guest.command(f"ip -n A xfrm policy add src 10.1.0.1/32 dst 10.2.0.1/32 dir out tmpl src {A4} dst {B4} proto esp reqid 1 mode tunnel")
    link = guest.opened("A", lambda: guest.udp(4))
    guest.enter("B")
    for _ in range(count):
        link.sendto(b"datagram", ("10.2.0.1", 9))
    link.close()
    time.sleep(0.1)


def main():
    out = "/mnt/out"
    guest.hosts()
    guest.enter("B")
    listener = Listener(f"{out}/messages.txt")
    monitor = subprocess.Popen(["ip", "-t", "xfrm", "monitor"], stdout=open(f"{out}/monitor.txt", "w"))
    time.sleep(0.3)
    for tag, text in STATES.items():
        guest.command(f"ip xfrm state {text}")
        listener.events(tag)
    for tag, text in POLICIES.items():
        guest.command(f"ip xfrm policy {text}")
        listener.events(tag)
    taker = guest.encap(4)
    # the policy of an IKE daemon's socket, and packets through three windows: numbers 1 to 9; a wide one; a port that NAT changed
    bypass = struct.pack("=16s16sHHHHHBBBxxxiI", b"", b"", 0, 0, 0, 0, 2, 0, 0, 0, 0, 0) + b"\xff" * 32 + bytes(64) + struct.pack(
        "=IIBBBBxxxx", 0, 0, 0, 0, 0, 0)
    taker.setsockopt(0, 17, bypass)
    sender(0x1001, "", 9, "flag esn replay-window 128")
    sender(0x1009, "replay-oseq 300", 5, "replay-window 32 ")
    sender(0x1009, "replay-oseq 351", 3, "replay-window 32 ")
    sender(0x1008, "", 2, "replay-window 32 ", "encap espinudp 4600 4500 0.0.0.0")
    listener.events("traffic")
    listener.dump("states", GETSA)
    listener.dump("policies", GETPOLICY)
    for name in ("state", "policy"):
        guest.command(f"ip -s xfrm {name} > {out}/{name}.txt")
    time.sleep(3)
    listener.events("expiry")
    for tag, text in {"delete": f"state delete dst {B4} proto esp spi 0x1001", "policy-delete": "policy delete src fd02::/64 dst fd01::/64"
                      " proto udp sport 53 dport 99 dir fwd", "policy-flush": "policy flush", "flush-ah": "state flush proto ah",
                      "flush": "state flush"}.items():
        guest.command(f"ip xfrm {text}")
        listener.events(tag)
    listener.dump("nothing", GETSA)
    monitor.terminate()


main()
