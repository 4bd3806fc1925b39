#!/usr/bin/env python3
"""Makes the expected values of tests/unit/decode_*_test.c, from other implementations than ours.

  make.py frames > frames.tsv          hand-built frames: scapy 2.5 lays out the bytes, the wanted facts are what it was told to build
  make.py corpus DIR < frames.tsv      seeds for tests/fuzz/fuzz_walk.c out of the frames that CORPUS names
  make.py tshark SHARED > tshark.tsv   what tshark 4.0 says of each frame of the real captures in SHARED

frames.tsv: name, link type, bytes that the wire had beyond the captured ones, hex, then the layers wanted, each KIND and key=value words, with
' | ' between layers. tshark.tsv: a line '= path', then a line a frame with the columns of FIELDS; IP reassembly is off.
"""
import glob, os, subprocess, sys

FIELDS = ["frame.number", "ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "ip.flags.mf", "ip.frag_offset", "esp.spi", "esp.sequence",
          "ah.spi", "ah.sequence", "isakmp.ispi", "udpencap.nat_keepalive", "icmp.type", "udp.srcport", "udp.dstport"]


CORPUS = ["ethernet", "ethernet-ip6", "snap", "raw-101", "raw6-229", "loop-0-2", "cooked-vlan", "cooked-2", "ppp-mpls", "hdlc", "qinq", "pppoe",
          "mpls-ethernet", "options", "offload-length", "checksum", "clear-tcp", "fragment-0", "fragment6-1", "atomic", "chain", "chain-long",
          "ah-esp", "ah6-esp", "ah-twice", "ah-icv-cut", "natt", "natt-ip6", "natt-learned", "keepalive", "natt-ike", "natt-ike-no-marker", "ike",
          "ike-marker-500", "6in4", "gre-full", "gre-ethernet", "pptp", "erspan-3-sub", "vxlan-natt", "geneve-options", "gtpu-extension",
          "teredo-both", "depth-17", "quote", "quote-natt", "quote6-chain"]
LINKTYPES = [1, 0, 9, 12, 14, 50, 51, 101, 104, 108, 113, 228, 229, 276, 147]  # as in fuzz_walk.c


