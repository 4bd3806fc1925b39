"""reproduce --anonymise: for findings in captures that were not written here: the frames show the same finding between other addresses, no original address is
left, checksums are as right or wrong as they were, hashes of NAT detection fit, keys stay away unless they are asked for."""
import hashlib
import os
import re
import shutil
import socket
import stat
import subprocess
import tempfile

import captures_list
import pcap
import runner

PER_CAPTURE = 2    # findings of one capture
IP4 = re.compile(rb"\b[0-9]{1,3}(?:\.[0-9]{1,3}){3}\b")
ALIAS = re.compile(r"2001:db8:|fe80::|ff|192\.0\.2\.|198\.51\.100\.|203\.0\.113\.|198\.1[89]\.")
ADDRESSES = ("ip.src", "ip.dst", "ipv6.src", "ipv6.dst", "eth.src", "eth.dst")
CHECKSUMS = ("ip.checksum.status", "udp.checksum.status", "tcp.checksum.status", "icmp.checksum.status", "icmpv6.checksum.status")


def tshark(path, *names, more=()):
    command = ["tshark", "-n", "-r", path, *more, "-T", "fields", *(word for name in names for word in ("-e", name))]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False).stdout.decode().splitlines()


def key(finding):
    return (finding["condition"], finding["severity"], finding["certainty"], (finding["cause"] or {}).get("name"), finding["subject"]["proto"],
            finding["subject"]["spi"])


def identifies(packed):
    """Somebody's, and told from bytes that just happen to be there."""
    if len(packed) == 4:
        return packed[0] not in (0, 127) and packed[0] < 224
    return not packed[0] & 1 and packed.count(0) < (4 if len(packed) == 6 else 12)


def packed(words):
    """Addresses as tshark prints them, as bytes."""
    found = set()
    for word in words:
        if re.fullmatch(r"[0-9.]{7,}", word):
            found.add(socket.inet_aton(word))
        elif re.fullmatch(r"([0-9a-f]{2}:){5}[0-9a-f]{2}", word):
            found.add(bytes.fromhex(word.replace(":", "")))
        elif ":" in word:
            found.add(socket.inet_pton(socket.AF_INET6, word))
    return {one for one in found if identifies(one)}


def command(made):
    """What it says shows it, as words of esplain."""
    return made.text().splitlines()[-1].split("esplain ", 1)[1].split()


def anonymised(title, words, path, finding, to):
    """The run, without keys where that is enough."""
    for keys in ([], ["--keep-keys"]):
        made = runner.run("reproduce", "--from", path, "--finding", finding["number"], *words, "--anonymise", *keys, "-w", to)
        if made.status == 0:
            break
        runner.check("%s: without keys nothing is written" % title, b"--keep-keys" in made.err and not os.path.exists(to), made.err.decode())
    if not runner.check("%s: anonymised%s" % (title, ", with keys" if keys else ""), made.status == 0, made.err.decode()):
        return None
    shown = [one for one in runner.run(*command(made)[:1], "-f", "json", *command(made)[1:]).records("finding") if key(one) == key(finding)]
    runner.check("%s: is found" % title, shown)
    ends = [(one["subject"][end], finding["subject"][end]) for one in shown for end in ("src", "dst") if finding["subject"][end]]
    runner.check("%s: between aliases" % title, all(ALIAS.match(now) or (now == old and (keys or not packed([old]))) for now, old in ends), ends)
    return made


def told_in(path):
    """IPv4 addresses in a text."""
    with open(path, "rb") as file:
        return {word.decode() for word in IP4.findall(file.read())}


def texts(title, words, to):
    """No address of the SA files and policies is in the new ones, but those that happen to be aliases."""
    old = set().union(*(told_in(word) for word in words if os.path.isfile(word)))
    folder, name = os.path.split(to)
    new = set().union(*(told_in(os.path.join(folder, one)) for one in os.listdir(folder) if one.startswith(name + ".")))
    runner.equal("%s: no address is left in the files beside it" % title, sorted(one for one in old & new if identifies(socket.inet_aton(one)) and not ALIAS.match(one)), [])


def together(paths, to):
    """Captures behind each other are one, in pcapng."""
    with open(to, "wb") as out:
        for path in paths:
            with open(path, "rb") as file:
                out.write(file.read())
    return to


