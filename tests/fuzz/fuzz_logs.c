/* fuzz_logs: any bytes as a log: no crash, counts that fit, reports that say no more than they know. */
#include <stdint.h>
#include <stdlib.h>

#include "logs/intake.h"

static void fuzz_report(void *context, const struct drop_report *report)
{
    uint64_t *reports = context;
    ++*reports;
    if (report->source == NULL || report->event == NULL || report->doubt_count > DROP_DOUBTS || report->extra_count > DROP_EXTRAS ||
        (report->known & report->missing) || (report->known & ~(uint32_t)DROP_ALL) || ((report->known & DROP_SRC) && report->src.family == 0) ||
        ((report->known & DROP_TIME) != 0) != report->time.known)
        abort();
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct error error = { "" };
    uint64_t reports = 0;
    struct intake_sink sink = { .context = &reports, .report = fuzz_report, .remarks = true };
    struct intake *intake = intake_create(&sink, &error);
    if (intake == NULL)
        return 0;
    intake_memory(intake, data, size, 0, &error);
    intake_finish(intake);
    if (intake_counts(intake)->reports != reports)
        abort();
    intake_destroy(intake);
    return 0;
}
