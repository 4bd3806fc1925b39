/* formats: the table of formats, and how one is chosen. */
#include "sa/sources/formats.h"

#include "base/lines.h"

const struct sa_format *const sa_formats[] = {
    &format_xfrm, &format_monitor, &format_setkey, &format_wireshark, &format_tcpdump, NULL,
};

const struct sa_format *sa_format_find(const char *name, size_t length)
{
    for (size_t i = 0; sa_formats[i]; i++)
        if (span_is((struct span){ name, length }, sa_formats[i]->name))
            return sa_formats[i];
    return NULL;
}

const struct sa_format *sa_format_recognise(const char *text, size_t length)
{
    const struct sa_format *best = NULL;
    unsigned most = SURE_NO;
    if (length > RECOGNISE_BYTES)
        length = RECOGNISE_BYTES;
    for (size_t i = 0; sa_formats[i]; i++) {
        unsigned sure = sa_formats[i]->recognise(text, length);
        if (sure > most) {
            most = sure;
            best = sa_formats[i];
        }
    }
    return best;
}
