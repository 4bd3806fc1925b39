/* protection: SAs that work and protect little: a nonce twice, no encryption, no integrity, no replay check. */
#include <stdio.h>

#include "base/bytes.h"
#include "detect/rows.h"
#include "track/espnull.h"
#include "track/flow.h"
#include "track/nonce.h"

static const char *const nonce_reused_causes[] = {
    "A manually keyed SA whose sender restarted: it counts from the beginning again, under the same key.",
    "Two hosts, or two processors of one, that seal packets under the same key without sharing a counter.",
    "A broken implementation or hardware that repeats its IV.",
    NULL,
};

static const char *const nonce_reused_remedies[] = {
    "Change the key now, and treat what was sent under the old one as readable and forgeable: with GCM one repeated "
    "nonce gives away the key that makes the ICV.",
    "Never use a counter-mode cipher (GCM, CCM, CTR, GMAC, ChaCha20-Poly1305) with manual keys; use IKE, which makes a "
    "new key for each start, or AES-CBC with HMAC.",
    "If IKE made the key, report it to the sender's maker, with the two packets.",
    NULL,
};

static void nonce_reused_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa *sa = event->sa != SADB_NONE ? sadb_sa(detect->db, event->sa) : NULL;
    bool restart = event->kind == EVENT_RESTART;
    if (sa == NULL || event->layer == NULL || event->judgement == NULL)
        return;
    if (restart ? !event->judgement->verified || !nonce_matters(sa->definition) || !nonce_follows(sa->nonce)
                : !(event->remarks & OPENED_NONCE))
        return;
    bool is_new;
    struct finding *finding =
        detect_hit(detect, condition, event, restart ? CAUSE_SEQUENCE_RESTART : CAUSE_NONE, &is_new);
    if (!is_new)
        return;
    finding->counter = COUNTER_NONE; /* the packet itself was accepted */
    finding->certainty = restart ? CERTAINTY_LIKELY : CERTAINTY_CERTAIN;
    finding_number(finding, "seq", (int64_t)event->judgement->full);
    if (!restart) {
        char iv[20];
        snprintf(iv, sizeof iv, "0x%016llx", (unsigned long long)bytes_get64(event->layer->bytes + 8));
        finding_text(finding, "iv", iv);
        finding_number(finding, "other_seq", (int64_t)event->other);
    }
    finding_text(finding, "encryption", sa->definition->encryption->name);
}

static void nonce_reused_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *iv = finding_fact(finding, "iv"), *encryption = finding_fact(finding, "encryption");
    text_put(text, "On the ");
    words_sa(detect, finding->sa, text);
    if (iv)
        text_printf(text,
                    " the packets with sequence numbers %lld and %lld both verify and have the same IV %s, so the same "
                    "nonce was used twice under one key. ",
                    words_fact(finding, "other_seq"), words_fact(finding, "seq"), iv->text);
    else
        text_printf(text,
                    " the sender began its sequence numbers anew (at %lld) under the same key, and its IVs follow the "
                    "sequence numbers: nonces that were used come again. ",
                    words_fact(finding, "seq"));
    if (finding->count > 1)
        text_printf(text, "It happened %llu times. ", (unsigned long long)finding->count);
    text_printf(
        text,
        "With %s that gives away the XOR of the two plaintexts%s. Receivers do not notice it and accept the packets.",
        encryption ? encryption->text : "such a cipher",
        " and, with GCM, GMAC and ChaCha20-Poly1305, the means to forge packets");
}

const struct condition condition_nonce_reused = {
    .name = "nonce-reused",
    .title = "A nonce is used twice under one key",
    .severity = SEVERITY_ERROR,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4106 3.1, RFC 3686 2.1, RFC 7634 2",
    .meaning = "Counter-mode ciphers are secure only while no IV comes twice under one key. Two packets that the "
               "sender sealed, with different sequence numbers, have the same one: whoever records them learns what "
               "they say, and may be able to forge more. Nothing is dropped and no counter of any system shows it. "
               "That two SAs share a key is told when SA files are read.",
    .causes = nonce_reused_causes,
    .remedies = nonce_reused_remedies,
    .events = 1u << EVENT_OPENED | 1u << EVENT_RESTART,
    .decide = nonce_reused_decide,
    .explain = nonce_reused_explain,
};

