"""write: -w FILE: what came out of the tunnels, held against tshark's own decryption and against the clear copies in the captures; the
frames behind findings, as tshark and capinfos read them; and files that must not be touched or cannot be written."""
import os
import re
import shutil
import struct
import subprocess
import tempfile

import pcap
import runner

TUNNEL, TRANSPORT = "tunnel", "transport"


def blocks(data):
    """Type and body of each block of a little-endian pcapng; raises ValueError where blocks are not whole."""
    at = 0
    while at < len(data):
        kind, length = struct.unpack_from("<II", data, at)
        if length % 4 or length < 12 or data[at + length - 4:at + length] != data[at + 4:at + 8]:
            raise ValueError("block at %d" % at)
        yield kind, data[at + 8:at + length - 4]
        at += length


def options(data):
    found = []
    while len(data) >= 4:
        code, length = struct.unpack_from("<HH", data)
        if code == 0:
            break
        found.append((code, data[4:4 + length]))
        data = data[4 + (length + 3 & ~3):]
    return found


class Packet:
    def __init__(self, body, linktypes):
        interface, high, low, captured, self.wire = struct.unpack_from("<IIIII", body)
        self.linktype, self.time = linktypes[interface], high << 32 | low
        self.data = body[20:20 + captured]
        self.comments = [value.decode() for code, value in options(body[20 + (captured + 3 & ~3):]) if code == 1]

    def frame(self):
        """The number of the frame that it came from, as its comment says."""
        return int(re.search(r", frame (\d+)", self.comments[0]).group(1))


def packets(data):
    """The packets of what we wrote: nanoseconds, one section."""
    linktypes, found = [], []
    for kind, body in blocks(data):
        if kind == 1:
            linktypes.append(struct.unpack_from("<H", body)[0])
        elif kind == 6:
            found.append(Packet(body, linktypes))
    return found


def read(path):
    with open(path, "rb") as file:
        return file.read()


def decrypt(folder, capture, *sas, extra=()):
    """Opened packets of a capture, and the run."""
    out = os.path.join(folder, "decrypted.pcapng")
    arguments = [word for path in sas for word in ("-s", path)]
    result = runner.run("read", "-q", *arguments, *extra, "-w", out, "--decrypted", capture)
    return packets(read(out)), result


def tshark_tables(sas):
    """Wireshark's esp_sa rows of SA files, as -o options."""
    rows = []
    for path in sas:
        rows += [line for line in runner.run("sa", "--to", "wireshark", path).text().splitlines() if line and line not in rows]
    return ["-o", "esp.enable_encryption_decode:TRUE"] + [word for row in rows for word in ("-o", "uat:esp_sa:" + row)]


def tshark_plain(capture, sas):
    """Frame number -> every 'Decrypted Data' that tshark shows of it, in order; None where it does not take the rows."""
    done = subprocess.run(["tshark", "-n", "-r", capture, *tshark_tables(sas), "-x"], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL,
                          text=True)
    if done.returncode != 0:
        return None
    found, number, data, heading = {}, 0, None, False
    for line in done.stdout.splitlines():
        if line.startswith("0000  ") and not heading:  # a frame of one data source has no heading
            number, data = number + 1, None
        if line.startswith("Frame ("):
            number, data = number + 1, None
        elif line.startswith("Decrypted Data ("):
            data = bytearray()
            found.setdefault(number, []).append(data)
        elif re.match(r"[0-9a-f]{4}  ", line):
            if data is not None:
                data += bytes.fromhex(line[6:54].replace(" ", ""))
        elif line:
            data = None
        heading = line.endswith(" bytes):")
    return found


def payload(packet):
    """What stands behind the IP header of an opened packet (no extension headers here)."""
    return packet[(packet[0] & 15) * 4:] if packet[0] >> 4 == 4 else packet[40:]


def ip4_checksums(found):
    return all(pcap.checksum(p.data[:(p.data[0] & 15) * 4]) == 0 for p in found if p.data[0] >> 4 == 4)


