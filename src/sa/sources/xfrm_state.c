/* xfrm_state: the lines of one SA as ip xfrm prints them. */
#include <string.h>

#include "base/calendar.h"
#include "sa/sources/entry.h"
#include "sa/sources/xfrm.h"

/* Where a line is read: its words, and where remarks on it belong. */
struct place {
    struct span rest;
    uint32_t number;
    const struct sa_sink *sink;
};

static void damaged(const struct place *place, const char *what)
{
    entry_remark(place->sink, REMARK_WARNING, place->number, "damaged", "The %s cannot be read.", what);
}

/* "proto esp spi 0x00001001(4097) reqid 1(0x00000001) mode tunnel" */
static bool read_id(struct xfrm_state *state, struct place *place)
{
    struct sa_definition *definition = &state->record.definition;
    struct span word, value;
    char quote[QUOTE_MAX];
    uint64_t number;
    bool spi_seen = false;
    if (!span_word(&place->rest, &value) || !xfrm_proto(value, &definition->proto)) {
        entry_remark(place->sink, REMARK_ERROR, place->number, "damaged", "The protocol of the SA cannot be read; the SA is left out.");
        return false;
    }
    if (definition->proto != SA_PROTO_ESP && definition->proto != SA_PROTO_AH && definition->proto != SA_PROTO_IPCOMP) {
        entry_remark(place->sink, REMARK_NOTE, place->number, "protocol", "A state of protocol %s is no IPsec SA; it is left out.",
                     entry_quote(quote, value));
        return false;
    }
    while (span_word(&place->rest, &word)) {
        if (!span_is(word, "spi") && !span_is(word, "reqid") && !span_is(word, "mode"))
            continue;
        if (!span_word(&place->rest, &value))
            break;
        if (span_is(word, "mode")) {
            definition->mode = xfrm_mode(value);
        } else if (span_counted(value, UINT32_MAX, &number)) {
            *(span_is(word, "spi") ? &definition->spi : &definition->reqid) = (uint32_t)number;
            spi_seen = spi_seen || span_is(word, "spi");
        } else if (span_is(word, "spi")) {
            entry_remark(place->sink, REMARK_ERROR, place->number, "damaged", "The SPI %s cannot be read; the SA is left out.",
                         entry_quote(quote, value));
            return false;
        } else {
            damaged(place, "request id");
        }
    }
    if (!spi_seen) {
        entry_remark(place->sink, REMARK_ERROR, place->number, "damaged", "The SA shows no SPI; it is left out.");
        return false;
    }
    return true;
}

/* "replay-window 32 seq 0x00000000 flag af-unspec align4 (0x01100000)"; newer ones leave the window of a sending SA out */
static void read_flags(struct xfrm_state *state, struct place *place)
{
    struct sa_definition *definition = &state->record.definition;
    struct span word;
    uint64_t number;
    definition->esn_known = true;
    while (span_word(&place->rest, &word)) {
        if (span_is(word, "replay-window")) {
            if (!span_word(&place->rest, &word) || !span_counted(word, UINT32_MAX, &number)) {
                damaged(place, "replay window");
            } else if (!state->esn_window) {
                definition->window_known = true;
                definition->window = (uint32_t)number;
            }
        } else if (span_is(word, "esn")) {
            definition->esn = true;
        } else if (span_is(word, "align4")) {
            definition->align4 = true;
        } else if (span_is(word, "af-unspec")) {
            definition->af_unspec = true;
        }
    }
}

static bool read_key(struct xfrm_state *state, struct place *place, struct secret *key, const char *whose)
{
    struct span ahead = place->rest, word;
    if (!span_word(&ahead, &word))
        return true; /* ecb(cipher_null) has no key */
    if (span_begins(word, "<<")) {
        state->record.definition.keys_hidden = true;
        while (span_word(&place->rest, &word))
            if (word.length >= 2 && memcmp(word.at + word.length - 2, ">>", 2) == 0)
                break;
        return true;
    }
    if (!span_begins(word, "0x")) {
        if (!span_begins(word, "(ERROR"))
            return true; /* no key, then the length of the ICV */
        damaged(place, "algorithm");
        state->damaged = true;
        return false;
    }
    place->rest = ahead;
    if (!entry_key_hex(key, word, whose, place->sink, place->number)) {
        state->damaged = true;
        return false;
    }
    return true;
}

/* What is left of the line: "(256 bits) 128" or "128"; 0 where no such length is told. */
static bool read_icv_bits(struct place *place, unsigned *bits)
{
    struct span word;
    uint64_t number;
    *bits = 0;
    while (span_word(&place->rest, &word)) {
        if (word.at[0] == '(' || span_is(word, "bits)"))
            continue;
        if (!span_number(word, 1024, &number) || number % 8 != 0)
            return false;
        *bits = (unsigned)number;
    }
    return true;
}

