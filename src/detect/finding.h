/*
 * finding: one thing that is wrong, with its evidence; and the ledger that counts repeats instead of repeating them.
 *
 * A finding is found again by {condition, cause, subject}; the subject's `kind` is part of it. The ledger is bounded: past LEDGER_MAX findings, further ones of a condition
 * are counted on one finding without a subject. Findings keep the order in which they were first met.
 *
 * In a run that goes on, findings that fell quiet are settled: what is concluded of them then stays, whatever is forgotten of the SAs and exchanges of
 * that time, unless they count again. Later they leave, and are counted by condition only (struct ledger_older).
 */
#ifndef DETECT_FINDING_H
#define DETECT_FINDING_H

#include "base/text.h"
#include "receiver/verdict.h"

#define LEDGER_MAX 4096u
#define LEDGER_PER_PAIR 32u  /* findings of one condition and cause for one address pair; further SPIs are merged */
#define FINDING_FACTS 24
#define FACT_TEXT_MAX 512u

enum severity { SEVERITY_NOTE, SEVERITY_WARNING, SEVERITY_ERROR };

enum fact_kind { FACT_NUMBER, FACT_SPI, FACT_TIME, FACT_SPAN, FACT_TEXT, FACT_ADDR, FACT_BOOL };

struct fact {
    const char *name;       /* static, as JSON spells it */
    uint8_t kind;           /* enum fact_kind */
    int64_t number;         /* NUMBER, SPI, TIME (ns since 1970), SPAN (ns), BOOL */
    struct addr addr;
    char text[48];          /* a copy, cut where it is longer; escaped when shown */
    char *whole;            /* the whole text where it is longer, up to FACT_TEXT_MAX; else NULL. The ledger's */
};

struct place {
    uint16_t file;
    uint64_t frame;
    int64_t time_ns;
};

struct subject {
    struct addr src, dst;   /* none: not told */
    uint8_t proto;          /* 50, 51, 17, 0 for none */
    bool has_spi;
    uint32_t spi;
    uint32_t kind;          /* tells findings of one condition and pair apart; 0 where nothing has to; not shown */
};

struct condition;

/* Of a run that goes on: what was told of a finding so far (engine/news.h). */
struct finding_told {
    uint64_t count;         /* 0: nothing yet */
    int64_t next_ns, wait_s;
    uint64_t metered;       /* of the count, what metrics have taken in (report/metrics.h) */
};

struct finding {
    const struct condition *condition;
    uint8_t severity, certainty, cause;
    uint16_t windows;       /* 0: none */
    uint8_t counter;        /* enum counter */
    struct subject subject;
    uint64_t count;
    struct place first, last;
    uint32_t sa, near;      /* SADB_NONE where none */
    uint32_t index;         /* of the finding in its ledger */
    uint32_t merged;        /* other SPIs that are counted here */
    uint32_t fact_count;
    struct fact facts[FINDING_FACTS];
    struct fact rest;       /* where facts go that find no room; never shown */
    uint32_t *share;        /* a count that bounds findings of its kind, and counts this one until it leaves; NULL */
    struct finding_told told;
    uint64_t aged_count;    /* of a run that goes on (engine/settle.h): the count when it was last looked at */
    uint32_t quiet;         /* and how often it was the same */
    struct finding *settled; /* as it was concluded then; NULL */
    char *explained;        /* of what was settled: its explanation */
};

void finding_set_clock(struct finding *finding, int64_t step_ns); /* as sadb_set_clock */

struct ledger;

struct ledger *ledger_create(void); /* NULL: no memory */
void ledger_destroy(struct ledger *ledger);
/*
 * The finding of this key, made if it is new (then *is_new). Count, first and last are kept; the caller fills facts where it is new. Never
 * NULL: when the ledger is full the condition's overflow finding comes back, which is new once.
 */
struct finding *ledger_hit(struct ledger *ledger, const struct condition *condition, enum cause cause,
                           const struct subject *subject, const struct place *place, bool *is_new);
/* Somebody who is told of every count, with its place; one for each ledger. */
void ledger_watch(struct ledger *ledger, void (*hit)(void *context, const struct finding *finding, const struct place *place),
                  void *context);
uint32_t ledger_count(const struct ledger *ledger);
struct finding *ledger_at(struct ledger *ledger, uint32_t index); /* by first meeting */
/* Findings of condition and cause between the subject's addresses, whatever the SPI. */
uint32_t ledger_of_pair(const struct ledger *ledger, const struct condition *condition, const struct subject *subject);

/* A ledger with the same findings, in the same order; nobody watches it. NULL: no memory. */
struct ledger *ledger_clone(const struct ledger *ledger);
/* What has left the ledger, of one condition and severity. */
struct ledger_older {
    const struct condition *condition;
    uint8_t severity;
    uint32_t findings;
    uint64_t count, metered; /* of all of them */
    int64_t first_ns, last_ns;
};

/* Takes out those that `gone` names, by index: they are counted as older ones, with the severity that was settled. The others move up. Nobody watches. */
void ledger_leave(struct ledger *ledger, const bool *gone);
void ledger_set_clock(struct ledger *ledger, int64_t step_ns); /* explanations that were settled stay */
uint32_t ledger_older_count(const struct ledger *ledger);
struct ledger_older *ledger_older_at(struct ledger *ledger, uint32_t index);

/* The finding of the same condition, cause and subject, or NULL. */
struct finding *ledger_find(struct ledger *ledger, const struct finding *like);

/* A copy with texts of its own, for finding_clear; what was settled stays the other's. */
void finding_copy(struct finding *to, const struct finding *from);
void finding_clear(struct finding *finding); /* frees the texts */
/* `settled`, of which the finding takes possession, is what it comes to from now on, until it counts again. */
void finding_settle(struct finding *finding, struct finding *settled);
void finding_unsettle(struct finding *finding);
/* It becomes what was settled, where something was. */
void finding_take_settled(struct finding *finding);

/* A fact of that name is set again or added; past FINDING_FACTS it is left out. */
void finding_number(struct finding *finding, const char *name, int64_t number);
void finding_bool(struct finding *finding, const char *name, bool value);
void finding_spi(struct finding *finding, const char *name, uint32_t spi);
void finding_time(struct finding *finding, const char *name, int64_t time_ns);
void finding_span(struct finding *finding, const char *name, int64_t span_ns);
void finding_text(struct finding *finding, const char *name, const char *text);
void finding_addr(struct finding *finding, const char *name, const struct addr *addr);
const struct fact *finding_fact(const struct finding *finding, const char *name);
int64_t finding_get(const struct finding *finding, const char *name, int64_t otherwise);

/* The text of a fact, "" where there is none of that name. */
const char *finding_words(const struct finding *finding, const char *name);
static inline const char *fact_words(const struct fact *fact)
{
    return fact->whole ? fact->whole : fact->text;
}

const char *severity_name(enum severity severity);

#endif
