"""told: `reproduce` from a report, a log, a finding. What the packets then show is what was told: the code, the addresses, the SPI, the sequence number.
The reports are the samples of tests/data/logs, the findings those of captures/ and of the shared real sessions; what cannot be made again says why."""
import glob
import json
import os
import tempfile

import captures_list
import runner

HISTORY = ("sa-added", "sa-deleted")
IPIP = ("linux-audit", "SA-notfound", "0xc0000201")  # a sample that speaks of no IPsec packet
# Findings whose own cause or code no row has: the condition is shown by another, and `reproduce` says so.
OTHERWISE = [
    ("packet-damaged", None),                # the row damages the IP header; findings of damaged IKE headers have a code
]
AUDIT = "type=MAC_IPSEC_EVENT msg=audit(1651071671.725:2412): op=SA-notfound src=%s dst=%s spi=%d(0x%x) seqno=%d"
WINDOWS = """Log Name:      Security
Event ID:      4965
Description:
IPsec received a packet from a remote computer with an incorrect Security Parameter Index (SPI). This is usually caused by malfunctioning hardware.

\tRemote Network Address:\t%s
\tInbound SA SPI:\t\t%d
"""


def again(made, *more):
    """Reads what was made as `reproduce` says it is read; None where it was refused."""
    if made.status != 0:
        return None
    words = made.text().splitlines()[-1].split("esplain ", 1)[1].split()
    return runner.run(words[0], "-f", "json", *more, *words[1:])


def listed():
    return runner.run("reproduce", "--list", "-f", "json").records("recipe")


def agrees(record, verdict):
    """A packet that is what the report says, as far as it says it."""
    return (verdict["error"] or {}).get("code") == record["error"]["code"] and all(
        record[name] is None or verdict[name] is None or record[name] == verdict[name] for name in ("src", "dst", "proto", "spi", "seq"))


def reproducible():
    """Codes of Windows and counters of Linux that a row stands for which can be made."""
    conditions = {one["name"]: one for one in runner.run("explain", "-f", "json").records("condition")}
    rows = [row for row in listed() if row["possible"]]
    own = [conditions[row["condition"]] for row in rows]
    return {(one["error"] or {}).get("code") for one in own} | {row["code"] for row in rows} | {one["linux"] for one in own}


def sample(folder, path, number, record, able):
    name = "%s %d, %s %s" % (os.path.basename(path), number, record["source"], record["event"])
    out = os.path.join(folder, "sample.pcapng")
    made = runner.run("reproduce", "--report-number", number, "-w", out, path)
    code = (record["error"] or {}).get("code")
    if made.status == 0 and record["kind"] == "negotiation":
        runner.check("%s: its code" % name, code in [(one["error"] or {}).get("code") for one in again(made).records("finding")], made.text())
        return
    if (code is None or code not in able) and (record["linux"] is None or record["linux"] not in able) or (record["source"], record["event"], record["spi"]) == IPIP:
        runner.check("%s: refused, with the reason" % name, made.status == 2 and len(made.err) > 30, made.err)
        return
    if not runner.equal("%s: made" % name, (made.status, made.err), (0, b"")):
        return
    read = again(made, "--verdicts")
    found = read.records("finding")
    if code is None:  # a counter without a code of Windows
        runner.check("%s: its counter" % name, record["linux"] in [one["linux"] for one in found], found)
    else:
        verdicts = read.records("verdict")
        runner.check("%s: packets with that code, these addresses, SPI and sequence number" % name,
                     any(agrees(record, verdict) for verdict in verdicts), "%s of %s" % (record, verdicts))
    runner.check("%s: what was not told is said" % name, all(record[one] or word in made.text() for one, word in (("src", "source"), ("dst", "destination"))),
                 made.text())


def samples(folder):
    count, able = 0, reproducible()
    for path in sorted(glob.glob("tests/data/logs/*")):
        records = [one for one in runner.run("log", "-f", "json", path).records("report") if one["kind"] not in HISTORY]
        for number, record in enumerate(records, 1):
            sample(folder, path, number, record, able)
            count += 1
        piped = runner.run("log", "-f", "json", path)
        for number in sorted({1, len(records)}):
            one, other = os.path.join(folder, "one.pcapng"), os.path.join(folder, "other.pcapng")
            first = runner.run("reproduce", "--report-number", number, "-w", one, path)
            second = runner.run("reproduce", "--report-number", number, "-w", other, "-", stdin=piped.out)
            runner.equal("%s %d: piped through log -f json" % (os.path.basename(path), number),
                         (second.status, second.err, second.status or open(other, "rb").read()),
                         (first.status, first.err, first.status or open(one, "rb").read()))
    runner.check("there are samples", count > 30, "%d" % count)


