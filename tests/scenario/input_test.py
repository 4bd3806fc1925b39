"""input: bad files, odd files, bad options, a reader that goes away: a clear message with place and reason, and the right exit status."""
import gzip
import os
import re
import shutil
import struct
import subprocess
import tempfile

import pcap
import runner

A, B = "192.0.2.1", "192.0.2.2"
SA_LINE = '"IPv4","192.0.2.1","192.0.2.2","0x00001001","NULL","","NULL",""\n'


def packets(count, spi=0x1001, first=1):
    return [pcap.ip4(A, B, 50, pcap.esp(spi, first + i, bytes(range(1, 93)) + bytes([i & 255]) * 8)) for i in range(count)]


def printable(name, result):
    """No byte that a terminal obeys."""
    for where, data in (("standard output", result.out), ("standard error", result.err)):
        found = re.search(rb"[\x00-\x08\x0b-\x1f\x7f]|\xc2[\x80-\x9f]", data)
        runner.check("%s: %s is printable" % (name, where), not found, repr(found and data[max(0, found.start() - 20):found.end() + 20]))


def unreadable(name, result, *reasons):
    """Exit 2, nothing on standard output, one line that names the reason."""
    runner.equal("%s: exit status" % name, result.status, 2)
    runner.equal("%s: no report" % name, result.out, b"")
    runner.check("%s: one message line" % name, result.err.startswith(b"esplain: ") and result.err.count(b"\n") == 1, result.err)
    for reason in reasons:
        runner.check("%s: says %r" % (name, reason), reason.encode() in result.err, result.err)
    printable(name, result)


def not_captures(folder):
    def made(name, data):
        path = os.path.join(folder, name)
        with open(path, "wb") as file:
            file.write(data)
        return path
    unreadable("an empty file", runner.run("read", made("empty.pcap", b"")), "empty.pcap: empty")
    unreadable("a text file", runner.run("read", made("notes.txt", b"hello world\n" * 20)), "notes.txt: text")
    unreadable("random bytes", runner.run("read", made("random", bytes(i * 37 & 255 for i in range(999)))), "random: ")
    unreadable("a directory", runner.run("read", folder), "directory")
    unreadable("a missing file", runner.run("read", os.path.join(folder, "missing.pcap")), "missing.pcap: No such file or directory")
    unreadable("the header of a capture, cut", runner.run("read", made("half.pcap", pcap.header()[:17])), "half.pcap: ")
    unreadable("an SA file given as a capture", runner.run("read", made("sa.txt", SA_LINE.encode())), "sa.txt: ")
    unreadable("an empty standard input", runner.run("read", "-"), "empty")
    result = runner.run("read", made("huge.pcap", pcap.header() + struct.pack("<IIII", 0, 0, 3 * 10**9, 3 * 10**9) + b"x" * 60))
    runner.equal("a first record of 3 GB: exit status", result.status, 2)
    runner.check("a first record of 3 GB: place and size", b"record 1 at byte 24 claims 3000000000 bytes" in result.err, result.err)
    if os.geteuid() == 0:
        runner.skip("a file without permission", "root may read everything")
    else:
        path = made("secret.pcap", pcap.build(packets(1)))
        os.chmod(path, 0)
        unreadable("a file without permission", runner.run("read", path), "secret.pcap: Permission denied")


def damaged(folder):
    whole = pcap.build(packets(10))
    for name, data, place in (("cut in a record", whole[:-30], "record 10"),
                              ("cut in a record's header", whole[:-140], "record 10"),
                              ("a later record of 3 GB", whole + struct.pack("<IIII", 0, 0, 3 * 10**9, 3 * 10**9), "record 11"),
                              ("a later record longer than its packet", whole + struct.pack("<IIII", 0, 0, 2**31, 60), "record 11")):
        path = os.path.join(folder, "damaged.pcap")
        with open(path, "wb") as file:
            file.write(data)
        result = runner.run("read", "-f", "json", "--receiver", B, path)
        summary = result.record("summary")
        good = 9 if place == "record 10" else 10
        runner.equal("%s: what was good is analysed" % name, (summary["frames"], summary["esp"]), (good, good))
        runner.check("%s: the summary says that it is damaged and where" % name, summary["damaged"] and place in summary["damaged"], summary["damaged"])
        runner.check("%s: so does a message" % name, place.encode() in result.err and result.err.count(b"\n") == 1, result.err)
        runner.equal("%s: the findings decide the exit status" % name, result.status, 1)


