"""reproduce --from: for every finding in captures that were not written here, the frames that it takes show it again, and no single one of them can be left out."""
import os
import re
import shutil
import subprocess
import tempfile

import captures_list
import runner

FEW = 8            # frames of which each is left out in turn
PER_CAPTURE = 12   # findings of one capture


def key(finding):
    """What stays the same: not the count, nor the facts."""
    return (finding["condition"], finding["severity"], finding["certainty"], (finding["cause"] or {}).get("name"), tuple(finding["subject"].items()))


def findings(options, path):
    return runner.run("read", "-f", "json", *options, path).records("finding")


def same(one, other):
    """Also the same case: words tell findings about IKE between the same two apart."""
    words = ({name: fact for name, fact in finding["facts"].items() if isinstance(fact, str)} for finding in (one, other))
    return key(one) == key(other) and (not one["condition"].startswith("ike-") or next(words) == next(words))


def without(path, frame, to):
    """The capture without one frame, by a tool of others."""
    subprocess.run(["editcap", path, to, str(frame)], check=True, stderr=subprocess.DEVNULL)


def cut(name, options, path, finding, folder):
    title = "%s: finding %d, %s" % (name, finding["number"], finding["condition"])
    to = os.path.join(folder, "cut.pcapng")
    made = runner.run("reproduce", "--from", path, "--finding", finding["number"], *options, "-w", to)
    said = re.match(r"(\S+) \[(\w+)\]: (\d+) of (\d+) frames? show", made.text()) if made.status == 0 else None
    if not runner.check("%s: is cut" % title, said and said.group(1) == finding["condition"], made.err.decode() or made.text()):
        return
    count = int(said.group(3))
    runner.check("%s: shown by %d of %s frames" % (title, count, said.group(4)), any(key(one) == key(finding) for one in findings(options, to)))
    if count > FEW or shutil.which("editcap") is None:
        return
    less = os.path.join(folder, "less.pcapng")
    still = []
    for frame in range(1, count + 1 if count > 1 else 1):
        without(to, frame, less)
        if any(same(one, finding) for one in findings(options, less)):
            still.append(frame)
    runner.equal("%s: gone without any one frame" % title, still, [])


def refusals(folder):
    to = os.path.join(folder, "refused.pcapng")
    loss = os.path.join(captures_list.FOLDER, "loss.pcap")
    for words in (["--from", loss], ["--from", loss, "--finding", "0"], ["--from", loss, "--finding", "99"], ["--from", "-", "--finding", "1"],
                  ["--finding", "1"], ["--receiver", "10.0.0.1", "--condition", "loss"], ["--from", loss, "--finding", "1", "--condition", "loss"],
                  ["--from", os.path.join(folder, "absent"), "--finding", "1"], ["--from", loss, "--finding", "1", "-s", loss]):
        done = runner.run("reproduce", *words, "-w", to)
        runner.check("refused: %s" % " ".join(words).replace(folder, ""), done.status == 2 and done.err and not os.path.exists(to), done.err.decode())
    runner.equal("the capture itself is not written over", runner.run("reproduce", "--from", loss, "--finding", "1", "-w", loss).status, 2)


def kept(folder):
    """Times, link type, interface and comments stay; the same call gives the same bytes."""
    extract, first, second = (os.path.join(folder, name) for name in ("extract.pcapng", "first.pcapng", "second.pcapng"))
    name = "peerkill.pcap"
    options, path = captures_list.options(captures_list.entries()[name]), os.path.join(captures_list.FOLDER, name)
    runner.run("read", *options, "--extract", "-w", extract, path)
    numbers = [one["number"] for one in findings(options, extract) if one["condition"] == "unknown-spi"]
    for to in (first, second):
        runner.run("reproduce", "--from", extract, "--finding", numbers[0], *options, "-w", to)
    with open(first, "rb") as one, open(second, "rb") as other:
        runner.check("%s: the same bytes again" % name, one.read() == other.read())
    if shutil.which("tshark") is None:
        return
    fields = ["-T", "fields", "-e", "frame.time_epoch", "-e", "frame.encap_type", "-e", "frame.len", "-e", "frame.comment"]
    before, after = (subprocess.run(["tshark", "-r", one, *fields], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout.decode().splitlines()
                     for one in (extract, first))
    runner.check("%s: times, link type and comments are kept" % name, after and all(any(line.startswith(old) for old in before) for line in after), after)


def main():
    for tool in ("editcap", "tshark"):
        if shutil.which(tool) is None:
            runner.skip("a part of the checks", "there is no %s" % tool)
    if runner.shared("corpora") is None:
        runner.skip("corpora", "%s/corpora is not there" % runner.SHARED)
    with tempfile.TemporaryDirectory() as folder:
        for kind in (captures_list.inputs, captures_list.ike_sessions, captures_list.receivers, captures_list.corpora):
            for name, (*options, path) in kind():
                for finding in findings(options, path)[:PER_CAPTURE]:
                    cut(name, options, path, finding, folder)
        refusals(folder)
        kept(folder)


main()
runner.finish()
