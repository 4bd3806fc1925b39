/*
 * wfp: events of the Windows Filtering Platform (netsh wfp show netevents, netsh wfp show state): drops of the IPsec driver and of the DoS protection, failures
 * of negotiations.
 * Which element holds the status and how it is spelt is documented nowhere, so it is found by its name and read in any spelling.
 */
#include <string.h>

#include "catalogue/lookup.h"
#include "logs/format.h"
#include "logs/xml.h"

struct wfp_event {
    struct drop_report report;
    bool ipsec, dosp, ike, outbound, broken, status;
    struct addr local, remote;
};

/* "192.0.2.1", "3221225985", "c0000201" is never written; byteArray16 is 32 hexadecimal digits. */
static bool wfp_address(struct span text, struct addr *addr)
{
    uint8_t bytes[16];
    size_t length;
    uint32_t number;
    text = span_trim(text);
    if (addr_parse(text.at, text.length, addr))
        return true;
    if (text.length == 32 && span_hex(text, bytes, sizeof bytes, &length) == HEX_OK) {
        *addr = addr_ip6(bytes);
        return true;
    }
    if (!field_number(text, &number))
        return false;
    for (unsigned i = 0; i < 4; i++)
        bytes[i] = (uint8_t)(number >> (24 - 8 * i));
    *addr = addr_ip4(bytes);
    return true;
}

static void wfp_status(struct wfp_event *event, struct span text)
{
    struct lookup found;
    event->status = true;
    if (!lookup_find(text.at, text.length, &found) || found.error == NULL || found.spelling == SPELLING_INVENTED) {
        event->broken = true;
        return;
    }
    event->report.windows = found.error->code;
    event->report.stated = true;
}

static void wfp_type(struct wfp_event *event, struct span text)
{
    static const struct { const char *type, *event; } negotiations[] = {
        { "FWPM_NET_EVENT_TYPE_IKEEXT_MM_FAILURE", "IKEEXT_MM_FAILURE" },
        { "FWPM_NET_EVENT_TYPE_IKEEXT_QM_FAILURE", "IKEEXT_QM_FAILURE" },
        { "FWPM_NET_EVENT_TYPE_IKEEXT_EM_FAILURE", "IKEEXT_EM_FAILURE" },
    };
    event->ipsec |= span_is(text, "FWPM_NET_EVENT_TYPE_IPSEC_KERNEL_DROP") || span_is(text, "4");
    event->dosp |= span_is(text, "FWPM_NET_EVENT_TYPE_IPSEC_DOSP_DROP") || span_is(text, "5");
    for (size_t i = 0; i < sizeof negotiations / sizeof negotiations[0]; i++)
        if (span_is(text, negotiations[i].type)) {
            event->ike = true;
            event->report.event = negotiations[i].event;
        }
}

static void wfp_value(void *context, const struct xml_value *value)
{
    struct wfp_event *event = context;
    struct drop_report *report = &event->report;
    struct span text = span_trim(value->text), element = value->element;
    uint32_t number;
    if (value->attribute.length > 0 || text.length == 0)
        return;
    if (span_is(element, "type")) {
        wfp_type(event, text);
    } else if (span_is(element, "timeStamp")) {
        struct span rest = text;
        size_t length = text.length < DROP_STAMP_MAX - 1 ? text.length : DROP_STAMP_MAX - 1;
        memcpy(report->stamp, text.at, length);
        if (stamp_take(&rest, &report->time))
            report->known |= DROP_TIME;
    } else if (span_begins(element, "localAddrV") || span_begins(element, "internalHostV")) {
        event->broken |= !wfp_address(text, &event->local);
    } else if (span_begins(element, "remoteAddrV") || span_begins(element, "publicHostV")) {
        event->broken |= !wfp_address(text, &event->remote);
    } else if (span_is(element, "ipProtocol")) {
        drop_proto_text(report, text);
    } else if (span_is(element, "direction")) {
        event->outbound = span_is(text, "FWP_DIRECTION_OUTBOUND") || span_is(text, "FWP_DIRECTION_OUT") || span_is(text, "1");
    } else if (span_is(element, "failureStatus") || span_is(element, "failureErrorCode")) {
        wfp_status(event, text);
    } else if (span_is(element, "failurePoint")) {
        drop_extra(report, "failure_point", text);
    } else if (span_is(element, "spi")) {
        event->broken |= !field_number(text, &number);
        if (!event->broken && number != 0) /* 0: a clear packet */
            drop_spi(report, number);
    }
}

static enum log_answer wfp_xml(struct intake *intake, void *memory, const struct log_line *line)
{
    (void)memory;
    if (!field_has(line->whole, "<header>") || !field_has(line->whole, "FWPM_NET_EVENT_TYPE_"))
        return LOG_FOREIGN;
    struct wfp_event event = { .report = format_report(&format_wfp, "IPSEC_KERNEL_DROP", line) };
    if (!xml_walk(line->whole, &event, wfp_value))
        return LOG_BROKEN;
    if (!event.ipsec && !event.dosp && !event.ike)
        return LOG_TAKEN;
    if (event.broken || !event.status)
        return LOG_BROKEN;
    if (event.dosp)
        event.report.event = "IPSEC_DOSP_DROP";
    if (event.ike)
        event.report.kind = DROP_NEGOTIATION;
    event.report.src = event.outbound ? event.local : event.remote;
    event.report.dst = event.outbound ? event.remote : event.local;
    event.report.known |= (event.report.src.family ? DROP_SRC : 0u) | (event.report.dst.family ? DROP_DST : 0u);
    intake_give(intake, &format_wfp, &event.report);
    return LOG_TAKEN;
}

static const char *const wfp_elements[] = { "netEvent", "item", NULL };

const struct log_format format_wfp = {
    .name = "wfp",
    .title = "Windows Filtering Platform events",
    .never = DROP_SEQ,
    .limited = "Windows keeps only the latest 100 to 150 of these events",
    .elements = wfp_elements,
    .xml = wfp_xml,
};
