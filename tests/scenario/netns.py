"""netns: a network namespace with a pair of virtual interfaces, and frames sent through it. Not a test.

The namespace belongs to a process that sleeps; everything in it goes when that process does. Needs root.
"""
import ctypes
import os
import socket
import subprocess
import time

CLONE_NEWNET = 0x40000000
ETH_P_ALL = 3


def why_not():
    """None, or why there can be no such namespace here."""
    if os.geteuid() != 0:
        return "network namespaces need root"
    done = subprocess.run(["unshare", "-n", "ip", "link", "add", "a0", "type", "veth", "peer", "name", "a1"], stderr=subprocess.PIPE)
    return None if done.returncode == 0 else done.stderr.decode().strip() or "no veth"


class Namespace:
    def __init__(self, links=1, mtu=9000):
        self.holder = subprocess.Popen(["unshare", "-n", "sleep", "3600"])
        own = os.readlink("/proc/self/ns/net")
        until = time.monotonic() + 10
        while time.monotonic() < until:
            try:
                if os.readlink("/proc/%d/ns/net" % self.holder.pid) != own:
                    break
            except OSError:
                pass
            time.sleep(0.02)
        self.run("ip", "link", "set", "lo", "up")
        for i in range(links):
            self.add(i, mtu)

    def add(self, number, mtu=9000):
        """in0 is captured on; what is sent on out0 comes in there. Both stay silent by themselves."""
        self.run("ip", "link", "add", "in%d" % number, "mtu", str(mtu), "type", "veth", "peer", "name", "out%d" % number, "mtu", str(mtu))
        for name in ("in%d" % number, "out%d" % number):
            self.run("sysctl", "-qw", "net.ipv6.conf.%s.disable_ipv6=1" % name)
            self.run("ip", "link", "set", name, "arp", "off", "up")

    def command(self, *words):
        return ["nsenter", "-t", str(self.holder.pid), "-n"] + list(words)

    def run(self, *words):
        return subprocess.run(self.command(*words), check=True, stdout=subprocess.PIPE, stderr=subprocess.PIPE)

    def start(self, *words, **options):
        return subprocess.Popen(self.command(*words), **options)

    def socket(self, name="out0", protocol=0):
        """A packet socket on an interface inside, to send, or with ETH_P_ALL to receive; this process stays where it is."""
        libc = ctypes.CDLL(None, use_errno=True)
        with open("/proc/self/ns/net") as own, open("/proc/%d/ns/net" % self.holder.pid) as inside:
            if libc.setns(inside.fileno(), CLONE_NEWNET) != 0:
                raise OSError(ctypes.get_errno(), "setns")
            try:
                link = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, 0)
                link.bind((name, protocol))
            finally:
                libc.setns(own.fileno(), CLONE_NEWNET)
        return link

    def close(self):
        self.holder.kill()
        self.holder.wait()
