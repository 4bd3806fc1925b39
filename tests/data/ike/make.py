"""make: what tshark 4.0 says of every IKE message in a capture, in the lines that tests/support/iketext.c writes of the same message.

    python3 tests/data/ike/make.py                    writes scenarios.tsv from $ESPLAIN_SHARED/scenarios (opened with their keys) again, and
                                                      crafted.tsv from the capture that craft.py makes
    python3 tests/data/ike/make.py CAPTURE [KEYS]     prints the lines of one classic pcap; KEYS is a folder with Wireshark's decryption tables

tshark runs with `-T pdml`: every field of the lines but the raw bytes is what it shows. The raw bytes come from the capture, at the place where
tshark found the message. A message that tshark reassembled from several frames has no such place and is left out.
"""
import glob
import os
import shutil
import struct
import subprocess
import sys
import tempfile
import xml.etree.ElementTree as tree

SHOWN = 64  # hex digits of a value


def frames(path):
    with open(path, "rb") as file:
        data = file.read()
    order = "<" if data[:4] in (b"\xd4\xc3\xb2\xa1", b"\x4d\x3c\xb2\xa1") else ">"
    at, found = 24, []
    while at + 16 <= len(data):
        length = struct.unpack_from(order + "I", data, at + 8)[0]
        found.append(data[at + 16:at + 16 + length])
        at += 16 + length
    return found


def pdml(path, keys):
    with tempfile.TemporaryDirectory() as home:
        for table in glob.glob(os.path.join(keys, "ikev*_decryption_table")) if keys else []:
            shutil.copy(table, home)
        done = subprocess.run(["tshark", "-n", "-r", path, "-Y", "isakmp", "-T", "pdml"], stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL, check=True, env=dict(os.environ, WIRESHARK_CONFIG_DIR=home))
    return tree.fromstring(done.stdout)


def every(node, name):
    """Descendants of that name, but none of payloads inside this one."""
    for child in node:
        if child.get("name") == name:
            yield child
        elif child.get("name") != "isakmp.typepayload":
            yield from every(child, name)


def raw(node, name):
    """The bytes of a field as hex digits, '' where there is none."""
    for field in every(node, name):
        return field.get("value") or ""
    return ""


def number(node, name):
    return int(raw(node, name) or "0", 16)


def size(node, name):
    for field in every(node, name):
        return int(field.get("size"))
    return 0


def data(node, name):
    return "length=%d data=%s" % (size(node, name), raw(node, name)[:SHOWN])


def place(node):
    """Where a payload begins: its first field's position, since that of an inner payload's own element is the ciphertext's."""
    return int(next(every(node, "isakmp.nextpayload")).get("pos"))


