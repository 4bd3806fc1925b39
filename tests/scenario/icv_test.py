"""icv: why an ICV is wrong. SA files and packets of healthy sessions are damaged one way each, and esplain has to find out which."""
import os
import re
import struct
import tempfile

import pcap
import runner

GCM, ESN, CBC = "esp4-tunnel-gcm128", "esp4-tunnel-esn-gcm128", "esp4-transport-cbc128-sha256"
AH4, AH6, CHAPOLY = "ah4-transport-sha256", "ah6-tunnel-sha1", "esp6-tunnel-chapoly"
KEY = re.compile(r"^(\s+)(aead|enc|auth-trunc) (\S+) 0x([0-9a-f]+)(.*)$", re.M)


def traffic(*path):
    return runner.shared("kernel-traffic", *path)


def text_of(name):
    with open(traffic(name, "xfrmA.txt"), encoding="utf-8") as file:
        return file.read()


def blocks(text):
    """The SAs of the dump, each its own text."""
    return re.split(r"(?m)^(?=src \S+ dst \S+$)", text)[1:]


def keys(change):
    """A change of every key of a dump; change takes kind, algorithm, key and returns the three."""
    def apply(text):
        def line(found):
            kind, algorithm, key = change(found.group(2), found.group(3), bytes.fromhex(found.group(4)))
            return "%s%s %s 0x%s (%d bits)%s" % (found.group(1), kind, algorithm, key.hex(), len(key) * 8,
                                                 re.sub(r" \(\d+ bits\)", "", found.group(5)))
        return KEY.sub(line, text)
    return apply


def replace(old, new):
    def apply(text):
        runner.check("the dump has %r" % old, old in text)
        return text.replace(old, new)
    return apply


def exchange(text):
    """Encryption and integrity key of each SA change places."""
    def block(part):
        found = {match.group(2): match.group(4) for match in KEY.finditer(part)}
        return part.replace(found["enc"], "E").replace(found["auth-trunc"], found["enc"]).replace("0xE", "0x" + found["auth-trunc"])
    return "".join(block(part) for part in blocks(text))


def turn(text):
    """The two directions' keys change places."""
    first, second = blocks(text)
    one, other = (match.group(4) for match in (KEY.search(first), KEY.search(second)))
    return first.replace(one, other) + second.replace(other, one)


def third(text):
    """The right key is that of a third SA between the same hosts."""
    wrong = keys(lambda kind, algorithm, key: (kind, algorithm, bytes(byte ^ 0x5a for byte in key)))
    more = [re.sub(r"spi 0x0000(\d+)\(\d+\)", lambda found: "spi 0x0007%s(%d)" % (found.group(1), int("7" + found.group(1), 16)), part)
            for part in blocks(text)]
    return wrong(text) + "".join(more)


def flip(kind, algorithm, key):
    return kind, algorithm, bytes([key[0] ^ 1]) + key[1:]


def salt_first(kind, algorithm, key):
    return kind, algorithm, key[-4:] + key[:-4]


def salt_reversed(kind, algorithm, key):
    return kind, algorithm, key[:-4] + key[:-5:-1]


