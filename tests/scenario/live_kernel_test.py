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


with guests.Live("live beside a kernel", "healthy", "injected") as live:
    if live:
        for name in HEALTHY:
            healthy(*live.load(name), name)
        injected(*live.load("injected"))
runner.finish()
