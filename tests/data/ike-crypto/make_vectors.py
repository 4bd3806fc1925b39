#!/usr/bin/python3
"""Messages and keys of IKE made by another implementation, for the crypto_ike and sa_ike tests.

Written from the RFCs with the primitives of python cryptography; what that lacks (CCM over Camellia, AES-XCBC) is written out and checked
against the vectors of RFC 5528 and RFC 3566, and the PRFs against those of RFC 4434 and RFC 4615. The output is the same at every run, but
for `sessions`, which asks tshark for the plaintext of every encrypted message of the shared scenarios.

    cd tests/data/ike-crypto
    for noun in sk prf keymat ike1; do ./make_vectors.py $noun > $noun.txt; done
    ./make_vectors.py sessions ../../../../shared > sessions.txt
"""
import hashlib
import hmac
import json
import os
import random
import struct
import subprocess
import sys
import warnings

warnings.simplefilter("ignore")
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305

dice = random.Random(7296)
BLOCKS = {"AES": algorithms.AES, "CAMELLIA": algorithms.Camellia, "3DES": algorithms.TripleDES, "DES": algorithms.TripleDES,
          "BLOWFISH": algorithms.Blowfish, "CAST": algorithms.CAST5}
DIGESTS = {"MD5": "md5", "SHA1": "sha1", "SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512"}


def some(count):
    return bytes(dice.randrange(256) for _ in range(count))


def encrypt(base, key, mode, data):
    worker = Cipher(BLOCKS[base](key), mode).encryptor()
    return worker.update(data) + worker.finalize()


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def hexed(data):
    return data.hex() or "-"


# ---- MACs and PRFs ----

def xcbc(key, data):
    """RFC 3566."""
    one, two, three = (encrypt("AES", key, modes.ECB(), bytes([n]) * 16) for n in (1, 2, 3))
    chained = bytes(16)
    blocks = [data[at:at + 16] for at in range(0, len(data), 16)] or [b""]
    for block in blocks[:-1]:
        chained = encrypt("AES", one, modes.ECB(), xor(chained, block))
    last = blocks[-1]
    last = xor(last, two) if len(last) == 16 else xor(last + b"\x80" + bytes(15 - len(last)), three)
    return encrypt("AES", one, modes.ECB(), xor(chained, last))


def aes_cmac(key, data):
    worker = cmac.CMAC(algorithms.AES(key))
    worker.update(data)
    return worker.finalize()


def mac(name, key, data):
    if name.startswith("AES"):
        return (xcbc if "XCBC" in name else aes_cmac)(key, data)
    return hmac.new(key, data, DIGESTS[name[len("HMAC-"):].rsplit("-", 1)[0]]).digest()


def prf(name, key, data):
    if name == "AES128-XCBC":
        return xcbc(key.ljust(16, b"\0") if len(key) <= 16 else xcbc(bytes(16), key), data)
    if name == "AES128-CMAC":
        return aes_cmac(key if len(key) == 16 else aes_cmac(bytes(16), key), data)
    return hmac.new(key, data, DIGESTS[name[len("HMAC-"):]]).digest()


def prf_plus(name, key, seed, length):
    stream, last, number = b"", b"", 1
    while len(stream) < length:
        last = prf(name, key, last + seed + bytes([number]))
        stream += last
        number += 1
    return stream[:length]


PRFS = [("HMAC-MD5", 16), ("HMAC-SHA1", 20), ("AES128-XCBC", 16), ("HMAC-SHA2-256", 32), ("HMAC-SHA2-384", 48),
        ("HMAC-SHA2-512", 64), ("AES128-CMAC", 16)]


