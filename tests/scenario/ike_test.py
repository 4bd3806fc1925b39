"""ike: why there is no SA. Real sessions give the finding of what was done to them, with keys and without; stories made by hand give each
condition, and its near misses give none."""
import os
import tempfile

import ikemaker
import runner
from ikemaker import AUTH, CHILD, INFORM, SA_INIT, Story, Story1, notify

HEALTHY = ["v2gcm", "v2cbc", "v2null", "v2ah", "v2ip6", "v2gcmencap", "v1main", "rekeychild", "delchild", "invke", "expirehard"]


def scenario(*path):
    return runner.shared("scenarios", *path)


def keys_of(name):
    for table in ("ikev2_decryption_table", "ikev1_decryption_table"):
        path = scenario(name, "keysA", table)
        if path:
            return ["-k", path]
    return []


def told(result, least=("warning", "error")):
    """Condition, severity, certainty and code of what is told."""
    return sorted((f["condition"], f["severity"], f["certainty"], f["error"] and f["error"]["code"])
                  for f in result.records("finding") if f["severity"] in least)


def sessions():
    for name in HEALTHY:
        tables = [path for path in (scenario(name, *parts) for parts in (
            ("keysA", "esp_sa"), ("keysB", "esp_sa"), ("xfrmA-end.txt",), ("xfrmB-end.txt",))) if path]
        for arguments in [[], keys_of(name)] + [keys_of(name) + ["-s", table] for table in tables]:
            shown = " ".join(os.path.basename(part) for part in arguments) or "no keys"
            runner.equal("%s with %s: nothing above a note" % (name, shown), told(runner.run("read", "-f", "json", *arguments, scenario(name, "t.pcap"))), [])
    for name, with_keys, without in (
            ("wrongpsk2", [("ike-refused", "error", "certain", 13801)], [("ike-auth-suspect", "warning", "likely", 13801)]),
            ("noprop_ike", None, [("ike-refused", "error", "certain", 13868)]),
            ("ts", [("ike-refused", "error", "certain", 13858)], [("ike-child-suspect", "warning", "likely", 13868)]),
            ("loss", [("replayed", "warning", "likely", 13913)], [])):
        capture = scenario(name, "t.pcap")
        runner.equal("%s without keys" % name, told(runner.run("read", "-f", "json", capture)), without)
        if with_keys is not None:
            runner.equal("%s with keys" % name, told(runner.run("read", "-f", "json", *keys_of(name), capture)), with_keys)
    invke = runner.run("read", "-f", "json", scenario("invke", "t.pcap")).records("finding")
    runner.equal("invke: the group that was asked for", [(f["condition"], f["facts"]["group_wanted"], f["facts"]["group_offered"], f["facts"]["went_on"]) for f in invke],
                 [("ike-invalid-ke", 19, 14, True)])
    peer = {f["condition"]: f for f in runner.run("read", "-f", "json", "--receiver", "10.77.0.2", scenario("peerkill", "t.pcap")).records("finding")}
    runner.equal("peerkill: the peer is dead", (peer["ike-dead-peer"]["severity"], peer["ike-dead-peer"]["error"]["code"], peer["ike-dead-peer"]["facts"]["sent"]), ("error", 13886, 5))
    runner.equal("peerkill: unknown SPI because of it", (peer["unknown-spi"]["cause"]["name"], peer["unknown-spi"]["error"]["code"]), ("peer-restarted", 13910))
    offer = runner.run("read", "-f", "json", scenario("noprop_ike", "t.pcap")).records("finding")[0]["facts"]["offer"]
    runner.equal("noprop_ike: what was offered", offer, "AES_GCM_16_256/PRF_HMAC_SHA2_256/256-bit random ECP")
    facts = runner.run("read", "-f", "json", *keys_of("ts"), scenario("ts", "t.pcap")).records("finding")[0]["facts"]
    runner.equal("ts: the networks that were asked for", (facts["tsi"], facts["tsr"]), ("10.1.0.0-10.1.0.255", "10.2.0.0-10.2.0.255"))


class Stage:
    def __init__(self, folder):
        self.folder = folder
        self.count = 0

    def play(self, story, *arguments, keys=False):
        self.count += 1
        capture = story.write(os.path.join(self.folder, "%d.pcap" % self.count))
        if keys:
            path = os.path.join(self.folder, "%d.table" % self.count)
            with open(path, "w", encoding="utf-8") as file:
                file.write("".join(one.keys() for one in (keys if isinstance(keys, list) else [story])))
            arguments += ("-k", path)
        return runner.run("read", "-f", "json", *arguments, capture)

    def is_(self, name, story, wanted, *arguments, keys=False, least=("warning", "error")):
        """The findings of a story, as (condition, severity, certainty, code); the facts of the first."""
        result = self.play(story, *arguments, keys=keys)
        runner.equal(name, told(result, least), sorted(wanted))
        found = [f for f in result.records("finding") if wanted and f["condition"] == wanted[0][0]]
        return found[0] if found else {"facts": {}, "explanation": "", "cause": None, "count": 0}


