"""reproduce_kernel: packets of reproduce, sent into a real Linux kernel (user-mode Linux, tests/interop), raise the counter that
the condition's row names; where that depends on the cause (selector-mismatch), the one that the finding names."""
import json
import os
import subprocess
import tempfile

import pcap
import runner

ETHER = bytes.fromhex("020000000002020000000001" "0800")
BOOT = "here=tests/interop; here=$(readlink -f $here); out=$1; . $here/boot.sh; boot_ready; boot $here/inject.py $out 200"


def setup(path):
    """The commands that stand in the comments of an SA file."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line[2:].strip() for line in file if line.startswith("# ip ")]


def main():
    counters = {one["name"]: one["linux"] for one in runner.run("explain", "-f", "json").records("condition")}
    rows = [row for row in runner.run("reproduce", "--list", "-f", "json").records("recipe")
            if row["possible"] and row["kernel"] and counters[row["condition"]]]
    with tempfile.TemporaryDirectory() as folder:
        groups, wanted = [], []
        for number, row in enumerate(rows):
            path = os.path.join(folder, "%d.pcapng" % number)
            made = runner.run("reproduce", "--condition", row["condition"], *(["--cause", row["cause"]] if row["cause"] else []),
                       "--src", "10.77.0.1", "--dst", "10.77.0.2", "-w", path)
            words = made.text().splitlines()[-1].split()[5:]
            found = [one["linux"] for one in runner.run("read", "-f", "json", *words).records("finding") if one["condition"] == row["condition"]]
            wanted.append(found[0] if found and row["condition"] == "selector-mismatch" else counters[row["condition"]])
            cases = [{"name": "%d" % at, "frames": [(ETHER + packet).hex()]} for at, (_, packet) in enumerate(pcap.read_next_generation(path))]
            groups.append({"name": "%d" % number, "setup": setup(path + ".sa.txt"), "cases": cases, "encap": [4]})
        out = os.path.join(folder, "out")
        os.mkdir(out)
        with open(os.path.join(out, "groups.json"), "w", encoding="utf-8") as file:
            json.dump(groups, file)
        done = subprocess.run(["sh", "-c", BOOT, "sh", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True, check=False)
        if done.returncode == 77:
            runner.skip("a real kernel's counters", done.stdout.strip())
            return
        for number, row in enumerate(rows):
            name = " ".join(filter(None, [row["condition"], row["cause"]]))
            path = os.path.join(out, "%d" % number, "verdicts.jsonl")
            if not runner.check("%s: the kernel took its SAs" % name, os.path.exists(path)):
                continue
            with open(path, encoding="utf-8") as file:
                raised = [json.loads(line)["xfrm"] for line in file]
            runner.check("%s: raises %s" % (name, wanted[number]), any(wanted[number] in one for one in raised), "%s" % raised[-3:])


main()
runner.finish()
