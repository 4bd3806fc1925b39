"""tcp: a real session of two hosts put into a TCP connection (RFC 9329): the verdicts and the story stay what they were, however the bytes
were cut into segments; and what tshark makes of the same file."""
import os
import shutil
import struct
import subprocess
import tempfile

import pcap
import runner

PREFIX = b"IKETCP"
FIN, SYN, PSH, ACK = 1, 2, 8, 16


def segment(ends, seq, ack, flags, payload=b""):
    (source, sport), (destination, dport) = ends
    head = struct.pack(">HHIIBBHHH", sport, dport, seq & 0xffffffff, ack & 0xffffffff, 5 << 4, flags, 65535, 0, 0)
    return pcap.ip4(source, destination, 6, head + payload)


class Connection:
    """Both directions; frames are (time, packet)."""

    def __init__(self, client, server, time, ports=(40001, 4500), start=(0xfffffff0, 1000)):
        self.client, self.server = (client, ports[0]), (server, ports[1])
        self.seq = {client: start[0] + 1, server: start[1] + 1}
        self.frames = [(time, segment((self.client, self.server), start[0], 0, SYN)),
                       (time, segment((self.server, self.client), start[1], start[0] + 1, SYN | ACK)),
                       (time, segment((self.client, self.server), start[0] + 1, start[1] + 1, ACK))]

    def send(self, source, data, time, sizes=(1 << 16,)):
        own, other = (self.client, self.server) if source == self.client[0] else (self.server, self.client)
        at, turn = 0, 0
        while at < len(data):
            part = data[at:at + sizes[turn % len(sizes)]]
            self.frames.append((time, segment((own, other), self.seq[own[0]], self.seq[other[0]], PSH | ACK, part)))
            self.seq[own[0]] += len(part)
            at, turn = at + len(part), turn + 1


def message(data):
    return struct.pack(">H", len(data) + 2) + data


def messages(frames):
    """IKE and ESP of a session: (time, source, destination, bytes as RFC 9329 carries them)."""
    for frame in frames:
        ip = frame.ip()
        if ip and ip[2] == 50:
            yield frame.time, ip[0], ip[1], message(ip[3])
        elif ip and ip[2] == 17 and 500 in struct.unpack(">HH", ip[3][:4]):
            yield frame.time, ip[0], ip[1], message(bytes(4) + ip[3][8:])
        elif ip and ip[2] == 17 and 4500 in struct.unpack(">HH", ip[3][:4]):
            yield frame.time, ip[0], ip[1], message(ip[3][8:])


def session(frames, **options):
    found = list(messages(frames))
    time, client, server, _ = found[0]
    connection = Connection(client, server, time, **options)
    return connection, found


def write(path, frames):
    with open(path, "wb") as file:
        file.write(pcap.header() + b"".join(pcap.record(packet, time) for time, packet in frames))
    return path


def in_tcp(path, folder):
    """An SA dump whose SAs want TCP."""
    lines = []
    for line in open(path):
        lines.append(line)
        if line.startswith("\tproto esp"):
            lines.append("\tencap type espintcp sport 4500 dport 4500 addr 0.0.0.0\n")
    out = os.path.join(folder, "tcp.xfrm")
    with open(out, "w") as file:
        file.write("".join(lines))
    return out


def verdicts(result):
    return [(v["time"], v["src"], v["dst"], v["spi"], v["seq"], v["verdict"], v["certainty"], v["inner"]) for v in result.records("verdict")]


def story(result):
    """The timeline, without frame numbers."""
    told = result.text().split("Story of")[1].split("\n\n")[0]
    return [line.split()[0:1] + [word for word in line.split()[1:] if not word.isdigit()] for line in told.splitlines()[1:]]