def ccm(base, key, nonce, aad, data, tag_length):
    """RFC 3610."""
    def block(value):
        return encrypt(base, key, modes.ECB(), value)
    width = 15 - len(nonce)
    chained = block(bytes([0x40 | (tag_length - 2) // 2 << 3 | (width - 1)]) + nonce + len(data).to_bytes(width, "big"))
    for text in (struct.pack("!H", len(aad)) + aad, data):
        text += bytes(-len(text) % 16)
        for at in range(0, len(text), 16):
            chained = block(xor(chained, text[at:at + 16]))
    counters = [bytes([width - 1]) + nonce + count.to_bytes(width, "big") for count in range(len(data) // 16 + 2)]
    stream = b"".join(block(counter) for counter in counters)
    return xor(data, stream[16:]) + xor(chained, stream)[:tag_length]


def self_check():
    unhex, key = bytes.fromhex, bytes(range(16))
    made = ccm("CAMELLIA", bytes(range(0xc0, 0xd0)), unhex("00000003020100a0a1a2a3a4a5"), bytes(range(8)), bytes(range(8, 0x1f)), 8)
    assert made == unhex("ba737185e719310492f38a5f1251da55fafbc949848a0dfcaece746b3db9ad"), "RFC 5528, CCM packet vector 1"
    assert xcbc(key, b"") == unhex("75f0251d528ac01c4573dfd584d79f29"), "RFC 3566, test case 1"
    message = bytes(range(20))
    for name, long_key, known in (("AES128-XCBC", key, "47f51b4564966215b8985c63055ed308"),
                                  ("AES128-XCBC", key[:10], "0fa087af7d866e7653434e602fdde835"),
                                  ("AES128-XCBC", key + b"\xed\xcb", "8cd3c93ae598a9803006ffb67c40e9e4"),
                                  ("AES128-CMAC", key, "980ae87b5f4c9c5214f5b6a8455e4c2d"),
                                  ("AES128-CMAC", key[:10], "290d9e112edb09ee141fcf64c0b72f3d"),
                                  ("AES128-CMAC", key + b"\xed\xcb", "84a348a4a45d235babfffc0d2b4da09a")):
        assert prf(name, long_key, message) == unhex(known), "RFC 4434 or RFC 4615: " + name


# ---- SK payloads ----

INTEGRITIES = [("HMAC-MD5-96", 16, 12), ("HMAC-MD5-128", 16, 16), ("HMAC-SHA1-96", 20, 12), ("HMAC-SHA1-160", 20, 20),
               ("HMAC-SHA2-256-128", 32, 16), ("HMAC-SHA2-384-192", 48, 24), ("HMAC-SHA2-512-256", 64, 32),
               ("AES-XCBC-96", 16, 12), ("AES-CMAC-96", 16, 12)]
AES_KEYS = (16, 24, 32)
ENCRYPTIONS = [  # name, base, mode, key lengths, salt, IV, block, ICV
    ("AES-CBC", "AES", "cbc", AES_KEYS, 0, 16, 16, 0), ("3DES-CBC", "3DES", "cbc", (24,), 0, 8, 8, 0),
    ("DES-CBC", "DES", "cbc", (8,), 0, 8, 8, 0), ("BLOWFISH-CBC", "BLOWFISH", "cbc", (16,), 0, 8, 8, 0),
    ("CAST-CBC", "CAST", "cbc", (16,), 0, 8, 8, 0), ("CAMELLIA-CBC", "CAMELLIA", "cbc", AES_KEYS, 0, 16, 16, 0),
    ("AES-CTR", "AES", "ctr", AES_KEYS, 4, 8, 1, 0), ("CAMELLIA-CTR", "CAMELLIA", "ctr", AES_KEYS, 4, 8, 1, 0),
    ("CHACHA20-POLY1305", None, "chacha", (32,), 4, 8, 1, 16), ("NULL", None, "null", (0,), 0, 0, 1, 0),
] + [("AES-GCM-%d" % icv, "AES", "gcm", AES_KEYS, 4, 8, 1, icv) for icv in (8, 12, 16)] \
  + [("AES-CCM-%d" % icv, "AES", "ccm", AES_KEYS, 3, 8, 1, icv) for icv in (8, 12, 16)] \
  + [("CAMELLIA-CCM-%d" % icv, "CAMELLIA", "ccm", AES_KEYS, 3, 8, 1, icv) for icv in (8, 12, 16)]


def protect(suite, key, iv, associated, text):
    """Ciphertext, and the tag of an AEAD."""
    name, base, mode, _, salt, _, _, icv = suite
    salt, key = key[len(key) - salt:], key[:len(key) - salt]
    if mode == "null":
        return text
    if mode == "cbc":
        return encrypt(base, key, modes.CBC(iv), text)
    if mode == "ctr":
        return encrypt(base, key, modes.CTR(salt + iv + struct.pack("!L", 1)), text)
    if mode == "gcm":
        return AESGCM(key).encrypt(salt + iv, text, associated)[:len(text) + icv]
    if mode == "chacha":
        return ChaCha20Poly1305(key).encrypt(salt + iv, text, associated)
    made = ccm(base, key, salt + iv, associated, text, icv)
    assert base != "AES" or made == AESCCM(key, tag_length=icv).encrypt(salt + iv, text, associated), name
    return made


def payload(following, body):
    return struct.pack("!BBH", following, 0, len(body) + 4) + body


def seal(suite, integrity, keys, integrity_keys, side, spis, inside, before, fragment, extra_padding):
    """A whole message. `before`: payloads in clear before SK; fragment: (number, total) or None."""
    _, _, _, _, _, iv_length, block, icv = suite
    tag = icv or (integrity[2] if integrity else 0)
    pad = -(len(inside) + 1) % block + extra_padding * block
    text = inside + some(pad) + bytes([pad])
    iv = some(iv_length)
    kind = 53 if fragment else 46
    first = 0 if fragment and fragment[0] > 1 else 44
    fixed = struct.pack("!HH", *fragment) if fragment else b""
    size = 4 + len(fixed) + iv_length + len(text) + tag
    head = payload(kind, before) if before else b""
    flags = 0x08 if side == 0 else 0x20
    header = spis + struct.pack("!BBBBLL", 43 if before else kind, 0x20, 35, flags, dice.randrange(9), 28 + len(head) + size)
    associated = header + head + struct.pack("!BBH", first, 0, size) + fixed
    message = associated + iv + protect(suite, keys[side], iv, associated, text)
    if integrity and not icv:
        message += mac(integrity[0], integrity_keys[side], message)[:integrity[2]]
    assert len(message) == struct.unpack("!L", message[24:28])[0]
    return message, first


def sk_vector(suite, key_length, integrity, number):
    keys = [some(key_length + suite[4]) for _ in range(2)]
    integrity_keys = [some(integrity[1]) if integrity else b"" for _ in range(2)]
    inside = (b"", payload(0, some(5)), payload(40, some(23)) + payload(0, some(40)), payload(0, some(300)))[number]
    fragment = (None, None, (1, 2), (2, 2))[number]
    before = some(90) if number == 1 else b""
    message, first = seal(suite, integrity, keys, integrity_keys, number % 2, some(16), inside, before, fragment, number == 3)
    fields = [suite[0], integrity[0] if integrity else "-"] + [hexed(key) for key in keys + integrity_keys]
    fields += ["%d" % first, "%d/%d" % (fragment or (0, 0)), message.hex(), hexed(inside)]
    print(" ".join(fields))


def make_sk():
    print("# Made by make_vectors.py sk. Fields: encryption, integrity, SK_ei, SK_er, SK_ai, SK_ar, first payload inside, fragment/fragments,")
    print("# message, payloads inside.")
    for suite in ENCRYPTIONS:
        for key_length in suite[3]:
            for number in range(4):
                sk_vector(suite, key_length, None if suite[7] else INTEGRITIES[4], number)
    for integrity in INTEGRITIES:
        for number in range(4):
            sk_vector(ENCRYPTIONS[0], 16, integrity, number)


def make_prf():
    print("# Made by make_vectors.py prf. Fields: PRF, key, data, prf(key, data), prf+(key, data).")
    for name, size in PRFS:
        for key_length, data_length, plus in ((size, 20, size), (10, 0, 1), (18, 33, 3 * size + 1), (16, 16, 200), (150, 64, 255 * 1),
                                              (0, 7, 64)):
            key, data = some(key_length), some(data_length)
            print(" ".join([name, hexed(key), hexed(data), prf(name, key, data).hex(), prf_plus(name, key, data, plus).hex()]))


# ---- key material ----

CHILDREN = [("AES-CBC", 16, 128, "HMAC-SHA1-96", 20), ("AES-CBC", 32, 256, "HMAC-SHA2-512-256", 64), ("3DES-CBC", 24, 0, "HMAC-MD5-96", 16),
            ("AES-GCM-16", 32 + 4, 256, "-", 0), ("AES-CCM-8", 16 + 3, 128, "-", 0), ("AES-CTR", 24 + 4, 192, "AES-XCBC-96", 16),
            ("CHACHA20-POLY1305", 32 + 4, 0, "-", 0), ("NULL", 0, 0, "HMAC-SHA2-256-128", 32), ("-", 0, 0, "HMAC-SHA2-256-128", 32),
            ("-", 0, 0, "AES-256-GMAC", 36), ("BLOWFISH-CBC", 56, 448, "HMAC-SHA2-384-192", 48), ("NULL-AES-GMAC", 16 + 4, 128, "-", 0)]


def cut(stream, lengths):
    parts = []
    for length in lengths:
        parts.append(stream[:length])
        stream = stream[length:]
    return parts


def make_keymat():
    print("# Made by make_vectors.py keymat.")
    print("# child: PRF, SK_d, secret, Ni, Nr, additional secrets, encryption, key bits, integrity, then encryption and integrity key of the")
    print("# initiator's, and of the responder's direction")
    print("# parent: PRF, secret, Ni, Nr, SPIi, SPIr, encryption, key bits, integrity, SKEYSEED, SK_d, SK_ai, SK_ar, SK_ei, SK_er, SK_pi, SK_pr")
    print("# rekey: PRF, SK_d, secret, Ni, Nr, additional secrets, SKEYSEED")
    for name, size in PRFS:
        for encryption, key, bits, integrity, integrity_key in CHILDREN:
            sk_d, ni, nr = some(size), some(dice.choice((16, 32, 256))), some(dice.choice((16, 32)))
            secret, more = some(dice.choice((0, 32))), some(dice.choice((0, 0, 32)))
            stream = prf_plus(name, sk_d, secret + ni + nr + more, 2 * (key + integrity_key))
            keys = cut(stream, (key, integrity_key, key, integrity_key))
            print(" ".join(["child", name] + [hexed(x) for x in (sk_d, secret, ni, nr, more)] + [encryption, str(bits), integrity] +
                           [hexed(x) for x in keys]))
        for encryption, key, bits, integrity, integrity_key in CHILDREN[:7]:
            secret, ni, nr, spis = some(32), some(32), some(dice.choice((16, 40))), some(16)
            fixed = name.startswith("AES128")
            seed = prf(name, ni[:8] + nr[:8] if fixed else ni + nr, secret)
            stream = prf_plus(name, seed, ni + nr + spis, 3 * size + 2 * (key + integrity_key))
            keys = cut(stream, (size, integrity_key, integrity_key, key, key, size, size))
            print(" ".join(["parent", name] + [hexed(x) for x in (secret, ni, nr, spis[:8], spis[8:])] + [encryption, str(bits), integrity] +
                           [hexed(x) for x in [seed] + keys]))
        sk_d, secret, ni, nr, more = some(size), some(32), some(32), some(32), some(dice.choice((0, 32)))
        print(" ".join(["rekey", name] + [hexed(x) for x in (sk_d, secret, ni, nr, more, prf(name, sk_d, secret + ni + nr + more))]))


# ---- IKEv1 ----

def make_ike1():
    print("# Made by make_vectors.py ike1. Fields: attribute 1 (cipher), attribute 2 (hash), key, KE of the initiator, of the responder, then")
    print("# message=plaintext in the order of the wire: phase 1, phase 1, two of one Quick Mode, one Informational.")
    ciphers = [(1, "DES", (8,)), (3, "BLOWFISH", (16, 32)), (5, "3DES", (24,)), (6, "CAST", (16,)), (7, "AES", AES_KEYS),
               (8, "CAMELLIA", AES_KEYS)]
    digests = [(1, "md5"), (2, "sha1"), (4, "sha256"), (5, "sha384"), (6, "sha512")]
    for number, base, lengths in ciphers:
        block = 16 if base in ("AES", "CAMELLIA") else 8
        for length in lengths:
            for digest_number, digest in digests:
                key, ke_i, ke_r, spis = some(length), some(128), some(128), some(16)
                iv = hashlib.new(digest, ke_i + ke_r).digest()[:block]
                fields = [str(number), str(digest_number), key.hex(), ke_i.hex(), ke_r.hex()]
                ivs = {}
                for exchange, message_id in ((2, 0), (2, 0), (32, 0x1234abcd), (32, 0x1234abcd), (5, 0xfeedbeef)):
                    if message_id == 0:
                        now = iv
                    else:
                        now = ivs.get(message_id) or hashlib.new(digest, iv + struct.pack("!L", message_id)).digest()[:block]
                    plain = payload(8, some(dice.randrange(4, 30))) + payload(0, some(dice.randrange(4, 30)))
                    plain += bytes(-len(plain) % block)
                    text = encrypt(base, key, modes.CBC(now), plain)
                    if message_id == 0:
                        iv = text[-block:]
                    else:
                        ivs[message_id] = text[-block:]
                    message = spis + struct.pack("!BBBBLL", 5, 0x10, exchange, 1, message_id, 28 + len(text)) + text
                    fields.append(message.hex() + "=" + plain.hex())
                print(" ".join(fields))


# ---- real sessions ----

def find_raw(tree, name, found):
    """All values of a field in tshark's JSON, where a repeated field is a list of them."""
    for key, value in tree:
        if key == name:
            found.append(value)
        if isinstance(value, list) and value and isinstance(value[0], tuple):
            find_raw(value, name, found)


def ask_tshark(folder, scenario, version, options):
    """None where this scenario has no keys of that version."""
    table = os.path.join(folder, scenario, "keysA", "ikev%d_decryption_table" % version)
    if not os.path.exists(table):
        return None
    command = ["tshark", "-r", os.path.join(folder, scenario, "t.pcap"), "-Y", "isakmp"] + options
    with open(table) as file:
        for row in file:
            command += ["-o", "uat:ikev%d_decryption_table:%s" % (version, row.strip())]
    return subprocess.run(command, stdout=subprocess.PIPE, stderr=subprocess.DEVNULL, check=True).stdout


def show_ikev2(scenario, shown):
    for packet in json.loads(shown, object_pairs_hook=list):
        found, frame, types = [], [], []
        find_raw(packet, "isakmp.enc.decrypted_raw", found)
        find_raw(packet, "frame.number", frame)
        find_raw(packet, "isakmp.nextpayload", types)
        if found:
            types = [value for value in types if isinstance(value, str)]
            print(scenario, 2, frame[0], int(types[types.index("46") + 1]), found[0][0])


def show_ikev1(scenario, shown):
    """Frames that have more than their own dump; the first type is the header's, offset 16 of the IKE message on port 500."""
    for number, text in enumerate(shown.decode().split("Frame (")[1:]):
        parts = text.split("Decrypted IKE (")
        dumps = ["".join(line[6:53].replace(" ", "") for line in part.splitlines()[1:] if line[4:6] == "  ") for part in parts]
        if len(dumps) > 1:
            print(scenario, 1, number + 1, int(dumps[0][2 * 58:2 * 59], 16), dumps[1])


def make_sessions(shared):
    print("# Made by make_vectors.py sessions, with tshark. Fields: scenario, version, frame (version 1: which encrypted message of it), first")
    print("# payload inside, decrypted data with padding.")
    folder = os.path.join(shared, "scenarios")
    for scenario in sorted(os.listdir(folder)):
        shown = ask_tshark(folder, scenario, 2, ["-T", "json", "-x"])
        if shown is not None:
            show_ikev2(scenario, shown)
        shown = ask_tshark(folder, scenario, 1, ["-x"])
        if shown is not None:
            show_ikev1(scenario, shown)


def main():
    self_check()
    if sys.argv[1] == "sessions":
        make_sessions(sys.argv[2])
    else:
        {"sk": make_sk, "prf": make_prf, "keymat": make_keymat, "ike1": make_ike1}[sys.argv[1]]()


sys.exit(main())
