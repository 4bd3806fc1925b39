/* engine: one analysis: the staircase from bytes to findings, joined. Private behind include/esplain/esplain.h. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "capture/source.h"
#include "decode/walk.h"
#include "detect/condition.h"
#include "reassembly/fragments.h"
#include "receiver/receiver.h"
#include "report/report.h"
#include "sa/table.h"
#include "track/flow.h"
#include "track/recent.h"

#define ENGINE_FILES_MAX 4096u

/* A frame of the batch, walked to its first layer and looked up. */
struct engine_slot {
    struct walk walk;
    struct layer layer;
    uint64_t hash; /* of {destination, SPI, protocol}; ESP and AH only */
};

struct esplain {
    struct esplain_options options;
    struct sa_table *table;
    struct sadb *db;
    struct known *known;
    struct fragments *fragments;  /* NULL until the first fragment */
    struct receiver receiver;
    struct recent recent;
    struct detect detect;
    struct event_sink sink;
    struct report report;
    struct summary summary;
    struct walk_ports ports;
    uint32_t flows;
    uint32_t file_count;
    const char *files[ENGINE_FILES_MAX]; /* copies, ours */
    struct text damage;
    uint32_t remarks[3];          /* of SA files, by level */
    bool loaded, finished, stopped;
    struct frame frames[CAPTURE_BATCH];
    struct engine_slot slots[CAPTURE_BATCH];
};

/* load.c: SA files into the table and the receiver's knowledge; called once, before the first packet. */
bool engine_load(struct esplain *esplain, struct error *error);
/* One frame, its layer already found. */
void engine_packet(struct esplain *esplain, const struct frame *frame, struct engine_slot *slot);
void engine_end_fragments(struct esplain *esplain); /* the capture is over: unfinished reassemblies are told of */
void engine_batch(struct esplain *esplain, size_t count);
void engine_message(const struct esplain *esplain, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