def attributes(node, kind):
    for attribute in every(node, kind):
        basic = number(attribute, kind + ".type") >> 15
        value = raw(attribute, kind + ".value")
        yield "attribute class=%d basic=%d length=%d value=%s" % (
            number(attribute, kind + ".type") & 0x7fff, basic, len(value) // 2, value[:SHOWN])


def sa(node, version):
    if version != 2:
        yield "sa doi=%d situation=%d" % (number(node, "isakmp.sa.doi"), number(node, "isakmp.sa.situation"))
    for proposal in every(node, "isakmp.typepayload"):
        protocol = number(proposal, "isakmp.prop.protoid")
        yield "proposal number=%d protocol=%d spi=%s transforms=%d" % (
            number(proposal, "isakmp.prop.number"), protocol, raw(proposal, "isakmp.spi"), number(proposal, "isakmp.prop.transforms"))
        for transform in every(proposal, "isakmp.typepayload"):
            if version == 2:
                names = [field.get("name") for field in transform if field.get("name").startswith("isakmp.tf.id")]
                yield "transform type=%d number=0 id=%d" % (number(transform, "isakmp.tf.type"), number(transform, names[0]))
                yield from attributes(transform, "isakmp.ike2.attr")
            else:
                yield "transform type=0 number=%d id=%d" % (number(transform, "isakmp.trans.number"), number(transform, "isakmp.trans.id"))
                yield from attributes(transform, "isakmp.ike.attr" if protocol == 1 else "isakmp.ipsec.attr")


def selectors(node, _):
    yield "ts count=%d" % number(node, "isakmp.ts.number")
    for selector in every(node, "isakmp.ts.data"):
        family = "ipv4" if number(selector, "isakmp.ts.type") == 7 else "ipv6"
        yield "selector type=%d protocol=%d ports=%d-%d first=%s last=%s" % (
            number(selector, "isakmp.ts.type"), number(selector, "isakmp.ts.protoid"), number(selector, "isakmp.ts.start_port"),
            number(selector, "isakmp.ts.end_port"), raw(selector, "isakmp.ts.start_" + family), raw(selector, "isakmp.ts.end_" + family))


def notify(node, _):
    form = next((field for field in node if field.get("name", "").startswith("isakmp.notify.data")), None)
    length, value = (int(form.get("size")), form.get("value") or "") if form is not None else (0, "")
    yield "notify protocol=%d spi=%s type=%d length=%d data=%s" % (
        number(node, "isakmp.notify.protoid"), raw(node, "isakmp.spi"), number(node, "isakmp.notify.msgtype"), length, value[:SHOWN])


def identity(node, _):
    yield "id type=%d protocol=%d port=%d %s" % (
        number(node, "isakmp.id.type"), number(node, "isakmp.id.protoid"), number(node, "isakmp.id.port"), data(node, "isakmp.id.data")
        if raw(node, "isakmp.id.data") else "length=%d data=%s" % (size(node, "isakmp.id.data"), inner(node, "isakmp.id.data")))


def inner(node, name):
    """The bytes of a field that has parts only: those of its parts, each once."""
    for field in every(node, name):
        return "".join(part.get("value") or "" for part in field)[:SHOWN]
    return ""


def delete(node, _):
    spis = "".join(field.get("value") for field in every(node, "isakmp.delete.spi"))
    yield "delete protocol=%d spi_size=%d count=%d spis=%s" % (
        number(node, "isakmp.delete.protoid"), number(node, "isakmp.spisize"), number(node, "isakmp.spinum"), spis[:SHOWN])


def configuration(node, _):
    yield "cp type=%d" % number(node, "isakmp.cfg.type")
    for attribute in every(node, "isakmp.cfg.attr"):
        value = raw(attribute, "isakmp.cfg.attr.value")
        yield "cfg type=%d length=%d" % (number(attribute, "isakmp.cfg.attr.type") & 0x7fff, len(value) // 2)


CONTENT = {
    1: sa, 33: sa, 44: selectors, 45: selectors, 11: notify, 41: notify, 5: identity, 35: identity, 36: identity, 12: delete, 42: delete,
    14: configuration, 47: configuration,
    4: lambda node, _: ["ke group=%d %s" % (number(node, "isakmp.key_exchange.dh_group"), data(node, "isakmp.key_exchange.data"))],
    8: lambda node, _: ["hash " + data(node, "isakmp.hash")],
    9: lambda node, _: ["signature " + data(node, "isakmp.sig")],
    10: lambda node, _: ["nonce " + data(node, "isakmp.nonce")],
    6: lambda node, _: ["cert encoding=%d length=%d" % (number(node, "isakmp.cert.encoding"), size(node, "isakmp.cert.data") + size(
        node, "isakmp.cert.x509.hash") + size(node, "isakmp.cert.x509.url"))],
    7: lambda node, _: ["certreq encoding=%d" % number(node, "isakmp.certreq.type")],
    13: lambda node, _: ["vendor " + data(node, "isakmp.vid_bytes")],
    20: lambda node, _: ["natd " + data(node, "isakmp.ike.nat_hash")],
    39: lambda node, _: ["auth method=%d %s" % (number(node, "isakmp.auth.method"), data(node, "isakmp.auth.data"))],
}
for one, two in ((4, 34), (10, 40), (6, 37), (7, 38), (13, 43), (20, 130)):
    CONTENT[two] = CONTENT[one]


def chain(node, version):
    """The payloads directly inside an element, up to the first of impossible length."""
    for payload in every(node, "isakmp.typepayload"):
        kind, length = int(payload.get("show")), number(payload, "isakmp.payloadlength")
        yield payload, "payload type=%d next=%d at=%d length=%d critical=%d" % (
            kind, number(payload, "isakmp.nextpayload"), place(payload), length, number(payload, "isakmp.criticalpayload"))
        if length < 4:
            return
        if kind in CONTENT:
            for line in CONTENT[kind](payload, version):
                yield None, line


def plain(node, version, first):
    """The payloads that tshark decrypted, with their bytes."""
    payloads = list(every(node, "isakmp.typepayload"))
    if payloads:
        whole = "".join(payload.get("value") for payload in payloads) + raw(node, "isakmp.extradata")
        yield "plain %d %d %s" % (version, first, whole)
        yield from (line for _, line in chain(node, version))


def message(proto, frame):
    at, version, exchange = int(proto.get("pos")), number(proto, "isakmp.mjver"), number(proto, "isakmp.exchangetype")
    whole, first = frame[at:at + int(proto.get("size"))], number(proto, "isakmp.nextpayload")
    if whole[:8].hex() != raw(proto, "isakmp.ispi"):
        return
    yield "message %s" % whole.hex()
    yield "header ispi=%s rspi=%s next=%d version=%d.%d exchange=%d flags=%02x id=%08x length=%d" % (
        raw(proto, "isakmp.ispi"), raw(proto, "isakmp.rspi"), first, version, number(proto, "isakmp.mnver"), exchange,
        number(proto, "isakmp.flags"), number(proto, "isakmp.messageid"), number(proto, "isakmp.length"))
    encrypted, inside = next(every(proto, "isakmp.enc.data"), None), []
    if version == 1 and encrypted is not None:
        yield "sealed kind=1 first=%d at=%d length=%s" % (first, int(encrypted.get("pos")) - at, encrypted.get("size"))
        inside = list(plain(encrypted, version, first))
    elif version == 2 or encrypted is None:
        for payload, line in chain(proto, version):
            if payload is not None:
                line = line.replace("at=%d" % place(payload), "at=%d" % (place(payload) - at))
            yield line
            if payload is not None and payload.get("show") == "132":
                yield "fragment id=%d number=%d last=%d" % (
                    number(payload, "isakmp.frag.packetid"), number(payload, "isakmp.frag.seq"), number(payload, "isakmp.frag.last"))
            if payload is not None and payload.get("show") == "53":
                yield "fragment number=%d total=%d" % (number(payload, "isakmp.frag.number"), number(payload, "isakmp.frag.total"))
            if payload is not None and payload.get("show") == "46":
                yield "sealed kind=3 first=%d at=%d length=%d" % (
                    number(payload, "isakmp.nextpayload"), place(payload) - at + 4, number(payload, "isakmp.payloadlength") - 4)
                for contained in every(payload, "isakmp.enc.decrypted"):
                    for part in every(contained, "isakmp.enc.contained"):
                        inside = list(plain(part, version, number(payload, "isakmp.nextpayload")))
    yield from inside


def capture(path, keys):
    whole = frames(path)
    for packet in pdml(path, keys):
        index = next(int(field.get("show")) for field in packet.iter("field") if field.get("name") == "num")
        for proto in packet.findall("proto"):
            if proto.get("name") == "isakmp":
                lines = list(message(proto, whole[index - 1]))
                if lines:
                    yield "= %d" % index
                    yield from lines


def main():
    if len(sys.argv) > 1:
        print("\n".join(capture(sys.argv[1], sys.argv[2] if len(sys.argv) > 2 else None)))
        return
    folder = os.path.join(os.environ.get("ESPLAIN_SHARED", "../shared"), "scenarios")
    with open(os.path.join(os.path.dirname(__file__), "scenarios.tsv"), "w", encoding="ascii") as file:
        for path in sorted(glob.glob(os.path.join(folder, "*", "t.pcap"))):
            file.write("# %s\n" % os.path.basename(os.path.dirname(path)))
            file.writelines(line + "\n" for line in capture(path, os.path.join(os.path.dirname(path), "keysA")))
    here = os.path.dirname(os.path.abspath(__file__))
    with tempfile.NamedTemporaryFile() as made, open(os.path.join(here, "crafted.tsv"), "w", encoding="ascii") as file:
        subprocess.run([sys.executable, os.path.join(here, "craft.py"), made.name], check=True)
        file.writelines(line + "\n" for line in capture(made.name, None))


main()
