"""path: packets that are too large for their way: what routers say by ICMP, pieces cut behind and before IPsec, large packets sent in vain; and
the exact sizes that fit, computed here from the formats."""
import os
import struct
import tempfile

import pcap
import runner

A, B, ROUTER = "10.77.0.1", "10.77.0.2", "10.9.9.9"
A6, B6, ROUTER6 = "fd77::1", "fd77::2", "fd99::9"

GCM = "aead rfc4106(gcm(aes)) 0x11181f262d343b424950575e656c737a81888f96 128"
CBC = "auth-trunc hmac(sha1) 0x%s 96\n\tenc cbc(aes) 0x%s" % ("11" * 20, "22" * 16)
OPEN = "auth digest_null \n\tenc ecb(cipher_null) "  # opens for everybody: tests can make its packets


def state(source, destination, spi, algorithms, mode="tunnel", encap="", selector=""):
    return "src %s dst %s\n\tproto esp spi 0x%08x reqid 1 mode %s\n\treplay-window 32\n\t%s\n%s%s" % (
        source, destination, spi, mode, algorithms, encap, selector)


UDP = "\tencap type espinudp sport 4500 dport 4500 addr 0.0.0.0\n"


def internet(data):
    return struct.pack(">H", pcap.checksum(data))


def icmp4(kind, code, rest, quoted):
    message = struct.pack(">BBH", kind, code, 0) + rest + quoted
    return message[:2] + internet(message) + message[4:]


def too_big4(mtu, packet):
    return pcap.ip4(ROUTER, A, 1, icmp4(3, 4, struct.pack(">HH", 0, mtu), packet[:28]))


def too_big6(mtu, packet):
    return pcap.ip6(ROUTER6, A6, 58, struct.pack(">BBHI", 2, 0, 0, mtu) + packet[:1200])


def df(packet):
    head = bytearray(packet[:20])
    head[6] |= 0x40
    head[10:12] = b"\0\0"
    head[10:12] = internet(bytes(head))
    return bytes(head) + packet[20:]


