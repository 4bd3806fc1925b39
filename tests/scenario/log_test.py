"""log: drop reports of one real drop, as several systems write them, lead to the same frames; clocks, absences, counts and exit statuses."""
import gzip
import os
import re
import shutil
import struct
import subprocess
import tempfile
import time

import pcap
import runner
import schema

SCHEMA = schema.Schema("docs/schema.json")
CAPTURE = ["-r", "captures/peerkill.pcap", "-s", "captures/peerkill.monitor.txt", "--receiver", "10.77.0.2"]
FRAMES = [17, 18, 19, 21, 22, 23, 24, 25, 27, 28]  # what B refused: its XfrmInNoStates counted 10
SPI = 0xc36f11ab
TEXT = """Log Name:      Security
Date:          11/21/2026 10:02:27 AM
Event ID:      4965
Computer:      b.example.net
Description:
IPsec received a packet from a remote computer with an incorrect Security Parameter Index (SPI). This is usually caused by malfunctioning hardware.

\tRemote Network Address:\t10.77.0.1
\tInbound SA SPI:\t\t%d
""" % SPI
XML = ('<Event xmlns="http://schemas.microsoft.com/win/2004/08/events/event"><System><EventID>4965</EventID>'
       '<TimeCreated SystemTime="2026-11-21T09:02:26.612Z"/><Computer>b</Computer></System><EventData>'
       '<Data Name="RemoteAddress">10.77.0.1</Data><Data Name="SPI">%d</Data></EventData></Event>\n' % SPI)
WFP = ("<netEvents><item><header><timeStamp>2026-11-21T09:02:26.612Z</timeStamp><ipProtocol>50</ipProtocol><localAddrV4>10.77.0.2</localAddrV4>"
       "<remoteAddrV4>10.77.0.1</remoteAddrV4></header><type>FWPM_NET_EVENT_TYPE_IPSEC_KERNEL_DROP</type><ipsecDrop><failureStatus>-1070202879"
       "</failureStatus><direction>FWP_DIRECTION_INBOUND</direction><spi>%d</spi></ipsecDrop></item></netEvents>\n" % SPI)


def log(text, *options):
    """Runs `esplain log` over one file with this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return runner.run("log", "-f", "json", *options, path)


def one(name, text, *options):
    result = log(text, *options)
    bad = [wrong for record in result.records() for wrong in SCHEMA.wrong(record)]
    runner.check("%s: every record is as docs/schema.json says" % name, not bad, bad[:3])
    return result, result.record("report")


def same_frames():
    for name, text in (("Windows text", TEXT), ("Windows XML", XML), ("WFP", WFP)):
        result, record = one(name, text, *CAPTURE)
        matched = record["matched"] or {}
        runner.equal("%s: the frames of the report" % name, [place["frame"] for place in matched.get("frames", [])], FRAMES)
        runner.equal("%s: verdict, cause, agreement" % name, (matched.get("verdict"), matched.get("cause"), matched.get("agrees")),
                     ("unknown-spi", "sa-deleted", True))
        runner.equal("%s: the code" % name, record["error"]["code"], 13910)
        runner.equal("%s: exit status" % name, result.status, 1)


def refused():
    """(time in seconds since 1970, frame, source, destination, protocol, SPI, sequence number) of what B refused, read from the capture's own bytes."""
    for frame in pcap.read("captures/peerkill.pcap"):
        if frame.number in FRAMES:
            source, destination, protocol, payload = frame.ip()
            yield (frame.time / 1e9, frame.number, source, destination, protocol, *struct.unpack_from(">II", payload))


def stamp(seconds, shape):
    return time.strftime(shape, time.gmtime(seconds))


