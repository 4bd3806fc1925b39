/* engine: one analysis: the staircase from bytes to findings, joined. Private behind include/esplain/esplain.h. */
#ifndef ENGINE_ENGINE_H
#define ENGINE_ENGINE_H

#include "capture/source.h"
#include "decode/walk.h"
#include "detect/condition.h"
#include "dosp/boundary.h"
#include "engine/clock.h"
#include "reassembly/fragments.h"
#include "reassembly/stream.h"
#include "receiver/inner.h"
#include "receiver/spd.h"
#include "report/report.h"
#include "sa/ike_keys.h"
#include "sa/table.h"
#include "track/copies.h"
#include "track/flow.h"
#include "track/ike_session.h"
#include "track/recent.h"

enum { LINKTYPE_ETHERNET = 1, LINKTYPE_RAW = 101 };

#define ENGINE_FILES_MAX 4096u
#define ENGINE_NESTING 4u /* IPsec packets inside each other that are opened (the kernel: 6 SAs in all) */

struct counters;
struct log;
struct refresh;
struct write;
struct engine_kernel;
struct confirm;
struct metrics;
struct metrics_interface;

/* A frame of the batch, walked to its first layer and looked up. */
struct engine_slot {
    struct walk walk;
    struct layer layer;
    uint32_t ports; /* esplain->ports_learned when it was walked */
    uint64_t hash; /* of {destination, SPI, protocol}; ESP and AH only */
};

struct esplain {
    struct esplain_options options;
    struct sa_table *table;
    struct sadb *db;
    struct known *known;
    struct ike_keys *ike_keys;     /* NULL without -k */
    struct ike_sessions *sessions;
    struct fragments *fragments;  /* NULL until the first fragment */
    struct streams *streams;      /* NULL until the first TCP segment on a port of IKE */
    struct receiver receiver;
    struct recent recent;
    struct detect detect;
    struct spd *spd;
    struct settings *dosp;        /* of the DoS protection; NULL without */
    struct boundary *boundary;    /* the box that they describe; NULL without */
    struct boundary_judgement dosp_said; /* of the packet that is judged now */
    struct engine_kernel *kernel; /* live -s kernel; NULL without */
    struct confirm *confirm;      /* the kernel's counters; NULL without */
    struct copies copies;
    uint8_t *buffers[ENGINE_NESTING]; /* what is opened; each as long as the longest packet so far */
    uint32_t buffer_room[ENGINE_NESTING];
    uint8_t receiver_link[6];     /* Ethernet address that IPsec packets to the policies' host go to */
    bool receiver_link_known, receiver_seen;
    struct event_sink sink;
    struct report report;
    struct summary summary;
    struct walk_ports ports;
    uint32_t ports_learned;       /* counts changes of ports */
    const struct opened_ahead *ahead; /* of the packet that is judged now; NULL without workers */
    struct clock clock;           /* of a live run */
    struct refresh *refresh;      /* of a live run: SA files that change; NULL without */
    struct write *write;          /* -w; NULL without */
    struct metrics *metrics;      /* NULL until they were asked for */
    struct metrics_interface *interfaces; /* what a live run captures on; NULL else. Ours, the names are those of files */
    uint32_t interface_count;
    struct counters *counters;    /* the kernel's own, in live runs; NULL where it has none */
    int64_t started_ns;           /* of a live run, by the time of day; 0: none */
    bool write_failed;
    struct log *log;              /* of esplain_add_log; NULL without */
    uint32_t flows;
    uint32_t nonce_tables;
    uint32_t file_count;
    const char *files[ENGINE_FILES_MAX]; /* copies, ours */
    struct text damage;
    uint32_t remarks[3];          /* of SA files, by level */
    bool loaded, finished, stopped;
    struct frame frames[CAPTURE_BATCH];
    struct engine_slot slots[CAPTURE_BATCH];
};

/* The SAs that a packet came through so far, and how deep it is nested. */
struct engine_path {
    struct spd_path sas;
    bool hidden;        /* an envelope around this one is not on the path, because its SA is not known: policies cannot be judged */
    unsigned depth;     /* opened packets around this one */
    unsigned datagrams; /* reassembled ones around it */
    uint32_t pieces;    /* frames that made the innermost of these, and the length of the largest: see struct event */
    uint32_t piece;
};

/*
 * esplain_read of a source that is open already, with esplain->file_count as its file. Closes it; `name` is what reports call it.
 */
bool engine_read_source(struct esplain *esplain, struct source *source, const char *name, struct esplain_error *error);

