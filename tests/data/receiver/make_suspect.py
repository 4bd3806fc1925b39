"""make_suspect: packets that scapy seals one way, for SAs that are defined another way; writes suspect.txt beside itself. Run by hand.

One line a case, words apart by blanks:
NAME CAUSE DETAIL PROTO ENCRYPTION KEY INTEGRITY KEY ICV ESN PACKET...
CAUSE and DETAIL are what has to be found; the SA is what the receiver has (ICV 0: the algorithm's); keys and IP packets in hex, "-" for none.
Packets before the last one verify and make the receiver's state.
"""
import hashlib
import hmac
import os
import struct

from scapy.layers.inet import IP, UDP
from scapy.layers.inet6 import IPv6
from scapy.layers.ipsec import AH, ESP, SecurityAssociation
from scapy.packet import Raw

KEY16, KEY20, KEY32, KEY64 = (bytes((7 * i + size) & 255 for i in range(size)) for size in (16, 20, 32, 64))
SALT = b"\xa1\xb2\xc3\xd4"
lines = []


def inner(six=False):
    addresses = dict(src="fd77::1", dst="fd77::2") if six else dict(src="10.77.0.1", dst="10.77.0.2")
    return (IPv6 if six else IP)(**addresses) / UDP(sport=5000, dport=9999) / Raw(b"what is inside of this packet")


def seal(packet, proto, high=None, seq=1, **algorithms):
    more = dict(esn_en=True, esn=high) if high is not None else {}
    association = SecurityAssociation(proto, spi=0x1001, seq_num=seq, **algorithms, **more)
    return bytes(association.encrypt(packet))


def case(name, cause, detail, proto, encryption, encryption_key, integrity, integrity_key, icv, esn, *packets):
    words = [name, cause, detail, proto, encryption or "-", encryption_key.hex() or "-", integrity or "-", integrity_key.hex() or "-",
             str(icv), str(int(esn))]
    lines.append(" ".join(words + [packet.hex() for packet in packets]))


def sealed_gcm(key, **more):
    return seal(inner(), ESP, crypt_algo="AES-GCM", crypt_key=key, **more)


def esp():
    good = KEY16 + SALT
    case("gcm-12", "icv-length", "16", "esp", "AES-GCM-12", good, None, b"", 0, False, sealed_gcm(good))
    case("gcm-8", "icv-length", "16", "esp", "AES-GCM-16", good, None, b"", 8, False, sealed_gcm(good))
    case("gcm-zero-salt", "salt", "zero", "esp", "AES-GCM-16", good, None, b"", 0, False, sealed_gcm(KEY16 + bytes(4)))
    case("gcm-salt-first", "salt", "first", "esp", "AES-GCM-16", SALT + KEY16, None, b"", 0, False, sealed_gcm(good))
    case("gcm-salt-reversed", "salt", "reversed", "esp", "AES-GCM-16", KEY16 + SALT[::-1], None, b"", 0, False, sealed_gcm(good))
    case("gcm-gmac", "other-algorithm", "AES-GCM-16", "esp", "NULL-AES-GMAC", good, None, b"", 0, False, sealed_gcm(good))
    case("gcm-esn-3", "esn-used", "3", "esp", "AES-GCM-16", good, None, b"", 0, False, sealed_gcm(good, high=3))
    case("gcm-no-esn", "esn-not-used", "0", "esp", "AES-GCM-16", good, None, b"", 0, True, sealed_gcm(good))
    case("gcm-high+2", "esn-high-half", "2", "esp", "AES-GCM-16", good, None, b"", 0, True, sealed_gcm(good, high=0, seq=100),
         sealed_gcm(good, high=2, seq=101))
    case("gcm-high-1", "esn-high-half", "-1", "esp", "AES-GCM-16", good, None, b"", 0, True, sealed_gcm(good, high=0, seq=1000),
         sealed_gcm(good, high=0, seq=100))
    case("gcm-wrong-key", "-", "-", "esp", "AES-GCM-16", KEY16[::-1] + SALT, None, b"", 0, False, sealed_gcm(good))
    chacha = seal(inner(), ESP, crypt_algo="CHACHA20-POLY1305", crypt_key=KEY32 + SALT)
    case("chacha-gcm", "other-algorithm", "CHACHA20-POLY1305", "esp", "AES-GCM-16", KEY32 + SALT, None, b"", 0, False, chacha)
    ccm = seal(inner(), ESP, crypt_algo="AES-CCM", crypt_key=KEY16 + SALT[:3])
    case("ccm-12", "icv-length", "16", "esp", "AES-CCM-12", KEY16 + SALT[:3], None, b"", 0, False, ccm)
    case("ccm-salt-first", "salt", "first", "esp", "AES-CCM-16", SALT[:3] + KEY16, None, b"", 0, False, ccm)