VENDORS = {  # a line for one packet, as each writes it (facts/reports.md sections 1, 4, 6, 10), and what the log calls itself
    "windows-event": lambda at, src, dst, proto, spi, seq: TEXT.replace("11/21/2026 10:02:27 AM", stamp(at, "%m/%d/%Y %I:%M:%S %p"))
                     .replace("10.77.0.1", src).replace(str(SPI), str(spi)),
    "cisco-ios": lambda at, src, dst, proto, spi, seq: "%s gw %%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=%s, "
                 "prot=%d, spi=0x%X(%d), srcaddr=%s, input interface=GigabitEthernet1\n" % (stamp(at, "%b %d %H:%M:%S"), dst, proto, spi, spi, src),
    "fortigate": lambda at, src, dst, proto, spi, seq: 'date=%s time=%s eventtime=%d tz="+0000" logid="0101037131" type="event" subtype="vpn" level="error" '
                 'vd="root" logdesc="IPsec ESP" msg="IPsec ESP" action="error" remip=%s locip=%s remport=500 locport=500 outintf="port1" cookies="N/A" '
                 'status="esp_error" error_num="Received ESP packet with unknown SPI." spi="%08x" seq="%08x"\n'
                 % (stamp(at, "%Y-%m-%d"), stamp(at, "%H:%M:%S"), at * 1e9, src, dst, spi, seq),
    "linux-audit": lambda at, src, dst, proto, spi, seq: "type=MAC_IPSEC_EVENT msg=audit(%.3f:7): op=SA-notfound src=%s dst=%s spi=%d(0x%x) seqno=%d\n"
                   % (at, src, dst, spi, spi, seq),
}


def four_vendors():
    """One packet, four logs: the same frames, the same code, the receiver's own cause."""
    packets = list(refused())
    runner.equal("the capture holds what B refused", [(packet[1], packet[5]) for packet in packets], [(frame, SPI) for frame in FRAMES])
    for receiver, cause in ((CAPTURE, "sa-deleted"), (["-r", "captures/peerkill.pcap", "--receiver", "10.77.0.2"], "peer-restarted")):
        for name, line in VENDORS.items():
            result = log("".join(line(packet[0], *packet[2:]) for packet in packets), *receiver)
            reports = [record for record in result.records() if record["type"] == "report"]
            frames = {place["frame"] for record in reports for place in (record["matched"] or {"frames": []})["frames"]}
            told = {(record["source"], record["error"]["code"], record["matched"]["verdict"], record["matched"]["cause"], record["matched"]["agrees"])
                    for record in reports if record["matched"]}
            runner.check("%s: the same frames as all others" % name, frames & set(FRAMES) == set(FRAMES) and (frames == set(FRAMES) or receiver is not CAPTURE),
                         sorted(frames))
            runner.equal("%s: its own line, the same code, verdict and cause" % name, told, {(name, 13910, "unknown-spi", cause, True)})
            runner.check("%s: the clock is right" % name, all(abs(record["matched"]["clock_offset"]) < 3 for record in reports), "")
            runner.equal("%s: rate limits are told where there are any" % name, {record["at_least"] for record in reports}, {name != "linux-audit"})
    every = "".join(line(packets[0][0], *packets[0][2:]) for line in VENDORS.values())
    result = log(every, *CAPTURE)
    found = [(record["source"], packets[0][1] in [place["frame"] for place in record["matched"]["frames"]]) for record in result.records("report")]
    runner.equal("the four lines of one packet in one file: each finds its frame", sorted(found), sorted((name, True) for name in VENDORS))
    shown = runner.run("log", *CAPTURE, "-", stdin=every.encode()).text()
    runner.check("text: they are one paragraph, at least so many packets, with the reason", shown.count("ERROR  ") == 1 and "at least 4 packets" in shown
                 and "was deleted" in shown, shown[:900])


