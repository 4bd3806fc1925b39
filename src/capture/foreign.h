/* foreign: what a file is that is no capture, for the message that refuses it. Private to capture/. */
#ifndef CAPTURE_FOREIGN_H
#define CAPTURE_FOREIGN_H

#include <stddef.h>
#include <stdint.h>

/*
 * What the bytes are and, where that is known, what to do with them: "text, not a capture; ...". Always something.
 * Static text.
 */
const char *foreign_text(const uint8_t *front, size_t length);

#endif