def no_answer(stage):
    lost = Story().init().again(1).again(2).again(4).wait(10)
    found = stage.is_("IKE_SA_INIT without any answer", lost.put(lost.packets[0][1][:20]), [("ike-no-answer", "error", "certain", 13813)])
    runner.equal("how often and how long", (found["facts"].get("sent"), found["facts"].get("gaps_s")), (4, "1.0 2.0 4.0"))
    stage.is_("sent twice is a warning", Story().init().again(2), [("ike-no-answer", "warning", "certain", 13813)])
    stage.is_("a capture that ends behind the request", Story().init(), [])
    stage.is_("a retransmission that is answered", Story().init().again(1).init_answer().auth().again(1).auth_answer(), [])
    stage.is_("the same message captured twice", Story().init().again(0.0001).again(0.0001), [])
    auth = Story().init().init_answer().auth().again(1).again(2).again(4)
    found = stage.is_("IKE_AUTH without an answer", auth, [("ike-no-answer", "error", "certain", 13805)])
    runner.check("its size is no reason", "fragments are not the reason" in found["explanation"], found["explanation"])
    pieces = Story().init().init_answer()
    for _ in range(3):
        for number in (1, 3):  # the second never passes
            pieces.piece(True, AUTH, 1, number, 3).wait(0.01)
        pieces.wait(2)
    found = stage.is_("IKE_AUTH of which a fragment is missing", pieces, [("ike-no-answer", "error", "certain", 13805)])
    runner.check("it is said", "Only 2 of its 3 IKE fragments" in found["explanation"], found["explanation"])
    runner.equal("one fragment does not make it sent more often", found["facts"].get("sent"), 3)
    whole = Story().init().init_answer()
    for number in (1, 2, 3):
        whole.piece(True, AUTH, 1, number, 3)
    for number in (1, 2):
        whole.piece(False, AUTH, 1, number, 2)
    stage.is_("fragments on both sides", whole.esp(0x1001, 3), [])
    late = Story().ask(CHILD, 7, ikemaker.nonce()).wait(9).esp(0x1001)
    stage.is_("a capture that begins in the middle, one direction", late, [])
    healed = Story().init().again(1).again(2).again(4)
    found = stage.is_("a peer that came back", Story(number=2, story=healed).wait(20).up(), [("ike-no-answer", "note", "certain", 13813)], least=("note", "warning", "error"))
    main1 = Story1().main(True, ikemaker.sa1()).again(4).again(7).again(13)
    stage.is_("main mode without any answer", main1, [("ike-no-answer", "error", "certain", 13813)])


def dead_peer(stage):
    dead = Story().up().ask(INFORM, 2).again(1).again(2).again(4)
    stage.is_("dead peer detection without an answer", dead, [("ike-dead-peer", "error", "certain", 13886)])
    stage.is_("answered after a retransmission", Story().up().ask(INFORM, 2).again(1).answer(INFORM, 2), [])
    middle = Story().ask(INFORM, 40).again(1).again(2).again(4)
    stage.is_("in a capture that begins in the middle", middle, [("ike-dead-peer", "error", "certain", 13886)])
    again = Story().up().ask(INFORM, 2).again(1).again(2).again(4)
    found = stage.is_("a peer that was restarted", Story(ikemaker.B, ikemaker.A, 2, story=again).wait(5).up(0x3003, 0x4004), [("ike-dead-peer", "warning", "certain", 13886)])
    runner.equal("that began anew", found["facts"].get("peer_began"), True)
    quiet = Story1().main_up()
    for number in range(5):
        quiet.dark(True, ikemaker.INFORM1, 1000 + number, 64).wait(10)
    stage.is_("IKEv1: informational messages without a reaction", quiet, [("ike-dead-peer", "error", "likely", 13886)])
    for number in range(5, 10):
        quiet.dark(True, ikemaker.INFORM1, 1000 + number, 64).wait(10).esp(0x1001, by_initiator=False, first=number)
    stage.is_("IKEv1: and ESP that comes back", quiet, [("ike-dead-peer", "warning", "possible", 13886)])
    anew = Story().up().ask(INFORM, 2).again(1).again(2).again(4).wait(5)
    stage.is_("attempts after the peer died are the same thing", Story(number=2, story=anew).init().again(1).again(2).again(4), [("ike-dead-peer", "error", "certain", 13886)])
    alive = Story1().main_up()
    for number in range(5):
        alive.dark(True, ikemaker.INFORM1, 1000 + number, 64).dark(False, ikemaker.INFORM1, 2000 + number, 64).wait(10)
    stage.is_("IKEv1: with a reaction", alive, [])
    says = Story().up().wait(5).ask(INFORM, 2)
    says.clear(False, INFORM, 2, [notify(4)], response=True).again(1, 2).again(2, 3)
    stage.is_("INVALID_IKE_SPI is no answer", says, [("ike-dead-peer", "error", "certain", 13886), ("ike-invalid-ike-spi", "warning", "likely", 13846)])