def all_of(frames, folder, sa, keys, plain, plain_story):
    cuts = {"a message a segment": (1 << 16,), "one byte a segment": (1,), "odd sizes": (7, 1, 300, 2, 1448), "2 bytes": (2,), "3 bytes": (3,)}
    for name, sizes in cuts.items():
        connection, found = session(frames)
        connection.send(found[0][1], PREFIX, found[0][0], sizes)
        for time, source, _, data in found:
            connection.send(source, data, time, sizes)
        capture = write(os.path.join(folder, "cut.pcap"), connection.frames)
        same(name, capture, sa, keys, plain, plain_story)


def same(name, capture, sa, keys, plain, plain_story):
    result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, capture)
    runner.equal("%s: the verdicts" % name, verdicts(result), plain)
    runner.equal("%s: encapsulation" % name, {v["encap"] for v in result.records("verdict")}, {"tcp"})
    runner.equal("%s: no finding" % name, [f["condition"] for f in result.records("finding")], [])
    runner.equal("%s: exit status and messages" % name, (result.status, result.err), (0, b""))
    summary = result.record("summary")
    runner.equal("%s: IKE messages" % name, summary["ike"], 6)
    told = runner.run("read", "-k", keys, "-s", sa, capture)
    runner.equal("%s: the story" % name, story(told), plain_story)


def order(frames, folder, sa, keys, plain, plain_story):
    """Segments in another order, twice, and overlapping: each byte counts once. One time for all, so that the order shows nothing."""
    connection, found = session(frames)
    connection.send(found[0][1], PREFIX, found[0][0])
    for time, source, _, data in found:
        connection.send(source, data, time, (50,))
    frames = connection.frames
    swapped = frames[:3] + [frame for pair in zip(frames[4::2], frames[3::2]) for frame in pair] + (frames[-1:] if len(frames) % 2 == 0 else [])
    result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, write(os.path.join(folder, "o.pcap"), swapped))
    runner.equal("neighbours swapped: packets and verdicts", sorted(v[1:6] for v in verdicts(result)), sorted(v[1:6] for v in plain))
    twice = [frame for frame in frames for _ in (0, 1)]
    same("every segment twice", write(os.path.join(folder, "t.pcap"), twice), sa, keys, plain, plain_story)


def late(frames, folder, sa, plain):
    """Without the first segments: messages are found where segments begin."""
    connection, found = session(frames)
    connection.send(found[0][1], PREFIX, found[0][0])
    for time, source, _, data in found:
        connection.send(source, data, time)
    for skipped in (4, 5, 6, 7):
        capture = write(os.path.join(folder, "l.pcap"), connection.frames[skipped:])
        result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, capture)
        runner.equal("%d segments late: packets and verdicts" % skipped, sorted(v[1:6] for v in verdicts(result)), sorted(v[1:6] for v in plain))
    esp = [i for i, (_, packet) in enumerate(connection.frames) if len(packet) > 42 and packet[42:46] != bytes(4)]
    capture = write(os.path.join(folder, "e.pcap"), [connection.frames[i] for i in esp if i > 3])
    result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, capture)
    runner.equal("ESP alone, late: the packets", sorted(v[1:6] for v in verdicts(result)), sorted(v[1:6] for v in plain))
    lost = connection.frames[:12] + connection.frames[13:]
    result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, write(os.path.join(folder, "g.pcap"), lost))
    runner.check("a lost segment holds its direction up, the other goes on", len(result.records("verdict")) >= len(plain) // 2)


def ports(frames, folder, sa, plain):
    for name, pair, wanted in (("443", (40001, 443), len(plain)), ("another port", (40001, 8443), 0)):
        connection, found = session(frames, ports=pair)
        connection.send(found[0][1], PREFIX, found[0][0])
        for time, source, _, data in found:
            connection.send(source, data, time, (1000,))
        result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, write(os.path.join(folder, "p.pcap"), connection.frames))
        runner.equal("port %s: packets" % name, len(result.records("verdict")), wanted)
    for name, begin in (("another protocol on 4500", b"GET / HTTP/1.1\r\nHost: a\r\n\r\n"), ("TLS on 4500", b"\x16\x03\x01\x02\x00" + bytes(300))):
        connection, found = session(frames)
        for time, source, _, _ in found:
            connection.send(source, begin, time)
        result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, write(os.path.join(folder, "q.pcap"), connection.frames))
        runner.equal("%s stays clear" % name, (result.records("verdict"), result.record("summary")["other"], result.status),
                     ([], len(connection.frames), 0))


