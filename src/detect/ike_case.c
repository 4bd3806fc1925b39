/* ike_case: one finding for one kind of thing between two IKE peers, and what became of them. */
#include "detect/ike_case.h"

#include <stdio.h>
#include <string.h>

#include "catalogue/ike_names.h"

#define CASE_WALK_MAX 100000000ull /* SA entries that all findings together may look at */

/* FNV-1a: kinds need no secret, because a pair has room for few of them. */
static uint32_t case_mix(uint32_t hash, const char *chars, size_t length)
{
    for (size_t i = 0; i < length; i++)
        hash = (hash ^ (uint8_t)chars[i]) * 16777619u;
    return hash;
}

uint32_t ike_case_kind(uint32_t number, const char *one, const char *two)
{
    char digits[12];
    size_t length = (size_t)snprintf(digits, sizeof digits, "%u.", number);
    uint32_t hash = case_mix(2166136261u, digits, length);
    hash = one ? case_mix(hash, one, strlen(one) + 1) : hash;
    hash = two ? case_mix(hash, two, strlen(two) + 1) : hash;
    return hash ? hash : 1;
}

const char *ike_case_exchange(uint8_t version, uint8_t exchange)
{
    const char *name = ike_exchange_name(version, exchange);
    return name ? name : "an exchange without a name";
}

const char *ike_case_notify(uint8_t version, uint16_t type)
{
    const char *name = ike_notify_name(version, type);
    return name ? name : "an error notify without a name";
}

static void case_hex(const uint8_t spi[8], char text[17])
{
    for (unsigned i = 0; i < 8; i++)
        snprintf(text + 2 * i, 3, "%02x", spi[i]);
}

static void case_spi(struct finding *finding, const char *name, const uint8_t spi[8])
{
    char text[17];
    case_hex(spi, text);
    finding_text(finding, name, text);
}

static struct finding *case_hit(struct detect *detect, const struct condition *condition, const struct event *event,
                                uint32_t kind, const struct place *place, bool *is_new)
{
    const struct layer *layer = event->layer;
    struct subject subject = { .src = layer->ip.src, .dst = layer->ip.dst, .proto = layer->ip.protocol, .kind = kind };
    return detect_hit_subject(detect, condition, &subject, place, is_new);
}

static void case_session(struct finding *finding, const struct ike_session *session, uint8_t exchange,
                         uint32_t message_id)
{
    if (session == NULL)
        return;
    finding_number(finding, "ike_version", session->version == IKE_VERSION_2 ? 2 : 1);
    finding_text(finding, "exchange", ike_case_exchange(session->version, exchange));
    finding_number(finding, "message_id", message_id);
    case_spi(finding, "spi_i", session->spi_i);
    case_spi(finding, "spi_r", session->spi_r);
}

struct finding *ike_case_hit(struct detect *detect, const struct condition *condition, const struct event *event,
                             uint32_t kind, bool *is_new)
{
    struct place place = { event->frame->file, event->frame->number, event->frame->time_ns };
    struct finding *finding = case_hit(detect, condition, event, kind, &place, is_new);
    if (*is_new)
        case_session(finding, event->ike->session, event->ike->exchange, event->ike->message_id);
    return finding;
}

struct finding *ike_case_hit_request(struct detect *detect, const struct condition *condition,
                                     const struct event *event, uint32_t kind, bool *is_new)
{
    const struct ike_request *request = event->ike->request;
    struct place place = { request->file, request->last_frame, request->last_ns };
    struct finding *finding = case_hit(detect, condition, event, kind, &place, is_new);
    if (!*is_new) {
        finding_number(finding, "sent", finding_get(finding, "sent", 0) + request->sent);
        return finding;
    }
    finding->first = (struct place){ request->file, request->first_frame, request->first_ns };
    case_session(finding, event->ike->session, request->exchange, request->message_id);
    finding_number(finding, "sent", request->sent);
    finding_number(finding, "length", request->length);
    finding_span(finding, "span_ns", request->last_ns - request->first_ns);
    char gaps[IKE_GAPS * 8 + 8] = "";
    size_t used = 0;
    for (uint32_t i = 0; i + 1 < request->sent && i < IKE_GAPS && used + 8 < sizeof gaps; i++) {
        int64_t tenths = request->gap_ns[i] / 100000000 > 99999 ? 99999 : request->gap_ns[i] / 100000000;
        used += (size_t)snprintf(gaps + used, sizeof gaps - used, "%s%d.%d", used ? " " : "", (int)(tenths / 10),
                                 (int)(tenths % 10));
    }
    if (used)
        finding_text(finding, "gaps_s", gaps);
    return finding;
}

