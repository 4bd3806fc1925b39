"""dosp: IPsec DoS Protection simulated: each code, each limit at the byte, both idle times at the second, both maxima, each keying module. Lengths and
times are computed here from the packets' formats and the documented defaults."""
import ipaddress
import os
import struct
import tempfile

import pcap
import runner

OUT, OUT2, IN, IN2 = "2001:db8:1::1", "2001:db8:1::2", "2001:db8:2::1", "2001:db8:2::2"
SIDES = "InternalPrefix : 2001:db8:2::/48\n"
SECOND = 10**9
START = 1700000000 * SECOND
COUNTERS = (
    "totalStateEntriesCreated", "currentStateEntries", "totalInboundAllowedIPv6IPsecUnauthPkts",
    "totalInboundRatelimitDiscardedIPv6IPsecUnauthPkts", "totalInboundPerIPRatelimitDiscardedIPv6IPsecUnauthPkts",
    "totalInboundOtherDiscardedIPv6IPsecUnauthPkts", "totalInboundAllowedIPv6IPsecAuthPkts",
    "totalInboundRatelimitDiscardedIPv6IPsecAuthPkts", "totalInboundOtherDiscardedIPv6IPsecAuthPkts", "totalInboundAllowedICMPv6Pkts",
    "totalInboundRatelimitDiscardedICMPv6Pkts", "totalInboundAllowedIPv6FilterExemptPkts",
    "totalInboundRatelimitDiscardedIPv6FilterExemptPkts", "totalInboundDiscardedIPv6FilterBlockPkts", "totalInboundAllowedDefBlockExemptPkts",
    "totalInboundRatelimitDiscardedDefBlockExemptPkts", "totalInboundDiscardedDefBlockPkts",
    "currentInboundIPv6IPsecUnauthPerIPRateLimitQueues")


def esp(source, destination, length=100, spi=0x1001):
    """`length` bytes of IPv6 packet in all."""
    return pcap.ip6(source, destination, 50, struct.pack(">II", spi, 1) + bytes(length - 48))


def ike(source, destination, version=0x20, exchange=34, port=500, length=100, response=False):
    marker = b"" if port == 500 else bytes(4)
    body = length - 48 - len(marker)
    message = b"initiate" + (b"response" if response else bytes(8)) + bytes([0, version, exchange, 8]) + struct.pack(">II", 0, body)
    return pcap.ip6(source, destination, 17, pcap.udp(port, port, marker + message.ljust(body, b"\0")))


def icmp6(source, destination, length):
    return pcap.ip6(source, destination, 58, struct.pack(">BBHHH", 128, 0, 0, 1, 1) + bytes(length - 48))


def datagram(source, destination, length=100):
    return pcap.ip6(source, destination, 17, pcap.udp(40000, 40001, bytes(length - 48)))


def in_6to4(packet):
    return pcap.ip4("192.0.2.1", "192.0.2.2", 41, packet)


def in_gre(packet):
    return pcap.ip4("192.0.2.1", "192.0.2.2", 47, struct.pack(">HH", 0, 0x86dd) + packet)


def in_teredo(packet):
    return pcap.ip4("192.0.2.1", "192.0.2.2", 17, pcap.udp(3544, 3544, packet))


class Run:
    """Packets with their times (seconds since the first) through the box of the settings."""

    def __init__(self, folder, settings, packets, *options, raw=False):
        self.path = os.path.join(folder, "packets.pcap")
        policy = os.path.join(folder, "settings.txt")
        with open(self.path, "wb") as file:
            file.write(pcap.header() + b"".join(pcap.record(packet, START + round(at * SECOND)) for at, packet in packets))
        with open(policy, "wb") as file:
            file.write(settings if raw else (SIDES + settings).encode())
        self.result = runner.run("read", "-f", "json", "--verdicts", *options, "--policy", policy, self.path)
        self.records = self.result.records() if self.result.status in (0, 1) else []
        self.said = {one["frame"]: one["dosp"] for one in self.records if one["type"] == "verdict"}
        self.findings = [one for one in self.records if one["type"] == "finding" and one["condition"].startswith("dosp-")]
        self.counters = self.records[-1]["dosp"] if self.records else {}

    def actions(self, count):
        """For each frame: pass, or the code of its drop, or its other action. A packet without a record passed."""
        found = []
        for frame in range(1, count + 1):
            one = self.said.get(frame)
            found.append("pass" if one is None else one["error"]["code"] if one["error"] else one["action"])
        return found

    def causes(self):
        return [(one["error"] and one["error"]["code"], one["cause"] and one["cause"]["name"]) for one in self.findings]


