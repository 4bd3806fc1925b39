/*
 * convert: one definition in the words of another tool, keys and all. Only `sa --to` may call this; the text is the caller's to wipe.
 * Each adds one line with its newline. False where that tool cannot say it: *reason (static) tells why, and nothing was added.
 */
#ifndef SA_CONVERT_H
#define SA_CONVERT_H

#include "base/text.h"
#include "sa/sa.h"

/* A row of Wireshark's esp_sa table in the eight columns that every version reads. */
bool sa_convert_wireshark(const struct sa_definition *definition, struct text *out, const char **reason);
/* A line for a file of `tcpdump -E 'file NAME'`. */
bool sa_convert_tcpdump(const struct sa_definition *definition, struct text *out, const char **reason);
/* `ip xfrm state add ...`, quoted for a shell. */
bool sa_convert_xfrm(const struct sa_definition *definition, struct text *out, const char **reason);

#endif
