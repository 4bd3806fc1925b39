#!/usr/bin/python3
"""Seals ESP packets for every suite with other implementations, for crypto_vectors_test.

Each packet is built twice where that is possible: by scapy's SecurityAssociation, and here by the RFCs from the primitives of python
cryptography; the two must agree. The modes that neither has (Camellia-CCM, AES-XCBC) are written out below and checked against the
vectors of RFC 5528 and RFC 3566 first. The output is the same at every run.

    make_vectors.py > tests/data/crypto/scapy-vectors.txt
"""
import hashlib
import hmac as hmac_module
import random
import struct
import sys
import warnings

warnings.simplefilter("ignore")
from cryptography.hazmat.primitives import cmac
from cryptography.hazmat.primitives.ciphers import Cipher, algorithms, modes
from cryptography.hazmat.primitives.ciphers.aead import AESCCM, AESGCM, ChaCha20Poly1305
from scapy.layers.inet import IP, UDP
from scapy.layers.ipsec import ESP, SecurityAssociation
from scapy.packet import Raw

dice = random.Random(4303)
BLOCKS = {"AES": algorithms.AES, "CAMELLIA": algorithms.Camellia, "3DES": algorithms.TripleDES, "DES": algorithms.TripleDES,
          "BLOWFISH": algorithms.Blowfish, "CAST": algorithms.CAST5}


def some(count):
    return bytes(dice.randrange(256) for _ in range(count))


def encrypt(base, key, mode, data):
    worker = Cipher(BLOCKS[base](key), mode).encryptor()
    return worker.update(data) + worker.finalize()


def xor(a, b):
    return bytes(x ^ y for x, y in zip(a, b))


