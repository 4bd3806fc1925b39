"""runner: what every scenario test needs. Not a test.

A scenario test is a program of its own, tests/scenario/NOUN_test.py: it runs esplain as a user would and prints one line a case,
`ok - name`, `not ok - name: why` or `skip - name: why`. Standard library only; the working directory is the repository's root.

    import runner
    result = runner.run("read", "-f", "json", "captures/gcm.pcap")
    runner.equal("exit status", result.status, 1)
    runner.finish()
"""
import json
import os
import shlex
import subprocess
import sys

sys.dont_write_bytecode = True

ESPLAIN = os.environ.get("ESPLAIN", "build/release/esplain")
SHARED = os.environ.get("ESPLAIN_SHARED", "../shared")
SANITIZER_STATUS = 99  # tests/run.sh asks the sanitizers for it: 0, 1 and 2 are esplain's own
TIME_LIMIT = 60        # seconds, unless run() is told otherwise

_failed = 0


class Result:
    """What one run of esplain left: status, out and err (bytes)."""

    def __init__(self, command, status, out, err):
        self.command, self.status, self.out, self.err = command, status, out, err

    def text(self):
        return self.out.decode("utf-8")

    def records(self, kind=None):
        """The JSON lines of standard output, or those of one type; raises ValueError at a line that is none."""
        found = [json.loads(line) for line in self.text().splitlines() if line]
        return [record for record in found if kind is None or record["type"] == kind]

    def record(self, kind):
        """The only record of this type."""
        found = self.records(kind)
        if len(found) != 1:
            raise ValueError("%d records of type %s" % (len(found), kind))
        return found[0]


def _line(word, name, why=None):
    text = "%s - %s" % (word, name) if why is None else "%s - %s: %s" % (word, name, why)
    print(" ".join(text.split()), flush=True)


def ok(name):
    _line("ok", name)


def not_ok(name, why):
    global _failed
    _failed += 1
    _line("not ok", name, why)


def skip(name, why):
    _line("skip", name, why)


def check(name, holds, why="does not hold"):
    """One case; answers whether it held."""
    if holds:
        ok(name)
    else:
        not_ok(name, why)
    return bool(holds)


def equal(name, got, wanted):
    return check(name, got == wanted, "got %r, wanted %r" % (got, wanted))


def shared(*path):
    """A path below the shared data, or None where it is absent: skip() the case then."""
    found = os.path.join(SHARED, *path)
    return found if os.path.exists(found) else None


def run(*arguments, stdin=b"", limit=TIME_LIMIT, environment=None):
    """Runs esplain. A run that dies of a signal, a sanitizer or the time limit is a failed case, whatever the test then checks."""
    command = [ESPLAIN, *map(str, arguments)]
    shown = shlex.join(["esplain", *command[1:]])
    try:
        done = subprocess.run(command, input=stdin, stdout=subprocess.PIPE, stderr=subprocess.PIPE, timeout=limit,
                              env={**os.environ, **(environment or {})})
    except subprocess.TimeoutExpired as late:
        not_ok(shown, "did not end within %d s" % limit)
        return Result(command, None, late.stdout or b"", late.stderr or b"")
    if done.returncode < 0 or done.returncode == SANITIZER_STATUS:
        cause = "a sanitizer" if done.returncode > 0 else "signal %d" % -done.returncode
        not_ok(shown, "died of %s" % cause)
        sys.stdout.write(done.stderr.decode("utf-8", "replace"))
    return Result(command, done.returncode, done.stdout, done.stderr)


def finish():
    """Ends the test with the exit status that its cases deserve."""
    sys.exit(1 if _failed else 0)
