"""oracle: esplain's verdicts beside what a real Linux kernel counted for the same packets, case by case.

The shared oracle holds crafted packets and the kernel's counters for each. A case agrees where `linux` of the last verdict of its last
frame is the counter that the packet raised; null where it raised none.

Two runs. Without keys (they are cut out of the SA files): only cases that no key decides count; the packets that the kernel refused for what a key
showed it are left out of the capture too, because the kernel's window did not move for them and nobody without keys can know that. With keys:
every case, on the capture as it is.

Reached: without keys 129 of 129, with keys 175 of 175.
"""
import json
import os
import re
import struct
import tempfile

import runner

# Disagreements that are known, by group and number; fewer are welcome (then take them out), others are a failure.
KNOWN_WITHOUT_KEYS = {}
KNOWN_WITH_KEYS = {}

RECEIVERS = ["--receiver", "10.77.0.0/24", "--receiver", "fd77::/64"]

INNER = "the inner packet decides"
TRAILER = "the trailer decides, which is encrypted"
POLICY = "the policy decides, and a clear packet has no SA"
NEEDS_KEY = {  # cases that counters alone do not tell
    ("gcm-tunnel4", 41): TRAILER, ("gcm-tunnel4", 42): TRAILER, ("gcm-tunnel4", 43): TRAILER, ("gcm-tunnel4", 46): TRAILER,
    ("gcm-transport4", 9): TRAILER, ("gcm-transport4", 16): TRAILER, ("gcm-transport4", 17): TRAILER,
    ("null-sha256-tunnel4", 3): TRAILER, ("null-sha256-tunnel4", 4): TRAILER,
    ("gcm-transport4", 8): INNER, ("gcm-transport4", 10): INNER,
}


def why_left_out(case):
    """None, or what of the case no capture shows without keys."""
    counters = set(case["xfrm"])
    if (case["group"], case["n"]) in NEEDS_KEY:
        return NEEDS_KEY[case["group"], case["n"]]
    if any(isinstance(change, dict) and "stat.failed" in change for change in case["sa"].values()):
        return "the ICV decides"
    if counters & {"XfrmInStateModeError", "XfrmInNoPols"}:
        return INNER
    if counters & {"XfrmInTmplMismatch", "XfrmInPolBlock"}:
        return POLICY
    return None


def moved_the_window(case):
    return any(isinstance(change, dict) and "cur.packets" in change for change in case["sa"].values())


def cases():
    groups = {}
    with open(runner.shared("oracle", "verdicts.jsonl"), encoding="utf-8") as file:
        for line in file:
            case = json.loads(line)
            groups.setdefault(case["group"], []).append(case)
    return groups


def sa_files(group):
    found = [runner.shared("oracle", "%s.%s.txt" % (group, kind)) for kind in ("state", "monitor")]
    return [path for path in found if path]


def without_keys(path, folder):
    """The text with its keys replaced by what `ip xfrm state nokeys` prints."""
    with open(path, encoding="utf-8") as file:
        text = re.sub(r"^(\s+(?:aead|enc|auth-trunc|auth) \S+) 0x[0-9a-f]+", r"\1 <<Keys hidden>>", file.read(), flags=re.M)
    copy = os.path.join(folder, os.path.basename(path))
    with open(copy, "w", encoding="utf-8") as file:
        file.write(text)
    return copy


def without_frames(path, frames, folder):
    """A copy of the pcap without these frames, and the new number of each old one."""
    with open(path, "rb") as file:
        data = file.read()
    kept, numbers, at, old = [data[:24]], {}, 24, 0
    while at < len(data):
        length = struct.unpack_from("<I", data, at + 8)[0]
        old += 1
        if old not in frames:
            kept.append(data[at:at + 16 + length])
            numbers[old] = len(kept) - 1
        at += 16 + length
    copy = os.path.join(folder, os.path.basename(path))
    with open(copy, "wb") as file:
        file.write(b"".join(kept))
    return copy, numbers


def verdicts(name, capture, files):
    """The last verdict of each frame, by frame."""
    options = [word for path in files for word in ("-s", path)]
    result = runner.run("read", "--verdicts", "-f", "json", *RECEIVERS, *options, capture)
    runner.check("%s is analysed" % name, result.status in (0, 1), result.err.decode("utf-8", "replace"))
    return {record["frame"]: record for record in result.records("verdict")}


def compare(mode, group, compared, found, known, totals):
    """One line a group; prints every disagreement."""
    agree = bad = 0
    for case, frame in compared:
        wanted = next(iter(case["xfrm"]), None)
        record = found.get(frame)
        got = record["linux"] if record else None
        expected_bad = (group, case["n"]) in known
        agree += got == wanted
        if got == wanted and expected_bad:
            bad += 1
            print("    %s %d %s agrees now: take it out of the known disagreements" % (group, case["n"], case["name"]))
        elif got != wanted:
            bad += not expected_bad
            print("    %s %d %s: the kernel counted %s, esplain says %s (%s)%s" % (
                group, case["n"], case["name"], wanted, got, record["verdict"] if record else "no verdict",
                ", known: " + known[group, case["n"]] if expected_bad else ""))
    totals[0] += agree
    totals[1] += len(compared)
    runner.check("%s, %s: %d of %d agree" % (group, mode, agree, len(compared)), not bad, "%d cases other than expected" % bad)


def keyless(groups, folder):
    totals, left_out = [0, 0], 0
    for group, members in groups.items():
        reasons = {case["n"]: why_left_out(case) for case in members}
        gone = {frame for case in members if reasons[case["n"]] and not moved_the_window(case) for frame in case["frames"]}
        capture, numbers = without_frames(runner.shared("oracle", group + ".pcap"), gone, folder)
        found = verdicts("%s without keys" % group, capture, [without_keys(path, folder) for path in sa_files(group)])
        compared = [(case, numbers[case["frames"][-1]]) for case in members if not reasons[case["n"]]]
        for case in members:
            if reasons[case["n"]]:
                left_out += 1
                print("    %s %d %s is left out: %s" % (group, case["n"], case["name"], reasons[case["n"]]))
        compare("without keys", group, compared, found, KNOWN_WITHOUT_KEYS, totals)
    print("oracle: without keys %d of %d agree (%d more need a key)" % (*totals, left_out))


def keyed(groups):
    totals = [0, 0]
    for group, members in groups.items():
        found = verdicts("%s with keys" % group, runner.shared("oracle", group + ".pcap"), sa_files(group))
        compare("with keys", group, [(case, case["frames"][-1]) for case in members], found, KNOWN_WITH_KEYS, totals)
    print("oracle: with keys %d of %d agree" % tuple(totals))


def main():
    if not runner.shared("oracle", "verdicts.jsonl"):
        runner.skip("the oracle", "%s/oracle is not there" % runner.SHARED)
        return
    groups = cases()
    with tempfile.TemporaryDirectory() as folder:
        keyless(groups, folder)
    keyed(groups)


main()
runner.finish()
