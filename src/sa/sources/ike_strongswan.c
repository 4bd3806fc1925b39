/*
 * ike_strongswan: the keys of IKEv2 in a log of strongSwan's charon (log level 4 of subsystems ike and chd, 1 or 2 of cfg).
 *
 * 05[CFG] selected proposal: IKE:AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048
 * 05[IKE] nonces => 64 bytes @ 0x7f...
 * 05[IKE]    0: 4A 5B ...  J[.
 * 05[IKE] Sk_d secret => 32 bytes @ 0x7f...
 *
 * Theory of operation. Each line begins with the thread, also behind what syslog or a file logger puts before it, and perhaps with the
 * IKE SA's name in angle brackets. A thread derives one IKE SA's keys at a time, in the order Sk_d, Sk_ai, Sk_ar, Sk_ei, Sk_er, so that
 * lines are gathered by thread until Sk_er is whole. The proposal is the thread's last, or, where another thread negotiated (newer versions
 * derive keys later), the last of all. The log does not tell SPIs: such keys fit any IKE SA and are tried; the nonces tell which they
 * belong to.
 * This is the one format that has SK_d. Subsystem chd tells the secret of a Child SA's own key exchange (PFS), and after it the keys that were
 * made with it, the initiator's first: that one is taken along as the proof.
 */
#include <string.h>

#include "sa/sources/entry.h"
#include "sa/sources/ike_source.h"

#define SLOTS 32 /* threads at work in turn; charon has 16 unless told otherwise */
#define DUMP_LINE 16
#define VALUE_MAX (2 * IKE_NONCE_MAX)

enum value { VALUE_NONE, VALUE_NONCES, VALUE_SK_D, VALUE_SK_AI, VALUE_SK_AR, VALUE_SK_EI, VALUE_SK_ER,
             VALUE_CHILD_SECRET, VALUE_CHILD_EI, VALUE_CHILD_AI, VALUE_COUNT };

static const char *const value_heads[VALUE_COUNT] = {
    [VALUE_NONCES] = "nonces => ",      [VALUE_SK_D] = "Sk_d secret => ",   [VALUE_SK_AI] = "Sk_ai secret => ",
    [VALUE_SK_AR] = "Sk_ar secret => ", [VALUE_SK_EI] = "Sk_ei secret => ", [VALUE_SK_ER] = "Sk_er secret => ",
    [VALUE_CHILD_SECRET] = "DH secret => ", [VALUE_CHILD_EI] = "encryption initiator key => ",
    [VALUE_CHILD_AI] = "integrity initiator key => ",
};

struct proposal {
    const struct encryption *encryption; /* NULL: none was seen */
    const struct integrity *integrity;
    const struct ike_prf *prf;
};

struct slot {
    uint64_t thread;
    uint32_t line;
    struct proposal proposal;
    struct secret values[VALUE_COUNT];
    uint8_t under_way;           /* enum value */
    uint16_t length, wanted;     /* of the value that is under way */
    uint8_t bytes[VALUE_MAX];
};

struct reader {
    const struct ike_key_sink *sink;
    struct proposal latest;
    struct slot slots[SLOTS];
};

static bool is_digit(char one)
{
    return one >= '0' && one <= '9';
}

/* "Jan  2 12:00:00 host charon: 05[IKE] <name|1> message"; with log levels told, "05[IKE4]". */
static bool find_message(struct span line, uint64_t *thread, struct span *message)
{
    for (size_t at = 0; at + 5 < line.length; at++) {
        if (line.at[at] != '[' || at < 2 || !is_digit(line.at[at - 1]) || !is_digit(line.at[at - 2]))
            continue;
        size_t begin = at, stop = at + 4;
        if (memcmp(line.at + at + 1, "IKE", 3) != 0 && memcmp(line.at + at + 1, "CFG", 3) != 0 &&
            memcmp(line.at + at + 1, "CHD", 3) != 0)
            continue;
        if (is_digit(line.at[stop]))
            stop++;
        if (stop + 1 >= line.length || line.at[stop] != ']' || line.at[stop + 1] != ' ')
            continue;
        while (begin > 0 && is_digit(line.at[begin - 1]) && at - begin < 10)
            begin--;
        struct span digits = { line.at + begin, at - begin };
        (void)span_take_number(&digits, thread);
        struct span rest = { line.at + stop + 2, line.length - stop - 2 }, name;
        if (rest.at[0] == '<' && memchr(rest.at, '>', rest.length) != NULL)
            (void)span_until(&rest, '>', &name);
        *message = span_trim(rest);
        return true;
    }
    return false;
}

