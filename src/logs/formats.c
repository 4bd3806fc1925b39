/* formats: the table of formats, and the report that each begins with. */
#include <string.h>

#include "logs/format.h"

const struct log_format *const log_formats[] = {
    &format_record, &format_windows_event, &format_wfp, &format_linux_audit, &format_xfrm_stat, &format_cisco_ios, &format_cisco_asa,
    &format_fortigate, &format_junos, &format_screenos,
    &format_strongswan, &format_libreswan, &format_bsd_netstat, &format_xfrm_state, &format_kame, &format_clavister, &format_nsg,
    &format_zyxel, &format_check_point,
    NULL,
};
_Static_assert(sizeof log_formats / sizeof log_formats[0] <= LOG_FORMATS_MAX, "each format has its memory");

struct drop_report format_report(const struct log_format *format, const char *event, const struct log_line *line)
{
    struct drop_report report = { .source = format->name, .event = event, .kind = DROP_PACKET, .line = line->number, .time = line->time, .count = 1 };
    size_t length = line->stamp.length < DROP_STAMP_MAX - 1 ? line->stamp.length : DROP_STAMP_MAX - 1;
    if (length > 0)
        memcpy(report.stamp, line->stamp.at, length);
    if (line->time.known)
        report.known |= DROP_TIME;
    drop_extra(&report, "host", line->host);
    return report;
}
