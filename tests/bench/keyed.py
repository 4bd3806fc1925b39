"""keyed: what verifying and decrypting a capture costs: esplain with one and two threads, `openssl speed` and tshark, in turn.

Whole runs of `esplain read -q` over real packets of 1,400 bytes (tests/bench/seal.c), page cache warm: reading, checking, opening, judging. openssl
speed is the cipher alone on one core; for CBC with HMAC its two times are added. Ratios are taken within a round; medians of ROUNDS.
"""
import os
import re
import shutil
import statistics
import subprocess
import sys
import time

ROUNDS = int(os.environ.get("BENCH_ROUNDS", "5"))
PACKETS = int(os.environ.get("BENCH_KEYED_PACKETS", "500000"))
DATA = os.environ.get("BENCH_DATA", "build/bench")


def seconds(command):
    start = time.monotonic()
    done = subprocess.run(command, stdout=subprocess.DEVNULL, stderr=subprocess.PIPE, text=True)
    if done.returncode not in (0, 1):
        sys.exit("keyed: %s: %s" % (" ".join(command), done.stderr))
    return time.monotonic() - start


def openssl(size, *words):
    """Seconds for one operation of this size."""
    done = subprocess.run(["openssl", "speed", "-seconds", "1", "-bytes", str(size), *words], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, text=True, check=True)
    return size / (float(re.search(r"([\d.]+)k\s*$", done.stdout).group(1)) * 1000)


def cipher_alone(suite):
    if suite == "gcm":
        return openssl(1400, "-decrypt", "-evp", "aes-128-gcm")
    return openssl(1392, "-decrypt", "-evp", "aes-128-cbc") + openssl(1416, "-hmac", "sha256")


def tshark(capture, states, esplain):
    """Seconds a packet, decrypting, with the rows that esplain makes of the SA file."""
    rows = subprocess.run([esplain, "sa", "--to", "wireshark", states], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True).stdout
    part = capture + ".few"
    subprocess.run(["editcap", "-r", capture, part, "1-%d" % (PACKETS // 10)], check=True)
    command = ["tshark", "-n", "-r", part, "-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE"]
    for row in rows.splitlines():
        command += ["-o", "uat:esp_sa:" + row]
    return seconds(command) / (PACKETS // 10)


def main(build):
    esplain = os.environ.get("ESPLAIN", os.path.join(build, "esplain"))
    os.makedirs(DATA, exist_ok=True)
    print("verify and decrypt: %d packets of 1400 bytes over 10 SAs, %d processors" % (PACKETS, os.cpu_count()))
    for suite in ("gcm", "cbc"):
        capture, states = os.path.join(DATA, "keyed-%s.pcap" % suite), os.path.join(DATA, "keyed-%s.state.txt" % suite)
        if not os.path.exists(capture):
            subprocess.run([os.path.join(build, "tests/bench/seal"), "-n", str(PACKETS), suite, capture + ".part", states], check=True)
            os.rename(capture + ".part", capture)
        read = [esplain, "read", "-q", "--progress", "never", "-s", states, capture, "--workers"]
        seconds(read + ["1"])
        one, two, alone = [], [], []
        for _ in range(ROUNDS):
            alone.append(cipher_alone(suite))
            one.append(seconds(read + ["1"]) / PACKETS)
            two.append(seconds(read + ["2"]) / PACKETS)
        median = statistics.median
        print("  AES-128-%s" % ("GCM" if suite == "gcm" else "CBC with HMAC-SHA2-256"))
        print("    openssl speed, cipher alone  %6.0f ns" % (median(alone) * 1e9))
        print("    esplain, one thread          %6.0f ns   %.0f %% of openssl's speed (%.0f..%.0f)" %
              (median(one) * 1e9, *(100 * f([a / o for a, o in zip(alone, one)]) for f in (median, min, max))))
        print("    esplain, two threads         %6.0f ns   %.2f times one (%.2f..%.2f)" %
              (median(two) * 1e9, *(f([o / t for o, t in zip(one, two)]) for f in (median, min, max))))
        if shutil.which("tshark") and shutil.which("editcap"):
            print("    tshark, decrypting           %6.0f ns" % (tshark(capture, states, esplain) * 1e9))


if __name__ == "__main__":
    main(sys.argv[1])
