"""cases: crafted packets by group; what the kernel says of each is found out by inject.py."""
import struct

from craft import *


def windows():
    for window in (0, 1, 2, 31, 33, 63, 64, 65, 100, 128, 255, 1024):
        sa, out = Sa(), []
        for seq in (0, 1, 1, 2, 2, 0, 5000, 5000, 5000 - window + 1, 5000 - window + 1, 5000 - window, 5000 - window - 1, 5001, 5000 - window + 1,
                    5001 - window + 1, 4999, 4999, 5001 + window - 1, 5001, 5001, 5002, 5001 + 2 * window, 5001 + 2 * window, 5001 + window, 5001 + window + 1,
                    20000, 20000 - 32, 20000 - 33, 20000 - 64, 20000 - 63, 20064, 20000, 20001, 0x7fffffff, 0xffffffff, 0xffffffff, 0xffffffff - 5, 1, 0):
            out.append(case(f"seq {seq}", tunnel(sa, seq=seq)))
        out.append(case("forged far ahead", tunnel(sa, seq=0xfffffffe, spoil=True)))
        yield group(f"window-{window}", [state(tail=f"replay-window {window}"), policy(nets(), template())], out)


def esn():
    for window in (1, 32, 64, 65, 128, 1024):
        for start, high in ((0, 0), (10, 0), (10, 3), (0xfffffff0, 0), (0xfffffff0, 2), (0xffffffff, 0), (1, 1), (2000, 1)):
            sa, out = Sa(esn=True), []
            top = high << 32 | start
            offsets = [1, 1, 0, 3, 2, 2, -window + 4, -window + 3, -window + 2, -window, 14, 15, 15, 16, 17, 20, 16 + window, 16, 17, 17 + window, 18 + window, 18,
                       -5, 5000, 5000 - window + 1, 5000 - window, 5000 - window + 1, 6000 + (1 << 31), 6001 + (1 << 31), 6000, (1 << 32) + 6000, (1 << 32) + 20,
                       (1 << 32) + 10000]
            for offset in offsets:
                full = top + offset
                if full < 0:
                    full = (1 << 64) + full
                out.append(case(f"top {top:#x} {offset:+d}", tunnel(sa, seq=full & 0xffffffff, high=full >> 32)))
            out.append(case("no high half", tunnel(Sa(), seq=(top + (1 << 32) + 10001) & 0xffffffff)))
            setup = state(tail=f"replay-window {window} replay-seq {start:#x} replay-seq-hi {high:#x} flag esn")
            yield group(f"esn-{window}-{top:x}", [setup, policy(nets(), template())], out)
    auth, out = Auth(esn=True), []
    for full in (0x1fffffffe, 0x1ffffffff, 0x200000000, 0x200000000, 0x1fffffffe, 0x200000005, 0x1fffffff0, 0x100000006):
        out.append(case(f"ah {full:#x}", auth.transport(seq=full & 0xffffffff, high=full >> 32)))
    yield group("esn-ah", [state(AH, proto="ah", mode="transport", tail="replay-window 64 replay-seq 0xfffffff0 replay-seq-hi 1 flag esn"),
                           policy(ends(), template(mode="transport", proto="ah"))], out)


def expiry():
    def many(sa, count, **more):
        return [case(f"packet {n}", tunnel(sa), **(more if n else {})) for n in range(count)]
    for limit in (1, 2, 5):
        sa = Sa()
        yield group(f"expire-packets-{limit}", [state(tail=f"replay-window 32 limit packet-hard {limit}"), policy(nets(), template())], many(sa, limit + 4, sleep=0.02))
    for limit in (52, 53, 104, 105, 150, 1):
        sa = Sa()
        yield group(f"expire-bytes-{limit}", [state(tail=f"replay-window 32 limit byte-hard {limit}"), policy(nets(), template())], many(sa, 6, sleep=0.02))
        auth = Auth()
        yield group(f"expire-bytes-ah-{limit}", [state(AH, proto="ah", tail=f"replay-window 32 limit byte-hard {limit}"), policy(nets(), template(proto="ah"))],
                    [case(f"packet {n}", auth.tunnel(), sleep=0.02) for n in range(6)])
    sa = Sa("cbc")
    yield group("expire-bytes-bad", [state(CBC, tail="replay-window 32 limit byte-hard 130"), policy(nets(), template())],
                [case("bad ICV counts nothing", tunnel(sa, spoil=True)), case("one", tunnel(sa)), case("again", tunnel(sa, seq=2)), case("two", tunnel(sa)),
                 case("mode error counts", tunnel(sa, following=17)), case("three", tunnel(sa)), case("bad ICV at the limit", tunnel(sa, spoil=True)),
                 case("replay at the limit", tunnel(sa, seq=2)), case("four", tunnel(sa), sleep=0.05), case("five", tunnel(sa))])
    sa = Sa()
    yield group("expire-packets-soft", [state(tail="replay-window 32 limit packet-soft 2 limit packet-hard 4"), policy(nets(), template())], many(sa, 8, sleep=0.03))
    sa = Sa()
    yield group("expire-packets-dummy", [state(tail="replay-window 32 limit packet-hard 2"), policy(nets(), template())],
                [case("dummy", tunnel(sa, following=59)), case("one", tunnel(sa)), case("no policy", tunnel(sa, content=inner(4, src="10.3.0.1"))),
                 case("past", tunnel(sa)), case("past", tunnel(sa), sleep=0.03)])
    sa = Sa()
    yield group("expire-add", [state(tail="replay-window 32 limit time-hard 2"), policy(nets(), template())], many(sa, 8, sleep=0.5))
    sa = Sa()
    yield group("expire-add-soft", [state(tail="replay-window 32 limit time-soft 1 limit time-hard 3"), policy(nets(), template())], many(sa, 8, sleep=0.6))
    sa = Sa()
    yield group("expire-use", [state(tail="replay-window 32 limit time-use-hard 2"), policy(nets(), template())], many(sa, 8, sleep=0.5))
    sa = Sa()
    yield group("expire-use-late", [state(tail="replay-window 32 limit time-use-hard 1"), policy(nets(), template())],
                [case("late first", tunnel(sa), sleep=1.5), case("soon", tunnel(sa), sleep=0.3), case("gone", tunnel(sa), sleep=1.6), case("gone", tunnel(sa))])