def case(folder, name, settings, packets, wanted, causes=None, **options):
    run = Run(folder, settings, packets, **options)
    runner.equal(name, run.actions(len(packets)), wanted)
    if causes is not None:
        runner.equal("%s: why" % name, run.causes(), causes)
    return run


def codes(folder):
    allow = "EnabledKeyingModules : IkeV2\n"
    case(folder, "13925", "FilteringFlags : FilterBlock\n", [(0, esp(OUT, IN))], [13925])
    case(folder, "13926", "", [(0, esp(OUT, "ff05::1")), (0, ike(OUT, "ff05::1"))], [13926, 13926])
    case(folder, "13927: ESP", "", [(0, pcap.ip6(OUT, IN, 50, bytes(4)))], [13927])
    case(folder, "13927: UDP", "", [(0, pcap.ip6(OUT, IN, 17, pcap.udp(500, 500, b"")[:6]))], [13927])
    case(folder, "13927: IKE", "", [(0, pcap.ip6(OUT, IN, 17, pcap.udp(500, 500, b"initiate")))], [13927])
    case(folder, "13928: never", allow, [(0, ike(OUT, IN)), (1, esp(OUT, IN))], ["pass", 13928], [(13928, "no-outbound-ipsec")])
    case(folder, "13928: late", "", [(0, esp(OUT, IN))], [13928], [(13928, "capture-started-late")])
    case(folder, "13928: not late any more", "", [(0, datagram(IN, OUT)), (360.001, esp(OUT, IN))], ["pass", 13928], [(13928, "no-outbound-ipsec")])
    case(folder, "13928: other address", allow, [(0, ike(OUT, IN)), (0.1, esp(IN2, OUT)), (0.2, esp(OUT, IN))], ["pass", "pass", 13928],
         [(13928, "answer-from-other-address")])
    case(folder, "13929, then 13928: refused", "MaxStateEntries : 1\n", [(0, esp(IN, OUT2)), (0, esp(IN, OUT)), (0, esp(OUT, IN))],
         ["pass", 13929, 13928], [(13929, None), (13928, "entry-refused")])
    case(folder, "13930", "", [(0, ike(OUT, IN))], [13930], [(13930, None)])
    case(folder, "13932", allow + "MaxPerIPRateLimitQueues : 1\n", [(0, ike(OUT, IN)), (0, ike(OUT, IN2))], ["pass", 13932])
    run = case(folder, "the default block has a counter and no code", "", [(0, datagram(OUT, IN))], ["drop"], [(None, None)])
    runner.equal("its counter", run.counters["totalInboundDiscardedDefBlockPkts"], 1)
    runner.equal("18 counters in their order", tuple(run.counters), COUNTERS)
    for name, tunnel in (("6to4", in_6to4), ("GRE", in_gre), ("Teredo", in_teredo)):
        case(folder, "inside %s" % name, "", [(0, tunnel(esp(IN, OUT))), (1, tunnel(esp(OUT, IN))), (1, tunnel(esp(OUT, IN2)))], ["pass", "pass", 13928])
    case(folder, "what does not cross the box", "", [(0, esp(OUT, OUT2)), (0, esp(IN, IN2)), (0, esp("fe80::1", IN))], ["pass"] * 3, [])



