"""configurations: what traffic.py sets up: every suite, family, mode and nesting that two healthy kernels may use."""
import socket

import suites


def _layer(proto, suite, mode, **more):
    return dict(proto=proto, suite=suite, mode=mode, **more)


def _one(name, layers, family=4, inner=None, **more):
    return dict(name=name, layers=layers, family=family, inner=inner or family, **more)


def _suites():
    at = 0
    families = (4, 6)
    modes = ("tunnel", "transport", "beet")
    for cipher in suites.CIPHERS:
        for mac in suites.MACS + [""]:
            if cipher == "null" and not mac:
                continue
            family, mode = families[at % 2], modes[at % 3]
            at += 1
            yield _one(f"esp{family}-{mode}-{cipher}-{mac or 'none'}", [_layer("esp", f"{cipher}-{mac}", mode)], family)
        at += 1
    for aead in suites.AEADS:
        for family in families:
            mode = modes[at % 3]
            at += 1
            yield _one(f"esp{family}-{mode}-{aead}", [_layer("esp", aead, mode)], family)
        at += 1


def _modes():
    for suite in ("gcm128x16", "aes128-sha256", "null-sha256"):
        for mode in ("tunnel", "beet"):
            yield _one(f"mixed-6in4-{mode}-{suite}", [_layer("esp", suite, mode)], 4, 6)
            yield _one(f"mixed-4in6-{mode}-{suite}", [_layer("esp", suite, mode)], 6, 4)
    record = b"\x07\x0b\x04" + bytes(8) + b"\x00"
    alert = b"\x94\x04\x00\x00"
    for name, options in (("record", record), ("alert", alert), ("both", alert + record)):
        yield _one(f"options4-beet-{name}", [_layer("esp", "aes128-sha256", "beet")], 4, options=[(socket.IPPROTO_IP, 4, options)])
        yield _one(f"options4-transport-{name}", [_layer("esp", "aes128-sha256", "transport")], 4,
                   options=[(socket.IPPROTO_IP, 4, options)])
        for mode in ("transport", "tunnel"):
            yield _one(f"options4-ah-{mode}-{name}", [_layer("ah", "sha256", mode)], 4, options=[(socket.IPPROTO_IP, 4, options)])
    hop = bytes([0, 1, 5, 2, 0, 0, 1, 0, 0x3e, 4, 9, 9, 9, 9, 1, 0])[:16]
    destination = bytes([0, 0, 0x1e, 4, 1, 2, 3, 4])
    six = socket.IPPROTO_IPV6
    for name, options in (("hop", [(six, 54, hop)]), ("dst", [(six, 59, destination)]), ("hopdst", [(six, 54, hop), (six, 59, destination)])):
        for proto, suite in (("ah", "sha1"), ("ah", "sha256"), ("esp", "gcm128x16")):
            for mode in ("transport", "tunnel", "beet"):
                yield _one(f"options6-{proto}-{suite}-{mode}-{name}", [_layer(proto, suite, mode)], 6, options=options)
    yield _one("tos4-ah", [_layer("ah", "sha256", "transport")], 4, options=[(socket.IPPROTO_IP, 1, 0xb8), (socket.IPPROTO_IP, 2, 3)])
    yield _one("tclass6-ah", [_layer("ah", "sha256", "transport")], 6, options=[(six, 67, 0xb8), (six, 18, 3)])
    yield _one("df4-ah", [_layer("ah", "sha256", "transport")], 4, options=[(socket.IPPROTO_IP, 10, 2)], sizes=[0, 10, 100, 1000])


def _encap():
    for family in (4, 6):
        for mode in ("tunnel", "transport", "beet"):
            for suite in ("gcm128x16", "aes128-sha256"):
                yield _one(f"udp{family}-{mode}-{suite}", [_layer("esp", suite, mode, encap=True)], family, encap=True)
    yield _one("udp4-6in4", [_layer("esp", "gcm128x16", "tunnel", encap=True)], 4, 6, encap=True)


def _esn():
    for window in (32, 33, 63, 64, 65, 96, 128, 255, 256, 512, 1000, 1024, 4096):
        for proto, suite in (("esp", "gcm128x16"), ("esp", "aes128-sha256"), ("ah", "sha256"), ("esp", "ctr128-sha1")):
            family = 4 if window % 2 else 6
            mode = "tunnel" if window % 3 else "transport"
            start = (1 << 32) - 9
            counters = f"replay-window {window} replay-oseq {start:#x} replay-seq {start:#x} replay-oseq-hi 0 replay-seq-hi 0 flag esn"
            yield _one(f"esn-wrap-{proto}-{suite}-w{window}", [_layer(proto, suite, mode, extra=counters)], family)
            yield _one(f"esn-new-{proto}-{suite}-w{window}", [_layer(proto, suite, mode, extra=f"replay-window {window} flag esn")], family)
    for suite in ("ccm128x8", "chapoly", "gmac128", "null-sha1", "3des-md5", "aes128-xcbc", "aes256-sha512", "aes192-sha384", "null-cmac"):
        high = "replay-window 64 replay-oseq 0xfffffff8 replay-seq 0xfffffff8 replay-oseq-hi 0x7 replay-seq-hi 0x7 flag esn"
        yield _one(f"esn-high-{suite}", [_layer("esp", suite, "tunnel", extra=high)], 4)
    for window in (33, 64, 100, 128, 512, 1024, 2048):
        yield _one(f"window-{window}", [_layer("esp", "gcm128x16", "tunnel", window=window)], 4)
    yield _one("window-0", [_layer("esp", "gcm128x16", "tunnel", window=0)], 4)
    yield _one("window-0-ah", [_layer("ah", "sha1", "transport", window=0)], 6)


