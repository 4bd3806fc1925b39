"""sessions_ike2: IKEv2 between two strongSwan hosts, healthy and broken."""
import signal

from session_hosts import ADDRESS6, INSIDE6, NET, NET6, section
from session_table import session

CERT = {host: {"local": f"auth = pubkey\ncerts = {host.lower()}.pem", "remote": "auth = pubkey"} for host in "AB"}
POOL = section("pools", section("p", "addrs = 10.3.0.0/28"))


def certs(name_a="a", name_b="b", **more):
    return [{"local": f"auth = pubkey\ncerts = {name}.pem", "remote": "auth = pubkey", **more} for name in (name_a, name_b)]


def healthy(s, a=None, b=None, pings=3, **more):
    s.start(a, b, **more)
    s.up()
    s.ping(pings)
    s.table("end")
    s.down()


# healthy: how a tunnel comes up

@session("A tunnel with a pre-shared key, some pings, terminated by A")
def psk(s):
    healthy(s)


@session("Certificates (ECDSA)")
def cert(s):
    healthy(s, *certs())


@session("Certificates (RSA 4096), which need IKE fragmentation at 600 octets")
def cert_fragments(s):
    healthy(s, *certs("a-rsa", "b-rsa", conn="fragmentation = yes"), charon="fragment_size = 600")


@session("EAP-MSCHAPv2 for A, a certificate for B, a virtual address for A")
def eap(s):
    secret = section("eap-a", "id = alice\nsecret = wonderland")
    healthy(s, {"local": "auth = eap\neap_id = alice\nid = a.example", "remote": "auth = pubkey\nid = b.example", "conn": "vips = 0.0.0.0",
                "local_ts": "dynamic", "secrets": secret, "more": "# a-.pem\n"},
            {"local": "auth = pubkey\ncerts = b.pem\nid = b.example", "remote": "auth = eap-mschapv2\neap_id = %any\nid = a.example",
             "conn": "pools = p\nsend_cert = always", "remote_ts": "dynamic", "secrets": secret, "more": POOL}, pings=0)


@session("Transport mode between the two hosts")
def transport(s):
    s.start({"mode": "transport"}, {"mode": "transport"})
    s.up()
    s.ping(3, to="10.77.0.2", source="-")
    s.table("end")
    s.down()


@session("AES-CBC with HMAC-SHA2, group 14")
def cbc(s):
    both = {"proposals": "aes128-sha256-modp2048", "esp": "aes128-sha256"}
    healthy(s, both, both)


@session("ChaCha20-Poly1305 and curve25519")
def chacha(s):
    both = {"proposals": "chacha20poly1305-prfsha256-curve25519", "esp": "chacha20poly1305"}
    healthy(s, both, both)


@session("ESP in UDP although there is no NAT (encap = yes)")
def encap(s):
    both = {"conn": "encap = yes"}
    healthy(s, both, both)


@session("A behind a NAT, as its own side sees it and as the other side sees it", nat=True)
def nat(s):
    healthy(s, charon="keep_alive = 2s", pings=15)


@session("IPv6 outside and inside")
def ip6(s):
    def side(host, other):
        return {"local_addrs": ADDRESS6[host], "remote_addrs": ADDRESS6[other], "local_ts": NET6[host], "remote_ts": NET6[other]}
    s.start(side("A", "B"), side("B", "A"))
    s.up()
    s.ping(3, to=INSIDE6["B"], source=INSIDE6["A"])
    s.table("end")
    s.down()


@session("IPv4 inside IPv6")
def ip4in6(s):
    def side(host, other):
        return {"local_addrs": ADDRESS6[host], "remote_addrs": ADDRESS6[other]}
    healthy(s, side("A", "B"), side("B", "A"))


@session("A childless IKE SA, then a Child SA with CREATE_CHILD_SA")
def childless(s):
    both = {"conn": "childless = force"}
    s.start(both, both)
    s.up(ike="t")
    s.sleep(1)
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