def history():
    sa = Sa()
    add, gone = state(), "ip xfrm state delete src 10.77.0.1 dst 10.77.0.2 proto esp spi 0x1001"
    yield group("deleted", [add, policy(nets(), template())],
                [case("before", tunnel(sa)), case("after delete", tunnel(sa), before=[gone]), case("again", tunnel(sa)),
                 case("re-added: old seq", tunnel(sa, seq=1), before=[add]), case("duplicate", tunnel(sa, seq=1)),
                 case("flushed", tunnel(sa, seq=9), before=["ip xfrm state flush"]), case("re-added with other key", tunnel(sa, seq=10),
                 before=[state(GCM.replace("0x0001", "0x1101"))]), case("flushed esp", tunnel(sa, seq=11), before=["ip xfrm state flush proto esp"]),
                 case("flushed ah leaves esp", tunnel(sa, seq=12), before=[add, "ip xfrm state flush proto ah"]),
                 case("deleteall", tunnel(sa, seq=13), before=["ip xfrm state deleteall"])])
    sa = Sa()
    alloc = "ip xfrm state allocspi src 10.77.0.1 dst 10.77.0.2 proto esp mode tunnel reqid 1 min 0x1001 max 0x1001"
    yield group("larval", [alloc, policy(nets(), template())],
                [case("larval", tunnel(sa)), case("larval again", tunnel(sa)), case("updated", tunnel(sa), before=[add.replace("state add", "state update")]),
                 case("next", tunnel(sa)), case("duplicate", tunnel(sa, seq=3)), case("bad", tunnel(sa, spoil=True))])
    sa = Sa()
    yield group("larval-later", [policy(nets(), template())],
                [case("none", tunnel(sa)), case("larval", tunnel(sa), before=[alloc]), case("updated", tunnel(sa), before=[add.replace("state add", "state update")]),
                 case("next", tunnel(sa)), case("deleted", tunnel(sa), before=[gone]), case("larval once more", tunnel(sa), before=[alloc])])
    sa = Sa()
    yield group("updated", [add, policy(nets(), template())],
                [case("one", tunnel(sa, seq=100)), case("update keeps the window", tunnel(sa, seq=100), before=[add.replace("state add", "state update")]),
                 case("next", tunnel(sa, seq=101)), case("limits by update", tunnel(sa), before=[add.replace("state add", "state update") + " limit packet-hard 4"]),
                 case("more", tunnel(sa)), case("more", tunnel(sa)), case("more", tunnel(sa), sleep=0.05), case("more", tunnel(sa), sleep=0.05)])
    sa, new = Sa(), Sa(spi=0x1003)
    yield group("rekey", [add, policy(nets(), template())],
                [case("old", tunnel(sa)), case("new too early", tunnel(new)), case("new", tunnel(new), before=[state(spi=0x1003)]), case("old still", tunnel(sa)),
                 case("old gone", tunnel(sa), before=[gone]), case("new", tunnel(new))])
    sa = Sa()
    yield group("getae", [add, policy(nets(), template())], [case(f"n {n}", tunnel(sa)) for n in range(3)])


