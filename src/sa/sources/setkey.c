/*
 * setkey: the text of `setkey -D`, of the KAME descendants (BSD) and of ipsec-tools (Linux).
 *
 * Theory of operation. An entry opens with a line of two addresses; the line behind it says whether this is an SA ("esp mode=tunnel
 * spi=..."). Keys stand in groups of eight digits behind "E:" and "A:" and may go on in the next lines. Everything else is "name=value"
 * or "name: value".
 */
#include <string.h>

#include "base/calendar.h"
#include "sa/sources/entry.h"
#include "sa/sources/formats.h"

#define KEY_DIGITS_MAX (2 * SECRET_MAX + 2)

enum part { PART_NONE, PART_HEAD, PART_SA, PART_SKIP };
enum key { KEY_NONE, KEY_ENCRYPTION, KEY_INTEGRITY };

struct reader {
    const struct sa_sink *sink;
    enum part part;
    enum key key;               /* whose digits are being gathered */
    bool damaged;
    bool window_told, icv_told, policies_told; /* remarks that are made once a text */
    uint32_t head_line, key_line;
    size_t digit_count;
    char digits[KEY_DIGITS_MAX];
    struct prefix src, dst;
    uint16_t sport, dport;
    struct sa_record record;
};

/* "10.0.0.1", "10.0.0.1[4500]", "fe80::1%em0" */
static bool parse_end(struct span word, struct prefix *prefix, uint16_t *port)
{
    struct span address, number;
    uint64_t value;
    *port = 0;
    (void)span_until(&word, '[', &address);
    if (word.length > 0) {
        (void)span_until(&word, ']', &number);
        if (word.length > 0 || (!span_number(number, UINT16_MAX, &value) && !span_is(number, "any")))
            return false;
        if (!span_is(number, "any"))
            *port = (uint16_t)value;
    }
    (void)span_until(&address, '%', &number);
    return prefix_parse(number.at, number.length, prefix);
}

/* Two addresses and nothing else, or an upper protocol behind them (a policy). */
static bool read_head(struct span line, struct reader *reader)
{
    struct span src, dst;
    struct prefix from, to;
    uint16_t sport, dport;
    if (!span_word(&line, &src) || !span_word(&line, &dst) || !parse_end(src, &from, &sport) || !parse_end(dst, &to, &dport))
        return false;
    reader->src = from;
    reader->dst = to;
    reader->sport = sport;
    reader->dport = dport;
    return true;
}

static bool parse_proto(struct span word, uint8_t *proto, bool *udp)
{
    *udp = span_is(word, "esp-udp");
    if (*udp || span_is(word, "esp") || span_is(word, "esp-old"))
        *proto = SA_PROTO_ESP;
    else if (span_is(word, "ah") || span_is(word, "ah-old"))
        *proto = SA_PROTO_AH;
    else if (span_is(word, "ipcomp"))
        *proto = SA_PROTO_IPCOMP;
    else
        return false;
    return true;
}

static void end_key(struct reader *reader)
{
    struct sa_definition *definition = &reader->record.definition;
    enum key key = reader->key;
    reader->key = KEY_NONE;
    if (key == KEY_NONE)
        return;
    if (reader->digit_count > 0 &&
        !entry_key_hex(key == KEY_ENCRYPTION ? &definition->encryption_key : &definition->integrity_key,
                       (struct span){ reader->digits, reader->digit_count }, key == KEY_ENCRYPTION ? "encryption" : "integrity",
                       reader->sink, reader->key_line))
        reader->damaged = true;
    secret_wipe(reader->digits, sizeof reader->digits);
    reader->digit_count = 0;
}

static void end_entry(struct reader *reader)
{
    end_key(reader);
    if (reader->part == PART_SA) {
        entry_need_keys(&reader->record.definition, reader->damaged || reader->record.definition.state == SA_STATE_LARVAL,
                        reader->sink, reader->record.line);
        entry_give(&reader->record, reader->sink);
    }
    reader->part = PART_NONE;
}

/* Gathers groups of digits up to the first word that is none, where `rest` then stands; true at the end of the line. */
static bool add_digits(struct reader *reader, struct span *rest)
{
    struct span ahead = *rest, word;
    while (span_word(&ahead, &word)) {
        for (size_t at = 0; at < word.length; at++)
            if (!memchr("0123456789abcdefABCDEF", word.at[at], 22))
                return false;
        size_t room = sizeof reader->digits - reader->digit_count;
        size_t taken = word.length < room ? word.length : room;
        memcpy(reader->digits + reader->digit_count, word.at, taken);
        reader->digit_count += taken;
        *rest = ahead;
    }
    return true;
}

/* A long key goes on in lines that hold nothing but digits. */
static bool add_digit_line(struct reader *reader, struct span line)
{
    size_t before = reader->digit_count;
    if (add_digits(reader, &line))
        return true;
    secret_wipe(reader->digits + before, reader->digit_count - before);
    reader->digit_count = before;
    return false;
}

