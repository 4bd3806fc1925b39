"""reproduce: the closed loop: what reproduce writes for a row, read with the same SAs, gives that condition, that code and nothing else of warning or above.
Every condition has a row or the reason why it has none."""
import os
import tempfile

import runner

LEVELS = ("warning", "error")


def options(row):
    arguments = ["--condition", row["condition"]]
    return arguments + (["--cause", row["cause"]] if row["cause"] else [])


def loop(folder, number, row, conditions, *more):
    name = " ".join(filter(None, [row["condition"], row["cause"], *more]))
    path = os.path.join(folder, "%d.pcapng" % number)
    made = runner.run("reproduce", *options(row), *more, "-w", path)
    if not runner.equal("%s: made" % name, (made.status, made.err), (0, b"")):
        return
    # what it says is how it is read
    words = made.text().splitlines()[-1].split("esplain ", 1)[1].split()
    read = runner.run(*words[:1], "-f", "json", *words[1:])
    found = read.records("finding")
    any_cause = row["cause"] is None or row["way"]
    mine = [one for one in found if one["condition"] == row["condition"] and (any_cause or (one["cause"] or {}).get("name") == row["cause"])]
    shown = [(one["condition"], (one["cause"] or {}).get("name"), one["severity"]) for one in found]
    if runner.check("%s: is found" % name, mine, "%s" % shown):
        wanted = conditions[row["condition"]]
        if not row["way"]:  # whose codes are in reproduce_ike_test.py
            runner.equal("%s: its code" % name, (mine[0]["error"] or {}).get("code"), (wanted["error"] or {}).get("code"))
    allowed = {row["condition"], *(row["also"] or "").split(",")}
    others = [one for one in shown if one[2] in LEVELS and one[0] not in allowed]
    runner.check("%s: nothing else" % name, not others and b": error: " not in read.err, "%s %s" % (others, read.err))


def main():
    rows = runner.run("reproduce", "--list", "-f", "json").records("recipe")
    conditions = {one["name"]: one for one in runner.run("explain", "-f", "json").records("condition")}
    for name in conditions:
        runner.check("%s: has a row" % name, any(row["condition"] == name for row in rows))
    for row in rows:
        runner.check("%s: is a condition" % row["condition"], row["condition"] in conditions)
        runner.check("%s: says what, or why not" % row["condition"], row["what"] if row["possible"] else row["why"])
    with tempfile.TemporaryDirectory() as folder:
        number = 0
        for row in rows:
            if not row["possible"]:
                continue
            number += 1
            loop(folder, number, row, conditions)
        again = os.path.join(folder, "again.pcapng")
        runner.run("reproduce", "--condition", "replayed", "-w", again)
        first = open(again, "rb").read()
        runner.run("reproduce", "--condition", "replayed", "-w", again)
        runner.check("the same options give the same bytes", first == open(again, "rb").read())
        given = runner.run("reproduce", "--condition", "integrity-failed", "--cause", "corrupt-packet", "-s", again + ".sa.txt", "-w", os.path.join(folder, "given.pcapng"))
        read = runner.run("read", "-f", "json", "-s", again + ".sa.txt", os.path.join(folder, "given.pcapng"))
        runner.equal("with the keys of a given SA", (given.status, [one["condition"] for one in read.records("finding")]), (0, ["integrity-failed"]))
    for words in (["--condition", "nothing"], ["--condition", "capture-dropped"], ["--condition", "loss", "--src", "x"], ["--spi", "x"], []):
        runner.equal("refused: %s" % " ".join(words), runner.run("reproduce", *words, "-w", "/dev/null").status, 2)


main()
runner.finish()
