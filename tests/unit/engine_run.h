/* engine_run: a run that goes on, fed with packets made by hand and with times of one's choice; for tests of what a live run keeps and forgets. */
#ifndef ENGINE_RUN_H
#define ENGINE_RUN_H

#include <stdio.h>

#include "base/bytes.h"
#include "engine/engine.h"
#include "sa_maker.h"

#define RUN_PACKET 84u /* an IPv4 header, and ESP of 64 bytes */

static inline bool run_swallow(void *context, const char *bytes, size_t length)
{
    struct text *out = context;
    if (out != NULL)
        text_add(out, bytes, length);
    return true;
}

/* All SAs of 192.0.2.0/24 are known. `out` (may be NULL) gets the output. */
static inline struct esplain *run_start(struct text *out, enum esplain_format format)
{
    static const char *const receivers[] = { "192.0.2.0/24" };
    const struct esplain_options options = { .output = run_swallow, .context = out, .format = format, .receivers = receivers, .receiver_count = 1 };
    struct esplain_error said;
    struct error error;
    struct esplain *esplain = esplain_create(&options, &said);
    assert_non_null(esplain);
    assert_true(engine_load(esplain, &error));
    esplain->loaded = true;
    esplain->files[esplain->file_count++] = strdup("eth0");
    return esplain;
}

static inline void run_ip4(uint8_t *at, uint16_t length, uint8_t protocol, uint8_t src, uint8_t dst)
{
    const uint8_t head[20] = { [0] = 0x45, [2] = (uint8_t)(length >> 8), [3] = (uint8_t)length, [8] = 64, [9] = protocol,
                               [12] = 192, [14] = 2, [15] = src, [16] = 192, [18] = 2, [19] = dst };
    uint32_t sum = 0;
    memcpy(at, head, sizeof head);
    for (unsigned i = 0; i < 20; i += 2)
        sum += bytes_get16(at + i);
    bytes_put16(at + 10, (uint16_t)~((sum & 0xffff) + (sum >> 16)));
}

/* One frame, an IPv4 packet, judged at its time. */
static inline void run_frame(struct esplain *esplain, const uint8_t *bytes, uint32_t length, int64_t time_ns)
{
    esplain->frames[0] = (struct frame){ .bytes = bytes, .captured = length, .wire = length, .linktype = LINKTYPE_RAW, .time_ns = time_ns,
                                         .number = esplain->summary.frames + 1 };
    engine_walk(esplain, esplain->frames, esplain->slots, 1);
    engine_judge(esplain, esplain->frames, esplain->slots, NULL, 1);
}

/* ESP from 192.0.2.`src` to 192.0.2.`dst`. */
static inline void run_esp(struct esplain *esplain, uint8_t src, uint8_t dst, uint32_t spi, uint32_t seq, int64_t time_ns)
{
    uint8_t packet[RUN_PACKET];
    for (unsigned i = 0; i < sizeof packet; i++)
        packet[i] = (uint8_t)(0x80 | (i * 7 + seq));
    run_ip4(packet, RUN_PACKET, 50, src, dst);
    bytes_put32(packet + 20, spi);
    bytes_put32(packet + 24, seq);
    run_frame(esplain, packet, sizeof packet, time_ns);
}

/* The latest finding of that condition, or NULL. */
static inline struct finding *run_finding(struct esplain *esplain, const char *condition)
{
    for (uint32_t i = ledger_count(esplain->detect.ledger); i-- > 0;)
        if (strcmp(ledger_at(esplain->detect.ledger, i)->condition->name, condition) == 0)
            return ledger_at(esplain->detect.ledger, i);
    return NULL;
}

#endif
