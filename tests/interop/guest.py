"""guest: what the scripts that run inside the guest kernel share: two hosts A and B on one cable, commands and sockets in either."""
import ctypes
import os
import socket
import subprocess

_libc = ctypes.CDLL(None, use_errno=True)
OUTER = {4: ("10.77.0.1", "10.77.0.2"), 6: ("fd77::1", "fd77::2")}
INNER = {4: ("10.1.0.1", "10.2.0.1"), 6: ("fd01::1", "fd02::1")}
NETS = {4: ("10.1.0.0/24", "10.2.0.0/24"), 6: ("fd01::/64", "fd02::/64")}
LINKS = {"A": "02:00:00:00:00:01", "B": "02:00:00:00:00:02"}


def enter(name):
    """Moves this process into a network namespace."""
    with open(f"/run/netns/{name}") as space:
        if _libc.setns(space.fileno(), 0x40000000) != 0:
            raise OSError(ctypes.get_errno(), f"setns {name}")


def command(text, check=True):
    done = subprocess.run(text, shell=True, capture_output=True, text=True)
    if check and done.returncode:
        raise RuntimeError(f"{text}: {done.stderr.strip()}")
    return done.stdout


def batch(name, lines):
    """`ip -batch` in a namespace; raises with what ip says."""
    done = subprocess.run(["ip", "-n", name, "-batch", "-"], input="\n".join(lines) + "\n", capture_output=True, text=True)
    if done.returncode:
        raise RuntimeError(f"{done.stderr.strip()} | {lines}")


def hosts():
    """A and B with outer and inner addresses, neighbours known, so that nothing but the test is on the wire."""
    command("ip netns add A && ip netns add B && ip link add v address 02:00:00:00:00:01 netns A type veth"
            " peer name v address 02:00:00:00:00:02 netns B")
    for at, (name, peer) in enumerate((("A", "B"), ("B", "A"))):
        for setting in ("all.accept_dad=0", "default.accept_dad=0", "v.accept_dad=0", "v.router_solicitations=0",
                        "v.addr_gen_mode=1", "all.forwarding=1"):
            command(f"ip netns exec {name} sysctl -qw net.ipv6.conf.{setting}")
        for setting in ("ip_forward=1", "conf.all.rp_filter=0", "conf.v.rp_filter=0", "conf.all.accept_source_route=1",
                        "conf.v.accept_source_route=1", "icmp_ratelimit=0"):
            command(f"ip netns exec {name} sysctl -qw net.ipv4.{setting}")
        other = 1 - at
        batch(name, ["link set lo up", "link set v up",
                     f"addr add {OUTER[4][at]}/24 dev v", f"addr add {OUTER[6][at]}/64 dev v nodad",
                     f"addr add {INNER[4][at]}/32 dev lo", f"addr add {INNER[6][at]}/128 dev lo nodad",
                     f"neigh add {OUTER[4][other]} lladdr {LINKS[peer]} dev v nud permanent",
                     f"neigh add {OUTER[6][other]} lladdr {LINKS[peer]} dev v nud permanent",
                     f"route add {NETS[4][other]} via {OUTER[4][other]} src {INNER[4][at]}",
                     f"route add {NETS[6][other]} via {OUTER[6][other]} src {INNER[6][at]}"])


def counters(name):
    """/proc/net/xfrm_stat of a namespace."""
    text = command(f"ip netns exec {name} cat /proc/net/xfrm_stat")
    return {line.split()[0]: int(line.split()[1]) for line in text.splitlines()}


def tcpdump(name, path):
    process = subprocess.Popen(["tcpdump", "-Z", "root", "--immediate-mode", "-U", "-n", "-s", "2000", "-B", "8192", "-i", "v", "-w", path],
                               stderr=subprocess.PIPE, text=True, preexec_fn=lambda: enter(name))
    process.stderr.readline()
    return process


def opened(name, make):
    """A socket made in that namespace."""
    enter(name)
    return make()


def udp(family):
    return socket.socket(socket.AF_INET if family == 4 else socket.AF_INET6, socket.SOCK_DGRAM)


def encap(family):
    """The socket of an IKE daemon that takes ESP in UDP (UDP_ENCAP_ESPINUDP)."""
    taker = udp(family)
    taker.setsockopt(socket.SOL_UDP, 100, 2)
    taker.bind(("" if family == 4 else "::", 4500))
    return taker


def out(path):
    os.makedirs(path, exist_ok=True)
    return path