static struct slot *find_slot(struct reader *reader, uint64_t thread)
{
    struct slot *slot = &reader->slots[thread % SLOTS];
    if (slot->thread != thread)
        *slot = (struct slot){ .thread = thread };
    return slot;
}

/* "AES_CBC_128/HMAC_SHA2_256_128/PRF_HMAC_SHA2_256/MODP_2048" */
static void read_proposal(struct reader *reader, struct slot *slot, struct span words)
{
    struct proposal proposal = { 0 };
    struct span word;
    while (span_until(&words, '/', &word)) {
        if (proposal.encryption == NULL)
            proposal.encryption = suite_encryption_find(DIALECT_STRONGSWAN, word.at, word.length, 0);
        else if (span_begins(word, "PRF_"))
            proposal.prf = ike_prf_by_name(word.at, word.length);
        else if (proposal.integrity == NULL)
            proposal.integrity = suite_integrity_find(DIALECT_STRONGSWAN, word.at, word.length, 0);
    }
    slot->proposal = proposal;
    reader->latest = proposal;
}

static bool fits(const struct proposal *proposal, const struct slot *slot)
{
    const struct secret *values = slot->values;
    if (proposal->encryption == NULL || values[VALUE_SK_EI].length != values[VALUE_SK_ER].length ||
        !suite_encryption_takes(proposal->encryption, values[VALUE_SK_EI].length))
        return false;
    return proposal->encryption->icv != 0 || (proposal->integrity != NULL && proposal->integrity->key == values[VALUE_SK_AI].length &&
                                              proposal->integrity->key == values[VALUE_SK_AR].length);
}

static void give(struct reader *reader, struct slot *slot)
{
    const struct proposal *proposal = fits(&slot->proposal, slot) ? &slot->proposal : &reader->latest;
    if (!fits(proposal, slot)) {
        entry_remark(reader->sink->remarks, REMARK_WARNING, slot->line, "algorithm",
                     "No selected proposal stands before these keys that they fit; they are left out.");
        return;
    }
    struct ike_key key = { .version = 2, .prf = proposal->prf, .sk_d = slot->values[VALUE_SK_D], .nonces = slot->values[VALUE_NONCES],
                           .line = slot->line, .params.encryption = proposal->encryption };
    key.params.encryption_key[IKE_INITIATOR] = slot->values[VALUE_SK_EI];
    key.params.encryption_key[IKE_RESPONDER] = slot->values[VALUE_SK_ER];
    if (proposal->encryption->icv == 0) {
        key.params.integrity = proposal->integrity;
        key.params.integrity_key[IKE_INITIATOR] = slot->values[VALUE_SK_AI];
        key.params.integrity_key[IKE_RESPONDER] = slot->values[VALUE_SK_AR];
    }
    reader->sink->key(reader->sink->context, &key);
}

static void give_exchange(struct reader *reader, struct slot *slot, enum value proof)
{
    struct ike_exchange_secret exchange = { .secret = slot->values[VALUE_CHILD_SECRET], .key = slot->values[proof],
                                            .of_integrity = proof == VALUE_CHILD_AI };
    if (exchange.secret.length > 0)
        reader->sink->exchange(reader->sink->context, &exchange);
    slot->values[VALUE_CHILD_SECRET] = (struct secret){ 0 };
}

