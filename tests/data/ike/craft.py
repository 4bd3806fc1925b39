"""craft: a capture of IKE messages whose payloads the scenarios do not have, built by the figures of their RFCs. For make.py: not a test.

    python3 tests/data/ike/craft.py CAPTURE
"""
import struct
import sys

SPIS = bytes(range(1, 17))


def pay(next_type, body, flags=0):
    return struct.pack(">BBH", next_type, flags, 4 + len(body)) + body


def chain(*payloads):
    """(type, body) pairs as a chain."""
    types = [kind for kind, _ in payloads][1:] + [0]
    return payloads[0][0], b"".join(pay(following, body) for following, (_, body) in zip(types, payloads))


def message(version, exchange, flags, first, payloads, identifier=0):
    return SPIS + struct.pack(">BBBBII", first, version << 4, exchange, flags, identifier, 28 + len(payloads)) + payloads


def two(exchange, flags, *payloads):
    return message(2, exchange, flags, *chain(*payloads))


def one(exchange, *payloads):
    return message(1, exchange, 0, *chain(*payloads))


def notify(kind, data=b"", protocol=0, spi=b""):
    return 41, struct.pack(">BBH", protocol, len(spi), kind) + spi + data


def notify1(kind, data=b"", protocol=1, spi=b""):
    return 11, struct.pack(">IBBH", 1, protocol, len(spi), kind) + spi + data


def selector(kind, protocol, ports, first, last):
    return struct.pack(">BBHHH", kind, protocol, 8 + len(first) + len(last), *ports) + first + last


def attribute(kind, value):
    return struct.pack(">HH", kind, len(value)) + value


def basic(kind, value):
    return struct.pack(">HH", 0x8000 | kind, value)


def proposals(*items):
    """(number, protocol, spi, transforms) as proposals; a transform is the four bytes behind its length, and its attributes."""
    out = b""
    for index, (number, protocol, spi, transforms) in enumerate(items):
        inside = b"".join(struct.pack(">BBH", 3 * (place < len(transforms) - 1), 0, 8 + len(rest)) + fixed + rest
                          for place, (fixed, rest) in enumerate(transforms))
        out += struct.pack(">BBHBBBB", 2 * (index < len(items) - 1), 0, 8 + len(spi) + len(inside), number, protocol, len(spi),
                           len(transforms)) + spi + inside
    return out


def v1(number, name, *attributes):
    return struct.pack(">BBH", number, name, 0), b"".join(attributes)


def v2(kind, name, *attributes):
    return struct.pack(">BBH", kind, 0, name), b"".join(attributes)


def sa1(*items):
    return 1, struct.pack(">II", 1, 1) + proposals(*items)


IP6A, IP6B = bytes.fromhex("20010db8000000000000000000000001"), bytes.fromhex("20010db80000000000000000000000ff")
DER = bytes.fromhex("30163114301206035504030c0b6578616d706c652e6f7267")

