/* detect_stage: a small stage for conditions: an SA table, a receiver, a detector, and packets made by hand. */
#ifndef DETECT_STAGE_H
#define DETECT_STAGE_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "detect/rows.h"
#include "track/flow.h"
#include "track/recent.h"

#define SECOND ((int64_t)1000000000)
#define STAGE_RECORDS 16

struct stage {
    struct sadb *db;
    struct known *known;
    struct receiver receiver;
    struct detect detect;
    struct sa_record records[STAGE_RECORDS]; /* outlive the table */
    unsigned record_count;
    struct frame frame;
    struct layer layer;
    struct judgement judgement;
    struct text text;
};

static inline struct addr stage_host(uint8_t last)
{
    return addr_ip4((const uint8_t[4]){ 10, 77, 0, last });
}

static inline void stage_start(struct stage *stage)
{
    memset(stage, 0, sizeof *stage);
    stage->db = sadb_create(NULL);
    stage->known = known_create(NULL);
    assert_non_null(stage->db);
    assert_non_null(stage->known);
    stage->receiver = (struct receiver){ .db = stage->db, .known = stage->known };
    assert_true(detect_start(&stage->detect, &stage->receiver));
    stage->frame = (struct frame){ .number = 5, .time_ns = 1000 * SECOND };
}

static inline void stage_stop(struct stage *stage)
{
    text_free(&stage->text);
    detect_stop(&stage->detect);
    known_destroy(stage->known);
    sadb_destroy(stage->db);
}

/* An ESP SA from 10.77.0.src to 10.77.0.dst as a file defines it; change the definition before stage_add(). */
static inline struct sa_definition *stage_definition(struct stage *stage, uint8_t src, uint8_t dst, uint32_t spi)
{
    assert_true(stage->record_count < STAGE_RECORDS);
    struct sa_definition *definition = &stage->records[stage->record_count++].definition;
    definition->src = (struct prefix){ stage_host(src), 32 };
    definition->dst = (struct prefix){ stage_host(dst), 32 };
    definition->spi = spi;
    definition->proto = SA_PROTO_ESP;
    return definition;
}

/* The SA of the last definition. */
static inline uint32_t stage_add(struct stage *stage)
{
    uint32_t index = sadb_add(stage->db, &stage->records[stage->record_count - 1], 0, 64);
    assert_int_not_equal(index, SADB_NONE);
    return index;
}

static inline uint32_t stage_seen(struct stage *stage, uint8_t src, uint8_t dst, uint32_t spi)
{
    struct addr from = stage_host(src), to = stage_host(dst);
    return sadb_learn(stage->db, &from, &to, spi, SA_PROTO_ESP, ENCAP_NONE);
}

/* One whose anti-replay window the file names; UINT32_MAX: it does not, and 64 is assumed. */
static inline uint32_t stage_known(struct stage *stage, uint8_t src, uint8_t dst, uint32_t spi, uint32_t window)
{
    struct sa_definition *definition = stage_definition(stage, src, dst, spi);
    definition->window = window;
    definition->window_known = window != UINT32_MAX;
    return stage_add(stage);
}

static inline struct flow *stage_flow(struct stage *stage, uint32_t index)
{
    struct sa *sa = sadb_sa(stage->db, index);
    sa->flow = calloc(1, sizeof *sa->flow); /* sadb_destroy frees it */
    assert_non_null(sa->flow);
    return sa->flow;
}

static inline void stage_layer(struct stage *stage, enum layer_kind kind, uint8_t src, uint8_t dst)
{
    memset(&stage->layer, 0, sizeof stage->layer);
    stage->layer.kind = (uint8_t)kind;
    stage->layer.ip.version = 4;
    stage->layer.ip.src = stage_host(src);
    stage->layer.ip.dst = stage_host(dst);
    stage->layer.ip.protocol = kind == LAYER_ESP ? 50 : kind == LAYER_AH ? 51 : 17;
}