@session("Three Child SAs, two of them with CREATE_CHILD_SA, one of these with PFS; one is terminated alone, then all")
def children(s):
    def side(host, other):
        ts = f"local_ts = {NET[host]}\nremote_ts = {NET[other]}\n"
        port = lambda number: f"local_ts = {NET[host]}[udp/{number}]\nremote_ts = {NET[other]}[udp/{number}]\nesp_proposals = "
        return {"children": {"c": ts + "esp_proposals = aes256gcm16", "d": port(53) + "aes128-sha256", "e": port(123) + "aes256gcm16-ecp256"}}
    s.start(side("A", "B"), side("B", "A"))
    s.up()
    s.up(child="d")
    s.up("B", child="e")
    s.ping(3)
    s.table("all")
    s.down(what="--child d")
    s.ping(2)
    s.table("end")
    s.down("B")


@session("Both sides begin at once: two IKE SAs, or one replaces the other")
def both_begin(s):
    s.start()
    s.together("--initiate --child c --timeout 10")
    s.ping(3)
    s.table("end")
    s.down()
    s.sleep(1)


@session("A cookie is asked for (cookie_threshold)")
def cookie(s):
    healthy(s, charon={"B": "cookie_threshold = 0\nblock_threshold = 0\ndos_protection = yes"})


@session("The first key exchange guess is refused with INVALID_KE_PAYLOAD, the second fits")
def invalid_ke(s):
    healthy(s, {"proposals": "aes256gcm16-prfsha256-modp2048,aes256gcm16-prfsha256-ecp256"}, {"proposals": "aes256gcm16-prfsha256-ecp256"})


@session("A cookie and an INVALID_KE_PAYLOAD in one negotiation")
def cookie_invalid_ke(s):
    healthy(s, {"proposals": "aes256gcm16-prfsha256-modp2048,aes256gcm16-prfsha256-ecp256"}, {"proposals": "aes256gcm16-prfsha256-ecp256"},
            charon={"B": "cookie_threshold = 0\nblock_threshold = 0\ndos_protection = yes"})


@session("AH in tunnel mode")
def ah(s):
    both = {"ah": "sha256"}
    healthy(s, both, both)


@session("Extended sequence numbers, window 64")
def esn(s):
    both = {"esp": "aes256gcm16-esn", "child": "replay_window = 64"}
    healthy(s, both, both)


@session("IP compression is negotiated")
def ipcomp(s):
    both = {"child": "ipcomp = yes"}
    healthy(s, both, both)


# healthy: what a tunnel lives through

@session("The Child SA is rekeyed under traffic by its initiator, with PFS")
def rekey_child_pfs(s):
    both = {"esp": "aes256gcm16-ecp256"}
    s.start(both, both)
    s.up()
    s.table("before")
    traffic = s.pings(5)
    s.sleep(1)
    s.swanctl("A", "--rekey --child c")
    s.sleep(1.5)
    s.swanctl("B", "--rekey --child c")
    traffic.wait()
    s.table("end")
    s.down()


@session("The Child SA is rekeyed under traffic, without PFS")
def rekey_child(s):
    s.start()
    s.up()
    traffic = s.pings(4)
    s.sleep(1)
    s.swanctl("B", "--rekey --child c")
    traffic.wait()
    s.table("end")
    s.down()


@session("The IKE SA is rekeyed by A, then by B; Child SAs go on and are rekeyed on the new one")
def rekey_ike(s):
    s.start()
    s.up()
    traffic = s.pings(7)
    s.sleep(1)
    s.swanctl("A", "--rekey --ike t")
    s.sleep(1.5)
    s.swanctl("B", "--rekey --ike t")
    s.sleep(1.5)
    s.swanctl("A", "--rekey --child c")
    traffic.wait()
    s.table("end")
    s.down()


