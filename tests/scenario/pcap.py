"""pcap: captures read and made by hand, for tests that need to know or to choose every byte. Not a test."""
import ipaddress
import struct


class Frame:
    def __init__(self, number, time, data):
        self.number, self.time, self.data = number, time, data  # time: nanoseconds since 1970

    def ip(self):
        """Source, destination, protocol and payload of an Ethernet frame with IPv4; None for another."""
        if len(self.data) < 34 or self.data[12:14] != b"\x08\x00":
            return None
        header = (self.data[14] & 15) * 4
        source, destination = (str(ipaddress.ip_address(self.data[at:at + 4])) for at in (26, 30))
        return source, destination, self.data[23], self.data[14 + header:]


def read(path):
    """The frames of a little-endian microsecond pcap."""
    with open(path, "rb") as file:
        data = file.read()
    at, frames = 24, []
    while at < len(data):
        seconds, rest, length = struct.unpack_from("<III", data, at)
        frames.append(Frame(len(frames) + 1, seconds * 10**9 + rest * 1000, data[at + 16:at + 16 + length]))
        at += 16 + length
    return frames


def read_next_generation(path):
    """Time (nanoseconds since 1970) and bytes of each packet of a little-endian pcapng file of one interface, with times in nanoseconds."""
    with open(path, "rb") as file:
        data = file.read()
    at, found = 0, []
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if kind == 6:
            high, low, captured = struct.unpack_from("<III", data, at + 12)
            found.append((high << 32 | low, data[at + 28:at + 28 + captured]))
        at += length
    return found


def header(linktype=101, snaplen=262144):
    return struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, snaplen, linktype)


def record(packet, time=1700000000 * 10**9, claimed=None):
    length = len(packet) if claimed is None else claimed
    return struct.pack("<IIII", time // 10**9, time % 10**9 // 1000, length, length) + packet


def build(packets, linktype=101, start=1700000000 * 10**9, step=10**6):
    """A capture of packets, `step` nanoseconds apart."""
    return header(linktype) + b"".join(record(packet, start + i * step) for i, packet in enumerate(packets))


def write(path, packets, **options):
    with open(path, "wb") as file:
        file.write(build(packets, **options))
    return path


def checksum(data):
    total = sum(struct.unpack(">%dH" % (len(data) // 2), data[:len(data) & ~1])) + (data[-1] << 8 if len(data) & 1 else 0)
    while total > 0xffff:
        total = (total & 0xffff) + (total >> 16)
    return 0xffff - total


def ip4(source, destination, protocol, payload, ttl=64, identification=0):
    head = struct.pack(">BBHHHBBH4s4s", 0x45, 0, 20 + len(payload), identification, 0, ttl, protocol, 0,
                       ipaddress.ip_address(source).packed, ipaddress.ip_address(destination).packed)
    return head[:10] + struct.pack(">H", checksum(head)) + head[12:] + payload


def ip6(source, destination, protocol, payload):
    return struct.pack(">IHBB", 0x60000000, len(payload), protocol, 64) + ipaddress.ip_address(source).packed + \
        ipaddress.ip_address(destination).packed + payload


def udp(source, destination, payload):
    """Without a checksum, as RFC 3948 wishes it for ESP."""
    return struct.pack(">HHHH", source, destination, 8 + len(payload), 0) + payload


def esp(spi, sequence, body=bytes(range(7, 99))):
    return struct.pack(">II", spi, sequence) + body


def ethernet(packet, kind=0x0800):
    return bytes.fromhex("020000000002020000000001") + struct.pack(">H", kind) + packet
