"""inject: runs in the guest. Sends crafted packets one by one into the kernel of B and notes which counter each raised."""
import json
import os
import socket
import struct
import subprocess
import sys
import time

sys.path.insert(0, os.path.dirname(os.path.abspath(__file__)))
import guest


def stat():
    with open("/proc/self/net/xfrm_stat") as text:
        return {line.split()[0]: int(line.split()[1]) for line in text}


class Capture:
    """What is sent and what B answers, as a pcap with nanoseconds."""

    def __init__(self, path, link):
        self.file, self.link, self.frames = open(path, "wb"), link, 0
        self.file.write(struct.pack("<IHHiIII", 0xa1b23c4d, 2, 4, 0, 0, 65535, 1))

    def note(self, frame):
        now = time.time_ns()
        self.file.write(struct.pack("<IIII", now // 10**9, now % 10**9, len(frame), len(frame)) + frame)
        self.frames += 1
        return self.frames

    def send(self, frame):
        number = self.note(frame)
        self.link.send(frame)
        return number

    def answers(self):
        got = 0
        while True:
            try:
                frame, where = self.link.recvfrom(65536)
            except BlockingIOError:
                return got
            if where[2] != socket.PACKET_OUTGOING:
                self.note(frame)
                got += 1


def run(group, root, link):
    folder = guest.out(os.path.join(root, group["name"]))
    guest.enter("B")
    guest.command("ip xfrm state flush; ip xfrm policy flush")
    takers = [guest.encap(family) for family in group.get("encap", [])]
    try:
        for line in group["setup"]:
            guest.command(line)
    except RuntimeError as error:
        print(f"{group['name']}: refused: {error}", flush=True)
        return
    monitor = subprocess.Popen(["ip", "-t", "xfrm", "monitor"], stdout=open(f"{folder}/monitor.txt", "w"))
    time.sleep(0.15)
    capture = Capture(f"{folder}/t.pcap", link)
    verdicts = []
    for number, case in enumerate(group["cases"], 1):
        for line in case.get("before", []):
            guest.command(line)
        if case.get("before"):
            time.sleep(0.25)  # ip xfrm monitor stamps what it hears when it gets round to it
        time.sleep(case.get("sleep", 0))
        capture.answers()
        before = stat()
        frames = [capture.send(bytes.fromhex(frame)) for frame in case["frames"]]
        time.sleep(0.012)  # longer than esplain takes an opened copy to follow
        capture.answers()
        after = stat()
        raised = {key: after[key] - before[key] for key in after if after[key] != before[key]}
        verdicts.append({"group": group["name"], "n": number, "name": case["name"], "xfrm": raised, "frames": frames})
    time.sleep(group.get("linger", 0.05))
    guest.command(f"(ip -s xfrm state; ip -s xfrm policy; cat /proc/net/xfrm_stat) > {folder}/state.txt")
    monitor.terminate()
    monitor.wait()
    capture.file.close()
    for taker in takers:
        taker.close()
    with open(f"{folder}/verdicts.jsonl", "w") as text:
        text.writelines(json.dumps(verdict) + "\n" for verdict in verdicts)
    with open(f"{folder}/setup.txt", "w") as text:
        text.write("\n".join(group["setup"]) + "\n")
    print(f"{group['name']}: {len(verdicts)} cases", flush=True)


def main():
    guest.hosts()
    guest.command("ip -n B addr add 10.77.0.22/24 dev v; ip -n B addr add fd77::22/64 dev v nodad")
    link = guest.opened("A", lambda: socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(3)))
    link.bind(("v", 0))
    link.setblocking(False)
    guest.enter("B")
    listeners = []
    for family in (4, 6):
        listener = guest.udp(family)
        listener.bind(("" if family == 4 else "::", 9999 + family))
        listeners.append(listener)
    with open("/mnt/out/groups.json") as text:
        for group in json.load(text):
            run(group, "/mnt/out", link)


main()