def lines(folder):
    """A line alone gives what it gives as a part of its log."""
    for path, number, line in (("cisco-ios.log", 1, 1), ("cisco-asa.log", 2, 2), ("fortigate.log", 1, 1), ("linux-audit.log", 1, 4), ("juniper.log", 2, 2)):
        path = os.path.join("tests/data/logs", path)
        out = [os.path.join(folder, name) for name in ("line.pcapng", "log.pcapng")]
        text = open(path, encoding="utf-8").read().splitlines()[line - 1]
        made = [runner.run("reproduce", "--report", text, "-w", out[0]), runner.run("reproduce", "--report-number", number, "-w", out[1], path)]
        runner.equal("%s: by --report" % path, ([one.status for one in made], open(out[0], "rb").read()), ([0, 0], open(out[1], "rb").read()))


WFP = ("<netEvents><item><header><timeStamp>2026-11-21T09:02:26.612Z</timeStamp><ipProtocol>50</ipProtocol><%s>%s</%s><%s>%s</%s></header>"
       "<type>FWPM_NET_EVENT_TYPE_IPSEC_%s</type><drop><failureStatus>%s</failureStatus>%s</drop></item></netEvents>\n")
KERNEL = {"13910": "unknown-spi", "-1070202879": "unknown-spi", "ERROR_IPSEC_SA_LIFETIME_EXPIRED": "expired", "13912": "wrong-encapsulation", "13913": "replayed",
          "13914": "too-short", "13915": "integrity-failed", "13916": "clear-text"}
DOSP = {"13925": "dosp-blocked", "13926": "dosp-multicast", "13927": "dosp-malformed", "0x3668": "dosp-no-state", "13929": "dosp-table-full",
        "13930": "dosp-keying-module", "13932": "dosp-queues-full"}


def platform(folder):
    """Drops that the Windows Filtering Platform tells of: the status in any spelling, IPv4 and IPv6."""
    four = ("localAddrV4", "192.0.2.2", "localAddrV4", "remoteAddrV4", "192.0.2.1", "remoteAddrV4")
    six = ("localAddrV6.byteArray16", "20010db8" + "0" * 23 + "2", "localAddrV6.byteArray16",
           "remoteAddrV6.byteArray16", "20010db8" + "0" * 23 + "1", "remoteAddrV6.byteArray16")
    for ends, src, dst, kind, table, spi in ((four, "192.0.2.1", "192.0.2.2", "KERNEL_DROP", KERNEL, "<spi>74565</spi>"),
                                             (six, "2001:db8::1", "2001:db8::2", "KERNEL_DROP", KERNEL, "<spi>74565</spi>"),
                                             (six, "2001:db8::1", "2001:db8::2", "DOSP_DROP", DOSP, "")):
        for status, condition in table.items():
            read = again(told(folder, "--report", WFP % (*ends, kind, status, spi)), "--verdicts")
            name = "WFP %s %s" % (status, src)
            if not runner.check("%s: made" % name, read is not None):
                continue
            shown = [one for one in read.records("finding") if one["condition"] == condition]
            runner.check("%s: %s" % (name, condition), shown, read.records("finding"))
            runner.check("%s: its addresses" % name, any(one["src"] == src and one["dst"] == (dst if status != "13926" else "ff05::1337")
                                                        for one in read.records("verdict") + [one["subject"] for one in shown]), shown)
            if spi and condition != "clear-text":
                runner.check("%s: its SPI" % name, any(one["spi"] == "0x00012345" for one in read.records("verdict")), read.records("verdict"))
    made = told(folder, "--report", WFP % (*four, "DOSP_DROP", "13928", ""))
    runner.check("WFP: DoS protection keeps no state of IPv4", made.status == 2 and b"IPv6" in made.err, made.err)
    made = told(folder, "--report", WFP % (*six, "DOSP_DROP", "13931", ""))
    runner.check("WFP: a status that no packet causes", made.status == 2 and b"13931" in made.err, made.err)


def seq_of(finding):
    return finding["facts"].get("first_seq")


def told_of(finding):
    """What must be the same when it is made again."""
    facts = finding["facts"]
    return ((finding["error"] or {}).get("code"), finding["subject"], seq_of(finding), facts.get("notify"), facts.get("ike_version"))


