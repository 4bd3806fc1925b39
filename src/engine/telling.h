/*
 * telling: what one report of a log, or one of esplain's own records of a finding, an alert, a verdict or a report, tells of a dropped packet. A plain value; nothing
 * in it is guessed. Its names may be a stranger's bytes: escape them when shown.
 */
#ifndef ENGINE_TELLING_H
#define ENGINE_TELLING_H

#include "logs/drop_report.h"

enum telling_kind { TELLING_REPORT, TELLING_VERDICT, TELLING_FINDING };
enum telling_encap { TELLING_ENCAP_UNTOLD, TELLING_ENCAP_NONE, TELLING_ENCAP_UDP };

struct telling {
    uint8_t kind;                     /* enum telling_kind */
    bool negotiation;                 /* it is IKE that speaks, of no packet of ESP or AH */
    uint32_t number;                  /* of a finding, as `read` counts them; 0: not told */
    uint32_t known;                   /* set of enum drop_field, without the time */
    struct addr src, dst;
    uint8_t proto;                    /* 50 or 51 */
    uint8_t encap;                    /* enum telling_encap, of the SA */
    uint32_t spi, seq;                /* seq: of the first packet that shows it */
    bool other_spi_known, contradiction; /* as in struct drop_report */
    uint32_t other_spi;
    uint16_t windows;
    uint8_t counter;                  /* enum counter */
    char source[DROP_EXTRA_MAX], event[DROP_EXTRA_MAX];    /* of a report, as in struct drop_report */
    char condition[DROP_EXTRA_MAX], cause[DROP_EXTRA_MAX]; /* of a finding; of a verdict: its name, and cause; cause "": none */
    char notify[DROP_EXTRA_MAX], damage[DROP_EXTRA_MAX], exchange[DROP_EXTRA_MAX]; /* of a finding that tells of IKE; "": not told */
    uint32_t ike_version;             /* 1, 2; 0: not told */
    bool of_child;
    uint32_t icmp_version, icmp_type, icmp_code; /* of a finding that tells of ICMP; version 4 or 6, 0: not told */
};

/* False where the report tells of no drop but of an SA. */
bool telling_of(struct telling *telling, const struct drop_report *report);
/* They tell the same; a number that one does not tell is no difference. */
bool telling_same(const struct telling *a, const struct telling *b);

#endif