def contents():
    for mode, outer, version in (("tunnel", 4, 4), ("tunnel", 6, 6), ("tunnel", 4, 6), ("tunnel", 6, 4), ("transport", 4, 4), ("transport", 6, 6),
                                 ("beet", 4, 4), ("beet", 6, 6), ("beet", 4, 6), ("beet", 6, 4)):
        for suite, text in (("gcm", GCM), ("null", NULL)):
            sa, out = Sa(suite), []
            a, b = OUTER[outer] if mode == "transport" else INNER[version]
            tail = "replay-window 32" + (f" sel src {a} dst {b}" if mode == "beet" or (outer != version) else "")
            whole, bare = inner(version), udp(a, b)
            for following in (0, 1, 2, 4, 6, 17, 41, 43, 44, 46, 47, 50, 51, 58, 59, 60, 89, 94, 103, 108, 115, 132, 135, 136, 137, 253, 254, 255):
                for kind, content in (("packet", whole), ("payload", bare), ("6in4" if version == 4 else "4in6", inner(10 - version))):
                    out.append(case(f"next header {following} with {kind}", tunnel(sa, outer, version, content, following)))
            for length in list(range(0, 24)) + [28, 39, 40, 41, 44]:
                for following in (4, 41, 17, 94):
                    out.append(case(f"{length} bytes of packet, next header {following}", tunnel(sa, outer, version, whole[:length], following)))
            for head in range(0, 4):
                for pad in (0, 4, 8, 12, 255):
                    out.append(case(f"pseudo header length {head} pad {pad}", tunnel(sa, outer, version, bytes([17, head, pad, 0]) + b"\x01" * 4 + bare, 94)))
            for size in range(0, 13):
                out.append(case(f"pseudo header of {size}", tunnel(sa, outer, version, bytes([17, 1, 4, 0, 1, 1, 1, 1, 1, 1, 1, 1, 1])[:size], 94)))
            for padlen in (0, 1, 2, 5, 20, 27, 28, 29, 30, 52, 53, 54, 55, 60, 200, 255):
                out.append(case(f"pad length {padlen}", tunnel(sa, outer, version, whole if mode == "tunnel" else bare, None if mode == "tunnel" else 17, padding=b"\0\0", padlen=padlen)))
            packet = tunnel(sa, outer, version)
            start = 20 if outer == 4 else 40
            for length in range(0, 45):
                body = packet[start:start + length]
                out.append(case(f"cut to {length}", ip(*OUTER[outer], 50, body)))
            for proto in (1, 6, 17, 58, 47, 132):
                if (proto, version) not in ((1, 6), (58, 4)):
                    body = inner(version, proto=proto)
                    out.append(case(f"inner protocol {proto}", tunnel(sa, outer, version, body if mode == "tunnel" else body[20 if version == 4 else 40:],
                                                                      None if mode == "tunnel" else proto)))
            setup = [state(text, outer, mode, tail=tail)]
            for direction in ("in", "fwd") if mode != "transport" else ("in",):
                selector = ends(outer) if mode == "transport" else nets(version)
                setup.append(policy(selector, template(outer, mode), direction))
            yield group(f"contents-{mode}-{outer}{version}-{suite}", setup, out)


