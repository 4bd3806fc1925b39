#!/usr/bin/python3
"""Signs IP packets with scapy's AH and sends them on a journey, for crypto_ah_test: what a router may change, and what nobody may.

    make_ah_vectors.py > tests/data/crypto/ah-vectors.txt
"""
import random
import struct
import sys
import warnings

warnings.simplefilter("ignore")
from scapy.layers.inet import IP, UDP, IPOption, IPOption_LSRR, IPOption_NOP, IPOption_Router_Alert, IPOption_Security
from scapy.layers.inet6 import HBHOptUnknown, IPv6, IPv6ExtHdrDestOpt, IPv6ExtHdrHopByHop, IPv6ExtHdrRouting, PadN, RouterAlert
from scapy.layers.ipsec import AH, SecurityAssociation
from scapy.packet import Raw

dice = random.Random(4302)
ALGORITHMS = {"HMAC-SHA1-96": ("HMAC-SHA1-96", 20, 12), "HMAC-SHA2-256-128": ("SHA2-256-128", 32, 16), "AES-CMAC-96": ("AES-CMAC-96", 16, 12),
              "HMAC-SHA2-512-256": ("SHA2-512-256", 64, 32), "HMAC-MD5-96": ("HMAC-MD5-96", 16, 12)}
DATA = UDP(sport=4000, dport=9999) / Raw(b"carried in the open, signed")


def offset_of_ah(packet):
    if packet[0] >> 4 == 4:
        return (packet[0] & 15) * 4
    at, following = 40, packet[6]
    while following != 51:
        following, at = packet[at], at + (packet[at + 1] + 1) * 8
    return at


def vector(name, algorithm, packet, changes=(), verdict="ok", high=None):
    """changes: (offset, bytes) after signing; an offset below 0 counts from the end."""
    scapy_name, key_length, icv = ALGORITHMS[algorithm]
    key = bytes(dice.randrange(256) for _ in range(key_length))
    association = SecurityAssociation(AH, spi=0x1001, auth_algo=scapy_name, auth_key=key, esn_en=high is not None, esn=high or 0)
    wire = bytearray(bytes(association.encrypt(packet, seq_num=7)))
    if wire[0] >> 4 == 4:
        wire[2:4] = struct.pack("!H", len(wire))
    for at, change in changes:
        at %= len(wire)
        wire[at:at + len(change)] = change
    print(" ".join([name, verdict, algorithm, key.hex(), "-" if high is None else "%08x" % high, str(offset_of_ah(wire)), str(icv), wire.hex()]))


