"""compare: esplain, libpcap's empty loop, tcpdump and tshark over the same packets, in turn, round after round.

Every figure is a median of ROUNDS rounds with the least and the greatest beside it. A ratio is taken within a round, between programs
that ran seconds apart, and then the median of those: the machine's mood cancels out. The page cache is warm, output goes to
/dev/null. esplain's time to load the SA file is measured on an empty capture and taken off its rate; the table shows it.
"""
import os
import shutil
import statistics
import subprocess
import sys

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PACKETS = int(os.environ.get("BENCH_PACKETS", "5000000"))
DATA = os.environ.get("BENCH_DATA", "build/bench")


class Bench:
    def __init__(self, build):
        self.tools = os.path.join(build, "tests", "bench")
        self.esplain = os.environ.get("ESPLAIN", os.path.join(build, "esplain"))

    def meter(self, command):
        """Seconds, KiB at the peak."""
        line = subprocess.run([os.path.join(self.tools, "meter"), *command], stdout=subprocess.PIPE, check=True, text=True).stdout
        wall, _, peak, status = map(int, line.split())
        if status not in (0, 1):  # esplain's 1: it has findings
            sys.exit("bench: %s ended with status %d" % (" ".join(command), status))
        return wall / 1e9, peak

    def data(self, packets, sas, order):
        """A capture and its SA file, made once, then read once to warm the page cache."""
        base = os.path.join(DATA, "%d-%d-%s" % (packets, sas, order))
        paths = base + ".pcap", base + ".state.txt"
        if not all(map(os.path.exists, paths)):
            os.makedirs(DATA, exist_ok=True)
            made = [path + ".part" for path in paths]
            subprocess.run([os.path.join(self.tools, "generate"), "-n", str(packets), "-s", str(sas), "-o", order, *made], check=True)
            for part, path in zip(made, paths):
                os.rename(part, path)
        for path in paths:
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
        return paths


def spread(values, form="%.2f"):
    middle = form % statistics.median(values)
    return middle, "(%s..%s)" % (form % min(values), form % max(values))


def mebibytes(kib):
    return "%.1f MiB" % (kib / 1024)


def table(rows):
    widths = [max(map(len, column)) for column in zip(*rows)]
    for row in rows:
        cells = [row[0].ljust(widths[0])] + [cell.rjust(width) for cell, width in zip(row[1:], widths[1:])]
        print("  " + "  ".join(cells).rstrip())


def compare(bench, sas, order):
    capture, states = bench.data(PACKETS, sas, order)
    few = max(1, PACKETS // 10)
    cut, _ = bench.data(few, sas, order)
    empty, _ = bench.data(0, sas, order)
    read = [bench.esplain, "read", "-q", "--progress", "never", "-s", states]
    contenders = {
        "libpcap, empty loop": ([os.path.join(bench.tools, "pcap_loop"), capture], PACKETS),
        "esplain read -q": (read + [capture], PACKETS),
        "tcpdump -nn": (["tcpdump", "-nn", "-r", capture], PACKETS),
        "tshark -n": (["tshark", "-n", "-r", cut], few),
    }
    for name in [name for name, (command, _) in contenders.items() if not shutil.which(command[0])]:
        print("  %s: not installed, left out" % contenders.pop(name)[0][0])
    rates, ratios, peaks, loads = ({name: [] for name in contenders} for _ in range(4))
    for _ in range(ROUNDS):
        for name, (command, packets) in contenders.items():
            seconds, peak = bench.meter(command)
            if command[0] == bench.esplain:
                load, _ = bench.meter(read + [empty])
                loads[name].append(load)
                seconds = max(seconds - load, 1e-9)
            rates[name].append(packets / seconds)
            ratios[name].append(rates[name][-1] / rates["libpcap, empty loop"][-1])
            peaks[name].append(peak)
    print("%d packets of 134 bytes over %d SAs, %s; tshark reads the first %d of them" % (PACKETS, sas, order, few))
    rows = [("", "M packets/s", "", "ns/packet", "of the loop", "", "peak memory", "SA file")]
    for name in contenders:
        nanoseconds = "%.0f" % (1e9 / statistics.median(rates[name]))
        load = "%.2f s" % statistics.median(loads[name]) if loads[name] else ""
        rows.append((name, *spread([rate / 1e6 for rate in rates[name]]), nanoseconds, *spread(ratios[name], "%.3f"),
                     mebibytes(statistics.median(peaks[name])), load))
    table(rows)
    print()


def growth(bench):
    """Memory belongs to the SAs, not to the packets."""
    rows = [("packets", "peak memory")]
    for packets in (PACKETS // 5, PACKETS):
        capture, states = bench.data(packets, 1000, "round-robin")
        _, peak = bench.meter([bench.esplain, "read", "-q", "--progress", "never", "-s", states, capture])
        rows.append((str(packets), mebibytes(peak)))
    print("esplain's memory over the length of a capture, 1000 SAs")
    table(rows)


def main(build):
    bench = Bench(build)
    compare(bench, 1000, "round-robin")
    compare(bench, 1000000, "random")
    growth(bench)


if __name__ == "__main__":
    main(sys.argv[1])
