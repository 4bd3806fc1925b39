"""soak: a long run of `esplain live` under a flood of random SPIs, SAs that come and go unannounced, and an SA file that is rewritten each second
with rolling SPIs and keys; figures of memory, findings and packets.

    python3 tests/bench/soak.py [SECONDS [PACKETS_PER_SECOND [SAS_PER_SECOND]]]     default 600, 20000 and 60; needs root, prints a line every 10 s
"""
import hashlib
import hmac
import json
import os
import signal
import struct
import subprocess
import sys
import tempfile
import threading
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "scenario"))
import netns  # noqa: E402
import pcap  # noqa: E402

BUILD = os.environ.get("BUILD", "build/release")
HOSTS = ("192.0.2.3", "192.0.2.4")
# Seconds of an SA's life: it stands in the file some time before and after it is used, as esplain looks once a second and waits for whole files.
USED, UNUSED, GONE = 4, 7, 11


class Rolling:
    """An SA file whose SAs come, carry PACKETS each, one direction and the other in turn, and go; of every hundredth a packet comes too late."""
    PACKETS = 5

    def __init__(self, space, path, each):
        self.link, self.path, self.each = space.socket(), path, each
        self.second = self.sent = self.late = self.made = 0
        self.stopped = False
        self.write()
        self.thread = threading.Thread(target=self.roll)

    def roll(self):
        began = time.monotonic()
        while not self.stopped:
            self.second += 1
            self.made += self.each
            self.write()
            self.traffic(began + self.second)
            time.sleep(max(0, began + self.second - time.monotonic()))
        self.link.close()

    def born(self, second):
        return range(0x40000000 + second * self.each, 0x40000000 + (second + 1) * self.each) if second >= 0 else ()

    def ends(self, spi):
        return HOSTS if spi % 2 else HOSTS[::-1]

    def key(self, spi):
        return hashlib.sha1(b"%d" % spi).digest()

    def write(self):
        """Aside, and moved into its place whole."""
        with open(self.path + ".new", "w") as out:
            for second in range(self.second - GONE + 1, self.second + 1):
                for spi in self.born(second):
                    out.write("src %s dst %s\n\tproto esp spi %#x reqid 1 mode transport\n\treplay-window 32\n\tauth-trunc hmac(sha1) 0x%s 96\n\tenc ecb(cipher_null)\n"
                              % (*self.ends(spi), spi, self.key(spi).hex()))
        time.sleep(0.05)
        os.rename(self.path + ".new", self.path)

    def send(self, spi, seq):
        body = struct.pack("!II", spi, seq) + pcap.udp(9, 9, b"rolling") + bytes([1, 2, 3, 3, 17])
        body += hmac.new(self.key(spi), body, hashlib.sha1).digest()[:12]
        self.link.send(pcap.ethernet(pcap.ip4(*self.ends(spi), 50, body)))

    def traffic(self, until):
        """Spread over the second."""
        due = [(spi, seq) for seq in range(1, self.PACKETS + 1) for spi in self.born(self.second - USED - (seq - 1) * (UNUSED - USED) // self.PACKETS)]
        late = [spi for spi in self.born(self.second - GONE - 4) if spi % 100 == 0]
        for at, (spi, seq) in enumerate(due):
            self.send(spi, seq)
            if at % 10 == 9:
                time.sleep(max(0, (until - time.monotonic()) * 10 / (len(due) - at)))
        for spi in late:
            self.send(spi, self.PACKETS + 1)
        self.sent += len(due)
        self.late += len(late)

    def stop(self):
        self.stopped = True
        self.thread.join()


def memory(process):
    with open("/proc/%d/status" % process) as file:
        rows = dict(line.split(":", 1) for line in file)
    return int(rows["VmRSS"].split()[0])


def processor(process):
    """Seconds that it used so far."""
    with open("/proc/%d/stat" % process) as file:
        words = file.read().rsplit(")", 1)[1].split()
    return (int(words[11]) + int(words[12])) / os.sysconf("SC_CLK_TCK")


def start(space, folder, out):
    said = open(os.path.join(folder, "said"), "w+b")
    live = space.start(BUILD + "/esplain", "live", "-f", "json", "--receiver", "192.0.2.2", "-s", os.path.join(folder, "sas"), "-o", out, "in0", stderr=said)
    while b"listening" not in open(said.name, "rb").read():
        if live.poll() is not None:
            sys.exit("soak: " + open(said.name).read())
        time.sleep(0.05)
    return live


def main():
    seconds, rate, each = (int(sys.argv[i + 1]) if len(sys.argv) > i + 1 else (600, 20000, 60)[i] for i in range(3))
    why = netns.why_not()
    if why:
        sys.exit("soak: " + why)
    space = netns.Namespace()
    with tempfile.TemporaryDirectory() as folder:
        os.chmod(folder, 0o755)  # esplain reads the file again as an ordinary user
        out = os.path.join(folder, "out.json")
        rolling = Rolling(space, os.path.join(folder, "sas"), each)
        live = start(space, folder, out)
        count = seconds * rate
        blasts = [space.start(BUILD + "/tests/bench/blast", "out0", str(count // 2), str(rate // 2), "100", mode, stdout=subprocess.PIPE)
                  for mode in ("random", "churn")]
        rolling.thread.start()
        kib, began = [], time.monotonic()
        while any(blast.poll() is None for blast in blasts):
            time.sleep(10)
            kib.append(memory(live.pid))
            print("%4d s: %d KiB, %.0f s of processor time, %d KiB of output, %d SAs came by the file" %
                  (time.monotonic() - began, kib[-1], processor(live.pid), os.path.getsize(out) // 1024, rolling.made), flush=True)
        rolling.stop()
        for blast in blasts:
            print("sent", blast.communicate()[0].decode().strip())
        time.sleep(2)
        live.send_signal(signal.SIGTERM)
        live.wait()
        space.close()
        records = [json.loads(line) for line in open(out)]
    summary, sent = records[-1], count // 2 * 2 + rolling.sent + rolling.late
    alerts = [r["finding"] for r in records if r["type"] == "alert" and r["new"]]
    findings = [r for r in records if r["type"] == "finding"]
    key = lambda finding: (finding["condition"], json.dumps(finding["subject"]), json.dumps(finding["cause"]))
    lost = {key(a) for a in alerts} - {key(f) for f in findings}
    older = sum(row["findings"] for row in summary["older"])
    counted = sum(f["count"] for f in findings + summary["older"] if f["condition"] == "unknown-spi")
    kept = [r for r in records if r["type"] == "sa" and r["origin"] == "file"]
    print("packets: %d sent, %d judged, %d dropped by the capture" % (sent, summary["frames"], summary["capture_dropped"]))
    print("under keys of the file: %d sent, %d accepted; %d after their SA had gone" % (rolling.sent, summary["verdicts"].get("accepted", 0), rolling.late))
    print("SAs of the file: %d came, %d remembered at the end" % (rolling.made, len(kept)))
    print("unknown SPIs: %d verdicts, %d counted by findings" % (summary["verdicts"].get("unknown-spi", 0), counted))
    print("findings: %d told as they happened, %d at the end and %d older ones, %d told and then lost" % (len(alerts), len(findings), older, max(0, len(lost) - older)))
    for condition, subject, cause in sorted(lost):
        print("  told, and not in the last report:", condition, subject, cause)
    third = max(1, len(kib) // 3)
    first, last = max(kib[third:2 * third] or kib), max(kib[-third:])
    print("memory: %d KiB after a minute, %d KiB at the end" % (kib[min(5, len(kib) - 1)], kib[-1]))
    print("memory: at most %d KiB in the second third, %d KiB in the last: %+.1f %%" % (first, last, 100.0 * (last - first) / first))
    judged = summary["verdicts"].get("accepted", 0) + summary["capture_dropped"] >= rolling.sent and not summary["verdicts"].get("integrity-failed")
    good = len(lost) <= older and last <= first * 1.05 and summary["frames"] + summary["capture_dropped"] >= sent and judged and \
        counted == summary["verdicts"].get("unknown-spi", 0)
    print("soak: %s" % ("held" if good else "did not hold"))
    sys.exit(not good)


main()
