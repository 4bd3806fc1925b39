"""ikemaker: IKE messages made by hand, in clear and protected, as stories between two hosts. Not a test.

Protected IKEv2 messages use ENCR_NULL with HMAC-SHA2-256-128 (RFC 7296 3.14, RFC 2410), which the standard library can make; keys() is the line of
Wireshark's ikev2_decryption_table that opens them.
"""
import hashlib
import hmac
import struct

import pcap

A, B = "10.77.0.1", "10.77.0.2"
SA_INIT, AUTH, CHILD, INFORM = 34, 35, 36, 37
RESPONSE, INITIATOR, ENCRYPTED = 0x20, 0x08, 0x01
KEY = bytes(range(32))
SECOND = 10**9


def payloads(parts, last=0):
    """(type, body) pairs as a chain: the type of the first, and the bytes."""
    kinds = [kind for kind, _ in parts] + [last]
    return kinds[0], b"".join(struct.pack(">BBH", following, 0, 4 + len(body)) + body
                              for following, (_, body) in zip(kinds[1:], parts))


def transform(kind, number, attribute=b"", last=False):
    return struct.pack(">BBHBBH", 0 if last else 3, 0, 8 + len(attribute), kind, 0, number) + attribute


def proposal(transforms, protocol=1, spi=b"", number=1, last=True):
    """transforms: (type, ID, key length or 0)."""
    made = b"".join(transform(kind, value, struct.pack(">HH", 0x800e, bits) if bits else b"", at + 1 == len(transforms))
                    for at, (kind, value, bits) in enumerate(transforms))
    return struct.pack(">BBHBBBB", 0 if last else 2, 0, 8 + len(spi) + len(made), number, protocol, len(spi), len(transforms)) + spi + made


IKE_OFFER = [(1, 20, 256), (2, 5, 0), (4, 19, 0)]
ESP_OFFER = [(1, 20, 256), (5, 0, 0)]


def sa(offer=None, **options):
    return 33, proposal(offer or IKE_OFFER, **options)


def esp_sa(spi, offer=None, size=4):
    return 33, proposal(offer or ESP_OFFER, protocol=3, spi=struct.pack(">I", spi)[4 - size:] if size < 4 else struct.pack(">I", spi))


def ke(group=19):
    return 34, struct.pack(">HH", group, 0) + bytes(range(256))[:{2: 128, 14: 256, 19: 64}[group]]


def nonce(seed=7):
    return 40, bytes((seed + at) & 255 for at in range(32))


def notify(kind, data=b"", protocol=0, spi=b""):
    return 41, struct.pack(">BBH", protocol, len(spi), kind) + spi + data


def selectors(kind, first, last):
    body = b"".join(bytes(map(int, address.split("."))) for address in (first, last))
    return kind, struct.pack(">BBHBBHHH", 1, 0, 0, 7, 0, 16, 0, 65535) + body


TSI, TSR = selectors(44, "10.1.0.0", "10.1.0.255"), selectors(45, "10.2.0.0", "10.2.0.255")
IDENTITY = {True: (35, b"\x02\0\0\0a.example"), False: (36, b"\x02\0\0\0b.example")}
AUTHENTICATION = 39, b"\x02\0\0\0" + bytes(32)


def delete(protocol, *spis):
    return 42, struct.pack(">BBH", protocol, 4 if spis else 0, len(spis)) + b"".join(struct.pack(">I", spi) for spi in spis)