static void end_value(struct reader *reader, struct slot *slot)
{
    enum value value = slot->under_way;
    slot->under_way = VALUE_NONE;
    bool kept = entry_key_bytes(&slot->values[value], slot->bytes, slot->length, "logged", reader->sink->remarks, slot->line);
    secret_wipe(slot->bytes, slot->length);
    if (kept && value == VALUE_SK_ER && slot->values[VALUE_SK_EI].length > 0) {
        give(reader, slot);
        memset(slot->values, 0, sizeof slot->values);
    }
    if (kept && (value == VALUE_CHILD_EI || value == VALUE_CHILD_AI))
        give_exchange(reader, slot, value);
}

static bool begin_value(struct slot *slot, struct span message, uint32_t line)
{
    uint64_t bytes;
    for (enum value value = VALUE_NONCES; value < VALUE_COUNT; value++) {
        if (!span_begins(message, value_heads[value]))
            continue;
        size_t head = strlen(value_heads[value]);
        struct span rest = { message.at + head, message.length - head };
        slot->under_way = VALUE_NONE;
        if (!span_take_number(&rest, &bytes) || !span_begins(rest, " bytes") || bytes == 0 || bytes > VALUE_MAX)
            return true;
        if (value == VALUE_NONCES || value == VALUE_SK_D) { /* a new derivation: nothing of one that broke off stays */
            struct secret nonces = slot->values[VALUE_NONCES];
            memset(slot->values, 0, sizeof slot->values);
            if (value == VALUE_SK_D)
                slot->values[VALUE_NONCES] = nonces;
            slot->line = line;
        }
        slot->under_way = (uint8_t)value;
        slot->length = 0;
        slot->wanted = (uint16_t)bytes;
        return true;
    }
    return false;
}

/* "16: 0A 1B ...  text": offset, up to 16 bytes, and the same as text. */
static bool add_line(struct slot *slot, struct span message)
{
    uint64_t offset;
    size_t taken;
    if (!span_take_number(&message, &offset) || offset != slot->length || !span_begins(message, ": "))
        return false;
    message.at += 2;
    message.length -= 2;
    unsigned count = slot->wanted - slot->length < DUMP_LINE ? slot->wanted - slot->length : DUMP_LINE;
    for (unsigned i = 0; i < count; i++) {
        if (message.length < 2 || span_hex((struct span){ message.at, 2 }, slot->bytes + slot->length, 1, &taken) != HEX_OK || taken != 1)
            return false;
        slot->length++;
        size_t step = message.length > 2 ? 3 : 2;
        message.at += step;
        message.length -= step;
    }
    return true;
}

static void read_message(struct reader *reader, struct slot *slot, struct span message, uint32_t line)
{
    static const char selected[] = "selected proposal: IKE:";
    if (span_begins(message, selected)) {
        size_t head = sizeof selected - 1;
        read_proposal(reader, slot, (struct span){ message.at + head, message.length - head });
    } else if (!begin_value(slot, message, line) && slot->under_way != VALUE_NONE) {
        if (!add_line(slot, message)) {
            secret_wipe(slot->bytes, sizeof slot->bytes);
            slot->under_way = VALUE_NONE;
        } else if (slot->length == slot->wanted) {
            end_value(reader, slot);
        }
    }
}

static bool recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length, false);
    struct span line, message;
    uint64_t thread;
    while (lines_next(&lines, &line))
        if (find_message(line, &thread, &message) && span_begins(message, value_heads[VALUE_SK_EI]))
            return true;
    return false;
}

static void import(const char *text, size_t length, const struct ike_key_sink *sink)
{
    struct reader reader = { .sink = sink };
    struct lines lines = lines_over(text, length, false);
    struct span line, message;
    uint64_t thread;
    while (lines_next(&lines, &line))
        if (find_message(line, &thread, &message))
            read_message(&reader, find_slot(&reader, thread), message, lines.number);
    secret_wipe(&reader, sizeof reader);
}

const struct ike_key_format ike_format_strongswan = { "strongswan", "strongSwan log, level 4", recognise, import };
