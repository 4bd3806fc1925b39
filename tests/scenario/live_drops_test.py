"""live_drops: `esplain live -s kernel` in the guest kernel (tests/interop/live.py) where counting is not simple: drops that no capture shows, refusals that the
kernel does not count, policies that change, announcements that are lost, keys that the kernel does not show."""
import collections
import shutil

import guests
import runner
import schema

SCHEMA = schema.Schema("docs/schema.json")


def of_kind(records, kind):
    return [record for record in records if record["type"] == kind]


def unseen_findings(records):
    return {record["linux"]: record for record in of_kind(records, "finding") if record["condition"] == "kernel-drop-unseen"}


def verdicts_of(records):
    return collections.Counter((record["verdict"], record["cause"]) for record in of_kind(records, "verdict"))


def as_schema(phase, records):
    wrong = [why for record in records for why in SCHEMA.wrong(record)]
    runner.equal(f"{phase}: records as the schema has them", wrong[:3], [])


def unseen(result, records):
    """3 drops on a cable that is not captured and 2 before they were sent, beside 4 that are seen."""
    found = unseen_findings(records)
    runner.equal("unseen: the kernel counts what was sent", result["raised"], {"XfrmInNoStates": 7, "XfrmOutNoStates": 2})
    runner.equal("unseen: what was seen is a verdict each", verdicts_of(records), {("unknown-spi", "unexplained"): 4})
    runner.equal("unseen: the others are told by counter", {name: (record["count"], record["facts"]["rose"], record["facts"]["explained"])
                                                            for name, record in found.items()},
                 {"XfrmInNoStates": (3, 7, 4), "XfrmOutNoStates": (2, 2, 0)})
    runner.equal("unseen: the counter is certain; a tunnel that may be coming up is a note",
                 {name: (record["certainty"], record["severity"]) for name, record in found.items()},
                 {"XfrmInNoStates": ("certain", "warning"), "XfrmOutNoStates": ("certain", "note")})
    told = [record["finding"]["linux"] for record in of_kind(records, "alert") if record["new"] and record["finding"]["condition"] == "kernel-drop-unseen"]
    runner.equal("unseen: told while it runs, as something new once", sorted(told), ["XfrmInNoStates", "XfrmOutNoStates"])
    for name, count in (("XfrmInNoStates", 3), ("XfrmOutNoStates", 2), ("XfrmInStateProtoError", 0)):
        runner.check(f"unseen: metrics of {name}", 'esplain_kernel_xfrm_unseen_total{counter="%s"} %d\n' % (name, count) in result["metrics"])
    runner.check("unseen: said at the end", "XfrmInNoStates rose by 7, 4 explained by captured packets, 3 explained by none" in result["said"], result["said"])
    as_schema("unseen", records)


def not_counted(result, records):
    runner.equal("not-counted: the kernel counts nothing", result["raised"], {})
    runner.equal("not-counted: left unjudged, with the cause", verdicts_of(records), {("unjudged", "not-counted"): 5})
    runner.check("not-counted: no finding, and said", result["status"] == 0 and not of_kind(records, "finding") and "5 packets" in result["said"], result["said"])


def policies(result, records):
    """Clear packets are refused while a policy is there, by the kernel and by esplain, and around each change neither says too much."""
    raised = result["raised"].get("XfrmInTmplMismatch", 0)
    names = verdicts_of(records)
    runner.equal("policies: the kernel refuses for this reason alone", sorted(result["raised"]), ["XfrmInTmplMismatch"])
    clear = names[("clear-text", None)]
    runner.check("policies: so does esplain, but for some at the changes", 0 < clear <= raised, f"{clear} of {raised}")
    others = {key: count for key, count in names.items() if key[0] not in ("clear-text", "accepted", "unjudged")}
    runner.equal("policies: nothing else is refused", others, {})
    conditions = {record["condition"] for record in of_kind(records, "finding")}
    runner.check("policies: no drop is unseen, and changing the filter lost nothing (unless the machine is too slow for the capture, which is said)",
                 not conditions & {"kernel-drop-unseen", "loss"} or "capture-dropped" in conditions,
                 [result["said"]] + [record["explanation"] for record in of_kind(records, "finding") if record["condition"] in ("kernel-drop-unseen", "loss")])


def overrun(result, records):
    table = [line.split() for line in result["netlink"].splitlines()]
    drops = max(int(row[table[0].index("Drops")]) for row in table[1:] if row[2] == str(result["pid"]))
    runner.check("overrun: the socket lost announcements", drops > 0, result["netlink"])
    runner.equal("overrun: as an ordinary user that may ask the kernel and nothing else, under a filter of system calls",
                 (result["state"]["Uid"][0] != "0", result["state"]["CapEff"], result["state"]["Seccomp"]), (True, ["0000000000001000"], ["2"]))
    names = verdicts_of(records)
    runner.check("overrun: the table is right afterwards: new SAs are known, and one that went is gone",
                 names.pop(("accepted", None)) > 50 and names == {("unknown-spi", "sa-deleted"): 3}, names)
    runner.equal("overrun: no drop is unseen", sorted(unseen_findings(records)), [])


def redacted(result, records):
    runner.equal("redacted: the kernel counts what was sent", result["raised"], {"XfrmInNoStates": 3, "XfrmInStateProtoError": 2})
    runner.check("redacted: said", "shows no keys" in result["said"], result["said"])
    names = verdicts_of(records)
    runner.check("redacted: what needs no key is judged", names.pop(("accepted", None)) > 50 and names == {("unknown-spi", "unexplained"): 3}, names)
    found = unseen_findings(records)
    runner.equal("redacted: wrong ICVs are told by the kernel's counter", {name: record["count"] for name, record in found.items()}, {"XfrmInStateProtoError": 2})
    runner.check("redacted: and that captured packets may be why", all(record["facts"]["undecided"] >= 2 and "no keys" in record["explanation"]
                                                                       for record in found.values()), found)


def top(pictures):
    """What the view shows while counters rise: at 80 columns, and after a change of size."""
    runner.check("top: nothing rose: no line of the kernel", not any("Xfrm" in line for line in pictures["quiet"]), pictures["quiet"])
    wanted = "Kernel's Xfrm: +3 OutNoStates (3 unseen), +4 InNoStates, +2 InStateProtoError"
    for name, columns, rows in (("risen", 80, 24), ("60x15", 60, 15), ("120x40", 120, 40)):
        picture = pictures[name]
        runner.equal(f"top: {columns}x{rows}: what is unseen comes first", [line for line in picture if "Kernel" in line], [wanted[:columns].rstrip()])
        runner.check(f"top: {columns}x{rows}: the finding names its counter", columns < 80 or
                     any(line.startswith("note") and "kernel-drop-unseen" in line and line.endswith("XfrmOutNoStates") for line in picture), picture)
        runner.check(f"top: {columns}x{rows}: lines and rows fit", len(picture) == rows and all(len(line) <= columns for line in picture), picture)
    runner.check("top: the report follows", any("kernel-drop-unseen, certain" in line for line in pictures["ended"]), pictures["ended"])


with guests.Live("drops beside a kernel", "unseen", "not-counted", "policies", "overrun", "redacted") as live:
    if live:
        for name, judge in (("unseen", unseen), ("not-counted", not_counted), ("policies", policies), ("overrun", overrun), ("redacted", redacted)):
            judge(*live.load(name))
if shutil.which("tmux"):
    with guests.Live("the view beside a kernel", "top") as live:
        if live:
            top(live.load("top")[0])
else:
    runner.skip("the view beside a kernel", "tmux is not installed")
runner.finish()
