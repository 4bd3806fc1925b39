/* told: reports and findings as the options that they stand for. */
#include "engine/told.h"

#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "catalogue/windows.h"
#include "engine/told_list.h"

struct told {
    struct told_list list;
    const struct telling *telling; /* the one that was picked */
    struct choice choice;
    uint32_t options;            /* set of enum drop_field: given by option */
    bool cause_given;            /* so was the cause, or the condition */
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
};

#define TOLD_LISTED 8u

bool told_is_asked(const struct esplain_reproduction *what)
{
    return what->report != NULL || what->told_path != NULL || what->report_number != 0 || what->finding != 0;
}

static void told_ends(const struct telling *telling, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&telling->src, src);
    addr_print(&telling->dst, dst);
    if (telling->known & DROP_PROTO)
        text_put(text, telling->proto == SA_PROTO_AH ? ", AH" : ", ESP");
    if (telling->known & DROP_SRC)
        text_printf(text, " from %s", src);
    if (telling->known & DROP_DST)
        text_printf(text, " to %s", dst);
    if (telling->known & DROP_SPI)
        text_printf(text, ", SPI 0x%08x", telling->spi);
    if (telling->known & DROP_SEQ)
        text_printf(text, ", sequence number %u", telling->seq);
}

/* "fortigate IPsec ESP, 13910 ERROR_IPSEC_BAD_SPI, ESP from 192.0.2.1 to 198.51.100.1, SPI 0x2c65ad60" */
static void told_words(const struct telling *telling, struct text *text)
{
    const struct windows_error *windows = telling->windows ? windows_error_find(telling->windows) : NULL;
    const char *counter = counter_name((enum counter)telling->counter);
    bool report = telling->kind == TELLING_REPORT;
    const char *names[] = { report ? telling->source : telling->condition, report ? telling->event : telling->cause };
    for (unsigned i = 0; i < 2; i++) {
        text_put(text, i == 1 && names[i][0] ? " " : "");
        text_escaped(text, names[i], strlen(names[i]));
    }
    if (windows != NULL)
        text_printf(text, ", %u %s", windows->code, windows->name);
    else if (counter != NULL && strcmp(counter, telling->event) != 0)
        text_printf(text, ", %s", counter);
    told_ends(telling, text);
}

/* What the telling tells and no option does. */
static void told_merge(struct told *told, struct esplain_reproduction *what)
{
    const struct telling *telling = told->telling;
    told->options = (what->src ? DROP_SRC : 0u) | (what->dst ? DROP_DST : 0u) | (what->proto ? DROP_PROTO : 0u) | (what->spi_given ? DROP_SPI : 0u) |
                    (what->seq_given ? DROP_SEQ : 0u);
    uint32_t taken = telling->known & ~told->options;
    told->cause_given = what->condition != NULL || what->cause != NULL;
    if (what->condition == NULL) {
        what->condition = told->choice.condition;
        what->cause = what->cause ? what->cause : told->choice.cause;
    }
    if (taken & DROP_SRC) {
        addr_print(&telling->src, told->src);
        what->src = told->src;
    }
    if (taken & DROP_DST) {
        addr_print(&telling->dst, told->dst);
        what->dst = told->dst;
    }
    if (taken & DROP_PROTO)
        what->proto = telling->proto == SA_PROTO_AH ? "ah" : "esp";
    if (taken & DROP_SPI) {
        what->spi = telling->spi;
        what->spi_given = true;
    }
    if (taken & DROP_SEQ) {
        what->seq = telling->seq;
        what->seq_given = true;
    }
    if (what->encap == NULL && telling->encap != TELLING_ENCAP_UNTOLD)
        what->encap = telling->encap == TELLING_ENCAP_UDP ? "udp" : "none";
}

static const char *told_kind(const struct telling *telling)
{
    static const char *const names[] = { "report", "verdict", "finding" };
    return names[telling->kind];
}

/* What picks it. */
static uint32_t told_number(const struct told *told, const struct telling *telling)
{
    return telling->number ? telling->number : (uint32_t)(telling - told->list.tellings) + 1;
}

static bool told_refuse(const struct told *told, struct error *error)
{
    struct error why = *error;
    error_set(error, "%s %u: %.300s%s", told_kind(told->telling), told_number(told, told->telling), why.message,
              told->list.count < 2                      ? ""
              : told->telling->kind == TELLING_FINDING ? " (--finding picks another)"
                                                     : " (--report-number picks another)");
    return false;
}

/* The place in the list of the one that was asked for: a finding by the number that `read` gave it, where it tells that. */
static bool told_find(struct told *told, const struct esplain_reproduction *what, struct error *error)
{
    const struct told_list *list = &told->list;
    uint32_t wanted = what->finding ? what->finding : what->report_number ? what->report_number : 1;
    bool findings = list->count > 0 && list->tellings[0].kind == TELLING_FINDING;
    if (list->count == 0)
        return error_set(error, list->broken ? "a report of a drop begins there, and cannot be read" : "there is no report of a drop and no finding in it");
    if (findings ? what->report_number : what->finding)
        return error_set(error, findings ? "--report-number picks a report, and these are findings: --finding picks one"
                                         : "--finding picks a finding, and these are reports: --report-number picks one");
    for (uint32_t i = 0; what->finding && i < list->count && told->telling == NULL; i++)
        if (list->tellings[i].number == wanted)
            told->telling = &list->tellings[i];
    if (told->telling == NULL && wanted <= list->count && !(what->finding && list->tellings[wanted - 1].number))
        told->telling = &list->tellings[wanted - 1];
    return told->telling != NULL || error_set(error, "there is no %s %u: there %s %u", findings ? "finding" : "report", wanted,
                                              list->count == 1 ? "is" : "are", list->count);
}

