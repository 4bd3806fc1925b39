"""corpora: captures that others published: each is read, counted as tshark counts it, and complained of only where it deserves it."""
import os
import re
import tempfile

import runner

# Frames, ESP, AH and IKE packets as tshark 4.0 dissects them (esp_truncated: a first fragment, of which tshark shows the ESP header); the
# conditions that each deserves without any SA file, none of them above a note but in SICK.
CAPTURES = {
    "arkime-IKEv1.pcap": ((309, 296, 0, 13), {"ikev1-in-use", "ike-no-answer"}),
    "arkime-IKEv2.pcap": ((197, 162, 0, 35), set()),
    "arkime-ah-esp.pcap": ((10, 10, 10, 0), set()),
    "corelight-ikev1-aggressive.pcap": ((6, 0, 0, 6), {"weak-ike", "ikev1-in-use", "ikev1-aggressive-psk"}),
    "corelight-ikev1-certs.pcap": ((10, 0, 0, 10), {"weak-ike", "ikev1-in-use"}),
    "corelight-ikev1-payload-bad-length.pcap": ((1, 0, 0, 1), {"ike-damaged"}),
    "ipdecap-3des-cbc_hmac-sha1.cap": ((300, 248, 0, 0), set()),
    "ipdecap-aes-cbc_hmac-sha1.cap": ((300, 250, 0, 0), set()),
    "ipdecap-null_hmac-md5.cap": ((300, 248, 0, 0), {"esp-null-guess"}),
    "libtrace-100_packets-ns.pcap": ((100, 1, 0, 0), set()),
    "libtrace-100_packets.pcapng": ((100, 1, 0, 0), set()),
    "ndpi-custom_categories.pcapng": ((85, 1, 0, 0), set()),
    "ndpi-ipv6_in_gtp.pcap": ((2, 1, 0, 0), set()),
    "suricata-verify-eve-flow-esp.pcap": ((8, 8, 0, 0), {"reserved-spi"}),
    "suricata-verify-ikev2-weak-dh.pcap": ((1, 0, 0, 1), set()),
    "tcpdump-02-sunrise-sunset-esp.pcap": ((8, 8, 0, 0), set()),
    "tcpdump-08-sunrise-sunset-aes.pcap": ((8, 8, 0, 0), set()),
    "tcpdump-esp_truncated.pcap": ((1, 0, 0, 0), {"fragments-incomplete"}),
    "tcpdump-ikev2four.pcap": ((21, 0, 0, 21), {"weak-ike", "ike-child-suspect", "ike-cookie"}),
    "tcpdump-isakmp-identification-segfault.pcap": ((1, 0, 0, 1), {"ike-damaged"}),
    "tcpdump-isakmp-pointer-loop.pcap": ((1, 0, 0, 1), {"packet-damaged", "ike-damaged"}),
    "zeek-ip6_esp.pcap": ((121, 120, 0, 0), {"reserved-spi", "one-way"}),
}

# Damaged on purpose.
SICK = {"corelight-ikev1-payload-bad-length.pcap", "tcpdump-isakmp-pointer-loop.pcap"}

# Row of tcpdump's -E file; the keys are in the captures' published description.
SUNRISE = {
    "tcpdump-02-sunrise-sunset-esp.pcap":
        "0x12345678@192.1.2.45 3des-cbc-hmac96:0x4043434545464649494a4a4c4c4f4f515152525454575758\n",
    "tcpdump-08-sunrise-sunset-aes.pcap":
        "0xd1234567@192.1.2.45 aes-256-cbc-hmac96:0xaaaabbbbccccdddd4043434545464649494a4a4c4c4f4f515152525454575758\n",
}


def corpus(name):
    return runner.shared("corpora", name)


def conditions(result):
    return {finding["condition"] for finding in result.records("finding")}


def every_capture():
    listed = sorted(name for name in os.listdir(corpus("")) if name.endswith((".pcap", ".pcapng", ".cap")))
    runner.equal("every capture of the corpora is expected here", [name for name in listed if name not in CAPTURES], [])
    for name in listed:
        if name not in CAPTURES:
            continue
        counts, deserved = CAPTURES[name]
        result = runner.run("read", "-f", "json", "--verdicts", corpus(name))
        summary = result.record("summary")
        runner.equal("%s: frames, ESP, AH and IKE" % name, tuple(summary[key] for key in ("frames", "esp", "ah", "ike")), counts)
        runner.equal("%s: conditions" % name, conditions(result), deserved)
        runner.equal("%s: no SA is known, so nothing is refused" % name,
                     set(summary["verdicts"]) - {"unjudged", "cut"}, set())
        runner.equal("%s: no message, exit status" % name, (result.err, result.status), (b"", 1 if name in SICK else 0))
        runner.equal("%s: not called damaged" % name, summary["damaged"], None)


def ipdecap():
    for name, packets in (("3des-cbc_hmac-sha1", 248), ("aes-cbc_hmac-sha1", 250), ("null_hmac-md5", 248)):
        result = runner.run("read", "-f", "json", "-s", corpus("ipdecap-%s.setkey" % name), corpus("ipdecap-%s.cap" % name))
        summary = result.record("summary")
        runner.equal("ipdecap %s: every packet is accepted" % name, summary["verdicts"], {"accepted": packets})
        runner.equal("ipdecap %s: nothing is lost or late, as tshark's sequence numbers say" % name,
                     [(sa["lost"], sa["reordered"], sa["replayed"]) for sa in result.records("sa") if sa["packets"]], [(0, 0, 0)] * 2)
        runner.equal("ipdecap %s: exit status" % name, result.status, 0)


def sunrise(folder):
    for name, row in SUNRISE.items():
        path = os.path.join(folder, "secrets.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(row)
        result = runner.run("read", "-f", "json", "--verdicts", "-s", "tcpdump:" + path, corpus(name))
        runner.equal("%s with tcpdump's secrets: what the SA names is accepted, the other direction stays unjudged" % name,
                     {(verdict["spi"], verdict["verdict"]) for verdict in result.records("verdict")} -
                     {(spi, "unjudged") for spi in {v["spi"] for v in result.records("verdict")} - {row.split("@")[0]}},
                     {(row.split("@")[0], "accepted")})
        runner.equal("%s with tcpdump's secrets: exit status" % name, result.status, 0)


def two_formats():
    """The same packets in two formats: the same report but for the resolution of times."""
    def report(name):
        result = runner.run("read", "-f", "json", "--verdicts", corpus(name))
        text = re.sub(r'"file":"[^"]*"', '"file":"F"', result.text())
        return re.sub(r"(T\d\d:\d\d:\d\d\.\d{6})\d{3}Z", r"\1Z", text)
    runner.equal("nanosecond pcap and pcapng of the same flow: the same report", report("libtrace-100_packets-ns.pcap"),
                 report("libtrace-100_packets.pcapng"))
    result = runner.run("read", corpus("libtrace-100_packets.erf"))
    runner.equal("a format that is not read: exit status", result.status, 2)
    runner.check("a format that is not read: says which are, and who converts", b"pcapng" in result.err and b"editcap" in result.err, result.err)


def main():
    if not corpus(""):
        runner.skip("public captures", "%s/corpora is not there" % runner.SHARED)
        return
    every_capture()
    ipdecap()
    two_formats()
    with tempfile.TemporaryDirectory() as folder:
        sunrise(folder)


main()
runner.finish()
