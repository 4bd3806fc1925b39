"""sessions: real sessions of two hosts: the healthy ones raise nothing, the sick ones exactly what was done to them."""
import datetime
import os
import re
import shutil
import subprocess
import tempfile

import pcap
import runner

HEALTHY = ["v2gcm", "v2cbc", "v2null", "v2ah", "v2ip6", "v2gcmencap", "v1main", "rekeychild"]


def scenario(*path):
    return runner.shared("scenarios", *path)


def read(*arguments):
    return runner.run("read", "-f", "json", "--verdicts", *arguments)


def serious(result):
    return [(finding["condition"], finding["severity"]) for finding in result.records("finding") if finding["severity"] != "note"]


def healthy():
    for name in HEALTHY:
        sources = [path for path in (scenario(name, *parts) for parts in
                                     (("keysA", "esp_sa"), ("keysB", "esp_sa"), ("xfrmA-end.txt",), ("xfrmB-end.txt",))) if path]
        runner.check("%s has SA files" % name, sources)
        for source in sources:
            case = "%s with %s" % (name, os.path.relpath(source, scenario(name)))
            result = read("-s", source, scenario(name, "t.pcap"))
            runner.equal("%s: no finding of warning or above" % case, serious(result), [])
            runner.equal("%s: exit status" % case, result.status, 0)
            runner.equal("%s: nothing to complain of" % case, result.err, b"")
            counts = result.record("summary")["verdicts"]
            if name != "rekeychild" or "keys" in source:  # a table of the end lacks the SAs that rekeying ended before
                runner.equal("%s: every IPsec packet is accepted" % case, list(counts), ["accepted"])
        result = read("-s", sources[0], "-s", sources[-1], scenario(name, "t.pcap"))
        runner.equal("%s with two sources at once" % name, (serious(result), result.status), ([], 0))


def esp_to(frames, destination):
    found = []
    for frame in frames:
        ip = frame.ip()
        if ip and ip[1] == destination and ip[2] == 50:
            found.append(frame)
    return found