def wrong(frames, folder, dump):
    """SAs that want no TCP."""
    connection, found = session(frames)
    connection.send(found[0][1], PREFIX, found[0][0])
    for time, source, _, data in found:
        connection.send(source, data, time)
    result = runner.run("read", "-f", "json", "--verdicts", "-s", dump, write(os.path.join(folder, "w.pcap"), connection.frames))
    runner.equal("SAs without TCP: verdicts", {v["verdict"] for v in result.records("verdict")}, {"wrong-encapsulation"})


def split(data):
    """(SPI, sequence number) of ESP, None for IKE: the messages of one direction."""
    if data.startswith(PREFIX):
        data = data[len(PREFIX):]
    while data:
        length = struct.unpack_from(">H", data)[0]
        spi, number = struct.unpack_from(">II", data, 2)
        yield ("0x%08x" % spi, number) if spi else None
        data = data[length:]


def second_reader(frames, folder, sa):
    """tshark puts the streams together: the same messages come out of its bytes. (What is in them it reads by Cisco's older way only.)"""
    if shutil.which("tshark") is None:
        runner.skip("tshark reads the same", "tshark is not installed")
        return
    connection, found = session(frames)
    connection.send(found[0][1], PREFIX, found[0][0], (4,))
    for time, source, _, data in found:
        connection.send(source, data, time, (100, 33))
    mixed = connection.frames[:3] + [frame for i in range(3, len(connection.frames), 3) for frame in reversed(connection.frames[i:i + 3])]
    capture = write(os.path.join(folder, "s.pcap"), mixed)
    done = subprocess.run(["tshark", "-n", "-r", capture, "-q", "-z", "follow,tcp,raw,0"], stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL, check=False)
    lines = [line for line in done.stdout.decode().splitlines() if line and not line.strip("0123456789abcdef\t")]
    sides = [bytes.fromhex("".join(line.strip() for line in lines if line.startswith("\t") == side)) for side in (False, True)]
    theirs = [message for side in sides for message in split(side)]
    result = runner.run("read", "-f", "json", "--verdicts", "-s", sa, capture)
    runner.equal("tshark's streams hold the same ESP packets", sorted(filter(None, theirs)),
                 sorted((v["spi"], v["seq"]) for v in result.records("verdict")))
    runner.equal("and as many IKE messages", theirs.count(None), result.record("summary")["ike"])


def main():
    folder = runner.shared("scenarios", "v2gcm")
    if folder is None:
        runner.skip("IKE and ESP in TCP", "../shared/scenarios is absent")
        runner.finish()
    capture, dump = os.path.join(folder, "t.pcap"), os.path.join(folder, "xfrmB-end.txt")
    keys = os.path.join(folder, "keysA", "ikev2_decryption_table")
    frames = pcap.read(capture)
    plain = verdicts(runner.run("read", "-f", "json", "--verdicts", "-s", dump, capture))
    plain_story = story(runner.run("read", "-k", keys, "-s", dump, capture))
    runner.check("the session has ESP both ways", len(plain) >= 10)
    with tempfile.TemporaryDirectory() as temporary:
        sa = in_tcp(dump, temporary)
        all_of(frames, temporary, sa, keys, plain, plain_story)
        order(frames, temporary, sa, keys, plain, plain_story)
        late(frames, temporary, sa, plain)
        ports(frames, temporary, sa, plain)
        wrong(frames, temporary, dump)
        second_reader(frames, temporary, sa)
    runner.finish()


if __name__ == "__main__":
    main()
