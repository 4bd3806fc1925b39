/*
 * drop_report: what one line, event or record of a log says of dropped packets, or of an SA that came or went. A plain value.
 *
 * Nothing here is guessed: a field that is not in `known` was not told, and `missing` says which of those the format never carries.
 */
#ifndef LOGS_DROP_REPORT_H
#define LOGS_DROP_REPORT_H

#include "base/addr.h"
#include "base/lines.h"
#include "base/text.h"
#include "catalogue/counter.h"

#define DROP_DOUBTS 6
#define DROP_EXTRAS 10
#define DROP_EXTRA_MAX 72
#define DROP_STAMP_MAX 40
#define DROP_YEAR 1972 /* stands for the year where the log does not tell it: a leap year */

enum drop_field {
    DROP_TIME = 1 << 0,  /* when */
    DROP_SRC = 1 << 1,   /* who sent the packet; of an SA: its source */
    DROP_DST = 1 << 2,
    DROP_PROTO = 1 << 3, /* 50 or 51 */
    DROP_SPI = 1 << 4,
    DROP_SEQ = 1 << 5,
    DROP_ALL = (1 << 6) - 1
};

enum drop_kind {
    DROP_PACKET,         /* packets were dropped */
    DROP_TOTAL,          /* a counter: so many since it began, or between two readings */
    DROP_NEGOTIATION,    /* IKE could not do its part; no packet of ESP or AH is spoken of */
    DROP_SA_ADDED, DROP_SA_DELETED, /* no drop: the history of an SA */
    DROP_REMARK          /* no drop: one of esplain's own findings that names no error; only for sinks that want them */
};

struct drop_time {
    int64_t ns;          /* since 1970; without a zone: as if the clock showed UTC; without a year: in DROP_YEAR */
    bool known;
    bool zoned;          /* the log tells the zone */
    bool dated;          /* the log tells the year */
};

struct drop_extra {
    const char *name;            /* static, as JSON spells it: "interface", "host", "user" */
    char value[DROP_EXTRA_MAX];  /* a stranger's bytes, cut at this length: escape when shown */
};

struct drop_report {
    const char *source;          /* name of the format; static */
    const char *event;           /* static, what the log calls it: "4965", "RECVD_PKT_INV_SPI", "SA-notfound" */
    uint8_t kind;                /* enum drop_kind */
    uint16_t file;               /* which of the files that were read */
    uint32_t line;               /* where it begins, 1-based */
    uint32_t known, missing;     /* sets of enum drop_field */
    struct drop_time time;
    char stamp[DROP_STAMP_MAX];  /* the time as the log wrote it, cut; "" where it told none. Escape when shown */
    struct addr src, dst;
    uint8_t proto;
    uint32_t spi, seq;
    bool other_spi_known;        /* the line can be read, or says, in two ways: this is the other SPI */
    bool contradiction;          /* it says both: it was edited or damaged */
    uint32_t other_spi;
    bool out_spi_known;          /* of SAs that are told as a pair: the SPI of the direction dst > src */
    uint32_t out_spi;
    uint64_t count;              /* packets; 1 where the line is written for each */
    const char *limited;         /* why there may have been more of them than the log tells; NULL: it tells each, as far as known */
    uint16_t windows;            /* the Windows code for what it says; 0: none */
    uint8_t counter;             /* enum counter that goes with it on Linux */
    bool stated;                 /* the log states that code, or that counter, itself; else it follows from the words */
    unsigned doubt_count, extra_count;
    const char *doubts[DROP_DOUBTS];    /* static sentences */
    struct drop_extra extras[DROP_EXTRAS];
};

const char *drop_field_name(enum drop_field field);  /* one field: "src" */
/* A doubt or an extra more; past the limits they are left out. An empty value is no extra. */
void drop_doubt(struct drop_report *report, const char *sentence);
void drop_extra(struct drop_report *report, const char *name, struct span value);
const char *drop_extra_find(const struct drop_report *report, const char *name); /* NULL: none */
/* Fields by their text; false, and nothing known, where it cannot be read. */
bool drop_src(struct drop_report *report, struct span address);
bool drop_dst(struct drop_report *report, struct span address);
void drop_proto(struct drop_report *report, uint8_t proto);
void drop_spi(struct drop_report *report, uint32_t spi);
void drop_seq(struct drop_report *report, uint32_t seq);
/* "esp", "ESP", "50", "ah", "AH", "51" */
bool drop_proto_text(struct drop_report *report, struct span text);
/* The same SPI written twice, in hexadecimal and decimal: where they differ the line was edited or damaged, and both are kept. */
void drop_spi_twice(struct drop_report *report, uint32_t hex, uint32_t decimal);
/* Doubts that do not depend on the format: an SPI and sequence number of printable bytes, SPIs that no SA can have. */
void drop_doubts(struct drop_report *report);

#endif
