/*
 * boundary: IPsec DoS Protection as its settings describe it, packet by packet.
 *
 * The order of the checks is inferred, not documented: malformed (13927); filter that blocks (13925) or exempts; IPsec to a group (13926); keying
 * module (13930); then an IPsec packet of a pair with a state entry passes within the limit of authenticated traffic, and one without is refused
 * (ESP, 13928) or passes within that of unauthenticated traffic (13932 where its queue finds no room). An internal host's IPsec packet makes the
 * entry (13929 where it finds no room). Where the documentation is silent, struct settings says which reading is taken.
 * One table, and one set of queues, serves all settings; limits and times are those of the setting that holds the packet.
 */
#ifndef DOSP_BOUNDARY_H
#define DOSP_BOUNDARY_H

#include "dosp/classify.h"
#include "dosp/settings.h"
#include "dosp/statistics.h"

#define BOUNDARY_ENTRIES_MAX (1u << 18)  /* state entries simulated at once, whatever the settings allow */
#define BOUNDARY_CONTACTS_MAX (1u << 16) /* pairs of which it is remembered what they did, to say why an entry is missing */

enum boundary_action { BOUNDARY_NONE, BOUNDARY_PASS, BOUNDARY_DROP, BOUNDARY_RATE_LIMIT };

enum boundary_class {
    CLASS_UNAUTH, CLASS_AUTH, CLASS_ICMP6, CLASS_EXEMPT, CLASS_BLOCK, CLASS_DEFAULT_EXEMPT, CLASS_DEFAULT_BLOCK,
    CLASS_OUTBOUND,  /* from inside: no class of the statistics */
    CLASS_MALFORMED, /* IPv6 that is not IPsec and cannot be read: no class of the statistics either */
};

/* Why there is no entry. */
enum boundary_lack {
    LACK_NONE,
    LACK_NEVER,         /* no packet that makes one was seen from the internal host */
    LACK_IDLE,
    LACK_FULL,          /* it was refused, because the table was full */
    LACK_OTHER_ADDRESS, /* another internal address, to which the peer never sent, answers the peer */
    LACK_LATE,          /* one may be older than the capture */
};

struct boundary_judgement {
    uint8_t action;      /* enum boundary_action; NONE: the packet does not cross the box, or the capture hides what it is */
    uint8_t sort;        /* enum boundary_class */
    uint8_t lack;        /* enum boundary_lack: of ESP without an entry */
    uint8_t module;      /* enum keying_module of a negotiation */
    uint16_t error;      /* 13925 to 13932; 0: none is documented for it */
    bool inbound, other_passes; /* other_passes: within the rate limit, if such ESP were not dropped */
    bool forgotten;      /* contacts were, for want of room: lack may be another */
    int64_t idle_ns;     /* of LACK_IDLE */
    struct addr answerer; /* of LACK_OTHER_ADDRESS */
    uint32_t limit;      /* the rate or maximum that was reached */
    const struct setting *setting;
};

struct boundary;

struct boundary *boundary_create(const struct settings *settings); /* keeps the pointer; NULL: no memory */
void boundary_destroy(struct boundary *boundary);
/* A packet whose first layer above IP was found; fragments come reassembled. In the order of the capture. */
void boundary_set_clock(struct boundary *boundary, int64_t step_ns); /* somebody set the clock forward by so much; NULL is fine */
void boundary_judge(struct boundary *boundary, const struct layer *layer, int64_t time_ns, struct boundary_judgement *judgement);
/* The counters as they are at the time of the last packet. */
void boundary_statistics(struct boundary *boundary, uint64_t counters[STATISTIC_COUNT]);

const struct settings *boundary_settings(const struct boundary *boundary);
const char *boundary_action_name(enum boundary_action action); /* "ratelimit"; NULL for NONE */
const char *boundary_class_name(enum boundary_class sort);     /* "ipsec-unauth" */

#endif