def limits(folder):
    """At the byte: a second's allowance passes at once, one byte more does not, and a second later it is there again."""
    rows = (
        ("ICMPv6", "IcmpV6RateLimitBytesPerSec : 1000\n", lambda length: icmp6(OUT, IN, length), []),
        ("exempt", "FilteringFlags : FilterExempt\nIpV6FilterExemptRateLimitBytesPerSec : 1000\n", lambda length: datagram(OUT, IN, length), []),
        ("default block off", "FilteringFlags : DisableDefaultBlock\nDefBlockExemptRateLimitBytesPerSec : 1000\n", lambda length: datagram(OUT, IN, length), []),
        ("authenticated", "IpV6IPsecAuthRateLimitBytesPerSec : 1000\n", lambda length: esp(OUT, IN, length), [(0, esp(IN, OUT))]),
        ("unauthenticated, per address", "EnabledKeyingModules : IkeV2\nIpV6IPsecUnauthPerIPRateLimitBytesPerSec : 1000\n", lambda length: ike(OUT, IN, length=length), []),
        ("unauthenticated, in common", "EnabledKeyingModules : IkeV2\nIpV6IPsecUnauthPerIPRateLimitBytesPerSec : 0\nIpV6IPsecUnauthRateLimitBytesPerSec : 1000\n",
         lambda length: ike(OUT, IN, length=length), []))
    for name, settings, make, before in rows:
        passed = ["pass"] * len(before)
        case(folder, "%s: to the byte" % name, settings, before + [(1, make(600)), (1, make(400)), (2, make(1000))], passed + ["pass"] * 3)
        run = case(folder, "%s: a byte more" % name, settings, before + [(1, make(600)), (1, make(401)), (2, make(1001))], passed + ["pass", "ratelimit", "ratelimit"])
        runner.equal("%s: no code" % name, {code for code, _ in run.causes()}, {None})
    case(folder, "half a second gives half", "IcmpV6RateLimitBytesPerSec : 1000\n", [(0, icmp6(OUT, IN, 1000)), (0.5, icmp6(OUT, IN, 501)), (0.5, icmp6(OUT, IN, 500))],
         ["pass", "ratelimit", "pass"])
    case(folder, "each address has its own", "EnabledKeyingModules : IkeV2\nIpV6IPsecUnauthPerIPRateLimitBytesPerSec : 1000\n",
         [(0, ike(OUT, IN, length=1000)), (0, ike(OUT, IN2, length=1000)), (0, ike(OUT2, IN, length=100))], ["pass", "pass", "ratelimit"])


def times(folder):
    for settings, seconds in (("", 360), ("StateIdleTimeoutSeconds : 10\n", 10)):
        run = case(folder, "an entry idle for %d s lives" % seconds, settings, [(0, esp(IN, OUT)), (seconds, esp(OUT, IN)), (2 * seconds, esp(OUT, IN))], ["pass"] * 3, [])
        runner.equal("one entry", (run.counters["totalStateEntriesCreated"], run.counters["currentStateEntries"]), (1, 1))
        run = case(folder, "one idle for longer does not", settings, [(0, esp(IN, OUT)), (seconds + 0.000001, esp(OUT, IN))], ["pass", 13928], [(13928, "entry-idle")])
        runner.equal("how long", run.findings[0]["facts"]["idle_ns"], seconds * SECOND + 1000)
        runner.equal("none is left", run.counters["currentStateEntries"], 0)
    one = "EnabledKeyingModules : IkeV2\nMaxPerIPRateLimitQueues : 1\nPerIPRateLimitQueueIdleTimeoutSeconds : 10\n"
    case(folder, "a queue idle for 10 s lives", one, [(0, ike(OUT, IN)), (10, ike(OUT, IN2))], ["pass", 13932])
    case(folder, "one idle for longer makes room", one, [(0, ike(OUT, IN)), (10.000001, ike(OUT, IN2))], ["pass", "pass"])
    case(folder, "an idle entry makes room", "MaxStateEntries : 1\nStateIdleTimeoutSeconds : 10\n", [(0, esp(IN, OUT)), (10, esp(IN2, OUT)), (10.000001, esp(IN2, OUT))],
         ["pass", 13929, "pass"])


