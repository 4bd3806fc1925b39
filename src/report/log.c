/* log: what text and JSON of drop reports share. */
#include "report/log.h"

#include <string.h>

#include "catalogue/windows.h"

/*
 * Which condition a report stands for by its code alone. Where several have the code and the report does not tell which, none is named: what it says of its
 * packets would be true of some reports and false of others. The first row that fits.
 */
static const struct log_stand {
    bool negotiation;
    uint16_t windows;
    uint8_t counter;      /* COUNTER_NONE: whichever */
    const char *condition;
} log_stands[] = {
    { false, 13910, COUNTER_ACQUIRE_ERROR, "not-ready" },
    { false, 13910, COUNTER_NONE, "unknown-spi" },
    { false, 13911, COUNTER_NONE, "expired" },
    { false, 13913, COUNTER_NONE, "replayed" },
    { false, 13914, COUNTER_IN_HDR_ERROR, "header-invalid" },
    { false, 13915, COUNTER_NONE, "integrity-failed" },
    { false, 13916, COUNTER_NONE, "clear-text" },
    { false, 0, COUNTER_IN_POL_BLOCK, "blocked" },
    { true, 13801, COUNTER_NONE, "ike-refused" }, { true, 13802, COUNTER_NONE, "ike-refused" }, { true, 13825, COUNTER_NONE, "ike-refused" },
    { true, 13834, COUNTER_NONE, "ike-refused" }, { true, 13858, COUNTER_NONE, "ike-refused" }, { true, 13868, COUNTER_NONE, "ike-refused" },
    { true, 13884, COUNTER_NONE, "ike-refused" }, { true, 13899, COUNTER_NONE, "ike-refused" }, { true, 13900, COUNTER_NONE, "ike-refused" },
    { true, 13805, COUNTER_NONE, "ike-no-answer" }, { true, 13813, COUNTER_NONE, "ike-no-answer" },
    { true, 13857, COUNTER_NONE, "ike-getspi" },
    { true, 13912, COUNTER_NONE, "ike-invalid-selectors" },
};

const struct condition *log_condition(const struct book_entry *entry)
{
    const struct drop_report *report = &entry->report;
    for (size_t i = 0; i < sizeof log_stands / sizeof log_stands[0]; i++) {
        const struct log_stand *stand = &log_stands[i];
        if (stand->negotiation == (report->kind == DROP_NEGOTIATION) && stand->windows == report->windows &&
            (stand->counter == COUNTER_NONE || stand->counter == report->counter))
            return condition_find(stand->condition, strlen(stand->condition));
    }
    return NULL;
}

int log_severity(const struct book_entry *entry)
{
    if (entry->report.kind == DROP_SA_ADDED || entry->report.kind == DROP_SA_DELETED)
        return -1;
    const struct condition *condition = log_condition(entry);
    return condition ? condition->severity : entry->report.windows ? SEVERITY_ERROR : SEVERITY_WARNING;
}

const char *log_meaning(const struct book_entry *entry)
{
    const struct windows_error *error = entry->report.windows ? windows_error_find(entry->report.windows) : NULL;
    return error ? error->meaning : entry->report.counter ? counter_rows[entry->report.counter].meaning : NULL;
}

const char *log_kind(const struct book_entry *entry)
{
    static const char *const names[] = { "drop", "total", "negotiation", "sa-added", "sa-deleted" };
    return names[entry->report.kind];
}

const char *log_absence(const struct book_entry *entry)
{
    switch ((enum book_absence)entry->absence) {
    case BOOK_MATCHED:
    case BOOK_NO_CAPTURE:
        return NULL;
    case BOOK_NOTHING_TOLD:
        return "The report names neither an SPI nor a code: no packet can be looked for.";
    case BOOK_OTHER_TIME:
        return "The capture holds no such packet, and the report's time lies outside of the capture.";
    case BOOK_OTHER_ADDRESS:
        return "The capture holds packets of this SPI, but between other addresses than the report says: a NAT lies between the log and the place of "
               "the capture, or the SPI is that of another tunnel.";
    case BOOK_OTHER_PACKETS:
        return "The capture holds packets of this SPI between these addresses, but none with this sequence number and protocol: it began later, "
               "ended before, or lost packets.";
    case BOOK_OTHER_SPI:
        return "The capture holds IPsec between these addresses, but no packet of this SPI: it was taken before or after the drop, or on another "
               "interface.";
    case BOOK_NO_PEER:
        return "The capture holds no such packet, and no IPsec between these addresses: it was taken on another interface, on the other side of a NAT, or at "
               "another time.";
    }
    return NULL;
}

static bool log_is_of(const struct finding *finding, const struct drop_report *report)
{
    const struct subject *subject = &finding->subject;
    bool spi = !subject->has_spi || !(report->known & DROP_SPI) || subject->spi == report->spi ||
               (report->other_spi_known && subject->spi == report->other_spi);
    return finding->windows == report->windows && spi && (!(report->known & DROP_SRC) || addr_equal(&subject->src, &report->src)) &&
           (!(report->known & DROP_DST) || addr_equal(&subject->dst, &report->dst));
}

const struct finding *log_finding(const struct report *report, const struct book_entry *entry)
{
    struct ledger *ledger = report->detect->ledger;
    if (entry->match == NULL || !entry->match->agrees)
        return NULL;
    for (uint32_t i = 0; i < ledger_count(ledger); i++)
        if (log_is_of(ledger_at(ledger, i), &entry->report))
            return ledger_at(ledger, i);
    return NULL;
}

void log_write(struct report *report, const struct log_view *view)
{
    if (report->options->format == ESPLAIN_JSON)
        log_json(report, view);
    else
        log_text(report, view);
    report_flush(report);
}
