/*
 * xfrm_state: the counters of each SA in `ip -s xfrm state`: packets outside of the replay window, replayed ones, and ICVs that were wrong.
 *
 * Theory of operation. An SA begins with "src A dst B", its further lines are indented, the one with the counters stands last. What an SA counted is held
 * back until it comes again, and then the difference is given, or until all was read. SAs beyond XFRM_STATE_SAS are given at once.
 */
#include "logs/readings.h"

#define XFRM_STATE_SAS 512

enum state_counter { STATE_WINDOW, STATE_REPLAY, STATE_FAILED, STATE_COUNTERS };

struct state_sa {
    struct addr src, dst;
    uint8_t proto;        /* 0: not told yet, or neither ESP nor AH */
    uint32_t spi, line;
    bool compared;
    uint64_t value[STATE_COUNTERS];
};

struct state_memory {
    struct state_sa now;
    unsigned count;
    struct state_sa sas[XFRM_STATE_SAS];
};

static void state_give(struct intake *intake, const struct state_sa *sa, const struct state_sa *before)
{
    static const struct { const char *event; uint16_t windows; uint8_t counter; } counters[STATE_COUNTERS] = {
        [STATE_WINDOW] = { "replay-window", 13913, COUNTER_IN_STATE_SEQ_ERROR },
        [STATE_REPLAY] = { "replay", 13913, COUNTER_IN_STATE_SEQ_ERROR },
        [STATE_FAILED] = { "failed", 13915, COUNTER_IN_STATE_PROTO_ERROR },
    };
    for (unsigned i = 0; i < STATE_COUNTERS; i++) {
        struct log_line line = { .number = sa->line };
        struct drop_report report = format_report(&format_xfrm_state, counters[i].event, &line);
        report.windows = counters[i].windows;
        report.counter = counters[i].counter;
        report.src = sa->src;
        report.dst = sa->dst;
        report.known |= DROP_SRC | DROP_DST;
        drop_proto(&report, sa->proto);
        drop_spi(&report, sa->spi);
        if (readings_added(&report, before ? before->value[i] : 0, sa->value[i]))
            intake_give(intake, &format_xfrm_state, &report);
    }
}

static void state_counted(struct state_memory *memory, struct intake *intake)
{
    struct state_sa *now = &memory->now;
    for (unsigned i = 0; i < memory->count; i++) {
        struct state_sa *sa = &memory->sas[i];
        if (sa->spi != now->spi || sa->proto != now->proto || !addr_equal(&sa->dst, &now->dst) || !addr_equal(&sa->src, &now->src))
            continue;
        state_give(intake, now, sa);
        *sa = *now;
        sa->compared = true;
        return;
    }
    if (memory->count < XFRM_STATE_SAS)
        memory->sas[memory->count++] = *now;
    else
        state_give(intake, now, NULL);
}

/* "src 192.0.2.1 dst 198.51.100.2", and nothing else. */
static bool state_begins(struct span text, struct state_sa *sa)
{
    struct span word, src, dst;
    *sa = (struct state_sa){ 0 };
    return span_word(&text, &word) && span_is(word, "src") && span_word(&text, &src) && span_word(&text, &word) && span_is(word, "dst") &&
           span_word(&text, &dst) && !span_word(&text, &word) && addr_parse(src.at, src.length, &sa->src) && addr_parse(dst.at, dst.length, &sa->dst);
}

static enum log_answer state_line(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct state_memory *memory = opaque;
    (void)intake;
    return !line->indented && state_begins(line->whole, &memory->now) ? LOG_OPEN : LOG_FOREIGN;
}

/* "proto esp spi 0x00001001(4097) reqid 1(0x00000001) mode tunnel" */
static bool state_identity(struct span text, struct state_sa *sa)
{
    struct drop_report read = { 0 };
    struct span proto, spi, hex;
    uint32_t decimal;
    if (!field_labelled(text, "proto ", "", &proto) || !field_labelled(text, " spi ", "", &spi) || !field_follows(text, spi, " reqid ") ||
        !span_until(&spi, '(', &hex) || !span_begins(hex, "0x") || hex.length != 10 || !field_hex(hex, &sa->spi))
        return false;
    sa->proto = drop_proto_text(&read, proto) ? read.proto : 0; /* comp has no such errors */
    if (spi.length == 0) /* without -s the number stands there once */
        return true;
    spi.length--;
    return spi.at[spi.length] == ')' && field_number(spi, &decimal) && decimal == sa->spi;
}

/* "replay-window 3 replay 1 failed 0" */
static bool state_values(struct span text, struct state_sa *sa)
{
    static const char *const names[STATE_COUNTERS] = { "replay-window", "replay", "failed" };
    struct span word;
    for (unsigned i = 0; i < STATE_COUNTERS; i++)
        if (!span_word(&text, &word) || !span_is(word, names[i]) || !span_word(&text, &word) || !span_number(word, UINT32_MAX, &sa->value[i]))
            return false;
    return !span_word(&text, &word);
}

static enum log_answer state_more(struct intake *intake, void *opaque, const struct log_line *line)
{
    struct state_memory *memory = opaque;
    struct span text = span_trim(line->whole);
    if (!line->indented)
        return state_line(intake, opaque, line);
    if (span_begins(text, "proto "))
        return state_identity(text, &memory->now) ? LOG_OPEN : LOG_BROKEN;
    if (!span_begins(text, "replay-window ") || !field_has(text, " failed "))
        return LOG_OPEN;
    memory->now.line = line->number;
    if (!state_values(text, &memory->now))
        return LOG_BROKEN;
    if (memory->now.proto)
        state_counted(memory, intake);
    return LOG_OPEN;
}

static void state_finish(struct intake *intake, void *opaque)
{
    struct state_memory *memory = opaque;
    for (unsigned i = 0; i < memory->count; i++)
        if (!memory->sas[i].compared)
            state_give(intake, &memory->sas[i], NULL);
}

const struct log_format format_xfrm_state = {
    .name = "xfrm-state", .title = "ip -s xfrm state", .never = DROP_TIME | DROP_SEQ, .memory = sizeof(struct state_memory),
    .line = state_line, .more = state_more, .finish = state_finish,
};