def modules(folder):
    kinds = {"IkeV1": (0x10, 2), "IkeV2": (0x20, 34), "AuthIP": (0x10, 243)}
    for allowed in (*kinds, "None"):
        for name, (version, exchange) in kinds.items():
            case(folder, "%s where %s may pass" % (name, allowed), "EnabledKeyingModules : %s\n" % allowed, [(0, ike(OUT, IN, version, exchange))],
                 ["pass" if name == allowed else 13930])
    case(folder, "AuthIP's exchange types", "", [(0, ike(OUT, IN, 0x10, one)) for one in (242, 243, 246, 247)], [13930, "pass", "pass", 13930])
    case(folder, "both, as a number", "EnabledKeyingModules : 3\n", [(0, ike(OUT, IN)), (0, ike(OUT, IN, 0x10, 2)), (0, ike(OUT, IN, 0x10, 243))], ["pass", "pass", 13930])


def filters(folder):
    settings = ("Name : all\n\nName : bad\nFilteringFlags : FilterBlock\nPublicV6Address : 2001:db8:1::/64\n\nName : good\nPublicV6Address : %s\n" % OUT)
    case(folder, "the most specific filter counts", settings, [(0, datagram("2001:db8:9::1", IN)), (0, esp(OUT2, IN)), (0, esp(IN, OUT)), (0, esp(OUT, IN))], ["drop", 13925, "pass", "pass"])


def readings(folder):
    packets = [(0, ike(OUT, IN)), (0, ike(IN, OUT, response=True)), (0, esp(OUT, IN))]
    allow = "EnabledKeyingModules : IkeV2\n"
    case(folder, "outbound IKE makes an entry", allow, packets, ["pass"] * 3, [])
    run = case(folder, "and not where it is assumed so", allow + "AssumeEntryBy : OutboundEsp\n", packets, ["pass", "pass", 13928])
    runner.check("the finding says what it rests on", "OutboundEsp (AssumeEntryBy)" in run.findings[0]["explanation"])
    runner.check("and what the other reading gives", "1 of 1 would have passed" in run.findings[0]["explanation"], run.findings[0]["explanation"])
    case(folder, "inbound IKE makes one", allow + "AssumeEntryBy : InboundNegotiation\n", [(0, ike(OUT, IN)), (0, esp(OUT, IN))], ["pass", "pass"], [])
    run = case(folder, "ESP without an entry within the limit", "AssumeEspWithoutEntry : RateLimit\n", [(0, esp(OUT, IN, 10240)), (0, esp(OUT, IN))], ["pass", "ratelimit"])
    runner.equal("is a note at most", [one["severity"] for one in run.findings if one["condition"] == "dosp-no-state"], ["note"])
    case(folder, "keying modules from inside", "AssumeKeyingModuleCheck : Inbound\n", [(0, ike(IN, OUT))], ["pass"])


def texts(folder):
    text = "Name                    : Edge\r\nStateIdleTimeoutSeconds : 10\r\nPublicInterfaceAliases  : {Internet,\r\n                          other}\r\n" + SIDES
    packets = [(0, esp(IN, OUT)), (11, esp(OUT, IN))]
    for name, encoding in (("UTF-16LE", "utf-16-le"), ("UTF-16BE", "utf-16-be"), ("UTF-8 with its mark", "utf-8")):
        run = Run(folder, ("\ufeff" + text).encode(encoding), packets, raw=True)
        runner.equal("%s, CRLF" % name, (run.actions(2), run.result.err), (["pass", 13928], b""))
    wrong = (("StateIdleTimeoutSeconds : 0\n", b":2: StateIdleTimeoutSeconds : 0: must be greater than 0"),
             ("MaxStateEntries : many\n", b":2: MaxStateEntries : many: not a number"), ("MaxStateEntries : 4294967296\n", b"not a number"),
             ("IcmpV6Dscp : 64\n", b"at most 63"), ("EnabledKeyingModules : IkeV3\n", b"takes None"), ("EnabledKeyingModules : 8\n", b"takes None"),
             ("FilteringFlags : 48\n", b"not both"), ("PublicV6Address : 10.0.0.0/8\n", b"an IPv4 address"), ("PrivateV6Address : x\n", b"not an IPv6 address"),
             ("Name : a\n\nName : b\n", b":4: a second setting for the same addresses"), ("Name : a\nName : b\n", b"said twice"),
             ("AssumeEntryBy : Anything\n", b"takes OutboundIPsec"), ("InternalPrefix : 2001:db8::/129\n", b"not an address or prefix"))
    for line, why in wrong:
        run = Run(folder, line, packets)
        runner.check("refused: %s" % line.strip(), run.result.status == 2 and why in run.result.err, run.result.err)
    run = Run(folder, b"MaxStateEntries : 5\n", packets, raw=True)
    runner.check("which side is internal must be said", run.result.status == 2 and b"InternalPrefix" in run.result.err)
    run = Run(folder, b"PrivateV6Address : 2001:db8:2::/48\n", packets[:1], raw=True)
    runner.equal("or every setting says it", run.counters.get("totalStateEntriesCreated"), 1)
    run = Run(folder, "MaxStateEntry : 5\n", packets)
    runner.check("an unknown name is told of", run.result.status == 0 and b"settings.txt:2: not understood" in run.result.err, run.result.err)
    shown = runner.run("read", "--policy", os.path.join(folder, "settings.txt"), run.path).text()
    runner.check("the text begins with what it is", shown.startswith("Simulation of IPsec DoS Protection on the box that the settings describe"))
    runner.check("and has every counter", all(name in shown for name in COUNTERS))


