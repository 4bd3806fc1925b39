/* ike_ts: traffic selectors, checked once and then yielded one by one. */
#include "decode/ike_ts.h"

#define TS_HEADER 4
#define SELECTOR_HEADER 4
#define SELECTOR_MIN 5 /* the shortest of all types is a security label of one byte */

/* Bytes of a selector of that type, 0 for the others. */
static uint32_t type_length(uint8_t type)
{
    return type == IKE_TS_IP4 ? 16 : type == IKE_TS_IP6 ? 40 : 0;
}

static void read_range(const uint8_t *bytes, struct ike_selector *selector)
{
    bool ip4 = selector->type == IKE_TS_IP4;
    selector->protocol = bytes[1];
    selector->first_port = bytes_get16(bytes + 4);
    selector->last_port = bytes_get16(bytes + 6);
    selector->opaque = selector->first_port == 65535 && selector->last_port == 0;
    selector->first = ip4 ? addr_ip4(bytes + 8) : addr_ip6(bytes + 8);
    selector->last = ip4 ? addr_ip4(bytes + 12) : addr_ip6(bytes + 24);
}

/* The first selector of those left: reads it and steps behind it. */
static enum decode_status take(struct ike_ts *ts, struct ike_selector *selector, struct ike_fault *fault)
{
    if (ts->wire < SELECTOR_HEADER)
        return ike_payload_blame(fault, IKE_DAMAGE_TS_LENGTH, ts->at, ts->wire, SELECTOR_HEADER);
    if (ts->captured < SELECTOR_HEADER)
        return DECODE_CUT;
    uint32_t length = bytes_get16(ts->bytes + 2), wanted = type_length(ts->bytes[0]);
    *selector = (struct ike_selector){ .type = ts->bytes[0], .length = (uint16_t)length, .at = ts->at };
    if (wanted != 0 ? length != wanted : length < SELECTOR_MIN)
        return ike_payload_blame(fault, IKE_DAMAGE_TS_LENGTH, ts->at + 2, length, wanted != 0 ? wanted : SELECTOR_MIN);
    if (length > ts->wire)
        return ike_payload_blame(fault, IKE_DAMAGE_TS_LENGTH, ts->at + 2, length, ts->wire);
    if (length > ts->captured)
        return DECODE_CUT;
    if (selector->type == IKE_TS_IP4 || selector->type == IKE_TS_IP6)
        read_range(ts->bytes, selector);
    if (selector->type == IKE_TS_SECLABEL) {
        selector->label = ts->bytes + SELECTOR_HEADER;
        selector->label_length = (uint16_t)(length - SELECTOR_HEADER);
    }
    ts->bytes += length;
    ts->captured -= length;
    ts->wire -= length;
    ts->at += length;
    return DECODE_OK;
}

static enum decode_status check(const struct ike_selector *selector, struct ike_fault *fault)
{
    if (selector->type < IKE_TS_IP4 || (selector->type > IKE_TS_SECLABEL && selector->type <= 240))
        return ike_payload_blame(fault, IKE_DAMAGE_TS_TYPE, selector->at, selector->type, 0);
    if (selector->first.family == 0)
        return DECODE_OK;
    if (selector->first_port > selector->last_port && !selector->opaque)
        return ike_payload_blame(fault, IKE_DAMAGE_TS_RANGE, selector->at + 4, selector->first_port,
                                 selector->last_port);
    if (addr_compare(&selector->first, &selector->last) > 0)
        return ike_payload_blame(fault, IKE_DAMAGE_TS_RANGE, selector->at + 8, 0, 0);
    return DECODE_OK;
}

static enum decode_status check_all(const struct ike_payload *payload, struct ike_ts rest, struct ike_fault *fault)
{
    uint32_t count = 0;
    enum decode_status status = DECODE_OK;
    for (; rest.wire > 0 && status == DECODE_OK; count++) {
        struct ike_selector selector;
        status = take(&rest, &selector, fault);
        if (status == DECODE_OK)
            status = check(&selector, fault);
    }
    if (status == DECODE_OK && (count != rest.count || count == 0))
        status = ike_payload_blame(fault, IKE_DAMAGE_TS_COUNT, payload->at + IKE_PAYLOAD_HEADER, count, rest.count);
    return ike_payload_claim(payload, status, fault);
}

enum decode_status ike_ts_open(const struct ike_payload *payload, struct ike_ts *ts, struct ike_fault *fault)
{
    *ts = (struct ike_ts){ .bytes = payload->body };
    enum decode_status status = ike_payload_room(payload, 0, TS_HEADER, IKE_DAMAGE_TS_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    *ts = (struct ike_ts){
        .count = payload->body[0], .bytes = payload->body + TS_HEADER,
        .at = payload->at + IKE_PAYLOAD_HEADER + TS_HEADER, .captured = payload->captured - TS_HEADER, .wire = payload->wire - TS_HEADER,
    };
    return check_all(payload, *ts, fault);
}

bool ike_ts_next(struct ike_ts *ts, struct ike_selector *selector)
{
    struct ike_fault fault;
    return ts->wire > 0 && take(ts, selector, &fault) == DECODE_OK;
}
