"""daemon_logs: what charon's log says of real sessions against the SAs that its key file has; one drop as many systems write it; SAs that a log tells
of are the receiver's."""
import csv
import glob
import os
import tempfile

import runner
import schema

SCHEMA = schema.Schema("docs/schema.json")
SESSIONS = "tests/data/sessions"
# Of these, one negotiation lost a race, or the kernel ended an SA before its outbound half was told: fewer than the key file has.
FEWER = {"collide_child", "hard_lifetime"}
REFUSALS = {"no_proposal_child": [("NO_PROPOSAL_CHOSEN", 13868)], "ts_unacceptable": [("TS_UNACCEPTABLE", 13858)],
            "wrong_psk": [("AUTHENTICATION_FAILED", 13801)], "peer_killed": [("peer not responding", 13805)]}
CAPTURE = ["-r", "captures/peerkill.pcap", "-s", "captures/peerkill.monitor.txt", "--receiver", "10.77.0.2"]
FRAMES = [17, 18, 19, 21, 22, 23, 24, 25, 27, 28]  # what B refused: its XfrmInNoStates counted 10
SPI = 0xc36f11ab
DROPS = {
    "Linux audit": "type=MAC_IPSEC_EVENT msg=audit(1795251746.612:9): op=SA-notfound src=10.77.0.1 dst=10.77.0.2 spi=%d(0x%08x)" % (SPI, SPI),
    "Cisco IOS": "Nov 21 2026 09:02:26.612 UTC: %%CRYPTO-4-RECVD_PKT_INV_SPI: decaps: rec'd IPSEC packet has invalid spi for destaddr=10.77.0.2, "
                 "prot=50, spi=0x%08X(%d), srcaddr=10.77.0.1, input interface=GigabitEthernet1" % (SPI, SPI),
    "FortiGate": 'date=2026-11-21 time=09:02:26 eventtime=1795251746612000000 tz="+0000" logid="0101037131" type="event" subtype="vpn" level="error" '
                 'vd="root" logdesc="IPsec ESP" action="error" remip=10.77.0.1 locip=10.77.0.2 remport=500 locport=500 outintf="port1" '
                 'vpntunnel="N/A" status="esp_error" error_num="Received ESP packet with unknown SPI." spi="%08x"' % SPI,
    "macOS": "Nov 21 09:02:26 mac kernel[0]: IPv4 ESP input: no key association found for spi %d (0x%08x)" % (SPI, SPI),
    "FreeBSD": "Nov 21 09:02:26 bsd kernel: ipsec_common_input: no key association found for SA 10.77.0.2/%08x/50" % SPI,
    "strongSwan on Windows": "04[KNL] IPsec kernel drop: 10.77.0.2/32 === 10.77.0.1/32, error 0xc0360001, SPI 0x%08x, in filterId 66124" % SPI,
    "NSG": "ISEC.001 No ESP SA for pkt (SPI 0x%08x) 10.77.0.1 -> 10.77.0.2 : disc nt 3" % SPI,
}


def log(text, *options):
    """The records of `esplain log` over this text."""
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "log")
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        return runner.run("log", "-f", "json", *options, path).records()


def sessions():
    for path in sorted(glob.glob(SESSIONS + "/*/logA.txt")):
        name = os.path.basename(os.path.dirname(path))
        records = runner.run("log", "-f", "json", path).records()
        reports = [record for record in records if record["type"] == "report"]
        bad = [wrong for record in records for wrong in SCHEMA.wrong(record)]
        runner.check("%s: every record is as docs/schema.json says" % name, not bad, bad[:3])
        runner.equal("%s: each line is known and whole" % name, (records[-1]["unknown"], records[-1]["broken"]), (0, 0))
        told = set()
        for report in reports:
            if report["kind"] == "sa-added":
                told.add((report["src"], report["dst"], report["spi"]))
                if report["out_spi"]:
                    told.add((report["dst"], report["src"], report["out_spi"]))
        written = set()
        keys = os.path.join(os.path.dirname(path), "keysA", "esp_sa")
        if os.path.exists(keys):
            with open(keys, encoding="ascii") as file:
                written = {(row[1], row[2], row[3]) for row in csv.reader(file) if row}
        if name in FEWER:
            runner.check("%s: the SAs that the log tells of are in the key file" % name, told and told < written, told - written)
        else:
            runner.equal("%s: the SAs that the log tells of are those of the key file" % name, sorted(told), sorted(written))
        runner.equal("%s: refusals" % name, [(report["event"], report["error"]["code"]) for report in reports if report["kind"] == "negotiation"],
                     REFUSALS.get(name, []))
        runner.check("%s: no drop is told" % name, not [report for report in reports if report["kind"] in ("drop", "total")], name)


def one_drop():
    for name, text in DROPS.items():
        reports = [record for record in log(text + "\n", *CAPTURE) if record["type"] == "report"]
        matched = (reports[0]["matched"] or {}) if len(reports) == 1 else {}
        runner.equal("%s: code, frames, verdict and cause" % name,
                     (reports and reports[0]["error"]["code"], [place["frame"] for place in matched.get("frames", [])], matched.get("verdict"),
                      matched.get("cause")), (13910, FRAMES, "unknown-spi", "sa-deleted"))


def history():
    """The SA of a session, told by charon's log alone, with the date that its clock lacks."""
    path = SESSIONS + "/delete_child"
    with open(path + "/logA.txt", encoding="ascii") as file:
        lines = file.read().splitlines()
    first = [line for line in lines if "} established with SPIs" in line][0]
    spi = int(first.split(" with SPIs ")[1][:8], 16)
    drop = "type=MAC_IPSEC_EVENT msg=audit(0.0:9): op=SA-notfound src=10.77.0.2 dst=10.77.0.1 spi=%d(0x%x)\n" % (spi, spi)
    for name, date, verdict in (("on its day", "2026-11-21", "accepted"), ("a day late", "2026-11-22", "unknown-spi")):
        dated = "".join("%sT%sZ %s\n" % (date, line.split(" ", 1)[0], line.split(" ", 1)[1]) for line in lines)
        reports = [record for record in log(dated + drop, "-r", path + "/t.pcap", "--receiver", "10.77.0.1") if record["type"] == "report"]
        matched = [report["matched"] for report in reports if report["kind"] == "drop"]
        runner.equal("a history out of charon's log, %s" % name, [match and match["verdict"] for match in matched], [verdict])


sessions()
one_drop()
history()
runner.finish()
