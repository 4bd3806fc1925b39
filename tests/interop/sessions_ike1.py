"""sessions_ike1: IKEv1 between two strongSwan hosts, healthy and broken."""
import signal

from session_table import session

AGGRESSIVE = "i_dont_care_about_security_and_use_aggressive_mode_psk = yes"


def version1(**more):
    return {"version": 1, "proposals": "aes128-sha256-modp2048", "esp": "aes128-sha256", **more}


def both(s, **more):
    s.start(a=version1(**more), b=version1(**more))


@session("IKEv1 main mode with a pre-shared key, some pings, terminated by A")
def v1_main(s):
    both(s)
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


@session("IKEv1 aggressive mode with a pre-shared key")
def v1_aggressive(s):
    k = version1(conn="aggressive = yes")
    s.start(a=k, b=k, charon=AGGRESSIVE)
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


@session("IKEv1 main mode, A has another pre-shared key", ["ike-auth-suspect"])
def v1_wrong_psk(s):
    s.start(a=version1(secret="wrong"), b=version1())
    s.up(wait=12)


@session("IKEv1 aggressive mode, A has another pre-shared key", ["ike-auth-suspect"])
def v1_aggressive_wrong_psk(s):
    k = version1(conn="aggressive = yes")
    s.start(a={**k, "secret": "wrong"}, b=k, charon=AGGRESSIVE)
    s.up(wait=12)


@session("IKEv1 phase 1 proposals do not fit", ["ike-refused"])
def v1_no_proposal(s):
    s.start(a=version1(proposals="aes256-sha512-modp4096"), b=version1())
    s.up(wait=12)


@session("IKEv1 phase 2 proposals do not fit", ["ike-refused"])
def v1_no_proposal_quick(s):
    s.start(a=version1(esp="aes256-sha512"), b=version1())
    s.up(wait=12)


@session("IKEv1 the two want other groups for PFS", ["ike-refused"])
def v1_pfs(s):
    s.start(a=version1(esp="aes128-sha256-modp2048"), b=version1(esp="aes128-sha256-modp3072"))
    s.up(wait=12)


@session("IKEv1 the networks of quick mode do not fit", ["ike-refused"])
def v1_selectors(s):
    s.start(a=version1(remote_ts="10.9.0.0/24"), b=version1())
    s.up(wait=12)


@session("IKEv1 rekeys of phase 2 by both, a new phase 1")
def v1_rekey(s):
    both(s)
    s.up()
    s.ping(2)
    for host in "AB":
        s.swanctl(host, "--rekey --child c")
        s.ping(3)
    s.swanctl("A", "--rekey --ike t")
    s.sleep(1)
    s.ping(3)
    s.table("end")
    s.down()


@session("IKEv1 B vanishes, dead peer detection of A finds it", ["ike-dead-peer"])
def v1_dead_peer(s):
    both(s, conn="dpd_delay = 1s\ndpd_timeout = 4s", child="dpd_action = clear")
    s.up()
    s.ping(2)
    s.drop("B", "udp dport 500")
    s.stop("B", signal.SIGKILL)
    s.sleep(8)
    s.table("end")


@session("IKEv1 B never answers", ["ike-no-answer"])
def v1_silent(s):
    both(s)
    s.drop("B", "udp dport 500")
    s.up(wait=15)


@session("IKEv1 nobody listens at B", ["ike-no-answer"])
def v1_closed(s):
    s.start(a=version1(), hosts="A")
    s.up(wait=12)


@session("IKEv1 through a NAT", nat=True)
def v1_nat(s):
    both(s)
    s.up()
    s.ping(3)
    s.table("end")
    s.down()


@session("A wants IKEv1, B has IKEv2 alone", ["ike-refused"])
def v1_against_v2(s):
    s.start(a=version1(), b={"version": 2})
    s.up(wait=10)


@session("IKEv1 B is killed and its SAs are gone; A goes on sending", ["icmp-error"])
def v1_killed(s):
    both(s)
    s.up()
    s.ping(3)
    s.table("before")
    s.stop("B", signal.SIGKILL)
    s.sh("B", "ip xfrm state flush; ip xfrm policy flush")
    s.ping(4)
    s.table("end")


@session("IKEv1 B is killed, loses its SAs and starts again; A goes on sending on the old ones", ["receiver-lost-sa"])
def v1_restarted(s):
    both(s)
    s.up()
    s.ping(3)
    s.stop("B", signal.SIGKILL)
    s.sh("B", "ip xfrm state flush; ip xfrm policy flush")
    s.start(b=version1(), hosts="B")
    s.ping(4)
    s.swanctl("B", "--initiate --child c --timeout 10")
    s.ping(3)
    s.table("end")
    s.down()