def monitor_stamp(time):
    moment = datetime.datetime.fromtimestamp(time // 10**9, datetime.timezone.utc)
    return "Timestamp: %s %d usec\n" % (moment.strftime("%a %b %e %H:%M:%S %Y"), time % 10**9 // 1000)


def history(born, killed):
    """What `ip -t xfrm monitor` on B would have printed: both SAs come when strongSwan makes them, and go when it is killed."""
    with open(scenario("peerkill", "xfrmA-before.txt"), encoding="utf-8") as file:
        blocks = [block for block in re.split(r"(?m)^(?=src )", file.read()) if "proto esp" in block]
    # The dump is A's; a window is only on the receiving end.
    blocks = [re.sub(r"replay-window \d+ seq", "replay-window %d seq" % (32 if "dst 10.77.0.2" in block else 0), block) for block in blocks]
    added = "".join(monitor_stamp(born) + block for block in blocks)
    deleted = "".join(monitor_stamp(killed) + "Deleted " + block for block in blocks)
    return added + deleted


def peerkill(folder):
    capture = scenario("peerkill", "t.pcap")
    frames = pcap.read(capture)
    to_b = esp_to(frames, "10.77.0.2")
    result = read("--receiver", "10.77.0.2", capture)
    verdicts = {record["frame"]: record for record in result.records("verdict") if record["dst"] == "10.77.0.2"}
    runner.equal("peerkill, B's table empty: every ESP packet to B has a verdict", sorted(verdicts), [frame.number for frame in to_b])
    runner.equal("peerkill, B's table empty: all are unknown-spi, 13910, XfrmInNoStates",
                 {(record["verdict"], record["error"]["code"], record["linux"], record["certainty"]) for record in verdicts.values()},
                 {("unknown-spi", 13910, "XfrmInNoStates", "certain")})
    found = [finding for finding in result.records("finding") if finding["condition"] == "unknown-spi"]
    runner.equal("peerkill, B's table empty: one finding tells of all of them",
                 [(finding["count"], finding["error"]["name"], finding["subject"]["spi"]) for finding in found],
                 [(len(to_b), "ERROR_IPSEC_BAD_SPI", "0xc36f11ab")])
    runner.equal("peerkill, B's table empty: exit status", result.status, 1)

    from_b = [frame for frame in frames if frame.ip() and frame.ip()[0] == "10.77.0.2"]
    killed = from_b[-1].time + 5 * 10**6  # B says nothing any more after this one
    path = os.path.join(folder, "B.monitor.txt")
    with open(path, "w", encoding="utf-8") as file:
        file.write(history(frames[0].time, killed))
    stale = [frame.number for frame in to_b if frame.time > killed]
    result = read("--receiver", "10.77.0.2", "-s", path, capture)
    verdicts = {record["frame"]: record for record in result.records("verdict")}
    runner.equal("peerkill with a history: only packets after the kill are BAD_SPI",
                 [number for number, record in sorted(verdicts.items()) if record["verdict"] == "unknown-spi"], stale)
    runner.check("peerkill with a history: there are such packets", len(stale) == 10, "%d of them" % len(stale))
    runner.equal("peerkill with a history: what came before is accepted",
                 {record["verdict"] for number, record in verdicts.items() if number not in stale}, {"accepted"})
    runner.equal("peerkill with a history: the cause", {verdicts[number]["cause"] for number in stale}, {"sa-deleted"})
    found = [finding for finding in result.records("finding") if finding["condition"] == "unknown-spi"]
    runner.equal("peerkill with a history: one finding", [(f["cause"]["name"], f["count"], f["first"]["frame"], f["certainty"]) for f in found],
                 [("sa-deleted", len(stale), stale[0], "certain")])
    words = found[0]["explanation"] if found else ""
    runner.check("peerkill with a history: the explanation names the SA", "0xc36f11ab" in words and "10.77.0.2" in words, words)
    first, last = (next(frame for frame in frames if frame.number == number).time - killed for number in (stale[0], stale[-1]))
    runner.check("peerkill with a history: and how long it was gone",
                 any("%.1f s" % (span / 1e9) in words for span in (first, last)), "%d ns, %d ns: %s" % (first, last, words))
    text = runner.run("read", "--receiver", "10.77.0.2", "-s", path, capture).text()
    runner.check("peerkill with a history: the text says 13910 ERROR_IPSEC_BAD_SPI", "13910 ERROR_IPSEC_BAD_SPI" in text, text)


def sequences(capture, spi):
    """As tshark reads them, in the order of the capture."""
    done = subprocess.run(["tshark", "-n", "-r", capture, "-Y", "esp.spi==%s" % spi, "-T", "fields", "-e", "esp.sequence"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True, text=True)
    return [int(line) for line in done.stdout.split()]


def loss():
    capture, spi = scenario("loss", "t.pcap"), "0xce1bee2b"
    with open(scenario("loss", "xfrmB-end.txt"), encoding="utf-8") as file:
        block = next(part for part in re.split(r"(?m)^(?=src )", file.read()) if spi in part)
    top, bitmap = (int(re.search(r"anti-replay context: seq (\S+),.* bitmap (\S+)", block).group(n), 16) for n in (1, 2))
    refused = int(re.search(r"replay-window \d+ replay (\d+) failed", block).group(1))
    for source in ("xfrmB-end.txt", "keysB/esp_sa"):
        result = read("-s", scenario("loss", source), capture)
        sas = {record["spi"]: record for record in result.records("sa")}
        taken = {record["seq"] for record in result.records("verdict") if record["spi"] == spi and record["verdict"] == "accepted"}
        runner.equal("loss with %s: as many replays as the kernel refused" % source, sas[spi]["verdicts"].get("replayed"), refused)
        runner.equal("loss with %s: the SA's record agrees" % source, sas[spi]["replayed"], refused)
        runner.equal("loss with %s: the window's bits are the kernel's" % source,
                     sum(1 << n for n in range(32) if top - n in taken), bitmap)
        runner.equal("loss with %s: as many accepted as the kernel counts" % source, len(taken),
                     int(re.search(r"(\d+)\(packets\)\n\s+add", block).group(1)))
        finding = [f for f in result.records("finding") if f["condition"] == "replayed"]
        runner.equal("loss with %s: one finding of replays" % source, [f["count"] for f in finding], [refused])
        runner.equal("loss with %s: exit status" % source, result.status, 1)
        if not shutil.which("tshark"):
            runner.skip("loss with %s: lost and reordered" % source, "tshark is not installed")
            continue
        seen = sequences(capture, spi)
        lost = max(seen) - min(seen) + 1 - len(set(seen))
        late = sum(number < max(seen[:at]) for at, number in enumerate(seen) if at and number not in seen[:at])
        runner.equal("loss with %s: lost and late as tshark's numbers tell" % source, (sas[spi]["lost"], sas[spi]["reordered"]), (lost, late))
        conditions = {f["condition"]: f for f in result.records("finding") if f["subject"]["spi"] == spi}
        runner.check("loss with %s: told as a finding" % source, "loss" in conditions, sorted(conditions))
        runner.equal("loss with %s: reordering is told exactly where packets came late" % source, "reordering" in conditions, late > 0)
        other = next(record for key, record in sas.items() if key != spi and record["packets"])
        runner.equal("loss with %s: the other direction lost nothing" % source, (other["lost"], other["reordered"], other["replayed"]), (0, 0, 0))


def sick():
    """What happens before any SA exists makes no data path finding; deletes and rekeys that go well make none."""
    for name in ("wrongpsk2", "noprop_ike", "ts"):
        result = read(scenario(name, "t.pcap"))
        runner.equal("%s: nothing is said of a data path that does not exist" % name,
                     [found for found in serious(result) if not found[0].startswith("ike-")], [])
    for name in ("delchild", "invke", "expirehard"):
        result = read("-s", scenario(name, "keysA", "esp_sa"), scenario(name, "t.pcap"))
        runner.equal("%s: the data path is healthy" % name, (serious(result), result.status), ([], 0))


def main():
    if not scenario():
        runner.skip("real sessions", "%s/scenarios is not there" % runner.SHARED)
        return
    healthy()
    sick()
    loss()
    with tempfile.TemporaryDirectory() as folder:
        peerkill(folder)


main()
runner.finish()