def refused(stage):
    story = Story().init().clear(False, SA_INIT, 0, [notify(14)], response=True)
    other = Story(ikemaker.B, ikemaker.A, 2, story=story).init([(1, 12, 256), (2, 5, 0), (3, 12, 0), (4, 14, 0)], 14).wait(0.1)
    other.clear(False, SA_INIT, 0, [notify(14)], response=True)
    found = stage.is_("both refuse what the other offers", other, [("ike-refused", "error", "certain", 13868)] * 2)
    runner.equal("the difference", (found["facts"].get("only_asker"), found["facts"].get("only_refuser")),
                 ("AES_GCM_16_256, 256-bit random ECP", "AES_CBC_256, HMAC_SHA2_256_128, 2048-bit MODP"))
    many = Story()
    for number in range(1, 6):
        many = Story(number=number, story=many).init().clear(False, SA_INIT, 0, [notify(14)], response=True).wait(30)
    runner.equal("five attempts are one finding", stage.is_("a daemon that tries again and again", many, [("ike-refused", "error", "certain", 13868)])["count"], 5)
    for kind, code, severity in ((1, 13823, "error"), (5, 13880, "error"), (7, 13843, "error"), (24, 13801, "error"), (36, 13899, "error"), (37, 13900, "error"), (38, 13858, "error"),
                                 (14, 13868, "error"), (34, 13868, "error")):
        stage.is_("notify %d in IKE_AUTH" % kind, Story().init().init_answer().auth().answer(AUTH, 1, notify(kind, b"\x30" if kind == 1 else b"")),
                  [("ike-refused", severity, "certain", code)], keys=True)
    stage.is_("NO_ADDITIONAL_SAS", Story().up().ask(CHILD, 2, ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR).answer(CHILD, 2, notify(35)),
              [("ike-refused", "warning", "certain", 13884)], keys=True)
    rekey = Story().up().ask(CHILD, 2, ikemaker.sa(spi=b"\x77" * 8), ikemaker.ke(), ikemaker.nonce()).answer(CHILD, 2, notify(14))
    found = stage.is_("a rekey of the IKE SA refused", rekey, [("ike-refused", "error", "certain", 13868)], keys=True)
    runner.equal("what was offered for it", (found["facts"].get("ike_rekey"), found["facts"].get("offer")), (True, "AES_GCM_16_256/PRF_HMAC_SHA2_256/256-bit random ECP"))
    initiator = Story().init().init_answer().auth().auth_answer().ask(INFORM, 2, notify(24)).answer(INFORM, 2)
    found = stage.is_("the initiator does not trust the responder", initiator, [("ike-refused", "error", "certain", 13801)], keys=True)
    runner.equal("said of IKE_AUTH", found["facts"].get("exchange"), "IKE_AUTH")
    repeated = Story().init().clear(False, SA_INIT, 0, [notify(14)], response=True).again(1, 2).again(0.01, 2)
    runner.equal("a repeated answer counts once", stage.is_("refused and repeated", repeated, [("ike-refused", "error", "certain", 13868)])["count"], 1)
    healed = Story().init().clear(False, SA_INIT, 0, [notify(14)], response=True).wait(5)
    stage.is_("a later attempt that succeeds", Story(number=2, story=healed).up(), [("ike-refused", "warning", "certain", 13868)])
    stage.is_("EAP failure", Story().init().init_answer().ask(AUTH, 1, ikemaker.IDENTITY[True], ikemaker.esp_sa(0x1001)).answer(AUTH, 1, ikemaker.IDENTITY[False], (48, b"\x04\x01\0\x04")),
              [("ike-refused", "error", "certain", 13801)], keys=True)
    for kind, code in ((14, 13868), (24, 13801), (18, 13834)):
        stage.is_("IKEv1 notify %d in clear" % kind, Story1().main(True, ikemaker.sa1()).inform(False, ikemaker.notify1(kind)), [("ike-refused", "error", "certain", code)])