static bool case_is_pair(const struct ike_session *session, const struct addr *a, const struct addr *b)
{
    return (addr_equal(&session->initiator, a) && addr_equal(&session->responder, b)) ||
           (addr_equal(&session->initiator, b) && addr_equal(&session->responder, a));
}

const struct ike_session *ike_case_up_after(const struct detect *detect, const struct addr *a, const struct addr *b,
                                            int64_t after_ns)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ike_session *session = ike_sessions_at(detect->sessions, i);
        if (session->up_ns > after_ns && session->stage != IKE_STAGE_REFUSED &&
            session->version != IKE_VERSION_AUTHIP && case_is_pair(session, a, b))
            return session;
    }
    return NULL;
}

const struct ike_session *ike_case_up_before(const struct detect *detect, const struct addr *a, const struct addr *b,
                                             int64_t before_ns, const struct ike_session *not_this)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ike_session *session = ike_sessions_at(detect->sessions, i);
        bool late = session->stage == IKE_STAGE_LATE && session->first_ns < before_ns;
        if (session != not_this && (late || (session->up_ns != 0 && session->up_ns < before_ns)) &&
            case_is_pair(session, a, b))
            return session;
    }
    return NULL;
}

const struct ike_child *ike_case_child_after(const struct detect *detect, const struct addr *a, const struct addr *b,
                                             int64_t after_ns)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    for (uint32_t i = 0; i < count; i++) {
        const struct ike_session *session = ike_sessions_at(detect->sessions, i);
        if (!session->decrypted || !case_is_pair(session, a, b))
            continue;
        for (uint32_t k = 0; k < session->child_count && k < IKE_CHILDREN; k++)
            if (session->children[k].born_ns > after_ns)
                return &session->children[k];
    }
    return NULL;
}

bool ike_case_is_of(const struct finding *finding, const struct ike_session *session)
{
    char spi[17];
    case_hex(session->spi_i, spi);
    return strcmp(finding_words(finding, "spi_i"), spi) == 0;
}

const struct ike_session *ike_case_session(const struct detect *detect, const struct finding *finding)
{
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    for (uint32_t i = count; i-- > 0;)
        if (ike_case_is_of(finding, ike_sessions_at(detect->sessions, i)))
            return ike_sessions_at(detect->sessions, i);
    return NULL;
}

struct ike_case_traffic ike_case_traffic(const struct detect *detect, const struct finding *finding,
                                         const struct addr *src, const struct addr *dst, int64_t since_ns, bool began)
{
    struct ike_case_traffic traffic = { 0 };
    uint32_t count = sadb_count(detect->db);
    if ((uint64_t)(finding->index + 1) * count > CASE_WALK_MAX)
        return traffic;
    traffic.asked = true;
    for (uint32_t i = 0; i < count; i++) {
        const struct sa *sa = sadb_sa(detect->db, i);
        int64_t last = sadb_hot(detect->db, i)->last_ns;
        if (sa->first_frame == 0 || !addr_equal(&sa->src, src) || !addr_equal(&sa->dst, dst) ||
            (began ? sa->first_ns : last) < since_ns)
            continue;
        if (!traffic.any || sa->first_ns < traffic.first_ns)
            traffic.first_ns = sa->first_ns;
        if (!traffic.any || last > traffic.last_ns)
            traffic.last_ns = last;
        traffic.any = true;
    }
    return traffic;
}

void ike_case_count(uint64_t count, const char *one, const char *many, struct text *text)
{
    text_printf(text, "%llu %s", (unsigned long long)count, count == 1 ? one : many);
}

void ike_case_addr(const struct addr *addr, struct text *text)
{
    char chars[ADDR_TEXT_MAX];
    addr_print(addr, chars);
    text_put(text, chars);
}

void ike_case_sendings(const struct finding *finding, struct text *text)
{
    char span[SPAN_TEXT_MAX];
    long long sent = words_fact(finding, "sent");
    const char *gaps = finding_words(finding, "gaps_s");
    if (sent == 1 && finding->count == 1) {
        text_put(text, "sent once");
        return;
    }
    span_print(finding->last.time_ns - finding->first.time_ns, span);
    text_printf(text, "sent %lld times in %s", sent, span);
    if (finding->count > 1)
        text_printf(text, ", in %llu attempts", (unsigned long long)finding->count);
    if (*gaps)
        text_printf(text, "; seconds between%s: %s%s", finding->count > 1 ? ", in the first attempt" : "", gaps,
                    sent - 1 > IKE_GAPS && finding->count == 1 ? " ..." : "");
}

void ike_case_in(const struct finding *finding, struct text *text)
{
    const char *exchange = finding_words(finding, "exchange");
    if (*exchange)
        text_printf(text, " in %s", exchange);
}