def finding_again(folder, name, piped, finding, rows):
    name = "%s, finding %d (%s)" % (name, finding["number"], finding["condition"])
    out = os.path.join(folder, "finding.pcapng")
    made = runner.run("reproduce", "--finding", finding["number"], "-w", out, "-", stdin=piped)
    cause = (finding["cause"] or {}).get("name")
    mine = [row for row in rows if row["condition"] == finding["condition"]]
    exact = [row for row in mine if row["cause"] == cause] or [row for row in mine if row["cause"] is None] or mine
    if not exact[0]["possible"]:
        runner.check("%s: refused as the list says" % name, made.status == 2 and exact[0]["why"].encode() in made.err, made.err)
        return
    if not runner.equal("%s: made" % name, (made.status, made.err), (0, b"")):
        return
    same = [one for one in again(made).records("finding") if one["condition"] == finding["condition"]]
    otherwise = "but perhaps not by the finding's own" in made.text() and (finding["condition"], cause) in OTHERWISE
    runner.check("%s: the same condition and cause" % name, any(otherwise or (one["cause"] or {}).get("name") == cause for one in same), same)
    runner.check("%s: the same code, subject, sequence number, notify" % name,
                 otherwise or told_of(finding) in [told_of(one) for one in same],
                 "%s, wanted %s" % ([told_of(one) for one in same], told_of(finding)))


def findings(folder):
    """All of the small captures and the shared sessions; of the many others one of a kind."""
    rows = listed()
    seen = set()
    few, many = captures_list.inputs(), captures_list.others()
    for name, words in few + many:
        result = runner.run("read", "-f", "json", *words)
        for finding in result.records("finding"):
            kind = (finding["condition"], json.dumps([finding["cause"], finding["error"], finding["subject"]["proto"]]))
            if (name, words) in few or kind not in seen:
                finding_again(folder, name, result.out, finding, rows)
            seen.add(kind)


def rows_again(folder):
    """What a row shows, told as a finding, is made again. Under sanitizers, which are slow, a part of them."""
    rows = listed()
    some = 1 if os.environ.get("ESPLAIN_MODE", "release") == "release" else 7
    first = os.path.join(folder, "row.pcapng")
    for row in rows[::some]:
        if row["possible"]:
            made = runner.run("reproduce", "--condition", row["condition"], *(["--cause", row["cause"]] if row["cause"] else []), "-w", first)
            read = again(made)
            for finding in [one for one in read.records("finding") if one["condition"] == row["condition"]][:1]:
                finding_again(folder, "row %s" % row["cause"], read.out, finding, rows)


def shapes(folder):
    """One finding, however it is piped."""
    out = os.path.join(folder, "shape.pcapng")
    result = runner.run("read", "-f", "json", "-s", "captures/replay.state.txt", "--receiver", "10.77.0.2", "captures/replay.pcap")
    found = result.records("finding")
    bytes_ = []
    alert = dict(found[0], number=None)
    for shape in (json.dumps(found[0]), json.dumps(found[0], indent=4), json.dumps(found), "\x1e" + json.dumps(found[0]),
                  json.dumps({"type": "alert", "new": True, "more": 0, "finding": alert})):
        made = runner.run("reproduce", "-w", out, "-", stdin=shape.encode())
        runner.equal("taken: %s" % shape[:30], (made.status, made.err), (0, b""))
        bytes_.append(open(out, "rb").read())
    runner.check("and the packets are the same", len(set(bytes_)) == 1)
    verdicts = runner.run("read", "--verdicts", "-f", "json", "-s", "captures/replay.state.txt", "--receiver", "10.77.0.2", "captures/replay.pcap")
    wrong = next(one for one in verdicts.records("verdict") if one["verdict"] == "replayed")
    made = runner.run("reproduce", "-w", out, "-", stdin=json.dumps(wrong).encode())
    shown = [one for one in again(made, "--verdicts").records("verdict") if one["verdict"] == "replayed"]
    runner.equal("a verdict is made again", [(one["src"], one["spi"], one["seq"]) for one in shown], [(wrong["src"], wrong["spi"], wrong["seq"])])
    made = runner.run("reproduce", "-w", out, "-s", "captures/replay.state.txt", "-", stdin=result.out)
    runner.equal("with the SA file: nothing is made up", (made.status, b"chosen" in made.out, b".sa.txt" in made.out), (0, False, False))


def told(folder, *words, stdin=b""):
    return runner.run("reproduce", "-w", os.path.join(folder, "told.pcapng"), *words, stdin=stdin)