# What is done to the dump; condition, cause, certainty; words that the explanation has to have.
DEFINITIONS = [
    ("an SA with 64 bits of ICV instead of 128", GCM, replace(" (160 bits) 128", " (160 bits) 64"), "integrity-failed", "icv-length",
     "certain", ["an ICV of 128 bits instead of 64", "'aead rfc4106(gcm(aes)) KEY 128'"]),
    ("SHA-256 with 96 bits instead of 128", CBC, replace(" (256 bits) 128", " (256 bits) 96"), "misaligned", "icv-length", "certain",
     ["an ICV of 128 bits instead of 96", "'auth-trunc hmac(sha256) KEY 128'"]),
    ("AH with 96 bits instead of 128", AH4, replace(" (256 bits) 128", " (256 bits) 96"), "too-short", "icv-length", "certain",
     ["an ICV of 128 bits instead of 96"]),
    ("GMAC where the sender uses GCM", GCM, replace("rfc4106(gcm(aes))", "rfc4543(gcm(aes))"), "integrity-failed", "other-algorithm",
     "certain", ["AES-GCM-16", "'aead rfc4106(gcm(aes)) KEY 128'"]),
    ("AH with MD5 where the sender uses SHA-1", AH6, replace("hmac(sha1)", "hmac(md5)"), "integrity-failed", "other-algorithm", "certain",
     ["HMAC-SHA1-96", "'auth-trunc hmac(sha1) KEY 96'"]),
    ("SHA-1 where the sender uses SHA-256", CBC, lambda text: replace("(256 bits) 128", "(256 bits) 96")(text).replace("hmac(sha256)", "hmac(sha1)"),
     "misaligned", "other-algorithm", "certain", ["HMAC-SHA2-256-128", "'auth-trunc hmac(sha256) KEY 128'"]),
    ("GCM where the sender uses ChaCha20-Poly1305", CHAPOLY, replace("rfc7539esp(chacha20,poly1305)", "rfc4106(gcm(aes))"), "integrity-failed",
     "other-algorithm", "certain", ["CHACHA20-POLY1305"]),
    ("encryption and integrity key exchanged", CBC, exchange, "integrity-failed", "keys-swapped", "certain", ["must change places"]),
    ("the keys of the two directions exchanged", GCM, turn, "integrity-failed", "directions-swapped", "certain", ["the opposite direction"]),
    ("the keys of the two directions exchanged, AH", AH4, turn, "integrity-failed", "directions-swapped", "certain", ["the opposite direction"]),
    ("the key of another SA", GCM, third, "integrity-failed", "other-sa-key", "certain", ["another SA between the same hosts", "0x0007100"]),
    ("the flag esn left out", ESN, replace("flag esn (0x10000000)", "flag  (0x00000000)"), "integrity-failed", "esn-used", "certain", ["'flag esn'"]),
    ("the flag esn too much", GCM, replace("flag  (0x00000000)", "flag esn (0x10000000)"), "integrity-failed", "esn-not-used", "certain",
     ["must not have 'flag esn'"]),
    ("the salt in front of the key", GCM, keys(salt_first), "integrity-failed", "salt", "certain", ["must stand at the key's end"]),
    ("the salt in front of the key, ChaCha20-Poly1305", CHAPOLY, keys(salt_first), "integrity-failed", "salt", "certain", ["at the key's end"]),
    ("the salt in the other byte order", GCM, keys(salt_reversed), "integrity-failed", "salt", "certain", ["in reverse order"]),
    ("a wrong key, GCM", GCM, keys(flip), "integrity-failed", "wrong-key", "likely", ["No packet of the SA verifies", "the salt"]),
    ("a wrong key, HMAC", CBC, keys(flip), "integrity-failed", "wrong-key", "likely", ["No packet of the SA verifies"]),
    ("a wrong key, AH", AH4, keys(flip), "integrity-failed", "wrong-key", "likely", ["any one changed byte"]),
]

CODES = {"integrity-failed": 13915, "misaligned": 13914, "too-short": 13914}


def read(sas, capture, *more):
    return runner.run("read", "-f", "json", "--verdicts", "-s", sas, *more, capture)


def definitions(folder):
    for name, session, change, condition, cause, certainty, words in DEFINITIONS:
        path = os.path.join(folder, "changed.txt")
        with open(path, "w", encoding="utf-8") as file:
            file.write(change(text_of(session)))
        result = read(path, traffic(session, "t.pcap"))
        bad = [record for record in result.records("verdict") if record["verdict"] != "accepted"]
        counts = {}
        for record in bad:
            counts[record["spi"]] = counts.get(record["spi"], 0) + 1
        found = {finding["subject"]["spi"]: finding for finding in result.records("finding") if finding["condition"] == condition}
        runner.equal("%s: both SAs fail, each with one finding" % name, {spi: f["count"] for spi, f in found.items()}, counts)
        runner.equal("%s: cause and certainty" % name,
                     {(f["cause"] and f["cause"]["name"], f["certainty"], f["error"]["code"], f["linux"]) for f in found.values()},
                     {(cause, certainty, CODES[condition], "XfrmInStateProtoError")})
        if cause != "wrong-key":
            runner.equal("%s: each verdict has the cause" % name, {record["cause"] for record in bad}, {cause})
        for finding in found.values():
            for word in words:
                runner.check("%s: the explanation says %r" % (name, word), word in finding["explanation"], finding["explanation"])
            line = 1 + text_of(session).splitlines().index(next(
                line for line in text_of(session).splitlines() if line.endswith("dst " + finding["subject"]["dst"])))
            if certainty == "certain" and cause != "other-sa-key":
                runner.check("%s: file and line are named" % name, "line %d of %s" % (line, path) in finding["explanation"] and
                             finding["facts"]["sa_line"] == line, finding["explanation"])
        runner.equal("%s: exit status" % name, result.status, 1)
        serious = {f["condition"] for f in result.records("finding") if f["severity"] == "error"}
        runner.equal("%s: no other error is claimed" % name, serious, {condition})