static void read_algorithm(struct xfrm_state *state, struct place *place, struct span kind)
{
    struct sa_definition *definition = &state->record.definition;
    bool aead = span_is(kind, "aead"), cipher = aead || span_is(kind, "enc"), comp = span_is(kind, "comp");
    struct span name;
    struct place at = *place;
    unsigned bits;
    state->algorithms = true;
    if (!span_word(&place->rest, &name) || span_begins(name, "(ERROR")) {
        damaged(&at, "algorithm");
        state->damaged = true;
        return;
    }
    if (comp) {
        (void)entry_encryption(definition, DIALECT_XFRM, name, 0, place->sink, place->number);
        return;
    }
    /* `auth` beside `auth-trunc` is the same algorithm, told to old tools without its ICV length. */
    if (span_is(kind, "auth") && definition->integrity_name[0] != '\0')
        return;
    bool readable = read_key(state, place, cipher ? &definition->encryption_key : &definition->integrity_key,
                             cipher ? "encryption" : "integrity");
    if (!readable || (read_icv_bits(place, &bits) ? bits == 0 && (aead || span_is(kind, "auth-trunc")) : true)) {
        if (readable)
            damaged(&at, "length of the ICV");
        bits = 0;
    }
    if (cipher)
        readable = entry_encryption(definition, DIALECT_XFRM, name, bits, place->sink, place->number);
    else
        readable = entry_integrity(definition, DIALECT_XFRM, name, bits, place->sink, place->number);
    if (!readable)
        state->damaged = true;
    else if (bits != 0 && (aead || !cipher))
        definition->icv = (uint8_t)(bits / 8);
}

/* "encap type espinudp sport 4500 dport 4500 addr 0.0.0.0" */
static void read_encap(struct xfrm_state *state, struct place *place)
{
    struct sa_definition *definition = &state->record.definition;
    struct span word, value;
    uint64_t port;
    while (span_word(&place->rest, &word)) {
        if (!span_word(&place->rest, &value))
            break;
        if (span_is(word, "type")) {
            if (span_begins(value, "espinudp") || span_is(value, "1") || span_is(value, "2"))
                definition->encap = ENCAP_UDP;
            else if (span_is(value, "espintcp") || span_is(value, "7"))
                definition->encap = ENCAP_TCP;
            else
                damaged(place, "type of encapsulation");
        } else if (span_is(word, "sport") || span_is(word, "dport")) {
            if (span_number(value, UINT16_MAX, &port))
                *(span_is(word, "sport") ? &definition->encap_sport : &definition->encap_dport) = (uint16_t)port;
            else
                damaged(place, "port of the encapsulation");
        }
    }
}

/* "seq 0x1, oseq 0x0, bitmap 0x00000001", "seq-hi 0x0, seq 0x9, oseq-hi 0x0, oseq 0x0" */
static void read_counters(struct xfrm_state *state, struct place *place)
{
    struct span word, value;
    uint64_t number;
    while (span_word(&place->rest, &word))
        if ((span_is(word, "oseq") || span_is(word, "oseq-hi")) && span_word(&place->rest, &value) &&
            span_counted(value, UINT32_MAX, &number) && number != 0)
            state->sent = true;
}

/* "replay_window 64, bitmap-length 2" */
static void read_esn_window(struct xfrm_state *state, struct place *place)
{
    struct span word;
    uint64_t number;
    if (!span_word(&place->rest, &word) || !span_counted(word, UINT32_MAX, &number)) {
        damaged(place, "replay window");
        return;
    }
    state->esn_window = true;
    state->record.definition.window_known = true;
    state->record.definition.window = (uint32_t)number;
}

/* "(INF)(bytes)," or "3960(sec)": the number, and the unit without its parentheses. */
static bool take_limit(struct span word, uint64_t *value, struct span *unit)
{
    if (span_begins(word, "(INF)")) {
        *value = 0;
        word.at += 5;
        word.length -= 5;
    } else if (!span_take_number(&word, value)) {
        return false;
    }
    if (word.length > 0 && word.at[word.length - 1] == ',')
        word.length--;
    if (word.length < 3 || word.at[0] != '(' || word.at[word.length - 1] != ')')
        return false;
    *unit = (struct span){ word.at + 1, word.length - 2 };
    return true;
}

/* "limit: soft (INF)(bytes), hard (INF)(bytes)", "expire add: soft 0(sec), hard 0(sec)" */
static void read_limits(struct xfrm_state *state, struct place *place, bool use)
{
    struct sa_definition *definition = &state->record.definition;
    struct span word, value, unit;
    uint64_t number;
    while (span_word(&place->rest, &word)) {
        if (!span_is(word, "soft") && !span_is(word, "hard"))
            continue;
        struct sa_limits *limits = span_is(word, "hard") ? &definition->hard : &definition->soft;
        if (!span_word(&place->rest, &value) || !take_limit(value, &number, &unit)) {
            damaged(place, "limit");
            return;
        }
        if (span_is(unit, "bytes"))
            limits->bytes = number;
        else if (span_is(unit, "packets"))
            limits->packets = number;
        else
            *(use ? &limits->use_s : &limits->add_s) = number;
    }
}

/* "add 2026-11-21 09:06:09 use -" */
static void read_times(struct xfrm_state *state, struct place *place)
{
    struct sa_definition *definition = &state->record.definition;
    struct span word;
    definition->added_known = calendar_iso(&place->rest, &definition->added_ns);
    while (span_word(&place->rest, &word))
        if (span_is(word, "use"))
            definition->used_known = calendar_iso(&place->rest, &definition->used_ns);
}

