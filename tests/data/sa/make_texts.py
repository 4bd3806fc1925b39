#!/usr/bin/env python3
"""Writes the xfrm texts beside this file: netlink messages made here, printed by the installed iproute2 (`ip xfrm monitor file`).

The SAs are those of tests/unit/sa_source_xfrm_test.c; the texts say how a real `ip` prints them. Time stamps are the moment of the run.
"""
import os
import re
import socket
import struct
import subprocess
import sys
import tempfile

AF = {4: socket.AF_INET, 6: socket.AF_INET6}
INF = 2**64 - 1
NEWSA, DELSA, NEWPOLICY, DELPOLICY, ACQUIRE, EXPIRE, UPDPOLICY, UPDSA, POLEXPIRE, FLUSHSA, NEWAE, MAPPING = (
    0x10, 0x11, 0x13, 0x14, 0x17, 0x18, 0x19, 0x1A, 0x1B, 0x1C, 0x1E, 0x26)


def address(text):
    family = 6 if ":" in text else 4
    return family, socket.inet_pton(AF[family], text).ljust(16, b"\0")


def attribute(kind, data):
    return struct.pack("=HH", 4 + len(data), kind) + data.ljust((len(data) + 3) // 4 * 4, b"\0")


def message(kind, body, attributes=b""):
    body = body.ljust((len(body) + 3) // 4 * 4, b"\0") + attributes
    return struct.pack("=IHHII", 16 + len(body), kind, 0, 0, 0) + body


def selector(src="0.0.0.0/0", dst="0.0.0.0/0", proto=0, sport=None, dport=None):
    (src, src_bits), (dst, dst_bits) = src.split("/"), dst.split("/")
    family, src = address(src)
    _, dst = address(dst)
    return dst + src + struct.pack(
        ">HHHH", dport or 0, 0 if dport is None else 0xFFFF, sport or 0, 0 if sport is None else 0xFFFF) + struct.pack(
        "=HBBB3xiI", AF[family], int(dst_bits), int(src_bits), proto, 0, 0)


def lifetimes(limits=(INF, INF, INF, INF, 0, 0, 0, 0), current=(0, 0, 0, 0)):
    return struct.pack("=8Q", *limits) + struct.pack("=4Q", *current)


def algorithm(name, key):
    return name.encode().ljust(64, b"\0") + struct.pack("=I", len(key) * 8) + key


def truncated(name, key, bits):
    return name.encode().ljust(64, b"\0") + struct.pack("=II", len(key) * 8, bits) + key


def state(src, dst, proto, spi, mode=1, reqid=0, window=0, flags=0, sel=None, limits=None, current=(0, 0, 0, 0), seq=0):
    family, from_ = address(src)
    _, to = address(dst)
    return ((sel if sel is not None else selector() if family == 4 else selector("::/0", "::/0")) + to +
            struct.pack(">I", spi) + struct.pack("=B3x", proto) + from_ +
            lifetimes(limits or (INF, INF, INF, INF, 0, 0, 0, 0), current) + struct.pack("=3I", 0, 0, 0) +
            struct.pack("=IIHBBB7x", seq, reqid, AF[family], mode, window, flags))


def replay(oseq, seq, bitmap):
    return attribute(10, struct.pack("=3I", oseq, seq, bitmap))


def replay_esn(window, oseq=0, seq=0, oseq_hi=0, seq_hi=0):
    words = (window + 31) // 32
    return attribute(23, struct.pack("=6I", words, oseq, seq, oseq_hi, seq_hi, window) + bytes(4 * words))


def encap(kind, sport, dport):
    return attribute(4, struct.pack("=H", kind) + struct.pack(">HH", sport, dport) + b"\0\0" + bytes(16))


def mark(value, mask):
    return attribute(21, struct.pack("=II", value, mask))


def template(src, dst, proto, reqid, mode=1, optional=0):
    family, from_ = address(src)
    _, to = address(dst)
    return to + struct.pack(">I", 0) + struct.pack("=B3x", proto) + struct.pack("=H2x", AF[family]) + from_ + struct.pack(
        "=IBBBxIII", reqid, mode, 0, optional, 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF)


def policy(sel, direction, action=0, priority=0, index=0):
    return sel + lifetimes() + struct.pack("=IIBBBB4x", priority, index, direction, action, 0, 0)


def bytes_from(first, count):
    return bytes((first + 7 * i) & 255 for i in range(count))


ESN, ALIGN4, AF_UNSPEC = 128, 64, 32
STATES = [
    message(NEWSA, state("192.0.2.1", "192.0.2.2", 50, 0xC0000001, reqid=7, window=32, flags=AF_UNSPEC,
                         limits=(INF, 1000000, INF, 5000, 3300, 3600, 0, 600), current=(840, 10, 1795251960, 1795251961)),
            mark(0x1, 0xFF) + attribute(20, truncated("hmac(sha256)", bytes_from(1, 32), 128)) +
            attribute(2, algorithm("cbc(aes)", bytes_from(2, 32))) + encap(2, 4500, 1024) +
            replay(0, 10, 0x3FF) + attribute(31, struct.pack("=I", 0x2A))),
    message(NEWSA, state("2001:db8::1", "2001:db8::2", 50, 0xC0000002, mode=0, flags=ESN),
            attribute(18, truncated("rfc4106(gcm(aes))", bytes_from(3, 36), 96)) + replay_esn(1024, oseq=5, oseq_hi=1)),
    message(NEWSA, state("192.0.2.1", "192.0.2.2", 51, 0xC0000003, window=32, flags=ALIGN4, mode=0),
            attribute(1, algorithm("hmac(sha1)", bytes_from(4, 20))) +
            attribute(20, truncated("hmac(sha1)", bytes_from(4, 20), 96)) + replay(0, 0, 0)),
    message(NEWSA, state("192.0.2.2", "192.0.2.1", 50, 0xC0000004, mode=4, sel=selector("10.0.0.0/8", "10.1.0.0/16", 17, 500, 53)),
            attribute(2, algorithm("ecb(cipher_null)", b"")) + attribute(20, truncated("hmac(sha512)", bytes_from(5, 64), 256)) +
            encap(7, 4500, 4500) + replay(0, 0, 0)),
    message(NEWSA, state("192.0.2.1", "192.0.2.2", 50, 0xC0000005), replay(0, 0, 0)),
    message(NEWSA, state("192.0.2.1", "192.0.2.2", 108, 0x1234, mode=1),
            attribute(3, algorithm("deflate", b"")) + replay(0, 0, 0)),
]
POLICIES = [
    message(NEWPOLICY, policy(selector("10.1.0.0/24", "10.2.0.0/24"), 0, priority=375423, index=88),
            attribute(5, template("192.0.2.1", "192.0.2.2", 50, 7) + template("192.0.2.1", "192.0.2.2", 108, 8, optional=1)) +
            mark(0x2, 0xFFFFFFFF) + attribute(31, struct.pack("=I", 0x2A))),
    message(NEWPOLICY, policy(selector("10.1.0.0/24", "10.2.0.0/24", 6, None, 443), 1, action=1, priority=5)),
    message(NEWPOLICY, policy(selector("::/0", "::/0"), 3)),
]
SA = STATES[0]
ID = address("192.0.2.2")[1] + struct.pack(">I", 0xC0000001) + struct.pack("=HBx", AF[4], 50)
EVENTS = [
    SA[:4] + struct.pack("=H", UPDSA) + SA[6:],
    message(NEWAE, ID + address("192.0.2.1")[1] + struct.pack("=II", 0x10, 7)),
    message(MAPPING, ID + struct.pack("=I", 7) + address("192.0.2.1")[1] + address("192.0.2.9")[1] +
            struct.pack(">HH", 4500, 61000)),
    message(EXPIRE, state("192.0.2.1", "192.0.2.2", 50, 0xC0000001, reqid=7, window=32, flags=AF_UNSPEC) + struct.pack("=B7x", 0)),
    message(EXPIRE, state("192.0.2.1", "192.0.2.2", 50, 0xC0000001, reqid=7, window=32, flags=AF_UNSPEC) + struct.pack("=B7x", 1)),
    message(DELSA, ID, attribute(6, state("192.0.2.1", "192.0.2.2", 50, 0xC0000001, reqid=7, window=32)) +
            attribute(20, truncated("hmac(sha256)", bytes_from(1, 32), 128)) +
            attribute(2, algorithm("cbc(aes)", bytes_from(2, 32)))),
    message(ACQUIRE, address("192.0.2.2")[1] + struct.pack(">I", 0) + struct.pack("=B3x", 50) + address("192.0.2.1")[1] +
            selector("10.1.0.1/32", "10.2.0.1/32", 1, 8, 0) + policy(selector("10.1.0.0/24", "10.2.0.0/24"), 1) +
            struct.pack("=IIII", 0xFFFFFFFF, 0xFFFFFFFF, 0xFFFFFFFF, 2)),
    message(UPDPOLICY, policy(selector("10.1.0.0/24", "10.2.0.0/24"), 2, priority=9)),
    message(DELPOLICY, selector("10.1.0.0/24", "10.2.0.0/24") + struct.pack("=IB3x", 88, 0),
            attribute(7, policy(selector("10.1.0.0/24", "10.2.0.0/24"), 0, priority=375423, index=88))),
    message(POLEXPIRE, policy(selector("10.3.0.0/24", "10.2.0.0/24"), 0) + struct.pack("=B7x", 1)),
    message(FLUSHSA, struct.pack("=B", 50)),
    message(FLUSHSA, struct.pack("=B", 255)),
]


HERE = os.path.dirname(os.path.abspath(sys.argv[0]))


def write(name, messages, *options):
    with tempfile.NamedTemporaryFile() as file:
        file.write(b"".join(messages))
        file.flush()
        text = subprocess.run([os.environ.get("IP", "ip"), *options, "xfrm", "monitor", "file", file.name], check=True,
                              stdout=subprocess.PIPE, env={**os.environ, "TZ": "UTC"}).stdout
    with open(os.path.join(HERE, name), "wb") as out:
        out.write(text)


write("plain.xfrm", STATES + POLICIES)
write("statistics.xfrm", STATES + POLICIES, "-s")
write("oneline.xfrm", STATES + POLICIES, "-o")
write("oneline-statistics.xfrm", STATES + POLICIES, "-s", "-o")
with open(os.path.join(HERE, "plain.xfrm"), encoding="ascii") as plain, open(
        os.path.join(HERE, "nokeys.xfrm"), "w", encoding="ascii") as nokeys:
    # `ip xfrm state list nokeys` needs a kernel; monitor does not know the word for SAs.
    nokeys.write(re.sub(r"((?:auth-trunc|enc|aead) \S+) (?:0x[0-9a-f]+)?", r"\1 <<Keys hidden>>", plain.read()))
write("events.monitor", EVENTS)
write("events-t.monitor", EVENTS, "-t")
write("events-ts.monitor", EVENTS, "-ts")
write("events-oneline.monitor", EVENTS, "-o", "-ts")