def suspects(stage):
    wrong = Story().init().init_answer().auth().answer(AUTH, 1, notify(24))
    stage.is_("IKE_AUTH answered by a short message", wrong, [("ike-auth-suspect", "warning", "likely", 13801)])
    cured = Story().init().init_answer().auth().answer(AUTH, 1, notify(24)).wait(3)
    stage.is_("and a later attempt that succeeds", Story(number=2, story=cured).up().esp(0x2002, 3), [])
    main1 = Story1().main_clear()
    for number in range(3):
        main1.dark(True, ikemaker.MAIN, 0, 64).dark(False, ikemaker.INFORM1, 77 + number, 64).wait(4)
    stage.is_("IKEv1 main mode, wrong pre-shared key", main1, [("ike-auth-suspect", "warning", "likely", 13801)])
    once = Story1().main_clear().dark(True, ikemaker.MAIN, 0, 64).dark(False, ikemaker.INFORM1, 77, 64)
    stage.is_("the same, and given up at once", once, [("ike-auth-suspect", "warning", "likely", 13801)])
    silent = Story1().main_clear().dark(True, ikemaker.MAIN, 0, 64).again(4).again(7)
    found = stage.is_("IKEv1 main mode, message 5 without any answer", silent, [("ike-no-answer", "error", "certain", 13805)])
    runner.check("the pre-shared key is named", "pre-shared" in found["explanation"], found["explanation"])
    malformed = Story1().main_clear().dark(True, ikemaker.MAIN, 0, 64).inform(False, ikemaker.notify1(16))
    stage.is_("IKEv1 main mode, malformed: the keys differ", malformed, [("ike-refused", "error", "likely", 13801)])
    ke1, nonce1, name, hash_ = (4, bytes(range(256))), (10, bytes(range(32))), (5, b"\x02\0\0\0a.example"), (8, bytes(32))
    aggressive = Story1().aggressive(True, ikemaker.sa1(), ke1, nonce1, name).aggressive(False, ikemaker.sa1(), ke1, nonce1, name, hash_)
    aggressive.dark(True, ikemaker.INFORM1, 78, 64)
    stage.is_("IKEv1 aggressive mode, wrong pre-shared key", aggressive, [("ike-auth-suspect", "warning", "likely", 13801)])
    refused2 = Story1().main_up().dark(True, ikemaker.QUICK, 99, 160).dark(False, ikemaker.INFORM1, 100, 64).wait(5)
    stage.is_("IKEv1 quick mode refused", refused2.dark(True, ikemaker.INFORM1, 101, 64), [("ike-child-suspect", "warning", "likely", 13868)])
    quick = Story1().main_up()
    for number in (50, 60):
        quick.dark(True, ikemaker.QUICK, number, 160)
    for number in (50, 60):
        quick.dark(False, ikemaker.QUICK, number, 160, 1)
    for number in (50, 60):
        quick.dark(True, ikemaker.QUICK, number, 64, 2)
    stage.is_("quick modes side by side", quick.wait(9).esp(0x1001), [])
    by_responder = Story1().main_up().dark(False, ikemaker.QUICK, 50, 160).dark(True, ikemaker.QUICK, 50, 160, 1).dark(False, ikemaker.QUICK, 50, 64, 2)
    stage.is_("a quick mode of the responder", by_responder.wait(9).esp(0x1001), [])
    child = Story().up().ask(CHILD, 2, ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR).answer(CHILD, 2, notify(14))
    stage.is_("CREATE_CHILD_SA answered by a short message", child, [("ike-child-suspect", "warning", "likely", 13868)])
    goes_on = Story().up().ask(CHILD, 2, ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR).answer(CHILD, 2, notify(17, b"\0\x13"))
    goes_on.ask(CHILD, 3, ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.ke(), ikemaker.TSI, ikemaker.TSR)
    goes_on.answer(CHILD, 3, ikemaker.esp_sa(0x4004), ikemaker.nonce(), ikemaker.ke(), ikemaker.TSI, ikemaker.TSR)
    stage.is_("and a second attempt that is not refused", goes_on, [])


