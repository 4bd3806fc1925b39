"""ike_sessions: what esplain says of real IKEv2 sessions of two strongSwan hosts (tests/interop/sessions.sh made them).

What is expected of each comes from said.txt beside the capture: what was done, what the two daemons logged, and which counters of
/proc/net/xfrm_stat rose. Each is read without keys, with the IKE keys, with the ESP keys, and with the kernels' SA dumps.
"""
import os

import runner

DATA = os.path.join("tests", "data", "sessions")
REFUSED, NO_ANSWER, DEAD = ("ike-refused", "error", "certain"), ("ike-no-answer", "error", "certain"), ("ike-dead-peer", "error", "certain")
AUTH, CHILD = ("ike-auth-suspect", "warning", "likely"), ("ike-child-suspect", "warning", "likely")

# name: with IKE keys, without them, and the notify that the daemons' logs name. What is not here is healthy.
BROKEN = {
    "wrong_psk": ([REFUSED], [AUTH], "AUTHENTICATION_FAILED"),
    "wrong_id": ([REFUSED], [AUTH], "AUTHENTICATION_FAILED"),
    "cert_stranger": ([REFUSED], [AUTH], "AUTHENTICATION_FAILED"),
    "cert_expired": ([REFUSED], [("ike-auth-suspect", "warning", "possible")], "AUTHENTICATION_FAILED"),
    "eap_wrong": ([REFUSED], [("ike-auth-suspect", "warning", "possible")], "AUTHENTICATION_FAILED"),
    "no_proposal_ike": ([REFUSED], [REFUSED], "NO_PROPOSAL_CHOSEN"),
    "no_proposal_child": ([REFUSED], [CHILD], "NO_PROPOSAL_CHOSEN"),
    "pfs_mismatch": ([REFUSED], [CHILD], "NO_PROPOSAL_CHOSEN"),
    "ts_unacceptable": ([REFUSED], [CHILD], "TS_UNACCEPTABLE"),
    "ts_second": ([REFUSED], [], "TS_UNACCEPTABLE"),  # other Child SAs of the two carry packets, so without keys it is a note
    "not_listening": ([NO_ANSWER], [NO_ANSWER], None),
    "silent": ([NO_ANSWER], [NO_ANSWER], None),
    "auth_blocked": ([NO_ANSWER], [NO_ANSWER], None),
    "peer_killed": ([DEAD], [DEAD], None),
    "daemon_killed": ([DEAD], [DEAD], None),
}
# notes that tell of what the session is about
NOTES = {
    "cookie_invalid_ke": ("ike-invalid-ke", False), "invalid_ke": ("ike-invalid-ke", False), "rekey_invalid_ke": ("ike-invalid-ke", True),
    "collide_child": ("ike-crossing", False), "collide_ike": ("ike-crossing", False), "collide_ike_child": ("ike-temporary-failure", True),
    "mobike": ("ike-mobike", True), "initial_contact": ("ike-initial-contact", True), "not_listening": ("icmp-error", False),
    "peer_killed": ("icmp-error", False),
}


def told(result, *severities):
    return sorted((f["condition"], f["severity"], f["certainty"]) for f in result.records("finding") if f["severity"] in severities)


def sources(folder):
    """Every way to read this session: what it is called, the options, whether IKE is opened."""
    table, esp = os.path.join(folder, "keysA", "ikev2_decryption_table"), os.path.join(folder, "keysA", "esp_sa")
    dumps = [path for path in (os.path.join(folder, "xfrm%s-end.txt" % host) for host in "AB") if os.path.exists(path)]
    keys = ["-k", table] if os.path.exists(table) else []
    yield "no keys", [], False
    if keys:
        yield "IKE keys", keys, True
    for path in ([esp] if os.path.exists(esp) else []) + dumps:
        yield os.path.basename(path), ["-s", path], False
        if keys:
            yield os.path.basename(path) + " and IKE keys", ["-s", path] + keys, True


def judge(name):
    folder = os.path.join(DATA, name)
    opened, shut, notify = BROKEN.get(name, ([], [], None))
    for words, options, has_keys in sources(folder):
        result = runner.run("read", "-f", "json", *options, os.path.join(folder, "t.pcap"))
        wanted = opened if has_keys else shut
        runner.equal("%s, %s" % (name, words), told(result, "warning", "error"), sorted(wanted))
        runner.equal("%s, %s: exit status" % (name, words), result.status, 1 if wanted else 0)
        notes = [f[0] for f in told(result, "note")]
        if name in NOTES and (has_keys or not NOTES[name][1]):
            runner.check("%s, %s: the note" % (name, words), NOTES[name][0] in notes, notes)
        if notify and REFUSED in wanted:
            facts = next(f["facts"] for f in result.records("finding") if f["condition"] == "ike-refused")
            runner.equal("%s, %s: the notify" % (name, words), facts["notify"], notify)
        if words == "esp_sa and IKE keys" and not wanted:
            sure = {v["verdict"] for v in runner.run("read", "-f", "json", "--verdicts", *options, os.path.join(folder, "t.pcap")).records("verdict")
                    if v["certainty"] == "certain"}
            runner.check("%s, %s: nothing is surely refused, as by the kernels" % (name, words), sure <= {"accepted", "unjudged"}, sure)


def main():
    for name in sorted(os.listdir(DATA)):
        judge(name)


main()
runner.finish()
