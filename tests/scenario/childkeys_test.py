"""childkeys: Child SAs whose keys no file tells: SK_d of a strongSwan log and the nonces of the capture make them (RFC 7296 2.17).

tests/data/childkeys: four sessions of two strongSwan 5.9.8 hosts on Linux 6.1 (tests/interop/sessions.sh with ike and chd logged at
level 4): the capture, of one host's log the lines with keys, and what both daemons said of the kernel's SAs (swanctl --list-sas).
nopfs: GCM, rekeys of the Child SA by both ends, of the IKE SA, and a rekey in the new one. pfs: CBC with HMAC, rekeys with a key
exchange of their own. nullpfs: NULL with HMAC-SHA2-384 and ESN. ahpfs: AH.
"""
import os
import re
import tempfile

import runner

DATA = "tests/data/childkeys"
SESSIONS = {"nopfs": 4, "pfs": 3, "nullpfs": 2, "ahpfs": 2}  # and how many pairs of Child SAs each had


def kernel_counts(name):
    """{SPI: packets} as the receivers' kernels counted them."""
    with open("%s/%s.sas" % (DATA, name)) as text:
        return {"0x" + spi: int(packets) for spi, packets in re.findall(r"in +([0-9a-f]{8}), +\d+ bytes, +(\d+) packets", text.read())}


def read(log, name):
    return runner.run("read", "-f", "json", "--verdicts", "-k", log, "%s/%s.pcap" % (DATA, name))


def opened():
    for name, pairs in SESSIONS.items():
        result = read("%s/%s.log" % (DATA, name), name)
        records, wanted = result.records("sa"), kernel_counts(name)
        runner.equal("%s: the daemons told of %d pairs" % (name, pairs), len(wanted), 2 * pairs)
        runner.equal("%s: packets as the kernels counted them" % name,
                     {record["spi"]: record["packets"] for record in records}, wanted)
        verdicts = result.records("verdict")
        runner.equal("%s: every packet verifies" % name, {(one["verdict"], one["certainty"]) for one in verdicts}, {("accepted", "certain")})
        runner.equal("%s: and holds what the networks behind said" % name,
                     {(one["inner"]["src"], one["inner"]["dst"]) for one in verdicts},
                     {("10.1.0.1", "10.2.0.1"), ("10.2.0.1", "10.1.0.1")})
        runner.equal("%s: exit status" % name, result.status, 0)


def closed():
    """Where the derivation does not fit, nothing is claimed of ICVs."""
    with tempfile.TemporaryDirectory() as folder:
        for what, pattern in (("SK_d", r"(Sk_d secret.*\n.*  0: )(..)"), ("the secrets of key exchanges", r"(DH secret.*\n.*  0: )(..)")):
            with open("%s/pfs.log" % DATA) as text:
                damaged = re.sub(pattern, lambda found: "%s%02X" % (found[1], int(found[2], 16) ^ 1), text.read())
            path = os.path.join(folder, "log")
            with open(path, "w") as text:
                text.write(damaged)
            result = read(path, "pfs")
            verdicts = result.records("verdict")
            runner.equal("%s wrong: nothing is refused" % what, {one["verdict"] for one in verdicts}, {"accepted"})
            runner.equal("%s wrong: exit status" % what, result.status, 0)
            sure = sum(one["certainty"] == "certain" for one in verdicts)
            runner.equal("%s wrong: packets that verify all the same" % what, sure, 0 if what == "SK_d" else 6)


opened()
closed()
runner.finish()
