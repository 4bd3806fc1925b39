"""captures: every capture of captures/ finds exactly what the MANIFEST says; nothing is in the folder that it does not name."""
import os

import runner
from captures_list import FOLDER, entries, options


def told(name, fields):
    """The reports of its logs, and what the capture holds of them."""
    for log in fields.get("log", []):
        result = runner.run("log", "-f", "json", "-r", os.path.join(FOLDER, name), *options(fields), os.path.join(FOLDER, log))
        tells = ["%s %s %s %d %d" % (r["event"], r["matched"]["verdict"], r["matched"]["cause"], r["matched"]["frames"][0]["frame"], r["matched"]["packets"])
                 for r in result.records("report") if r["matched"]]
        runner.equal("%s: %s" % (name, log), tells, fields["tells"])
        offsets = [abs(r["matched"]["clock_offset"]) for r in result.records("report") if r["matched"]]
        runner.check("%s: %s has the capture's clock, to the millisecond" % (name, log), all(offset < 0.001 for offset in offsets), offsets)


def main():
    listed = entries()
    used = {"MANIFEST"} | set(listed)
    for name, fields in listed.items():
        used |= {word for word in fields["read"][0].split() if word.endswith(".txt")}
        used |= set(fields.get("log", []))
        told(name, fields)
        runner.check("%s: has an origin and says what it shows" % name, all(len(fields[word][0]) > 10 for word in ("origin", "shows")))
        result = runner.run("read", "-f", "json", *options(fields), os.path.join(FOLDER, name))
        finds = sorted("%s %s %s %s %d" % (f["severity"], f["certainty"], f["condition"], f["cause"]["name"] if f["cause"] else "-", f["count"])
                       for f in result.records("finding"))
        runner.equal("%s: findings" % name, finds, sorted(fields.get("finds", [])))
        runner.equal("%s: exit status" % name, result.status, int(fields["exit"][0]))
        runner.equal("%s: no message" % name, result.err, b"")
    runner.equal("every file of captures/ is in the MANIFEST, and the reverse", sorted(os.listdir(FOLDER)), sorted(used))
    size = sum(os.path.getsize(os.path.join(FOLDER, name)) for name in os.listdir(FOLDER))
    runner.check("captures/ stays small", size < 500000, "%d bytes" % size)


main()
runner.finish()
