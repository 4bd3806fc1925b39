/* integrity: the ICV is wrong (13915), and why. */
#include "detect/rows.h"
#include "detect/suspicion.h"
#include "receiver/suspect.h"

#define INTEGRITY_RUN \
    4 /* failed packets without a right one between or after them: the key changed, rather than packets */

static const char *const integrity_failed_causes[] = {
    "The two ends do not have the same key: typed in by hand, a key log of another session, or a rekey that one side "
    "did not make.",
    "They have the key and mean another algorithm or ICV length by it (SHA-256 truncated to 96 or to 128 bits, GCM "
    "with 8, 12 or 16 bytes), or put the salt elsewhere.",
    "Extended sequence numbers on one side only, or a packet that is too late for an ESN window.",
    "AH through a NAT or another device that changes IP headers.",
    "The packet was changed on its way (faulty hardware, a device that rewrites payloads) or forged.",
    NULL,
};

static const char *const integrity_failed_remedies[] = {
    "Look at the SA's own count of failed packets, which tells a wrong ICV from the other reasons of "
    "XfrmInStateProtoError: ip -s xfrm state (failed). Windows: audit event 4960. Cisco: show crypto ipsec sa (recv "
    "errors). FortiGate: diagnose vpn tunnel list (dec:err).",
    "If all packets of the SA fail: compare algorithms, ICV length and ESN of both ends, then make new keys (clear the "
    "tunnel); keys that IKE negotiates agree by nature, so look for manual keys or a defect of one implementation.",
    "If only some fail: capture at the sender and compare the bytes; turn off offloads on both ends to rule out a card "
    "that computes ICVs wrong (ethtool -K DEV esp-hw-offload off).",
    NULL,
};

static void integrity_failed_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct layer *layer = event->layer;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, event->judgement->cause, &is_new);
    finding_number(finding, "last_seq", layer->seq);
    if (!finding->subject.has_spi)
        finding->sa = SADB_NONE; /* it counts for many SAs, and what holds for one need not hold for the others */
    if (finding->sa == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    finding_number(finding, "verified_before_last", (int64_t)sa->verified);
    if (!is_new)
        return;
    const struct sa_definition *definition = sa->definition;
    finding_number(finding, "first_seq", layer->seq);
    finding_number(finding, "verified_before_first", (int64_t)sa->verified);
    finding_number(finding, "top", (int64_t)event->judgement->top);
    if (definition && definition->encryption)
        finding_text(finding, "encryption", definition->encryption->name);
    if (definition && definition->integrity)
        finding_text(finding, "integrity", definition->integrity->name);
    suspicion_note(detect, finding);
}

/* What no variation explains: told by what became of the SA's other packets. */
static void integrity_failed_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding->sa == SADB_NONE) {
        finding->certainty = finding->cause == CAUSE_NONE ? CERTAINTY_LIKELY : finding->certainty;
        return;
    }
    const struct sa *sa = sadb_sa(detect->db, finding->sa);
    int64_t before_first = finding_get(finding, "verified_before_first", 0),
            before_last = finding_get(finding, "verified_before_last", 0);
    finding_number(finding, "failed", (int64_t)finding->count);
    finding_number(finding, "verified", (int64_t)sa->verified);
    if (finding->cause != CAUSE_NONE)
        return;
    uint64_t explained = sa->suspicion ? sa->suspicion->explained : 0;
    if (sa->verified > 0 && (int64_t)sa->verified == before_first && finding->count >= INTEGRITY_RUN) {
        finding_bool(finding, "since", true);
        finding->cause = CAUSE_WRONG_KEY;
        finding->certainty = CERTAINTY_LIKELY;
    } else if (sa->verified > 0 && before_last == 0 && finding->count >= INTEGRITY_RUN) {
        finding_bool(finding, "until", true);
        finding->cause = CAUSE_WRONG_KEY;
        finding->certainty = CERTAINTY_LIKELY;
    } else if (sa->verified > 0 || explained > 0) {
        finding->cause = CAUSE_CORRUPT;
    } else {
        finding->certainty = CERTAINTY_LIKELY; /* the key that was given may not be the receiver's */
        if (finding->count > 1)
            finding->cause = CAUSE_WRONG_KEY;
    }
}

