"""compare: esplain, libpcap's empty loop, tcpdump and tshark over the same packets, in turn, round after round.

Every figure is a median of ROUNDS rounds with the least and the greatest beside it. A ratio is taken within a round, between programs
that ran seconds apart, and then the median of those: the machine's mood cancels out. The page cache is warm, output goes to
/dev/null. Reading is told apart from starting and ending, which do not grow with the packets: for esplain (SA file, summary) by
phases.c, which makes the calls of `esplain read` and times them; for the others by a run over an empty capture. `whole run` is
the command itself.
"""
import os
import shutil
import statistics
import subprocess
import sys

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PACKETS = int(os.environ.get("BENCH_PACKETS", "5000000"))
DATA = os.environ.get("BENCH_DATA", "build/bench")
LOOP = "libpcap, empty loop"
ESPLAIN = "esplain read -q"


class Bench:
    def __init__(self, build):
        self.tools = os.path.join(build, "tests", "bench")
        self.read = [os.environ.get("ESPLAIN", os.path.join(build, "esplain")), "read", "-q", "--progress", "never"]

    def meter(self, command):
        """Seconds, KiB at the peak."""
        done = subprocess.run([os.path.join(self.tools, "meter"), *command], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        wall, _, peak, status = map(int, done.stdout.split() or [0, 0, 0, 2])
        if status not in (0, 1):  # esplain's 1: it has findings
            sys.exit("bench: %s ended with status %d\n%s" % (" ".join(command), status, done.stderr))
        return wall / 1e9, peak

    def phases(self, states, capture):
        """Seconds: loading and finishing, reading."""
        done = subprocess.run([os.path.join(self.tools, "phases"), states, capture], stdout=subprocess.PIPE, check=True, text=True)
        loading, reading, finishing = (int(word) / 1e9 for word in done.stdout.split())
        return loading + finishing, reading

    def data(self, packets, sas, order):
        """A capture and its SA file, made once, then read once to warm the page cache."""
        capture = os.path.join(DATA, "%d-%d-%s.pcap" % (packets, sas, order))
        states = os.path.join(DATA, "%d.state.txt" % sas)
        for path, outputs in ((capture, [capture + ".part", os.devnull]), (states, [os.devnull, states + ".part"])):
            if not os.path.exists(path):
                os.makedirs(DATA, exist_ok=True)
                count = packets if path == capture else 0
                subprocess.run([os.path.join(self.tools, "generate"), "-n", str(count), "-s", str(sas), "-o", order, *outputs],
                               check=True)
                os.rename(path + ".part", path)
            with open(path, "rb", buffering=0) as file:
                while file.read(1 << 20):
                    pass
        return capture, states


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
    contenders = {  # the command without its capture, the capture, its packets
        LOOP: ([os.path.join(bench.tools, "pcap_loop")], capture, PACKETS),
        ESPLAIN: (bench.read + ["-s", states], capture, PACKETS),
        "tcpdump -nn": (["tcpdump", "-nn", "-r"], capture, PACKETS),
        "tshark -n": (["tshark", "-n", "-r"], cut, few),
    }
    for name in [name for name, (command, _, _) in contenders.items() if not shutil.which(command[0])]:
        print("  %s: not there, left out" % contenders.pop(name)[0][0])
    rates, ratios, peaks, starts, wholes = ({name: [] for name in contenders} for _ in range(5))
    short = set()
    for _ in range(ROUNDS):
        for name, (command, packets_in, packets) in contenders.items():
            whole, peak = bench.meter(command + [packets_in])
            if name == ESPLAIN:
                start, reading = bench.phases(states, packets_in)
            else:
                start, _ = bench.meter(command + [empty])
                reading = whole - start
                if reading < start:
                    short.add(name)
                    reading = max(reading, whole / 100)
            rates[name].append(packets / reading)
            ratios[name].append(rates[name][-1] / rates[LOOP][-1])
            peaks[name].append(peak)
            starts[name].append(start)
            wholes[name].append(whole)
    print("%d packets of 134 bytes over %d SAs, %s; tshark reads the first %d of them" % (PACKETS, sas, order, few))
    rows = [("", "M packets/s", "", "ns/packet", "of the loop", "", "peak memory", "start and end", "whole run")]
    for name in contenders:
        rows.append((name, *spread([rate / 1e6 for rate in rates[name]]), "%.0f" % (1e9 / statistics.median(rates[name])),
                     *spread(ratios[name], "%.3f"), mebibytes(statistics.median(peaks[name])),
                     "%.2f s" % statistics.median(starts[name]), "%.2f s" % statistics.median(wholes[name])))
    table(rows)
    for name in sorted(short):
        print("  %s: took longer to start than to read, so its rate says little; give it more packets" % name)
    print()


def growth(bench):
    """Memory belongs to the SAs, not to the packets."""
    rows = [("packets", "peak memory")]
    for packets in (PACKETS // 5, PACKETS):
        capture, states = bench.data(packets, 1000, "round-robin")
        _, peak = bench.meter(bench.read + ["-s", states, capture])
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