MESSAGES = [
    two(34, 0x20, notify(17, b"\x00\x13")),
    two(34, 0x20, notify(16390, bytes(range(32)))),
    two(34, 0x20, notify(14)),
    two(34, 0x20, notify(16407, b"\x01\x04\x0a\x00\x00\x01" + bytes(16))),
    two(34, 0x20, notify(16407, b"\x03\x0bexample.org" + bytes(16))),
    two(34, 0x28, notify(1, b"\x3c"), notify(5), notify(9, b"\x00\x00\x00\x07"), notify(11, b"\xc0\xff\xee\x01")),
    two(37, 0x08, notify(12345, struct.pack(">I", 13857))),
    two(36, 0x08, notify(16393, protocol=3, spi=b"\xde\xad\xbe\xef"), notify(44, protocol=2, spi=b"\x01\x02\x03\x04"),
        notify(16387, b"\x12\x34\x02"), notify(16385, b"\x00\x00\x00\x05"), notify(16403, b"\x00\x00\x0e\x10")),
    two(37, 0x08, notify(16397, b"\x0a\x00\x00\x01"), notify(16398, IP6A), notify(16401, bytes(range(8)))),
    two(37, 0x08, (42, b"\x03\x04\x00\x02" + b"\x01\x02\x03\x04\x05\x06\x07\x08")),
    two(37, 0x08, (42, b"\x01\x00\x00\x00")),
    two(35, 0x08, (35, b"\x01\0\0\0\x0a\0\0\1"), (36, b"\x05\0\0\0" + IP6A), (35, b"\x03\0\0\0a@example.org"),
        (36, b"\x09\0\0\0" + DER), (35, b"\x0b\0\0\0key")),
    two(35, 0x08, (37, b"\x04" + DER), (38, b"\x04" + bytes(range(40))), (37, b"\x0c" + bytes(20) + b"http://example.org/cert")),
    two(35, 0x08, (39, b"\x09\0\0\0" + bytes(64)), (39, b"\x01\0\0\0" + bytes(128))),
    two(35, 0x08, (44, b"\x02\0\0\0" + selector(7, 6, (22, 80), b"\x0a\0\0\0", b"\x0a\0\0\xff") +
                   selector(8, 0, (0, 65535), IP6A, IP6B)),
        (45, b"\x01\0\0\0" + selector(7, 1, (0x0800, 0x0800), b"\x0a\0\1\0", b"\x0a\0\1\xff"))),
    two(35, 0x08, (47, b"\x01\0\0\0" + attribute(1, b"") + attribute(3, b"") + attribute(8, b""))),
    two(35, 0x20, (47, b"\x02\0\0\0" + attribute(1, b"\x0a\0\0\5") + attribute(2, b"\xff\xff\xff\0") + attribute(3, b"\x0a\0\0\1") +
                   attribute(8, IP6A + b"\x40") + attribute(13, b"\x0a\0\0\0\xff\0\0\0") + attribute(15, IP6A + b"\x30"))),
    two(36, 0x08, (33, proposals((1, 3, b"\x01\x02\x03\x04", [v2(1, 12, basic(14, 128)), v2(1, 12, basic(14, 256)), v2(3, 12),
                                                            v2(5, 0)]),
                                 (2, 2, b"\x05\x06\x07\x08", [v2(3, 2), v2(5, 1)]),
                                 (3, 1, bytes(range(8)), [v2(1, 20, basic(14, 256)), v2(2, 5), v2(4, 31), v2(6, 36)])))),
    two(34, 0x08, (34, struct.pack(">HH", 31, 0) + bytes(32)), (34, struct.pack(">HH", 14, 0) + bytes(256)),
        (34, struct.pack(">HH", 999, 0) + bytes(5)), (40, bytes(256))),
    message(2, 35, 0x08, 53, pay(35, struct.pack(">HH", 1, 3) + bytes(range(64)))),
    message(2, 35, 0x08, 53, pay(0, struct.pack(">HH", 3, 3) + bytes(range(40)))),
    message(2, 36, 0x28, 46, pay(33, bytes(range(80)))),
    message(2, 37, 0x20, 0, b""),
    one(2, sa1((1, 1, b"", [v1(1, 1, basic(1, 5), basic(2, 1), basic(3, 1), basic(4, 2), basic(11, 1), attribute(12, b"\0\1\x51\x80")),
                            v1(2, 1, basic(1, 7), basic(14, 256), basic(2, 4), basic(3, 3), basic(4, 14), basic(11, 1),
                               basic(12, 28800))]))),
    one(32, sa1((1, 3, b"\x11\x22\x33\x44", [v1(1, 12, basic(6, 256), basic(5, 5), basic(4, 3), basic(3, 14), basic(1, 1),
                                                basic(2, 3600), basic(1, 2), attribute(2, b"\0\x46\x50\0"), basic(11, 1))]),
                (1, 4, b"\x12\x34", [v1(1, 2, basic(4, 1))]), (2, 2, b"\x55\x66\x77\x88", [v1(1, 3, basic(5, 2), basic(4, 2))])),
        (10, bytes(range(20))), (5, b"\4\0\0\0\x0a\1\0\0\xff\xff\xff\0"), (5, b"\7\6\0\x16\x0a\2\0\1\x0a\2\0\7"),
        (5, b"\6\0\0\0" + IP6A + bytes.fromhex("ffffffffffffffff0000000000000000"))),
    one(5, notify1(14), notify1(36136, b"\0\0\0\x2a", spi=SPIS), notify1(24578, spi=SPIS), notify1(24577, b"\0\0\0\1", 3, b"\1\2\3\4")),
    one(5, (12, struct.pack(">IBBH", 1, 3, 4, 2) + bytes(range(8))), (12, struct.pack(">IBBH", 1, 1, 16, 1) + SPIS)),
    one(2, (4, bytes(128)), (10, bytes(8)), (20, bytes(20)), (20, bytes(range(20))), (130, bytes(16)), (7, b"\x04" + DER), (7, b"\x04")),
    one(2, (6, b"\x04" + DER), (9, bytes(range(128))), (8, bytes(range(20)))),
    message(1, 2, 0, 132, pay(0, struct.pack(">HBB", 7, 1, 0) + bytes(range(100)))),
    message(1, 2, 0, 132, pay(0, struct.pack(">HBB", 7, 2, 1) + bytes(range(50)))),
    one(6, (14, b"\1\0\0\x07" + basic(16520, 0) + attribute(16521, b"alice"))),
    message(1, 32, 1, 8, bytes(range(64)), identifier=0x01020304),
]


def main():
    with open(sys.argv[1], "wb") as file:
        file.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 262144, 101))
        for index, body in enumerate(MESSAGES):
            # A pair of addresses each: what tshark remembers of one negotiation must not touch the next.
            udp = struct.pack(">HHHH", 500, 500, 8 + len(body), 0) + body
            packet = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(udp), index, 0, 64, 17, 0, bytes([10, 0, index, 1]),
                                 bytes([10, 0, index, 2])) + udp
            file.write(struct.pack("<IIII", index, 0, len(packet), len(packet)) + packet)


main()
