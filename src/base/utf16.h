/* utf16: text files as Windows writes them: UTF-16 with a byte order mark, which PowerShell's redirection makes, or UTF-8. */
#ifndef BASE_UTF16_H
#define BASE_UTF16_H

#include "base/text.h"

/* Appends the bytes as UTF-8: UTF-16 of either byte order where a mark says so, else what they are. Halves of pairs become U+FFFD. */
void utf16_read(struct text *text, const char *bytes, size_t length);

#endif