# ---- packets that are changed ----


def fix_checksum(data):
    head = data[14:34]
    head = head[:10] + b"\0\0" + head[12:]
    return data[:14] + head[:10] + struct.pack(">H", pcap.checksum(head)) + head[12:] + data[34:]


def change_packets(session, change, folder):
    """Every whole IPsec packet from A to B is changed."""
    frames, touched = [], []
    for frame in pcap.read(traffic(session, "t.pcap")):
        data = frame.data
        whole = data[12:14] == b"\x08\x00" and not struct.unpack_from(">H", data, 20)[0] & 0x3fff
        if whole and data[23] in (50, 51) and frame.ip()[1] == "10.77.0.2":
            changed = change(frame.number, data)
            if changed != data:
                touched.append(frame.number)
                data = changed
        frames.append((frame.time, data))
    path = os.path.join(folder, "changed.pcap")
    with open(path, "wb") as file:
        file.write(pcap.header(linktype=1) + b"".join(pcap.record(data, time) for time, data in frames))
    return path, touched


def put(at, new):
    """Bytes of the frame replaced, and the IP checksum made right again."""
    def apply(_, data):
        return fix_checksum(data[:at] + new + data[at + len(new):])
    return apply


def flip_last(_, data):
    return data[:-1] + bytes([data[-1] ^ 1]) if struct.unpack_from(">I", data, 38)[0] % 3 == 0 else data


def identification(_, data):
    return fix_checksum(data[:18] + struct.pack(">H", struct.unpack_from(">H", data, 18)[0] ^ 0x1234) + data[20:])


def packets(folder):
    cases = [
        ("one packet in three damaged, ESP", GCM, flip_last, "corrupt-packet", ["changed after the sender had sealed"]),
        ("one packet in three damaged, ESP with HMAC", CBC, flip_last, "corrupt-packet", ["so key and algorithm are right"]),
        ("AH through a NAT of the source", AH4, put(26, bytes([192, 0, 2, 7])), "address-translated", ["10.77.0.1 > 10.77.0.2", "NAT"]),
        ("AH with another identification", AH4, identification, "field-changed", ["'identification'"]),
        ("AH with another next header", AH4, put(34, b"\x11"), "field-changed", ["'next header of AH'", "instead of 0x11"]),
        ("AH with a reserved byte set", AH4, put(36, b"\x80"), "field-changed", ["'reserved bytes of AH'", "0x00 instead of 0x80"]),
    ]
    for name, session, change, cause, words in cases:
        capture, touched = change_packets(session, change, folder)
        result = read(traffic(session, "xfrmA.txt"), capture)
        failed = [record["frame"] for record in result.records("verdict") if record["verdict"] == "integrity-failed"]
        runner.check("%s: there are such packets" % name, touched)
        runner.equal("%s: exactly these packets fail" % name, failed, touched)
        found = [f for f in result.records("finding") if f["condition"] == "integrity-failed"]
        runner.equal("%s: cause, certainty, count" % name, [(f["cause"]["name"], f["certainty"], f["count"]) for f in found],
                     [(cause, "certain", len(touched))])
        for word in words if found else []:
            runner.check("%s: the explanation says %r" % (name, word), word in found[0]["explanation"], found[0]["explanation"])
    for name, change in (("TTL", put(22, b"\x07")), ("DSCP", put(15, b"\xb8")), ("DF", put(20, b"\0\0"))):
        capture, touched = change_packets(AH4, change, folder)
        result = read(traffic(AH4, "xfrmA.txt"), capture)
        runner.equal("AH with another %s: routers may change that, and it verifies" % name, set(result.record("summary")["verdicts"]), {"accepted"})


def late_packets():
    """ESN takes what lies left of the window for the next high half: the oracle's kernel counts a wrong ICV, and it is none."""
    state = runner.shared("oracle", "esn-gcm.state.txt")
    result = read(state, runner.shared("oracle", "esn-gcm.pcap"), "--receiver", "10.77.0.0/24")
    found = {f["cause"]["name"]: f for f in result.records("finding") if f["condition"] == "integrity-failed"}
    runner.equal("ESN and old packets: the cause of each", sorted(found), ["corrupt-packet", "esn-high-half", "esn-not-used"])
    old = found["esn-high-half"]
    runner.check("ESN and old packets: it is told that they are old", "left of the window" in old["explanation"], old["explanation"])
    runner.equal("ESN and old packets: how far off", old["facts"]["high_off"], -1)