def halfway(stage):
    stage.is_("answered and left", Story().init().init_answer().wait(8).esp(0x9999), [("ike-half-open", "note", "possible", 13814)], least=("note", "warning", "error"))
    left = Story().init().init_answer().wait(30)
    stage.is_("a negotiation that stops", Story("10.77.0.9", ikemaker.B, 5, story=left).up(), [("ike-half-open", "warning", "likely", 13814)])
    stage.is_("a capture that ends there", Story().init().init_answer(), [])
    stage.is_("IKEv1: main mode that stops", Story1().main(True, ikemaker.sa1()).main(False, ikemaker.sa1()).again(4).again(7), [("ike-half-open", "warning", "likely", 13814)])
    deaf = Story().init().init_answer().auth().auth_answer().again(1, 2).again(0.01, 2).again(2, 4).again(0.01, 4)
    stage.is_("the answers do not arrive", deaf, [("ike-answer-lost", "error", "likely", 13805)])
    moved = Story().init().init_answer()
    moved.port = 4500
    stage.is_("the ports change to 4500", moved.auth().auth_answer(), [])


def steps(stage):
    every = ("note", "warning", "error")
    cookie = Story().init().clear(False, SA_INIT, 0, [notify(16390, bytes(60))], response=True)
    stage.is_("a cookie", cookie.clear(True, SA_INIT, 0, [notify(16390, bytes(60)), ikemaker.sa(), ikemaker.ke(), ikemaker.nonce()]).init_answer().auth().auth_answer(),
              [("ike-cookie", "note", "certain", 13890)], least=every)
    gone = Story().init().clear(False, SA_INIT, 0, [notify(16390, bytes(8))], response=True).wait(30)
    stage.is_("a cookie that nobody brings back", Story("10.77.0.9", ikemaker.B, 5, story=gone).up(), [("ike-cookie", "warning", "certain", 13890)])
    group = Story().init(group=14).clear(False, SA_INIT, 0, [notify(17, b"\0\x13")], response=True).wait(30)
    stage.is_("another group, and nothing follows", Story("10.77.0.9", ikemaker.B, 5, story=group).up(), [("ike-invalid-ke", "error", "certain", 13865)])
    ends = Story().init(group=14).clear(False, SA_INIT, 0, [notify(17, b"\0\x13")], response=True)
    stage.is_("another group, and the capture ends", ends, [("ike-invalid-ke", "note", "certain", 13865)], least=every)
    again = Story().init(group=14).clear(False, SA_INIT, 0, [notify(17, b"\0\x13")], response=True).init().again(1).again(2).again(4)
    stage.is_("another group, and no answer to the second attempt", again, [("ike-no-answer", "error", "certain", 13805)])
    rekey = [ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR]
    other = [ikemaker.esp_sa(0x5005), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR]
    cross = Story().up().ask(CHILD, 2, *rekey).ask(CHILD, 0, *other, by_initiator=False)
    cross.answer(CHILD, 0, notify(43), by_initiator=True).answer(CHILD, 2, notify(44, protocol=3, spi=b"\0\0\x20\x02"))
    stage.is_("rekeys that cross", cross, [("ike-child-not-found", "note", "certain", None), ("ike-crossing", "note", "certain", 13821), ("ike-temporary-failure", "note", "certain", 13821)],
              keys=True, least=every)
    twice = Story().up().ask(INFORM, 2).answer(INFORM, 2).answer(INFORM, 2, notify(16384))
    stage.is_("two answers to one request", twice, [("ike-answered-twice", "warning", "possible", 13804)])
    stage.is_("MOBIKE", Story().up().ask(INFORM, 2, notify(16400)).answer(INFORM, 2), [("ike-mobike", "note", "certain", None)], keys=True, least=every)
    roam = Story().up()
    roam.initiator = "10.78.0.5"
    found = stage.is_("another address", roam.ask(INFORM, 2).answer(INFORM, 2), [("ike-mobike", "note", "certain", None)], least=every)
    runner.equal("the former one", found["facts"].get("former"), "10.77.0.1")
    stage.is_("a redirect", Story().init().clear(False, SA_INIT, 0, [notify(16407, b"\x01\x04\x0a\x4d\0\x63" + bytes(16))], response=True), [("ike-redirect", "note", "certain", None)], least=every)
    first = Story().up()
    stage.is_("INITIAL_CONTACT at the first contact", Story().init().init_answer().auth(0x1001, notify(16384)).auth_answer(), [], keys=True, least=every)
    second = Story(number=2, story=first.wait(5)).init().init_answer().auth(0x3003, notify(16384)).auth_answer(0x4004)
    stage.is_("INITIAL_CONTACT later", second, [("ike-initial-contact", "note", "certain", None)], keys=[first, second], least=every)