def frames(pairs, folder):
    """All of them before and after, as tshark sees them: no address is left, checksums are as they were."""
    more = ("-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE")
    before, after = (tshark(together(paths, os.path.join(folder, name)), *ADDRESSES, *CHECKSUMS, more=more)
                     for name, paths in (("before", [one for _, one, _, _ in pairs]), ("after", [one for _, _, one, _ in pairs])))
    runner.equal("frames before and after", len(before), len(after))
    at = 0
    for title, _, path, count in pairs:
        old, new = ([line.split("\t") for line in lines[at:at + count]] for lines in (before, after))
        at += count
        runner.equal("%s: checksums" % title, [line[len(ADDRESSES):] for line in old], [line[len(ADDRESSES):] for line in new])
        mine, theirs = (packed(word for line in lines for cell in line[:len(ADDRESSES)] for word in cell.split(",")) for lines in (old, new))
        with open(path, "rb") as file:
            content = file.read()
        runner.equal("%s: no address is left" % title, [one.hex() for one in mine - theirs if one in content], [])


def each(kind, folder, shark):
    pairs = []
    for name, (*words, path) in kind():
        for finding in runner.run("read", "-f", "json", *words, path).records("finding")[:PER_CAPTURE]:
            title = "%s: finding %d, %s" % (name, finding["number"], finding["condition"])
            home = os.path.join(folder, str(len(pairs)))
            plain, to = os.path.join(home, "plain.pcapng"), os.path.join(home, "out.pcapng")
            os.makedirs(home)
            made = anonymised(title, words, path, finding, to)
            if made:
                texts(title, words, to)
                runner.run("reproduce", "--from", path, "--finding", finding["number"], *words, "-w", plain)
                pairs.append((title, plain, to, int(re.search(r": (\d+) of \d+ frames", made.text()).group(1))))
    if shark:
        frames(pairs, folder)


def payloads(message):
    """Type and body of each payload of an IKE_SA_INIT message (RFC 7296 3.2)."""
    kind, at = message[16], 28
    while kind:
        length = int.from_bytes(message[at + 2:at + 4], "big")
        yield kind, message[at + 4:at + length]
        kind, at = message[at], at + length


def nat_hashes(folder):
    """Fit before: fit after (RFC 7296 2.23)."""
    path = next(words[-1] for name, words in captures_list.ike_sessions() if name == "session no_proposal_ike")
    to, classic, met = os.path.join(folder, "nat.pcapng"), os.path.join(folder, "nat.pcap"), 0
    runner.run("reproduce", "--from", path, "--finding", "1", "--anonymise", "-w", to)
    subprocess.run(["editcap", "-F", "pcap", to, classic], check=True, stderr=subprocess.DEVNULL)
    for capture in (path, classic):
        for frame in pcap.read(capture):
            if frame.ip() is None or frame.ip()[2] != 17 or len(frame.data) < 14 + 20 + 8 + 28:
                continue
            source, destination, _, datagram = frame.ip()
            sport, dport, message = datagram[:2], datagram[2:4], datagram[8:]
            for kind, body in payloads(message):
                notify = int.from_bytes(body[2:4], "big") if kind == 41 else 0
                if notify not in (16388, 16389):
                    continue
                addr, port = (source, sport) if notify == 16388 else (destination, dport)
                wanted = hashlib.sha1(message[:16] + socket.inet_aton(addr) + port).hexdigest()
                met += runner.equal("a hash of NAT detection in %s" % os.path.basename(capture), body[4:].hex(), wanted)
    runner.check("there were hashes", met >= 4, met)