@session("The Child SA's rekey asks for another PFS group: INVALID_KE_PAYLOAD, then it fits")
def rekey_invalid_ke(s):
    s.start({"esp": "aes256gcm16-modp2048-ecp256"}, {"esp": "aes256gcm16-ecp256"})
    s.up()
    traffic = s.pings(3)
    s.sleep(1)
    s.swanctl("A", "--rekey --child c")
    traffic.wait()
    s.table("end")
    s.down()


@session("Both sides rekey the Child SA at once")
def collide_child(s):
    s.start()
    s.netem("A", "delay 100ms")
    s.netem("B", "delay 100ms")
    s.up()
    traffic = s.pings(6)
    s.sleep(1)
    s.together("--rekey --child c")
    s.sleep(2)
    s.together("--rekey --child c")
    traffic.wait()
    s.table("end")
    s.down()


@session("Both sides rekey the IKE SA at once")
def collide_ike(s):
    s.start()
    s.netem("A", "delay 100ms")
    s.netem("B", "delay 100ms")
    s.up()
    traffic = s.pings(6)
    s.sleep(1)
    s.together("--rekey --ike t")
    s.sleep(2)
    s.together("--rekey --ike t")
    traffic.wait()
    s.table("end")
    s.down()


@session("A rekeys the IKE SA while B rekeys the Child SA: TEMPORARY_FAILURE, and again later")
def collide_ike_child(s):
    s.start()
    s.netem("A", "delay 100ms")
    s.netem("B", "delay 100ms")
    s.up()
    traffic = s.pings(14)
    s.sleep(1)
    s.sh("A", "true")
    first = s.begin("A", "--rekey --ike t")
    second = s.begin("B", "--rekey --child c")
    first.wait()
    second.wait()
    traffic.wait()
    s.table("end")
    s.down()


@session("Both sides delete the Child SA at once, then a new one is made")
def collide_delete(s):
    s.start()
    s.netem("A", "delay 100ms")
    s.netem("B", "delay 100ms")
    s.up()
    s.ping(3)
    s.together("--terminate --child c --timeout 5")
    s.sleep(0.5)
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


@session("Reauthentication, make before break")
def reauth_make(s):
    s.start(charon="make_before_break = yes")
    s.up()
    traffic = s.pings(5)
    s.sleep(1)
    s.swanctl("A", "--rekey --ike t --reauth")
    traffic.wait()
    s.table("end")
    s.down()


@session("Reauthentication, break before make: a short pause, nothing wrong")
def reauth_break(s):
    s.start(charon="make_before_break = no")
    s.up()
    traffic = s.pings(5)
    s.sleep(1)
    s.swanctl("A", "--rekey --ike t --reauth")
    traffic.wait()
    s.table("end")
    s.down()


@session("Dead peer detection at work, all probes answered")
def dpd(s):
    both = {"conn": "dpd_delay = 1s"}
    s.start(both, both)
    s.up()
    s.ping(2)
    s.sleep(5)
    s.ping(2)
    s.table("end")
    s.down()


@session("MOBIKE: A's address changes, the tunnel moves with it")
def mobike(s):
    s.start({"local_addrs": "%any"}, {"remote_addrs": "%any"})
    s.up()
    s.ping(3)
    s.table("before")
    s.sh("A", "ip addr add 10.77.0.9/24 dev v && ip addr del 10.77.0.1/24 dev v && ip addr add 10.77.0.9/24 dev v 2>/dev/null; "
              "ip route replace 10.2.0.0/24 via 10.77.0.2 src 10.1.0.1")
    s.sleep(3)
    s.ping(3)
    s.table("end")
    s.down()


@session("The Child SA is deleted by B, and A makes another")
def delete_child(s):
    s.start()
    s.up()
    s.ping(2)
    s.down("B", "--child c")
    s.up()
    s.ping(2)
    s.table("end")
    s.down("B")