static const struct sa_definition *protection_definition(const struct detect *detect, const struct event *event)
{
    return event->sa != SADB_NONE ? sadb_sa(detect->db, event->sa)->definition : NULL;
}

static const char *const null_encryption_causes[] = {
    "It was chosen on purpose: only integrity is wanted, or other layers encrypt.",
    "A proposal list that offers NULL or GMAC and a peer that takes it; or a test configuration that went live.",
    NULL,
};

static const char *const null_encryption_remedies[] = {
    "If the content should be secret, take NULL and GMAC out of the proposals of both ends (swanctl.conf: "
    "esp_proposals = aes256gcm16-ecp256).",
    NULL,
};

static void null_encryption_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa_definition *definition = protection_definition(detect, event);
    bool is_new;
    if (definition == NULL || definition->proto != SA_PROTO_ESP || definition->encryption == NULL ||
        (definition->encryption->kind != CIPHER_NULL && definition->encryption->kind != CIPHER_GMAC))
        return;
    uint64_t packets = sa_packets(detect->db, event->sa);
    if (packets == 0)
        return;
    struct finding *finding = detect_hit_sa(detect, condition, event->sa, &is_new);
    finding_text(finding, "encryption", definition->encryption->name);
    finding_number(finding, "packets", (int64_t)packets);
}

static void null_encryption_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *encryption = finding_fact(finding, "encryption");
    words_packets((uint64_t)finding_get(finding, "packets", 0), "", text);
    text_put(text, " of the ");
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " went over the wire readable: the encryption is %s. Everybody on the path can read what is inside.",
                encryption ? encryption->text : "NULL");
}

const struct condition condition_null_encryption = {
    .name = "null-encryption",
    .title = "ESP without encryption",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 2410, RFC 4543",
    .meaning =
        "The SA uses the NULL cipher or GMAC: ESP that protects against changes and not against reading. It is legal "
        "and sometimes meant. It is worth knowing, because everything about it looks like an encrypted tunnel.",
    .causes = null_encryption_causes,
    .remedies = null_encryption_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = null_encryption_decide,
    .explain = null_encryption_explain,
};

static const char *const no_integrity_causes[] = {
    "A manually keyed SA without an authentication algorithm, as old guides show it.",
    "A test configuration, or a proposal that leaves integrity to AH and then uses no AH.",
    NULL,
};

static const char *const no_integrity_remedies[] = {
    "Add integrity: an AEAD (aes256gcm16) or a cipher with HMAC (aes256-sha256), on both ends at once.",
    "If AH around it is to protect it, see that every packet has one.",
    NULL,
};

static void no_integrity_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa_definition *definition = protection_definition(detect, event);
    bool is_new;
    if (definition == NULL || definition->proto != SA_PROTO_ESP || definition->encryption == NULL ||
        definition->encryption->icv != 0 || definition->integrity == NULL ||
        definition->integrity->kind != INTEGRITY_NONE)
        return;
    struct finding *finding = detect_hit_sa(detect, condition, event->sa, &is_new);
    finding_text(finding, "encryption", definition->encryption->name);
    finding_number(finding, "packets", (int64_t)sadb_hot(detect->db, event->sa)->packets);
}

static void no_integrity_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    const struct fact *encryption = finding_fact(finding, "encryption");
    words_packets((uint64_t)finding_get(finding, "packets", 0), "", text);
    text_put(text, " of the ");
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " went without an ICV (encryption %s): anybody can change or forge them, the anti-replay window can be "
                "pushed away with one packet, and with such freedom encryption alone can be broken (RFC 4303 1). What "
                "esplain says of these packets was not verified either.",
                encryption ? encryption->text : "?");
}

const struct condition condition_no_integrity = {
    .name = "no-integrity",
    .title = "ESP without integrity protection",
    .severity = SEVERITY_WARNING,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 1, RFC 8221 4",
    .meaning = "The SA encrypts and does not authenticate, so a receiver takes whatever comes under its SPI. RFC 8221 "
               "forbids it for ESP. Practical attacks on encryption without integrity are known since 2006. Nothing is "
               "dropped for it.",
    .causes = no_integrity_causes,
    .remedies = no_integrity_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = no_integrity_decide,
    .explain = no_integrity_explain,
};

static const char *const replay_off_causes[] = {
    "The SA was made without a window: ip xfrm state add has none unless it is told (replay-window N).",
    "It was turned off because reordered packets were dropped (strongSwan: replay_window = 0, Cisco: no crypto ipsec "
    "security-association replay).",
    NULL,
};

