/* ike_ts: the Traffic Selector payloads (RFC 7296 3.13, RFC 9478). */
#ifndef DECODE_IKE_TS_H
#define DECODE_IKE_TS_H

#include "base/addr.h"
#include "decode/ike_chain.h"

enum ike_ts_type { IKE_TS_IP4 = 7, IKE_TS_IP6 = 8, IKE_TS_FC = 9, IKE_TS_SECLABEL = 10 };

struct ike_selector {
    uint8_t type;              /* enum ike_ts_type, or another: then only `at` and `length` are set as well */
    uint8_t protocol;          /* IP protocol; 0 for any */
    uint16_t length;           /* of the whole selector */
    uint32_t at;               /* offset in the message */
    uint16_t first_port, last_port; /* ICMP: type and code (RFC 7296 3.13.1) */
    bool opaque;               /* ports OPAQUE (65535 to 0): only what has no ports to see */
    struct addr first, last;   /* both included */
    const uint8_t *label;      /* TS_SECLABEL: `label_length` bytes; else NULL */
    uint16_t label_length;
};

struct ike_ts {
    uint8_t count;             /* selectors, as it says */
    /* What is left to yield: private to ike_ts.c. */
    const uint8_t *bytes;
    uint32_t at, captured, wire;
};

/* A payload of type 44 or 45. All selectors have been checked; `ts` can be iterated on any answer. */
enum decode_status ike_ts_open(const struct ike_payload *payload, struct ike_ts *ts, struct ike_fault *fault);
/* The next selector; false at the end, or before the first that is cut or of impossible length. */
bool ike_ts_next(struct ike_ts *ts, struct ike_selector *selector);

#endif