def real(folder):
    capture = runner.shared("scenarios", "v2ip6", "t.pcap")
    if capture is None:
        runner.skip("a real session", "no shared scenarios")
        return
    policy = os.path.join(folder, "real.txt")
    sides = "InternalPrefix : fd77::2\nPublicPrefix : fd77::1\n"
    for name, settings, wanted in (("IKEv2 allowed", "EnabledKeyingModules : IkeV2\n", set()), ("Windows' defaults", "", {1, 2, 3, 4, 20, 21})):
        with open(policy, "w", encoding="ascii") as file:
            file.write(sides + settings)
        read = runner.run("read", "-f", "json", "--verdicts", "--policy", policy, capture)
        said = {one["frame"]: one["dosp"] for one in read.records("verdict")}
        runner.equal("%s: 13930" % name, {frame for frame, one in said.items() if one and one["error"] and one["error"]["code"] == 13930}, wanted)
        if not wanted:
            runner.equal("%s: nothing dropped" % name, {one["action"] for one in said.values() if one}, {"pass"})
        else:
            found = [one["explanation"] for one in read.records("finding") if one["condition"] == "dosp-keying-module"]
            runner.check("%s: says why that is the default" % name, found and all("DirectAccess" in one for one in found))


def more_than_is_simulated(folder):
    """A box that has more room than the simulation: said, and only then."""
    for most in (262144, 262145, 4294967295):
        read = Run(folder, "MaxStateEntries : %d\n" % most, [(0, esp(IN, OUT))]).result
        runner.equal("MaxStateEntries %d: a bound of the simulation's own is said" % most, b"the simulation holds 262144" in read.err, most > 262144)


def flood(folder):
    """Random sources: bounded, and few findings."""
    path = os.path.join(folder, "flood.pcap")
    policy = os.path.join(folder, "flood.txt")
    count, base = 100000, int(ipaddress.ip_address("2001:db8:ffff::"))
    with open(path, "wb") as file:
        file.write(pcap.header())
        body = esp("::", IN, 60)
        for i in range(count):
            source = (base + (i * 2654435761 % 2**32 << 20)).to_bytes(16, "big")
            file.write(pcap.record(body[:8] + source + body[24:], START + i * 10000))
    with open(policy, "w", encoding="ascii") as file:
        file.write(SIDES)
    read = runner.run("read", "-f", "json", "-q", "--policy", policy, path)
    summary = read.record("summary")
    runner.equal("a flood: every packet is 13928", summary["dosp"]["totalInboundOtherDiscardedIPv6IPsecUnauthPkts"], count)
    found = [one for one in read.records("finding") if one["condition"] == "dosp-no-state"]
    runner.check("a flood: few findings tell of all", len(found) < 64 and sum(one["count"] for one in found) == count, len(found))


with tempfile.TemporaryDirectory() as scratch:
    for part in (codes, limits, times, modules, filters, readings, texts, real, more_than_is_simulated, flood):
        part(scratch)
runner.finish()
