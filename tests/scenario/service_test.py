"""service: what `make install` puts down; the systemd unit and the sysusers line as systemd itself reads them."""
import os
import re
import shutil
import subprocess
import tempfile

import runner


def command(*words):
    done = subprocess.run(words, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
    return done.returncode, done.stdout


def installed(folder):
    status, told = command("make", "-s", "install", "DESTDIR=" + folder, "PREFIX=/opt/e")
    if not runner.check("make install", status == 0, told):
        return None
    found = sorted(os.path.relpath(os.path.join(top, name), folder + "/opt/e") for top, _, names in os.walk(folder) for name in names)
    runner.equal("what it installs", found, ["bin/esplain", "lib/systemd/system/esplain.service", "lib/sysusers.d/esplain.conf",
                                             "share/bash-completion/completions/esplain", "share/man/man1/esplain.1"])
    return folder + "/opt/e"


def unit(prefix):
    with open(prefix + "/lib/systemd/system/esplain.service", encoding="utf-8") as file:
        text = file.read()
    started = re.search(r"^ExecStart=(\S+)", text, re.M).group(1)
    runner.equal("the unit starts what was installed", started, "/opt/e/bin/esplain")
    if not shutil.which("systemd-analyze"):
        runner.skip("the unit as systemd reads it", "systemd-analyze is not installed")
        return
    path = os.path.join(prefix, "esplain.service")
    with open(path, "w", encoding="utf-8") as file:  # it looks whether the program is there
        file.write(text.replace(started, os.path.abspath(runner.ESPLAIN)).replace("Documentation=man:esplain(1)\n", ""))
    status, told = command("systemd-analyze", "verify", path)
    runner.check("systemd-analyze verify has no complaint", status == 0 and "esplain" not in told, told)
    status, told = command("systemd-analyze", "security", "--offline=true", path)
    found = re.search(r"exposure level for esplain.service: ([\d.]+)", told)
    if found is None:
        runner.skip("systemd-analyze security", "this systemd-analyze does not look at files: " + told[-100:])
    else:
        runner.check("systemd-analyze security: at most 2.5 of 10", float(found.group(1)) <= 2.5, found.group(0))


def sysusers(prefix):
    if not shutil.which("systemd-sysusers"):
        runner.skip("the sysusers line makes the user", "systemd-sysusers is not installed")
        return
    with tempfile.TemporaryDirectory() as root:
        os.mkdir(root + "/etc")
        status, told = command("systemd-sysusers", "--root=" + root, os.path.abspath(prefix + "/lib/sysusers.d/esplain.conf"))
        if status != 0 and "not permitted" in told:
            runner.skip("the sysusers line makes the user", told)
            return
        passwd = open(root + "/etc/passwd", encoding="utf-8").read() if os.path.exists(root + "/etc/passwd") else told
        runner.check("the sysusers line makes the user, without a shell", re.search(r"^esplain:[^:]*:\d+:\d+:[^:]*:/:\S*nologin$", passwd, re.M), passwd)


if os.environ.get("ESPLAIN_MODE", "release") != "release":
    runner.skip("make install", "what is installed is the release build")
    runner.finish()
with tempfile.TemporaryDirectory() as place:
    prefix = installed(place)
    if prefix:
        unit(prefix)
        sysusers(prefix)
runner.finish()
