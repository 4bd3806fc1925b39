"""live_kernel: `esplain live -s kernel` on a host of a real kernel (tests/interop/live.sh): what it says and what xfrm_stat counts, one to one."""
import collections

import guests
import runner

HEALTHY = ("tunnel-esn", "transport", "udp", "ah", "tunnel6")
# What tests/interop/live.py sends: 5 SPIs that never were and 2 packets of one deleted; 4 wrong ICVs and 2 pad lengths; 5 replays, of which 2 of
# numbers that only the kernel had seen; 3 in UDP; 6 in clear.
INJECTED = {"XfrmInNoStates": 7, "XfrmInStateProtoError": 6, "XfrmInStateSeqError": 5, "XfrmInStateMismatch": 3, "XfrmInTmplMismatch": 6}
VERDICTS = {"unknown-spi": 7, "integrity-failed": 4, "trailer-invalid": 2, "wrong-encapsulation": 3, "clear-text": 6}


def healthy(result, records, phase):
    verdicts = [record for record in records if record["type"] == "verdict"]
    runner.equal(f"{phase}: the kernel refuses nothing", result["raised"], {})
    wrong = [record for record in verdicts if record["verdict"] != "accepted"]
    runner.check(f"{phase}: all accepted through rekeys", len(verdicts) > 500 and not wrong, f"{len(verdicts)} verdicts, {wrong[:2]}")
    found = [record for record in records if record["type"] in ("finding", "alert") and
             record.get("finding", record)["severity"] != "note"]
    runner.check(f"{phase}: nothing to warn of", not found and result["status"] == 0, str(found[:2]) + result["said"])
    spis = {record["spi"] for record in records if record["type"] == "sa" and record["origin"] == "kernel" and record["packets"]}
    runner.check(f"{phase}: all five SA pairs come from the kernel", len(spis) == 10, str(sorted(spis)))


def clock(result, records):
    """
    Somebody sets the clock by a day, back by two, to 1970 and right again, while the tunnel is rekeyed four times. The kernel sends on the SA with
    the latest time of addition, so after a step back it goes on with the old one until that is deleted: what is dropped then is dropped truly.
    """
    verdicts = [record for record in records if record["type"] == "verdict"]
    refused = [record for record in verdicts if record["verdict"] not in ("accepted", "unjudged")]
    counted = collections.Counter(record["linux"] for record in refused)
    raised = result["raised"]  # in the moment in which an SA ends packets are left in doubt
    runner.check("clock: no drop is claimed that the kernel does not count", all(count <= raised.get(name, 0) for name, count in counted.items()),
                 f"{dict(counted)}, {raised}")
    runner.check("clock: and few are missed", sum(counted.values()) >= sum(raised.values()) / 2, f"{dict(counted)}, {raised}")
    runner.check("clock: most are accepted, and only SAs that were deleted a moment ago are missed",
                 len(verdicts) - len(refused) > 500 and {record["cause"] for record in refused} <= {"sa-deleted"}, str(refused[:2]))
    found = [record for record in records if record["type"] == "finding" and record["severity"] != "note"]
    runner.check("clock: nothing to warn of", not found and result["status"] == 0, str(found[:2]) + result["said"])
    runner.equal("clock: each setting is said", result["said"].count("the clock was set "), 4)
    spans = [record["facts"].get("last_after_end_ns", 0) for record in records if record["type"] == "finding" and record["condition"] == "unknown-spi"]
    runner.check("clock: and no span is wrong by it", all(0 <= span < 10**9 for span in spans), str(spans))


def injected(result, records):
    verdicts = [record for record in records if record["type"] == "verdict"]
    counted = collections.Counter(record["linux"] for record in verdicts if record["linux"])
    names = collections.Counter(record["verdict"] for record in verdicts)
    runner.equal("injected: the kernel counts what was sent", result["raised"], INJECTED)
    runner.equal("injected: esplain's verdicts and xfrm_stat agree one to one", dict(counted), result["raised"])
    for name, count in VERDICTS.items():
        runner.equal(f"injected: {name}", names[name], count)
    runner.equal("injected: replays, also of what only the kernel's window knew", names["replayed"] + names["too-old"], 5)
    for name, count in INJECTED.items():
        runner.check(f"injected: said of {name}", f"{name} rose by {count}, each explained by a captured packet" in result["said"], result["said"])
    runner.equal("injected: the exit status tells of findings", result["status"], 1)


with guests.Live("live beside a kernel", "healthy", "injected", "clock") as live:
    if live:
        for name in HEALTHY:
            healthy(*live.load(name), name)
        injected(*live.load("injected"))
        clock(*live.load("clock"))
runner.finish()