static void integrity_explain_key(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct suspicion *found = sadb_sa(detect->db, finding->sa)->suspicion;
    const struct sa_definition *definition = sadb_sa(detect->db, finding->sa)->definition;
    if (finding_get(finding, "since", 0))
        text_printf(text,
                    "Until the first of them %lld verified, and none after it: since then the sender uses another key "
                    "under the same SPI, as after a restart with manual keys, or a rekey that kept the SPI. ",
                    words_fact(finding, "verified"));
    else if (finding_get(finding, "until", 0))
        text_printf(text,
                    "Those that verify (%lld) came after the last of these: before, the sender used another key under "
                    "the same SPI. ",
                    words_fact(finding, "verified"));
    else
        text_printf(text, "No packet of the SA verifies, so %s. ",
                    finding->count > 1 ? "the key is not the sender's"
                                       : "whether the key is wrong or this one packet was changed cannot be told");
    if (found && found->gave_up)
        text_put(text, "Not all variations of the definition were tried, because too many SAs fail. ");
    else if (finding->subject.proto == SA_PROTO_AH)
        text_put(text, "None of these makes them right: other ICV lengths, other algorithms for the same key, the keys "
                       "of the other direction and of other SAs between these hosts, ESN on or off, translated "
                       "addresses, any one changed byte of the headers. ");
    else
        text_printf(
            text,
            "None of these makes them right: other ICV lengths, other algorithms for the same key, %sthe keys of the "
            "other direction and of other SAs between these hosts, ESN on or off%s. ",
            definition->encryption && definition->encryption->icv ? "" : "encryption and integrity key exchanged, ",
            definition->encryption && definition->encryption->icv ? ", the salt at the other end, zero, or reversed"
                                                                  : "");
    text_put(text, "The key was taken from ");
    suspicion_place(detect, finding->sa, text);
    text_put(text, "; if that is not the receiver's own table of this moment, the receiver may well have accepted the "
                   "packets. ");
}

static void integrity_explain_corrupt(const struct finding *finding, struct text *text)
{
    bool one = finding->count == 1;
    long long verified = words_fact(finding, "verified");
    if (verified > 0)
        text_printf(text, "%lld other%s of the SA verif%s, so key and algorithm are right: ", verified,
                    verified == 1 ? "" : "s", verified == 1 ? "ies" : "y");
    else
        text_put(text, "What explains the SA's other failing packets does not explain this: ");
    text_printf(text, "%s changed after the sender had sealed %s, or forged. ", one ? "this one was" : "these were",
                one ? "it" : "them");
    if (finding->subject.proto == SA_PROTO_AH)
        text_put(text, "No NAT explains it, nor any one changed byte of the headers. ");
}

static void integrity_failed_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    bool one = finding->count == 1;
    words_packets(finding->count, "", text);
    text_put(text, " of the ");
    words_sa(detect, finding->sa, text);
    text_printf(text, " %s not have the ICV that the SA's key makes. ", one ? "does" : "do");
    if (finding->sa == SADB_NONE)
        return;
    if (suspicion_fits(finding))
        suspicion_explain(detect, finding, text);
    else if (finding->cause == CAUSE_CORRUPT)
        integrity_explain_corrupt(finding, text);
    else
        integrity_explain_key(detect, finding, text);
    text_put(text, "A packet with a wrong ICV does not move the anti-replay window, and Linux raises the SA's own "
                   "count of failed packets with it. ");
}

const struct condition condition_integrity_failed = {
    .name = "integrity-failed",
    .title = "The integrity check (ICV) fails",
    .severity = SEVERITY_ERROR,
    .windows = 13915,
    .counter = COUNTER_IN_STATE_PROTO_ERROR,
    .rfc = "RFC 4303 3.4.4",
    .meaning = "The receiver found the SA and computed the integrity check value of the packet with the SA's key, and "
               "it is not the one in the packet. So the packet is not what the holder of this key sent: the keys or "
               "algorithms differ, or the packet was changed. It is said only where the SA's keys were given; with "
               "other keys than the receiver's it speaks of those keys.",
    .causes = integrity_failed_causes,
    .remedies = integrity_failed_remedies,
    .events = 1u << EVENT_VERDICT,
    .verdicts = 1u << VERDICT_INTEGRITY_FAILED,
    .decide = integrity_failed_decide,
    .explain = integrity_failed_explain,
    .conclude = integrity_failed_conclude,
};
