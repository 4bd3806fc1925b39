/*
 * verdict: what the receiver concludes of one packet, the vocabulary of records (docs/architecture.md lists the order of the checks).
 */
#ifndef RECEIVER_VERDICT_H
#define RECEIVER_VERDICT_H

#include "catalogue/counter.h"
#include "sa/sadb.h"

enum verdict {
    VERDICT_ACCEPTED,
    VERDICT_HEADER_INVALID,
    VERDICT_UNKNOWN_SPI,
    VERDICT_NOT_READY,
    VERDICT_WRONG_ENCAPSULATION,
    VERDICT_TOO_OLD,
    VERDICT_REPLAYED,
    VERDICT_EXPIRED,
    VERDICT_TOO_SHORT,
    VERDICT_MISALIGNED,
    VERDICT_INTEGRITY_FAILED,
    VERDICT_TRAILER_INVALID,
    VERDICT_DUMMY,
    VERDICT_INNER_INVALID,
    VERDICT_SELECTOR_MISMATCH,
    VERDICT_CLEAR_TEXT,
    VERDICT_BLOCKED,
    VERDICT_UNJUDGED,
    VERDICT_CUT,
    VERDICT_COUNT
};

enum certainty { CERTAINTY_POSSIBLE, CERTAINTY_LIKELY, CERTAINTY_CERTAIN };

/* Why; mostly of an unknown SPI, in the order in which they are tried. */
enum cause {
    CAUSE_NONE,
    CAUSE_NOT_IPSEC,          /* printable bytes where SPI and sequence number stand */
    CAUSE_IKE_NO_MARKER,
    CAUSE_ZERO_SPI,
    CAUSE_RESERVED_SPI,
    CAUSE_OPPOSITE_DIRECTION,
    CAUSE_OTHER_DESTINATION,
    CAUSE_NAT_REBINDING,      /* other destination, and the SA is UDP-encapsulated */
    CAUSE_OTHER_PROTOCOL,
    CAUSE_OTHER_FAMILY,
    CAUSE_BYTE_SWAPPED,
    CAUSE_ONE_BIT,
    CAUSE_SA_DELETED,
    CAUSE_SA_EXPIRED,
    CAUSE_SA_NOT_YET,
    CAUSE_LATE_CAPTURE,       /* unjudged: the SA may be older than the capture or than the table that was given */
    CAUSE_UNEXPLAINED,
    CAUSE_REKEYED,            /* deleted, and replaced by a newer Child SA of the same IKE SA */
    CAUSE_PEER_RESTARTED,     /* the receiver began anew, or leaves IKE requests unanswered */
    CAUSE_PEER_REPORTED,      /* nothing else is known but that the receiver itself reports it */
    /* of other verdicts */
    CAUSE_CAPTURED_TWICE,     /* unjudged: the same packet at two points of the path */
    CAUSE_IP_CHECKSUM,        /* unjudged: the receiver drops it before IPsec */
    CAUSE_UDP_CHECKSUM,
    CAUSE_SEQUENCE_ZERO,
    CAUSE_SEQUENCE_RESTART,
    CAUSE_TIME_LIMIT,
    CAUSE_PACKET_LIMIT,
    CAUSE_BYTE_LIMIT,
    CAUSE_NO_POLICY,          /* selector-mismatch: opened, but no policy covers what came out */
    CAUSE_TEMPLATE,           /* selector-mismatch: the policy asks for other SAs than those that were used */
    CAUSE_SELECTOR,           /* selector-mismatch: outside the SA's own selector */
    CAUSE_OPENED_COPY,        /* unjudged clear packet: the opened form of an IPsec packet, captured a second time */
    CAUSE_POLICY_CHANGED,     /* unjudged: came while a policy was changed, and before and after would be judged otherwise */
    CAUSE_NOT_COUNTED,        /* unjudged: the receiving kernel's own counters show that it refused nothing */
    /* of an ICV that is wrong, or of sizes that do not fit: what makes it right (receiver/suspect.h) */
    CAUSE_CORRUPT,            /* nothing, and other packets of the SA are right */
    CAUSE_WRONG_KEY,          /* nothing, and no packet of the SA is right */
    CAUSE_ICV_LENGTH,
    CAUSE_OTHER_ALGORITHM,
    CAUSE_KEYS_SWAPPED,       /* encryption and integrity key */
    CAUSE_DIRECTIONS_SWAPPED, /* the key of the other direction's SA */
    CAUSE_OTHER_SA_KEY,
    CAUSE_ESN_USED,           /* by the sender, and not by the SA */
    CAUSE_ESN_UNUSED,
    CAUSE_ESN_HIGH,           /* another high half than the receiver infers */
    CAUSE_SALT,
    CAUSE_ADDRESS_TRANSLATED, /* AH */
    CAUSE_FIELD_CHANGED,      /* AH: a field that no router may change */
    CAUSE_MUTABLE_FIELD,      /* AH: the sender covers a field that routers may change */
    /* of the simulated DoS protection: why a state entry is missing */
    CAUSE_ENTRY_NEVER,
    CAUSE_ENTRY_IDLE,
    CAUSE_ENTRY_REFUSED,
    CAUSE_ENTRY_OTHER_ADDRESS,
    CAUSE_COUNT
};

_Static_assert(VERDICT_COUNT == SA_VERDICTS, "each SA counts every verdict");

struct verdict_row {
    const char *name;
    uint16_t windows;       /* 0: none */
    uint8_t counter;        /* enum counter that goes with it unless the judgement says otherwise */
    bool refused;           /* a drop at the receiver */
};

struct judgement {
    uint8_t verdict;        /* enum verdict */
    uint8_t certainty;      /* enum certainty */
    uint8_t cause;          /* enum cause */
    uint8_t counter;        /* enum counter */
    uint8_t defect;         /* enum defect of the layer */
    bool passed;            /* the ICV was right, or nothing contradicts it: the window moves and the lifetime counts */
    bool verified;          /* the ICV was checked and is right */
    bool in_order;          /* accepted, and the sequence number is the next one: nobody needs to look closer */
    uint32_t sa;            /* the SA that was found, or the entry that the traffic is counted on; SADB_NONE for neither */
    uint32_t near;          /* the SA that an unknown SPI nearly was, or SADB_NONE */
    uint64_t full;          /* the sequence number with its high half as inferred */
    uint64_t top;           /* the highest accepted before this packet, 0 for none */
    int64_t span_ns;        /* SA ended or starts: how long ago (negative: to come) */
    const struct policy *policy; /* that refused the packet, or asked for what it lacks; NULL for none */
    const struct sa_definition *refuser; /* the SA whose own selector refused it; NULL for none */
};

const struct verdict_row *verdict_row(enum verdict verdict);
const char *cause_name(enum cause cause);        /* "one-bit"; NULL for CAUSE_NONE */
const char *certainty_name(enum certainty certainty);

#endif