/* "dir out", or "crypto offload parameters: dev eth2 dir out mode packet" */
static void read_direction(struct xfrm_state *state, struct place *place)
{
    struct span word;
    if (!span_word(&place->rest, &word) || (!span_is(word, "in") && !span_is(word, "out")))
        return;
    state->directed = true;
    state->record.definition.outbound = span_is(word, "out");
}

static void read_number(struct place *place, uint32_t *value, const char *what)
{
    struct span word;
    uint64_t number;
    if (span_word(&place->rest, &word) && span_number(word, UINT32_MAX, &number))
        *value = (uint32_t)number;
    else
        damaged(place, what);
}

/* What follows "replay-window" in the lines below "stats:": "3 replay 1 failed 0". */
static bool is_counts(struct span rest)
{
    struct span word;
    return span_word(&rest, &word) && span_word(&rest, &word) && span_is(word, "replay");
}

bool xfrm_state_line(struct xfrm_state *state, struct span line, uint32_t number, const struct sa_sink *sink)
{
    struct sa_definition *definition = &state->record.definition;
    struct place place = { line, number, sink };
    struct span word, next;
    if (!span_word(&place.rest, &word))
        return true;
    if (span_is(word, "proto"))
        return read_id(state, &place);
    if (span_is(word, "flag") || (span_is(word, "replay-window") && !is_counts(place.rest))) {
        place.rest = line;
        read_flags(state, &place);
        return true;
    }
    struct span ahead = place.rest;
    if (!span_word(&ahead, &next))
        next = (struct span){ 0 };
    if (span_is(word, "auth") || span_is(word, "auth-trunc") || span_is(word, "enc") || span_is(word, "aead") ||
        span_is(word, "comp")) {
        read_algorithm(state, &place, word);
        return true;
    }
    if (span_is(word, "mark")) {
        if (!span_word(&place.rest, &next) || !xfrm_mark(next, &definition->mark, &definition->mark_mask))
            damaged(&place, "mark");
        return true;
    }
    if (span_is(word, "hard")) {
        uint32_t hard = 0;
        read_number(&place, &hard, "kind of limit");
        state->hard_seen = true;
        state->hard = hard != 0;
        return true;
    }
    /* What follows stands behind the algorithms in every version. */
    if (span_is(word, "anti-replay") || span_is(word, "seq-hi") || span_is(word, "oseq-hi") || span_is(word, "seq") ||
        span_is(word, "oseq")) {
        place.rest = line;
        read_counters(state, &place);
    } else if (span_is(word, "encap")) {
        read_encap(state, &place);
    } else if (span_is(word, "replay_window")) {
        read_esn_window(state, &place);
    } else if (span_is(word, "sel")) {
        definition->has_selector = xfrm_selector(place.rest, &definition->selector);
        if (!definition->has_selector)
            damaged(&place, "selector");
    } else if (span_is(word, "limit:")) {
        read_limits(state, &place, false);
    } else if (span_is(word, "expire")) {
        read_limits(state, &place, span_is(next, "use:"));
    } else if (span_is(word, "add")) {
        read_times(state, &place);
    } else if (span_is(word, "dir")) {
        read_direction(state, &place);
    } else if (span_is(word, "crypto") && span_is(next, "offload")) {
        while (span_word(&place.rest, &word) && !span_is(word, "dir"))
            continue;
        read_direction(state, &place);
    } else if (span_is(word, "if_id")) {
        read_number(&place, &definition->if_id, "interface id");
    } else {
        return true;
    }
    state->attributes = true;
    return true;
}

void xfrm_state_end(struct xfrm_state *state, const struct sa_sink *sink)
{
    struct sa_record *record = &state->record;
    struct sa_definition *definition = &record->definition;
    bool expired = record->event == SA_EVENT_EXPIRE_SOFT || record->event == SA_EVENT_EXPIRE_HARD;
    if (expired) {
        if (state->hard_seen && state->hard)
            record->event = SA_EVENT_EXPIRE_HARD;
    } else if (!state->algorithms && state->attributes &&
               (record->event == SA_EVENT_DEFINE || record->event == SA_EVENT_ADD)) {
        definition->state = SA_STATE_LARVAL;
    }
    /* An expiry shows no attributes: neither encapsulation nor the wider window are told. */
    if (state->algorithms || definition->state == SA_STATE_LARVAL) {
        definition->encap_known = true;
    } else {
        definition->window_known = state->esn_window;
        if (!definition->window_known)
            definition->window = 0;
    }
    if (!state->directed)
        definition->outbound = state->sent;
    /* A damaged text may show a key that an earlier line hid. */
    if (definition->encryption_key.length > 0 && definition->integrity_key.length > 0)
        definition->keys_hidden = false;
    if (record->event == SA_EVENT_DEFINE || record->event == SA_EVENT_ADD || record->event == SA_EVENT_UPDATE)
        entry_need_keys(definition, state->damaged, sink, record->line);
    entry_give(record, sink);
}
