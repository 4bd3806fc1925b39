#!/usr/bin/env python3
"""compare: holds esplain against what two kernels did: compare.py ESPLAIN traffic FOLDER... | injected FOLDER..."""
import json
import os
import subprocess
import sys


# Cases that a capture and the dumps cannot decide, by words of their names.
BEYOND = {
    "tunnel to elsewhere": "routing decides, which no dump tells", "not for this host": "routing decides, which no dump tells",
    "inner fragment, second": "the host puts inner fragments together before its policies see them",
    "bad option length": "the IP layer drops it before IPsec", "option too long": "the IP layer drops it before IPsec",
    "source route": "the IP layer forwards it before IPsec", "routing type": "the IP layer follows it before IPsec",
    "mobility routing": "the IP layer follows it before IPsec",
}
BEYOND_GROUPS = {"larval-later": "a reserved SPI leaves no trace in a history"}


def beyond(group, case):
    return BEYOND_GROUPS.get(group) or next((why for words, why in BEYOND.items() if words in case["name"]), None)


def read(esplain, capture, arguments):
    done = subprocess.run([esplain, "read", "--verdicts", "-f", "json", *arguments, capture], capture_output=True, text=True)
    return done, [json.loads(line) for line in done.stdout.splitlines()]


def traffic(esplain, folder):
    """Healthy packets: all accepted and verified, nothing found. Yields what is otherwise."""
    capture = f"{folder}/t.pcap"
    if not os.path.exists(capture):
        return
    dumps = {"A": ["xfrmA"], "B": ["xfrmB"], "both": ["xfrmA", "xfrmB"], "policies": ["xfrmA", "xfrmB", "policyA", "policyB"],
             "policy B": ["xfrmB", "policyB"], "policy A": ["xfrmA", "policyA"]}
    for how, files in dumps.items():
        done, records = read(esplain, capture, [word for name in files for word in ("-s", f"{folder}/{name}.txt")])
        if done.returncode:
            yield f"{how}: status {done.returncode} {done.stderr.strip()[:200]}"
        verdicts = [record for record in records if record["type"] == "verdict"]
        wrong = [record for record in verdicts if record["verdict"] != "accepted" or record["linux"]]
        if wrong:
            first = wrong[0]
            yield f"{how}: {len(wrong)} of {len(verdicts)} not accepted, first {first['frame']}: {first['proto']} {first['verdict']} {first['cause']} {first['linux']} {first['inner']}"
        unsure = [record for record in verdicts if record["certainty"] != "certain"]
        if unsure:
            yield f"{how}: {len(unsure)} of {len(verdicts)} unsure, first {unsure[0]['frame']} {unsure[0]['proto']} {unsure[0]['certainty']}"
        if not verdicts:
            yield f"{how}: no verdicts"
        for record in records:
            if record["type"] == "finding" and record["severity"] != "note":
                yield f"{how}: {record['severity']} {record['condition']}: {record['explanation'][:150]}"


def injected(esplain, folder):
    """Crafted packets: the counter that each raised. Yields the cases where esplain says another."""
    with open(f"{folder}/verdicts.jsonl") as text:
        cases = [json.loads(line) for line in text]
    arguments = ["--receiver", "10.77.0.0/24", "--receiver", "fd77::/64"]
    for name in ("state", "monitor"):
        if os.path.exists(f"{folder}/{name}.txt"):
            arguments += ["-s", f"{folder}/{name}.txt"]
    done, records = read(esplain, f"{folder}/t.pcap", arguments)
    if done.returncode not in (0, 1):
        yield f"status {done.returncode}: {done.stderr[:300]}"
    said = {}
    for record in records:
        if record["type"] == "verdict":
            said.setdefault(record["frame"], []).append(record)
    for case in cases:
        last, counter = None, None
        for frame in case["frames"]:
            for record in said.get(frame, []):
                last, counter = record, record["linux"] or (counter if counter and record["frame"] == last["frame"] else None)
        if beyond(os.path.basename(os.path.normpath(folder)), case):
            continue
        if counter not in (list(case["xfrm"]) or [None]):
            told = last and (last["verdict"], last["cause"], last["seq"])
            yield f"{case['n']} \"{case['name']}\": kernel {case['xfrm']}, esplain {counter} {told} frames {case['frames']}"


def main():
    esplain, kind, folders = sys.argv[1], {"traffic": traffic, "injected": injected}[sys.argv[2]], sys.argv[3:]
    bad = 0
    for folder in folders:
        if not os.path.isdir(folder):
            continue
        for line in kind(esplain, folder):
            bad += 1
            print(f"{os.path.basename(os.path.normpath(folder))}: {line}")
    print(f"{len(folders)} folders, {bad} disagreements")
    return 1 if bad else 0


if __name__ == "__main__":
    sys.exit(main())