def beside_tshark(name, capture, sas, folder, mode, expected=None):
    """Each opened packet is what tshark decrypts."""
    found, result = decrypt(folder, capture, *sas)
    runner.check("%s: exit status" % name, result.status in (0, 1), result.status)
    runner.check("%s: each is one whole IP packet with a right checksum" % name,
                 ip4_checksums(found) and all(p.linktype == 101 and len(p.data) == p.wire for p in found))
    if expected is not None:
        runner.equal("%s: one packet for each opened one" % name, len(found), expected)
    if read(capture)[:4] == b"\xd4\xc3\xb2\xa1":
        times = {frame.number: frame.time for frame in pcap.read(capture)}
        runner.equal("%s: at their times" % name, [p.time for p in found], [times[p.frame()] for p in found])
    if not shutil.which("tshark"):
        runner.skip("%s: as tshark decrypts" % name, "tshark is not installed")
        return found
    plain = tshark_plain(capture, sas)
    if plain is None:
        runner.skip("%s: as tshark decrypts" % name, "this tshark does not know the algorithm")
        return found
    wrong = []
    for packet in found:
        ours = packet.data if mode == TUNNEL else payload(packet.data)
        if not any(bytes(data[:len(ours)]) == ours for data in plain.get(packet.frame(), [])):
            wrong.append(packet.frame())
    runner.equal("%s: byte by byte what tshark decrypts" % name, (len(found) > 0, wrong), (True, []))
    return found


