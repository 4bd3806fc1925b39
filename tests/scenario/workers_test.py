"""workers: the output does not depend on how many threads open the packets, byte for byte; also under -c and in the middle of ESN wraps."""
import os

import runner

ORACLE = ["gcm-tunnel4", "esn-gcm", "udpencap", "null-sha256-tunnel4", "alg-cbc-sha1", "sa-deleted", "same-spi-two-dst"]


def compare(name, *arguments):
    outputs = {}
    for workers in ("1", "2", "5"):
        result = runner.run("read", "--verdicts", "-f", "json", "--workers", workers, *arguments)
        outputs[workers] = (result.status, result.out)
    runner.check("%s: two threads as one" % name, outputs["2"] == outputs["1"])
    runner.check("%s: five threads as one" % name, outputs["5"] == outputs["1"])


def main():
    oracle = os.path.join(runner.SHARED, "oracle")
    if not os.path.isdir(oracle):
        runner.skip("workers", "no %s" % oracle)
        return
    for group in ORACLE:
        files = [os.path.join(oracle, group + end) for end in (".state.txt", ".monitor.txt")]
        given = [word for path in files if os.path.exists(path) for word in ("-s", path)]
        compare(group, "--receiver", "10.77.0.0/24", *given, os.path.join(oracle, group + ".pcap"))
    traffic = os.path.join(runner.SHARED, "kernel-traffic")
    for name in sorted(os.listdir(traffic)):
        folder = os.path.join(traffic, name)
        if os.path.isdir(folder):
            compare(name, "-s", os.path.join(folder, "xfrmB.txt"), os.path.join(folder, "t.pcap"))
    gcm = os.path.join(oracle, "gcm-tunnel4")
    compare("stopped after 33 packets", "-c", "33", "-s", gcm + ".state.txt", gcm + ".pcap")
    compare("the same capture three times", "-s", gcm + ".state.txt", gcm + ".pcap", gcm + ".pcap", gcm + ".pcap")


main()
runner.finish()
