"""lint: the rules of the house that a compiler does not know. Prints `ok - RULE` or `not ok - RULE: FILE:LINE: why`, one a violation.

Rules are data where they can be: includes.txt, doors.txt, banned.txt, globals.txt beside this file. A function here is one rule; it yields
(file, line, why) and knows nothing of how that is printed.
"""
import fnmatch
import json
import os
import re
import subprocess
import sys

HERE = os.path.dirname(os.path.abspath(__file__))
LINES_MAX = 450
TEXT = (".c", ".h", ".inc", ".py", ".sh", ".md", ".txt", ".mk", ".1", ".bash")
MARKS = re.compile(r"\b(TOD[O]|FIXM[E]|XX[X]|HAC[K])\b")
# Written so that this line does not match itself.
MACHINE = re.compile(r"(?<![\w.])/(wor[k]|roo[t])/|/tmp/bas[h]")
INCLUDE = re.compile(r'^\s*#\s*include\s*([<"])([^>"]+)[>"]')


def table(name):
    """The rows of a data file, split into words; comments left out."""
    with open(os.path.join(HERE, name), encoding="utf-8") as file:
        return [line.split() for line in file if line.strip() and not line.startswith("#")]


def walk(*tops):
    """Every file below the tops, in order; build trees and hidden folders left out."""
    for top in tops:
        if os.path.isfile(top):
            yield top
        for folder, folders, files in os.walk(top):
            folders[:] = sorted(f for f in folders if not f.startswith(".") and f not in ("build", "__pycache__"))
            yield from (os.path.join(folder, file) for file in sorted(files))


def sources(*tops):
    return [path for path in walk(*tops) if path.endswith((".c", ".h", ".inc"))]


def lines(path):
    with open(path, encoding="utf-8", errors="replace") as file:
        return list(enumerate(file.read().splitlines(), 1))


def code(path):
    """The file without comments, strings and characters, line by line as it was."""
    with open(path, encoding="utf-8", errors="replace") as file:
        text = file.read()
    token = re.compile(r"/\*.*?\*/|//[^\n]*|\"(?:\\.|[^\"\\\n])*\"|'(?:\\.|[^'\\\n])*'", re.S)
    return enumerate(token.sub(lambda found: re.sub(r"[^\n]", " ", found.group()), text).splitlines(), 1)


def includes(path):
    for number, line in lines(path):
        found = INCLUDE.match(line)
        if found:
            yield number, found.group(1) == '"', found.group(2)


def rule_includes():
    """who includes whom"""
    allowed = {row[0]: row[1:] for row in table("includes.txt")}
    for path in sources("src"):
        folder = path.split("/")[1]
        if folder not in allowed:
            yield path, 1, "src/%s is not in tests/lint/includes.txt" % folder
            continue
        for number, quoted, header in includes(path):
            if header.startswith("esplain/"):
                if "include" not in allowed[folder]:
                    yield path, number, "%s does not see the public headers" % folder
            elif quoted:
                target = header.split("/")[0]
                if "/" not in header or not os.path.exists(os.path.join("src", header)):
                    yield path, number, '"%s" is no path from src' % header
                elif target != folder and target not in allowed[folder] and header not in allowed[folder]:
                    yield path, number, "%s may not include %s (tests/lint/includes.txt)" % (folder, header)
    for path in sources("include"):
        for number, quoted, header in includes(path):
            if quoted and not header.startswith("esplain/"):
                yield path, number, "a public header includes %s of the inside" % header


def rule_doors():
    """one door a library"""
    for heads, pattern, most in table("doors.txt"):
        doors = {}
        for path in sources("src", "include"):
            for number, _, header in includes(path):
                if header.startswith(tuple(heads.split(","))):
                    if not fnmatch.fnmatch(path, pattern):
                        yield path, number, "%s is included by %s only" % (header, pattern)
                    doors.setdefault(path, number)
        if most != "-" and len(doors) > int(most):
            for path, number in doors.items():
                yield path, number, "%s has %d doors, one is allowed" % (heads, len(doors))


def rule_banned():
    """banned functions"""
    why = {row[0]: " ".join(row[1:]) for row in table("banned.txt")}
    call = re.compile(r"(?<![\w.>])(%s)\s*\(" % "|".join(why))
    for path in sources("src", "include"):
        for number, line in code(path):
            for found in call.finditer(line):
                yield path, number, "%s %s" % (found.group(1), why[found.group(1)])