def complaints(stage):
    every = ("note", "warning", "error")
    story = Story().up().esp(0xabcd1234, 4).clear(False, INFORM, 0, [notify(11, b"\xab\xcd\x12\x34")], responder=True)
    found = stage.is_("INVALID_SPI in clear", story, [("ike-invalid-spi-notify", "error", "likely", 13910)])
    runner.equal("its packets", (found["facts"].get("bad_spi"), found["facts"].get("packets")), ("0xabcd1234", 4))
    result = stage.play(story, "--receiver", ikemaker.B)
    unknown = [f for f in result.records("finding") if f["condition"] == "unknown-spi"]
    runner.equal("unknown-spi says it as well", [(f["cause"]["name"], f["facts"].get("reported_by_peer")) for f in unknown], [("reported-by-peer", True)])
    inside = Story().up().ask(INFORM, 0, notify(11, b"\xab\xcd\x12\x34"), by_initiator=False)
    stage.is_("INVALID_SPI decrypted", inside, [("ike-invalid-spi-notify", "error", "certain", 13910)], keys=True)
    stage.is_("INVALID_SELECTORS", Story().up().ask(INFORM, 0, notify(39, bytes(40), 3, b"\0\0\x20\x02"), by_initiator=False).answer(INFORM, 0, by_initiator=True),
              [("ike-invalid-selectors", "error", "certain", 13912)], keys=True)
    stage.is_("INVALID_MESSAGE_ID", Story().up().ask(INFORM, 0, notify(9, b"\0\0\0\x07"), by_initiator=False).answer(INFORM, 0, by_initiator=True),
              [("ike-invalid-message-id", "warning", "certain", 13888)], keys=True)
    for name, data, wanted in (("13801", b"\0\0\x35\xe9", 13801), ("13857", b"\0\0\x36\x21", 13857), ("0x80073621", b"\x80\x07\x36\x21", 13857), ("13868 with its bytes swapped", b"\x2c\x36\0\0", 13868)):
        stage.is_("Windows status %s in IKEv2" % name, Story().init().clear(False, SA_INIT, 0, [notify(12345, data)], response=True), [("ike-windows-status", "error", "certain", wanted)])
    stage.is_("Windows status in IKEv1", Story1().main(True, ikemaker.sa1()).inform(False, ikemaker.notify1(0x9c43, b"\0\0\x36\x2c")), [("ike-windows-status", "error", "certain", 13868)])
    stage.is_("Windows status in IKEv1, unknown", Story1().main(True, ikemaker.sa1()).inform(False, ikemaker.notify1(0x9c43, b"\x12\x34\x56\x78")), [("ike-windows-status", "warning", "certain", None)])
    stage.is_("Windows status 0 is success", Story1().main(True, ikemaker.sa1()).inform(False, ikemaker.notify1(0x9c43, bytes(4))), [], least=every)


def getspi(stage):
    stage.is_("a Child SA with SPI 0", Story().init().init_answer().auth(0).answer(AUTH, 1, notify(14)),
              [("ike-getspi", "error", "likely", 13857), ("ike-refused", "error", "certain", 13868)], keys=True)
    stage.is_("a Child SA with a reserved SPI", Story().init().init_answer().auth(200).auth_answer(), [("ike-getspi", "error", "likely", 13857)], keys=True)
    again = [ikemaker.esp_sa(0x1001), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR]
    stage.is_("the same SPI twice", Story().up().ask(CHILD, 2, *again).answer(CHILD, 2, ikemaker.esp_sa(0x4004), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR),
              [("ike-getspi", "warning", "likely", 13857)], keys=True)
    fresh = [ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR]
    stage.is_("refused what was accepted before", Story().up().ask(CHILD, 2, *fresh).answer(CHILD, 2, notify(14)),
              [("ike-getspi", "warning", "possible", 13857), ("ike-refused", "error", "certain", 13868)], keys=True)
    stage.is_("an IKE SA without the child that was asked for", Story().init().init_answer().auth().answer(AUTH, 1, ikemaker.IDENTITY[False], ikemaker.AUTHENTICATION, notify(16396)),
              [("ike-getspi", "warning", "possible", 13857)], keys=True)
    stage.is_("a healthy session with keys", Story().up().ask(CHILD, 2, *fresh).answer(CHILD, 2, ikemaker.esp_sa(0x4004), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR)
              .ask(INFORM, 3, ikemaker.delete(3, 0x1001)).answer(INFORM, 3, ikemaker.delete(3, 0x2002)), [], keys=True, least=("note", "warning", "error"))
    eap = Story().init().init_answer().ask(AUTH, 1, ikemaker.IDENTITY[True], ikemaker.esp_sa(0x1001), ikemaker.TSI, ikemaker.TSR)
    eap.answer(AUTH, 1, ikemaker.IDENTITY[False], ikemaker.AUTHENTICATION, (48, b"\x01\x01\0\x05\x01")).ask(AUTH, 2, (48, b"\x02\x01\0\x06\x01a")).answer(AUTH, 2, (48, b"\x03\x01\0\x04"))
    eap.ask(AUTH, 3, ikemaker.AUTHENTICATION).answer(AUTH, 3, ikemaker.AUTHENTICATION, ikemaker.esp_sa(0x2002), ikemaker.TSI, ikemaker.TSR).esp(0x2002, 3)
    stage.is_("EAP: the child comes with the last answer", eap, [], keys=True, least=("note", "warning", "error"))
    runner.equal("EAP: its SAs are known", sorted(sa["spi"] for sa in stage.play(eap, keys=True).records("sa")), ["0x00001001", "0x00002002"])