/* The window of KAME is counted in bytes of its bitmap, that of Linux in packets; the dump does not say whose it is. */
static void read_window(struct reader *reader, uint64_t value, uint32_t number)
{
    struct sa_definition *definition = &reader->record.definition;
    definition->window_known = true;
    definition->window = value > UINT32_MAX / 8 ? UINT32_MAX : (uint32_t)(value * 8);
    if (value != 0 && !reader->window_told) {
        reader->window_told = true;
        entry_remark(reader->sink, REMARK_NOTE, number, "window",
                     "replay=%llu is taken as bytes of bitmap, %u packets, as BSD counts; on Linux it is that many packets.",
                     (unsigned long long)value, definition->window);
    }
}

/* "spi=6386485(0x00617335)", "mode=tunnel", "replay=4", "state=mature" */
static void read_pair(struct reader *reader, struct span word, uint32_t number)
{
    struct sa_definition *definition = &reader->record.definition;
    struct span name;
    uint64_t value;
    (void)span_until(&word, '=', &name);
    if (span_is(name, "mode")) {
        definition->mode = span_is(word, "tunnel") ? SA_MODE_TUNNEL : span_is(word, "transport") ? SA_MODE_TRANSPORT :
                           span_is(word, "beet") ? SA_MODE_BEET : SA_MODE_UNKNOWN;
    } else if (span_is(name, "state")) {
        definition->state = span_is(word, "larval") ? SA_STATE_LARVAL : span_is(word, "dying") ? SA_STATE_DYING :
                            span_is(word, "dead") ? SA_STATE_DEAD : SA_STATE_MATURE;
    } else if (span_is(name, "spi")) {
        if (span_counted(word, UINT32_MAX, &value)) {
            definition->spi = (uint32_t)value;
        } else {
            entry_remark(reader->sink, REMARK_ERROR, number, "damaged", "The SPI cannot be read; the SA is left out.");
            reader->part = PART_SKIP;
        }
    } else if (span_is(name, "reqid")) {
        if (span_counted(word, UINT32_MAX, &value))
            definition->reqid = (uint32_t)value;
    } else if (span_is(name, "replay")) {
        if (span_counted(word, UINT32_MAX, &value))
            read_window(reader, value, number);
        else
            entry_remark(reader->sink, REMARK_WARNING, number, "damaged", "The replay window cannot be read.");
    }
}

/* "36000(s)", "0(bytes)", "0": the number, whatever its unit */
static bool take_limit(struct span word, uint64_t *value)
{
    return span_take_number(&word, value) && (word.length == 0 || word.at[0] == '(');
}

/* "diff: 305(s) hard: 36000(s) soft: 28800(s)" and its fellows */
static void read_limits(struct reader *reader, struct span line, uint64_t *hard, uint64_t *soft, uint32_t number)
{
    struct span word, value;
    uint64_t limit;
    while (span_word(&line, &word)) {
        bool is_hard = span_is(word, "hard:");
        if (!is_hard && !span_is(word, "soft:"))
            continue;
        if (span_word(&line, &value) && take_limit(value, &limit))
            *(is_hard ? hard : soft) = limit;
        else
            entry_remark(reader->sink, REMARK_WARNING, number, "damaged", "The limit cannot be read.");
    }
}

static void read_algorithm(struct reader *reader, struct span rest, bool encryption, uint32_t number)
{
    struct sa_definition *definition = &reader->record.definition;
    struct span name, ahead = rest;
    if (!span_word(&ahead, &name))
        return;
    bool named = encryption ? entry_encryption(definition, DIALECT_SETKEY, name, 0, reader->sink, number) :
                              entry_integrity(definition, DIALECT_SETKEY, name, 0, reader->sink, number);
    if (!named) {
        reader->damaged = true;
        return;
    }
    if (!encryption && definition->integrity && definition->integrity->digest == DIGEST_SHA2_256 && !reader->icv_told) {
        reader->icv_told = true;
        entry_remark(reader->sink, REMARK_NOTE, number, "icv-length",
                     "setkey does not tell the length of the ICV; %u bits are taken for %s.", definition->integrity->icv * 8u,
                     definition->integrity->name);
    }
    reader->key = encryption ? KEY_ENCRYPTION : KEY_INTEGRITY;
    reader->key_line = number;
    if (add_digits(reader, &ahead))
        return;
    /* "C: none  seq=0x00000000 replay=0 ..." is right; other words make the key unreadable. */
    struct span word, pairs = ahead;
    bool readable = true;
    while (span_word(&ahead, &word))
        readable = readable && memchr(word.at, '=', word.length) != NULL;
    if (!readable) {
        entry_remark(reader->sink, REMARK_ERROR, number, "key-damaged", "The %s key is not hexadecimal. The key is not used.",
                     encryption ? "encryption" : "integrity");
        secret_wipe(reader->digits, reader->digit_count);
        reader->digit_count = 0;
        reader->damaged = true;
    }
    end_key(reader);
    while (readable && reader->part == PART_SA && span_word(&pairs, &word))
        read_pair(reader, word, number);
}

