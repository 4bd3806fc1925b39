/* formats: one row a format; see source.h for what a row promises. */
#ifndef SA_SOURCES_FORMATS_H
#define SA_SOURCES_FORMATS_H

#include "sa/sources/source.h"

#define RECOGNISE_BYTES (64u << 10)

/* How sure a recogniser is. The xfrm kinds share their entries; what only one of them has decides. */
enum sureness { SURE_NO = 0, SURE_HARDLY = 10, SURE_LIKELY = 50, SURE_YES = 80, SURE_BEST = 90 };

extern const struct sa_format format_xfrm, format_monitor, format_setkey, format_wireshark, format_tcpdump;

#endif
