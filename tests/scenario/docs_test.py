"""docs: what the documents say is so: README's output is a real one, options are those of --help, folders and rules those of the tree.

    UPDATE=1 python3 tests/scenario/docs_test.py     writes the real outputs into README.md
"""
import os
import re
import shlex
import shutil
import subprocess

import runner


def text(path):
    with open(path, encoding="utf-8") as file:
        return file.read()


def shown_outputs():
    """Each fenced block that begins with `$ build/esplain ...` holds that command's output."""
    readme = text("README.md")
    blocks = list(re.finditer(r"```\n\$ build/esplain (.*)\n((?:(?!```).*\n)*)```", readme))
    runner.check("README shows a real output", blocks)
    for block in blocks:
        out = runner.run(*shlex.split(block.group(1))).text()
        if os.environ.get("UPDATE"):
            readme = readme.replace(block.group(0), "```\n$ build/esplain %s\n%s```" % (block.group(1), out))
        else:
            runner.check("README: the output of `esplain %s` is the real one" % block.group(1), out == block.group(2),
                         "it is now:\n" + out)
    if os.environ.get("UPDATE"):
        with open("README.md", "w", encoding="utf-8") as file:
            file.write(readme)


def links():
    for path in ["README.md"] + ["docs/" + name for name in sorted(os.listdir("docs")) if name.endswith(".md")]:
        named = re.findall(r"\b((?:docs|captures|tests|src|include)/[\w./-]*\w)", text(path))
        runner.equal("%s: every file that it names is there" % path, sorted({name for name in named if not os.path.exists(name)}), [])


def options():
    """--help is the master: man page and completion have the same options, no more and no less."""
    listed = runner.run("--help").text()
    commands = re.findall(r"^  esplain (\w+)", listed, re.M)
    page, completion = text("docs/esplain.1").replace("\\-", "-"), text("docs/esplain.bash")
    for command in commands:
        told = runner.run(command, "--help").text()
        long, short = set(re.findall(r"--[a-z][a-z-]*", told)) | {"--help"}, set(re.findall(r"(?<![\w-])-[a-zA-Z](?=[, \n])", told)) | {"-h"}
        runner.equal("man page: options of %s" % command, sorted(o for o in long | short if not re.search(
            r"Fl %s\b" % o[1:].replace("-", "Fl ", 1) if o.startswith("--") else r"Fl %s\b" % o[1:], page)), [])
        found = re.search(r"%s:-\*\)(.*?);;" % command, completion, re.S)
        words = set(re.findall(r"(?<![\w-])--?[a-zA-Z][a-z-]*", found.group(1))) if found else set()
        runner.equal("completion: options of %s" % command, words, long | short)
    runner.equal("completion: commands", [c for c in commands if c not in re.search(r'"(read[^"]*)"', completion).group(1).split()], [])
    told = " ".join(runner.run(command, "--help").text() for command in commands)
    runner.equal("man page: no option that does not exist", sorted({o for o in re.findall(r"Fl Fl ([a-z-]+)", page) if "--" + o not in told and o != "help"}), [])


def the_tree():
    page = text("docs/architecture.md")
    rows = set(re.findall(r"^\| (\w+) \|", re.search(r"\| folder \|.*?\n\n", page, re.S).group(0), re.M)) - {"folder"}
    folders = sorted(name for name in os.listdir("src") if os.path.isdir(os.path.join("src", name)))
    runner.equal("architecture: the folders of src/", [name for name in folders if name not in rows], [])
    runner.equal("architecture: no folder that is not there", [name for name in rows if not os.path.isdir("src/" + name)], [])
    names = re.findall(r"`([A-Z]+_[A-Z0-9_]+)`", page)
    sources = "".join(text(os.path.join(top, name)) for top, _, files in os.walk("src") for name in files if name.endswith((".c", ".h")))
    runner.equal("architecture: every bound that it names exists", [name for name in names if not re.search(r"\b%s\b" % name, sources)], [])
    functions = re.findall(r"`([a-z]+(?:_[a-z]+)+)`", page)
    runner.equal("architecture: every function that it names exists", [name for name in functions if not re.search(r"\b%s\b" % name, sources)], [])


def formats():
    for tool, command in (("groff", ["groff", "-man", "-mdoc", "-Tutf8", "-ww", "docs/esplain.1"]), ("mandoc", ["mandoc", "-T", "lint", "docs/esplain.1"]),
                          ("bash", ["bash", "-n", "docs/esplain.bash"])):
        if not shutil.which(tool):
            runner.skip("%s on the man page or completion" % tool, "%s is not installed" % tool)
            continue
        done = subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        runner.check("%s has no complaint" % tool, done.returncode == 0 and not done.stderr and (tool != "mandoc" or not done.stdout), done.stderr or done.stdout)
    if shutil.which("bash"):
        script = 'PATH="%s:$PATH"; . docs/esplain.bash; complete_word() { COMP_WORDS=(esplain "$@"); COMP_CWORD=$#; COMPREPLY=(); _esplain; ' \
                 'echo "${COMPREPLY[*]}"; }; compopt() { :; }; complete_word exp; complete_word read --fail-on ""; ' \
                 'complete_word read --mute unk; complete_word explain ERROR_IPSEC_BAD' % os.path.dirname(os.path.abspath(runner.ESPLAIN))
        done = subprocess.run(["bash", "-c", script], stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True)
        runner.equal("completion completes", (done.stdout.splitlines(), done.stderr),
                     (["explain", "note warning error", "unknown-spi", "ERROR_IPSEC_BAD_SPI"], ""))


for part in (shown_outputs, links, options, the_tree, formats):
    part()
runner.finish()