def corpus(folder):
    for line in sys.stdin:
        name, link, beyond, data = (line.split("\t") + [""] * 3)[:4]
        if name in CORPUS:
            with open(os.path.join(folder, name), "wb") as file:
                file.write(bytes([LINKTYPES.index(int(link)), min(31, int(beyond) // 8) << 3 | 1]) + bytes.fromhex(data))


def tshark(shared):
    paths = [p for d in ("oracle/*.pcap", "scenarios/*/t.pcap", "kernel-traffic/*/t.pcap")
             for p in sorted(glob.glob(os.path.join(shared, d)))]
    print("# tshark -o ip.defragment:FALSE -o ipv6.defragment:FALSE -T fields -E occurrence=a -e ...; see make.py")
    print("# " + "\t".join(FIELDS))
    for path in paths:
        print("= " + os.path.relpath(path, shared))
        command = ["tshark", "-r", path, "-n", "-o", "ip.defragment:FALSE", "-o", "ipv6.defragment:FALSE",
                   "-T", "fields", "-E", "occurrence=a"] + [w for f in FIELDS for w in ("-e", f)]
        sys.stdout.write(subprocess.run(command, capture_output=True, text=True, check=True).stdout)


def frames():
    from scapy.all import (Ether, Dot1Q, Dot1AD, IP, IPv6, UDP, TCP, SCTP, ICMP, ARP, GRE, Raw, Padding, PPPoE, PPP, VXLAN, Dot3, LLC, SNAP,
                           CookedLinux, CookedLinuxV2, IPv6ExtHdrHopByHop, IPv6ExtHdrDestOpt, IPv6ExtHdrRouting, IPv6ExtHdrFragment,
                           ICMPv6PacketTooBig, ICMPv6DestUnreach, IPOption_NOP, raw)
    from scapy.layers.ipsec import ESP, AH
    from scapy.layers.isakmp import ISAKMP
    from scapy.contrib.mpls import MPLS
    from scapy.contrib.geneve import GENEVE
    from scapy.contrib.gtp import GTP_U_Header, GTPPDUSessionContainer

    A, B, C, D = "192.0.2.1", "192.0.2.2", "198.51.100.3", "198.51.100.4"
    A6, B6, C6, D6 = "2001:db8::1", "2001:db8::2", "2001:db8:1::3", "2001:db8:1::4"
    SPI, SEQ = 0xc0ffee01, 0x00000102
    esp = ESP(spi=SPI, seq=SEQ, data=bytes(range(60)))
    e = Ether(src="02:00:00:00:00:01", dst="02:00:00:00:00:02")
    v4, v6 = IP(src=A, dst=B, id=7), IPv6(src=A6, dst=B6)
    in4, in6 = IP(src=C, dst=D), IPv6(src=C6, dst=D6)
    i4, i6 = in4 / esp, in6 / esp
    S = "spi=c0ffee01 seq=258 status=ok"
    P4, P6, Q4, Q6 = f"src={A} dst={B}", f"src={A6} dst={B6}", f"src={C} dst={D}", f"src={C6} dst={D6}"
    W4 = f"ESP {S} {P4} wire=68 depth=0 encap=0 defect=none"
    I4, I6 = f"ESP {S} {Q4} wire=68 depth=1 defect=none", f"ESP {S} {Q6} wire=68 depth=1 defect=none"
    ike = ISAKMP(init_cookie=b"\x11\x22\x33\x44\x55\x66\x77\x88", version=0x20, exch_type=34, next_payload=33, flags=8, length=60) \
        / Raw(bytes(32))

    def add(name, packet, want, link=1, beyond=0):
        print(name, link, beyond, raw(packet).hex(), want, sep="\t")

    def broken(packet, at, value):
        data = bytearray(raw(packet))
        data[at:at + len(value)] = value
        return Raw(bytes(data))

    print("# made by make.py frames; name, link type, bytes beyond, hex, layers wanted")
    # link types
    add("ethernet", e / v4 / esp, W4 + " tunnels=- vlan=0 ttl=64 protocol=50")
    add("ethernet-ip6", e / v6 / esp, f"ESP {S} {P6} wire=68 depth=0")
    add("snap", Dot3(src=e.src, dst=e.dst) / LLC(dsap=0xaa, ssap=0xaa, ctrl=3) / SNAP(OUI=0, code=0x800) / v4 / esp, W4)
    for link in (101, 12, 14, 228):
        add(f"raw-{link}", v4 / esp, W4, link)
    for link in (101, 229):
        add(f"raw6-{link}", v6 / esp, f"ESP {S} {P6}", link)
    for link in (0, 108):
        for family in (b"\2\0\0\0", b"\0\0\0\2"):
            add(f"loop-{link}-{family[0]}", Raw(family) / v4 / esp, W4, link)
        for number in (10, 23, 24, 28, 30):
            add(f"loop6-{link}-{number}", Raw(bytes([number, 0, 0, 0])) / v6 / esp, f"ESP {S} {P6}", link)
            add(f"loop6be-{link}-{number}", Raw(bytes([0, 0, 0, number])) / v6 / esp, f"ESP {S} {P6}", link)
    add("cooked", CookedLinux(proto=0x800) / v4 / esp, W4, 113)
    add("cooked-6", CookedLinux(proto=0x86dd) / v6 / esp, f"ESP {S} {P6}", 113)
    add("cooked-2", CookedLinuxV2(proto=0x800) / v4 / esp, W4, 276)
    add("cooked-vlan", CookedLinux(proto=0x8100) / Raw(b"\0\x2a\x08\0") / v4 / esp, W4 + " tunnels=VLAN vlan=42", 113)
    add("ppp", Raw(b"\xff\3\0\x21") / v4 / esp, W4, 9)
    add("ppp-bare", Raw(b"\0\x21") / v4 / esp, W4, 9)
    add("ppp-short", Raw(b"\x21") / v4 / esp, W4, 9)
    add("ppp-ip6", Raw(b"\xff\3\0\x57") / v6 / esp, f"ESP {S} {P6}", 50)
    add("ppp-mpls", Raw(b"\xff\3\x02\x81") / MPLS(label=5, s=1, ttl=9) / v4 / esp, W4 + " tunnels=MPLS", 9)
    add("hdlc-in-ppp", Raw(b"\x0f\0\x08\0") / v4 / esp, W4, 9)
    add("hdlc", Raw(b"\x8f\0\x86\xdd") / v6 / esp, f"ESP {S} {P6}", 104)
    add("link-unknown", v4 / esp, "OTHER status=ok defect=link", 147)
    add("link-short", Raw(b"\2\0\0\0\0\2\2\0\0\0"), "OTHER status=bad defect=link")
    add("link-cut", Raw(b"\2\0\0\0\0\2\2\0\0\0"), "OTHER status=cut defect=none", 1, 60)
    add("arp", e / ARP(), "OTHER status=ok defect=none")
    add("llc", Dot3(src=e.src, dst=e.dst) / LLC(dsap=0x42, ssap=0x42, ctrl=3) / Raw(bytes(35)), "OTHER status=ok defect=none")
    # below IP
    add("vlan", e / Dot1Q(vlan=100) / v4 / esp, W4 + " tunnels=VLAN vlan=100")
    add("qinq", e / Dot1AD(vlan=200) / Dot1Q(vlan=100) / v6 / esp, f"ESP {S} {P6} tunnels=VLAN vlan=200 depth=0")
    add("qinq-9100", e.__class__(src=e.src, dst=e.dst, type=0x9100) / Raw(b"\0\x07\x81\0\0\x08\x08\0") / v4 / esp, W4 + " vlan=7")
    add("priority-tag", e / Dot1Q(vlan=0, prio=5) / v4 / esp, W4 + " tunnels=VLAN vlan=0")
    add("pppoe", e / PPPoE(sessionid=9) / PPP(proto=0x21) / v4 / esp, W4 + " tunnels=PPPoE")
    add("pppoe-ip6-pad", e / PPPoE(sessionid=9, len=110) / PPP(proto=0x57) / v6 / esp / Padding(b"pad"), f"ESP {S} {P6} wire=68")
    add("pppoe-link", PPPoE(sessionid=9) / PPP(proto=0x21) / v4 / esp, W4 + " tunnels=PPPoE", 51)
    add("pppoe-lcp", e / PPPoE(sessionid=9) / PPP(proto=0xc021) / Raw(bytes(8)), "OTHER status=ok defect=none")
    add("pppoe-bad-length", e / PPPoE(sessionid=9, len=999) / PPP(proto=0x21) / v4 / esp, "OTHER status=bad defect=tunnel")
    add("mpls", e / MPLS(label=16, s=0) / MPLS(label=17, s=1) / v4 / esp, W4 + " tunnels=MPLS")
    add("mpls-ip6", e / MPLS(label=16, s=1) / v6 / esp, f"ESP {S} {P6} tunnels=MPLS")
    add("mpls-ethernet", e / MPLS(label=16, s=1) / Raw(b"\0\0\0\1") / e / v4 / esp, W4 + " tunnels=MPLS")
    # the IP header
    add("options", e / IP(src=A, dst=B, options=[IPOption_NOP()] * 4) / esp, W4 + " header=24")
    add("padding", e / v4 / ESP(spi=SPI, seq=SEQ, data=b"abcd") / Padding(bytes(30)), f"ESP {S} {P4} wire=12 captured=12")
    add("offload-length", e / IP(src=A, dst=B, len=0) / esp, W4)
    add("offload-checksum", e / IP(src=A, dst=B, chksum=0) / esp, f"ESP {S} defect=ip-checksum")
    add("checksum", e / IP(src=A, dst=B, chksum=0x1234) / esp, f"ESP {S} defect=ip-checksum")
    add("checksum-fragment", e / IP(src=A, dst=B, chksum=0x1234, flags="MF") / Raw(bytes(64)), "FRAGMENT status=ok defect=ip-checksum")
    add("checksum-outer", e / IP(src=A, dst=B, chksum=0x1234) / i4, f"ESP {S} {Q4} defect=ip-checksum")
    add("checksum-outer-offload", e / IP(src=A, dst=B, chksum=0) / i4, f"ESP {S} {Q4} defect=none")
    add("offload-esp-short", e / IP(src=A, dst=B, proto=50, chksum=0) / Raw(b"\0\0\x10\1"), "ESP status=bad defect=esp-short")
    add("version", Ether(src=e.src, dst=e.dst, type=0x800) / broken(v4 / esp, 0, b"\x55"), "OTHER status=bad defect=ip-header")
    add("header-length", e / IP(src=A, dst=B, ihl=4) / esp, f"OTHER status=bad defect=ip-header {P4}")
    add("header-beyond", e / IP(src=A, dst=B, ihl=15, len=40, proto=50) / Raw(bytes(20)), "OTHER status=bad defect=ip-header")
    add("total-long", e / IP(src=A, dst=B, len=600) / esp, f"OTHER status=bad defect=ip-header {P4}")
    add("total-short", e / IP(src=A, dst=B, len=19) / esp, "OTHER status=bad defect=ip-header")
    add("total-cut", e / IP(src=A, dst=B, len=600) / esp, f"ESP {S} wire=580 captured=68", 1, 600)
    add("ip6-long", e / IPv6(src=A6, dst=B6, plen=900) / esp, f"OTHER status=bad defect=ip-header {P6}")
    add("ip6-empty", e / IPv6(src=A6, dst=B6, plen=0, nh=50), "ESP status=bad defect=esp-short wire=0")
    add("clear-tcp", e / v4 / TCP(sport=1234, dport=443), f"CLEAR status=ok defect=none sport=1234 dport=443 {P4} wire=20")
    add("clear-udp", e / v6 / UDP(sport=53, dport=5353) / Raw(b"x"), f"CLEAR sport=53 dport=5353 {P6} wire=9 protocol=17")
    add("clear-sctp", e / v4 / SCTP(sport=36412, dport=38412), "CLEAR sport=36412 dport=38412 protocol=132")
    add("clear-icmp", e / v4 / ICMP(), "CLEAR sport=0 dport=0 protocol=1")
    add("clear-ospf", e / IP(src=A, dst=B, proto=89) / Raw(bytes(24)), "CLEAR protocol=89 wire=24 status=ok")
    add("clear-none", e / IPv6(src=A6, dst=B6, nh=59), "CLEAR protocol=59 wire=0")
    # fragments
    big = v4 / UDP(sport=4500, dport=4500) / Raw(bytes(range(256)) * 2)
    whole = raw(big)[20:]
    for n, (at, end, mf) in enumerate(((0, 200, 1), (200, 400, 1), (400, 520, 0))):
        piece = IP(src=A, dst=B, id=7, proto=17, flags=mf, frag=at // 8) / Raw(whole[at:end])
        add(f"fragment-{n}", e / piece, f"FRAGMENT status=ok defect=none mf={mf} fragment_at={at} id=7 wire={end - at} {P4}")
        piece6 = IPv6(src=A6, dst=B6) / IPv6ExtHdrDestOpt() / IPv6ExtHdrFragment(nh=17, id=0x01020304, m=mf, offset=at // 8) \
            / Raw(whole[at:end])
        add(f"fragment6-{n}", e / piece6,
            f"FRAGMENT status=ok mf={mf} fragment_at={at} id={0x01020304} wire={end - at} header=56 unfragmentable=48 protocol=17")
    add("fragment-odd", e / IP(src=A, dst=B, flags=1, proto=50) / Raw(bytes(30)), "FRAGMENT status=ok defect=fragment")
    add("fragment-beyond", e / IP(src=A, dst=B, frag=8190, proto=50) / Raw(bytes(40)), "FRAGMENT status=bad defect=fragment")
    add("fragment-empty", e / IP(src=A, dst=B, flags=1, proto=50), "FRAGMENT status=bad defect=fragment")
    add("fragment6-odd", e / v6 / IPv6ExtHdrFragment(nh=50, m=1) / Raw(bytes(30)), "FRAGMENT status=bad defect=fragment")
    add("atomic", e / v6 / IPv6ExtHdrFragment(id=99) / esp, f"ESP {S} {P6} header=48 id=99 mf=0 wire=68")
    # IPv6 extension headers
    chain = IPv6ExtHdrHopByHop() / IPv6ExtHdrDestOpt() / IPv6ExtHdrRouting(addresses=[C6]) / IPv6ExtHdrDestOpt()
    add("chain", e / v6 / chain / esp, f"ESP {S} wire=68 header=88 protocol=50")
    for number in (135, 139, 140):
        add(f"chain-{number}", e / IPv6(src=A6, dst=B6, nh=number) / Raw(b"\x32\1" + bytes(14)) / esp, f"ESP {S} header=56")
    add("chain-late-hop", e / v6 / IPv6ExtHdrDestOpt(nh=0) / Raw(b"\x32\0" + bytes(6)) / esp, "OTHER status=bad defect=ip6-chain")
    add("chain-long", e / IPv6(src=A6, dst=B6, nh=60) / Raw((b"\x3c\0" + bytes(6)) * 40) / esp, "OTHER status=bad defect=ip6-chain")
    add("chain-beyond", e / IPv6(src=A6, dst=B6, nh=60) / Raw(b"\x32\x20" + bytes(30)), "OTHER status=bad defect=ip6-chain")
    # AH
    def ah(next_header, spi=0xaabbccdd, seq=3, words=3):
        return AH(nh=next_header, payloadlen=1 + words, spi=spi, seq=seq, icv=bytes(4 * words))
    A4 = "AH spi=aabbccdd seq=3 status=ok ah_length=24"
    add("ah", e / v4 / ah(6) / TCP(sport=1, dport=2), f"{A4} next=6 wire=44 {P4} protocol=51 header=20 | CLEAR sport=1 dport=2 wire=20 header=44 protocol=6")
    add("ah-esp", e / v4 / ah(50) / esp, f"{A4} next=50 | ESP {S} {P4} wire=68 depth=0 header=44")
    add("ah-tunnel", e / v4 / ah(4) / in4 / UDP(sport=7, dport=9), f"{A4} next=4 | CLEAR {Q4} sport=7 dport=9 depth=1 tunnels=IP-in-IP")
    add("ah6-esp", e / v6 / ah(60) / IPv6ExtHdrDestOpt() / esp,
        f"{A4} next=60 {P6} header=40 | ESP {S} {P6} header=72 wire=68 protocol=50")
    add("ah6-late", e / v6 / IPv6ExtHdrHopByHop() / ah(0) / Raw(bytes(16)),
        f"{A4} next=0 header=48 | OTHER status=bad defect=ip6-chain")
    add("ah-twice", e / v4 / ah(51, 1000, 1) / ah(17, 1001, 2, 4) / UDP(sport=1, dport=4500) / esp,
        f"AH spi=000003e8 ah_length=24 next=51 | AH spi=000003e9 ah_length=28 next=17 | ESP {S} encap=1 sport=1 dport=4500")
    add("ah-icv-cut", e / IP(src=A, dst=B, len=20 + 24 + 68, proto=51) / Raw(raw(ah(50))[:14]),
        f"{A4} captured=14 wire=92 | ESP status=cut spi=00000000 captured=0 wire=68", 1, 78)
    add("ah-short", e / IP(src=A, dst=B, proto=51) / Raw(bytes(11)), "AH status=bad defect=ah-short")
    add("ah-length-low", e / IP(src=A, dst=B, proto=51) / Raw(b"\x32\0\0\0\0\0\1\0\0\0\0\1"), "AH status=bad defect=ah-length spi=00000100")
    add("ah-length-high", e / IP(src=A, dst=B, proto=51) / Raw(b"\x32\x40\0\0\0\0\1\0\0\0\0\1" + bytes(12)), "AH status=bad defect=ah-length")
    add("ah-cut", e / IP(src=A, dst=B, len=112, proto=51) / Raw(bytes(11)), "AH status=cut defect=none spi=00000000", 1, 81)
    # ESP alone
    add("esp-short", e / IP(src=A, dst=B, proto=50) / Raw(b"\0\0\x10\1"), "ESP status=bad defect=esp-short wire=4")
    add("esp-cut", e / IP(src=A, dst=B, proto=50, len=120) / Raw(b"\0\0\x10\1"), "ESP status=cut defect=none wire=100 captured=4", 1, 96)
    # UDP
    N = "encap=1 sport=4500 dport=4500"
    nat, nat6 = v4 / UDP(sport=4500, dport=4500), v6 / UDP(sport=4500, dport=4500)
    add("natt", e / nat / esp, f"ESP {S} {N} {P4} wire=68 defect=none protocol=17 header=20")
    add("natt-ip6", e / nat6 / esp, f"ESP {S} {N} {P6} wire=68 defect=none")
    add("natt-moved", e / v4 / UDP(sport=1027, dport=4500) / esp, f"ESP {S} encap=1 sport=1027 dport=4500")
    add("natt-learned", e / v4 / UDP(sport=40000, dport=12000) / esp, f"ESP {S} encap=1 sport=40000 dport=12000")
    add("natt-no-checksum", e / v4 / UDP(sport=4500, dport=4500, chksum=0) / esp, f"ESP {S} {N} defect=none")
    add("natt-ip6-no-checksum", e / v6 / UDP(sport=4500, dport=4500, chksum=0) / esp, f"ESP {S} {N} defect=none")
    add("natt-checksum", e / v4 / UDP(sport=4500, dport=4500, chksum=0x5555) / esp, f"ESP {S} {N} defect=udp-checksum")
    add("natt-ip6-checksum", e / v6 / UDP(sport=4500, dport=4500, chksum=0x5555) / esp, f"ESP {S} {N} defect=udp-checksum")
    add("natt-odd", e / nat / ESP(spi=SPI, seq=SEQ, data=b"seven77"), f"ESP {S} {N} wire=15 defect=none")
    add("keepalive", e / nat / Raw(b"\xff"), f"KEEPALIVE status=ok defect=none {N} wire=1")
    add("keepalive-padded", e / nat / Raw(b"\xff") / Padding(bytes(17)), f"KEEPALIVE {N} wire=1")
    add("natt-one-zero", e / nat / Raw(b"\0"), f"OTHER status=bad defect=udp-short {N}")
    add("natt-empty", e / nat / Padding(bytes(18)), f"OTHER status=bad defect=udp-short {N} wire=0")
    add("natt-eight", e / nat / Raw(b"\0\0\x10\1\0\0\0\1"), f"OTHER status=bad defect=udp-short {N} spi=00000000")
    add("natt-nine", e / nat / Raw(b"\0\0\x10\1\0\0\0\1x"), f"ESP spi=00001001 seq=1 {N} wire=9")
    add("natt-ike", e / nat / Raw(bytes(4)) / ike, f"IKE status=ok defect=none marker=1 {N} wire=60 spi=00000000")
    add("natt-ike-short", e / nat / Raw(bytes(4)) / Raw(bytes(27)), f"IKE status=bad defect=ike-short marker=1 {N} wire=27")
    add("natt-ike-length", e / nat / Raw(bytes(4)) / ike / Raw(b"more"), f"IKE status=ok defect=ike-length marker=1 {N} wire=64")
    add("natt-ike-no-marker", e / nat / ike, f"IKE status=ok defect=ike-no-marker marker=0 {N} spi=11223344 seq={0x55667788} wire=60")
    add("natt-not-ike", e / nat / ike / Raw(b"more"), f"ESP spi=11223344 seq={0x55667788} defect=none {N} wire=64")
    add("natt-cut", e / IP(src=A, dst=B, len=120, proto=17) / UDP(sport=4500, dport=4500, len=100, chksum=1) / Raw(b"\1\2"),
        "OTHER status=cut defect=none sport=4500", 1, 90)
    K = "encap=1 sport=500 dport=500"
    u500 = v4 / UDP(sport=500, dport=500)
    add("ike", e / u500 / ike, f"IKE status=ok defect=none marker=0 {K} wire=60 {P4}")
    add("ike-1", e / u500 / ISAKMP(init_cookie=b"abcdefgh", exch_type=2, next_payload=1, length=28), f"IKE status=ok defect=none {K}")
    add("ike-authip", e / u500 / ISAKMP(init_cookie=b"abcdefgh", exch_type=243, next_payload=0x81, length=28), f"IKE status=ok defect=none {K}")
    add("ike-3", e / u500 / ISAKMP(init_cookie=b"abcdefgh", version=0x30, exch_type=99, length=28), f"IKE status=ok defect=none {K}")
    add("ike-length", e / u500 / ike / Raw(b"more"), f"IKE status=ok defect=ike-length {K}")
    add("ike-damaged", e / u500 / ISAKMP(init_cookie=bytes(8), exch_type=1, next_payload=8, length=0) / Raw(bytes(2)),
        f"IKE status=ok defect=ike-length {K} wire=30")
    add("natt-to-500", e / v4 / UDP(sport=4500, dport=500) / esp, "CLEAR status=ok defect=none encap=0 sport=4500 dport=500")
    add("keepalive-500", e / u500 / Raw(b"\xff"), f"KEEPALIVE status=ok {K} wire=1")
    add("ike-checksum", e / v4 / UDP(sport=500, dport=500, chksum=9) / ike, f"IKE status=ok defect=udp-checksum {K}")
    add("ike-short", e / u500 / Raw(b"abc"), f"IKE status=bad defect=ike-short {K}")
    add("ike-marker-500", e / u500 / Raw(bytes(4)) / ike, f"IKE status=ok defect=ike-marker-500 marker=1 {K} wire=60")
    add("esp-on-500", e / u500 / esp, "CLEAR status=ok defect=none encap=0 sport=500 dport=500 spi=00000000")
    add("udp-long", e / v4 / UDP(sport=4500, dport=4500, len=200) / esp, "OTHER status=bad defect=udp-length sport=4500 dport=4500")
    add("udp-tiny", e / v4 / UDP(sport=4500, dport=4500, len=7) / esp, "OTHER status=bad defect=udp-length")
    add("udp-no-room", e / IP(src=A, dst=B, proto=17) / Raw(b"\x11\x94\x11\x94\0"), "OTHER status=bad defect=udp-length sport=4500")
    add("udp-shorter", e / IP(src=A, dst=B) / UDP(sport=4500, dport=4500, len=40, chksum=0) / esp, f"ESP {S} {N} wire=32 captured=32")
    # IP in IP, GRE
    add("ipip", e / v4 / i4, I4 + " tunnels=IP-in-IP")
    add("6in4", e / v4 / i6, I6 + " tunnels=IP-in-IP")
    add("4in6", e / v6 / i4, I4 + " tunnels=IP-in-IP")
    add("6in6", e / v6 / i6, I6 + " tunnels=IP-in-IP")
    add("ipip-natt", e / v4 / in4 / UDP(sport=4500, dport=4500) / esp, f"ESP {S} {N} {Q4} depth=1 tunnels=IP-in-IP")
    add("ipip-bad", e / IP(src=A, dst=B, proto=4) / Raw(bytes(40)), f"CLEAR status=bad defect=tunnel {P4}")
    add("ipip-inner-bad", e / IP(src=A, dst=B, proto=4) / Raw(b"\x45" + bytes(10)), f"OTHER status=bad defect=ip-header {P4} depth=0")
    add("gre", e / v4 / GRE() / i4, I4 + " tunnels=GRE")
    add("gre-full", e / v4 / GRE(chksum_present=1, key_present=1, seqnum_present=1, key=5, seqence_number=6) / i6, I6 + " tunnels=GRE")
    add("gre-ethernet", e / v4 / GRE(proto=0x6558) / e / Dot1Q(vlan=31) / i4, I4 + " tunnels=VLAN,GRE vlan=31")
    add("gre-mpls", e / v4 / GRE(proto=0x8847) / MPLS(label=3, s=1) / i4, I4 + " tunnels=MPLS,GRE")
    add("gre-ip6", e / v6 / GRE() / i4, I4 + " tunnels=GRE")
    add("pptp", e / v4 / GRE(key_present=1, seqnum_present=1, version=1, proto=0x880b,
                             key=(len(raw(i4)) + 4) << 16 | 77, seqence_number=2) / Raw(b"\xff\3\0\x21") / i4, I4 + " tunnels=GRE")
    add("erspan-1", e / v4 / GRE(proto=0x88be) / e / i4, I4 + " tunnels=GRE")
    add("erspan-2", e / v4 / GRE(proto=0x88be, seqnum_present=1) / Raw(bytes.fromhex("1007000100000000")) / e / i4, I4)
    add("erspan-3", e / v4 / GRE(proto=0x22eb, seqnum_present=1) / Raw(bytes.fromhex("200700010000000000000000")) / e / i4, I4)
    add("erspan-3-sub", e / v4 / GRE(proto=0x22eb, seqnum_present=1) / Raw(bytes.fromhex("2007000100000000000000010000000000000000"))
        / e / i4, I4)
    add("gre-keepalive", e / v4 / GRE(proto=0), f"CLEAR status=ok defect=none protocol=47 {P4} tunnels=-")
    add("gre-routing", e / v4 / GRE(routing_present=1, chksum_present=1) / i4, f"CLEAR status=bad defect=tunnel {P4}")
    add("gre-short", e / IP(src=A, dst=B, proto=47) / Raw(b"\x20\0\x08\0\0"), "CLEAR status=bad defect=tunnel")
    add("mpls-in-ip", e / IP(src=A, dst=B, proto=137) / MPLS(label=3, s=1) / i4, I4 + " tunnels=MPLS")
    # over UDP
    add("vxlan", e / v4 / UDP(sport=50000, dport=4789) / VXLAN(flags="Instance", vni=5) / e / i4, I4 + " tunnels=VXLAN sport=0 dport=0 encap=0")
    add("vxlan-linux", e / v6 / UDP(sport=50000, dport=8472, chksum=0) / VXLAN(flags="Instance", vni=5) / e / i6, I6 + " tunnels=VXLAN")
    add("vxlan-next", e / v4 / UDP(sport=50000, dport=4789) / Raw(bytes.fromhex("0c00000100000500")) / i4, I4 + " tunnels=VXLAN")
    add("vxlan-natt", e / v4 / UDP(sport=50000, dport=4789) / VXLAN(flags="Instance", vni=5) / e / in4 / UDP(sport=4500, dport=4500) / esp,
        f"ESP {S} {N} {Q4} depth=1 tunnels=VXLAN")
    add("vxlan-arp", e / v4 / UDP(sport=50000, dport=4789) / VXLAN(flags="Instance", vni=5) / e / ARP(), f"OTHER status=ok {P4} tunnels=VXLAN")
    add("vxlan-not", e / v4 / UDP(sport=50000, dport=4789) / Raw(b"GET / HTTP/1.1"), f"CLEAR status=ok defect=none dport=4789 {P4} tunnels=-")
    add("geneve", e / v4 / UDP(sport=50000, dport=6081) / GENEVE(proto=0x6558, vni=7) / e / i4, I4 + " tunnels=Geneve")
    add("geneve-options", e / v4 / UDP(sport=50000, dport=6081) / Raw(bytes.fromhex("0200080000000700") + bytes(8)) / i4, I4)
    add("geneve-not", e / v4 / UDP(sport=50000, dport=6081) / Raw(b"\xff" * 20), "CLEAR status=ok defect=none dport=6081")
    add("gtpu", e / v4 / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=9, gtp_type=255) / i4, I4 + " tunnels=GTP-U")
    add("gtpu-sequence", e / v4 / UDP(sport=2152, dport=2152) / GTP_U_Header(teid=9, gtp_type=255, S=1, seq=4) / i6, I6 + " tunnels=GTP-U")
    add("gtpu-extension", e / v4 / UDP(sport=2152, dport=2152)
        / GTP_U_Header(teid=9, gtp_type=255, E=1, next_ex=0x85) / GTPPDUSessionContainer(type=1, QFI=1) / i4, I4 + " tunnels=GTP-U")
    add("gtpu-echo", e / v4 / UDP(sport=2152, dport=2152) / Raw(bytes.fromhex("3201000400000000") + bytes(4)), "CLEAR status=ok dport=2152")
    add("teredo", e / v4 / UDP(sport=3544, dport=3545) / i6, I6 + " tunnels=Teredo")
    add("teredo-origin", e / v4 / UDP(sport=3544, dport=3545) / Raw(bytes(8)) / i6, I6 + " tunnels=Teredo")
    add("teredo-both", e / v4 / UDP(sport=3, dport=3544) / Raw(bytes.fromhex("00010203") + bytes(14)) / Raw(bytes(8)) / i6, I6)
    add("teredo-not", e / v4 / UDP(sport=3, dport=3544) / Raw(b"hello"), "CLEAR status=ok defect=none dport=3544")
    add("teredo-long-not", e / v4 / UDP(sport=3, dport=3544) / Raw(b"hello, this is text, and longer than an IPv6 header"),
        "CLEAR status=ok defect=none dport=3544")
    # depth
    def nest(count):
        packet = i4
        for _ in range(count - 1):
            packet = IP(src=A, dst=B) / packet
        return e / v4 / packet
    add("depth-16", nest(16), f"ESP {S} {Q4} depth=16")
    add("depth-17", nest(17), "OTHER status=bad defect=depth depth=16")
    # ICMP
    err = ICMP(type=3, code=4, nexthopmtu=1400)
    add("quote", e / v4 / err / Raw(raw(i4)[:28]),
        f"QUOTE status=ok {P4} q.type=3 q.code=4 q.mtu=1400 q.protocol=50 q.spi=c0ffee01 q.seq=258 q.src={C} q.dst={D} q.length=88 q.encap=0")
    add("quote-spi", e / v4 / ICMP(type=3, code=2) / Raw(raw(i4)[:24]), f"QUOTE q.spi=c0ffee01 q.seq=- q.mtu=0 q.src={C}")
    add("quote-ah", e / v4 / ICMP(type=11, code=0) / Raw(raw(in4 / ah(50))[:28]), "QUOTE q.type=11 q.protocol=51 q.spi=aabbccdd q.seq=-")
    add("quote-natt", e / v4 / ICMP(type=3, code=3) / in4 / UDP(sport=4500, dport=4501) / esp,
        "QUOTE q.protocol=17 q.sport=4500 q.dport=4501 q.encap=1 q.spi=c0ffee01 q.seq=258")
    add("quote-natt-8", e / v4 / ICMP(type=3, code=3) / Raw(raw(in4 / UDP(sport=1, dport=4500) / esp)[:28]), "QUOTE q.spi=- q.seq=- q.dport=4500")
    add("quote-ike", e / v4 / ICMP(type=3, code=3) / in4 / UDP(sport=500, dport=500) / ike, "QUOTE q.protocol=17 q.dport=500 q.spi=-")
    add("quote-bad-spi", e / v4 / ICMP(type=40, code=0) / Raw(raw(i4)[:28]), "QUOTE q.type=40 q.code=0 q.spi=c0ffee01")
    add("quote-piece", e / v4 / ICMP(type=11, code=1) / IP(src=C, dst=D, frag=20, proto=50) / Raw(bytes(8)), "QUOTE q.protocol=50 q.spi=-")
    add("quote-clear", e / v4 / ICMP(type=3, code=3) / in4 / UDP(sport=7, dport=9), "CLEAR status=ok protocol=1")
    add("quote-cut", e / IP(src=A, dst=B, proto=1, len=100) / Raw(b"\3\1\0\0\0\0\0\0\x45"), "CLEAR status=cut", 1, 71)
    add("quote6", e / v6 / ICMPv6PacketTooBig(mtu=1280) / i6,
        f"QUOTE status=ok {P6} q.type=2 q.mtu=1280 q.protocol=50 q.spi=c0ffee01 q.seq=258 q.src={C6} q.dst={D6} q.length=108")
    add("quote6-chain", e / v6 / ICMPv6DestUnreach(code=4) / in6 / IPv6ExtHdrDestOpt() / esp, "QUOTE q.type=1 q.code=4 q.spi=c0ffee01")
    add("quote6-in-4", e / IP(src=A, dst=B, proto=58) / Raw(raw(ICMPv6PacketTooBig(mtu=1280) / i6)), "CLEAR status=ok protocol=58")


if __name__ == "__main__":
    if len(sys.argv) == 2 and sys.argv[1] == "frames":
        frames()
    elif len(sys.argv) == 3 and sys.argv[1] == "corpus":
        corpus(sys.argv[2])
    elif len(sys.argv) == 3 and sys.argv[1] == "tshark":
        tshark(sys.argv[2])
    else:
        sys.exit(__doc__)