def damaged(stage):
    whole = Story().init()
    packet = bytearray(whole.packets[0][1])
    packet[20 + 8 + 28 + 2:20 + 8 + 28 + 4] = b"\0\x03"  # the length of the first payload
    broken = Story().put(bytes(packet))
    found = stage.is_("a payload length of 3", broken, [("ike-damaged", "warning", "certain", 13843)])
    runner.equal("where it is", (found["facts"].get("offset"), found["facts"].get("found")), (30, 3))
    packet = bytearray(whole.packets[0][1])
    packet[20 + 8 + 17] = 0x50
    result = stage.play(Story().put(bytes(packet)))
    runner.check("version 5 is no IKE, or 13880", told(result) in ([], [("ike-damaged", "error", "certain", 13880)]), told(result))
    offer = [ikemaker.sa(), ikemaker.ke(), ikemaker.nonce()]
    for name, payload, severity, code in (("a certificate request of 19 bytes", (38, b"\x04" + bytes(19)), "warning", 13836), ("an empty vendor ID", (43, b""), "note", 13842),
                                          ("a certificate without a certificate", (37, b"\x04"), "warning", 13835), ("an IPv4 identity of 3 bytes", (35, b"\x01\0\0\0abc"), "warning", 13834),
                                          ("a name with a NUL at its end", (35, b"\x02\0\0\0a.example\0"), "note", 13834)):
        stage.is_(name, Story().clear(True, SA_INIT, 0, offer + [payload]), [("ike-damaged", severity, "certain", code)], least=("note", "warning", "error"))
    stage.is_("a nonce of 8 bytes", Story().clear(True, SA_INIT, 0, offer[:2] + [(40, bytes(8))]), [("ike-damaged", "warning", "certain", 13839)])
    stage.is_("a hash of 5 bytes", Story1().main(True, ikemaker.sa1(), (8, bytes(5))), [("ike-damaged", "warning", "certain", 13837)])
    stage.is_("none of these", Story().clear(True, SA_INIT, 0, offer + [(38, b"\x04" + bytes(40)), (43, b"a"), (35, b"\x01\0\0\0abcd")]), [], least=("note", "warning", "error"))
    for cut in range(28, len(whole.packets[0][1]) - 28, 7):
        stage.play(Story().put(ikemaker.pcap.ip4(ikemaker.A, ikemaker.B, 17, whole.packets[0][1][20:28] + whole.packets[0][1][28:28 + cut])))
    runner.ok("every seventh truncation of a message is read")


def weak(stage):
    every = ("note", "warning", "error")
    old = [(1, 3, 0), (2, 1, 0), (3, 1, 0), (4, 2, 0)]
    story = Story().init(old, 2).init_answer(old, 2).auth().auth_answer()
    found = stage.is_("3DES, MD5 and group 2", story, [("weak-ike", "note", "certain", None)], least=every)
    runner.check("all three are named", all(word in found["explanation"] for word in ("3DES", "MD5", "1536")), found["explanation"])
    stage.is_("offered and not chosen", Story().init(old + [(4, 19, 0)]).init_answer().auth().auth_answer(), [], least=every)
    stage.is_("IKEv1", Story1().main_up(), [("ikev1-in-use", "note", "certain", None)], least=every)


