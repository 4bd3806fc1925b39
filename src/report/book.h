/*
 * book: drop reports, gathered: those that say the same are counted together, and each with the packets of a capture that it speaks of.
 *
 * Theory of operation. Reports are entered first, then packets as they are judged. A packet belongs to the entries whose SPI it has (or, where the log tells none, whose
 * code its verdict has), as far as addresses, protocol and sequence number are told and equal. Packets whose verdict is the reported drop
 * outweigh all others of that SPI. At the end the difference of the clocks, of each log by itself, is the one that most report times agree on, within BOOK_CLOCK_NS:
 * a log that shows local time, or tells no year, is found with it.
 */
#ifndef REPORT_BOOK_H
#define REPORT_BOOK_H

#include "base/error.h"
#include "detect/finding.h"
#include "logs/drop_report.h"
#include "sa/sadb.h"

#define BOOK_ENTRIES_MAX 16384u /* different reports; more are counted only */
#define BOOK_BARE_MAX 256u      /* of those without an SPI, how many are compared with packets */
#define BOOK_TIMES 8u           /* times kept of one entry */
#define BOOK_FRAMES 64u         /* frames kept of one entry */
#define BOOK_CLOCK_NS 2500000000LL

/* Why a capture shows nothing of a report. */
enum book_absence {
    BOOK_MATCHED,        /* it does */
    BOOK_NO_CAPTURE,     /* none was given, or the report is no drop */
    BOOK_NOTHING_TOLD,   /* the report names no SPI and no code: nothing can be looked for */
    BOOK_OTHER_TIME,     /* the report's time lies outside of the capture */
    BOOK_OTHER_ADDRESS,  /* its SPI is there, between other addresses */
    BOOK_OTHER_PACKETS,  /* its SPI is there between its addresses, but not that sequence number or protocol */
    BOOK_OTHER_SPI,      /* IPsec between its addresses is there, but not that SPI */
    BOOK_NO_PEER         /* nothing between its addresses */
};

struct book_match {
    bool agrees;             /* the verdict of these packets is the reported drop */
    uint64_t packets;
    uint8_t verdict, cause, certainty; /* of the first */
    unsigned kept;
    struct place frames[BOOK_FRAMES];  /* the first of them */
    struct place last;
};

struct book_entry {
    struct drop_report report; /* the first of those that say this */
    uint64_t lines, packets;   /* how many, and how many packets they count together */
    uint32_t last_line;
    uint16_t last_file;
    struct drop_time last_time;
    char last_stamp[DROP_STAMP_MAX];
    unsigned time_count;
    struct drop_time times[BOOK_TIMES];
    uint16_t time_files[BOOK_TIMES]; /* of the logs */
    struct book_match *match;  /* NULL: no packet */
    uint8_t absence;           /* enum book_absence */
    bool spi_elsewhere, spi_here; /* packets of its SPI: between other addresses, between its own */
    struct addr other_src, other_dst; /* of the first such */
    uint32_t chain[2];         /* next entry with this SPI, with this other SPI; private */
};

/* The clock of one log beside the capture's. */
struct book_clock {
    int64_t offset_ns; /* the log's minus the capture's */
    uint32_t votes;    /* how many report times agree on it */
    bool firm;         /* one of them is of a report that only one packet fits, or there are several */
    uint32_t from, to; /* the votes for it; of book.c alone */
};

struct book;

struct book *book_create(struct error *error); /* NULL: no memory */
void book_destroy(struct book *book);
void book_add(struct book *book, const struct drop_report *report);
uint32_t book_count(const struct book *book);
const struct book_entry *book_at(const struct book *book, uint32_t index);
uint64_t book_refused(const struct book *book); /* reports that found no room */

void book_packet(struct book *book, const struct frame *frame, const struct layer *layer, const struct judgement *judgement);
/*
 * All packets of a capture were given for their times alone: the clocks are known from here on, and what the packets matched is forgotten, so that they can be
 * given again.
 */
void book_tie(struct book *book, int64_t first_ns, int64_t last_ns);
/* After the last packet: the clocks, and why what was not found may be missing. `read`: a capture was read, from first_ns to last_ns. */
void book_conclude(struct book *book, struct sadb *db, bool read, int64_t first_ns, int64_t last_ns);
uint32_t book_logs(const struct book *book); /* how many logs reports were from, or more */
/* The clock of a log by drop_report.file; NULL: not known. */
const struct book_clock *book_clock(const struct book *book, uint16_t file);
/* The time of a report with its year, where the log tells none: the one that is nearest to the capture. */
bool book_time(const struct book *book, const struct drop_time *time, int64_t *ns);

#endif
