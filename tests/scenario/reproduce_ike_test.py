"""reproduce with IKE: each way of a condition gives the code that belongs to it, between the hosts that were asked for, in IPv4, IPv6 and UDP; what
is sealed opens with the keys beside the capture, here and in tshark."""
import os
import shutil
import subprocess
import tempfile

import runner

A, B = "192.0.2.1", "198.51.100.2"

# The code of each way: by name (winerror.h) or [MS-IKEE], as ../shared/facts/mapping.md has it. None: no documented error stands for it.
CODES = {
    "unknown-spi": {"peer-began-anew": 13910, "peer-silent": 13910, "reported-with-icmp": 13910, "deleted-by-ike": 13910, "deleted-by-ikev1": 13910, "ike-sa-deleted": 13910, "before-ike-auth-ends": 13910},
    "icmp-error": {"mtu": None, "prohibited": None, "protocol-unreachable": None, "port-unreachable": None, "host-unreachable": None, "bad-spi": 13910, "authentication-failed": 13915,
                   "need-authentication": 13916},
    "ike-no-answer": {"first": 13813, "auth": 13805, "ike-fragment-missing": 13805, "main-mode": 13813, "main-mode-secret": 13805},
    "ike-dead-peer": {"ikev2": 13886, "ikev1": 13886, "ikev1-keys": 13886},
    "ike-half-open": {"ikev2": 13814, "ip-fragment-missing": 13814, "ikev1": 13814},
    "ike-auth-suspect": {"ike-auth": 13801, "turned-down": 13801, "main-mode": 13801, "aggressive-mode": 13801},
    "ike-child-suspect": {"create-child-sa": 13868, "ike-auth": 13868, "quick-mode": 13868},
    "ike-refused": {
        "no-proposal-chosen": 13868, "invalid-major-version": 13880, "authentication-failed": 13801, "ts-unacceptable": 13858, "no-proposal-chosen-child": 13868,
        "single-pair-required": 13868, "internal-address-failure": 13899, "failed-cp-required": 13900, "invalid-syntax": 13843, "unsupported-critical-payload": 13823,
        "no-additional-sas": 13884, "ike-rekey": 13868, "eap-failure": 13801, "by-initiator": 13801, "ikev1-wrong-secret": 13801, "ikev1-no-proposal-chosen-child": 13868, "ikev1-invalid-id-information-child": 13834,
        "ikev1-no-proposal-chosen": 13868, "ikev1-authentication-failed": 13801, "ikev1-invalid-id-information": 13834, "ikev1-invalid-payload-type": 13843,
        "ikev1-doi-not-supported": 13862, "ikev1-situation-not-supported": 13863, "ikev1-invalid-cookie": 13846, "ikev1-invalid-major-version": 13880,
        "ikev1-invalid-exchange-type": 13824, "ikev1-invalid-message-id": 13888, "ikev1-invalid-protocol-id": 13831, "ikev1-invalid-transform-id": 13832,
        "ikev1-attributes-not-supported": 13802, "ikev1-bad-proposal-syntax": 13831, "ikev1-payload-malformed": 13843, "ikev1-invalid-key-information": 13833,
        "ikev1-invalid-cert-encoding": 13835, "ikev1-invalid-certificate": 13835, "ikev1-cert-type-unsupported": 13835, "ikev1-invalid-cert-authority": 13836,
        "ikev1-invalid-hash-information": 13870, "ikev1-invalid-signature": 13826, "ikev1-unsupported-exchange-type": 13824, "ikev1-unequal-payload-lengths": 13843},
    "ike-windows-status": {"status-13801": 13801, "status-13857": 13857, "status-13857-hresult": 13857, "status-13868-swapped": 13868, "status-13868-ikev1": 13868,
                           "status-unknown": None},
    "ike-getspi": {"zero-spi": 13857, "reserved-spi": 13857, "same-spi": 13857, "accepted-before": 13857, "no-child": 13857},
    "ike-invalid-spi-notify": {"in-clear": 13910, "in-ike-sa": 13910},
    "ike-invalid-ke": {"goes-on": 13865, "ends": 13865},
    "ike-cookie": {"goes-on": 13890, "ends": 13890},
    "ike-mobike": {"update-sa-addresses": None, "other-address": None},
    "ike-damaged": {
        "header-length": 13824, "header-spi": 13824, "header-exchange": 13824, "header-version": 13880, "payload-short": 13843, "payload-beyond": 13843,
        "chain-unended": 13843, "chain-trailing": 13843, "critical-payload": 13823, "sa": 13830, "proposal": 13831, "transform": 13832, "key-exchange": 13833,
        "id": 13834, "certificate": 13835, "certificate-request": 13836, "hash": 13837, "signature": 13838, "nonce": 13839, "notify": 13840, "delete": 13841,
        "vendor-id": 13842, "traffic-selector": 13843, "doi": 13862, "situation": 13863, "nat-original-address": 13893, "authip-methods": 13889},
}