def esp_hmac():
    def sealed(crypt="AES-CBC", auth="SHA2-256-128", key=KEY32, crypt_key=KEY16, **more):
        return seal(inner(), ESP, crypt_algo=crypt, crypt_key=crypt_key if crypt != "NULL" else b"", auth_algo=auth, auth_key=key, **more)
    case("cbc-keys-swapped", "keys-swapped", "-", "esp", "AES-CBC", KEY32, "HMAC-SHA2-256-128", KEY16, 0, False, sealed())
    case("cbc-sha256-96", "icv-length", "16", "esp", "AES-CBC", KEY16, "HMAC-SHA2-256-96", KEY32, 0, False, sealed())
    case("null-sha256-96", "icv-length", "16", "esp", "NULL", b"", "HMAC-SHA2-256-96", KEY32, 0, False, sealed("NULL"))
    case("null-sha1-whole", "icv-length", "12", "esp", "NULL", b"", "HMAC-SHA1-160", KEY20, 0, False, sealed("NULL", "HMAC-SHA1-96", KEY20))
    case("cbc-md5-sha1", "other-algorithm", "HMAC-SHA1-96", "esp", "AES-CBC", KEY16, "HMAC-MD5-96", KEY20, 0, False,
         sealed(auth="HMAC-SHA1-96", key=KEY20))
    case("null-sha384-sha512", "other-algorithm", "HMAC-SHA2-512-256", "esp", "NULL", b"", "HMAC-SHA2-384-192", KEY64, 0, False,
         sealed("NULL", "SHA2-512-256", KEY64))
    case("cbc-xcbc-cmac", "other-algorithm", "AES-CMAC-96", "esp", "AES-CBC", KEY16, "AES-XCBC-96", KEY16, 0, False,
         sealed(auth="AES-CMAC-96", key=KEY16))
    plain = sealed()
    for high in (0, 5): # scapy leaves the high half out of the ICV of ciphers that are no AEAD
        tag = hmac.new(KEY32, plain[20:-16] + struct.pack(">I", high), hashlib.sha256).digest()[:16]
        case("cbc-esn-%d" % high, "esn-used", str(high), "esp", "AES-CBC", KEY16, "HMAC-SHA2-256-128", KEY32, 0, False, plain[:-16] + tag)
    case("cbc-no-esn", "esn-not-used", "0", "esp", "AES-CBC", KEY16, "HMAC-SHA2-256-128", KEY32, 0, True, sealed())
    case("ctr-sha1", "other-algorithm", "HMAC-SHA1-96", "esp", "AES-CTR", KEY16 + SALT, "HMAC-MD5-96", KEY20, 0, False,
         sealed("AES-CTR", "HMAC-SHA1-96", KEY20, KEY16 + SALT))
    case("cbc-wrong-key", "-", "-", "esp", "AES-CBC", KEY16, "HMAC-SHA2-256-128", KEY32[::-1], 0, False, sealed())


def sealed_ah(six=False, **more):
    return seal(inner(six), AH, auth_algo="HMAC-SHA1-96", auth_key=KEY20, **more)


def covered(packet, six, fields):
    """The same packet, sealed by a sender that does not zero these ranges of its IP header."""
    size, at = (40, 40) if six else (20, 20)
    whole = bytearray(packet)
    zeroed = [(0, 4), (7, 8)] if six else [(1, 2), (6, 8), (8, 9), (10, 12)]
    text = bytearray(whole)
    for start, end in zeroed:
        text[start:end] = bytes(end - start)
    if six:
        text[0] |= 0x60
    for start, end in fields:
        text[start:end] = whole[start:end]
    text[at + 12:at + 24] = bytes(12)
    assert size == at
    whole[at + 12:at + 24] = hmac.new(KEY20, bytes(text), hashlib.sha1).digest()[:12]
    return bytes(whole)


def changed(packet, at, new):
    return packet[:at] + new + packet[at + len(new):]


def ah():
    def definition(name, cause, detail, *packets, integrity="HMAC-SHA1-96", key=KEY20, esn=False):
        case(name, cause, detail, "ah", None, b"", integrity, key, 0, esn, *packets)
    four, six = sealed_ah(), sealed_ah(True)
    definition("ah-md5-sha1", "other-algorithm", "HMAC-SHA1-96", four, integrity="HMAC-MD5-96")
    definition("ah-wrong-key", "-", "-", four, key=KEY20[::-1])
    definition("ah-esn-2", "esn-used", "2", sealed_ah(high=2))
    definition("ah-nat-source", "address-translated", "10.77.0.1", changed(four, 12, bytes([203, 0, 113, 9])))
    definition("ah-nat66-source", "address-translated", "fd77::1", changed(six, 8, bytes(range(16))))
    definition("ah-identification", "field-changed", "identification", changed(four, 4, b"\xbe\xef"))
    definition("ah-length-byte", "field-changed", "payload", changed(four, 20 + 24 + 3, b"\x0e"))
    tos = changed(four, 1, b"\xb8")
    definition("ah-tos-changed", "accepted", "-", tos)
    definition("ah-ttl-changed", "accepted", "-", changed(four, 8, b"\x05"))
    definition("ah-covers-tos", "mutable-field", "TOS (DSCP, ECN)", covered(tos, False, [(1, 2)]))
    definition("ah-covers-df", "mutable-field", "flags and offset", covered(changed(four, 6, b"\x40\0"), False, [(6, 8)]))
    flow = changed(six, 0, b"\x60\x0a\xbc\xde")
    definition("ah6-covers-flow", "mutable-field", "flow label", covered(flow, True, [(1, 4)]))
    definition("ah6-flow-changed", "accepted", "-", flow)


def main():
    esp()
    esp_hmac()
    ah()
    with open(os.path.join(os.path.dirname(os.path.abspath(__file__)), "suspect.txt"), "w", encoding="utf-8") as file:
        file.write("# made by make_suspect.py with scapy\n" + "\n".join(line.replace("TOS (DSCP, ECN)", "TOS").replace(
            "flags and offset", "flags").replace("flow label", "flow") for line in lines) + "\n")


main()