def ah6():
    router = b"\0\x05\x02\0\0\x01\0"
    for mode in ("transport", "tunnel"):
        for mac, text in (("sha256", AH), ("sha1", AH1)):
            auth, out = Auth(mac=mac), []
            send = (lambda **more: auth.transport(6, **more)) if mode == "transport" else (lambda **more: auth.tunnel(6, 6, **more))
            out.append(case("good", send()))
            out.append(case("bad", send(spoil=True)))
            out.append(case("hop limit 1", send(hops=1)))
            out.append(case("class and flow", send(tclass=0xb8, flow=0x12345)))
            out.append(case("reserved field set", send(reserved=7)))
            good = lambda kind, body: out.append(case(f"{kind} {body.hex()}", send(extensions=[(kind, body)])))
            good(0, b"\0\x01\x04\0\0\0\0")
            good(60, b"\0\x01\x04\0\0\0\0")
            good(0, b"\0\x3e\x04\1\2\3\4")
            good(60, b"\0\x3e\x04\1\2\3\4")
            good(60, b"\0\x1e\x04\1\2\3\4")
            good(60, b"\0\0\0\0\0\0\0")
            good(0, b"\0\x3e\x02\1\2\0\0")
            good(0, router)
            good(60, b"\x01\x3e\x04\1\2\3\4\x1e\x06\1\2\3\4\5\6")
            changed = b"\0\x3e\x04\1\2\3\4", b"\0\x3e\x04\x09\2\3\4"
            for kind in (0, 60):
                zeroed = [(kind, zero6(changed[0]))]
                out.append(case(f"mutable option changed in {kind}", send(extensions=[(kind, changed[1])], sealed_extensions=zeroed)))
                out.append(case(f"immutable option changed in {kind}", send(extensions=[(kind, b"\0\x1e\x04\x09\2\3\4")], sealed_extensions=[(kind, b"\0\x1e\x04\1\2\3\4")])))
                out.append(case(f"mutable option sealed as it is in {kind}", send(extensions=[(kind, changed[0])], sealed_extensions=[(kind, changed[0])])))
                out.append(case(f"option too long in {kind}", send(extensions=[(kind, b"\0\x1e\x09\1\2\3\4")])) if kind == 60 else
                           case("pad", send(extensions=[(kind, b"\0\x01\x04\0\0\0\0")])))
            both = [(0, b"\0\x3e\x04\1\2\3\4"), (60, b"\0\x1e\x04\1\2\3\4")]
            out.append(case("hop-by-hop and destination", send(extensions=both)))
            a, b = OUTER[6]
            for kind, left in ((0, 0), (2, 0), (4, 0), (2, 1), (0, 1), (9, 0)):
                routing = bytes([2, kind, left]) + bytes(4) + addr("fd77::9")
                out.append(case(f"routing type {kind} left {left} as it is", send(extensions=[(43, routing)], sealed_extensions=[(43, routing)])))
            routing = bytes([2, 2, 1]) + bytes(4) + addr("fd77::2")
            out.append(case("mobility routing, one left", send(extensions=[(43, routing)], sealed_extensions=[(43, bytes([2, 2, 0]) + bytes(4) + addr("fd77::2"))])))
            out.append(case("destination before and after routing", send(extensions=[(60, b"\0\x1e\x04\1\2\3\4"), (43, bytes([2, 4, 0]) + bytes(4) + addr("fd77::9"))])))
            whole = send()
            for length in list(range(0, 34)) + [36, 40, 60]:
                out.append(case(f"cut to {length}", ip(a, b, 51, whole[40:40 + length])))
            for length in range(0, 12):
                out.append(case(f"length field {length}", send(length=length)))
            for room in range(0, 44, 4):
                out.append(case(f"room of {room}", send(icv_room=room)))
            for piece in (fragments6(send(content=(b"" if mode == "transport" else None) or None), 24),):
                out.append(case("fragments", *piece))
                out.append(case("first fragment only", piece[0]))
            body = send()
            out.append(case("payload changed", body[:-1] + bytes([body[-1] ^ 1])))
            out.append(case("next header changed", send()[:40] + bytes([6]) + send()[41:]))
            for following in (0, 1, 4, 6, 17, 41, 43, 44, 50, 51, 58, 59, 60, 108, 135, 253):
                out.append(case(f"next header {following}", auth.packet(a, b, following, udp(a, b))))
                out.append(case(f"next header {following} with packet", auth.packet(a, b, following, inner(6))))
            setup = [state(text, 6, mode, proto="ah"), policy(ends(6) if mode == "transport" else nets(6), template(6, mode, proto="ah"))]
            yield group(f"ah6-{mode}-{mac}", setup, out)
    sa, out = Sa(), []
    for name, extensions in (("hop", [(0, b"\0\x01\x04\0\0\0\0")]), ("dst", [(60, b"\0\x1e\x04\1\2\3\4")]), ("hop dst", [(0, b"\0\x01\x04\0\0\0\0"), (60, b"\0\x1e\x04\1\2\3\4")]),
                             ("routing 4", [(43, bytes([2, 4, 0]) + bytes(4) + addr("fd77::9"))]), ("routing 0", [(43, bytes([2, 0, 0]) + bytes(4) + addr("fd77::9"))]),
                             ("routing 9", [(43, bytes([0, 9, 0]) + bytes(4))]), ("routing 9 left", [(43, bytes([0, 9, 1]) + bytes(4))]),
                             ("unknown option", [(60, b"\0\x9e\x04\1\2\3\4")]), ("atomic fragment", [(44, bytes([0, 0, 0, 0, 0, 0, 9]))])):
        out.append(case(name, transport(sa, 6, ip_more={"extensions": extensions})))
        out.append(case(name + " spoiled", transport(sa, 6, ip_more={"extensions": extensions}, spoil=True)))
    for hops in (0, 1):
        out.append(case(f"hops {hops}", transport(sa, 6, ip_more={"hops": hops})))
    big = transport(sa, 6, content=udp(*OUTER[6], payload=b"x" * 3000))
    out.append(case("fragments", *fragments6(big, 1400)))
    big = transport(sa, 6, content=udp(*OUTER[6], payload=b"x" * 3000), spoil=True)
    out.append(case("fragments spoiled", *fragments6(big, 1400)))
    out.append(case("length field 0", transport(sa, 6, ip_more={"length": 0})))
    out.append(case("length field too long", transport(sa, 6, ip_more={"length": 500})))
    out.append(case("length field too short", transport(sa, 6, ip_more={"length": 60})))
    yield group("esp6-headers", [state(GCM, 6, "transport"), policy(ends(6), template(6, "transport"))], out)


