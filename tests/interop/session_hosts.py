"""session_hosts: strongSwan on two hosts A and B inside the guest, and whatever lies between them; what the sessions are made of.

One Session is one folder of the output: what was captured at both ends, the keys, logs, tables and counters of both sides. Every host has
a network namespace and a charon of its own; a session tells them what to do through the methods here.
"""
import json
import os
import signal
import subprocess
import time

import guest

WORK = "/mnt/w"
CERTS = "/mnt/out/certs"
ADDRESS = {"A": "10.77.0.1", "B": "10.77.0.2"}
ADDRESS6 = {"A": "fd77::1", "B": "fd77::2"}
NET = {"A": "10.1.0.0/24", "B": "10.2.0.0/24"}
NET6 = {"A": "fd01::/64", "B": "fd02::/64"}
INSIDE = {"A": "10.1.0.1", "B": "10.2.0.1"}
INSIDE6 = {"A": "fd01::1", "B": "fd02::1"}
OTHER = {"A": "B", "B": "A"}
SECRET = "correct horse battery staple"

STRONGSWAN = """charon {{
  load = {load}
  retransmit_timeout = 1.0
  retransmit_base = 1.4
  retransmit_tries = 4
  install_virtual_ip_on = lo
  {charon}
  plugins {{
    vici {{
      socket = unix://{folder}/vici
    }}
    save-keys {{
      esp = yes
      ike = yes
      wireshark_keys = {folder}/keys
    }}
    {plugins}
  }}
  filelog {{
    log {{
      path = {folder}/log
      time_format = %H:%M:%S
      time_add_ms = yes
      flush_line = yes
      default = 1
      ike = 2
      cfg = 2
      knl = 2
      chd = 2
    }}
  }}
}}
charon-systemd {{
  journal {{
    default = -1
  }}
}}
swanctl {{
  load = random nonce openssl pem pkcs1 pkcs8 x509 pubkey
}}
"""
# no more than the sessions need: the guest is slow at loading
LOAD = ("random nonce openssl pem pkcs1 pkcs8 x509 pubkey constraints hmac kdf drbg kernel-netlink socket-default vici save-keys updown "
        "eap-identity eap-md5 eap-mschapv2 eap-tls xauth-generic counters")


def section(name, body):
    return name + " {\n" + "".join("  " + line + "\n" for line in body.strip().splitlines()) + "}\n"


def peer(host, *, version=2, proposals="aes256gcm16-prfsha256-ecp256", esp="aes256gcm16", ah=None, conn="", child="", mode="tunnel",
         local=None, remote=None, secret=SECRET, children=None, local_ts=None, remote_ts=None, local_addrs=None, remote_addrs=None,
         secrets="", more="", ids=None):
    """The swanctl.conf of a host: one connection t with one Child SA c, or with `children`, {name: lines}. ids: {host: identity}."""
    other, ids = OTHER[host], ids or {"A": "peer1", "B": "peer2"}
    ts = [f"local_ts = {local_ts or NET[host]}", f"remote_ts = {remote_ts or NET[other]}"] if mode == "tunnel" else []
    suite = f"ah_proposals = {ah}" if ah else f"esp_proposals = {esp}"
    if children is None:
        children = {"c": "\n".join(ts + [f"mode = {mode}", suite, child])}
    body = "\n".join([f"version = {version}", f"local_addrs = {local_addrs or ADDRESS[host]}",
                      f"remote_addrs = {remote_addrs or ADDRESS[other]}", f"proposals = {proposals}", conn])
    body += "\n" + section("local", local or f"auth = psk\nid = {ids[host]}")
    body += section("remote", remote or f"auth = psk\nid = {ids[other]}")
    body += section("children", "".join(section(name, lines) for name, lines in children.items()))
    secrets = section("ike-1", f'id-1 = {ids["A"]}\nid-2 = {ids["B"]}\nsecret = "{secret}"') + secrets
    return section("connections", section("t", body)) + section("secrets", secrets) + more