@session("The NAT forgets its mapping while the tunnel is quiet; A's next packet opens another port, and B follows", nat=True)
def nat_rebind(s):
    s.start(charon="keep_alive = 2s")
    s.up()
    s.ping(3)
    s.sh("N", "iptables-legacy -t nat -I POSTROUTING -o nb -p udp -j MASQUERADE --to-ports 40000-40100")
    s.forget("N")
    s.ping(6)
    s.table("end")
    s.down()


@session("A dies with its SAs and begins anew: INITIAL_CONTACT, B forgets what it had")
def initial_contact(s):
    s.start()
    s.up()
    s.ping(2)
    s.stop("A", signal.SIGKILL)
    s.sh("A", "ip xfrm state flush; ip xfrm policy flush")
    s.sleep(1)
    s.start(hosts="A")
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


# broken: no tunnel comes up

def refused(s, a=None, b=None, **more):
    s.start(a, b, **more)
    s.up(wait=8)
    s.table("end")


@session("A has another pre-shared key: B answers AUTHENTICATION_FAILED", ["ike-refused"])
def wrong_psk(s):
    refused(s, {"secret": "battery staple"})


@session("A asks for an identity that B does not have: AUTHENTICATION_FAILED", ["ike-refused"])
def wrong_id(s):
    refused(s, {"remote": "auth = psk\nid = peer3", "ids": {"A": "peer1", "B": "peer3"}}, {"ids": {"A": "peer1", "B": "peer2"}})


@session("B's certificate has expired: A refuses it", ["ike-refused"])
def cert_expired(s):
    refused(s, *certs("a", "b-expired"))


@session("A's certificate is of a CA that B does not know", ["ike-refused"])
def cert_stranger(s):
    refused(s, *certs("a-stranger", "b"))


@session("No common proposal for the IKE SA", ["ike-refused"])
def no_proposal_ike(s):
    refused(s, {"proposals": "aes128-sha256-modp2048"})


@session("No common proposal for the Child SA: NO_PROPOSAL_CHOSEN in IKE_AUTH, the IKE SA stands", ["ike-refused"])
def no_proposal_child(s):
    refused(s, {"esp": "aes128-sha256"})


@session("The PFS groups do not fit: rekeys of the Child SA are refused with NO_PROPOSAL_CHOSEN", ["ike-refused"])
def pfs_mismatch(s):
    s.start({"esp": "aes256gcm16-modp2048"}, {"esp": "aes256gcm16-ecp384"})
    s.up()
    traffic = s.pings(3)
    s.sleep(1)
    s.swanctl("A", "--rekey --child c")
    traffic.wait()
    s.table("end")
    s.down()


@session("The traffic selectors do not fit: TS_UNACCEPTABLE in IKE_AUTH", ["ike-refused"])
def ts_unacceptable(s):
    refused(s, {"remote_ts": "10.9.0.0/24"})


@session("A second Child SA is refused with TS_UNACCEPTABLE in CREATE_CHILD_SA; the first works", ["ike-refused"])
def ts_second(s):
    ts = {"A": f"local_ts = {NET['A']}\nremote_ts = ", "B": f"local_ts = {NET['B']}\nremote_ts = {NET['A']}\nesp_proposals = aes256gcm16"}
    s.start({"children": {"c": ts["A"] + NET["B"] + "\nesp_proposals = aes256gcm16", "d": ts["A"] + "10.9.0.0/24\nesp_proposals = aes256gcm16"}},
            {"children": {"c": ts["B"]}})
    s.up()
    s.up(child="d", wait=5)
    s.ping(3)
    s.table("end")
    s.down()


@session("Nobody listens at B: port unreachable", ["ike-no-answer"])
def not_listening(s):
    s.start(hosts="A")
    s.up(wait=8)
    s.table("end", hosts="A")


@session("B's firewall drops IKE", ["ike-no-answer"])
def silent(s):
    s.start()
    s.drop("B", "-p udp --dport 500")
    s.up(wait=8)
    s.table("end")