def pieces4(packet, size):
    found = []
    body = packet[20:]
    for at in range(0, len(body), size):
        head = bytearray(packet[:20])
        part = body[at:at + size]
        head[2:4] = struct.pack(">H", 20 + len(part))
        head[6:8] = struct.pack(">H", at // 8 | (0x2000 if at + size < len(body) else 0))
        head[10:12] = b"\0\0"
        head[10:12] = internet(bytes(head))
        found.append(bytes(head) + part)
    return found


def pieces6(packet, size, identification):
    found = []
    body = packet[40:]
    for at in range(0, len(body), size):
        part = body[at:at + size]
        more = at + size < len(body)
        found.append(pcap.ip6(A6, B6, 44, struct.pack(">BBHI", packet[6], 0, at | more, identification) + part))
    return found


def sealed(inner, following):
    """Payload with the trailer of RFC 4303 2.4, aligned to 4."""
    padding = -(len(inner) + 2) % 4
    return inner + bytes(range(1, padding + 1)) + bytes([padding, following])


class Case:
    def __init__(self, folder):
        self.folder, self.sas, self.capture = folder, os.path.join(folder, "sas.txt"), os.path.join(folder, "t.pcap")

    def run(self, states, packets, *arguments, times=None):
        with open(self.sas, "w", encoding="utf-8") as file:
            file.write("".join(states))
        start = 1700000000 * 10**9
        times = times or [i * 10**6 for i in range(len(packets))]
        with open(self.capture, "wb") as file:
            file.write(pcap.header() + b"".join(pcap.record(packet, start + time) for packet, time in zip(packets, times)))
        known = ("-s", self.sas) if states else ()
        self.result = runner.run("read", "-f", "json", *known, *arguments, self.capture)
        return {finding["condition"]: finding for finding in self.result.records("finding")}


def grade(finding):
    return finding and (finding["severity"], finding["certainty"])


def told_by_icmp(case):
    """For each: MTU, the largest inner packet computed from the layout, and that a byte more does not fit."""
    esp = pcap.ip4(A, B, 50, pcap.esp(0x1001, 7, bytes(1400)))
    encapsulated = pcap.ip4(A, B, 17, pcap.udp(4500, 4500, pcap.esp(0x1001, 7, bytes(1400))))
    for name, sas, packet, mtu, around, block, stripped in (
            ("AES-GCM tunnel", state(A, B, 0x1001, GCM), esp, 1400, 20 + 8 + 8 + 16, 4, 0),
            ("AES-GCM tunnel, PPPoE", state(A, B, 0x1001, GCM), esp, 1492, 20 + 8 + 8 + 16, 4, 0),
            ("AES-CBC tunnel", state(A, B, 0x1001, CBC), esp, 1400, 20 + 8 + 16 + 12, 16, 0),
            ("AES-CBC tunnel in UDP", state(A, B, 0x1001, CBC, encap=UDP), encapsulated, 1400, 20 + 8 + 8 + 16 + 12, 16, 0),
            ("AES-GCM transport", state(A, B, 0x1001, GCM, "transport"), esp, 1400, 20 + 8 + 8 + 16, 4, 20)):
        largest = (mtu - around) // block * block - 2 + stripped
        finding = case.run([sas], [packet, too_big4(mtu, packet)]).get("icmp-error")
        runner.equal("%s, MTU %d: severity" % (name, mtu), grade(finding), ("warning", "likely"))
        facts = finding["facts"]
        runner.equal("%s, MTU %d: the largest packet that fits, and its MSS" % (name, mtu),
                     (facts["mtu"], facts.get("inner_mtu"), facts.get("mss_ipv4")), (mtu, largest, largest - 40))
        runner.check("%s, MTU %d: said with these numbers" % (name, mtu),
                     "packets of up to %d bytes" % largest in finding["explanation"] and
                     "TCP MSS %d (IPv4)" % (largest - 40) in finding["explanation"], finding["explanation"])
        runner.equal("%s, MTU %d: one finding of the path" % (name, mtu),
                     {"outer-fragments", "inner-fragments", "size-ceiling"} & set(f["condition"] for f in case.result.records("finding")), set())
    packet = pcap.ip6(A6, B6, 50, pcap.esp(0x1001, 7, bytes(1400)))
    finding = case.run([state(A6, B6, 0x1001, GCM)], [packet, too_big6(1280, packet)])["icmp-error"]
    runner.equal("IPv6, MTU 1280: sizes", (finding["facts"]["inner_mtu"], finding["facts"]["mss_ipv4"], finding["facts"]["mss_ipv6"]),
                 (1206, 1166, 1146))  # 1280 - 40 - 8 - 8 - 16 = 1208
    finding = case.run([], [esp, too_big4(1400, esp)])["icmp-error"]
    runner.check("without an SA: sizes that fit with any algorithm", "inner_mtu" not in finding["facts"] and
                 "with any usual algorithm" in finding["explanation"], finding["explanation"])
    finding = case.run([state(A, B, 0x1001, GCM)], [esp, too_big4(1400, esp), too_big4(1300, esp), too_big4(1380, esp)])["icmp-error"]
    runner.equal("the smallest MTU counts", (finding["count"], finding["facts"]["mtu"], finding["facts"]["inner_mtu"]), (3, 1300, 1246))
    finding = case.run([state(A, B, 0x1001, GCM)], [esp, too_big4(60, esp)])["icmp-error"]
    runner.check("an MTU that no path has: called forged, no sizes", "forged" in finding["explanation"], finding["explanation"])


def cut_behind(case):
    packets = []
    for number in range(1, 4):
        packet = pcap.ip4(A, B, 50, pcap.esp(0x1001, number, sealed(pcap.ip4("10.1.0.1", "10.2.0.1", 17, pcap.udp(9, 9, bytes(1400))), 4)),
                          identification=number)
        packets += pieces4(packet, 1376)
    found = case.run([state(A, B, 0x1001, OPEN)], packets, "--verdicts")
    runner.equal("cut behind IPsec: put together and accepted", [v["verdict"] for v in case.result.records("verdict")], ["accepted"] * 3)
    finding = found.get("outer-fragments")
    runner.equal("cut behind IPsec: a note", grade(finding), ("note", "certain"))
    total = 20 + 8 + len(sealed(bytes(1428), 4))
    runner.equal("cut behind IPsec: how many, how long, and what fits",
                 (finding["count"], finding["facts"]["length"], finding["facts"]["pieces"], finding["facts"]["piece"],
                  finding["facts"]["inner_mtu"]), (3, total, 2, 1396, (1396 - 28) // 4 * 4 - 2))
    runner.equal("cut behind IPsec: the last pieces' frames", (finding["first"]["frame"], finding["last"]["frame"]), (2, 6))
    lost = case.run([state(A, B, 0x1001, OPEN)], packets[:-1], times=[i * 10**6 for i in range(len(packets) - 1)])
    runner.equal("one piece never came, at the end of the capture: notes", (grade(lost["outer-fragments"]), grade(lost["fragments-incomplete"])),
                 (("note", "certain"), ("note", "possible")))
    clear = pcap.ip4("10.5.0.1", "10.5.0.2", 6, bytes(20))
    lost = case.run([state(A, B, 0x1001, GCM)], [*packets[:-1], clear], times=[*(i * 10**6 for i in range(len(packets) - 1)), 60 * 10**9])
    runner.equal("one piece never came: the alarm is one", (grade(lost["outer-fragments"]), grade(lost["fragments-incomplete"])),
                 (("note", "certain"), ("warning", "likely")))
    runner.equal("one piece never came: with the sizes that fit", lost["fragments-incomplete"]["facts"].get("inner_mtu"),
                 (1396 - 52) // 4 * 4 - 2)
    runner.check("one piece never came: the note points there", "see fragments-incomplete" in lost["outer-fragments"]["explanation"])
    found = case.run([state(A, B, 0x1001, OPEN)], packets[1::-1] + packets[2:4])
    runner.equal("pieces out of order are pieces too", found["outer-fragments"]["count"], 2)
    inner = pcap.ip6("fd01::1", "fd02::1", 17, pcap.udp(9, 9, bytes(1400)))
    packet = pcap.ip6(A6, B6, 50, pcap.esp(0x1001, 1, sealed(inner, 41)))
    found = case.run([state(A6, B6, 0x1001, OPEN)], pieces6(packet, 1232, 5))
    runner.equal("IPv6: a cut packet", (found["outer-fragments"]["facts"]["piece"], found["outer-fragments"]["facts"]["inner_mtu"]),
                 (40 + 8 + 1232, (1280 - 40 - 8) // 4 * 4 - 2))
    out = os.path.join(case.folder, "pieces.pcapng")
    runner.run("read", "-q", "-s", case.sas, "-w", out, "--extract", case.capture)
    with open(out, "rb") as file:
        runner.check("the extract holds the piece as it was captured", pieces6(packet, 1232, 5)[1] in file.read())


def cut_before(case):
    whole = pcap.ip4("10.1.0.1", "10.2.0.1", 17, pcap.udp(9, 9, bytes(3000)), identification=77)
    packets = [pcap.ip4(A, B, 50, pcap.esp(0x1001, i + 1, sealed(piece, 4))) for i, piece in enumerate(pieces4(whole, 1400))]
    found = case.run([state(A, B, 0x1001, OPEN)], packets)
    finding = found.get("inner-fragments")
    runner.equal("cut before IPsec: a note", grade(finding), ("note", "certain"))
    runner.equal("cut before IPsec: each piece, the largest of them, between whom",
                 (finding["count"], finding["facts"]["piece"], finding["facts"]["inner_src"], finding["facts"]["inner_dst"]),
                 (3, 1420, "10.1.0.1", "10.2.0.1"))
    runner.equal("cut before IPsec: nothing was cut behind it", "outer-fragments" in found, False)
    runner.equal("cut before IPsec: no alarm", case.result.record("summary")["findings"]["error"], 0)


def sent_in_vain(case):
    second = 10**9
    states = [state(A, B, 0x1001, GCM), state(B, A, 0x1002, GCM)]
    # The receiver's checks are without keys that fit: sizes are those of AES-GCM, whatever is inside.
    there = lambda number, size, cut=False: (lambda p: p if cut else df(p))(pcap.ip4(A, B, 50, pcap.esp(0x1001, number, bytes(size))))
    back = lambda number: df(pcap.ip4(B, A, 50, pcap.esp(0x1002, number, bytes(84))))
    nokeys = [text.replace(GCM, "aead rfc4106(gcm(aes))  128") for text in states]
    waits = (1.0, 1.2, 1.6, 2.4, 4.0)

    def run(packets, times):
        return case.run(nokeys, packets, times=[int(time * second) for time in times])

    start = [there(1, 84), back(1), there(2, 84), back(2)]
    found = run([*start, *(there(3 + i, 1408) for i in range(5))], [0, 0.05, 0.1, 0.15, *waits])
    finding = found.get("size-ceiling")
    runner.equal("large packets again and again, no answer: possible", grade(finding), ("note", "possible"))
    runner.equal("large packets again and again: facts", finding and (finding["facts"]["packets"], finding["facts"]["length"],
                                                                      finding["first"]["frame"], finding["last"]["frame"]),
                 (5, 1436, 5, 9))
    runner.check("large packets again and again: said that it is no proof", finding and "looks the same" in finding["explanation"])
    burst = [there(3 + i, 1408) for i in range(10)]
    found = run([*start, *burst, *(there(13 + i, 1408) for i in range(4))],
                [0, 0.05, 0.1, 0.15, *(0.9 + i / 10**4 for i in range(10)), 1.2, 1.6, 2.4, 4.0])
    runner.equal("after a first burst, too", found.get("size-ceiling", {}).get("facts", {}).get("packets"), 5)
    for name, packets, times in (
            ("answered", [*start, *(there(3 + i, 1408) for i in range(5)), back(3)], [0, 0.05, 0.1, 0.15, *waits, 4.05]),
            ("at even intervals, as a stream", [*start, *(there(3 + i, 1408) for i in range(5))], [0, 0.05, 0.1, 0.15, 1, 1.02, 1.04, 1.06, 1.08]),
            ("may be cut", [*start, *(there(3 + i, 1408, True) for i in range(5))], [0, 0.05, 0.1, 0.15, *waits]),
            ("small", [*start, *(there(3 + i, 84) for i in range(5))], [0, 0.05, 0.1, 0.15, *waits]),
            ("larger ones had passed", [there(1, 1448), back(1), there(2, 84), back(2), *(there(3 + i, 1408) for i in range(5))],
             [0, 0.05, 0.1, 0.15, *waits]),
            ("of several sizes", [*start, *(there(3 + i, 1408 - 8 * (i % 2)) for i in range(5))], [0, 0.05, 0.1, 0.15, *waits]),
            ("never heard from the other side", [there(1, 84), *(there(3 + i, 1408) for i in range(5))], [0, *waits])):
        runner.equal("no such finding where packets are: %s" % name, "size-ceiling" in run(packets, times), False)
    told = run([*start, *(there(3 + i, 1408) for i in range(5)), too_big4(1400, there(3, 1408))], [0, 0.05, 0.1, 0.15, *waits, 4.01])
    runner.equal("where a router said it, that is the finding", ("icmp-error" in told, "size-ceiling" in told), (True, False))


def healthy():
    """Real sessions: the path is no worry."""
    for folder in ("scenarios", "kernel-traffic"):
        if not runner.shared(folder):
            runner.skip("healthy %s" % folder, "%s is not there" % runner.SHARED)
            continue
        wrong = []
        for name in sorted(os.listdir(runner.shared(folder))):
            capture = runner.shared(folder, name, "t.pcap")
            if not capture:
                continue
            keys = [path for path in (runner.shared(folder, name, "keysA", "esp_sa"), runner.shared(folder, name, "xfrmA.txt")) if path]
            result = runner.run("read", "-f", "json", *(word for path in keys for word in ("-s", path)), capture)
            wrong += [(name, f["condition"]) for f in result.records("finding")
                      if f["condition"] in ("size-ceiling", "icmp-error") or
                      (f["condition"] in ("outer-fragments", "inner-fragments") and f["severity"] != "note")]
        runner.equal("%s: at most a note of large pings that were cut" % folder, wrong, [])


def main():
    with tempfile.TemporaryDirectory() as folder:
        case = Case(folder)
        told_by_icmp(case)
        cut_behind(case)
        cut_before(case)
        sent_in_vain(case)
    healthy()


main()
runner.finish()