def _ah():
    for mac in suites.MACS:
        for mode in ("transport", "tunnel", "beet"):
            for family in (4, 6):
                yield _one(f"ah{family}-{mode}-{mac}", [_layer("ah", mac, mode)], family)
                yield _one(f"ah{family}-{mode}-{mac}-align4", [_layer("ah", mac, mode, extra="replay-window 32 flag align4")], family)
    for mode in ("tunnel", "beet"):
        yield _one(f"ah-6in4-{mode}", [_layer("ah", "sha256", mode)], 4, 6)
        yield _one(f"ah-4in6-{mode}", [_layer("ah", "sha256", mode)], 6, 4)
    yield _one("mixed-unspec-4in6", [_layer("esp", "gcm128x16", "tunnel", extra="replay-window 32 flag af-unspec")], 6, 4, unspec=True)
    yield _one("mixed-unspec-6in4", [_layer("esp", "gcm128x16", "tunnel", extra="replay-window 32 flag af-unspec")], 4, 6, unspec=True)


def _tfc():
    for suite in ("gcm128x16", "aes128-sha256", "null-sha256"):
        for family, inner in ((4, 4), (6, 6), (4, 6), (6, 4)):
            for pad in (200, 1000, 1400):
                yield _one(f"tfc{family}{inner}-{suite}-{pad}", [_layer("esp", suite, "tunnel", tail=f"tfcpad {pad}")], family, inner)
        yield _one(f"tfc-transport-{suite}", [_layer("esp", suite, "transport", tail="tfcpad 400")], 4)


def _nesting():
    gcm, cbc, null = "gcm128x16", "aes128-sha256", "null-sha256"
    for family in (4, 6):
        yield _one(f"nest{family}-ah-over-esp", [_layer("esp", gcm, "transport"), _layer("ah", "sha256", "transport")], family)
        yield _one(f"nest{family}-ah-over-esp-tunnel", [_layer("esp", gcm, "tunnel"), _layer("ah", "sha256", "transport")], family)
        yield _one(f"nest{family}-ah-tunnel-over-esp", [_layer("esp", gcm, "transport"), _layer("ah", "sha256", "tunnel")], family)
        yield _one(f"nest{family}-esp-in-esp", [_layer("esp", gcm, "transport"), _layer("esp", cbc, "transport")], family)
        yield _one(f"nest{family}-esp-in-esp-tunnel", [_layer("esp", gcm, "tunnel"), _layer("esp", cbc, "transport")], family)
        yield _one(f"nest{family}-esp-null-in-esp", [_layer("esp", null, "tunnel"), _layer("esp", cbc, "tunnel")], family)
        yield _one(f"nest{family}-tunnel-in-tunnel", [_layer("esp", gcm, "tunnel"), _layer("esp", cbc, "tunnel")], family)
        yield _one(f"nest{family}-esp-over-ah-tunnel", [_layer("ah", "sha256", "tunnel"), _layer("esp", gcm, "transport")], family)
        yield _one(f"nest{family}-esp-tunnel-over-ah-tunnel", [_layer("ah", "sha256", "tunnel"), _layer("esp", gcm, "tunnel")], family)
        yield _one(f"nest{family}-ah-in-ah", [_layer("ah", "sha256", "tunnel"), _layer("ah", "sha1", "transport")], family)
        yield _one(f"nest{family}-three", [_layer("esp", gcm, "tunnel"), _layer("esp", cbc, "transport"), _layer("ah", "sha512", "transport")], family)
        for mode in ("transport", "tunnel"):
            for flat in (False, True):
                for suite in (gcm, cbc):
                    yield _one(f"comp{family}-{mode}-{'flat' if flat else 'mixed'}-{suite}",
                               [_layer("comp", "", mode), _layer("esp", suite, "transport")], family, flat=flat)
            yield _one(f"comp{family}-{mode}-ah", [_layer("comp", "", mode), _layer("ah", "sha256", "transport")], family, flat=True)
            yield _one(f"comp{family}-{mode}-esp-ah", [_layer("comp", "", mode), _layer("esp", gcm, "transport"),
                                                       _layer("ah", "sha256", "transport")], family, flat=True)
            yield _one(f"comp{family}-{mode}-alone", [_layer("comp", "", mode)], family, flat=True)
        yield _one(f"comp{family}-tunnel-esp-tunnel", [_layer("comp", "", "tunnel"), _layer("esp", gcm, "tunnel")], family, flat=True)
        yield _one(f"comp{family}-transport-esp-tunnel", [_layer("comp", "", "transport"), _layer("esp", gcm, "tunnel")], family, flat=True)


def _others():
    yield _one("mark", [_layer("esp", "gcm128x16", "tunnel", tail="mark 0 mask 0")], 4)
    yield _one("nets", [_layer("esp", "gcm128x16", "tunnel")], 4, nets=True)
    yield _one("nets-6in4", [_layer("esp", "gcm128x16", "tunnel")], 4, 6, nets=True)
    yield _one("flags", [_layer("esp", "gcm128x16", "tunnel", extra="replay-window 32 flag af-unspec noecn decap-dscp nopmtudisc")], 4)
    yield _one("limits", [_layer("esp", "gcm128x16", "tunnel", tail="limit packet-hard 100000 limit byte-hard 10000000 limit time-hard 3600")], 4)
    yield _one("selector", [_layer("esp", "gcm128x16", "tunnel", sel=True)], 4)
    yield _one("priority", [_layer("esp", "gcm128x16", "tunnel")], 4, policy="priority 100")


def all():
    for family in (_suites, _modes, _encap, _esn, _ah, _tfc, _nesting, _others):
        yield from family()
