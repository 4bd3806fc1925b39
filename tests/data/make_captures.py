"""make_captures: how captures/ was made: real sessions of the shared scenarios, and packets of those changed by hand.

    ESPLAIN_SHARED=../shared python3 tests/data/make_captures.py captures

Every packet that a capture needs to be opened is a real kernel's; what is changed is said beside it. Runs give the same bytes.
"""
import datetime
import os
import re
import shutil
import struct
import sys

sys.dont_write_bytecode = True
sys.path.insert(0, os.path.join(os.path.dirname(os.path.abspath(__file__)), "..", "scenario"))
import pcap  # noqa: E402

SHARED = os.environ.get("ESPLAIN_SHARED", "../shared")
A, B = "10.77.0.1", "10.77.0.2"


def shared(*path):
    return os.path.join(SHARED, *path)


def stamp(time):
    moment = datetime.datetime.fromtimestamp(time // 10**9, datetime.timezone.utc)
    return "Timestamp: %s %d usec\n" % (moment.strftime("%a %b %e %H:%M:%S %Y"), time % 10**9 // 1000)


def peerkill(folder):
    """B is killed; what `ip -t xfrm monitor` on B would have shown is written from A's table and the last sign of life of B."""
    shutil.copyfile(shared("scenarios", "peerkill", "t.pcap"), os.path.join(folder, "peerkill.pcap"))
    frames = pcap.read(shared("scenarios", "peerkill", "t.pcap"))
    killed = [frame for frame in frames if frame.ip() and frame.ip()[0] == B][-1].time + 5 * 10**6
    with open(shared("scenarios", "peerkill", "xfrmA-before.txt"), encoding="utf-8") as file:
        blocks = [block for block in re.split(r"(?m)^(?=src )", file.read()) if "proto esp" in block]
    blocks = [re.sub(r"replay-window \d+ seq", "replay-window %d seq" % (32 if "dst " + B in block else 0), block) for block in blocks]
    blocks = [re.sub(r"(?ms)^\tanti-replay context.*", "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n", block) for block in blocks]
    with open(os.path.join(folder, "peerkill.monitor.txt"), "w", encoding="utf-8") as file:
        file.write("".join(stamp(frames[0].time + 15 * 10**6) + block for block in blocks))
        file.write("".join(stamp(killed) + "Deleted " + block for block in blocks))


def copies(folder):
    for source, name in ((("scenarios", "v2gcm", "t.pcap"), "gcm.pcap"), (("scenarios", "v2gcm", "xfrmB-end.txt"), "gcm.state.txt"),
                         (("scenarios", "loss", "t.pcap"), "loss.pcap"), (("scenarios", "loss", "xfrmB-end.txt"), "loss.state.txt"),
                         (("oracle", "replay-64.pcap"), "replay.pcap"), (("oracle", "replay-64.state.txt"), "replay.state.txt")):
        shutil.copyfile(shared(*source), os.path.join(folder, name))


def esp_to_b():
    """The ESP packets from A to B of the healthy session: SPI, sequence number and the rest."""
    for frame in pcap.read(shared("scenarios", "v2gcm", "t.pcap")):
        ip = frame.ip()
        if ip and ip[1] == B and ip[2] == 50:
            yield struct.unpack_from(">II", ip[3]) + (ip[3][8:],)


def changed_spis(folder):
    packets = list(esp_to_b())
    spi = packets[0][0]
    start = 1795251600 * 10**9
    changes = {
        "spi-one-bit.pcap": (A, B, spi ^ 1 << 21),                                                  # a bit flipped by bad memory
        "spi-byte-swapped.pcap": (A, B, struct.unpack("<I", struct.pack(">I", spi))[0]),             # typed in the other byte order
        "spi-opposite-direction.pcap": (B, A, spi),                                                 # reflected to its sender
        "spi-other-destination.pcap": (A, "10.77.0.3", spi),                                        # sent to B's neighbour
    }
    for name, (source, destination, changed) in changes.items():
        whole = [pcap.ip4(A, B, 50, pcap.esp(number, sequence, body)) for number, sequence, body in packets[:2]]
        whole += [pcap.ip4(source, destination, 50, pcap.esp(changed, sequence, body)) for _, sequence, body in packets[2:]]
        pcap.write(os.path.join(folder, name), [pcap.ethernet(packet) for packet in whole], linktype=1, start=start, step=200 * 10**6)


def not_ipsec(folder):
    """SIP and IKE where a receiver expects UDP-encapsulated ESP."""
    sip = ("OPTIONS sip:100@10.77.0.2 SIP/2.0\r\nVia: SIP/2.0/UDP 198.51.100.9:5060\r\nMax-Forwards: 70\r\nTo: <sip:100@10.77.0.2>\r\n"
           "From: <sip:scan@198.51.100.9>;tag=1\r\nCall-ID: 1@198.51.100.9\r\nCSeq: 1 OPTIONS\r\nContent-Length: 0\r\n\r\n").encode()
    packets = [pcap.ip4("198.51.100.9", B, 17, pcap.udp(5060, 4500, sip), identification=i) for i in range(3)]
    pcap.write(os.path.join(folder, "sip-on-4500.pcap"), [pcap.ethernet(packet) for packet in packets], linktype=1, start=1795251700 * 10**9, step=10**9)
    ike = bytes.fromhex("1f2e3d4c5b6a7988" "0000000000000000" "29202208" "00000000" "00000024" "00000008" "00004016")
    packets = [pcap.ip4(A, B, 17, pcap.udp(4500, 4500, ike), identification=i) for i in range(3)]
    pcap.write(os.path.join(folder, "ike-without-marker.pcap"), [pcap.ethernet(packet) for packet in packets], linktype=1, start=1795251800 * 10**9, step=10**9)


def fragments(folder):
    """Three ESP packets of 1,472 bytes in two pieces each; of the second one the last piece is missing."""
    packets = list(esp_to_b())
    pieces = []
    for number in range(3):
        whole = pcap.esp(packets[0][0], number + 1, bytes((number * 31 + at * 7) & 255 for at in range(1464)))
        for offset, part, more in ((0, whole[:1024], 1), (1024, whole[1024:], 0)):
            if number == 1 and not more:
                continue
            packet = bytearray(pcap.ip4(A, B, 50, part, identification=100 + number))
            struct.pack_into(">H", packet, 6, more << 13 | offset // 8)
            struct.pack_into(">H", packet, 10, 0)
            struct.pack_into(">H", packet, 10, pcap.checksum(bytes(packet[:20])))
            pieces.append(pcap.ethernet(bytes(packet)))
    # ARP half a minute later: by then the receiver has given the datagram up
    later = pcap.ethernet(bytes.fromhex("0001080006040001020000000001") + bytes([10, 77, 0, 1]) + bytes(6) + bytes([10, 77, 0, 2]), 0x0806)
    data = pcap.build(pieces, linktype=1, start=1795251900 * 10**9, step=10 * 10**6) + pcap.record(later, 1795251935 * 10**9)
    with open(os.path.join(folder, "fragments-incomplete.pcap"), "wb") as file:
        file.write(data)


def main(folder):
    os.makedirs(folder, exist_ok=True)
    for part in (peerkill, copies, changed_spis, not_ipsec, fragments):
        part(folder)


main(sys.argv[1] if len(sys.argv) > 1 else "captures")
