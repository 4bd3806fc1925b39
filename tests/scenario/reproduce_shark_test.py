"""reproduce_shark: tshark reads the packets of every recipe, in both IP versions, and remarks on nothing that is malformed and on no wrong checksum, except
where that is the recipe's point. It remarks on sequence numbers of ESP; those are others' points.

Each recipe has addresses of its own, so that all of them fit into one capture and tshark is started once for each version."""
import os
import shutil
import subprocess
import tempfile

import pcap
import runner

WARNING = 0x600000  # tshark's severity
ALL_CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
BY_NATURE = {
    ("integrity-failed", "address-translated"): "Bad checksum",  # a NAT that changes an address before AH cannot reach the UDP checksum behind it
}


def make(folder, number, row, version):
    """The capture of a recipe and how many packets it holds; None where it cannot be made in that version."""
    path = os.path.join(folder, "%d-%d.pcapng" % (number, version))
    ends = ["10.%d.%d.1" % (8 + number // 256, number % 256), "10.%d.%d.1" % (64 + number // 256, number % 256)]
    if version == 6:
        ends = ["2001:db8:9:%x::1" % number, "2001:db8:77:%x::1" % number]
    made = runner.run("reproduce", "--condition", row["condition"], *(["--cause", row["cause"]] if row["cause"] else []), "--src", ends[0], "--dst", ends[1],
                      "-w", path)
    return (path, len(pcap.read_next_generation(path))) if made.status == 0 else None


def remarks(path):
    """What tshark remarks, by frame number: the messages, without what we wrote ourselves as comments."""
    fields = ["-T", "fields", "-E", "aggregator=|", "-e", "frame.number", "-e", "frame.comment", "-e", "_ws.expert.message"]
    done = subprocess.run(["tshark", "-r", path, *ALL_CHECKSUMS, "-Y", "_ws.malformed || _ws.expert.severity >= %d" % WARNING, *fields],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    runner.equal("tshark reads %s" % os.path.basename(path), done.returncode, 0)
    found = {}
    for line in done.stdout.splitlines():
        number, comment, messages = line.split("\t")
        found[int(number)] = [one for one in messages.split("|") if one != comment and not one.startswith("Wrong Sequence Number")]
    return found


def read(folder, rows, version):
    files = []
    for number, row in enumerate(rows, 1):
        made = make(folder, number, row, version)
        if made:
            files.append((row, *made))
    whole = os.path.join(folder, "ip%d.pcapng" % version)
    subprocess.run(["mergecap", "-a", "-w", whole, *[path for _, path, _ in files]], check=True)
    found, first = remarks(whole), 1
    for row, _, count in files:
        name = " ".join(filter(None, [row["condition"], row["cause"], "IPv%d" % version]))
        allowed = BY_NATURE.get((row["condition"], row["cause"]))
        wrong = [(at - first + 1, one) for at in range(first, first + count) for one in found.get(at, []) if not (allowed and one.startswith(allowed))]
        first += count
        if not row["malformed"]:
            runner.equal("%s: tshark remarks on nothing" % name, wrong, [])
        elif row["condition"] == "checksum-wrong":
            runner.check("%s: and it would: on this it does" % name, wrong)


def main():
    if not shutil.which("tshark") or not shutil.which("mergecap"):
        runner.skip("malformed packets and checksums", "there is no tshark or no mergecap")
        return
    rows = [row for row in runner.run("reproduce", "--list", "-f", "json").records("recipe") if row["possible"]]
    with tempfile.TemporaryDirectory() as folder:
        for version in (4, 6):
            read(folder, rows, version)


main()
runner.finish()