def choices(folder):
    """What a line lacks is chosen and said; what options say goes before what the line says."""
    made = told(folder, "--report", WINDOWS % ("2001:db8:77::1", 305419896))
    runner.check("Windows 4965 over IPv6: source and SPI are the event's, the rest is said",
                 "source" not in made.text().split("chosen: ")[1] and "destination 2001:db8::2" in made.text() and "--spi 0x30541989" not in made.text(), made.text())
    shown = again(made).record("finding")
    runner.equal("Windows 4965: the packets", (shown["error"]["code"], shown["subject"]["src"], shown["subject"]["spi"]), (13910, "2001:db8:77::1", "0x12345678"))
    made = told(folder, "--report", WINDOWS % ("192.0.2.1", 12345678))
    runner.check("Windows: an SPI that may be hexadecimal", "--spi 0x12345678" in made.text(), made.text())
    made = told(folder, "--report", WINDOWS % ("198.51.100.2", 4097))
    runner.check("what is chosen is another address", "destination 203.0.113.3" in made.text(), made.text())
    one_bit = ["-s", "captures/gcm.state.txt", "--receiver", "10.77.0.0/24", "captures/spi-one-bit.pcap"]
    made = told(folder, "-s", "captures/gcm.state.txt", "-", stdin=runner.run("read", "-f", "json", *one_bit).out)
    shown = again(made, "--receiver", "10.77.0.0/24").record("finding")
    runner.equal("an unknown SPI, sealed with the pair's own SA", (shown["cause"]["name"], shown["subject"]["spi"], seq_of(shown), b".sa.txt" in made.out),
                 ("one-bit", "0xc0e894f1", 3, False))
    for spi, seq, cause in ((0, 1, "zero-spi"), (9, 1, "reserved-spi"), (0x47455420, 0x2f204854, "not-ipsec"), (0x12345678, 0, "unexplained"), (0x12345678, 2**32 - 3, "unexplained")):
        made = told(folder, "--report", AUDIT % ("192.0.2.1", "192.0.2.2", spi, spi, seq))
        shown = again(made).records("finding")
        runner.equal("audit, SPI 0x%08x" % spi, [(one["cause"]["name"], one["subject"]["spi"], seq_of(one)) for one in shown if one["condition"] == "unknown-spi"],
                     [(cause, "0x%08x" % spi, seq)])
    made = told(folder, "--report", AUDIT % ("192.0.2.1", "192.0.2.2", 4097, 4098, 7))
    runner.check("a line that contradicts itself", made.status == 2 and b"0x00001002 and 0x00001001" in made.err and b"--spi" in made.err, made.err)
    made = told(folder, "--spi", "0x1001", "--src", "192.0.2.9", "--encap", "udp", "--report", AUDIT % ("192.0.2.1", "192.0.2.2", 4097, 4098, 7))
    shown = again(made).record("finding")
    runner.equal("unless an option says which", (shown["subject"]["spi"], shown["subject"]["src"], "UDP" in made.text()), ("0x00001001", "192.0.2.9", False))
    made = told(folder, "--condition", "unknown-spi", "--cause", "sa-deleted", "--report", AUDIT % ("192.0.2.1", "192.0.2.2", 4097, 4097, 7))
    shown = again(made).record("finding")
    runner.equal("a cause by option", (shown["cause"]["name"], shown["subject"]["spi"], seq_of(shown)), ("sa-deleted", "0x00001001", 7))


def refusals(folder):
    line = AUDIT % ("192.0.2.1", "192.0.2.2", 4097, 4097, 7)
    for words, stdin, why in (
            (["--report", "nothing of interest"], b"", b"no report"), (["--report", ""], b"", b"no report"), (["--report", line[:-30]], b"", b"cannot be read"),
            (["--report-number", "2", "--report", line], b"", b"no report 2"), (["--finding", "1", "--report", line], b"", b"--report-number"),
            (["--report-number", "0", "--report", line], b"", b"from 1 on"), (["--report", line, "-"], b"", b"one report"), (["-"], b"", b"no report"),
            (["-"], b'{"type":"finding","condition":"no-such-thing"}\n', b"no condition"), (["-"], b'{"type":"finding"', b"cannot be read"),
            (["-"], b"XfrmOutNoStates 3\n", b"could not send"), (["-"], b"XfrmInPolError 3\n", b"XfrmInPolError"), (["no/such/log"], b"", b"no/such/log"),
            (["--condition", "loss", "--finding", "1"], b"", b"which?"),
            (["--src", "2001:db8::1", "--report", line], b"", b"one IP version")):
        made = told(folder, *words, stdin=stdin)
        runner.check("refused: %s %s" % (" ".join(words)[:60], stdin[:30].decode()), made.status == 2 and why in made.err and not made.out, made.err)
    log = os.path.join(folder, "log")
    with open(log, "w", encoding="utf-8") as file:
        file.write(line + "\n")
    made = runner.run("reproduce", "-w", log, log)
    runner.check("the log is not written over", made.status == 2 and open(log, encoding="utf-8").read() == line + "\n", made.err)


def main():
    with tempfile.TemporaryDirectory() as folder:
        samples(folder)
        lines(folder)
        findings(folder)
        rows_again(folder)
        shapes(folder)
        choices(folder)
        platform(folder)
        refusals(folder)


main()
runner.finish()
