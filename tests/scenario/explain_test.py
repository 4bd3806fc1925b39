"""explain: an error in every spelling that people meet, and names that only web pages use."""
import os

import runner

BAD_SPI = "13910  ERROR_IPSEC_BAD_SPI"

# What the public pages call errors and no Windows header has; the real code that is to be shown, where one is near.
INVENTED = {
    "ERROR_IPSEC_DOSP_STATE_UPDATE_FAILED": "13928",
    "ERROR_IPSEC_DOSP_MAX_CONNECTIONS_REACHED": "13929",
    "ERROR_IPSEC_DOSP_MAX_DATA_IN_SESSION_REACHED": None,
    "ERROR_IPSEC_KEY_EXCHANGE_FAILED": "13912",
    "ERROR_IPSEC_PROCESSING_ERROR": "13804",
    "ERROR_IPSEC_SA_RENEGOTIATION": None,
    "ERROR_IPSEC_SA_RENDEZVOUS_FAILED": "13908",
    "ERROR_IPSEC_IKE_NEGOTIATION_FAILED": "13856",
    "ERROR_IPSEC_KEYMAIN_NOT_FOUND": "13859",
}

# Spelling, and the line that the answer begins with. Numbers: winerror.h and ntstatus.h.
SPELLINGS = [
    ("13910", BAD_SPI),
    ("0x3656", BAD_SPI),
    ("0X3656", BAD_SPI),
    ("ERROR_IPSEC_BAD_SPI", BAD_SPI),
    ("error_ipsec_bad_spi", BAD_SPI),
    ("BAD_SPI", BAD_SPI),
    ("STATUS_IPSEC_BAD_SPI", BAD_SPI),
    ("0xC0360001", BAD_SPI),
    ("0xc0360001", BAD_SPI),
    ("-1070202879", BAD_SPI),
    ("3224764417", BAD_SPI),
    ("0x80073656", BAD_SPI),
    ("-2147010986", BAD_SPI),
    ("13914", "13914  ERROR_IPSEC_INVALID_PACKET"),
    ("0x365A", "13914  ERROR_IPSEC_INVALID_PACKET"),
    ("STATUS_IPSEC_INVALID_PACKET", "13914  ERROR_IPSEC_INVALID_PACKET"),
    ("13928", "13928  ERROR_IPSEC_DOSP_STATE_LOOKUP_FAILED"),
    ("0xC0368003", "13928  ERROR_IPSEC_DOSP_STATE_LOOKUP_FAILED"),
    ("13857", "13857  ERROR_IPSEC_IKE_GETSPIFAIL"),
    ("IKE_GETSPIFAIL", "13857  ERROR_IPSEC_IKE_GETSPIFAIL"),
    ("GETSPIFAIL", "13857  ERROR_IPSEC_IKE_GETSPIFAIL"),
    ("XfrmInNoStates", "XfrmInNoStates"),
    ("xfrminnostates", "XfrmInNoStates"),
    ("unknown-spi", "unknown-spi: "),
]


def spellings():
    for spelling, line in SPELLINGS:
        result = runner.run("explain", spelling)
        runner.equal("explain %s: exit status" % spelling, result.status, 0)
        runner.check("explain %s: says %s" % (spelling, line), result.text().startswith(line), result.text()[:80])
        for key in ("error", "counter", "condition"):
            found = runner.run("explain", "-f", "json", spelling).records(key)
            if found:
                runner.check("explain -f json %s: a meaning" % spelling, len(found[0]["meaning"]) > 40, found)
                break
        else:
            runner.not_ok("explain -f json %s" % spelling, "no record")


def all_of_it():
    result = runner.run("explain", "-f", "json")
    names = {kind: [record["name"] for record in result.records(kind)] for kind in ("error", "counter", "condition")}
    runner.equal("explain without a code: every Windows IPsec error", len(names["error"]), 153)
    runner.check("explain without a code: the counters of /proc/net/xfrm_stat", "XfrmInNoStates" in names["counter"] and len(names["counter"]) >= 28, names["counter"])
    runner.check("explain without a code: conditions", "unknown-spi" in names["condition"], names["condition"])
    runner.equal("explain without a code: no name twice", [n for kind in names.values() for n in kind if kind.count(n) > 1], [])
    text = runner.run("explain").text()
    runner.equal("explain without a code: the text lists the same", [n for kind in names.values() for n in kind if n not in text], [])
    for name in names["condition"]:
        shown = runner.run("explain", name).text()
        runner.check("explain %s: meaning, causes and what to do" % name,
                     all(word in shown for word in ("Means:", "Causes:", "Do:")) and "(null)" not in shown, shown)
    markdown = runner.run("explain", "--markdown").text()
    runner.equal("explain --markdown has every condition", [n for n in names["condition"] if "\n## %s\n" % n not in markdown], [])
    with open("docs/conditions.md", encoding="utf-8") as file:
        runner.check("docs/conditions.md is what `make docs` makes now", file.read() == markdown, "run `make docs` and commit it")
    path = "tests/data/catalogue/windows-ipsec-errors.tsv"
    if os.path.exists(path):
        with open(path, encoding="utf-8") as file:
            codes = [row.split("\t")[0] for row in file if row[:1].isdigit()]
        answered = runner.run("explain", *codes)
        runner.equal("explain with all codes at once", (answered.status, answered.text().count("  Means:")), (0, len(codes)))


def invented():
    """Names that only web pages use: that is said, and the real error is shown."""
    for name, code in INVENTED.items():
        result = runner.run("explain", name)
        text = " ".join(result.text().split())
        runner.equal("explain %s: exit status" % name, result.status, 0)
        runner.check("explain %s: says that there is no such error" % name, "No such error" in text and "only web pages" in text, text)
        if code:
            runner.check("explain %s: shows %s" % (name, code), "%s ERROR_IPSEC" % code in text, text)
        record = runner.run("explain", "-f", "json", name).record("invented")
        runner.equal("explain -f json %s" % name, record["name"], name)


def unknown():
    for word in ("nonsense", "99999", "0xC0360999", "-1", "", "%s%n", "A" * 5000):
        result = runner.run("explain", word)
        runner.equal("explain %.20r: exit status" % word, result.status, 2)
        runner.check("explain %.20r: one short line says so" % word, result.err.count(b"\n") == 1 and len(result.err) < 600 and not result.out, result.err)
    result = runner.run("explain", "BAD_SPO")
    runner.check("a typing error gets a proposal", b"BAD_SPI" in result.err, result.err)
    result = runner.run("explain", "\x1b[2Jevil\u202e")
    runner.check("what was asked for is escaped when it is repeated", b"\x1b" not in result.err and b"\\x1b" in result.err, result.err)
    result = runner.run("explain", "13910", "nonsense", "13914")
    runner.check("one unknown among several: the others are explained", result.status == 2 and b"13910" in result.out and b"13914" in result.out, result.out)


spellings()
all_of_it()
invented()
unknown()
runner.finish()
