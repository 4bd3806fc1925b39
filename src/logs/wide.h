/* wide: text as Windows writes it (UTF-16 of either order, UTF-8 with its mark) made plain UTF-8, in pieces. */
#ifndef LOGS_WIDE_H
#define LOGS_WIDE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define WIDE_GROWTH 3 /* so many times as long a piece can become, and six bytes more for what was held back */

struct wide {
    bool wide, big;      /* UTF-16; big-endian */
    uint8_t skip;        /* bytes of the byte order mark still to leave out */
    bool has_byte;
    uint8_t byte;        /* the first half of a unit whose other half has not come */
    uint16_t high;       /* a high surrogate that waits for its low one, or 0 */
};

/* By the file's first bytes: a byte order mark, or zeros where ASCII in UTF-16 has them. */
void wide_recognise(struct wide *wide, const uint8_t *front, size_t length);
/* Returns how many bytes were written. What is no character becomes U+FFFD; plain text is copied as it is. */
size_t wide_convert(struct wide *wide, const uint8_t *raw, size_t length, char *to);

#endif
