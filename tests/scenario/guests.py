"""guests: phases of tests/interop/live.py, run in the guest kernel, and what they left. Not a test."""
import json
import os
import subprocess
import tempfile

import runner


class Live:
    """`with Live(NAME, PHASE...) as live:` boots the guest once for all phases; live is None, after a line that says why, where it did not come to its end."""

    def __init__(self, name, *phases):
        self.name, self.phases = name, phases

    def __enter__(self):
        self.folder = tempfile.TemporaryDirectory()
        return self if self._run() else None

    def __exit__(self, *_):
        self.folder.cleanup()

    def _run(self):
        if os.environ.get("ESPLAIN_MODE", "release") != "release":
            runner.skip(self.name, "the guest's memory does not hold what a sanitizer reserves; it runs in release mode")
            return False
        done = subprocess.run([os.path.join("tests", "interop", "live.sh"), runner.ESPLAIN, self.folder.name, *self.phases], capture_output=True, text=True)
        if done.returncode == 77:
            runner.skip(self.name, (done.stdout.strip().splitlines() or ["no reason given"])[-1])
            return False
        if done.returncode != 0 or not os.path.exists(f"{self.folder.name}/live/{self.phases[-1]}/result.json"):
            with open(f"{self.folder.name}/live/console.txt") as text:
                runner.check(f"{self.name}: the guest ran to its end", False, done.stdout + done.stderr + text.read()[-2000:])
            return False
        return True

    def load(self, phase):
        """What the phase says of itself, and esplain's records."""
        with open(f"{self.folder.name}/live/{phase}/result.json") as text:
            result = json.load(text)
        with open(f"{self.folder.name}/live/{phase}/records.jsonl") as text:
            return result, [json.loads(line) for line in text]
