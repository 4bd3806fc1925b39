#!/usr/bin/env python3
"""craft: the packets that inject.py sends: craft.py > groups.json. Needs python3-cryptography (scapy brings it)."""
import hashlib
import hmac
import ipaddress
import json
import struct
import sys

from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

KEY = bytes(range(16))
SALT = bytes(range(0xa0, 0xa4))
MAC = bytes(range(32))
ETHER = bytes.fromhex("020000000002020000000001")
OUTER = {4: ("10.77.0.1", "10.77.0.2"), 6: ("fd77::1", "fd77::2")}
INNER = {4: ("10.1.0.1", "10.2.0.1"), 6: ("fd01::1", "fd02::1")}
NETS = {4: ("10.1.0.0/24", "10.2.0.0/24"), 6: ("fd01::/64", "fd02::/64")}
GCM = f"aead 'rfc4106(gcm(aes))' 0x{(KEY + SALT).hex()} 128"
CBC = f"enc 'cbc(aes)' 0x{KEY.hex()} auth-trunc 'hmac(sha256)' 0x{MAC.hex()} 128"
NULL = f"enc 'ecb(cipher_null)' '' auth-trunc 'hmac(sha256)' 0x{MAC.hex()} 128"
AH = f"auth-trunc 'hmac(sha256)' 0x{MAC.hex()} 128"
AH1 = f"auth-trunc 'hmac(sha1)' 0x{MAC[:20].hex()} 96"


def family(text):
    return ipaddress.ip_address(text).version


def addr(text):
    return ipaddress.ip_address(text).packed


def total(data):
    data += b"\0" * (len(data) % 2)
    value = sum(struct.unpack(f">{len(data) // 2}H", data))
    while value >> 16:
        value = (value & 0xffff) + (value >> 16)
    return ~value & 0xffff


