"""send: what reproduce --send puts on a wire is what it writes with -w, byte by byte, for every recipe; and live, at the other end, finds what it shows.
Refusals, the pace, signals, the loopback and interfaces without addresses."""
import collections
import concurrent.futures
import ipaddress
import os
import shutil
import signal
import socket
import subprocess
import tempfile
import threading
import time

import netns
import pcap
import runner

AT_ONCE = 8
SO_RCVBUFFORCE = 33

# Live shows these otherwise, by nature.
NOT_LIVE = {
    ("unknown-spi", "sa-deleted"): "the history that stands beside the capture is that of the plan's time",
    ("unknown-spi", "sa-expired"): "as before",
    ("unknown-spi", "sa-not-yet-added"): "as before",
    ("expired", "time-limit"): "the SA's time is the plan's",
}


class Hosts:
    """A sender and a receiver with a link between them, a namespace each; what is beyond the receiver is routed to it, and it drops that in silence."""

    def __init__(self):
        self.sender, self.receiver = netns.Namespace(0), netns.Namespace(0)
        self.sender.run("ip", "link", "add", "out0", "mtu", "1500", "type", "veth", "peer", "name", "in0", "mtu", "1500")
        self.sender.run("ip", "link", "set", "in0", "netns", str(self.receiver.holder.pid))
        for space, name, last in ((self.sender, "out0", 1), (self.receiver, "in0", 2)):
            space.run("sysctl", "-qw", "net.ipv6.conf.%s.accept_dad=0" % name)
            space.run("ip", "link", "set", name, "up")
            space.run("ip", "address", "add", "10.1.1.%d/24" % last, "dev", name)
            space.run("ip", "address", "add", "2001:db8:1::%d/64" % last, "dev", name, "nodad")
        self.sender.run("ip", "route", "add", "10.64.0.0/10", "via", "10.1.1.2")
        self.sender.run("ip", "route", "add", "2001:db8:77::/48", "via", "2001:db8:1::2")
        self.link = self.receiver.socket("in0", netns.ETH_P_ALL)
        self.link.setsockopt(socket.SOL_SOCKET, SO_RCVBUFFORCE, 32 << 20)
        self.came = collections.defaultdict(list)  # by destination: time and packet
        threading.Thread(target=self.listen, daemon=True).start()

    def listen(self):
        while True:
            try:
                frame = self.link.recv(65536)
            except OSError:
                return
            packet = frame[14:]
            if frame[12:14] in (b"\x08\x00", b"\x86\xdd"):
                self.came[destination(packet)].append((time.monotonic(), packet))

    def send(self, *arguments, wrapper=()):
        return self.sender.start(*wrapper, runner.ESPLAIN, "reproduce", *arguments, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def sent(self, *arguments, wrapper=()):
        process = self.send(*arguments, wrapper=wrapper)
        out, err = process.communicate(timeout=300)
        return runner.Result(process.args, process.returncode, out, err)

    def close(self):
        self.sender.close()
        self.receiver.close()


def destination(packet):
    at, size = (16, 4) if packet[0] >> 4 == 4 else (24, 16)
    return str(ipaddress.ip_address(packet[at:at + size]))


def content(path):
    if not os.path.exists(path):
        return None
    with open(path, "rb") as file:
        return file.read()


def until(holds, seconds=60):
    end = time.monotonic() + seconds
    while time.monotonic() < end and not holds():
        time.sleep(0.05)
    return holds()


class Case:
    """One row of the recipes in one IP version, with a destination of its own."""

    def __init__(self, folder, number, row, version):
        self.row, self.version = row, version
        self.name = " ".join(filter(None, [row["condition"], row["cause"], "IPv%d" % version]))
        self.dst = "10.%d.%d.1" % (64 + number // 256, number % 256) if version == 4 else "2001:db8:77:%x::1" % number
        self.src = "10.%d.%d.1" % (8 + number // 256, number % 256) if version == 4 else "2001:db8:9:%x::1" % number
        self.path = os.path.join(folder, "%d-%d.pcapng" % (number, version))
        self.options = ["--condition", row["condition"]] + (["--cause", row["cause"]] if row["cause"] else []) + ["--src", self.src, "--dst", self.dst]
        made = runner.run("reproduce", *self.options, "-w", self.path)
        self.made = made.status == 0
        if self.made:
            self.words = made.text().splitlines()[-1].split("esplain read ", 1)[1].split()[:-1]
            self.times, self.packets = [], []
            for at, packet in pcap.read_next_generation(self.path):
                self.times.append(at)
                self.packets.append(packet)
            self.sendable = all(destination(packet) == self.dst for packet in self.packets)
            self.lasts = self.times[-1] - self.times[0]

    def live(self, hosts):
        """A live run at the receiver that ends with the last of the packets, once it listens."""
        process = hosts.receiver.start(runner.ESPLAIN, "live", "-f", "json", "--for", "%dm" % (2 + self.lasts // 60 // 10**9), *self.words, "-c", str(len(self.packets)),
                                       "in0", "dst", "host", self.dst, stdout=subprocess.PIPE, stderr=subprocess.PIPE)
        head = b""
        while b"listening" not in head:
            line = process.stderr.readline()
            head += line
            if not line:
                break
        return process, head

    def run(self, hosts):
        """What there is to say of it, as the arguments of runner.check."""
        checks = []
        if not self.sendable:
            done = hosts.sent(*self.options, "--send", "out0", "--to", self.dst, "-w", self.path + ".no")
            return [("%s: refused, for it goes elsewhere too" % self.name,
                     done.status == 2 and b"the only address that --to allows" in done.err and not os.path.exists(self.path + ".no"), done.err)]
        wanted = self.version == (6 if self.row["condition"].startswith("dosp-") else 4) and (self.row["condition"], self.row["cause"]) not in NOT_LIVE
        live, head = self.live(hosts) if wanted else (None, b"")
        done = hosts.sent(*self.options, "--send", "out0", "--to", self.dst, "--rate", "100", "-w", self.path + ".too")
        checks.append(("%s: sent" % self.name, done.status == 0 and ("%d of %d packets sent." % (len(self.packets), len(self.packets))) in done.text(), done.err))
        until(lambda: done.status != 0 or len(hosts.came[self.dst]) >= len(self.packets))
        checks.append(("%s: the bytes on the wire are those of the file" % self.name, [packet for _, packet in hosts.came[self.dst]] == self.packets,
                       "%d packets came of %d" % (len(hosts.came[self.dst]), len(self.packets))))
        checks.append(("%s: written too" % self.name, content(self.path) == content(self.path + ".too"), "another file"))
        if live:
            out, err = live.communicate(timeout=300)
            found = runner.Result([], live.returncode, out, head + err).records("finding")
            checks.append(("%s: live finds it" % self.name, any(one["condition"] == self.row["condition"] and (
                self.row["cause"] is None or self.row["way"] or (one["cause"] or {}).get("name") == self.row["cause"]) for one in found),
                           "%s %s" % ([(one["condition"], one["cause"]) for one in found], err[-300:])))
        return checks


def every_recipe(hosts, folder):
    rows = [row for row in runner.run("reproduce", "--list", "-f", "json").records("recipe") if row["possible"]]
    if os.environ.get("ESPLAIN_MODE") == "asan":  # a process takes ten times as long to start
        runner.skip("the other ways in which conditions come", "they are sent in release mode")
        rows = [row for at, row in enumerate(rows) if row["condition"] not in [one["condition"] for one in rows[:at]]]
    cases = [Case(folder, number, row, version) for number, row in enumerate(rows, 1) for version in (4, 6)]
    for four, six in zip(cases[::2], cases[1::2]):
        runner.check("%s: can be made" % four.name, four.made or six.made)
    cases = sorted((case for case in cases if case.made), key=lambda case: -case.lasts if case.sendable else 0)
    with concurrent.futures.ThreadPoolExecutor(AT_ONCE) as pool:
        for checks in pool.map(lambda case: case.run(hosts), cases):
            for check in checks:
                runner.check(*check)


def refusals(hosts):
    base = ["--condition", "unknown-spi", "--cause", "one-bit", "--src", "10.9.0.1"]
    there = base + ["--dst", "10.127.200.1"]
    for name, arguments, why in (
            ("without --to", there + ["--send", "out0"], b"wants --to"),
            ("--to without --send", there + ["--to", "10.127.200.1", "-w", "/dev/null"], b"for --send"),
            ("another address in --to", there + ["--send", "out0", "--to", "10.127.200.2"], b"goes to 10.127.200.1 and not to 10.127.200.2"),
            ("a word in --to", there + ["--send", "out0", "--to", "gateway"], b"--to takes an address"),
            ("a rate of 101", there + ["--send", "out0", "--to", "10.127.200.1", "--rate", "101"], b"--rate takes"),
            ("1001 packets", there + ["--send", "out0", "--to", "10.127.200.1", "--count", "1001"], b"at most 1000"),
            ("multicast", base + ["--dst", "224.0.0.5", "--send", "out0", "--to", "224.0.0.5"], b"no address of one host"),
            ("IPv6 multicast", ["--condition", "clear-text", "--src", "2001:db8::1", "--dst", "ff02::1", "--send", "out0", "--to", "ff02::1"], b"no address of one host"),
            ("broadcast", base + ["--dst", "255.255.255.255", "--send", "out0", "--to", "255.255.255.255"], b"no address of one host"),
            ("the broadcast address of the link", base + ["--dst", "10.1.1.255", "--send", "out0", "--to", "10.1.1.255"], b"(broadcast)"),
            ("an address of this host", base + ["--dst", "10.1.1.1", "--send", "out0", "--to", "10.1.1.1"], b"--send lo does"),
            ("another host over the loopback", there + ["--send", "lo", "--to", "10.127.200.1"], b"no address of this host"),
            ("no route", ["--condition", "nat-keepalive", "--src", "2001:db8::1", "--dst", "2001:db8:99::1", "--send", "out0", "--to", "2001:db8:99::1"], b"no route"),
            ("nobody there", base + ["--dst", "10.1.1.77", "--send", "out0", "--to", "10.1.1.77"], b"nobody on out0 answers for 10.1.1.77"),
            ("no such interface", there + ["--send", "out9", "--to", "10.127.200.1"], b"no such interface"),
            ("a name that is too long", there + ["--send", "out0" * 9, "--to", "10.127.200.1"], b"no such interface"),
            ("a name with an escape", there + ["--send", "\x1b[31m", "--to", "10.127.200.1"], b"\\x1b[31m: there is no such interface"),
            ("a packet that is too long", ["--condition", "size-ceiling", "--dst", "10.127.200.1", "--send", "lo", "--to", "10.127.200.1"], b"--to allows"),
    ):
        done = hosts.sent(*arguments)
        runner.check("refused: %s" % name, done.status == 2 and why in done.err and not done.out, "%s %s" % (done.status, done.err))
    runner.equal("of all that was refused nothing was sent", [to for to in hosts.came if to.startswith("10.127.200.")], [])


def permission(hosts):
    there = ["--condition", "unknown-spi", "--src", "10.9.0.1", "--send", "out0"]
    bare = hosts.sent(*there, "--dst", "10.127.201.1", "--to", "10.127.201.1", wrapper=("setpriv", "--bounding-set=-net_raw", "--inh-caps=-net_raw"))
    runner.check("without cap_net_raw: what would help", bare.status == 2 and b"setcap cap_net_raw+ep" in bare.err and not bare.out, bare.err)
    less = hosts.sent(*there, "--dst", "10.1.1.78", "--to", "10.1.1.78", wrapper=("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"))
    runner.check("a next hop that only cap_net_admin finds out: what would help", less.status == 2 and b"ping it once" in less.err, less.err)
    enough = hosts.sent(*there, "--dst", "10.127.201.1", "--to", "10.127.201.1", wrapper=("setpriv", "--bounding-set=-net_admin", "--inh-caps=-net_admin"))
    runner.equal("cap_net_raw alone does where the next hop is known", (enough.status, enough.err), (0, b""))


def pace(hosts):
    """Never sooner than it says; how much later is the machine's affair."""
    done = hosts.sent("--condition", "clear-text", "--list")
    runner.equal("--list sends nothing", done.status, 0)
    done = hosts.sent("--condition", "unknown-spi", "--cause", "one-bit", "--src", "10.9.0.1", "--dst", "10.127.202.1", "--count", "8", "--send", "out0",
                      "--to", "10.127.202.1", "--rate", "20")
    came = hosts.came["10.127.202.1"]
    runner.check("8 packets at 20 a second", until(lambda: len(came) == 8) and came[-1][0] - came[0][0] > 0.3, "%s" % [at for at, _ in came])
    told = done.text().splitlines()
    runner.check("what is sent was said", "Sending 8 packets on out0 to 10.127.202.1, by the gateway 10.1.1.2 at " in told[1] and told[1].endswith(
        ", at most 20 a second, in 350.0 ms:") and len([line for line in told if "10.9.0.1 > 10.127.202.1  ESP, 108 bytes: " in line]) == 8, done.text())
    runner.check("that the source is another's, and that the SAs are missing", "source is no address of this host" in done.text() and "-w FILE" in done.text())
    own = hosts.sent("--condition", "unknown-spi", "--cause", "not-ipsec", "--src", "10.1.1.1", "--dst", "10.1.1.2", "--count", "1", "--send", "out0", "--to", "10.1.1.2")
    runner.check("to a neighbour, from this host's own address", own.status == 0 and " on out0 to 10.1.1.2 at " in own.text() and "source" not in own.text(), own.text())


def signals(hosts):
    for number, name in ((signal.SIGINT, "SIGINT"), (signal.SIGTERM, "SIGTERM")):
        process = hosts.send("--condition", "nat-keepalive", "--src", "10.9.0.1", "--dst", "10.127.203.%d" % number, "--send", "out0",
                             "--to", "10.127.203.%d" % number)
        until(lambda: len(hosts.came["10.127.203.%d" % number]) == 1)
        process.send_signal(number)
        out, err = process.communicate(timeout=60)
        runner.check("%s: it ends and says how many" % name, process.returncode == 0 and out.endswith(b"Stopped: 1 of 3 packets sent.\n"), "%s %s" % (out, err))
    with open("/dev/full", "wb") as full:
        process = hosts.sender.start(runner.ESPLAIN, "reproduce", "--condition", "unknown-spi", "--src", "10.9.0.1", "--dst", "10.127.204.1", "--send", "out0",
                                     "--to", "10.127.204.1", stdout=full, stderr=subprocess.DEVNULL)
        runner.equal("nothing is sent where it cannot be said", (process.wait(timeout=60), hosts.came.get("10.127.204.1")), (2, None))


def loopback(hosts):
    link = hosts.sender.socket("lo", netns.ETH_P_ALL)
    link.settimeout(10)
    with tempfile.TemporaryDirectory() as folder:
        path = os.path.join(folder, "lo.pcapng")
        for address in ("127.0.0.1", "10.1.1.1", "::1", "2001:db8:1::1"):
            done = hosts.sent("--condition", "unknown-spi", "--cause", "one-bit", "--src", address, "--dst", address, "--send", "lo", "--to", address, "-w", path)
            wanted = [packet for _, packet in pcap.read_next_generation(path)]
            came = []
            try:
                while len([one for one in came if one in wanted]) < 2 * len(wanted):  # there and back again
                    came.append(link.recv(65536)[14:])
            except socket.timeout:
                pass
            runner.check("on the loopback, to %s" % address, done.status == 0 and [one for one in came if one in wanted][::2] == wanted, "%s %s" % (done.err, came))
    link.close()
    done = hosts.sent("--condition", "checksum-wrong", "--cause", "ip-checksum", "--src", "127.0.0.1", "--dst", "127.0.0.1", "--send", "lo", "--to", "127.0.0.1")
    runner.check("what the kernel would put right is refused there", done.status == 2 and b"packet 6 of 8" in done.err and not done.out, done.err)


def bare(hosts):
    """An interface without link-layer addresses: what comes out of it is what the kernel sent."""
    if not os.path.exists("/dev/net/tun"):
        runner.skip("an interface without addresses", "there is no /dev/net/tun")
        return
    script = ("import fcntl,os,struct,sys\ntun=os.open('/dev/net/tun',os.O_RDWR)\nfcntl.ioctl(tun,0x400454ca,struct.pack('16sH22x',b'tun0',0x1001))\n"
              "print('open',flush=True)\nwhile True: print(os.read(tun,65536).hex(),flush=True)\n")
    reader = hosts.sender.start("python3", "-c", script, stdout=subprocess.PIPE, text=True)
    try:
        runner.equal("an interface without addresses", reader.stdout.readline(), "open\n")
        hosts.sender.run("ip", "link", "set", "tun0", "up")
        hosts.sender.run("ip", "route", "add", "10.200.0.0/16", "dev", "tun0")
        hosts.sender.run("ip", "route", "add", "2001:db8:78::/48", "dev", "tun0")
        with tempfile.TemporaryDirectory() as folder:
            path = os.path.join(folder, "tun.pcapng")
            for src, dst in (("10.9.0.1", "10.200.0.1"), ("2001:db8:9::1", "2001:db8:78::1")):
                done = hosts.sent("--condition", "outer-fragments", "--src", src, "--dst", dst, "--send", "tun0", "--to", dst, "-w", path)
                wanted = [packet for _, packet in pcap.read_next_generation(path)]
                if runner.check("%s over it: sent" % dst, done.status == 0 and ", by the kernel" in done.text(), done.err):
                    came = []
                    while len(came) < len(wanted):  # among what the kernel says by itself
                        packet = bytes.fromhex(reader.stdout.readline())
                        came += [packet] if destination(packet) == dst else []
                    runner.equal("%s over it: as it is" % dst, came, wanted)
    finally:
        reader.kill()
        reader.wait()


def ways(hosts):
    """A gateway of the other IP version; an interface that asks nobody for addresses; an address that stands fast in the neighbour table."""
    there = ["--condition", "unknown-spi", "--cause", "one-bit", "--src", "10.9.0.1", "--count", "1", "--send", "out0"]
    hosts.sender.run("ip", "route", "add", "10.130.0.0/16", "via", "inet6", "2001:db8:1::2", "dev", "out0")
    done = hosts.sent(*there, "--dst", "10.130.0.1", "--to", "10.130.0.1")
    runner.check("by a gateway of the other IP version", done.status == 0 and ", by the gateway 2001:db8:1::2 at " in done.text(), done.err)
    runner.check("which gets it", until(lambda: len(hosts.came["10.130.0.1"]) == 1))
    hosts.sender.run("ip", "neighbour", "add", "10.1.1.79", "lladdr", "02:00:00:00:00:79", "nud", "permanent", "dev", "out0")
    done = hosts.sent(*there, "--dst", "10.1.1.79", "--to", "10.1.1.79")
    runner.check("to an address that stands fast in the neighbour table", done.status == 0 and " at 02:00:00:00:00:79:\n" in done.text(), done.err)
    runner.check("and on the wire", until(lambda: len(hosts.came["10.1.1.79"]) == 1))
    hosts.sender.run("ip", "link", "set", "out0", "arp", "off")
    done = hosts.sent(*there, "--dst", "10.1.1.80", "--to", "10.1.1.80")
    runner.check("over an interface without ARP", done.status == 0 and until(lambda: len(hosts.came["10.1.1.80"]) == 1), done.err)
    hosts.sender.run("ip", "link", "set", "out0", "arp", "on")


def too_large(hosts):
    """The last test: with this MTU an interface loses its IPv6 addresses; and then it is down."""
    hosts.sender.run("ip", "link", "set", "out0", "mtu", "1000")
    there = ["--src", "10.9.0.1", "--dst", "10.127.205.1", "--send", "out0", "--to", "10.127.205.1"]
    done = hosts.sent("--condition", "outer-fragments", *there)
    runner.check("refused: larger than the interface carries", done.status == 2 and b"the interface carries 1000" in done.err, done.err)
    process = hosts.send("--condition", "expired", "--cause", "time-limit", *there)  # which waits 15 seconds before its last packet
    until(lambda: len(hosts.came["10.127.205.1"]) == 1)
    hosts.sender.run("ip", "link", "set", "out0", "down")
    out, err = process.communicate(timeout=60)
    runner.check("an interface that goes down meanwhile", process.returncode == 2 and b"1 of 2 packets were sent, then" in err, err)
    done = hosts.sent("--condition", "outer-fragments", *there)
    runner.check("refused: an interface that is down", done.status == 2 and b"out0 is down; ip link set out0 up" in done.err, done.err)


def main():
    why = netns.why_not()
    if why:
        runner.skip("packets on a wire", why)
        return
    hosts = Hosts()
    try:
        with tempfile.TemporaryDirectory() as folder:
            every_recipe(hosts, folder)
        refusals(hosts)
        if shutil.which("setpriv"):
            permission(hosts)
        else:
            runner.skip("sending without permission", "there is no setpriv")
        pace(hosts)
        signals(hosts)
        loopback(hosts)
        bare(hosts)
        ways(hosts)
        too_large(hosts)
    finally:
        hosts.close()


main()
runner.finish()
