/*
 * condition: one row for each thing that can be wrong. `explain`, --mute, records, reports and docs/conditions.md all come from the row; docs/adding-a-condition.md
 * says how to add one.
 */
#ifndef DETECT_CONDITION_H
#define DETECT_CONDITION_H

#include "detect/finding.h"
#include "detect/heard.h"
#include "receiver/receiver.h"
#include "track/event.h"
#include "track/ike_session.h"

struct detect;
struct sa_table;
struct settings;
struct tally;

#define CONDITIONS_MAX 128u  /* rows of the registry */

enum { DOSP_CODE_FIRST = 13925, DOSP_CODE_LAST = 13932, DOSP_CODES = DOSP_CODE_LAST - DOSP_CODE_FIRST + 1 };

struct condition {
    const char *name;             /* "unknown-spi" */
    const char *title;            /* what is broken, as a headline: "SPI matches no SA" */
    uint8_t severity;             /* enum severity, of a certain or likely finding */
    uint16_t windows;             /* 0: none */
    uint8_t counter;              /* enum counter */
    const char *rfc;              /* "RFC 4303 3.4.2" */
    const char *meaning;          /* what it is, and what it is not; plain sentences */
    const char *const *causes;    /* NULL-terminated, most frequent first */
    const char *const *remedies;  /* NULL-terminated, what to do first comes first */
    /* Those that fit this one finding, where they depend on it; NULL, or an answer of NULL: `remedies`. */
    const char *const *(*remedy)(const struct finding *finding);
    uint32_t events;              /* set of 1u << enum event_kind */
    uint32_t verdicts;            /* with EVENT_VERDICT: set of 1u << enum verdict; 0 for all */
    /* Called for each event of those; makes findings with detect_hit(). */
    void (*decide)(struct detect *detect, const struct condition *condition, const struct event *event);
    /* Appends the sentences that speak of this one finding, from its facts; NULL: facts alone. */
    void (*explain)(const struct detect *detect, const struct finding *finding, struct text *text);
    /* At the capture's end: the last word on severity and certainty, with all that came after in view; NULL: stays. */
    void (*conclude)(const struct detect *detect, struct finding *finding);
};

/* What conditions may look at: everything below them on the staircase. */
struct detect {
    struct ledger *ledger;
    const struct ike_sessions *sessions; /* NULL where nobody follows IKE */
    struct receiver *receiver;
    struct sadb *db;
    const struct settings *dosp;  /* of the simulated DoS protection; NULL without */
    const struct tally *tally;    /* the receiver's own counters; NULL without */
    const struct sa_table *table; /* the files that the SAs come from; NULL: not told */
    uint32_t policy_pairs;        /* findings of clear packets so far */
    uint32_t dosp_pairs[DOSP_CODES + 1]; /* the same of the simulated DoS protection, by code from DOSP_CODE_FIRST on; last: without a code */
    bool muted[CONDITIONS_MAX];   /* by index in the registry */
    uint64_t capture_dropped;
    int64_t first_ns, last_ns;    /* of the capture so far */
    uint64_t ike_from_pairs;      /* IKE packets met */
    struct heard *sources;        /* addresses that sent anything that detect_saw_source() was told of */
    const struct condition *by_event[EVENT_COUNT][CONDITIONS_MAX]; /* NULL-terminated; muted ones left out */
};

extern const struct condition *const condition_registry[]; /* NULL-terminated, fewer than CONDITIONS_MAX */
const struct condition *condition_find(const char *name, size_t length); /* NULL: none */

bool detect_start(struct detect *detect, struct receiver *receiver);
void detect_stop(struct detect *detect);
bool detect_mute(struct detect *detect, const char *name); /* false: no such condition */
void detect_raise(void *detect, const struct event *event); /* an event_sink's function */
void detect_conclude(struct detect *detect);
/* The last word on a finding that has fallen quiet, while everything that it depends on is still there. */
void detect_settle(const struct detect *detect, struct finding *finding);
/* An address sent something that is no ESP or AH: IKE, a keepalive, clear text. Constant time, bounded memory. */
void detect_saw_source(struct detect *detect, const struct addr *src);

/* The event's packet as the finding's subject and place; counts it. */
struct finding *detect_hit(struct detect *detect, const struct condition *condition, const struct event *event,
                           enum cause cause, bool *is_new);
/* For findings about an SA or a pair rather than a packet. */
struct finding *detect_hit_sa(struct detect *detect, const struct condition *condition, uint32_t sa, bool *is_new);
/* For findings about what is neither: a fragment, a quoted packet, a direction. */
struct finding *detect_hit_subject(struct detect *detect, const struct condition *condition, const struct subject *subject,
                                   const struct place *place, bool *is_new);
/* Does a file say this SA's anti-replay window, or is it the assumed one? */
bool detect_window_known(const struct detect *detect, uint32_t sa);
/* NULL-terminated: what to do about it. */
const char *const *detect_remedies(const struct finding *finding);
void detect_explain(const struct detect *detect, const struct finding *finding, struct text *text);

/* Words shared by explanations. */
void words_sa(const struct detect *detect, uint32_t sa, struct text *text);       /* "ESP SA 0x00001001 to 10.77.0.2" */
void words_packets(uint64_t count, const char *what, struct text *text);          /* "1 packet", "12 packets" */
const char *words_cause(enum cause cause);                                        /* a clause for a person, NULL for none */
/* A number as printf takes it; 0 where there is none. */
static inline long long words_fact(const struct finding *finding, const char *name)
{
    return finding_get(finding, name, 0);
}

#endif
