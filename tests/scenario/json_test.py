"""json: every record keeps its contract, the same run gives the same bytes, and no key ever shows."""
import json
import os
import re

import runner
import schema

SCHEMA = schema.Schema("docs/schema.json")
RECEIVERS = ["--receiver", "10.77.0.0/24", "--receiver", "fd77::/64"]
KEYS = re.compile(r"(?:0x|0X)([0-9a-fA-F]{8,})|^\s*[EA]: \S+\s+((?:[0-9a-f]{2,8} ?)+)$", re.M)


def found(*path):
    folder = runner.shared(*path)
    return sorted(os.path.join(folder, name) for name in os.listdir(folder)) if folder else []


def runs():
    """Name, SA files, captures: one of every kind of shared data."""
    for path in found("oracle"):
        if path.endswith(".pcap"):
            group = path[:-len(".pcap")]
            yield "oracle " + os.path.basename(group), [p for p in (group + ".state.txt", group + ".monitor.txt") if os.path.exists(p)], [path]
    for folder in found("scenarios"):
        if os.path.isdir(folder):
            texts = [os.path.join(folder, *p) for p in (("keysA", "esp_sa"), ("xfrmA-end.txt",), ("xfrmB-end.txt",))]
            yield "session " + os.path.basename(folder), [p for p in texts if os.path.exists(p)], [os.path.join(folder, "t.pcap")]
    for folder in found("kernel-traffic"):
        if os.path.isdir(folder):
            texts = [os.path.join(folder, name) for name in ("xfrmA.txt", "xfrmB.txt", "esp_sa")]
            yield "kernel " + os.path.basename(folder), [p for p in texts if os.path.exists(p)], [os.path.join(folder, "t.pcap")]
    for path in found("corpora"):
        if path.endswith((".pcap", ".pcapng", ".cap")):
            keys = path.rsplit(".", 1)[0] + ".setkey"
            yield "corpus " + os.path.basename(path), [keys] if os.path.exists(keys) else [], [path]


def keys_in(paths):
    """Every key of the SA files, as bytes: hex words of 8 bytes or more, of setkey's lines joined."""
    keys = set()
    for path in paths:
        with open(path, encoding="utf-8", errors="replace") as file:
            for one, other in KEYS.findall(file.read()):
                digits = (one or other).replace(" ", "")
                if len(digits) >= 16 and len(digits) % 2 == 0:
                    keys.add(bytes.fromhex(digits))
    return keys


def shows_key(keys, *outputs):
    """The first key that is in an output: hex in either case, with blanks or colons, or raw; also a key without its salt."""
    for output in outputs:
        lower = output.lower()
        squeezed = re.sub(rb"[ :,-]", b"", lower)
        for key in keys:
            for part in {key, key[:-4] if len(key) % 8 == 4 else key}:
                if part.hex().encode() in lower or part.hex().encode() in squeezed or part in output:
                    return part.hex()
    return None


def contract(name, result):
    bad = []
    records = result.records()
    for record in records:
        bad += SCHEMA.wrong(record)
    runner.check("%s: every record is as docs/schema.json says" % name, not bad and records, bad[:3])
    bad = [line for line in result.text().splitlines() if line != json.dumps(json.loads(line), separators=(",", ":"), ensure_ascii=False)
           and "\\u" not in line]
    runner.check("%s: compact JSON, a record a line, no member twice" % name, not bad, bad[:1])
    return records


def reading():
    kinds = set()
    for name, sas, captures in runs():
        words = [word for path in sas for word in ("-s", path)]
        command = ["read", "-f", "json", "--verdicts", *RECEIVERS, *words, *captures]
        result = runner.run(*command)
        records = contract(name, result)
        kinds |= {record["type"] for record in records}
        runner.check("%s: the summary comes last, and once" % name,
                     [record["type"] for record in records].index("summary") == len(records) - 1, [record["type"] for record in records][-3:])
        summary = records[-1]
        verdicts = [record["verdict"] for record in records if record["type"] == "verdict"]
        runner.equal("%s: the summary counts the verdicts" % name, summary["verdicts"], {v: verdicts.count(v) for v in sorted(set(verdicts), key=list(summary["verdicts"]).index)})
        severities = [record["severity"] for record in records if record["type"] == "finding"]
        runner.equal("%s: the summary counts the findings" % name, summary["findings"], {s: severities.count(s) for s in ("note", "warning", "error")})
        runner.equal("%s: the exit status follows the findings" % name, result.status, 1 if set(severities) & {"warning", "error"} else 0)
        again = runner.run(*command)
        runner.check("%s: the same bytes on a second run" % name, result.out == again.out and result.err == again.err)
        keys = keys_in(sas)
        if keys:
            text = runner.run("read", "-v", "--verdicts", *RECEIVERS, *words, *captures)
            listed, listed_json = runner.run("sa", *sas), runner.run("sa", "-f", "json", *sas)
            contract("sa: " + name, listed_json)
            shown = shows_key(keys, result.out, result.err, text.out, text.err, listed.out, listed.err, listed_json.out, listed_json.err)
            runner.check("%s: none of %d keys shows in any report" % (name, len(keys)), shown is None, shown)
            converted = runner.run("sa", "--to", "xfrm", *sas)
            runner.check("%s: sa --to does write them" % name, not converted.out or shows_key(keys, converted.out))
    if kinds:
        runner.equal("every kind of record was met", kinds, {"verdict", "finding", "sa", "summary"})
    else:
        runner.skip("records of real captures", "%s is not there" % runner.SHARED)


def explaining():
    kinds = {record["type"] for record in contract("explain", runner.run("explain", "-f", "json"))}
    kinds |= {record["type"] for record in contract("explain a name of web pages", runner.run("explain", "-f", "json", "ERROR_IPSEC_PROCESSING_ERROR"))}
    runner.equal("every kind of row was met", kinds, {"error", "counter", "condition", "invented"})


def the_schema_itself():
    """A wrong record is seen to be wrong."""
    record = {"type": "remark", "file": "f", "line": 1, "level": "note", "code": "x-y", "text": "t"}
    runner.equal("a right record is right", SCHEMA.wrong(record), [])
    for change in ({"line": "1"}, {"level": "fatal"}, {"code": "X Y"}, {"more": 1}, {"type": "nonsense"}, {"line": -1}, {"line": True}):
        runner.check("a record with %s is wrong" % change, SCHEMA.wrong({**record, **change}))
    runner.check("a record without a field is wrong", SCHEMA.wrong({key: record[key] for key in record if key != "file"}))


the_schema_itself()
explaining()
reading()
runner.finish()
