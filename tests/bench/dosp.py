"""dosp: the cost of the DoS Protection boundary: ESP of PACKETS random sources to one internal host, read with the settings and without, in
turn. Medians of ROUNDS rounds; seconds and KiB at the peak of the whole run. Run by run.sh: dosp.py BUILD."""
import os
import random
import statistics
import struct
import subprocess
import sys

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PACKETS = int(os.environ.get("BENCH_DOSP_PACKETS", "1000000"))
DATA = os.environ.get("BENCH_DATA", "build/bench")
INSIDE = bytes.fromhex("20010db8000200000000000000000001")
OUTSIDE = bytes.fromhex("20010db80001")


def flood(path):
    """A pcap of raw IPv6: everybody sends one packet."""
    noise = random.Random(13928)
    with open(path, "wb") as out:
        out.write(struct.pack("<IHHiIII", 0xa1b2c3d4, 2, 4, 0, 0, 65535, 101))
        for number in range(PACKETS):
            packet = struct.pack(">IHBB", 0x60000000, 40, 50, 64) + OUTSIDE + noise.randbytes(10) + INSIDE
            packet += struct.pack(">II", noise.getrandbits(32) | 0x100, 1) + bytes(32)
            out.write(struct.pack("<IIII", 1700000000 + number // 100000, number % 100000 * 10, len(packet), len(packet)) + packet)


def main(build):
    os.makedirs(DATA, exist_ok=True)
    capture, policy = os.path.join(DATA, "dosp.pcap"), os.path.join(DATA, "dosp.txt")
    flood(capture)
    with open(policy, "w") as text:
        text.write("Name : bench\nInternalPrefix : 2001:db8:2::/48\n")
    read = [os.path.join(build, "tests", "bench", "meter"), os.environ.get("ESPLAIN", os.path.join(build, "esplain")), "read", "-q",
            "--progress", "never"]
    ways = {"without the boundary": [], "with the boundary": ["--policy", policy]}
    took, peak = {name: [] for name in ways}, {name: [] for name in ways}
    for _ in range(ROUNDS):
        for name, words in ways.items():
            done = subprocess.run([*read, *words, capture], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=True)
            wall, _, most, status = map(int, done.stdout.split())
            if status not in (0, 1):
                sys.exit("bench: %s ended with status %d" % (name, status))
            took[name].append(wall / 1e9)
            peak[name].append(most)
    print("\nDoS Protection: %d packets of random sources, median of %d rounds (least to greatest)" % (PACKETS, ROUNDS))
    for name in ways:
        print("  %-22s %6.2f s (%.2f to %.2f), %.1f MiB at the peak" %
              (name, statistics.median(took[name]), min(took[name]), max(took[name]), max(peak[name]) / 1024))


main(sys.argv[1])