def rule_length():
    """no file above 450 lines"""
    for path in sources("src", "include"):
        count = len(lines(path))
        if count > LINES_MAX:
            yield path, count, "%d lines, %d are allowed: split it by noun" % (count, LINES_MAX)


def rule_opening():
    """every file says what it is"""
    for path in walk("src", "include", "tests"):
        if not path.endswith((".c", ".h", ".inc", ".py", ".sh")):
            continue
        opening = [line for _, line in lines(path)[:2]] + ["", ""]
        if path.endswith((".c", ".h", ".inc")):
            good = opening[0].startswith(("/*", "//"))
        else:
            first = opening[1] if opening[0].startswith("#!") else opening[0]
            good = first.startswith(("#", '"""'))
        if not good:
            yield path, 1, "does not open with a comment that says what the file is"


def rule_marks():
    """nothing left to do"""
    for path in walk("src", "include", "tests", "docs", "Makefile", "README.md"):
        if path.endswith(TEXT) or os.path.basename(path) == "Makefile":
            for number, line in lines(path):
                found = MARKS.search(line)
                if found:
                    yield path, number, "%s: do it, or open an issue" % found.group()


def rule_machine():
    """no path of the machine that it was written on"""
    for path in walk("src", "include", "tests", "docs", "captures", ".ci", "Makefile", "README.md"):
        if path.endswith(TEXT) or "." not in os.path.basename(path):
            for number, line in lines(path):
                found = MACHINE.search(line)
                if found:
                    yield path, number, "%s... is a place on somebody's machine" % found.group()


def objects(build):
    for path in sources("src"):
        built = os.path.join(build, path[:-2] + ".o")
        if path.endswith(".c") and not path.startswith("src/cli/") and os.path.exists(built):
            yield path, built


def rule_globals(build):
    """no mutable globals"""
    allowed = {(row[0], row[1]) for row in table("globals.txt") if len(row) > 2}
    for path, built in objects(build):
        listing = subprocess.run(["objdump", "-t", built], stdout=subprocess.PIPE, check=True, text=True).stdout
        for line in listing.splitlines():
            # nm cannot tell .data from .data.rel.ro, where constant tables of pointers are.
            found = re.match(r"\S+ (.{7}) (\S+)\s+\S+\s+(\S+)$", line)
            if not found or "d" in found.group(1) or found.group(3).startswith("."):
                continue
            section, name = found.group(2), found.group(3)
            if re.match(r"\.(data|bss|tdata|tbss)(?!\.rel\.ro)|\*COM\*", section):
                if (path, name) not in allowed:
                    yield path, 1, "%s can be written (%s): a state belongs to a value" % (name, section)


def rule_conditions(esplain):
    """condition rows are complete"""
    done = subprocess.run([esplain, "explain", "-f", "json"], stdout=subprocess.PIPE, check=True, text=True)
    rows = [row for row in map(json.loads, done.stdout.splitlines()) if row["type"] == "condition"]
    for row in rows:
        for field in ("name", "title", "severity", "rfc", "meaning", "causes", "remedies"):
            if field == "rfc" and row["name"].startswith("dosp-"):
                continue  # no RFC knows IPsec DoS Protection
            if not row[field]:
                yield "src/detect", 0, "%s has no %s" % (row["name"], field)
    if not rows:
        yield "src/detect", 0, "no conditions at all"


def main(build):
    failed = good = 0
    esplain = os.path.join(build, "esplain")
    rules = [(rule_includes, ()), (rule_doors, ()), (rule_banned, ()), (rule_length, ()), (rule_opening, ()), (rule_marks, ()),
             (rule_machine, ())]
    if any(True for _ in objects(build)):
        rules.append((rule_globals, (build,)))
    else:
        print("skip - no mutable globals: nothing is built in %s" % build)
    if os.path.exists(esplain):
        rules.append((rule_conditions, (esplain,)))
    else:
        print("skip - condition rows are complete: %s is not built" % esplain)
    for rule, arguments in rules:
        found = list(rule(*arguments))
        for path, number, why in found:
            print("not ok - %s: %s:%d: %s" % (rule.__doc__, path, number, why))
        failed += len(found)
        good += not found
        if not found:
            print("ok - %s" % rule.__doc__)
    print("lint: %d checks passed, %d violations" % (good, failed))
    return 1 if failed else 0


if __name__ == "__main__":
    sys.exit(main(*sys.argv[1:]))