# What the causes of ways of unknown-spi are.
CAUSES = {"peer-began-anew": "peer-restarted", "peer-silent": "peer-restarted", "reported-with-icmp": "reported-by-peer", "deleted-by-ike": "sa-deleted", "deleted-by-ikev1": "sa-deleted", "ike-sa-deleted": "sa-deleted", "before-ike-auth-ends": "sa-not-yet-added"}

# Notifies that tshark finds in what it has decrypted: RFC 7296 3.10.1, RFC 4555, [MS-IKEE] 2.2.7.
NOTIFIES = {("ike-refused", "authentication-failed"): "24", ("ike-refused", "ts-unacceptable"): "38", ("ike-refused", "no-additional-sas"): "35",
            ("ike-refused", "ike-rekey"): "14", ("ike-invalid-selectors", None): "39", ("ike-invalid-message-id", None): "9", ("ike-mobike", "update-sa-addresses"): "16400",
            ("ike-initial-contact", None): "16384", ("ike-invalid-spi-notify", "in-ike-sa"): "11", ("unknown-spi", "rekeyed"): "16393"}


def made(folder, number, row, *more):
    """The capture of a row, the findings of the command that reproduce itself names, and what was said of errors."""
    path = os.path.join(folder, "%d.pcapng" % number)
    cause = ["--cause", row["cause"]] if row["cause"] else []
    done = runner.run("reproduce", "--condition", row["condition"], *cause, *more, "-w", path)
    if done.status != 0:
        return path, [], done.err
    words = done.text().splitlines()[-1].split("esplain ", 1)[1].split()
    read = runner.run(words[0], "-f", "json", *words[1:])
    return path, read.records("finding"), read.err


def judged(name, row, found, error, src, dst):
    mine = [one for one in found if one["condition"] == row["condition"]]
    if not runner.check("%s: is found" % name, mine, error):
        return
    wanted = CODES.get(row["condition"], {})
    if row["way"]:
        code = wanted.get(row["cause"], "a code in this test")
        runner.equal("%s: its code" % name, {(one["error"] or {}).get("code") for one in mine}, {code})
        if row["condition"] == "unknown-spi":
            runner.equal("%s: its cause" % name, (mine[0]["cause"] or {}).get("name"), CAUSES[row["cause"]])
    runner.equal("%s: between whom" % name, {(one["subject"]["src"], one["subject"]["dst"]) for one in mine}, {(src, dst)})
    also = {row["condition"], *(row["also"] or "").split(",")}
    runner.equal("%s: nothing else" % name, [one["condition"] for one in found if one["severity"] != "note" and one["condition"] not in also], [])


def shark(folder, path, *arguments):
    done = subprocess.run(["tshark", "-r", path, *arguments], stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, text=True, check=False,
                          env={**os.environ, "WIRESHARK_CONFIG_DIR": folder})
    return done.stdout


def keys_for(folder, path):
    """The keys beside the capture, as the table of the version that they are for."""
    for version in "12":
        table = os.path.join(folder, "ikev%s_decryption_table" % version)
        text = open(path + ".ike-keys.txt", encoding="utf-8").read()
        with open(table, "w", encoding="utf-8") as file:
            file.write(text if "ikev%s_decryption_table" % version in text else "")


