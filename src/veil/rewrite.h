/*
 * rewrite: the text of SA files, policies and DoS protection settings with aliases for its addresses, and where they are not wanted, without keys.
 *
 * What stands around addresses stays, so that whoever read the file reads the new one. Left out are comments, lines that no tool prints (a prompt, a host's
 * name), names of interfaces and of settings. Any text, no allocation but `out`.
 */
#ifndef VEIL_REWRITE_H
#define VEIL_REWRITE_H

#include "base/text.h"
#include "veil/alias.h"

enum rewrite_kind { REWRITE_XFRM, REWRITE_SETKEY, REWRITE_WIRESHARK, REWRITE_TCPDUMP, REWRITE_DOSP };

/* Of the names of SA formats; REWRITE_XFRM for all others. */
enum rewrite_kind rewrite_kind(const char *format);
/* Before alias_settle the addresses are only noted. `out` may hold keys: the caller's to wipe. */
void rewrite_text(struct alias *alias, enum rewrite_kind kind, bool keys, const char *text, size_t length, struct text *out);

#endif
