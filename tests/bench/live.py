"""live: how many packets a second `esplain live` takes without a miss, over a virtual link. Needs root and `make bench`'s programs.

    python3 tests/bench/live.py
"""
import json
import os
import signal
import subprocess
import sys
import time

sys.path.insert(0, os.path.join(os.path.dirname(__file__), "..", "scenario"))
import netns  # noqa: E402

BUILD = os.environ.get("BUILD", "build/release")


def main():
    why = netns.why_not()
    if why:
        sys.exit("live: " + why)
    space = netns.Namespace()
    for rate, length in ((100000, 100), (100000, 1400), (200000, 100)):
        live = space.start(BUILD + "/esplain", "live", "-f", "json", "-o", "/dev/stdout", "in0", stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        while b"listening" not in live.stderr.readline():
            pass
        sent = space.run(BUILD + "/tests/bench/blast", "out0", str(rate * 8), str(rate), str(length), "steady").stdout.decode().strip()
        time.sleep(1)
        live.send_signal(signal.SIGTERM)
        summary = json.loads(live.communicate()[0].splitlines()[-1])
        print("%d bytes: %s; %d judged, %d dropped" % (length, sent, summary["esp"], summary["capture_dropped"]), flush=True)
    space.close()


main()