/*
 * EVENT_SA_END for each SA with packets that `which` names, by index, which is not told again then; NULL: for all, as if they ended now. In the
 * order in which they came, so that of many that are alike always the same ones are told one by one.
 */
void engine_end_sas(struct esplain *esplain, const bool *which);
/* What the end of a capture shows of its SAs, and the last word on every finding. */
void engine_conclude_all(struct esplain *esplain);

/* load.c: SA files into the table and the receiver's knowledge; called once, before the first packet. */
bool engine_load(struct esplain *esplain, struct error *error);

/* clock.c: somebody set the clock forward by so much: the times of everything that is remembered move along. */
void engine_set_clock(struct esplain *esplain, int64_t step_ns);

/* packet.c */
void engine_walk(const struct esplain *esplain, const struct frame *frames, struct engine_slot *slots, size_t count);
/* In the order of the capture. `ahead` may be NULL. */
void engine_judge(struct esplain *esplain, const struct frame *frames, struct engine_slot *slots,
                  const struct opened_ahead *ahead, size_t count);
void engine_check_stop(struct esplain *esplain); /* sets esplain->stopped where the options or the output say so */
void engine_progress(const struct esplain *esplain, const struct source *source, const char *path);
/* A packet whose first layer is found: all layers of it. */
void engine_walked(struct esplain *esplain, const struct frame *frame, struct walk *walk, struct layer *layer,
                   const struct engine_path *path);
/* One layer; false where it carries nothing of IPsec or IKE. `hash`: of ESP and AH, else 0. */
bool engine_layer(struct esplain *esplain, const struct frame *frame, const struct layer *layer, uint64_t hash,
                  const struct engine_path *path);
void engine_expire(struct esplain *esplain, int64_t now_ns); /* reassemblies that are too old at that time are told of */
void engine_end_fragments(struct esplain *esplain); /* the capture is over: unfinished reassemblies are told of */
void engine_event(struct esplain *esplain, enum event_kind kind, const struct frame *frame, const struct layer *layer,
                  const struct judgement *judgement);

/* ipsec.c: one ESP or AH header, and what comes out of it. */
void engine_ipsec(struct esplain *esplain, const struct frame *frame, const struct layer *layer, uint64_t hash,
                  const struct engine_path *path);
/* stream.c: a TCP segment that may carry IKE and ESP: what it completes is judged. */
enum stream_answer engine_stream(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                                 const struct engine_path *path);
void engine_end_streams(struct esplain *esplain);
/* dosp.c: `path` as --policy names it and its text; *taken: it holds DoS protection settings. */
bool engine_dosp_add(struct esplain *esplain, const char *path, const char *bytes, size_t length, bool *taken, struct error *error);
bool engine_dosp_begin(struct esplain *esplain, struct error *error); /* before the first packet */
void engine_dosp_end(struct esplain *esplain);
/* Around the judgement of a packet's first layer: the boundary's word on it, and its record where the receiver gives none. */
void engine_dosp_judge(struct esplain *esplain, const struct frame *frame, const struct layer *layer);
void engine_dosp_close(struct esplain *esplain, const struct frame *frame, const struct layer *layer);
/* clear.c: a packet outside IPsec against the policies. */
void engine_clear(struct esplain *esplain, const struct frame *frame, const struct layer *layer);
/* Is this the opened form of a packet that was seen as IPsec a moment ago? Uses up what it is the copy of. */
bool engine_is_copy(struct esplain *esplain, const struct frame *frame, const struct layer *layer);
/* The final say on a judgement: counts, events, record. `inner` may be NULL. */
void engine_conclude(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                     const struct judgement *judgement, const struct inner_packet *inner);

/* remark.c: why a packet that was refused for its ICV or its sizes may have been; sets the judgement's cause. `buffer`: for AH. */
void engine_suspect(struct esplain *esplain, const struct layer *layer, uint8_t *buffer, struct judgement *judgement);
/* Raises EVENT_OPENED where something is remarkable about a packet whose ICV is right; counts on the SA what only shows over many. */
void engine_remark(struct esplain *esplain, const struct frame *frame, const struct layer *layer,
                   const struct judgement *judgement, const struct opened *opened, const struct inner_packet *inner);

static inline uint64_t engine_hash(const struct esplain *esplain, const struct layer *layer)
{
    return sadb_hash(esplain->db, &layer->ip.dst, layer->spi, layer->kind == LAYER_AH ? SA_PROTO_AH : SA_PROTO_ESP);
}

void engine_message(const struct esplain *esplain, const char *format, ...) __attribute__((format(printf, 2, 3)));

#endif