def healthy():
    for name in sorted(os.listdir(traffic())):
        if not os.path.isdir(traffic(name)):
            continue
        sources = [traffic(name, source) for source in ("xfrmA.txt", "xfrmB.txt", "esp_sa") if traffic(name, source)]
        policies = ["-s", traffic(name, "policyA.txt"), "-s", traffic(name, "policyB.txt")]
        for source in sources:
            for more in ([], policies):
                case = "%s with %s%s" % (name, os.path.basename(source), " and policies" if more else "")
                result = read(source, traffic(name, "t.pcap"), *more)
                runner.equal("%s: nothing above a note" % case,
                             [(f["condition"], f["explanation"]) for f in result.records("finding") if f["severity"] != "note"], [])
                runner.equal("%s: exit status" % case, result.status, 0)
                verdicts = set(result.record("summary")["verdicts"])
                hidden = {"unjudged"} if name.startswith("nest") and source.endswith("esp_sa") else set()  # Wireshark's table has no AH
                runner.equal("%s: every packet is accepted" % case, verdicts - hidden, {"accepted"})


# What the kernel did in each group of the oracle, in the words of conditions: those of opened packets, with their causes.
GROUPS = {
    "ah-transport6": {("integrity-failed", "corrupt-packet")},
    "ah-tunnel4": {("integrity-failed", "corrupt-packet"), ("inner-invalid", None)},
    "alg-cbc-sha1": {("integrity-failed", "corrupt-packet")},
    "alg-gcm-icv8": {("integrity-failed", "corrupt-packet")},
    "esn-gcm": {("integrity-failed", "corrupt-packet"), ("integrity-failed", "esn-high-half"), ("integrity-failed", "esn-not-used")},
    "gcm-transport4": {("integrity-failed", "corrupt-packet"), ("inner-invalid", None), ("trailer-invalid", None), ("dummy", None),
                       ("clear-text", None)},
    "gcm-tunnel4": {("integrity-failed", "corrupt-packet"), ("inner-invalid", None), ("trailer-invalid", None), ("dummy", None),
                    ("clear-text", None), ("selector-mismatch", "no-policy"), ("padding-wrong", None), ("inner-damaged", None),
                    ("tfc-padding", None)},
    "null-sha256-tunnel4": {("integrity-failed", "corrupt-packet"), ("trailer-invalid", None), ("dummy", None), ("null-encryption", None)},
    "policy-block": {("blocked", None)},
    "udpencap": {("integrity-failed", "corrupt-packet")},
    "replay-64": set(), "sa-deleted": set(), "sa-expire-packets": set(), "same-spi-two-dst": set(),
}
OPENED = {"integrity-failed", "trailer-invalid", "dummy", "inner-invalid", "selector-mismatch", "clear-text", "blocked", "opened-copies",
          "padding-wrong", "inner-damaged", "tfc-padding", "nonce-reused", "null-encryption", "no-integrity", "esp-null-guess", "replay-off"}


def oracle():
    for group, wanted in GROUPS.items():
        files = [runner.shared("oracle", "%s.%s.txt" % (group, kind)) for kind in ("state", "monitor")]
        options = [word for path in files if path for word in ("-s", path)]
        result = runner.run("read", "-f", "json", "--receiver", "10.77.0.0/24", "--receiver", "fd77::/64", *options,
                            runner.shared("oracle", group + ".pcap"))
        found = {(f["condition"], f["cause"] and f["cause"]["name"]) for f in result.records("finding") if f["condition"] in OPENED}
        runner.equal("oracle %s: what is said of opened packets" % group, found, wanted)


def main():
    if not traffic(GCM):
        runner.skip("wrong ICVs", "%s/kernel-traffic is not there" % runner.SHARED)
        return
    with tempfile.TemporaryDirectory() as folder:
        definitions(folder)
        packets(folder)
    healthy()
    if not runner.shared("oracle", "verdicts.jsonl"):
        runner.skip("wrong ICVs of the oracle", "%s/oracle is not there" % runner.SHARED)
        return
    late_packets()
    oracle()


main()
runner.finish()