def ah4():
    record, alert = b"\x07\x07\x04\0\0\0\0\0", b"\x94\x04\0\0"
    for mode in ("transport", "tunnel"):
        for mac, text, align in (("sha256", AH, 8), ("sha256", AH, 4), ("sha1", AH1, 8), ("sha1", AH1, 4)):
            auth, out = Auth(mac=mac, align=align), []
            send = (lambda **more: auth.transport(4, **more)) if mode == "transport" else (lambda **more: auth.tunnel(4, 4, **more))
            a, b = OUTER[4]
            for name, more in (("good", {}), ("bad", {"spoil": True}), ("ttl", {"ttl": 3}), ("tos", {"tos": 0xb8}), ("ecn", {"tos": 3}), ("no df", {"flags": 0}),
                               ("evil bit", {"flags": 0x8000}), ("id", {"ident": 999}), ("record route", {"options": record}), ("router alert", {"options": alert}),
                               ("nops", {"options": b"\1\1\1\1"}), ("end", {"options": b"\0\0\0\0"}), ("end then junk", {"options": b"\1\0\7\7"}),
                               ("timestamp", {"options": b"\x44\x08\x05\0\0\0\0\0"}), ("security", {"options": b"\x82\x0b" + bytes(9) + b"\0"}),
                               ("stream id", {"options": b"\x88\x04\0\1"}), ("experiment", {"options": b"\x9e\x04\1\2"}), ("cipso", {"options": b"\x86\x08" + b"\0\0\0\1\1\2"}),
                               ("bad option length", {"options": b"\x07\x01\x04\0"}), ("option too long", {"options": b"\x9e\x09\x04\0"}), ("reserved", {"reserved": 1})):
                try:
                    out.append(case(name, send(**more)))
                except (IndexError, struct.error):
                    pass
            for pointer in (4, 8, 9):
                for kind in (131, 137):
                    route = bytes([kind, 7, pointer]) + addr("10.77.0.9") + b"\0"
                    sealed = auth
                    out.append(case(f"source route {kind} pointer {pointer}", send(options=route)))
            def changed(name, at, value, **more):
                packet = bytearray(send(**more))
                packet[at:at + len(value)] = value
                packet[10:12] = b"\0\0"
                head = (packet[0] & 15) * 4
                packet[10:12] = struct.pack(">H", total(bytes(packet[:head])))
                out.append(case(name, bytes(packet)))
            changed("id changed", 4, b"\x55\x55")
            changed("flags changed", 6, b"\0\0")
            changed("ttl changed", 8, b"\1")
            changed("tos changed", 1, b"\xff")
            changed("source changed", 12, addr("10.77.0.9"))
            changed("destination changed", 16, addr("10.77.0.22"))
            changed("record route filled", 23, addr("10.77.0.9"), options=record)
            changed("router alert changed", 22, b"\0\1", options=alert)
            changed("spi changed", 24, struct.pack(">I", 0x1005))
            changed("sequence changed", 28, struct.pack(">I", 0x1005))
            changed("reserved changed", 22, b"\0\1")
            changed("version 5", 0, b"\x55")
            whole = send()
            for length in list(range(0, 48)) + [60]:
                out.append(case(f"cut to {length}", ip(a, b, 51, whole[20:20 + length])))
            for length in range(0, 14):
                out.append(case(f"length field {length}", send(length=length)))
            for room in range(0, 44, 4):
                out.append(case(f"room of {room}", send(icv_room=room)))
            pieces = fragments4(send(ident=77, flags=0), 24)
            out.append(case("fragments", *pieces))
            out.append(case("first fragment only", pieces[0]))
            trailing = send() + b"trailing"
            out.append(case("bytes behind the total length", trailing))
            for following in (0, 1, 4, 6, 17, 41, 50, 51, 58, 59, 94, 108, 253):
                out.append(case(f"next header {following}", auth.packet(a, b, following, udp(a, b))))
                out.append(case(f"next header {following} with packet", auth.packet(a, b, following, inner(4))))
            out.append(case("empty payload", auth.packet(a, b, 17, b"")))
            out.append(case("empty payload ipip", auth.packet(a, b, 4, b"")))
            tail = "replay-window 32" + (" flag align4" if align == 4 else "")
            yield group(f"ah4-{mode}-{mac}-{align}", [state(text, 4, mode, proto="ah", tail=tail),
                                                       policy(ends() if mode == "transport" else nets(), template(4, mode, proto="ah"))], out)
    for mac, text in (("sha256", AH), ("sha1", AH1)):
        auth = Auth(mac=mac)
        out = [case(f"room of {room}", auth.transport(icv_room=room)) for room in range(0, 44, 4)]
        yield group(f"ah4-other-align-{mac}", [state(text.replace(" 128", " 256") if mac == "sha256" else text.replace(" 96", " 160"), 4, "transport", proto="ah"),
                                               policy(ends(), template(4, "transport", proto="ah"))], out)


def flows(version=4):
    a, b = OUTER[version]
    out = []
    echo = 1 if version == 4 else 58
    for sport, dport in ((5000, 9999), (5000, 80), (9999, 5000), (53, 53), (0, 0)):
        out.append((f"udp {sport} {dport}", 17, udp(a, b, sport, dport)))
    out.append(("tcp", 6, tcp(a, b)))
    out.append(("tcp other", 6, tcp(a, b, 80, 5000)))
    for kind, code in (((8, 0), (0, 0), (3, 3), (13, 0)) if version == 4 else ((128, 0), (129, 0), (1, 4), (3, 0))):
        out.append((f"icmp {kind} {code}", echo, icmp(a, b, kind, code)))
    out.append(("gre", 47, b"\0\0\x08\0" + b"\0" * 12))
    out.append(("sctp", 132, struct.pack(">HHII", 5000, 80, 1, 0) + b"\0" * 8))
    out.append(("udplite", 136, struct.pack(">HHHH", 5000, 80, 8, 0) + b"\0" * 8))
    out.append(("ospf", 89, b"\2\1" + b"\0" * 22))
    out.append(("udp of 4", 17, b"\x13\x88\0\x50"))
    out.append(("udp of 2", 17, b"\x13\x88"))
    out.append(("tcp of 3", 6, b"\x13\x88\0"))
    out.append(("icmp of 1", echo, b"\x08"))
    out.append(("gre key", 47, b"\x20\0\x08\0" + struct.pack(">I", 0x00500051) + b"\0" * 12))
    return out