def rotated():
    """A log as logrotate leaves it, newest first, partly packed, with -r: as if it were one file."""
    packets = list(refused())
    lines = [VENDORS["linux-audit"](packet[0], *packet[2:]) for packet in packets]
    whole = log("".join(lines), *CAPTURE).records("report")
    with tempfile.TemporaryDirectory() as folder:
        paths = [os.path.join(folder, name) for name in ("audit.log", "audit.log.1", "audit.log.2.gz", "audit.log.3.zst")]
        parts = [lines[8:], lines[6:8], lines[3:6], lines[:3]]
        for path, part in zip(paths[:2], parts):
            with open(path, "w", encoding="ascii") as file:
                file.writelines(part)
        with gzip.open(paths[2], "wt") as file:
            file.writelines(parts[2])
        if shutil.which("zstd") is None:
            runner.skip("a log packed with zstd", "zstd is not installed")
            paths, lines = paths[:3], lines[3:]
        else:
            subprocess.run(["zstd", "-q", "-o", paths[3]], input="".join(parts[3]).encode(), check=True)
        result = runner.run("log", "-f", "json", *CAPTURE, *paths)
        reports = result.records("report")
        runner.equal("rotated and packed logs: each line, in the order of the files", [record["file"] for record in reports],
                     [path for path, part in zip(paths, parts) for _ in part])
        by_seq = {record["seq"]: record["matched"]["frames"] for record in whole}
        runner.check("rotated and packed logs: the frames are those of the whole log",
                     len(reports) == len(lines) and all(record["matched"]["frames"] == by_seq[record["seq"]] for record in reports), reports[:1])
        with open(paths[2], "rb") as file:
            packed = file.read()
        with open(paths[2], "wb") as file:
            file.write(packed[:-12])
        result = runner.run("log", "-f", "json", *CAPTURE, paths[2])
        runner.check("a packed log that was cut: what came before is read, and it is said", b"damaged" in result.err and result.status == 1, result.err)


def clocks():
    _, record = one("an hour ahead", TEXT, *CAPTURE)
    offset = record["matched"]["clock_offset"]
    runner.check("a clock that shows UTC+1 is found", abs(offset - 3600) < 3, offset)
    _, record = one("the same clock", XML, *CAPTURE)
    runner.check("a clock that is right is found", abs(record["matched"]["clock_offset"]) < 3, record["matched"]["clock_offset"])


def audit(ahead, *lines, calendar=False):
    """Audit records of the receiver, each (seconds behind 09:02:24 UTC, text), with a clock that is so many seconds ahead; as ausearch -i shows times, or not."""
    text = ""
    for serial, (second, words) in enumerate(lines):
        moment = 1795251744 + ahead + second
        stamp = time.strftime("%m/%d/%Y %H:%M:%S", time.gmtime(moment)) + ("%.3f" % (moment % 1))[1:] + " AM" if calendar else "%.3f" % moment
        text += "type=MAC_IPSEC_EVENT msg=audit(%s:%d): %s\n" % (stamp, serial + 1, words)
    return text


def sa_line(op, spi=SPI):
    return "op=%s auid=0 ses=1 src=10.77.0.1 dst=10.77.0.2 spi=%d(0x%x) res=1" % (op, spi, spi)


DROPPED = [(2.612, 4), (2.918, 5), (3.228, 6), (3.538, 7)] # of B's frames 17 to 21: seconds behind 09:02:24, sequence number
NOT_FOUND = [(second, "op=SA-notfound src=10.77.0.1 dst=10.77.0.2 spi=%d(0x%x) seqno=%d" % (SPI, SPI, seq)) for second, seq in DROPPED]
HISTORY = [(0.427, sa_line("SAD-add")), (0.973, sa_line("SAD-delete"))] # as captures/peerkill.monitor.txt has it


def histories():
    """What a log says of SAs, at the time of the capture's clock; the capture has no other SA table."""
    for name, ahead, calendar in (("the same clock", 0, False), ("1000 s ahead", 1000, False), ("no zone, an hour ahead", 3600, True)):
        result = log(audit(ahead, *HISTORY, *NOT_FOUND, calendar=calendar), "-r", "captures/peerkill.pcap")
        records = [record for record in result.records() if record["type"] == "report" and record["kind"] == "drop"]
        found = [(record["matched"]["frames"][0]["frame"], record["matched"]["verdict"], record["matched"]["cause"], record["matched"]["certainty"])
                 for record in records if record["matched"]]
        runner.equal("SAs of a log, %s: each packet met the table as it was" % name, found,
                     [(frame, "unknown-spi", "sa-deleted", "possible") for frame in (17, 18, 19, 21)])
        runner.check("SAs of a log, %s: the clock" % name, abs(records[0]["matched"]["clock_offset"] - ahead) < 0.1, records[0]["matched"]["clock_offset"])
    result = log(audit(3600, *HISTORY, calendar=True), "-r", "captures/peerkill.pcap", "-v")
    runner.check("no zone and no report that fits: the SAs are not used, which is said", b"2 lines on SAs" in result.err and b"not used" in result.err, result.err)
    other = [(0.427, sa_line("SAD-add", 0x1000)), (0.5, sa_line("SAD-delete", 0x1000))]
    result = log(audit(0, *other, *NOT_FOUND), "-r", "captures/peerkill.pcap")
    verdicts = {record["matched"]["verdict"] for record in result.records() if record["type"] == "report" and record["matched"]}
    runner.equal("an SA of a log says nothing of other SAs between its ends", verdicts, {"unjudged"})


