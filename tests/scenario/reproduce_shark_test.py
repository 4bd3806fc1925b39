"""reproduce_shark: tshark reads the packets of every recipe, in both IP versions, and remarks on nothing that is malformed and on no wrong checksum, except
where that is the recipe's point. It remarks on sequence numbers of ESP; those are others' points.

Each recipe has addresses of its own, so that all of them fit into one capture and tshark is started once for each version.

And what is sealed with the keys of an SA, tshark opens with them, for every algorithm that it knows."""
import os
import shutil
import subprocess
import tempfile

import pcap
import runner

WARNING = 0x600000  # tshark's severity
ALL_CHECKSUMS = ["-o", "ip.check_checksum:TRUE", "-o", "udp.check_checksum:TRUE", "-o", "tcp.check_checksum:TRUE"]
BY_NATURE = {
    ("integrity-failed", "address-translated"): "Bad checksum",  # a NAT that changes an address before AH cannot reach the UDP checksum behind it
}


def make(folder, number, row, version):
    """The capture of a recipe and how many packets it holds; None where it cannot be made in that version."""
    path = os.path.join(folder, "%d-%d.pcapng" % (number, version))
    ends = ["10.%d.%d.1" % (8 + number // 256, number % 256), "10.%d.%d.1" % (64 + number // 256, number % 256)]
    if version == 6:
        ends = ["2001:db8:9:%x::1" % number, "2001:db8:77:%x::1" % number]
    made = runner.run("reproduce", "--condition", row["condition"], *(["--cause", row["cause"]] if row["cause"] else []), "--src", ends[0], "--dst", ends[1],
                      "-w", path)
    return (path, len(pcap.read_next_generation(path))) if made.status == 0 else None


def remarks(path):
    """What tshark remarks, by frame number: the messages, without what we wrote ourselves as comments."""
    fields = ["-T", "fields", "-E", "aggregator=|", "-e", "frame.number", "-e", "frame.comment", "-e", "_ws.expert.message"]
    done = subprocess.run(["tshark", "-r", path, *ALL_CHECKSUMS, "-Y", "_ws.malformed || _ws.expert.severity >= %d" % WARNING, *fields],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    runner.equal("tshark reads %s" % os.path.basename(path), done.returncode, 0)
    found = {}
    for line in done.stdout.splitlines():
        number, comment, messages = line.split("\t")
        found[int(number)] = [one for one in messages.split("|") if one != comment and not one.startswith("Wrong Sequence Number")]
    return found


def read(folder, rows, version):
    files = []
    for number, row in enumerate(rows, 1):
        made = make(folder, number, row, version)
        if made:
            files.append((row, *made))
    whole = os.path.join(folder, "ip%d.pcapng" % version)
    subprocess.run(["mergecap", "-a", "-w", whole, *[path for _, path, _ in files]], check=True)
    found, first = remarks(whole), 1
    for row, _, count in files:
        name = " ".join(filter(None, [row["condition"], row["cause"], "IPv%d" % version]))
        allowed = BY_NATURE.get((row["condition"], row["cause"]))
        wrong = [(at - first + 1, one) for at in range(first, first + count) for one in found.get(at, []) if not (allowed and one.startswith(allowed))]
        first += count
        if not row["malformed"]:
            runner.equal("%s: tshark remarks on nothing" % name, wrong, [])
        elif row["condition"] == "checksum-wrong":
            runner.check("%s: and it would: on this it does" % name, wrong)


# As ip xfrm names them, with the bytes of their keys: those that Wireshark 4.0 opens.
CIPHERS = [("ecb(cipher_null)", 0), ("cbc(aes)", 16), ("cbc(aes)", 24), ("cbc(aes)", 32), ("cbc(des)", 8), ("cbc(des3_ede)", 24), ("cbc(cast5)", 16),
           ("cbc(blowfish)", 16), ("rfc3686(ctr(aes))", 20), ("rfc3686(ctr(aes))", 36)]
HASHES = [("hmac(md5)", 16, 96), ("hmac(sha1)", 20, 96), ("hmac(sha256)", 32, 96), ("hmac(sha256)", 32, 128), ("hmac(sha384)", 48, 192),
          ("hmac(sha512)", 64, 256), ("hmac(rmd160)", 20, 96)]
AEADS = [("rfc4106(gcm(aes))", size, bits) for size in (20, 28, 36) for bits in (64, 96, 128)]


def key(length, number):
    return "0x" + bytes((17 + number * 31 + at * 7) % 256 for at in range(length)).hex() if length else '""'


def suites():
    """Lines of `ip xfrm state` for the algorithms of an SA, and what they are called here."""
    for number, (name, size, bits) in enumerate(AEADS):
        yield "%s, %d bits of ICV, %d bytes of key" % (name, bits, size), "\taead %s %s %d\n" % (name, key(size, number), bits)
    for number, (name, size) in enumerate(CIPHERS):
        for hashed, length, bits in HASHES:
            yield ("%s, %d bytes of key, %s, %d bits" % (name, size, hashed, bits),
                   "\tauth-trunc %s %s %d\n\tenc %s %s\n" % (hashed, key(length, number), bits, name, key(size, number + 1)))


def seals(folder):
    """Eight packets of each suite and IP version, in one capture; tshark shows what is inside and that the ICV is right."""
    table, captures, names = [], [], []
    for number, (name, lines) in enumerate(suite for suite in suites() for _ in (4, 6)):
        version, spi = 4 + number % 2 * 2, 0x1001 + number
        ends = ("192.0.2.1", "198.51.100.2") if version == 4 else ("2001:db8::1", "2001:db8:ff::2")
        path = os.path.join(folder, "suite%d" % number)
        with open(path + ".txt", "w", encoding="utf-8") as file:
            file.write("src %s dst %s\n\tproto esp spi 0x%08x reqid 1 mode tunnel\n\treplay-window 64\n%s" % (*ends, spi, lines))
        made = runner.run("reproduce", "--condition", "reordering", "-s", path + ".txt", "-w", path + ".pcapng")
        if not runner.equal("%s IPv%d: made" % (name, version), (made.status, made.err), (0, b"")):
            continue
        table += ["-o", "uat:esp_sa:" + runner.run("sa", "--to", "wireshark", path + ".txt").text().strip()]
        captures.append(path + ".pcapng")
        names.append(("0x%08x" % spi, "%s IPv%d" % (name, version)))
    whole = os.path.join(folder, "suites.pcapng")
    subprocess.run(["mergecap", "-a", "-w", whole, *captures], check=True)
    done = subprocess.run(["tshark", "-r", whole, "-o", "esp.enable_encryption_decode:TRUE", "-o", "esp.enable_authentication_check:TRUE", *table, "-T", "fields",
                           "-e", "esp.spi", "-e", "esp.icv_good", "-e", "esp.protocol", "-e", "udp.dstport", "-e", "data.data"],
                          stdout=subprocess.PIPE, stderr=subprocess.PIPE, text=True, check=False)
    opened = {}
    for line in done.stdout.splitlines():
        spi, *fields = line.split("\t")
        opened.setdefault(spi, []).append(fields)
    inside = [["1", "0x04", "9999", "Made by esplain reproduc".encode().hex()]] * 8
    for spi, name in names:
        runner.equal("%s: tshark opens it, ICV and all" % name, opened.get(spi), inside)


def main():
    if not shutil.which("tshark") or not shutil.which("mergecap"):
        runner.skip("malformed packets and checksums", "there is no tshark or no mergecap")
        return
    if os.environ.get("ESPLAIN_MODE") == "asan":
        runner.skip("malformed packets and checksums", "tshark reads the same bytes in release mode")
        return
    rows = [row for row in runner.run("reproduce", "--list", "-f", "json").records("recipe") if row["possible"]]
    with tempfile.TemporaryDirectory() as folder:
        for version in (4, 6):
            read(folder, rows, version)
        seals(folder)


main()
runner.finish()