def ip4(src, dst, proto, payload, ttl=64, tos=0, options=b"", ident=1, flags=0x4000, length=None, checksum=None, version=4):
    header = struct.pack(">BBHHHBBH", version << 4 | (5 + len(options) // 4), tos, length or 20 + len(options) + len(payload), ident, flags, ttl,
                         proto, 0) + addr(src) + addr(dst) + options
    right = total(header) if checksum is None else checksum
    return header[:10] + struct.pack(">H", right) + header[12:] + payload


def ip6(src, dst, proto, payload, hops=64, tclass=0, flow=0, extensions=(), length=None):
    """`extensions`: (type, body without its next header byte)."""
    chain, following = b"", [kind for kind, _ in extensions[1:]] + [proto]
    for (kind, body), after in zip(extensions, following):
        chain += bytes([after]) + body
    first = extensions[0][0] if extensions else proto
    size = len(chain) + len(payload) if length is None else length
    return struct.pack(">IHBB", 6 << 28 | tclass << 20 | flow, size, first, hops) + addr(src) + addr(dst) + chain + payload


def ip(src, dst, proto, payload, **more):
    return (ip4 if family(src) == 4 else ip6)(src, dst, proto, payload, **more)


def upper(src, dst, proto, head, at, payload):
    body = head + payload
    pseudo = addr(src) + addr(dst) + struct.pack(">II", len(body), proto)
    value = total(pseudo + body) or 0xffff
    return body[:at] + struct.pack(">H", value) + body[at + 2:]


def udp(src, dst, sport=5000, dport=9999, payload=b"hello..................."):
    return upper(src, dst, 17, struct.pack(">HHHH", sport, dport, 8 + len(payload), 0), 6, payload)


def tcp(src, dst, sport=5000, dport=80):
    return upper(src, dst, 6, struct.pack(">HHIIBBHHH", sport, dport, 1, 0, 0x50, 2, 1000, 0, 0), 16, b"")


def icmp(src, dst, kind=None, code=0):
    if family(src) == 4:
        head = struct.pack(">BBHI", 8 if kind is None else kind, code, 0, 7)
        return head[:2] + struct.pack(">H", total(head + b"ping")) + head[4:] + b"ping"
    return upper(src, dst, 58, struct.pack(">BBHI", 128 if kind is None else kind, code, 0, 7), 2, b"ping")


def inner(version=4, src=None, dst=None, proto=17, **more):
    a, b = INNER[version]
    src, dst = src or a, dst or b
    body = {17: udp, 6: tcp, 1: icmp, 58: icmp}.get(proto, lambda *_: b"\0" * 16)(src, dst)
    return ip(src, dst, proto, body, **more)


class Sa:
    def __init__(self, suite="gcm", spi=0x1001, esn=False):
        self.suite, self.spi, self.esn, self.seq = suite, spi, esn, 0

    def esp(self, payload, following, seq=None, high=0, padding=None, padlen=None, tail=b"", spoil=False):
        self.seq = self.seq + 1 if seq is None else seq
        block = 16 if self.suite == "cbc" else 4
        if padding is None:
            padding = bytes(range(1, 1 + -(len(payload) + 2) % block))
        plain = payload + padding + bytes([len(padding) if padlen is None else padlen, following]) + tail
        return self.seal(plain, self.seq, high, spoil)

    def seal(self, plain, seq, high=0, spoil=False):
        head = struct.pack(">II", self.spi, seq & 0xffffffff)
        high_bytes = struct.pack(">I", high) if self.esn else b""
        iv = struct.pack(">Q", seq & 0xffffffff)
        if self.suite == "gcm":
            aad = head[:4] + high_bytes + head[4:] if self.esn else head
            packet = head + iv + AESGCM(KEY).encrypt(SALT + iv, plain, aad)
        else:
            if self.suite == "cbc":
                iv = iv * 2
                maker = Cipher(algorithms.AES(KEY), modes.CBC(iv)).encryptor()
                packet = head + iv + maker.update(plain) + maker.finalize()
            else:
                packet = head + plain
            packet += hmac.new(MAC, packet + high_bytes, hashlib.sha256).digest()[:16]
        return packet[:-1] + bytes([packet[-1] ^ 1]) if spoil else packet


def tunnel(sa, outer=4, version=4, content=None, following=None, src=None, dst=None, wrap=None, **more):
    a, b = OUTER[outer]
    a, b = src or a, dst or b
    content = inner(version) if content is None else content
    following = (4 if version == 4 else 41) if following is None else following
    packet = sa.esp(content, following, **more)
    if wrap:
        return ip(a, b, 17, udp(a, b, wrap, 4500, packet))
    return ip(a, b, 50, packet)


def transport(sa, outer=4, proto=17, content=None, src=None, dst=None, wrap=None, ip_more=None, **more):
    a, b = OUTER[outer]
    a, b = src or a, dst or b
    if content is None:
        content = {17: udp, 6: tcp, 1: icmp, 58: icmp}.get(proto, lambda *_: b"\0" * 16)(a, b)
    packet = sa.esp(content, proto, **more)
    if wrap:
        return ip(a, b, 17, udp(a, b, wrap, 4500, packet))
    return ip(a, b, 50, packet, **(ip_more or {}))


def zero4(options):
    """Mutable options of IPv4 to zero (RFC 4302 appendix A1)."""
    out, at = bytearray(options), 0
    while at < len(out):
        if out[at] == 0:
            break
        if out[at] == 1:
            at += 1
            continue
        length = max(out[at + 1], 1)
        if out[at] not in (130, 133, 134, 148, 149):
            out[at:at + length] = bytes(length)
        at += length
    return bytes(out)


def zero6(body):
    """Mutable options of an IPv6 extension header (without its first byte) to zero."""
    out, at = bytearray(body), 1
    while at < len(out):
        if out[at] == 0:
            at += 1
            continue
        length = out[at + 1]
        if out[at] & 0x20:
            out[at + 2:at + 2 + length] = bytes(length)
        at += 2 + length
    return bytes(out)


class Auth:
    """AH packets: SHA2-256-128 with Linux's padding to 8 bytes, or SHA1-96."""

    def __init__(self, spi=0x1001, mac="sha256", align=8, esn=False):
        self.spi, self.mac, self.align, self.esn, self.seq = spi, mac, align, esn, 0

    def packet(self, src, dst, following, payload, seq=None, high=0, icv_room=None, length=None, spoil=False, options=b"", extensions=(),
               sealed_extensions=None, reserved=0, **more):
        self.seq = self.seq + 1 if seq is None else seq
        icv = 16 if self.mac == "sha256" else 12
        room = -(-(12 + icv) // self.align) * self.align - 12 if icv_room is None else icv_room
        head = struct.pack(">BBHII", following, (12 + room) // 4 - 2 if length is None else length, reserved, self.spi, self.seq & 0xffffffff)
        empty = head + bytes(room) + payload
        if family(src) == 4:
            sealed = ip4(src, dst, 51, empty, options=zero4(options), ttl=0, tos=0, flags=0, checksum=0,
                         **{key: more[key] for key in more if key in ("ident", "length")})
            wrap = lambda body: ip4(src, dst, 51, body, options=options, **more)
        else:
            zeroed = sealed_extensions if sealed_extensions is not None else [(kind, zero6(body) if kind in (0, 60) else body) for kind, body in extensions]
            sealed = ip6(src, dst, 51, empty, hops=0, extensions=zeroed)
            wrap = lambda body: ip6(src, dst, 51, body, extensions=extensions, **more)
        digest = hmac.new(MAC if self.mac == "sha256" else MAC[:20], sealed + (struct.pack(">I", high) if self.esn else b""),
                          hashlib.sha256 if self.mac == "sha256" else hashlib.sha1).digest()[:icv]
        if spoil:
            digest = bytes([digest[0] ^ 1]) + digest[1:]
        return wrap(head + (digest + bytes(room))[:room] + payload)

    def transport(self, version=4, proto=17, content=None, src=None, dst=None, **more):
        a, b = OUTER[version]
        a, b = src or a, dst or b
        if content is None:
            content = {17: udp, 6: tcp, 1: icmp, 58: icmp}.get(proto, lambda *_: b"\0" * 16)(a, b)
        return self.packet(a, b, proto, content, **more)

    def tunnel(self, outer=4, version=4, content=None, following=None, **more):
        a, b = OUTER[outer]
        return self.packet(a, b, (4 if version == 4 else 41) if following is None else following, inner(version) if content is None else content, **more)


def frame(packet):
    return (ETHER + (b"\x08\x00" if packet[0] >> 4 != 6 else b"\x86\xdd") + packet).hex()


def case(name, *packets, **more):
    return dict(name=name, frames=[frame(packet) for packet in packets], **more)


def fragments4(packet, size):
    head, body, out = packet[:20], packet[20:], []
    src, dst = str(ipaddress.ip_address(head[12:16])), str(ipaddress.ip_address(head[16:20]))
    for at in range(0, len(body), size):
        more = 0x2000 if at + size < len(body) else 0
        out.append(ip4(src, dst, head[9], body[at:at + size], ident=77, flags=more | at // 8))
    return out


def fragments6(packet, size):
    head, body, out = packet[:40], packet[40:], []
    src, dst = str(ipaddress.ip_address(head[8:24])), str(ipaddress.ip_address(head[24:40]))
    for at in range(0, len(body), size):
        more = 1 if at + size < len(body) else 0
        out.append(ip6(src, dst, 44, struct.pack(">BBHI", head[6], 0, at | more, 99) + body[at:at + size]))
    return out


def state(suite=GCM, version=4, mode="tunnel", spi=0x1001, reqid=1, proto="esp", tail="replay-window 32", src=None, dst=None):
    a, b = OUTER[version]
    return f"ip xfrm state add src {src or a} dst {dst or b} proto {proto} spi {spi:#x} reqid {reqid} mode {mode} {suite} {tail}"


def template(version=4, mode="tunnel", reqid=1, proto="esp", tail="", src=None, dst=None):
    a, b = OUTER[version]
    ends = f"src {src or a} dst {dst or b} " if mode != "transport" else ""
    return f"tmpl {ends}proto {proto} reqid {reqid} mode {mode} {tail}"


def policy(selector, templates="", direction="in", tail=""):
    return f"ip xfrm policy add {selector} dir {direction} {tail} {templates}"


def nets(version=4):
    a, b = NETS[version]
    return f"src {a} dst {b}"


def ends(version=4):
    a, b = OUTER[version]
    return f"src {a} dst {b}"


def group(name, setup, cases, **more):
    return dict(name=name, setup=setup, cases=cases, **more)


if __name__ == "__main__":
    import cases
    json.dump([one for one in cases.all() if len(sys.argv) < 2 or any(word in one["name"] for word in sys.argv[1:])], sys.stdout)