def kernel_traffic(folder):
    for name in sorted(os.listdir(runner.shared("kernel-traffic"))):
        place = runner.shared("kernel-traffic", name)
        if not os.path.isdir(place):
            continue
        capture, sas = os.path.join(place, "t.pcap"), [os.path.join(place, "xfrmA.txt")]
        accepted = runner.run("read", "-f", "json", "-s", sas[0], capture).record("summary")
        ipsec = accepted["esp"] + accepted["ah"]
        runner.equal("kernel %s: all of it is accepted" % name, accepted["verdicts"], {"accepted": ipsec})
        nested = 2 if name.startswith("nest") else 1
        if name.startswith("esp"):
            mode = TRANSPORT if "transport" in name else TUNNEL
            found = beside_tshark("kernel %s" % name, capture, sas, folder, mode, ipsec // nested)
        else:
            found, _ = decrypt(folder, capture, *sas)
            runner.equal("kernel %s: one packet for each opened one" % name, len(found), ipsec // nested)
            runner.check("kernel %s: checksums" % name, ip4_checksums(found))
        clear_copies("kernel %s" % name, capture, found)
        pings(name, found)


def pings(name, found):
    """The traffic is pings, and each is answered: requests and replies carry the same bytes."""
    seen = {}
    for packet in found:
        data = packet.data
        kind = payload(data)
        proto = data[9] if data[0] >> 4 == 4 else data[6]
        if proto not in (1, 58) or kind[0] not in (0, 8, 128, 129):
            continue
        request = kind[0] in (8, 128)
        seen.setdefault(kind[4:], [0, 0])[0 if request else 1] += 1
    runner.check("kernel %s: requests and replies match" % name, seen and all(row == [1, 1] for row in seen.values()), repr(seen)[:200])


def clear_copies(name, capture, found):
    """A Linux host shows what it opened once more, right behind: the clear frame is what we wrote, but for the ECN and TTL that it may touch."""
    frames = pcap.read(capture)
    clear = {}
    for frame in frames:
        ip = frame.ip()
        if ip and ip[2] not in (50, 51, 17):
            length = struct.unpack_from(">H", frame.data, 16)[0]
            clear.setdefault(frame.data[14:14 + length], []).append(frame.number)
    tunnels = {p.data for p in found if p.data[0] >> 4 == 4}
    copies = [number for data, numbers in clear.items() for number in numbers if data in tunnels]
    unlike = [numbers for data, numbers in clear.items() if data not in tunnels]
    if clear:
        runner.equal("%s: each clear copy is an opened packet byte by byte" % name, (len(copies) > 0, unlike), (True, []))


def sessions(folder):
    for name, clear in (("v2gcm", True), ("v2cbc", True), ("v2gcmencap", True), ("rekeychild", True), ("v2null", True), ("loss", True)):
        place = runner.shared("scenarios", name)
        if not place:
            continue
        capture, keys = os.path.join(place, "t.pcap"), os.path.join(place, "keysA", "esp_sa")
        found = beside_tshark("session %s" % name, capture, [keys], folder, TUNNEL)
        if clear:
            clear_copies("session %s" % name, capture, found)


def corpora(folder):
    for name in ("3des-cbc_hmac-sha1", "aes-cbc_hmac-sha1", "null_hmac-md5"):
        capture = runner.shared("corpora", "ipdecap-%s.cap" % name)
        sas = runner.shared("corpora", "ipdecap-%s.setkey" % name)
        if not capture or not sas:
            runner.skip("corpora ipdecap-%s" % name, "it is not there")
            continue
        beside_tshark("corpora ipdecap-%s" % name, capture, [sas], folder, TUNNEL, 250 if name.startswith("aes") else 248)


def two_captures_and_refusals(folder):
    """Comments: which file, which envelope, what the verdict is where it is no acceptance."""
    nested = runner.shared("kernel-traffic", "nest4-ah-over-esp")
    found, _ = decrypt(folder, os.path.join(nested, "t.pcap"), os.path.join(nested, "xfrmA.txt"))
    runner.equal("nested SAs: the comment names both", found[0].comments, ["ESP SPI 0x00001001 seq 1 inside AH SPI 0x00002001, frame 1"])
    gcm = runner.shared("kernel-traffic", "esp4-tunnel-gcm128")
    capture, sas = os.path.join(gcm, "t.pcap"), os.path.join(gcm, "xfrmA.txt")
    copy = os.path.join(folder, "second.pcap")
    shutil.copyfile(capture, copy)
    found, _ = decrypt(folder, copy, sas, runner.shared("kernel-traffic", "esp6-tunnel-chapoly", "xfrmA.txt"),
                       extra=[runner.shared("kernel-traffic", "esp6-tunnel-chapoly", "t.pcap")])
    runner.check("two captures: comments name the second one", found[0].comments[0].endswith(", frame 1") and
                 found[-1].comments[0].endswith(" of %s" % copy), (found[0].comments, found[-1].comments))
    found, _ = decrypt(folder, capture)
    runner.equal("without keys nothing is opened", found, [])
    ah = runner.shared("kernel-traffic", "ah4-transport-sha256")
    keyless = os.path.join(folder, "keyless.txt")
    with open(os.path.join(ah, "xfrmA.txt"), encoding="utf-8") as file:
        text = re.sub(r"(auth-trunc \S+) 0x[0-9a-f]+", r"\1 ", file.read())
    with open(keyless, "w", encoding="utf-8") as file:
        file.write(text)
    found, _ = decrypt(folder, os.path.join(ah, "t.pcap"), keyless)
    runner.check("AH without its key: said that nobody checked", found and all(p.comments[0].endswith(", ICV not checked") for p in found))
    damaged = os.path.join(folder, "damaged.pcap")
    frames = [bytearray(frame.data) for frame in pcap.read(capture)]
    for data in frames:
        if data[23] == 50:
            data[60] ^= 1
    pcap.write(damaged, [bytes(data) for data in frames], linktype=1)
    found, _ = decrypt(folder, damaged, sas)
    runner.equal("packets whose ICV is wrong are not written", found, [])


def workers(folder):
    """The same bytes, however many threads."""
    gcm = runner.shared("scenarios", "rekeychild")
    written = []
    for count in (1, 2, 4):
        for what in ("--decrypted", "--extract"):
            out = os.path.join(folder, "workers.pcapng")
            runner.run("read", "-q", "--workers", count, "-s", os.path.join(gcm, "keysA", "esp_sa"), "-w", out, what,
                       os.path.join(gcm, "t.pcap"))
            written.append((what, read(out)))
    runner.equal("one to four workers write the same bytes", len({data for _, data in written}), 2)


def extracted(folder, capture, *arguments, stdin=b""):
    out = os.path.join(folder, "extract.pcapng")
    report = runner.run("read", "-f", "json", "-w", out, "--extract", *arguments, capture, stdin=stdin)
    return packets(read(out)), report, out


def extract_oracle(folder):
    """Frames of findings with their bytes, times and link type; the comments name the findings."""
    for group, address in (("replay-64", "10.77.0.2"), ("gcm-tunnel4", "10.77.0.2"), ("policy-block", "10.77.0.2")):
        capture = runner.shared("oracle", group + ".pcap")
        found, report, out = extracted(folder, capture, "--receiver", address, "-s", runner.shared("oracle", group + ".state.txt"))
        frames = {(frame.time, frame.data): frame.number for frame in pcap.read(capture)}
        numbers = [frames.get((p.time, p.data)) for p in found]
        runner.check("extract %s: bytes and times are the capture's" % group, numbers and None not in numbers, numbers)
        runner.check("extract %s: in the order of the capture, each once" % group, numbers == sorted(set(numbers)), numbers)
        named = dict(zip(numbers, found))
        findings = report.records("finding")
        for finding in findings:
            head = "%s %s %s: " % (finding["condition"], finding["severity"], finding["certainty"])
            told = [n for n, p in named.items() if head + finding["explanation"] in p.comments]
            wanted = [place["frame"] for place in (finding["first"], finding["last"]) if place["frame"]]
            runner.check("extract %s: %s: first and last frame, and no more than 16" % (group, finding["condition"]),
                         set(wanted) <= set(told) and 0 < len(told) <= 16, (wanted, told))
            if finding["count"] <= 16 and len(findings) > 0 and finding["last"]["frame"]:
                runner.check("extract %s: %s: all of its %d" % (group, finding["condition"], finding["count"]),
                             len(told) <= finding["count"], told)
        if shutil.which("tshark"):
            done = subprocess.run(["tshark", "-n", "-r", out, "-T", "fields", "-e", "frame.comment"], stdout=subprocess.PIPE,
                                  stderr=subprocess.PIPE, text=True)
            lines = done.stdout.splitlines()
            runner.equal("extract %s: tshark reads it, comments and all" % group,
                         (done.returncode, len(lines), all(p.comments[0][:60] in line for p, line in zip(found, lines))),
                         (0, len(found), True))
        if shutil.which("capinfos"):
            done = subprocess.run(["capinfos", "-Mmc", out], stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True)
            runner.check("extract %s: capinfos has nothing to complain of" % group,
                         done.returncode == 0 and re.search(r"Number of packets: +%d\n" % len(found), done.stdout) and
                         "error" not in done.stdout.lower(), done.stdout)


def flood(count, spi=0x5000):
    return [pcap.ethernet(pcap.ip4("10.9.0.1", "10.9.0.2", 50, pcap.esp(spi + i % 2, i + 1))) for i in range(count)]


def extract_bounds(folder):
    """Sixteen of many, first and last among them; and standard input, which cannot be read twice."""
    capture = pcap.write(os.path.join(folder, "flood.pcap"), flood(500), linktype=1)
    found, report, _ = extracted(folder, capture, "--receiver", "10.9.0.2")
    findings = [f for f in report.records("finding") if f["condition"] == "unknown-spi"]
    runner.equal("flood: two findings", len(findings), 2)
    sequences = sorted(struct.unpack_from(">I", p.data, 38)[0] for p in found)
    runner.equal("flood: the first fifteen of each and the last", sequences, list(range(1, 31)) + [499, 500])
    piped, _, _ = extracted(folder, "-", "--receiver", "10.9.0.2", stdin=read(capture))
    runner.equal("flood: the same from standard input", [(p.time, p.data) for p in piped], [(p.time, p.data) for p in found])
    muted, _, _ = extracted(folder, capture, "--receiver", "10.9.0.2", "--mute", "unknown-spi", "--mute", "one-way")
    runner.equal("flood: what is muted is not extracted", muted, [])
    lost = pcap.write(os.path.join(folder, "lost.pcap"), [pcap.ethernet(pcap.ip4("10.9.0.1", "10.9.0.2", 50, pcap.esp(0x5000, n)))
                                                          for n in [*range(1, 30), *range(60, 90)]], linktype=1)
    found, report, _ = extracted(folder, lost)
    loss = [f for f in report.records("finding") if f["condition"] == "loss"]
    told = [p for p in found if any(comment.startswith("loss ") for comment in p.comments)]
    runner.equal("a finding of the end: its first frame is fetched", (len(loss), len(told), told and told[0].data[38:42]),
                 (1, 1, b"\0\0\0\1"))
    before = pcap.write(os.path.join(folder, "before.pcap"), [pcap.ethernet(pcap.ip4("10.9.0.3", "10.9.0.4", 6, bytes(20)))] * 90, linktype=1)
    found, report, _ = extracted(folder, lost, before)
    loss = [f for f in report.records("finding") if f["condition"] == "loss"]
    told = [p for p in found if any(comment.startswith("loss ") for comment in p.comments)]
    runner.equal("... from the second capture where it is there", (loss[0]["first"]["file"], len(told), told and told[0].data[38:42]),
                 (lost, 1, b"\0\0\0\1"))
    _, report, _ = extracted(folder, "-", stdin=read(lost))
    runner.check("... and said to be missing where the input cannot be read again", b"left out" in report.err, report.err)


def mixed_link_types(folder):
    """Captures of two link types in one output, and packed input that is read again."""
    first = pcap.write(os.path.join(folder, "one.pcap"), flood(3), linktype=1)
    second = os.path.join(folder, "two.pcap")
    pcap.write(second, [packet[14:] for packet in flood(3)], linktype=101)
    subprocess.run(["gzip", "-kf", second], check=True)
    out = os.path.join(folder, "mixed.pcapng")
    runner.run("read", "-q", "--receiver", "10.9.0.2", "-w", out, "--extract", first, second + ".gz")
    found = packets(read(out))
    runner.equal("two link types: both are kept", [p.linktype for p in found], [1, 1, 1, 101, 101, 101])
    if shutil.which("tshark"):
        done = subprocess.run(["tshark", "-n", "-r", out, "-T", "fields", "-e", "esp.sequence"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, text=True)
        runner.equal("two link types: tshark reads both", done.stdout.split(), ["1", "2", "3", "1", "2", "3"])


def usage(folder):
    capture = pcap.write(os.path.join(folder, "usage.pcap"), flood(2), linktype=1)
    out = os.path.join(folder, "usage.pcapng")
    for name, arguments, says in (
            ("-w alone", ["-w", out], b"one of --decrypted"),
            ("-w with both", ["-w", out, "--decrypted", "--extract"], b"one of --decrypted"),
            ("--extract alone", ["--extract"], b"--extract wants -w FILE"),
            ("--decrypted alone", ["--decrypted"], b"--decrypted wants -w FILE"),
            ("-w - with results on standard output", ["-w", "-", "--extract"], b"-o FILE"),
            ("a folder that is not there", ["-w", os.path.join(folder, "no", "x"), "--extract"], b"No such file or directory"),
            ("a folder", ["-w", folder, "--extract"], b"Is a directory")):
        result = runner.run("read", *arguments, capture)
        runner.check("%s: exit status 2, and why" % name, result.status == 2 and says in result.err and not result.out,
                     (result.status, result.err))
    runner.check("nothing was written", not os.path.exists(out))


def spared(folder):
    """What this run reads, or writes otherwise, is never written over."""
    capture = pcap.write(os.path.join(folder, "spared.pcap"), flood(2), linktype=1)
    other = pcap.write(os.path.join(folder, "other.pcap"), flood(2), linktype=1)
    sas = os.path.join(folder, "sas.txt")
    with open(sas, "w", encoding="utf-8") as file:
        file.write("src 10.9.0.1 dst 10.9.0.2\n\tproto esp spi 0x00005000 reqid 1 mode tunnel\n")
    os.symlink(capture, os.path.join(folder, "soft.pcap"))
    os.link(capture, os.path.join(folder, "hard.pcap"))
    results = os.path.join(folder, "results.txt")
    before = {path: read(path) for path in (capture, other, sas)}
    for name, arguments in (
            ("the capture", ["-w", capture, capture]),
            ("a later capture", ["-w", capture, other, capture]),
            ("a symbolic link to it", ["-w", os.path.join(folder, "soft.pcap"), capture]),
            ("a hard link to it", ["-w", os.path.join(folder, "hard.pcap"), capture]),
            ("an SA file", ["-s", sas, "-w", sas, capture]),
            ("an SA file with its format", ["-s", "xfrm:" + sas, "-w", sas, capture]),
            ("the results", ["-o", results, "-w", results, capture])):
        result = runner.run("read", "--extract", *arguments)
        runner.check("%s is spared" % name, result.status == 2 and b"not written over" in result.err, (result.status, result.err))
    with open(capture, "rb") as file:
        done = subprocess.run([runner.ESPLAIN, "read", "-q", "-w", capture, "--extract", "-"], stdin=file, stdout=subprocess.PIPE,
                              stderr=subprocess.PIPE)
    runner.check("standard input that is the file is spared", done.returncode == 2 and b"not written over" in done.stderr, done.stderr)
    runner.equal("all of them are as they were", {path: read(path) for path in before}, before)
    result = runner.run("read", "-o", "/dev/null", "-w", "/dev/null", "--extract", "--receiver", "10.9.0.2", capture)
    runner.equal("/dev/null twice is no harm", result.status, 1)


def standard_output(folder):
    capture = pcap.write(os.path.join(folder, "stdout.pcap"), flood(4), linktype=1)
    results = os.path.join(folder, "stdout.json")
    result = runner.run("read", "-f", "json", "-o", results, "--receiver", "10.9.0.2", "-w", "-", "--extract", capture)
    runner.equal("-w - with -o: the capture on standard output, the results in the file",
                 (len(packets(result.out)), b'"type":"summary"' in read(results)), (4, True))
    result = runner.run("read", "-q", "--receiver", "10.9.0.2", "-w", "-", "--extract", capture)
    runner.equal("-w - with -q: nothing else on standard output", len(packets(result.out)), 4)
    runner.check("-w - with -q: the headline on standard error", b"error" in result.err, result.err)
    many = pcap.write(os.path.join(folder, "many.pcap"), flood(20000), linktype=1)
    done = subprocess.run("%s read -q --receiver 10.9.0.2 -w - --extract %s 2>&1 >/dev/full" % (runner.ESPLAIN, many), shell=True,
                          stdout=subprocess.PIPE)
    runner.check("standard output that is full: exit status 2, and said", done.returncode == 2 and b"No space left" in done.stdout, done)
    done = subprocess.run(["bash", "-c", "set -o pipefail; '%s' read -q --receiver 10.9.0.2 -w - --extract '%s' | head -c 24 >/dev/null"
                           % (runner.ESPLAIN, many)], stdout=subprocess.PIPE, stderr=subprocess.PIPE)
    runner.check("a reader that leaves is no fault", done.returncode in (1, 2) and b"pipe" not in done.stderr.lower(),
                 (done.returncode, done.stderr))


def full_disk(folder):
    if not os.path.exists("/dev/full"):
        runner.skip("a full disk", "there is no /dev/full")
        return
    gcm = runner.shared("kernel-traffic", "esp4-tunnel-gcm128")
    arguments = ("-s", os.path.join(gcm, "xfrmA.txt"), os.path.join(gcm, "t.pcap")) if gcm else \
        (pcap.write(os.path.join(folder, "full.pcap"), flood(2), linktype=1),)
    for what in ("--decrypted", "--extract"):
        result = runner.run("read", "-f", "json", "-w", "/dev/full", what, *arguments)
        runner.check("%s onto a full disk: exit status 2, said once, the results all the same" % what,
                     result.status == 2 and result.err.count(b"No space left on device") == 1 and result.record("summary")["frames"] > 0,
                     (result.status, result.err))


def private(folder):
    """What was secret on the wire is the owner's alone; nothing of this machine is in the file."""
    capture = pcap.write(os.path.join(folder, "private.pcap"), flood(2), linktype=1)
    out = os.path.join(folder, "private.pcapng")
    runner.run("read", "-q", "-w", out, "--decrypted", capture)
    runner.equal("a new decrypted capture can be read by its owner alone", os.stat(out).st_mode & 0o077, 0)
    first, _ = next(iter(blocks(read(out)))), None
    runner.check("the section names esplain and nothing else",
                 [code for code, _ in options(first[1][16:])] == [4] and options(first[1][16:])[0][1].startswith(b"esplain "), first)
    again = os.path.join(folder, "again.pcapng")
    runner.run("read", "-q", "-w", again, "--decrypted", capture)
    runner.equal("the same input gives the same bytes", read(again), read(out))


def main():
    with tempfile.TemporaryDirectory() as folder:
        usage(folder)
        spared(folder)
        standard_output(folder)
        full_disk(folder)
        private(folder)
        extract_bounds(folder)
        mixed_link_types(folder)
        if not runner.shared("kernel-traffic"):
            runner.skip("decrypted captures", "%s is not there" % runner.SHARED)
            return
        kernel_traffic(folder)
        sessions(folder)
        corpora(folder)
        two_captures_and_refusals(folder)
        workers(folder)
        extract_oracle(folder)


main()
runner.finish()