def sa_files(folder):
    capture = pcap.write(os.path.join(folder, "good.pcap"), packets(3))
    path = os.path.join(folder, "sas")
    with open(path, "w", encoding="utf-8") as file:
        file.write(SA_LINE + '"IPv4","192.0.2.1","192.0.2.2","0xzzzz","NULL","","NULL",""\n' + SA_LINE.replace("1001", "1002"))
    result = runner.run("read", "-f", "json", "--fail-on", "error", "-s", path, capture)  # NULL without an ICV deserves a warning
    runner.check("an SA file with a wrong line: file and line are named", b"sas:2: " in result.err, result.err)
    runner.equal("an SA file with a wrong line: the good lines count", result.record("summary")["verdicts"], {"accepted": 3})
    runner.equal("an SA file with a wrong line: exit status", result.status, 0)
    listed = runner.run("sa", "-f", "json", path)
    runner.equal("sa: the wrong line is a remark", [(r["line"], r["level"]) for r in listed.records("remark") if r["line"] == 2], [(2, "error")])
    runner.equal("sa: the good lines are listed", [r["spi"] for r in listed.records("definition")], ["0x00001001", "0x00001002"])
    runner.equal("sa: a wrong line makes exit status 1", listed.status, 1)
    for name, words in (("missing", ["-s", os.path.join(folder, "none")]), ("a directory", ["-s", folder]), ("a capture", ["-s", capture])):
        result = runner.run("read", *words, capture)
        runner.check("an SA file that is %s: exit 2 and a reason" % name, result.status == 2 and result.err.startswith(b"esplain: ") and not result.out, result.err)
        printable("an SA file that is %s" % name, result)
    with open(path, "wb") as file:
        file.write(SA_LINE.encode() + b'"IPv4","\x1b[31m\xc2\x9b","192.0.2.2","0x1003","\x1b]0;evil\x07","0x00","NULL",""\n')
    printable("an SA file with escape sequences", runner.run("read", "-s", path, capture))
    printable("sa on a file with escape sequences", runner.run("sa", path))
    printable("sa -f json on a file with escape sequences", runner.run("sa", "-f", "json", path))


def several(folder):
    one = pcap.write(os.path.join(folder, "one.pcap"), packets(3))
    two = pcap.write(os.path.join(folder, "two.pcap"), packets(3, first=4), start=1700000001 * 10**9)
    result = runner.run("read", "-f", "json", "--verdicts", "--receiver", B, one, two)
    runner.equal("two files: frames are numbered within each", [(os.path.basename(v["file"]), v["frame"]) for v in result.records("verdict")],
                 [("one.pcap", 1), ("one.pcap", 2), ("one.pcap", 3), ("two.pcap", 1), ("two.pcap", 2), ("two.pcap", 3)])
    finding = next(f for f in result.records("finding") if f["condition"] == "unknown-spi")
    runner.equal("two files: one finding over both", (finding["count"], os.path.basename(finding["first"]["file"]), os.path.basename(finding["last"]["file"])),
                 (6, "one.pcap", "two.pcap"))
    runner.equal("two files: one sequence", [(sa["lost"], sa["packets"]) for sa in result.records("sa")], [(0, 6)])
    result = runner.run("read", "-f", "json", one, os.path.join(folder, "missing.pcap"), two)
    runner.equal("one of three files is missing: the others are analysed", result.record("summary")["frames"], 6)
    runner.check("one of three files is missing: it is named", b"missing.pcap: No such file" in result.err, result.err)
    runner.equal("one of three files is missing: exit status", result.status, 2)
    evil = pcap.write(os.path.join(folder, "evil\x1b[2J\n\x9b.pcap"), packets(2))
    for options in ((), ("-f", "json"), ("--verdicts",)):
        printable("a file name with escape sequences %s" % (options,), runner.run("read", *options, "--receiver", B, one, evil))
    missing = runner.run("read", os.path.join(folder, "gone\x1b[2J\n.pcap"))
    printable("a missing file with escape sequences", missing)
    runner.equal("a missing file with escape sequences: one line", missing.err.count(b"\n"), 1)


