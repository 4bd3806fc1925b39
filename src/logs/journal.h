/*
 * journal: records of journald (journalctl -o json, json-pretty, json-seq): messages of others, with the time, the host and the program around them.
 */
#ifndef LOGS_JOURNAL_H
#define LOGS_JOURNAL_H

#include "logs/document.h"
#include "logs/format.h"

#define JOURNAL_MESSAGE_MAX 16384u /* bytes of a message that is written as an array; longer ones are left out */

bool journal_is(const struct document *record);
/*
 * Gives each line of the record's message that is not empty, with time, host and program of the record; its prefix, if it has one of its own, is still on it.
 * `room` holds JOURNAL_MESSAGE_MAX bytes, which the lines may point into. False: the record has no message that can be read.
 */
bool journal_lines(const struct document *record, uint32_t number, char *room, void *context, void (*give)(void *context, struct log_line *line));

#endif
