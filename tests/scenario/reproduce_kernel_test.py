"""reproduce_kernel: packets of reproduce, sent into a real Linux kernel (user-mode Linux, tests/interop), raise the counter that
the condition's row names; where that depends on the cause (selector-mismatch), the one that the finding names.

Rows whose packets are healthy, or are not the receiver's to count, are shown with a kernel in the state that they speak of. Every condition with a counter
is shown by some row."""
import json
import os
import subprocess
import tempfile

import pcap
import runner

ETHER = bytes.fromhex("020000000002020000000001" "0800")
BOOT = "here=tests/interop; here=$(readlink -f $here); out=$1; . $here/boot.sh; boot_ready; boot $here/inject.py $out 300"
HERE, THERE = "10.77.0.1", "10.77.0.2"  # the kernel that counts is THERE


def setup(path):
    """The commands that stand in the comments of an SA file."""
    if not os.path.exists(path):
        return []
    with open(path, encoding="utf-8") as file:
        return [line[2:].strip() for line in file if line.startswith("# ip ")]


def lost(group):
    """The kernel loses its SAs before the last six packets, which no decrypted forms follow."""
    group["cases"][-6]["before"] = ["ip xfrm state flush"]


def late(group):
    """Between the two packets the SA's 20 seconds pass."""
    group["cases"][-1]["sleep"] = 21


def sender(group):
    """A kernel that sends counts the end of its numbers: it is asked for an answer that it would have to number with 0."""
    ends = "src %s/32 dst %s/32" % (THERE, HERE)
    group["setup"] = ["ip xfrm state add src %s dst %s proto esp spi 0x1001 reqid 1 mode transport aead 'rfc4106(gcm(aes))' 0x%s 128 replay-oseq 0xffffffff"
                      % (THERE, HERE, "11" * 20), "ip xfrm policy add %s dir out tmpl proto esp reqid 1 mode transport" % ends]
    body = bytes([8, 0, 0, 0, 0, 1, 0, 1])
    body = body[:2] + pcap.checksum(body).to_bytes(2, "big") + body[4:]
    group["cases"] = [{"name": "ping", "frames": [(ETHER + pcap.ip4(HERE, THERE, 1, body)).hex()]}]


def reporter(group):
    """The packets that it reports come to a kernel without any SA."""
    group["setup"] = []


# (condition, cause): what is done to the group, whether the kernel is the source, and its counter where that is not the row's.
OTHERWISE = {
    ("receiver-lost-sa", None): (lost, False, None),
    ("expired", "time-limit"): (late, False, "XfrmInNoStates"),
    ("sequence-near-end", None): (sender, False, None),
    ("ike-invalid-spi-notify", "in-clear"): (reporter, True, None),
    ("ike-invalid-spi-notify", "in-ike-sa"): (reporter, True, None),
}
NOT_SHOWN = ["ike-invalid-selectors"]  # its Child SA has keys that no kernel can be given; selector-mismatch shows the same counter


def main():
    counters = {one["name"]: one["linux"] for one in runner.run("explain", "-f", "json").records("condition")}
    rows = [row for row in runner.run("reproduce", "--list", "-f", "json").records("recipe") if row["possible"] and counters[row["condition"]]
            and (row["kernel"] or (row["condition"], row["cause"]) in OTHERWISE)]
    shown = {row["condition"] for row in rows}
    runner.equal("conditions with a counter that no row shows", sorted(name for name, counter in counters.items() if counter and name not in shown), NOT_SHOWN)
    with tempfile.TemporaryDirectory() as folder:
        groups, wanted = [], []
        for number, row in enumerate(rows):
            path = os.path.join(folder, "%d.pcapng" % number)
            change, source, counter = OTHERWISE.get((row["condition"], row["cause"]), (None, False, None))
            made = runner.run("reproduce", "--condition", row["condition"], *(["--cause", row["cause"]] if row["cause"] else []),
                              "--src", THERE if source else HERE, "--dst", HERE if source else THERE, "-w", path)
            words = made.text().splitlines()[-1].split()[5:]
            found = [one["linux"] for one in runner.run("read", "-f", "json", *words).records("finding") if one["condition"] == row["condition"]]
            wanted.append(counter or (found[0] if found and row["condition"] == "selector-mismatch" else counters[row["condition"]]))
            cases = [{"name": "%d" % at, "frames": [(ETHER + packet).hex()]} for at, (_, packet) in enumerate(pcap.read_next_generation(path))]
            groups.append({"name": "%d" % number, "setup": setup(path + ".sa.txt"), "cases": cases, "encap": [4]})
            if change:
                change(groups[-1])
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
