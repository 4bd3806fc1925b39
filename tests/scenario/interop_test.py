"""interop: captures that a user-mode Linux kernel made (tests/interop), each of which esplain once judged otherwise than that kernel."""
import os
import sys

import runner

sys.path.insert(0, os.path.join("tests", "interop"))
sys.dont_write_bytecode = True
import compare  # noqa: E402  (found through the line above)

DATA = os.path.join("tests", "data", "interop")


def main():
    for kind, judge in (("traffic", compare.traffic), ("injected", compare.injected)):
        for name in sorted(os.listdir(os.path.join(DATA, kind))):
            wrong = list(judge(runner.ESPLAIN, os.path.join(DATA, kind, name)))
            runner.check("%s %s: as the kernel" % (kind, name), not wrong, "\n".join(wrong))


main()
runner.finish()