def policies():
    for version in (4, 6):
        a, b = OUTER[version]
        selectors = {"all": "", "udp": "proto udp", "udp80": "proto udp dport 80", "udpfrom": "proto udp sport 5000", "tcp": "proto tcp", "gre": "proto 47",
                     "icmp": "proto icmp type 8" if version == 4 else "proto ipv6-icmp type 128", "icmpcode": "proto icmp type 3 code 3" if version == 4 else "proto ipv6-icmp type 1 code 4",
                     "sctp": "proto sctp dport 80", "grekey": "proto gre key 5242961"}
        for name, selector in selectors.items():
            for action in ("protect", "block", "bypass"):
                sa, out = Sa(), []
                for flow, proto, body in flows(version):
                    out.append(case("clear " + flow, ip(a, b, proto, body)))
                    out.append(case("protected " + flow, transport(sa, version, proto, body)))
                    out.append(case("tunnelled " + flow, tunnel(Sa(spi=0x1002), version, version, ip(a, b, proto, body), seq=len(out) + 1)))
                text = policy(f"{ends(version)} {selector}", template(version, "transport") if action == "protect" else "", tail="action block" if action == "block" else "")
                yield group(f"policy{version}-{name}-{action}", [state(GCM, version, "transport"), state(GCM, version, "tunnel", 0x1002), text], out)
    gcm, second = Sa(), Sa(spi=0x1002)
    inside = lambda **more: inner(4, **more)
    a, b = OUTER[4]

    def both(name, setup, version=4):
        one, two, three, out = Sa(), Sa(spi=0x1002), Sa(spi=0x1003), []
        ah = Auth(spi=0x1004)
        x, y = OUTER[version]
        whole = inner(version)
        four = 4 if version == 4 else 41
        for round_ in range(2):
            out += [case("clear to the host", ip(x, y, 17, udp(x, y))), case("clear to the net", whole), case("tunnel", tunnel(one, version, version)),
                    case("tunnel with other reqid", tunnel(two, version, version)), case("transport", transport(three, version)),
                    case("transport ah", ah.transport(version)), case("tunnel to the host", tunnel(one, version, version, ip(x, y, 17, udp(x, y)))),
                    case("tunnel from elsewhere", tunnel(one, version, version, inner(version, src="10.3.0.1" if version == 4 else "fd03::1"))),
                    case("tunnel to elsewhere", tunnel(one, version, version, inner(version, dst="10.3.0.1" if version == 4 else "fd03::1"))),
                    case("tunnel in transport", transport(three, version, 50, one.esp(whole, four))),
                    case("transport in tunnel", tunnel(one, version, version, transport(three, version))),
                    case("tunnel in tunnel", tunnel(two, version, version, tunnel(one, version, version))),
                    case("tunnel in tunnel, other order", tunnel(one, version, version, tunnel(two, version, version))),
                    case("ah over transport", ah.transport(version, 50, three.esp(udp(x, y), 17))),
                    case("ah over tunnel", ah.transport(version, 50, one.esp(whole, four))),
                    case("esp over ah", transport(three, version, 51, ah.transport(version)[20 if version == 4 else 40:])),
                    case("transport in transport", transport(three, version, 50, Sa(spi=0x1005).esp(udp(x, y), 17, seq=len(out) + 1))),
                    case("from another address", transport(three, version, src="10.77.0.9" if version == 4 else "fd77::9")),
                    case("tunnel from another address", tunnel(one, version, version, src="10.77.0.9" if version == 4 else "fd77::9")),
                    case("inner fragment", tunnel(one, version, version, (fragments4(whole, 16) if version == 4 else fragments6(whole, 16))[0])),
                    case("inner fragment, second", tunnel(one, version, version, (fragments4(whole, 16) if version == 4 else fragments6(whole, 16))[1])),
                    case("clear fragments", *(fragments4 if version == 4 else fragments6)(ip(x, y, 17, udp(x, y)), 16)),
                    case("clear to another address", ip(x, "10.77.0.22" if version == 4 else "fd77::22", 17, udp(x, "10.77.0.22" if version == 4 else "fd77::22")))]
        states = [state(GCM, version), state(GCM, version, spi=0x1002, reqid=2), state(GCM, version, "transport", 0x1003, 3), state(AH, version, "transport", 0x1004, 4, "ah"),
                  state(GCM, version, "transport", 0x1005, 5)]
        return group(name, states + setup, out)

    for version in (4, 6):
        tun, tra, ah = template(version), template(version, "transport", 3), template(version, "transport", 4, "ah")
        any_tun = template(version, reqid=0)
        use = template(version, tail="level use")
        use_tra = template(version, "transport", 3, tail="level use")
        n, e = nets(version), ends(version)
        every = "src 0.0.0.0/0 dst 0.0.0.0/0" if version == 4 else "src ::/0 dst ::/0"
        other = template(version, src="10.77.0.7" if version == 4 else "fd77::7", reqid=1)
        for name, setup in {
                "none": [], "tunnel": [policy(n, tun)], "any-reqid": [policy(n, any_tun)], "other-source": [policy(n, other)],
                "spi": [policy(n, template(version).replace("proto esp", "proto esp spi 0x1002").replace("reqid 1", ""))],
                "optional": [policy(n, use)], "optional-transport": [policy(e, use_tra)], "optional-both": [policy(n, use), policy(e, use_tra)],
                "transport": [policy(e, tra)], "ah": [policy(e, ah)], "bundle": [policy(e, tra + " " + ah)], "bundle-tunnel": [policy(n, tun + " " + ah)],
                "bundle-wrong": [policy(e, ah + " " + tra)], "bundle-optional": [policy(e, use_tra + " " + ah)], "bundle-optional-outer": [policy(e, tra + " " + ah + " level use")],
                "tunnel-over-transport": [policy(n, tun + " " + tra)], "tunnels": [policy(n, template(version) + " " + template(version, reqid=2))],
                "tunnels-optional": [policy(n, template(version, tail="level use") + " " + template(version, reqid=2))],
                "every": [policy(every, tun)], "every-block": [policy(every, "", tail="action block")],
                "priority": [policy(n, "", tail="action block priority 10"), policy(every, tun, tail="priority 5")],
                "priority-equal": [policy(n, tun), policy(every, "", tail="action block")],
                "priority-equal-other": [policy(every, "", tail="action block"), policy(n, tun)],
                "priority-lower": [policy(n, tun, tail="priority 20"), policy(every, "", tail="action block priority 30")],
                "priority-higher": [policy(n, tun, tail="priority 30"), policy(every, "", tail="action block priority 20")],
                "bypass-first": [policy(every, "", tail="priority 1"), policy(n, tun, tail="priority 5")],
                "fwd": [policy(n, tun, "fwd")], "in-fwd": [policy(n, tun), policy(n, tun, "fwd")], "fwd-block": [policy(n, tun), policy(every, "", "fwd", "action block")],
                "fwd-every": [policy(n, tun), policy(every, tun, "fwd")], "out": [policy(n, tun, "out")], "out-block": [policy(every, "", "out", "action block")],
                "half": [policy(every.replace("dst", "dst" if version == 4 else "dst"), tun), policy(e, tra, tail="priority 7")]}.items():
            yield both(f"spd{version}-{name}", setup, version)