def opened(folder, path, row, name):
    """tshark with the table of keys: nothing that is sealed stays closed, every ICV is right, and the notify is the one that is meant."""
    keys_for(folder, path)
    if "ikev1_decryption_table" in open(path + ".ike-keys.txt", encoding="utf-8").read():  # each message that is encrypted holds a HASH
        lines = shark(folder, path, "-Y", "isakmp.flag_e == 1", "-T", "fields", "-e", "udp.payload", "-e", "isakmp.hash").splitlines()
        first = dict(reversed([line.split("\t") for line in lines]))  # of what is sent again tshark opens the first alone
        runner.check("%s: tshark decrypts what is encrypted" % name, first and all(len(one) == 64 for one in first.values()), lines)
        return
    text = shark(folder, path, "-V")
    sealed, right = text.count("Integrity Checksum Data:"), text.count("[correct]")
    runner.check("%s: tshark decrypts what is sealed" % name, 0 < sealed == right == text.count("Decrypted Data ("), "%d sealed, %d right" % (sealed, right))
    wanted = NOTIFIES.get((row["condition"], row["cause"]))
    if wanted:
        runner.check("%s: tshark reads notify %s in it" % (name, wanted), wanted in shark(folder, path, "-T", "fields", "-e", "isakmp.notify.msgtype").replace(",", "\n").split())


def meant(folder, path):
    """tshark on a rekey: exchanges, message IDs, transforms, SPIs, selectors and Deletes are those that were meant (RFC 7296 1.2, 1.3.3, 1.4.1)."""
    keys_for(folder, path)
    names = ("exchangetype", "messageid", "flag_i", "flag_r", "tf.type", "tf.id.encr", "spi", "notify.msgtype", "ts.start_ipv4", "delete.spi")
    arguments = [part for name in names for part in ("-e", "isakmp." + name)]
    lines = [line.split("|") for line in shark(folder, path, "-Y", "isakmp", "-T", "fields", "-E", "separator=|", *arguments).splitlines()]
    column = lambda name: [line[names.index(name)] for line in lines]
    runner.equal("tshark: the exchanges", column("exchangetype"), ["34", "34", "35", "35", "36", "36", "37", "37"])
    runner.equal("tshark: the message IDs", [int(one, 16) for one in column("messageid")], [0, 0, 1, 1, 2, 2, 3, 3])
    runner.equal("tshark: initiator and response", list(zip(column("flag_i"), column("flag_r"))), [("1", "0"), ("0", "1")] * 4)
    runner.equal("tshark: AES-GCM-16 for IKE and ESP", column("tf.id.encr"), ["20"] * 6 + ["", ""])
    runner.equal("tshark: ENCR, PRF and KE for IKE, ENCR and ESN for ESP", column("tf.type"), ["1,2,4"] * 2 + ["1,5"] * 4 + ["", ""])
    spis = column("spi")
    runner.equal("tshark: the SPI of the packets in its answer, and the other one in its rekey", [one.split(",")[-1] for one in spis[3:5]], ["c1a55e01", spis[4].split(",")[-1]])
    runner.equal("tshark: REKEY_SA", column("notify.msgtype")[4], "16393")
    runner.equal("tshark: the networks", column("ts.start_ipv4")[2:6], ["10.1.0.0,10.2.0.0"] * 4)
    runner.equal("tshark: both sides delete their inbound SPI", column("delete.spi")[7], "c1a55e01")


def main():
    rows = [row for row in runner.run("reproduce", "--list", "-f", "json").records("recipe") if row["possible"]]
    for condition, ways in CODES.items():
        runner.equal("%s: its ways" % condition, {row["cause"] for row in rows if row["condition"] == condition and row["way"]}, set(ways))
    there = shutil.which("tshark")
    if there is None:
        runner.skip("keys of IKE", "there is no tshark")
    with tempfile.TemporaryDirectory() as folder:
        for number, row in enumerate(rows):
            if not row["way"] and not row["condition"].startswith("ike-") and (row["condition"], row["cause"]) not in NOTIFIES:
                continue
            name = " ".join(filter(None, [row["condition"], row["cause"]]))
            path, found, error = made(folder, number, row)
            judged(name, row, found, error, A, B)
            if there and os.path.exists(path + ".ike-keys.txt") and not row["malformed"]:
                opened(folder, path, row, name)
            if there and row["cause"] == "rekeyed":
                meant(folder, path)
            if row["cause"] in ("auth", "rekeyed", "peer-silent", "ts-unacceptable", "in-ike-sa", "ikev1", "id"):
                judged(name + " in IPv6", row, *made(folder, number, row, "--src", "2001:db8::1", "--dst", "2001:db8:1::2")[1:], "2001:db8::1", "2001:db8:1::2")
                judged(name + " in UDP", row, *made(folder, number, row, "--encap", "udp", "--spi", "0xdeadbeef")[1:], A, B)


main()
runner.finish()
