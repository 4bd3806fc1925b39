/* formats_unix: the formats that are not Windows', for the table in formats.c. */
#ifndef LOGS_FORMATS_UNIX_H
#define LOGS_FORMATS_UNIX_H

#include "logs/format.h"

extern const struct log_format format_linux_audit;
extern const struct log_format format_xfrm_stat;
extern const struct log_format format_cisco_ios;
extern const struct log_format format_cisco_asa;
extern const struct log_format format_fortigate;
extern const struct log_format format_junos;
extern const struct log_format format_screenos;

#endif