def main():
    print("# Made by tests/kat/make_ah_vectors.py. Fields: name, ok or bad, algorithm, key, high half of the sequence number (- without ESN),")
    print("# offset of AH, bytes of ICV, the IP packet as it arrives.")
    four = dict(src="192.0.2.1", dst="192.0.2.2", ttl=64, tos=0x10, id=0x1234)
    for algorithm in ALGORITHMS:
        vector("ip4", algorithm, IP(**four) / DATA)
        vector("ip4-altered", algorithm, IP(**four) / DATA, [(-1, b"x")], "bad")
        vector("ip6", algorithm, IPv6(src="2001:db8::1", dst="2001:db8::2") / DATA)
    plain = IP(**four) / DATA
    algorithm = "HMAC-SHA2-256-128"
    vector("ip4-esn", algorithm, plain, high=3)
    vector("ip4-journey", algorithm, plain, [(1, b"\xe3"), (6, b"\x40\x00"), (8, b"\x01"), (10, b"\xff\xff")])
    for at, name in ((4, "identification"), (3, "length"), (9, "protocol"), (12, "source"), (16, "destination"), (20, "next-header"),
                     (22, "reserved"), (24, "spi"), (28, "sequence")):
        if name not in ("length", "protocol"):
            vector("ip4-%s-changed" % name, algorithm, plain, [(at, b"\xa5")], "bad")
    options = [IPOption_NOP(), IPOption_Router_Alert(), IPOption_Security(), IPOption(b"\x44\x0c\x05\x00" + bytes(8))]
    longer = IP(options=options, **four) / DATA
    vector("ip4-options", algorithm, longer)
    stamp_at = 20 + 1 + 4 + 11
    vector("ip4-options-timestamp-filled", algorithm, longer, [(stamp_at + 2, b"\x0d\x05\xaa\xbb\xcc\xdd")])
    vector("ip4-options-alert-changed", algorithm, longer, [(23, b"\x00\x01")], "bad")
    vector("ip4-options-security-changed", algorithm, longer, [(28, b"\x77")], "bad")
    route = IP(options=[IPOption_LSRR(pointer=12, routers=["192.0.2.77", "192.0.2.2"]), IPOption(b"\x00")], **four) / DATA
    vector("ip4-source-route-arrived", algorithm, route)
    vector("ip4-source-route-on-its-way", algorithm, route, [(16, bytes([192, 0, 2, 77])), (22, b"\x08")])
    vector("ip4-source-route-elsewhere", algorithm, route, [(16, bytes([192, 0, 2, 3]))], "bad")

    six = dict(src="2001:db8::1", dst="2001:db8::2", hlim=64, tc=3, fl=77)
    for name, changes, verdict in (("journey", [(0, b"\x6f\xff\xff\xff"), (7, b"\x01")], "ok"), ("source-changed", [(23, b"\x09")], "bad"),
                                   ("destination-changed", [(39, b"\x09")], "bad")):
        vector("ip6-" + name, algorithm, IPv6(**six) / DATA, changes, verdict)
    fixed, changing = HBHOptUnknown(otype=0x1e, optdata=b"stay"), HBHOptUnknown(otype=0x3e, optdata=b"vary")
    hops = IPv6(**six) / IPv6ExtHdrHopByHop(options=[RouterAlert(), fixed, changing]) / DATA
    raw = bytes(hops)
    vector("ip6-hop-by-hop", algorithm, hops)
    vector("ip6-hop-by-hop-mutable-changed", algorithm, hops, [(raw.index(b"vary"), b"moon")])
    vector("ip6-hop-by-hop-mutable-type-changed", algorithm, hops, [(raw.index(b"vary") - 2, b"\x3f")], "bad")
    vector("ip6-hop-by-hop-fixed-changed", algorithm, hops, [(raw.index(b"stay"), b"went")], "bad")
    destination = IPv6(**six) / IPv6ExtHdrDestOpt(options=[PadN(optdata=b"\0\0"), changing]) / DATA
    vector("ip6-destination-options", algorithm, destination, [(bytes(destination).index(b"vary"), b"1234")])
    stops = ["2001:db8::a", "2001:db8::b", "2001:db8::c"]
    routed = IPv6(**six) / IPv6ExtHdrRouting(addresses=stops, segleft=3) / DATA
    vector("ip6-routing-as-sent", algorithm, routed)
    address = {text: bytes(IPv6(dst=text))[24:40] for text in stops + ["2001:db8::2"]}
    order = ["2001:db8::2"] + stops
    for hops_done in (1, 2, 3):  # each stop swaps the destination with the next address (RFC 2460 4.4)
        listed = order[:hops_done] + stops[hops_done:]
        changes = [(24, address[order[hops_done]]), (43, bytes([3 - hops_done]))]
        changes += [(48 + 16 * number, address[text]) for number, text in enumerate(listed)]
        vector("ip6-routing-after-%d" % hops_done, algorithm, routed, changes)
    vector("ip6-routing-changed", algorithm, routed, [(63, b"\x99")], "bad")
    vector("ip6-hops-and-routing", algorithm,
           IPv6(**six) / IPv6ExtHdrHopByHop(options=[changing]) / IPv6ExtHdrRouting(addresses=stops[:1], segleft=1) / DATA)


sys.exit(main())
