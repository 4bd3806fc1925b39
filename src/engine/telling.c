/* telling: reports out of logs, and esplain's own records among them, in one shape. */
#include "engine/telling.h"

#include <string.h>

static void telling_name(char name[DROP_EXTRA_MAX], const char *text)
{
    size_t length = text ? strlen(text) : 0;
    length = length < DROP_EXTRA_MAX - 1 ? length : DROP_EXTRA_MAX - 1;
    memset(name, 0, DROP_EXTRA_MAX);
    if (length > 0)
        memcpy(name, text, length);
}

static bool telling_number(const struct drop_report *report, const char *name, uint32_t *number)
{
    const char *text = drop_extra_find(report, name);
    uint64_t value;
    if (text == NULL || !span_number((struct span){ text, strlen(text) }, UINT32_MAX, &value))
        return false;
    *number = (uint32_t)value;
    return true;
}

/* What logs/record.c gives of esplain's own records. */
static void telling_own(struct telling *telling, const struct drop_report *report)
{
    const char *condition = drop_extra_find(report, "condition"), *verdict = drop_extra_find(report, "verdict"), *encap = drop_extra_find(report, "sa_encap");
    if (strcmp(report->event, "report") == 0) {
        telling_name(telling->source, drop_extra_find(report, "source"));
        telling_name(telling->event, drop_extra_find(report, "event"));
        return;
    }
    telling->kind = strcmp(report->event, "finding") == 0 ? TELLING_FINDING : TELLING_VERDICT;
    telling_name(telling->condition, condition ? condition : verdict);
    telling_name(telling->cause, drop_extra_find(report, "cause"));
    telling_name(telling->notify, drop_extra_find(report, "notify"));
    telling_name(telling->damage, drop_extra_find(report, "damage"));
    telling_name(telling->exchange, drop_extra_find(report, "exchange"));
    telling->of_child = drop_extra_find(report, "of_child") != NULL;
    telling_number(report, "ike_version", &telling->ike_version);
    telling_number(report, "icmp_version", &telling->icmp_version);
    telling_number(report, "icmp_type", &telling->icmp_type);
    telling_number(report, "icmp_code", &telling->icmp_code);
    telling_number(report, "number", &telling->number);
    if (telling_number(report, "first_seq", &telling->seq))
        telling->known |= DROP_SEQ;
    if (encap != NULL)
        telling->encap = strcmp(encap, "udp") == 0 ? TELLING_ENCAP_UDP : TELLING_ENCAP_NONE;
    else if (telling->kind == TELLING_VERDICT) /* of the packet, which has the SA's unless that is what is wrong */
        telling->encap = (drop_extra_find(report, "encap") != NULL) == (strcmp(telling->condition, "wrong-encapsulation") != 0) ? TELLING_ENCAP_UDP
                                                                                                                                  : TELLING_ENCAP_NONE;
}

bool telling_of(struct telling *telling, const struct drop_report *report)
{
    *telling = (struct telling){
        .kind = TELLING_REPORT, .negotiation = report->kind == DROP_NEGOTIATION, .known = report->known & ~(uint32_t)DROP_TIME, .src = report->src, .dst = report->dst, .proto = report->proto,
        .spi = report->spi, .seq = report->seq, .other_spi_known = report->other_spi_known, .contradiction = report->contradiction,
        .other_spi = report->other_spi, .windows = report->windows, .counter = report->counter,
    };
    if (strcmp(report->source, "esplain") == 0) {
        telling_own(telling, report);
    } else {
        telling_name(telling->source, report->source);
        telling_name(telling->event, report->event);
    }
    return report->kind != DROP_SA_ADDED && report->kind != DROP_SA_DELETED;
}

bool telling_same(const struct telling *a, const struct telling *b)
{
    return a->kind == b->kind && a->icmp_type == b->icmp_type && a->icmp_code == b->icmp_code && a->negotiation == b->negotiation && a->known == b->known && a->proto == b->proto && a->encap == b->encap && a->spi == b->spi && a->seq == b->seq &&
           a->other_spi == b->other_spi && a->windows == b->windows && a->counter == b->counter && addr_equal(&a->src, &b->src) &&
           addr_equal(&a->dst, &b->dst) && (a->number == b->number || !a->number || !b->number) && strcmp(a->source, b->source) == 0 &&
           strcmp(a->event, b->event) == 0 && strcmp(a->condition, b->condition) == 0 && strcmp(a->cause, b->cause) == 0 &&
           strcmp(a->notify, b->notify) == 0 && strcmp(a->damage, b->damage) == 0 && strcmp(a->exchange, b->exchange) == 0;
}
