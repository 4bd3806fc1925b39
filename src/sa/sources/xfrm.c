/* xfrm: the formats "xfrm" (what stands in the kernel's tables) and "monitor" (how they changed). */
#include "sa/sources/xfrm.h"

#include "base/calendar.h"
#include "sa/sources/formats.h"

/* "src A dst B" with addresses or prefixes */
static bool opens_entry(struct span line)
{
    struct span src, dst;
    struct prefix prefix;
    return xfrm_head(&line, &src, &dst) && prefix_parse(src.at, src.length, &prefix) && prefix_parse(dst.at, dst.length, &prefix);
}

/* "[2026-11-21T09:06:47.006806] Deleted src ..." */
static bool opens_stamped(struct span line)
{
    struct span mark;
    int64_t time_ns;
    if (!span_begins(line, "[") || !span_until(&line, ']', &mark))
        return false;
    mark.at++;
    mark.length--;
    line = span_trim(line);
    return calendar_iso(&mark, &time_ns) && (xfrm_is_event(line) || opens_entry(line));
}

static unsigned recognise_xfrm(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length < RECOGNISE_BYTES ? length : RECOGNISE_BYTES, true);
    struct span line;
    unsigned sure = SURE_NO;
    while (lines_next(&lines, &line)) {
        if (span_begins(line, "src ") && opens_entry(line))
            return SURE_YES;
        if (span_begins(line, "XfrmIn"))
            sure = SURE_HARDLY; /* the counters of a kernel without any SA or policy */
    }
    return sure;
}

static unsigned recognise_monitor(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length < RECOGNISE_BYTES ? length : RECOGNISE_BYTES, true);
    struct span line;
    while (lines_next(&lines, &line))
        if (xfrm_is_event(line) || opens_stamped(line))
            return SURE_BEST;
    return SURE_NO;
}

static void import_xfrm(const char *text, size_t length, const struct sa_sink *sink)
{
    xfrm_read(text, length, sink, false);
}

static void import_monitor(const char *text, size_t length, const struct sa_sink *sink)
{
    xfrm_read(text, length, sink, true);
}

const struct sa_format format_xfrm = { "xfrm", "ip xfrm state / policy", recognise_xfrm, import_xfrm };
const struct sa_format format_monitor = { "monitor", "ip xfrm monitor", recognise_monitor, import_monitor };