/* A defect of IKE or UDP between 10.77.0.1 and 10.77.0.2. */
static inline void stage_defect(struct stage *stage, enum layer_kind kind, enum defect defect, uint16_t sport,
                                uint16_t dport)
{
    stage_layer(stage, kind, 1, 2);
    stage->layer.encap = ENCAP_UDP;
    stage->layer.defect = (uint8_t)defect;
    stage->layer.status = DECODE_BAD;
    stage->layer.sport = sport;
    stage->layer.dport = dport;
}

/* An ESP or AH packet that was judged so, on the SA of this index. */
static inline void stage_judged(struct stage *stage, enum verdict verdict, uint32_t sa, uint64_t seq, uint64_t top)
{
    stage->layer.seq = (uint32_t)seq;
    stage->judgement = (struct judgement){ .verdict = (uint8_t)verdict, .certainty = CERTAINTY_CERTAIN,
                                           .counter = verdict_row(verdict)->counter, .sa = sa, .near = SADB_NONE,
                                           .full = seq, .top = top };
}

static inline void stage_raise(struct stage *stage, enum event_kind kind)
{
    bool verdict = kind == EVENT_VERDICT || kind == EVENT_RESTART || kind == EVENT_NEAR_END || kind == EVENT_WRAP;
    struct event event = { .kind = (uint8_t)kind, .frame = &stage->frame, .layer = &stage->layer,
                           .judgement = verdict ? &stage->judgement : NULL,
                           .sa = verdict ? stage->judgement.sa : SADB_NONE };
    detect_raise(&stage->detect, &event);
    stage->frame.number++;
    stage->frame.time_ns += SECOND / 10;
}

static inline void stage_end_sa(struct stage *stage, uint32_t index)
{
    struct event event = { .kind = EVENT_SA_END, .sa = index, .flow = sadb_sa(stage->db, index)->flow };
    detect_raise(&stage->detect, &event);
}

static inline void stage_end(struct stage *stage)
{
    struct event event = { .kind = EVENT_CAPTURE_END, .sa = SADB_NONE };
    detect_raise(&stage->detect, &event);
    detect_conclude(&stage->detect);
}

/* The only finding of this condition; NULL where there is none. */
static inline struct finding *stage_only(struct stage *stage, const struct condition *condition)
{
    struct finding *only = NULL;
    for (uint32_t i = 0; i < ledger_count(stage->detect.ledger); i++) {
        struct finding *finding = ledger_at(stage->detect.ledger, i);
        if (finding->condition != condition)
            continue;
        assert_null(only);
        only = finding;
    }
    return only;
}

static inline struct finding *stage_finding(struct stage *stage, const struct condition *condition)
{
    struct finding *finding = stage_only(stage, condition);
    assert_non_null(finding);
    return finding;
}

/* What is said of it: whole sentences, no placeholder, and `part` in it. */
static inline void stage_says(struct stage *stage, const struct finding *finding, const char *part)
{
    text_clear(&stage->text);
    detect_explain(&stage->detect, finding, &stage->text);
    assert_non_null(stage->text.chars);
    if (strstr(stage->text.chars, part) == NULL)
        fail_msg("%s: '%s' is not in '%s'", finding->condition->name, part, stage->text.chars);
    if (strstr(stage->text.chars, "(null)") || strstr(stage->text.chars, "  ") || strstr(stage->text.chars, ". ."))
        fail_msg("%s: badly put together: '%s'", finding->condition->name, stage->text.chars);
}

static inline void stage_says_not(struct stage *stage, const struct finding *finding, const char *part)
{
    text_clear(&stage->text);
    detect_explain(&stage->detect, finding, &stage->text);
    if (strstr(stage->text.chars, part) != NULL)
        fail_msg("%s: '%s' is in '%s'", finding->condition->name, part, stage->text.chars);
}

static inline void stage_is(const struct finding *finding, enum severity severity, enum certainty certainty)
{
    assert_string_equal(severity_name(finding->severity), severity_name(severity));
    assert_string_equal(certainty_name(finding->certainty), certainty_name(certainty));
}

static inline void stage_fact(const struct finding *finding, const char *name, int64_t number)
{
    const struct fact *fact = finding_fact(finding, name);
    if (fact == NULL)
        fail_msg("no fact %s", name);
    else if (fact->number != number)
        fail_msg("fact %s is %lld, not %lld", name, (long long)fact->number, (long long)number);
}

#endif