static const char *const replay_off_remedies[] = {
    "Turn it on with a window that fits the path: ip xfrm state ... replay-window 64, with ESN up to 4096; "
    "swanctl.conf: replay_window = 64.",
    NULL,
};

/* A host shows the window 0 on what it sends; then what it receives, the other direction, has one. */
static bool replay_off_is_sender(const struct detect *detect, uint32_t index)
{
    uint32_t pair = sadb_sa(detect->db, index)->pair;
    const struct sa_definition *other = pair != SADB_NONE ? sadb_sa(detect->db, pair)->definition : NULL;
    return other != NULL && (!other->window_known || other->window > 0);
}

static void replay_off_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa_definition *definition = protection_definition(detect, event);
    bool is_new;
    if (definition == NULL || !definition->window_known || definition->window != 0 || definition->outbound ||
        replay_off_is_sender(detect, event->sa))
        return;
    struct finding *finding = detect_hit_sa(detect, condition, event->sa, &is_new);
    finding->certainty = CERTAINTY_LIKELY;
    finding_number(finding, "duplicates", event->flow ? (int64_t)event->flow->duplicates : 0);
}

static void replay_off_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    text_put(text, "The definition of the ");
    words_sa(detect, finding->sa, text);
    text_put(text, " has the window 0: the receiver accepts every packet as often as it comes, in any order. ");
    if (finding_get(finding, "duplicates", 0))
        text_printf(text, "%lld packets came more than once here and were all accepted. ",
                    words_fact(finding, "duplicates"));
    text_put(text, "If the definition is the sender's copy, it says nothing: senders show 0.");
}

const struct condition condition_replay_off = {
    .name = "replay-off",
    .title = "The receiver does not check for replays",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 3.4.3",
    .meaning =
        "The SA's anti-replay window is 0, so a recorded packet is accepted again whenever somebody sends it. It hides "
        "reordering and duplication, and nothing is dropped for it. Whether that matters depends on what is inside.",
    .causes = replay_off_causes,
    .remedies = replay_off_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = replay_off_decide,
    .explain = replay_off_explain,
};

static const char *const esp_null_guess_causes[] = {
    "The SA was negotiated with the NULL cipher or with GMAC.",
    "A test that looks into ESP.",
    NULL,
};

static const char *const esp_null_guess_remedies[] = {
    "Ask one of the ends which cipher the SA has: ip xfrm state (ecb(cipher_null)), swanctl --list-sas (NULL), show "
    "crypto ipsec sa (esp-null).",
    "Wireshark shows the content with the preference 'Attempt to detect/decode NULL encrypted ESP payloads'.",
    NULL,
};

static void esp_null_guess_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (event->sa == SADB_NONE)
        return;
    const struct sa *sa = sadb_sa(detect->db, event->sa);
    uint8_t icv = espnull_icv(sa);
    bool is_new;
    if (icv == 0 || sa->proto != SA_PROTO_ESP)
        return;
    struct finding *finding = detect_hit_sa(detect, condition, event->sa, &is_new);
    finding->certainty = CERTAINTY_LIKELY;
    finding_number(finding, "looked_at", sa->null.looked);
    finding_number(finding, "icv", icv);
}

static void esp_null_guess_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    text_put(text, "Of the ");
    words_sa(detect, finding->sa, text);
    text_printf(
        text,
        " no key is known, but it seems not to be encrypted: all of the first %lld packets end, in front of an ICV of "
        "%lld bytes, in padding 1, 2, 3, ..., its length and a next header, and what stands before it is such a "
        "packet. One packet looks so by chance, so many do not (RFC 5879). Nothing about them was verified.",
        words_fact(finding, "looked_at"), words_fact(finding, "icv"));
}

const struct condition condition_esp_null_guess = {
    .name = "esp-null-guess",
    .title = "ESP that does not seem to be encrypted",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 5879",
    .meaning = "No SA file has keys for this SPI, and yet its packets can be read: all that were looked at have a "
               "sensible trailer and inner packet at the same place. So it is ESP with the NULL cipher, as far as that "
               "can be told from outside. It is said only where at least 16 packets agree.",
    .causes = esp_null_guess_causes,
    .remedies = esp_null_guess_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = esp_null_guess_decide,
    .explain = esp_null_guess_explain,
};