@session("Port 4500 is blocked: IKE_SA_INIT is answered, IKE_AUTH never", ["ike-no-answer"])
def auth_blocked(s):
    s.start()
    s.drop("B", "-p udp --dport 4500")
    s.up(wait=8)
    s.table("end")


# broken: a tunnel that dies

@session("B is killed and its kernel emptied; A goes on", ["ike-dead-peer"])
def peer_killed(s):
    both = {"conn": "dpd_delay = 1s"}
    s.start(both, both)
    s.up()
    s.ping(3)
    s.table("before")
    s.stop("B", signal.SIGKILL)
    s.sh("B", "ip xfrm state flush; ip xfrm policy flush")
    s.ping(10, gap=0.5)
    s.sleep(5)
    s.table("end")


@session("B's daemon is killed, its kernel keeps the SAs: ESP goes on, IKE is dead", ["ike-dead-peer"])
def daemon_killed(s):
    both = {"conn": "dpd_delay = 1s"}
    s.start(both, both)
    s.up()
    s.ping(3)
    s.stop("B", signal.SIGKILL)
    s.ping(10, gap=0.5)
    s.sleep(5)
    s.table("end")


@session("B's kernel loses the SAs, the daemons do not notice", ["receiver-lost-sa"])
def kernel_flushed(s):
    s.start()
    s.up()
    s.ping(3)
    s.table("before")
    s.sh("B", "ip xfrm state deleteall")
    s.ping(10)
    s.table("end")


@session("ESP is dropped by B's firewall, IKE passes", ["one-way"])
def esp_blocked(s):
    both = {"conn": "dpd_delay = 1s"}
    s.start(both, both)
    s.up()
    s.drop("B", "-p esp")
    s.ping(10)
    s.sleep(2)
    s.table("end")
    s.down()


@session("An answer of B is lost once: A sends IKE_AUTH again, and it goes on")
def answer_lost(s):
    s.start()
    s.drop("A", "-p udp --sport 4500 -m statistic --mode nth --every 100 --packet 0")
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


@session("B's configuration changes under a living IKE SA, which A then rekeys with what was agreed")
def rekey_ike_changed(s):
    s.start()
    s.up()
    s.ping(2)
    s.configure("B", {"proposals": "aes128-sha256-modp2048"})
    s.load("B")
    s.swanctl("A", "--rekey --ike t")
    s.ping(3)
    s.sleep(2)
    s.table("end")
    s.down()


@session("EAP-MSCHAPv2 with a wrong password", ["ike-refused"])
def eap_wrong(s):
    alice = lambda word: section("eap-a", f"id = alice\nsecret = {word}")
    s.start({"local": "auth = eap\neap_id = alice\nid = a.example", "remote": "auth = pubkey\nid = b.example", "secrets": alice("looking-glass"),
             "more": "# a.pem\n"},
            {"local": "auth = pubkey\ncerts = b.pem\nid = b.example", "remote": "auth = eap-mschapv2\neap_id = %any\nid = a.example",
             "conn": "send_cert = always", "secrets": alice("wonderland")})
    s.up(wait=8)
    s.table("end")


@session("Child SAs live for 3 s and are not rekeyed: they end under traffic, and A's kernel asks for new ones", [])
def hard_lifetime(s):
    both = {"child": "rekey_time = 0\nlife_time = 3s\nstart_action = trap"}
    s.start(both, both)
    s.ping(40)
    s.table("end")
    s.down()


@session("B's daemon is stopped cleanly, started again, and A begins anew")
def restart_clean(s):
    s.start()
    s.up()
    s.ping(2)
    s.stop("B")
    s.sleep(1)
    s.start(hosts="B")
    s.up()
    s.ping(2)
    s.table("end")
    s.down()


@session("No connection for this peer at B: NO_PROPOSAL_CHOSEN in IKE_SA_INIT", ["ike-refused"])
def no_connection(s):
    s.start(None, {"remote_addrs": "10.77.0.77"})
    s.up(wait=8)
    s.table("end")