static bool told_pick(struct told *told, const struct esplain_reproduction *what, struct error *error)
{
    if (!told_find(told, what, error))
        return false;
    if (told->telling->contradiction && !what->spi_given) {
        error_set(error, "the line tells two SPIs, 0x%08x and 0x%08x, so it was edited or damaged: say with --spi which", told->telling->spi,
                  told->telling->other_spi);
        return told_refuse(told, error);
    }
    return what->condition != NULL || choice_make(told->telling, &told->choice, error) || told_refuse(told, error);
}

struct told *told_fill(struct esplain_reproduction *what, struct error *error)
{
    bool source = what->report != NULL || what->told_path != NULL;
    struct told *told = source ? calloc(1, sizeof *told) : NULL;
    if (told == NULL) {
        error_set(error, source ? "no memory" : "--finding and --report-number pick out of a file or a --report: which?");
        return NULL;
    }
    if (!told_list_read(&told->list, what->report, what->told_path, error) || !told_pick(told, what, error)) {
        told_destroy(told);
        return NULL;
    }
    told_merge(told, what);
    return told;
}

void told_destroy(struct told *told)
{
    if (told == NULL)
        return;
    told_list_free(&told->list);
    free(told);
}

static void told_add(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
static void told_add(struct text *text, const char *format, ...)
{
    va_list arguments;
    va_start(arguments, format);
    text_put(text, text->length ? ", " : "");
    text_vprintf(text, format, arguments);
    va_end(arguments);
}

/* ESP or AH, or what comes on the port of encapsulated ESP. */
static bool told_is_ipsec(const struct plan_packet *packet)
{
    unsigned six = packet->length > 0 && packet->bytes[0] >> 4 == 6, header = six ? 40 : 20;
    if (packet->length < header + 4)
        return true;
    uint8_t proto = packet->bytes[six ? 6 : 9];
    return proto == SA_PROTO_ESP || proto == SA_PROTO_AH || (proto == 17 && bytes_get16(packet->bytes + header + 2) == 4500);
}

static void told_chosen(const struct told *told, const struct recipe *recipe, const struct plan *plan, struct text *text)
{
    uint32_t known = told->telling->known | told->options;
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    struct text list = { 0 };
    addr_print(&plan->src, src);
    addr_print(&plan->dst, dst);
    if (plan->request->sa != NULL)
        known |= DROP_SRC | DROP_DST | DROP_PROTO | DROP_SPI;
    if (told->choice.shared)
        told_add(&list, "%s among the conditions with that code", recipe->condition);
    if (!told->cause_given && told->choice.cause == NULL && told->telling->kind == TELLING_REPORT && recipe->cause != NULL)
        told_add(&list, "cause %s", recipe->cause);
    if (!(known & DROP_SRC))
        told_add(&list, "source %s", src);
    if (!(known & DROP_DST))
        told_add(&list, "destination %s", dst);
    if (plan->sa_count > 0 && plan->packet_count > 0 && told_is_ipsec(&plan->packets[plan->packet_count - 1])) {
        const struct plan_sa *sa = &plan->sas[plan->sa_count - 1];
        if (!(known & DROP_PROTO))
            told_add(&list, "protocol %s", sa->definition.proto == SA_PROTO_AH ? "AH" : "ESP");
        if (!(known & DROP_SPI))
            told_add(&list, "SPI 0x%08x", sa->definition.spi);
        if (!(known & DROP_SEQ))
            told_add(&list, "the sequence numbers");
        if (plan->request->encap == ENCAP_NONE && told->telling->encap == TELLING_ENCAP_UNTOLD && sa->definition.proto == SA_PROTO_ESP &&
            plan->request->sa == NULL)
            told_add(&list, "%sUDP encapsulation", sa->definition.encap == ENCAP_UDP ? "" : "no ");
    }
    if (list.length)
        text_printf(text, "Not told, so chosen: %s.\n", list.chars);
    text_free(&list);
}

static void told_others(const struct told *told, struct text *text)
{
    const struct told_list *list = &told->list;
    uint32_t shown = 0;
    if (list->count == 1)
        return;
    text_printf(text, "Others (%s N):\n", told->telling->kind == TELLING_FINDING ? "--finding" : "--report-number");
    for (uint32_t i = 0; i < list->count && shown < TOLD_LISTED; i++) {
        const struct telling *other = &list->tellings[i];
        if (other == told->telling)
            continue;
        text_printf(text, "%6u  ", told_number(told, other));
        told_words(other, text);
        text_char(text, '\n');
        shown++;
    }
    if (list->count - 1 > shown)
        text_printf(text, "        and %u more%s\n", list->count - 1 - shown, list->beyond ? ", and what comes behind them" : "");
}

void told_tell(const struct told *told, const struct recipe *recipe, const struct plan *plan, struct text *text)
{
    const struct telling *telling = told->telling;
    text_printf(text, "Told by %s %u of %s%u: ", told_kind(telling), told_number(told, telling), told->list.beyond ? "more than " : "", told->list.count);
    told_words(telling, text);
    text_put(text, ".\n");
    if (told->choice.other)
        text_put(text, "What is made shows the condition, but perhaps not by the finding's own cause or code.\n");
    if (telling->other_spi_known && !telling->contradiction && !(told->options & DROP_SPI))
        text_printf(text, "The SPI can be read in two ways, and is taken as 0x%08x; the other is --spi 0x%08x.\n", telling->spi, telling->other_spi);
    told_chosen(told, recipe, plan, text);
    told_others(told, text);
}
