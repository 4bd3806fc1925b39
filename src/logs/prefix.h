/*
 * prefix: what syslog (RFC 3164, RFC 5424), journald and routers put before a message: priority, time, host, program.
 */
#ifndef LOGS_PREFIX_H
#define LOGS_PREFIX_H

#include "logs/format.h"

/* Fills text, time, stamp, host and program of the line, whose `whole` is set; of two times the inner one, the device's own, is taken. */
void prefix_strip(struct log_line *line);

#endif