def packed(folder):
    data = pcap.build(packets(5))
    plain = runner.run("read", "-f", "json", "--receiver", B, pcap.write(os.path.join(folder, "plain.pcap"), packets(5))).text()
    def same(name, result):
        text = re.sub(r'"file":"[^"]*"', '"file":"F"', result.text())
        runner.equal("%s: the report is that of the plain file" % name, text, re.sub(r'"file":"[^"]*"', '"file":"F"', plain))
    path = os.path.join(folder, "packed")
    with open(path, "wb") as file:
        file.write(gzip.compress(data, mtime=0))
    same("gzip", runner.run("read", "-f", "json", "--receiver", B, path))
    same("standard input", runner.run("read", "-f", "json", "--receiver", B, "-", stdin=data))
    same("gzip on standard input", runner.run("read", "-f", "json", "--receiver", B, "-", stdin=gzip.compress(data)))
    cut = runner.run("read", "-f", "json", "--receiver", B, "-", stdin=gzip.compress(pcap.build(packets(2000)))[:-100])
    runner.check("gzip that is cut: the good part and a message", cut.record("summary")["frames"] > 0 and b"damaged" in cut.err, cut.err)
    if shutil.which("zstd"):
        squeezed = subprocess.run(["zstd", "-c"], input=data, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout
        same("zstd on standard input", runner.run("read", "-f", "json", "--receiver", B, "-", stdin=squeezed))
    else:
        runner.skip("zstd", "the zstd program is not installed")


def options(folder):
    capture = pcap.write(os.path.join(folder, "options.pcap"), packets(4) + [pcap.ip4(B, A, 50, pcap.esp(0x2002, 1))])
    def summary(*words):
        return runner.run("read", "-f", "json", *words, capture)
    runner.equal("-c 2: frames", summary("-c", "2").record("summary")["frames"], 2)
    runner.equal("--filter: frames", summary("--filter", "src 192.0.2.2").record("summary")["frames"], 1)
    numbers = [v["frame"] for v in runner.run("read", "-f", "json", "--verdicts", "--filter", "src 192.0.2.2", capture).records("verdict")]
    runner.equal("--filter: frames keep their numbers in the file", numbers, [5])
    runner.equal("--fail-on error with an error", summary("--receiver", B, "--fail-on", "error").status, 1)
    runner.equal("--mute takes the condition out", ({f["condition"] for f in summary("--receiver", B, "--mute", "unknown-spi").records("finding")} & {"unknown-spi"},
                                                    summary("--receiver", B, "--mute", "unknown-spi").status), (set(), 0))
    runner.equal("--no-receiver: nothing is judged", summary("--no-receiver", "--receiver", B).record("summary")["verdicts"], {"unjudged": 5})
    runner.equal("-q -f json: no SA records", summary("-q").records("sa"), [])
    runner.equal("-q: one line", runner.run("read", "-q", capture).out.count(b"\n"), 1)
    path = os.path.join(folder, "report")
    direct = summary("--receiver", B)
    result = summary("--receiver", B, "-o", path)
    with open(path, "rb") as file:
        runner.equal("-o: the results go there, the exit status stays", (file.read(), result.out, result.status), (direct.out, b"", 1))
    runner.check("--color always colours", b"\x1b[" in runner.run("read", "--color", "always", capture).out)
    runner.check("--color never and no terminal do not", b"\x1b[" not in runner.run("read", "--color", "never", capture).out + runner.run("read", capture).out)
    for words in (["--window", "0"], ["--window", "-1"], ["--window", "12x"], ["--window", "99999999999999999999"], ["-f", "xml"], ["--fail-on", "fatal"],
                  ["--mute", "nosuch"], ["-c", "0"], ["-c", "x"], ["--color", "red"], ["--progress", "x"], ["--receiver", "host"],
                  ["--receiver", "192.0.2.0/33"], ["--receiver", "2001:db8::/129"], ["--receiver", ""], ["--filter", "esp ("]):
        unreadable("wrong value %s" % " ".join(words), runner.run("read", *words, capture))
    for words in (["read"], ["read", "--bogus", capture], ["read", "-s"], ["sa"], ["sa", "--to", "html", capture], ["explain", "-f", "xml"], ["nosuch"], []):
        result = runner.run(*words)
        runner.check("wrong usage %s: exit 2, help on standard error" % words, result.status == 2 and result.err and not result.out, (result.status, result.out))
    for words in (["--help"], ["help"], ["read", "--help"], ["sa", "-h"], ["explain", "--help"], ["--version"]):
        result = runner.run(*words)
        runner.check("%s: exit 0, on standard output" % words, result.status == 0 and result.out and not result.err, (result.status, result.err))


def results_elsewhere(folder):
    """-o writes over nothing that the same run reads."""
    capture = os.path.join(folder, "peerkill.pcap")
    history = os.path.join(folder, "history.txt")
    log = os.path.join(folder, "drops.log")
    for path, name in ((capture, "peerkill.pcap"), (history, "peerkill.monitor.txt"), (log, "peerkill.log")):
        shutil.copy(os.path.join("captures", name), path)
    for words in (["read", "-o", capture, capture], ["read", "-s", history, "-o", history, capture], ["sa", "-o", history, history],
                  ["log", "-o", log, log], ["log", "-r", capture, "-o", capture, log]):
        target = words[words.index("-o") + 1]
        with open(target, "rb") as file:
            before = file.read()
        result = runner.run(*words)
        with open(target, "rb") as file:
            same = file.read() == before
        runner.check("%s -o over what it reads" % words[0], result.status == 2 and b"not written over" in result.err and same, (words, result.err))


def readers_that_leave(folder):
    many = pcap.write(os.path.join(folder, "many.pcap"), packets(20000))
    done = subprocess.run('"%s" read --verdicts "%s" | head -1; echo "${PIPESTATUS[0]}"' % (runner.ESPLAIN, many), shell=True, executable="/bin/bash",
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=60)
    lines = done.stdout.decode().splitlines()
    runner.check("a closed pipe: no message, exit 2, no signal", lines[-1] == "2" and done.stderr == b"", (lines[-1:], done.stderr))
    for words in (["read", "--verdicts", many], ["explain"], ["read", many], ["sa", "-o", "/dev/full", many]):
        with open("/dev/full", "wb") as full:
            done = subprocess.run([runner.ESPLAIN, *words], stdout=full, stderr=subprocess.PIPE, timeout=60)
        runner.check("a full disk: %s" % words[0], done.returncode == 2 and done.stderr.startswith(b"esplain: "), (done.returncode, done.stderr))
    done = runner.run("read", "-o", "/dev/full", many)
    runner.check("a full disk behind -o", done.status == 2 and b"/dev/full: No space left on device" in done.err, done.err)
    unreadable("-o into no folder", runner.run("read", "-o", os.path.join(folder, "none", "x"), many), "No such file or directory")


for part in (not_captures, damaged, sa_files, several, packed, options, results_elsewhere, readers_that_leave):
    with tempfile.TemporaryDirectory() as folder:
        part(folder)
runner.finish()