def selectors():
    for version in (4, 6):
        for name, tail in {"net": f"sel {nets(version)}", "host": f"sel src {INNER[version][0]} dst {INNER[version][1]}", "udp": f"sel {nets(version)} proto udp",
                           "port": f"sel {nets(version)} proto udp dport 80", "other": f"sel src {'10.9.0.0/16' if version == 4 else 'fd09::/16'} dst {'10.2.0.0/16' if version == 4 else 'fd02::/16'}",
                           "tcp": f"sel {nets(version)} proto tcp", "all": "sel src 0.0.0.0/0 dst 0.0.0.0/0" if version == 4 else "sel src ::/0 dst ::/0"}.items():
            for with_policy in (False, True):
                sa, out = Sa(), []
                for proto in (17, 6, 1 if version == 4 else 58, 47):
                    out.append(case(f"protocol {proto}", tunnel(sa, version, version, inner(version, proto=proto))))
                x, y = INNER[version]
                out.append(case("port 80", tunnel(sa, version, version, ip(x, y, 17, udp(x, y, 5000, 80)))))
                out.append(case("elsewhere", tunnel(sa, version, version, inner(version, src="10.3.0.1" if version == 4 else "fd03::1"))))
                out.append(case("other family", tunnel(sa, version, 10 - version)))
                out.append(case("fragment", tunnel(sa, version, version, (fragments4 if version == 4 else fragments6)(inner(version), 16)[0])))
                out.append(case("second fragment", tunnel(sa, version, version, (fragments4 if version == 4 else fragments6)(inner(version), 16)[1])))
                out.append(case("not for this host", tunnel(sa, version, version, inner(version, dst="10.2.0.9" if version == 4 else "fd02::9"))))
                setup = [state(GCM, version, tail="replay-window 32 " + tail)]
                if with_policy:
                    setup.append(policy(nets(version), template(version)))
                yield group(f"sel{version}-{name}-{'policy' if with_policy else 'alone'}", setup, out)
        sa, out = Sa(), []
        a, b = OUTER[version]
        for flow, proto, body in flows(version):
            out.append(case("transport " + flow, transport(sa, version, proto, body)))
        yield group(f"sel{version}-transport", [state(GCM, version, "transport", tail=f"replay-window 32 sel {ends(version)} proto udp dport 80")], out)
    sa = Sa()
    yield group("sel-unspec", [state(GCM, 4, tail="replay-window 32 flag af-unspec"), policy(nets(4), template(4)), policy(nets(6), template(4))],
                [case("4", tunnel(sa)), case("6", tunnel(sa, 4, 6)), case("4 as 6", tunnel(sa, 4, 4, following=41)), case("17", tunnel(sa, following=17))])
    sa = Sa()
    yield group("two-families", [state(GCM, 4, tail="replay-window 32"), policy(nets(4), template(4)), policy(nets(6), template(4))],
                [case("4", tunnel(sa)), case("6", tunnel(sa, 4, 6))])
    sa = Sa()
    yield group("mark", [state(GCM, 4, tail="replay-window 32 mark 7 mask 0xff"), policy(nets(4), template(4))], [case("no mark", tunnel(sa)), case("no mark", tunnel(sa))])
    sa = Sa()
    yield group("mark-policy", [state(GCM, 4), policy(nets(4) , template(4), tail="mark 7 mask 0xff")], [case("no mark", tunnel(sa)), case("clear", inner())])
    sa = Sa()
    yield group("if-id", [state(GCM, 4, tail="replay-window 32 if_id 0x9"), policy(nets(4), template(4), tail="if_id 0x9")], [case("x", tunnel(sa)), case("clear", inner())])
    sa = Sa()
    yield group("if-id-sa", [state(GCM, 4, tail="replay-window 32 if_id 0x9"), policy(nets(4), template(4))], [case("x", tunnel(sa)), case("clear", inner())])
    sa = Sa()
    yield group("if-id-policy", [state(GCM, 4), policy(nets(4), template(4), tail="if_id 0x9")], [case("x", tunnel(sa)), case("clear", inner())])