def rekeyed(stage):
    fresh = [ikemaker.esp_sa(0x3003), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR]
    def story(after):
        made = Story().up().esp(0x2002, 3).ask(CHILD, 2, *fresh).answer(CHILD, 2, ikemaker.esp_sa(0x4004), ikemaker.nonce(), ikemaker.TSI, ikemaker.TSR)
        made.ask(INFORM, 3, ikemaker.delete(3, 0x1001)).answer(INFORM, 3, ikemaker.delete(3, 0x2002))
        return made.wait(after).esp(0x2002, 2, first=4).esp(0x4004, 2)
    found = stage.is_("ESP on an SA that a rekey replaced", story(20), [("unknown-spi", "error", "certain", 13910)], "--receiver", ikemaker.B, keys=True)
    runner.equal("the cause, and what replaced it", (found["cause"] and found["cause"]["name"], found["facts"].get("replaced_by")), ("rekeyed", "0x00004004"))
    stage.is_("packets that were on their way", story(0.1), [], "--receiver", ikemaker.B, keys=True)
    gone = Story().up().esp(0x2002, 2).ask(INFORM, 2, ikemaker.delete(1)).answer(INFORM, 2).wait(9).esp(0x2002, 2, first=3)
    found = stage.is_("ESP after the IKE SA was deleted", gone, [("unknown-spi", "error", "certain", 13910)], "--receiver", ikemaker.B, keys=True)
    runner.equal("the IKE SA is named", (found["cause"] and found["cause"]["name"], found["facts"].get("ike_sa_deleted_frame")), ("sa-deleted", 7))
    old = Story().up().esp(0x2002, 5)
    new = Story(ikemaker.B, ikemaker.A, 2, story=old.wait(3)).init().init_answer().auth(0x6006, notify(16384)).auth_answer(0x5005)
    late = Story(number=1, story=new.wait(5)).esp(0x2002, 3, first=6)
    found = stage.is_("ESP after INITIAL_CONTACT", late, [("unknown-spi", "error", "certain", 13910)], "--receiver", ikemaker.B, keys=[old, new])
    runner.equal("its cause", found["cause"] and found["cause"]["name"], "peer-restarted")


def told_by_the_other(stage):
    """An SPI before its exchange has ended; the ICMP message Bad SPI (RFC 2521). And what only looks like it."""
    def causes(story, **options):
        return [(f["cause"] or {}).get("name") for f in stage.play(story, "--receiver", ikemaker.B, "--receiver", ikemaker.A, **options).records("finding") if f["condition"] == "unknown-spi"]
    early = Story().init().init_answer().auth().esp(0x1001, 2, by_initiator=False).auth_answer().wait(1).esp(0x1001, 2, by_initiator=False, first=3)
    runner.equal("ESP before the answer of IKE_AUTH", causes(early, keys=True), ["sa-not-yet-added"])
    runner.equal("the same without keys: nobody knows that SPI", causes(early), ["unexplained"])
    other = Story().init().init_answer().auth().esp(0x1011, 2, by_initiator=False).auth_answer()
    runner.equal("another SPI before it", causes(other, keys=True), ["unexplained"])
    wrong = Story().init().init_answer().auth().esp(0x1001, 2).auth_answer()
    runner.equal("that SPI, to the other host", causes(wrong, keys=True), ["unexplained"])
    for name, source, code, spi, wanted in (("Bad SPI of the receiver", ikemaker.B, 0, 0xabcd1234, "reported-by-peer"), ("of somebody else", "10.77.0.9", 0, 0xabcd1234, "unexplained"),
                                            ("of another SPI", ikemaker.B, 0, 0xabcd1235, "unexplained"), ("Authentication Failed", ikemaker.B, 1, 0xabcd1234, "unexplained")):
        story = Story().esp(0xabcd1234, 3)
        quoted = ikemaker.pcap.ip4(ikemaker.A, ikemaker.B, 50, ikemaker.pcap.esp(spi, 1), identification=1000)
        body = bytes([40, code, 0, 0, 0, 0, 0, 0]) + quoted[:60]
        total = sum(int.from_bytes(body[at:at + 2], "big") for at in range(0, len(body), 2))
        total = (total & 0xffff) + (total >> 16)
        story.put(ikemaker.pcap.ip4(source, ikemaker.A, 1, body[:2] + (0xffff - (total & 0xffff) - (total >> 16)).to_bytes(2, "big") + body[4:], identification=7))
        runner.equal("ICMP, %s" % name, causes(story), [wanted])


def main():
    if scenario():
        sessions()
    else:
        runner.skip("real sessions", "%s/scenarios is not there" % runner.SHARED)
    with tempfile.TemporaryDirectory() as folder:
        stage = Stage(folder)
        for part in (no_answer, dead_peer, refused, suspects, halfway, steps, complaints, getspi, damaged, weak, rekeyed, told_by_the_other):
            part(stage)


main()
runner.finish()
