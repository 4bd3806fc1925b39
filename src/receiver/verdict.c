/* verdict: names and codes of the verdicts, one row each. */
#include "receiver/verdict.h"

static const struct verdict_row verdict_rows[VERDICT_COUNT] = {
    [VERDICT_ACCEPTED] = { "accepted", 0, COUNTER_NONE, false },
    [VERDICT_HEADER_INVALID] = { "header-invalid", 13914, COUNTER_IN_HDR_ERROR, true },
    [VERDICT_UNKNOWN_SPI] = { "unknown-spi", 13910, COUNTER_IN_NO_STATES, true },
    [VERDICT_NOT_READY] = { "not-ready", 13910, COUNTER_ACQUIRE_ERROR, true },
    [VERDICT_WRONG_ENCAPSULATION] = { "wrong-encapsulation", 13912, COUNTER_IN_STATE_MISMATCH, true },
    [VERDICT_TOO_OLD] = { "too-old", 13913, COUNTER_IN_STATE_SEQ_ERROR, true },
    [VERDICT_REPLAYED] = { "replayed", 13913, COUNTER_IN_STATE_SEQ_ERROR, true },
    [VERDICT_EXPIRED] = { "expired", 13911, COUNTER_IN_STATE_EXPIRED, true },
    [VERDICT_TOO_SHORT] = { "too-short", 13914, COUNTER_IN_STATE_PROTO_ERROR, true },
    [VERDICT_MISALIGNED] = { "misaligned", 13914, COUNTER_IN_STATE_PROTO_ERROR, true },
    [VERDICT_INTEGRITY_FAILED] = { "integrity-failed", 13915, COUNTER_IN_STATE_PROTO_ERROR, true },
    [VERDICT_TRAILER_INVALID] = { "trailer-invalid", 13914, COUNTER_IN_STATE_PROTO_ERROR, true },
    [VERDICT_DUMMY] = { "dummy", 0, COUNTER_IN_STATE_PROTO_ERROR, false },
    [VERDICT_INNER_INVALID] = { "inner-invalid", 13914, COUNTER_IN_STATE_MODE_ERROR, true },
    [VERDICT_SELECTOR_MISMATCH] = { "selector-mismatch", 13912, COUNTER_IN_STATE_MISMATCH, true },
    [VERDICT_CLEAR_TEXT] = { "clear-text", 13916, COUNTER_IN_TMPL_MISMATCH, true },
    [VERDICT_BLOCKED] = { "blocked", 13916, COUNTER_IN_POL_BLOCK, true },
    [VERDICT_UNJUDGED] = { "unjudged", 0, COUNTER_NONE, false },
    [VERDICT_CUT] = { "cut", 0, COUNTER_NONE, false },
};

static const char *const cause_names[CAUSE_COUNT] = {
    [CAUSE_NONE] = NULL,
    [CAUSE_NOT_IPSEC] = "not-ipsec",
    [CAUSE_IKE_NO_MARKER] = "ike-without-marker",
    [CAUSE_ZERO_SPI] = "zero-spi",
    [CAUSE_RESERVED_SPI] = "reserved-spi",
    [CAUSE_OPPOSITE_DIRECTION] = "opposite-direction",
    [CAUSE_OTHER_DESTINATION] = "other-destination",
    [CAUSE_NAT_REBINDING] = "nat-rebinding",
    [CAUSE_OTHER_PROTOCOL] = "other-protocol",
    [CAUSE_OTHER_FAMILY] = "other-family",
    [CAUSE_BYTE_SWAPPED] = "byte-swapped",
    [CAUSE_ONE_BIT] = "one-bit",
    [CAUSE_SA_DELETED] = "sa-deleted",
    [CAUSE_SA_EXPIRED] = "sa-expired",
    [CAUSE_SA_NOT_YET] = "sa-not-yet-added",
    [CAUSE_LATE_CAPTURE] = "capture-started-late",
    [CAUSE_UNEXPLAINED] = "unexplained",
    [CAUSE_REKEYED] = "rekeyed",
    [CAUSE_PEER_RESTARTED] = "peer-restarted",
    [CAUSE_PEER_REPORTED] = "reported-by-peer",
    [CAUSE_CAPTURED_TWICE] = "captured-twice",
    [CAUSE_IP_CHECKSUM] = "ip-checksum",
    [CAUSE_UDP_CHECKSUM] = "udp-checksum",
    [CAUSE_SEQUENCE_ZERO] = "sequence-zero",
    [CAUSE_SEQUENCE_RESTART] = "sequence-restart",
    [CAUSE_TIME_LIMIT] = "time-limit",
    [CAUSE_PACKET_LIMIT] = "packet-limit",
    [CAUSE_BYTE_LIMIT] = "byte-limit",
    [CAUSE_NO_POLICY] = "no-policy",
    [CAUSE_TEMPLATE] = "template-mismatch",
    [CAUSE_SELECTOR] = "sa-selector",
    [CAUSE_OPENED_COPY] = "opened-copy",
    [CAUSE_POLICY_CHANGED] = "policy-changed",
    [CAUSE_NOT_COUNTED] = "not-counted",
    [CAUSE_CORRUPT] = "corrupt-packet",
    [CAUSE_WRONG_KEY] = "wrong-key",
    [CAUSE_ICV_LENGTH] = "icv-length",
    [CAUSE_OTHER_ALGORITHM] = "other-algorithm",
    [CAUSE_KEYS_SWAPPED] = "keys-swapped",
    [CAUSE_DIRECTIONS_SWAPPED] = "directions-swapped",
    [CAUSE_OTHER_SA_KEY] = "other-sa-key",
    [CAUSE_ESN_USED] = "esn-used",
    [CAUSE_ESN_UNUSED] = "esn-not-used",
    [CAUSE_ESN_HIGH] = "esn-high-half",
    [CAUSE_SALT] = "salt",
    [CAUSE_ADDRESS_TRANSLATED] = "address-translated",
    [CAUSE_FIELD_CHANGED] = "field-changed",
    [CAUSE_MUTABLE_FIELD] = "mutable-field",
    [CAUSE_ENTRY_NEVER] = "no-outbound-ipsec",
    [CAUSE_ENTRY_IDLE] = "entry-idle",
    [CAUSE_ENTRY_REFUSED] = "entry-refused",
    [CAUSE_ENTRY_OTHER_ADDRESS] = "answer-from-other-address",
};

const struct verdict_row *verdict_row(enum verdict verdict)
{
    return &verdict_rows[verdict];
}

const char *cause_name(enum cause cause)
{
    return cause_names[cause];
}

const char *certainty_name(enum certainty certainty)
{
    static const char *const names[] = { "possible", "likely", "certain" };
    return names[certainty];
}