def encapsulation():
    for version in (4, 6):
        for mode in ("tunnel", "transport"):
            out, sa, raw = [], Sa(), Sa(spi=0x1002)
            send = (lambda one, **more: tunnel(one, version, version, **more)) if mode == "tunnel" else (lambda one, **more: transport(one, version, **more))
            out += [case("good", send(sa, wrap=4500)), case("other port", send(sa, wrap=1024)), case("raw", send(sa)), case("raw SA in UDP", send(raw, wrap=4500)),
                    case("raw SA", send(raw)), case("bad", send(sa, wrap=4500, spoil=True)), case("unknown", send(Sa(spi=0x2222), wrap=4500, seq=1)),
                    case("duplicate", send(sa, wrap=4500, seq=1)), case("other address", send(sa, wrap=4500, src="10.77.0.9" if version == 4 else "fd77::9"))]
            a, b = OUTER[version]
            for body in (b"\xff", b"", b"\xff\xff", b"\0", bytes(4), bytes(8), bytes(28), struct.pack(">I", 0x1001), struct.pack(">II", 0x1001, 90),
                         struct.pack(">II", 0x1001, 91) + b"\0", struct.pack(">II", 0x1001, 92) + bytes(8), struct.pack(">II", 0x1001, 93) + bytes(60),
                         struct.pack(">II", 0x3333, 93) + bytes(60), b"hello world hello world"):
                out.append(case(f"UDP with {body.hex()}", ip(a, b, 17, udp(a, b, 4500, 4500, body))))
            packet = sa.esp(inner(version), 4 if version == 4 else 41)
            zero = bytearray(ip(a, b, 17, udp(a, b, 4500, 4500, packet)))
            start = 20 if version == 4 else 40
            zero[start + 6:start + 8] = b"\0\0"
            out.append(case("checksum 0", bytes(zero)))
            zero[start + 6:start + 8] = b"\x12\x34"
            out.append(case("checksum wrong", bytes(zero)))
            out.append(case("to another port", ip(a, b, 17, udp(a, b, 4500, 4501, sa.esp(inner(version), 4 if version == 4 else 41)))))
            whole = ip(a, b, 17, udp(a, b, 4500, 4500, sa.esp(inner(version), 4 if version == 4 else 41)))
            out.append(case("fragments", *(fragments4 if version == 4 else fragments6)(whole, 48)))
            any_ = "0.0.0.0" if version == 4 else "::"
            yield group(f"encap{version}-{mode}", [state(GCM, version, mode, tail=f"replay-window 32 encap espinudp 4500 4500 {any_}"), state(GCM, version, mode, 0x1002),
                                                   policy(nets(version) if mode == "tunnel" else ends(version), template(version, mode))], out, encap=[version])


def tables():
    out, sa = [], Sa()
    a, b = OUTER[4]
    for spi in (0, 1, 255, 256, 0x1001, 0x1002, 0x01100000, 0xffffffff):
        for proto in (50, 51):
            body = Sa(spi=spi).esp(inner(), 4, seq=7) if proto == 50 else struct.pack(">BBHII", 4, 4, 0, spi, 7) + bytes(12) + inner()
            out.append(case(f"spi {spi:#x} protocol {proto}", ip(a, b, proto, body)))
            six = ip(*OUTER[6], proto, body)
            out.append(case(f"spi {spi:#x} protocol {proto} over IPv6", six))
            out.append(case(f"spi {spi:#x} protocol {proto} to the other address", ip(a, "10.77.0.22", proto, body)))
    out.append(case("multicast", ip(a, "224.0.0.1", 50, sa.esp(inner(), 4))))
    out.append(case("broadcast", ip(a, "10.77.0.255", 50, sa.esp(inner(), 4))))
    for options in (b"\1\1\1\1", b"\x07\x07\x04\0\0\0\0\0", b"\x94\x04\0\0"):
        out.append(case(f"options {options.hex()}", ip4(a, b, 50, sa.esp(inner(), 4), options=options)))
    yield group("tables", [state(), policy(nets(), template())], out)
    sa = Sa("cbc")
    out = []
    for length in range(0, 100):
        plain = (inner() + bytes(100))[:length]
        out.append(case(f"plain of {length}", ip(a, b, 50, sa.esp(inner(), 4)[:24 + length])))
    yield group("cbc-lengths", [state(CBC), policy(nets(), template())], out)
    for suite, text in (("gcm", GCM), ("null", NULL)):
        sa, out = Sa(suite), []
        for length in range(0, 30):
            out.append(case(f"plain of {length}", ip(a, b, 50, sa.seal((inner() + bytes(2))[:length], length + 1))))
        for length in range(0, 12):
            out.append(case(f"plain of {length}, sound trailer", ip(a, b, 50, sa.seal(bytes(length) + b"\0\x04", length + 100))))
        yield group(f"{suite}-lengths", [state(text), policy(nets(), template())], out)


def all():
    for family_ in (windows, esn, expiry, history, contents, ah6, ah4, policies, selectors, encapsulation, tables):
        yield from family_()