def real_daemons():
    """The SAs that strongSwan's own log tells of, with the day that it lacks, beside the capture of its session: no packet of a healthy one is without an SA."""
    for name in ("both_begin", "children", "collide_child", "delete_child", "esn", "rekey_child_pfs"):
        frames = pcap.read("tests/data/sessions/%s/t.pcap" % name)
        with open("tests/data/sessions/%s/logA.txt" % name, encoding="utf-8", errors="replace") as file:
            told = file.read()
        day = stamp(frames[0].time / 1e9, "%Y-%m-%dT")
        text = re.sub(r"^(\d\d:\d\d:\d\d\.\d+)", day + r"\1Z", told, flags=re.M)
        for frame in frames: # asks for the verdict on each packet: a report that names it
            packet = frame.ip()
            if packet and packet[2] == 50:
                text += VENDORS["linux-audit"](frame.time / 1e9, packet[0], packet[1], 50, *struct.unpack_from(">II", packet[3]))
        records = [record for record in log(text, "-r", "tests/data/sessions/%s/t.pcap" % name).records("report") if record["source"] == "linux-audit"]
        sure = [record["matched"] for record in records if record["matched"]["verdict"] != "accepted" and record["matched"]["certainty"] != "possible"]
        taken = [record for record in records if record["matched"]["verdict"] == "accepted"]
        runner.check("%s: its %d packets have SAs, by strongSwan's log" % (name, len(records)), not sure and len(taken) >= 0.95 * len(records) > 0,
                     (len(taken), sure[:2]))


def absences():
    _, record = one("another SPI", XML.replace(str(SPI), "305419896"), *CAPTURE)
    runner.check("another SPI: not matched, and why", record["matched"] is None and "no packet of this SPI" in record["unmatched"], record["unmatched"])
    _, record = one("another peer", XML.replace("10.77.0.1", "192.0.2.77"), *CAPTURE)
    runner.check("another peer: a NAT may be between", record["matched"] is None and "NAT" in record["unmatched"], record["unmatched"])
    _, record = one("another day", XML.replace(str(SPI), "305419896").replace("2026-11-21", "2026-11-23"), *CAPTURE)
    runner.check("another day: outside of the capture", record["matched"] is None and "outside" in record["unmatched"], record["unmatched"])
    _, record = one("no capture", XML)
    runner.equal("no capture: nothing is claimed", (record["matched"], record["unmatched"]), (None, None))


def counts():
    result = log(XML * 3 + "nothing of interest\n" + XML.replace("10.77.0.1", "10.77.0.999"))
    record, summary = result.record("report"), result.record("logsummary")
    runner.equal("reports that say the same are one record", (record["count"], record["lines"]), (3, 3))
    runner.equal("unknown and broken lines are counted", (summary["unknown"], summary["broken"], summary["reports"]), (1, 1, 3))
    runner.equal("nothing found: exit status 0", log("nothing of interest\n").status, 0)
    runner.equal("no such file: exit status 2", runner.run("log", "no/such/file").status, 2)
    runner.equal("--fail-on", (log(XML, "--fail-on", "error").status, log(XML, "--fail-on", "note").status), (1, 1))
    shown = runner.run("log", *CAPTURE, "-", stdin=XML.encode()).text()
    runner.check("text: answer first, then the frames", "ERROR" in shown.splitlines()[2] and "frames 17 to 28" in shown, shown[:400])


same_frames()
four_vendors()
rotated()
clocks()
histories()
real_daemons()
absences()
counts()
runner.finish()