def ccm(base, key, nonce, aad, data, tag_length):
    """RFC 3610, any nonce length."""
    def block(value):
        return encrypt(base, key, modes.ECB(), value)
    width = 15 - len(nonce)
    chained = block(bytes([(0x40 if aad else 0) | (tag_length - 2) // 2 << 3 | (width - 1)]) + nonce + len(data).to_bytes(width, "big"))
    associated = struct.pack("!H", len(aad)) + aad
    for text in (associated, data):
        text += bytes(-len(text) % 16)
        for at in range(0, len(text), 16):
            chained = block(xor(chained, text[at:at + 16]))
    counters = [bytes([width - 1]) + nonce + count.to_bytes(width, "big") for count in range(len(data) // 16 + 2)]
    stream = b"".join(block(counter) for counter in counters)
    return xor(data, stream[16:]) + xor(chained, stream)[:tag_length]


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


def self_check():
    unhex = bytes.fromhex
    made = ccm("CAMELLIA", bytes(range(0xc0, 0xd0)), unhex("00000003020100a0a1a2a3a4a5"), bytes(range(8)), bytes(range(8, 0x1f)), 8)
    assert made == unhex("ba737185e719310492f38a5f1251da55fafbc949848a0dfcaece746b3db9ad"), "RFC 5528, CCM packet vector 1"
    key = bytes(range(16))
    assert xcbc(key, b"") == unhex("75f0251d528ac01c4573dfd584d79f29"), "RFC 3566, test case 1"
    assert xcbc(key, bytes(range(34))) == unhex("becbb3bccdb518a30677d5481fb6b4d8"), "RFC 3566, test case 6"


def mac(name, key, data):
    if name == "AES-XCBC-96":
        return xcbc(key, data)
    if name == "AES-CMAC-96":
        worker = cmac.CMAC(algorithms.AES(key))
        worker.update(data)
        return worker.finalize()
    digests = {"MD5": "md5", "SHA1": "sha1", "SHA2-256": "sha256", "SHA2-384": "sha384", "SHA2-512": "sha512", "RIPEMD160": "ripemd160"}
    digest = digests[name[len("HMAC-"):].rsplit("-", 1)[0]]
    return hmac_module.new(key, data, digest).digest()


INTEGRITIES = [  # name, key, ICV, scapy's name
    ("HMAC-MD5-96", 16, 12, "HMAC-MD5-96"), ("HMAC-MD5-128", 16, 16, None), ("HMAC-SHA1-96", 20, 12, "HMAC-SHA1-96"),
    ("HMAC-SHA1-160", 20, 20, None), ("HMAC-SHA2-256-96", 32, 12, None), ("HMAC-SHA2-256-128", 32, 16, "SHA2-256-128"),
    ("HMAC-SHA2-384-192", 48, 24, "SHA2-384-192"), ("HMAC-SHA2-512-256", 64, 32, "SHA2-512-256"),
    ("HMAC-RIPEMD160-96", 20, 12, None), ("AES-XCBC-96", 16, 12, None), ("AES-CMAC-96", 16, 12, "AES-CMAC-96"),
]
AES_KEYS = (16, 24, 32)
ENCRYPTIONS = [  # name, base, mode, key lengths, salt, IV, block, ICV, scapy's name
    ("NULL", None, "null", (0,), 0, 0, 1, 0, "NULL"),
    ("DES-CBC", "DES", "cbc", (8,), 0, 8, 8, 0, "DES"), ("3DES-CBC", "3DES", "cbc", (24,), 0, 8, 8, 0, "3DES"),
    ("CAST-CBC", "CAST", "cbc", (5, 16), 0, 8, 8, 0, "CAST"), ("BLOWFISH-CBC", "BLOWFISH", "cbc", (5, 16, 56), 0, 8, 8, 0, "Blowfish"),
    ("AES-CBC", "AES", "cbc", AES_KEYS, 0, 16, 16, 0, "AES-CBC"), ("CAMELLIA-CBC", "CAMELLIA", "cbc", AES_KEYS, 0, 16, 16, 0, None),
    ("AES-CTR", "AES", "ctr", AES_KEYS, 4, 8, 1, 0, "AES-CTR"), ("CAMELLIA-CTR", "CAMELLIA", "ctr", AES_KEYS, 4, 8, 1, 0, None),
    ("NULL-AES-GMAC", "AES", "gmac", AES_KEYS, 4, 8, 1, 16, None),
    ("CHACHA20-POLY1305", None, "chacha", (32,), 4, 8, 1, 16, "CHACHA20-POLY1305"),
    ("CHACHA20-POLY1305-IIV", None, "chacha", (32,), 4, 0, 1, 16, None),
    ("AES-GCM-16-IIV", "AES", "gcm", AES_KEYS, 4, 0, 1, 16, None), ("AES-CCM-8-IIV", "AES", "ccm", AES_KEYS, 3, 0, 1, 8, None),
] + [("AES-GCM-%d" % icv, "AES", "gcm", AES_KEYS, 4, 8, 1, icv, "AES-GCM" if icv == 16 else None) for icv in (8, 12, 16)] \
  + [("AES-CCM-%d" % icv, "AES", "ccm", AES_KEYS, 3, 8, 1, icv, "AES-CCM" if icv == 16 else None) for icv in (8, 12, 16)] \
  + [("CAMELLIA-CCM-%d" % icv, "CAMELLIA", "ccm", AES_KEYS, 3, 8, 1, icv, None) for icv in (8, 12, 16)]


def seal(suite, key, spi, seq, high, iv, plain):
    """By the RFCs; high is None without ESN."""
    name, base, mode, _, salt_length, iv_length, _, icv, _ = suite
    header = struct.pack("!LL", spi, seq)
    aad = header if high is None else struct.pack("!LLL", spi, high, seq)
    salt, key = key[len(key) - salt_length:], key[:len(key) - salt_length]
    nonce = salt + (iv if iv_length else struct.pack("!LL", high or 0, seq))
    if mode == "null":
        return header + plain
    if mode == "cbc":
        return header + iv + encrypt(base, key, modes.CBC(iv), plain)
    if mode == "ctr":
        return header + iv + encrypt(base, key, modes.CTR(nonce + struct.pack("!L", 1)), plain)
    if mode == "gcm":
        return header + iv + AESGCM(key).encrypt(nonce, plain, aad)[:len(plain) + icv]
    if mode == "gmac":
        return header + iv + plain + AESGCM(key).encrypt(nonce, b"", aad + iv + plain)
    if mode == "chacha":
        return header + iv + ChaCha20Poly1305(key).encrypt(nonce, plain, aad)
    made = ccm(base, key, nonce, aad, plain, icv)
    assert base != "AES" or made == AESCCM(key, tag_length=icv).encrypt(nonce, plain, aad), name
    return header + iv + made


def by_scapy(suite, key, integrity, integrity_key, spi, seq, high, iv, payload):
    """None where scapy has no such suite: no ESN beside a separate integrity algorithm."""
    crypt, auth = suite[8], integrity[3] if integrity else "NULL"
    if crypt is None or auth is None or (high is not None and integrity):
        return None
    association = SecurityAssociation(ESP, spi=spi, crypt_algo=crypt, crypt_key=key or None, auth_algo=auth, auth_key=integrity_key or None,
                                      esn_en=high is not None, esn=high or 0)
    sealed = association.encrypt(IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / Raw(payload), seq_num=seq, iv=iv or None)
    return bytes(sealed[ESP])


def vector(suite, key_length, integrity, number):
    name, _, _, _, salt_length, iv_length, block, icv, _ = suite
    key, iv = some(key_length + salt_length), some(iv_length)
    integrity_key = some(integrity[1]) if integrity else b""
    spi, seq = dice.randrange(256, 1 << 32), dice.randrange(1, 1 << 32)
    high = dice.randrange(1 << 16) if number % 2 else None
    payload = some((0, 5, 23, 40)[number])
    inner = bytes((IP(src="192.0.2.1", dst="192.0.2.2") / UDP(sport=1, dport=2) / Raw(payload)))[20:]
    pad = -(len(inner) + 2) % max(block, 4)
    plain = inner + bytes(range(1, pad + 1)) + bytes([pad, 17])
    packet = seal(suite, key, spi, seq, high, iv, plain)
    if integrity:
        packet += mac(integrity[0], integrity_key, packet + (b"" if high is None else struct.pack("!L", high)))[:integrity[2]]
    other = by_scapy(suite, key, integrity, integrity_key, spi, seq, high, iv, payload)
    assert other is None or other == packet, (name, integrity, number)
    fields = ["scapy" if other else "cryptography", name, integrity[0] if integrity else "-", "%d" % (integrity[2] if integrity else icv),
              "-" if high is None else "%08x" % high, key.hex() or "-", integrity_key.hex() or "-", packet.hex(), plain.hex()]
    print(" ".join(fields))


def main():
    self_check()
    print("# Made by tests/kat/make_vectors.py. Fields: who sealed it, encryption, integrity, bytes of ICV, high half of the sequence number")
    print("# (- without ESN), encryption key with salt, integrity key, packet from the SPI on, plaintext with trailer.")
    for suite in ENCRYPTIONS:
        for key_length in suite[3]:
            for number in range(4):
                vector(suite, key_length, None if suite[7] else INTEGRITIES[5], number)
    for integrity in INTEGRITIES:
        for number in range(4):
            vector(ENCRYPTIONS[0 if number < 2 else 5], 0 if number < 2 else 16, integrity, number)


sys.exit(main())
