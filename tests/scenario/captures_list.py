"""captures_list: what there is to read: the captures of captures/ with the options of their MANIFEST, and the shared real sessions with their keys. Not a test."""
import glob
import os
import re

import runner

FOLDER = "captures"


def entries():
    """Name and fields of each entry of the MANIFEST; a field may come several times."""
    found = {}
    with open(os.path.join(FOLDER, "MANIFEST"), encoding="utf-8") as file:
        for line in file.read().split("\n\n", 1)[1].splitlines():
            if re.match(r"\S+\.pcap(ng)?$", line):
                fields = found.setdefault(line, {})
            elif line.strip():
                word, _, rest = line.strip().partition(" ")
                fields.setdefault(word, []).append(rest.strip())
    return found


def options(fields):
    return [os.path.join(FOLDER, word) if word.endswith(".txt") else word for word in fields["read"][0].split()]


def inputs():
    """(name, words of read), first those of captures/."""
    found = [(name, [*options(fields), os.path.join(FOLDER, name)]) for name, fields in entries().items()]
    folder = runner.shared("scenarios")
    if folder is None:
        runner.skip("real sessions", "%s/scenarios is not there" % runner.SHARED)
        return found
    return found + sessions(folder)


def sessions(folder):
    found = []
    for capture in sorted(glob.glob(os.path.join(folder, "*", "t.pcap"))):
        home, words = os.path.dirname(capture), []
        for name, option in (("ikev2_decryption_table", "-k"), ("esp_sa", "-s")):
            for side in ("keysA", "keysB"):
                path = os.path.join(home, side, name)
                words += [option, path] if os.path.exists(path) else []
        found.append((os.path.basename(home), [*words, capture]))
    return found


def others():
    """The sessions of tests/data, and packets that a real kernel judged."""
    oracle = runner.shared("oracle")
    if oracle is None:
        runner.skip("the oracle's packets", "%s/oracle is not there" % runner.SHARED)
    packets = sorted(glob.glob(os.path.join(oracle, "*.pcap"))) if oracle else []
    return sessions("tests/data/sessions") + [(os.path.basename(path), ["-s", path[:-5] + ".state.txt", "--receiver", "10.77.0.0/24", path]) for path in packets]


def ike_sessions():
    """The real sessions of tests/data, without keys; words as above."""
    return [("session " + os.path.basename(os.path.dirname(path)), [path]) for path in sorted(glob.glob(os.path.join("tests", "data", "sessions", "*", "t.pcap")))]


def receivers():
    """The shared sessions with what B's kernel had at the end as B's whole table: what came before is judged by it, too."""
    found = []
    for path in sorted(glob.glob(os.path.join(runner.SHARED, "scenarios", "*", "t.pcap"))):
        table = [file for file in ("sasB-end.txt", "xfrmB-end.txt") if os.path.exists(os.path.join(os.path.dirname(path), file))][-1:]
        if table:
            words = ["-s", os.path.join(os.path.dirname(path), table[0]), "--receiver", "10.77.0.2", "--receiver", "fd77::2"]
            found.append((os.path.basename(os.path.dirname(path)) + " with B's table", [*words, path]))
    return found


def corpora():
    """What others published."""
    return [(os.path.basename(path), [path]) for path in sorted(glob.glob(os.path.join(runner.SHARED, "corpora", "*.*cap*")))]
