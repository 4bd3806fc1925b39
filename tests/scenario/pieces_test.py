"""pieces: a real IKEv1 session whose messages are cut into Fragment payloads ([MS-IKEE] 2.2.3.1, Cisco's form, strongSwan's numbering): the
story stays what it was, in any order and with repetitions; tshark puts the same messages together."""
import glob
import os
import re
import shutil
import struct
import subprocess
import tempfile

import pcap
import runner

FRAGMENT, ENCRYPTED = 132, 1


def pieces(message, size, identification):
    """Each behind the header of the message, with another first payload, without the flag, with a length of its own."""
    parts = [message[at:at + size] for at in range(0, len(message), size)]
    for number, part in enumerate(parts, 1):
        head = message[:16] + bytes([FRAGMENT]) + message[17:19] + bytes([message[19] & ~ENCRYPTED]) + message[20:24]
        payload = struct.pack(">BBHHBB", 0, 0, 8 + len(part), identification, number, number == len(parts)) + part
        yield head + struct.pack(">I", 28 + len(payload)) + payload


def cut(frames, size, counting, arrange=lambda parts: parts, only=None):
    """Frames with IKE on port 500 or 4500 as pieces; the others as they are."""
    found, identification = [], 1
    for frame in frames:
        ip = frame.ip()
        if ip and ip[2] == 17 and len(ip[3]) > 40:
            sport, dport = struct.unpack(">HH", ip[3][:4])
            data = ip[3][8:]
            marker = data[:4] if data[:4] == bytes(4) else b""
            message = data[len(marker):]
            if 500 in (sport, dport) or (4500 in (sport, dport) and marker):
                parts = list(pieces(message, size, identification))
                if only is None or only == identification:
                    parts = arrange(parts)
                for part in parts:
                    found.append((frame.time, pcap.ethernet(pcap.ip4(ip[0], ip[1], 17, pcap.udp(sport, dport, marker + part)))))
                identification += counting
                continue
        found.append((frame.time, frame.data))
    return found


def write(path, frames):
    with open(path, "wb") as file:
        file.write(pcap.header(1) + b"".join(pcap.record(packet, time) for time, packet in frames))
    return path


def story(result):
    """The timeline: times and words, without frame numbers."""
    told = result.text().split("Story of")[1].split("\n\n")[0]
    return re.sub(r"(\d\.\d{6}) +\d+", r"\1 ", told)


def findings(result):
    return sorted((f["condition"], f["severity"], f["certainty"]) for f in result.records("finding"))


def same(name, capture, options, plain):
    wanted_story, wanted_findings, ike = plain
    runner.equal("%s: the story" % name, story(runner.run("read", *options, capture)), wanted_story)
    runner.equal("%s: the findings" % name, findings(runner.run("read", "-f", "json", *options, capture)), wanted_findings)
    runner.check("%s: more IKE packets" % name, runner.run("read", "-f", "json", capture).record("summary")["ike"] >= ike)


def exchanges(capture):
    """What tshark reads of whole messages: message ID and flags of those that are no piece, or that pieces make."""
    done = subprocess.run(["tshark", "-n", "-r", capture, "-Y", "isakmp", "-T", "fields", "-E", "occurrence=l", "-e", "isakmp.messageid",
                           "-e", "isakmp.flags", "-e", "isakmp.length", "-e", "isakmp.nextpayload"],
                          stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=False)
    return done.stdout.decode().splitlines()


def main():
    folder = runner.shared("scenarios", "v1main")
    if folder is None:
        runner.skip("IKEv1 fragments", "../shared/scenarios is absent")
        runner.finish()
    capture = os.path.join(folder, "t.pcap")
    options = [part for path in sorted(glob.glob(os.path.join(folder, "keysA", "ikev1_decryption_table"))) for part in ("-k", path)]
    runner.check("v1main has an IKEv1 key", options)
    frames = pcap.read(capture)
    plain = (story(runner.run("read", *options, capture)), findings(runner.run("read", "-f", "json", *options, capture)),
             runner.run("read", "-f", "json", capture).record("summary")["ike"])
    runner.check("the session is a story", "begins IKEv1" in plain[0], plain[0])
    with tempfile.TemporaryDirectory() as temporary:
        out = os.path.join(temporary, "p.pcap")
        for counting in (0, 1):
            for size in (24, 40, 100, 500):
                same("pieces of %d, %s" % (size, "counted" if counting else "all of one number"), write(out, cut(frames, size, counting)), options,
                     plain)
        same("pieces backwards", write(out, cut(frames, 40, 1, lambda parts: parts[::-1])), options, plain)
        same("each piece twice", write(out, cut(frames, 40, 1, lambda parts: [part for part in parts for _ in (0, 1)])), options, plain)
        same("a piece late, all sent again", write(out, cut(frames, 40, 0, lambda parts: parts[:1] + parts[2:] + parts)), options, plain)
        lost = runner.run("read", *options, write(out, cut(frames, 40, 1, lambda parts: parts[:-1])))
        runner.check("without the last pieces nothing came up", "IKE SA is up" not in lost.text() and lost.status is not None)
        if shutil.which("tshark") is None:
            runner.skip("tshark reads the same messages", "tshark is not installed")
        else:
            whole = exchanges(capture)
            theirs = exchanges(write(out, cut(frames, 100, 1)))
            joined = [line for line in theirs if line in whole]
            runner.check("tshark joins our pieces to the messages of the session", len(joined) >= len(whole) - 1, "%r of %r" % (theirs, whole))
    runner.finish()


if __name__ == "__main__":
    main()
