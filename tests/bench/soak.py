"""soak: a long run of `esplain live` under a flood of random SPIs and SAs that come and go; figures of memory, findings and packets.

    python3 tests/bench/soak.py [SECONDS [PACKETS_PER_SECOND]]     default 600 and 20000; needs root, prints a line every 10 s
"""
import json
import os
import signal
import subprocess
import sys
import tempfile
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "scenario"))
import netns  # noqa: E402

BUILD = os.environ.get("BUILD", "build/release")


def memory(process):
    with open("/proc/%d/status" % process) as file:
        rows = dict(line.split(":", 1) for line in file)
    return int(rows["VmRSS"].split()[0])


def main():
    seconds = int(sys.argv[1]) if len(sys.argv) > 1 else 600
    rate = int(sys.argv[2]) if len(sys.argv) > 2 else 20000
    why = netns.why_not()
    if why:
        sys.exit("soak: " + why)
    space = netns.Namespace()
    with tempfile.TemporaryDirectory() as folder:
        out = os.path.join(folder, "out.json")
        live = space.start(BUILD + "/esplain", "live", "-f", "json", "--receiver", "192.0.2.2", "-o", out, "in0", stderr=subprocess.PIPE)
        while b"listening" not in live.stderr.readline():
            pass
        count = seconds * rate
        blasts = [space.start(BUILD + "/tests/bench/blast", "out0", str(count // 2), str(rate // 2), "100", mode, stdout=subprocess.PIPE)
                  for mode in ("random", "churn")]
        kib, began = [], time.monotonic()
        while any(blast.poll() is None for blast in blasts):
            time.sleep(10)
            kib.append(memory(live.pid))
            print("%4d s: %d KiB, %d KiB of output" % (time.monotonic() - began, kib[-1], os.path.getsize(out) // 1024), flush=True)
        for blast in blasts:
            print("sent", blast.communicate()[0].decode().strip())
        time.sleep(2)
        live.send_signal(signal.SIGTERM)
        live.wait()
        space.close()
        records = [json.loads(line) for line in open(out)]
    summary = records[-1]
    alerts = [r["finding"] for r in records if r["type"] == "alert" and r["new"]]
    key = lambda finding: (finding["condition"], json.dumps(finding["subject"]), json.dumps(finding["cause"]))
    findings = [r for r in records if r["type"] == "finding"]
    lost = {key(a) for a in alerts} - {key(f) for f in findings}
    counted = sum(f["count"] for f in findings if f["condition"] == "unknown-spi")
    print("packets: %d sent, %d judged, %d dropped by the capture" % (count // 2 * 2, summary["frames"], summary["capture_dropped"]))
    print("unknown SPIs: %d verdicts, %d counted by findings" % (summary["verdicts"].get("unknown-spi", 0), counted))
    print("findings: %d told as they happened, %d at the end, %d told and then lost" % (len(alerts), len(findings), len(lost)))
    third = max(1, len(kib) // 3)
    first, last = max(kib[third:2 * third] or kib), max(kib[-third:])
    print("memory: at most %d KiB in the second third, %d KiB in the last: %+.1f %%" % (first, last, 100.0 * (last - first) / first))
    good = not lost and last <= first * 1.05 and summary["frames"] + summary["capture_dropped"] >= count // 2 * 2 and \
        counted == summary["verdicts"].get("unknown-spi", 0)
    print("soak: %s" % ("held" if good else "did not hold"))
    sys.exit(not good)


main()