class Story:
    """Two hosts, a clock, and what they say. IKE SAs are told apart by their number."""

    def __init__(self, initiator=A, responder=B, number=1, start=1700000000 * SECOND, story=None):
        self.packets = story.packets if story else []
        self.initiator, self.responder, self.number = initiator, responder, number
        self.now = story.now if story else start
        self.port = 500
        self.spi_i, self.spi_r = bytes([number] * 8), bytes([number + 100] * 8)

    def wait(self, seconds):
        self.now += int(seconds * SECOND)
        return self

    def put(self, packet):
        self.packets.append((self.now, packet))
        self.now += 2 * 10**6
        return self

    def send(self, by_initiator, message):
        source, destination = (self.initiator, self.responder) if by_initiator else (self.responder, self.initiator)
        marker = bytes(4) if self.port == 4500 else b""
        return self.put(pcap.ip4(source, destination, 17, pcap.udp(self.port, self.port, marker + message), identification=len(self.packets) + 1))

    def again(self, seconds=1.0, back=1):
        """What was said last (or `back` messages ago), once more."""
        packet = self.packets[-back][1]
        self.wait(seconds)
        return self.put(packet)

    def header(self, first, exchange, flags, identifier, length, version=0x20, responder=True):
        return self.spi_i + (self.spi_r if responder else bytes(8)) + struct.pack(">BBBBII", first, version, exchange, flags, identifier, 28 + length)

    def clear(self, by_initiator, exchange, identifier, parts, response=False, version=0x20, flags=None, responder=None):
        first, body = payloads(parts)
        if flags is None:
            flags = (INITIATOR if by_initiator else 0) | (RESPONSE if response else 0)
        known = (exchange != SA_INIT or response) if responder is None else responder
        return self.send(by_initiator, self.header(first, exchange, flags, identifier, len(body), version, known) + body)

    def sealed(self, by_initiator, exchange, identifier, parts, response=False):
        first, body = payloads(parts) if parts else (0, b"")
        body += b"\0"  # no padding
        flags = (INITIATOR if by_initiator else 0) | (RESPONSE if response else 0)
        head = struct.pack(">BBH", first, 0, 4 + len(body) + 16)
        message = self.header(46, exchange, flags, identifier, len(head) + len(body) + 16) + head + body
        return self.send(by_initiator, message + hmac.new(KEY, message, hashlib.sha256).digest()[:16])

    def piece(self, by_initiator, exchange, identifier, number, total, length=500):
        """A fragment (RFC 7383) that nobody can read."""
        flags = INITIATOR if by_initiator else RESPONSE
        body = struct.pack(">HH", number, total) + hashlib.sha256(bytes([number, self.number])).digest() * (length // 32)
        head = struct.pack(">BBH", 35 if number == 1 else 0, 0, 4 + len(body))
        return self.send(by_initiator, self.header(53, exchange, flags, identifier, len(head) + len(body)) + head + body)

    def ask(self, exchange, identifier, *parts, by_initiator=True):
        return self.sealed(by_initiator, exchange, identifier, list(parts))

    def answer(self, exchange, identifier, *parts, by_initiator=False):
        return self.sealed(by_initiator, exchange, identifier, list(parts), response=True)

    def init(self, offer=None, group=19):
        return self.clear(True, SA_INIT, 0, [sa(offer), ke(group), nonce()])

    def init_answer(self, offer=None, group=19):
        return self.clear(False, SA_INIT, 0, [sa(offer), ke(group), nonce(9)], response=True)

    def auth(self, spi=0x1001, *more, identifier=1, offer=None, size=4):
        return self.ask(AUTH, identifier, IDENTITY[True], AUTHENTICATION, esp_sa(spi, offer, size), TSI, TSR, *more)

    def auth_answer(self, spi=0x2002, *more, identifier=1):
        return self.answer(AUTH, identifier, IDENTITY[False], AUTHENTICATION, esp_sa(spi), TSI, TSR, *more)

    def up(self, to_a=0x1001, to_b=0x2002):
        return self.init().init_answer().auth(to_a).auth_answer(to_b)

    def esp(self, spi, count=1, by_initiator=True, first=1, every=0.1):
        source, destination = (self.initiator, self.responder) if by_initiator else (self.responder, self.initiator)
        for number in range(count):
            self.put(pcap.ip4(source, destination, 50, pcap.esp(spi, first + number), identification=1000 + len(self.packets))).wait(every)
        return self

    def keys(self):
        return '%s,%s,,,"NULL [RFC2410]",%s,%s,"HMAC_SHA2_256_128 [RFC4868]"\n' % (self.spi_i.hex(), self.spi_r.hex(), KEY.hex(), KEY.hex())

    def write(self, path):
        with open(path, "wb") as file:
            file.write(pcap.header() + b"".join(pcap.record(packet, time) for time, packet in self.packets))
        return path


# IKEv1 (RFC 2408, 2409): phase 1 in clear, then random-looking bytes of the right shape.
MAIN, AGGRESSIVE, INFORM1, QUICK = 2, 4, 5, 32


def attribute(kind, value):
    return struct.pack(">HH", 0x8000 | kind, value)


def sa1(cipher=7, hash_=4, group=14, method=1):
    """AES-CBC 256, SHA2-256, group 14, pre-shared key."""
    attributes = attribute(1, cipher) + attribute(14, 256) + attribute(2, hash_) + attribute(4, group) + attribute(3, method)
    made = struct.pack(">BBHBBH", 0, 0, 8 + len(attributes), 1, 1, 0) + attributes
    return 1, struct.pack(">II", 1, 1) + struct.pack(">BBHBBBB", 0, 0, 8 + len(made), 1, 1, 0, 1) + made


def notify1(kind, data=b"", protocol=1, spi=b""):
    return 11, struct.pack(">IBBH", 1, protocol, len(spi), kind) + spi + data


class Story1(Story):
    """The same in IKEv1."""

    def main(self, by_initiator, *parts):
        return self.clear(by_initiator, MAIN, 0, list(parts), version=0x10, flags=0, responder=not (by_initiator and parts[0][0] == 1))

    def aggressive(self, by_initiator, *parts, last=False):
        return self.clear(by_initiator, AGGRESSIVE, 0, list(parts), version=0x10, flags=0, responder=last or not by_initiator)

    def inform(self, by_initiator, *parts, identifier=0):
        return self.clear(by_initiator, INFORM1, identifier, list(parts), version=0x10, flags=0)

    def dark(self, by_initiator, exchange, identifier, length, seed=0):
        """An encrypted message: `length` bytes that nobody can read."""
        body = b"".join(hashlib.sha256(struct.pack(">IIII", self.number, identifier, seed, at)).digest() for at in range(length // 32 + 1))[:length]
        return self.send(by_initiator, self.header(8 if exchange != MAIN else 5, exchange, ENCRYPTED, identifier, length, 0x10) + body)

    def main_clear(self):
        ke1, nonce1 = (4, bytes(range(256))), (10, bytes(range(32)))
        return self.main(True, sa1()).main(False, sa1()).main(True, ke1, nonce1).main(False, ke1, nonce1)

    def main_up(self):
        return self.main_clear().dark(True, MAIN, 0, 64).dark(False, MAIN, 0, 64, seed=1)
