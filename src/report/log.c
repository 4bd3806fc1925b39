/* log: what text and JSON of drop reports share. */
#include "report/log.h"

const struct condition *log_condition(const struct book_entry *entry)
{
    const struct drop_report *report = &entry->report;
    for (unsigned i = 0; condition_registry[i]; i++) {
        const struct condition *condition = condition_registry[i];
        if (report->windows ? condition->windows == report->windows : report->counter && condition->counter == report->counter)
            return condition;
    }
    return NULL;
}

int log_severity(const struct book_entry *entry)
{
    if (entry->report.kind == DROP_SA_ADDED || entry->report.kind == DROP_SA_DELETED)
        return -1;
    const struct condition *condition = log_condition(entry);
    return condition ? condition->severity : SEVERITY_WARNING;
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

void log_write(struct report *report, const struct log_view *view)
{
    if (report->options->format == ESPLAIN_JSON)
        log_json(report, view);
    else
        log_text(report, view);
    report_flush(report);
}
