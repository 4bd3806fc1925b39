"""suites: how `ip xfrm` names the algorithms, with keys that are derived from the name."""
import hashlib

_ENC = {"aes128": ("cbc(aes)", 16), "aes192": ("cbc(aes)", 24), "aes256": ("cbc(aes)", 32), "3des": ("cbc(des3_ede)", 24),
        "des": ("cbc(des)", 8), "camellia128": ("cbc(camellia)", 16), "camellia192": ("cbc(camellia)", 24),
        "camellia256": ("cbc(camellia)", 32), "ctr128": ("rfc3686(ctr(aes))", 20), "ctr192": ("rfc3686(ctr(aes))", 28),
        "ctr256": ("rfc3686(ctr(aes))", 36), "null": ("ecb(cipher_null)", 0), "blowfish": ("cbc(blowfish)", 16),
        "cast": ("cbc(cast5)", 16), "twofish": ("cbc(twofish)", 32), "serpent": ("cbc(serpent)", 32)}
_AUTH = {"md5": ("hmac(md5)", 16, 96), "md5x128": ("hmac(md5)", 16, 128), "sha1": ("hmac(sha1)", 20, 96),
         "sha1x160": ("hmac(sha1)", 20, 160), "sha256": ("hmac(sha256)", 32, 128), "sha256x96": ("hmac(sha256)", 32, 96),
         "sha256x256": ("hmac(sha256)", 32, 256),
         "sha384": ("hmac(sha384)", 48, 192), "sha512": ("hmac(sha512)", 64, 256), "xcbc": ("xcbc(aes)", 16, 96),
         "cmac": ("cmac(aes)", 16, 96), "rmd160": ("hmac(rmd160)", 20, 96)}
_AEAD = {}
for _bits, _bytes in ((128, 16), (192, 24), (256, 32)):
    for _icv in (8, 12, 16):
        _AEAD[f"gcm{_bits}x{_icv}"] = ("rfc4106(gcm(aes))", _bytes + 4, _icv * 8)
        _AEAD[f"ccm{_bits}x{_icv}"] = ("rfc4309(ccm(aes))", _bytes + 3, _icv * 8)
    _AEAD[f"gmac{_bits}"] = ("rfc4543(gcm(aes))", _bytes + 4, 128)
_AEAD["chapoly"] = ("rfc7539esp(chacha20,poly1305)", 36, 128)

CIPHERS, MACS, AEADS = list(_ENC), list(_AUTH), list(_AEAD)


def key(name, length):
    return ("0x" + hashlib.shake_128(name.encode()).hexdigest(length)) if length else "''"


def esp(suite, salt=""):
    """"aes128-sha1", "gcm128x16", "aes128-" (no integrity) -> what `ip xfrm state add` wants."""
    if suite in _AEAD:
        name, length, icv = _AEAD[suite]
        return f"aead {name} {key(salt + suite, length)} {icv}"
    cipher, _, mac = suite.partition("-")
    name, length = _ENC[cipher]
    text = f"enc {name} {key(salt + cipher, length)}"
    return text + (" " + ah(mac, salt) if mac else "")


def ah(mac, salt=""):
    name, length, icv = _AUTH[mac]
    return f"auth-trunc {name} {key(salt + mac, length)} {icv}"