static void begin_sa(struct reader *reader, struct span line, uint8_t proto, bool udp, uint32_t number)
{
    struct span word;
    struct sa_definition *definition = &reader->record.definition;
    bool spi = false;
    reader->record = (struct sa_record){ .event = SA_EVENT_DEFINE, .line = reader->head_line };
    reader->damaged = false;
    definition->src = reader->src;
    definition->dst = reader->dst;
    definition->proto = proto;
    definition->align_unknown = true;
    definition->encap_known = true;
    if (udp) {
        definition->encap = ENCAP_UDP;
        definition->encap_sport = reader->sport;
        definition->encap_dport = reader->dport;
    }
    reader->part = PART_SA;
    while (reader->part == PART_SA && span_word(&line, &word)) {
        spi = spi || span_begins(word, "spi=");
        read_pair(reader, word, number);
    }
    if (!spi) {
        entry_remark(reader->sink, REMARK_ERROR, number, "damaged", "The SA shows no SPI; it is left out.");
        reader->part = PART_SKIP;
    }
}

static void read_line(struct reader *reader, struct span line, uint32_t number)
{
    struct sa_definition *definition = &reader->record.definition;
    struct span rest = line, word;
    uint8_t proto;
    bool udp;
    if (reader->key != KEY_NONE && add_digit_line(reader, line))
        return;
    end_key(reader);
    if (!span_word(&rest, &word))
        return;
    if (read_head(line, reader)) {
        end_entry(reader);
        reader->part = PART_HEAD;
        reader->head_line = number;
    } else if (reader->part == PART_HEAD && parse_proto(word, &proto, &udp) && prefix_is_host(&reader->src) &&
               prefix_is_host(&reader->dst)) {
        begin_sa(reader, rest, proto, udp, number);
    } else if (reader->part == PART_HEAD) {
        if (!reader->policies_told && (span_is(word, "in") || span_is(word, "out") || span_is(word, "fwd"))) {
            reader->policies_told = true;
            entry_remark(reader->sink, REMARK_NOTE, number, "policies", "The policies of setkey -DP are not read.");
        }
        reader->part = PART_SKIP;
    } else if (reader->part != PART_SA) {
        return;
    } else if (span_is(word, "E:") || span_is(word, "A:") || span_is(word, "C:")) {
        read_algorithm(reader, rest, !span_is(word, "A:"), number);
    } else if (span_is(word, "created:")) {
        definition->added_known = calendar_asctime(&rest, &definition->added_ns);
    } else if (span_is(word, "diff:")) {
        read_limits(reader, rest, &definition->hard.add_s, &definition->soft.add_s, number);
    } else if (span_is(word, "last:")) {
        definition->used_known = calendar_asctime(&rest, &definition->used_ns);
        read_limits(reader, rest, &definition->hard.use_s, &definition->soft.use_s, number);
    } else if (span_is(word, "current:")) {
        read_limits(reader, rest, &definition->hard.bytes, &definition->soft.bytes, number);
    } else if (span_is(word, "allocated:")) {
        read_limits(reader, rest, &definition->hard.packets, &definition->soft.packets, number);
    } else if (memchr(word.at, '=', word.length)) {
        for (rest = line; reader->part == PART_SA && span_word(&rest, &word);)
            read_pair(reader, word, number);
    }
}

static unsigned recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length < RECOGNISE_BYTES ? length : RECOGNISE_BYTES, false);
    struct reader reader = { 0 };
    struct span line, word;
    uint8_t proto;
    bool head = false, udp;
    while (lines_next(&lines, &line)) {
        struct span rest = line;
        if (span_is(line, "No SAD entries.")) /* a table without SAs */
            return SURE_YES;
        if (head && span_word(&rest, &word) && parse_proto(word, &proto, &udp) && span_word(&rest, &word) &&
            span_begins(word, "mode="))
            return SURE_YES;
        head = read_head(line, &reader);
    }
    return SURE_NO;
}

static void import(const char *text, size_t length, const struct sa_sink *sink)
{
    struct reader reader = { .sink = sink };
    struct lines lines = lines_over(text, length, false);
    struct span line;
    while (lines_next(&lines, &line)) {
        entry_overlong(&lines, sink);
        read_line(&reader, line, lines.number);
    }
    end_entry(&reader);
    secret_wipe(&reader.digits, sizeof reader.digits);
}

const struct sa_format format_setkey = { "setkey", "setkey -D", recognise, import };