def keys_and_words(folder):
    folder = os.path.join(folder, "keys")
    os.mkdir(folder)
    to = os.path.join(folder, "loss.pcapng")
    words = ["--from", "captures/loss.pcap", "-s", "captures/loss.state.txt", "--finding", "2", "--anonymise", "-w", to]
    runner.run("reproduce", *words)
    with open(to + ".sa.txt", encoding="utf-8") as file:
        text = file.read()
    runner.check("keys are hidden", "<<Keys hidden>>" in text and not re.search("0x[0-9a-f]{16}", text), text[:400])
    os.remove(to + ".sa.txt")
    runner.run("reproduce", *words, "--keep-keys")
    with open(to + ".sa.txt", encoding="utf-8") as file:
        runner.check("keys stay where they are asked for", re.search("0x[0-9a-f]{32}", file.read()))
    runner.equal("and are the owner's alone", stat.S_IMODE(os.stat(to + ".sa.txt").st_mode), 0o600)
    to = os.path.join(folder, "sip.pcapng")
    made = runner.run("reproduce", "--from", "captures/sip-on-4500.pcap", "--receiver", "10.77.0.2", "--finding", "1", "--anonymise", "-w", to)
    with open(to, "rb") as file:
        content = file.read()
    runner.check("text on a port of ESP is not told", made.status == 0 and b"sip:" not in content and b"10.77.0" not in content)
    table = to + ".sa.txt"
    shutil.copy("captures/loss.state.txt", table)
    runner.equal("an SA file is not written over", runner.run("reproduce", "--from", "captures/loss.pcap", "-s", table, "--finding", "2", "--anonymise", "-w", to).status, 2)
    for words in (["--anonymise", "--condition", "loss"], ["--from", "captures/loss.pcap", "--finding", "1", "--keep-keys"]):
        runner.equal("refused: %s" % " ".join(words), runner.run("reproduce", *words, "-w", to).status, 2)


def sealed_again(folder):
    """AH: a right ICV is made anew with the SA's key, a wrong one stays wrong."""
    state, path = runner.shared("oracle", "ah-transport6.state.txt"), runner.shared("oracle", "ah-transport6.pcap")
    if path is None:
        runner.skip("ICVs of AH", "%s/oracle is not there" % runner.SHARED)
        return
    words = ["-s", state, "--receiver", "fd77::2"]
    for finding in runner.run("read", "-f", "json", *words, path).records("finding"):
        to = os.path.join(folder, "ah.pcapng")
        wanted = {"integrity-failed": ["accepted", "integrity-failed"], "replayed": ["accepted", "replayed"]}.get(finding["condition"])
        if wanted is None:
            continue
        made = runner.run("reproduce", "--from", path, "--finding", finding["number"], *words, "--anonymise", "--keep-keys", "-w", to)
        shown = runner.run(*command(made)[:1], "-f", "json", "--verdicts", *command(made)[1:])
        runner.equal("AH, %s" % finding["condition"], [one["verdict"] for one in shown.records("verdict")], wanted)


def ike_keys(folder):
    """Keys of IKE are used and not copied, and no SA file is spoken of where there is none."""
    path, keys = (runner.shared("scenarios", "peerkill", *name) for name in (("t.pcap",), ("keysA", "ikev2_decryption_table")))
    if path is None:
        runner.skip("keys of IKE", "%s/scenarios is not there" % runner.SHARED)
        return
    home = os.path.join(folder, "ike-keys")
    os.mkdir(home)
    words = ["-k", keys, "--receiver", "10.77.0.2"]
    finding = runner.run("read", "-f", "json", *words, path).records("finding")[1]
    runner.equal("it takes the keys", finding["condition"], "receiver-lost-sa")
    made = runner.run("reproduce", "--from", path, "--finding", "2", *words, "--anonymise", "--keep-keys", "-w", os.path.join(home, "made.pcapng"))
    runner.check("keys of IKE: said", made.status == 0 and b"SA files" not in made.out and b"the keys of -k, which are not copied" in made.out, made.out)
    runner.equal("keys of IKE: not copied", os.listdir(home), ["made.pcapng"])


def main():
    shark = shutil.which("tshark") is not None
    if not shark:
        runner.skip("addresses and checksums", "there is no tshark")
    if runner.shared("corpora") is None:
        runner.skip("corpora", "%s/corpora is not there" % runner.SHARED)
    with tempfile.TemporaryDirectory() as folder:
        for kind in (captures_list.inputs, captures_list.ike_sessions, captures_list.receivers, captures_list.corpora):
            home = os.path.join(folder, kind.__name__)
            os.mkdir(home)
            each(kind, home, shark)
        keys_and_words(folder)
        sealed_again(folder)
        ike_keys(folder)
        if shutil.which("editcap"):
            nat_hashes(folder)
        else:
            runner.skip("hashes of NAT detection", "there is no editcap")


main()
runner.finish()