class Session:
    """Two hosts on one cable, or with a NAT between them (`nat`: A is 192.168.0.2 behind 10.77.0.1)."""

    def __init__(self, name, root, nat=False):
        self.name, self.nat = name, nat
        guest.command(f"rm -rf {root}/{name}")
        self.out = guest.out(os.path.join(root, name))
        self.daemons, self.dumps, self.monitors, self.begun = {}, [], [], time.time()
        self.folder = {host: f"{WORK}/{host}" for host in "AB"}
        guest.command(f"rm -rf {WORK}; mkdir -p {WORK}/A/keys {WORK}/B/keys")
        guest.command("for n in A B N; do ip netns del $n; done", check=False)
        (self._behind_nat if nat else self._on_one_cable)()
        self.device = {"A": "v", "B": "v"}
        for host in "AB":
            self._capture(host, f"{host.lower()}.pcap")
            with open(f"{self.out}/monitor{host}.txt", "w") as text:
                self.monitors.append(subprocess.Popen(["ip", "netns", "exec", host, "ip", "-t", "xfrm", "monitor"], stdout=text))

    # the network

    def _host(self, host, outer, gateway=None):
        guest.command(f"ip netns exec {host} sysctl -qw net.ipv6.conf.all.accept_dad=0 net.ipv6.conf.default.accept_dad=0 "
                      "net.ipv6.conf.v.accept_dad=0 net.ipv6.conf.v.router_solicitations=0 net.ipv4.ip_forward=1 "
                      "net.ipv4.conf.all.rp_filter=0 net.ipv4.conf.v.rp_filter=0 net.ipv6.conf.all.forwarding=1 net.ipv4.icmp_ratelimit=0")
        other = OTHER[host]
        via, via6 = gateway or ADDRESS[other], ADDRESS6[other]
        guest.batch(host, ["link set lo up", "link set v up", f"addr add {outer}/24 dev v", f"addr add {ADDRESS6[host]}/64 dev v nodad",
                           f"addr add {INSIDE[host]}/32 dev lo", f"addr add {INSIDE6[host]}/128 dev lo nodad"]
                    + ([f"route add default via {gateway}"] if gateway else [])
                    + [f"route add {NET[other]} via {via} src {INSIDE[host]}", f"route add {NET6[other]} via {via6} src {INSIDE6[host]}"])

    def _on_one_cable(self):
        guest.command("ip netns add A && ip netns add B && ip link add v netns A type veth peer name v netns B")
        for host in "AB":
            self._host(host, ADDRESS[host])

    def _behind_nat(self):
        guest.command("for n in A B N; do ip netns add $n; done; ip link add v netns A type veth peer name na netns N;"
                      "ip link add v netns B type veth peer name nb netns N")
        guest.command("ip netns exec N sysctl -qw net.ipv4.ip_forward=1")
        guest.batch("N", ["link set lo up", "link set na up", "link set nb up", "addr add 192.168.0.1/24 dev na",
                          "addr add 10.77.0.1/24 dev nb"])
        self._host("A", "192.168.0.2", gateway="192.168.0.1")
        self._host("B", ADDRESS["B"])
        self.sh("N", "iptables-legacy -t nat -A POSTROUTING -o nb -j MASQUERADE")

    def sh(self, host, text, check=True):
        return guest.command(f"ip netns exec {host} sh -c '{text}'", check)

    def drop(self, host, rule, chain="INPUT"):
        """The host (A, B or the NAT N) drops what these iptables words match, behind the capture point; until passed()."""
        self.sh(host, f"iptables-legacy -A {chain} {rule} -j DROP")

    def passed(self, host):
        self.sh(host, "iptables-legacy -F")

    def forget(self, nat):
        """The NAT loses all its mappings, as after a reboot."""
        self.sh(nat, "conntrack -F")

    def netem(self, host, text):
        self.sh(host, f"tc qdisc replace dev v root netem {text}")

    def _capture(self, host, name):
        dump = guest.tcpdump(host, f"{self.out}/{name}")
        self.dumps.append(dump)

    # the daemons

    def start(self, a=None, b=None, charon="", plugins="", hosts="AB"):
        """charon on each host with this configuration: keywords of peer(), or a text. charon, plugins: lines, or {host: lines}."""
        for host in hosts:
            given = {"A": a, "B": b}[host]
            self.configure(host, given)
            pick = lambda value: value.get(host, "") if isinstance(value, dict) else value
            folder = self.folder[host]
            with open(f"{folder}/strongswan.conf", "w") as text:
                text.write(STRONGSWAN.format(folder=folder, charon=pick(charon), plugins=pick(plugins), load=LOAD))
            environment = {**os.environ, "STRONGSWAN_CONF": f"{folder}/strongswan.conf", "SWANCTL_DIR": f"{folder}/swanctl"}
            self.daemons[host] = subprocess.Popen(["/usr/sbin/charon-systemd"], env=environment, stdout=subprocess.DEVNULL,
                                                  stderr=subprocess.DEVNULL, preexec_fn=lambda at=host: guest.enter(at))
        for host in hosts:
            for _ in range(200):
                if os.path.exists(f"{self.folder[host]}/vici"):
                    break
                time.sleep(0.05)
            self.load(host)

    def configure(self, host, given):
        """Writes swanctl.conf; load() makes a running daemon take it."""
        folder = f"{self.folder[host]}/swanctl"
        if not isinstance(given, str):
            values = dict(given or {})
            if self.nat and host == "A":
                values.setdefault("local_addrs", "192.168.0.2")
            if self.nat and host == "B":
                values.setdefault("remote_addrs", "%any")
            given = peer(host, **values)
        guest.command(f"mkdir -p {folder}")
        if ".pem" in given:
            guest.command(f"cp -r {CERTS}/common/. {CERTS}/{host}/. {folder}/")
        with open(f"{folder}/swanctl.conf", "w") as text:
            text.write(given)
        with open(f"{self.out}/swanctl{host}.conf", "w") as text:
            text.write(given)

    def load(self, host):
        self.swanctl(host, "--load-all --noprompt", check=True)

    def swanctl(self, host, text, check=False):
        folder = self.folder[host]
        done = subprocess.run(f"ip netns exec {host} swanctl {text} --uri unix://{folder}/vici", shell=True, capture_output=True, text=True,
                              env={**os.environ, "STRONGSWAN_CONF": f"{folder}/strongswan.conf", "SWANCTL_DIR": f"{folder}/swanctl"})
        with open(f"{self.out}/said.txt", "a") as told:
            told.write(f"{time.time() - self.begun:7.3f} {host} swanctl {text}: {done.returncode}\n{done.stdout}{done.stderr}\n")
        if check and done.returncode:
            raise RuntimeError(done.stdout + done.stderr)
        return done

    def up(self, host="A", child="c", wait=20, ike=None):
        """Initiates a Child SA; answers whether it came up."""
        what = f"--ike {ike}" if ike else f"--child {child}"
        return self.swanctl(host, f"--initiate {what} --timeout {wait}").returncode == 0

    def begin(self, host, text):
        """swanctl in the background; wait() for it."""
        return subprocess.Popen(["ip", "netns", "exec", host, "swanctl", *text.split(), "--uri", f"unix://{self.folder[host]}/vici"],
                                env={**os.environ, "STRONGSWAN_CONF": f"{self.folder[host]}/strongswan.conf"},
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def together(self, text):
        """The same swanctl command at both hosts at once."""
        for one in [self.begin(host, text) for host in "AB"]:
            one.wait()

    def down(self, host="A", what="--ike t"):
        self.swanctl(host, f"--terminate {what} --timeout 10")

    def stop(self, host, how=signal.SIGTERM):
        """Ends the daemon; SIGKILL leaves the kernel's SAs behind."""
        daemon = self.daemons.pop(host, None)
        if daemon:
            daemon.send_signal(how)
            daemon.wait()
            if os.path.exists(f"{self.folder[host]}/vici"):
                os.unlink(f"{self.folder[host]}/vici")

    # traffic and tables

    def ping(self, count=3, gap=0.2, host="A", to=None, source=None, size=56, wait=None):
        """Echo requests through the tunnel; answers how many came back."""
        to, source = to or INSIDE[OTHER[host]], source or INSIDE[host]
        told = self.sh(host, f"ping -q -c {count} -i {gap} -s {size} -W {wait or 0.3} {'-I ' + source if source != '-' else ''} {to}", check=False)
        words = told.split(" received")[0].rsplit(" ", 1)[-1]
        with open(f"{self.out}/said.txt", "a") as text:
            text.write(f"{time.time() - self.begun:7.3f} {host} ping {to}: {words} of {count} answered\n")
        return int(words) if words.isdigit() else 0

    def pings(self, seconds, host="A", gap=0.2, to=None, source=None, size=56):
        """The same in the background; wait() for it."""
        count = int(seconds / gap)
        return subprocess.Popen(["ip", "netns", "exec", host, "ping", "-q", "-c", str(count), "-i", str(gap), "-s", str(size), "-W", "0.3",
                                 *([] if source == "-" else ["-I", source or INSIDE[host]]), to or INSIDE[OTHER[host]]],
                                stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL)

    def table(self, moment, hosts="AB"):
        """What daemon and kernel know now: sasX-MOMENT.txt, xfrmX-MOMENT.txt, xfrmpolX-..., xfrmstatX-..."""
        for host in hosts:
            if host in self.daemons:
                with open(f"{self.out}/sas{host}-{moment}.txt", "w") as text:
                    text.write(self.swanctl(host, "--list-sas").stdout)
            for word, name in (("state", "xfrm"), ("policy", "xfrmpol")):
                guest.command(f"ip -n {host} -s xfrm {word} > {self.out}/{name}{host}-{moment}.txt")
            guest.command(f"ip netns exec {host} cat /proc/net/xfrm_stat > {self.out}/xfrmstat{host}-{moment}.txt")

    def sleep(self, seconds):
        time.sleep(seconds)

    def end(self):
        for host in list(self.daemons):
            self.stop(host)
        time.sleep(0.2)
        for process in self.dumps + self.monitors:
            process.terminate()
            process.wait()
        for host in "AB":
            guest.command(f"mkdir -p {self.out}/keys{host}; cp {self.folder[host]}/keys/* {self.out}/keys{host}/; cp {self.folder[host]}/log {self.out}/log{host}.txt",
                          check=False)


def plugins():
    """Debian's plugins and the one that it leaves out, where charon looks for them."""
    extra = "/mnt/out/plugin/libstrongswan-save-keys.so"
    if os.path.exists(extra):
        guest.command(f"mkdir -p /mnt/plugins && cp /usr/lib/ipsec/plugins/* {extra} /mnt/plugins && mount -o bind /mnt/plugins /usr/lib/ipsec/plugins")


def run(session, root):
    """One session of the table; its exception is its only failure."""
    begun = time.monotonic()
    world = None
    try:
        world = Session(session["name"], root, **session["world"])
        with open(f"{world.out}/about.json", "w") as text:
            json.dump({key: session[key] for key in ("name", "about", "wanted")}, text, indent=1)
        session["run"](world)
        word = "done"
    except Exception as error:  # the guest goes on with the next one
        word = f"failed: {error}"
    if world:
        world.end()
    print(f"{session['name']}: {word} in {time.monotonic() - begun:.1f} s", flush=True)
