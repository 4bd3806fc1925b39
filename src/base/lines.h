/*
 * lines: text that a stranger wrote, line by line and word by word. Nothing is copied or allocated; a span points into the text.
 */
#ifndef BASE_LINES_H
#define BASE_LINES_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define LINE_MAX_BYTES 8192 /* what lies behind this in a line is not read */

struct span {
    const char *at;
    size_t length;
};

struct lines {
    const char *at, *end;
    const char *stop;   /* where the line ends that `at` stands in, once looked for: each end is looked for once */
    uint32_t number;    /* of the line handed out last, 1-based */
    bool split;         /* a backslash ends a line as well, but does not count (`ip -o`) */
    bool inside;        /* the line handed out last ended at a backslash */
    bool overlong;      /* the line handed out last was longer than LINE_MAX_BYTES and is cut there */
};

/* Skips a UTF-8 byte order mark. */
struct lines lines_over(const char *text, size_t length, bool split);
/* The next line without its end (LF or CRLF) and without blanks at either side; false at the end of the text. */
bool lines_next(struct lines *lines, struct span *line);

/* Takes the first word off `rest`; false where only blanks are left. */
bool span_word(struct span *rest, struct span *word);
/* Takes off what stands before `mark`, and the mark; the whole rest where there is no mark. False where the rest is empty. */
bool span_until(struct span *rest, char mark, struct span *part);
struct span span_trim(struct span span);

bool span_is(struct span span, const char *literal);
bool span_begins(struct span span, const char *literal);
bool span_is_nocase(struct span span, const char *literal);

/* Takes "12" or "0x1f" off the front. False (and nothing taken) without a digit or beyond 64 bits. */
bool span_take_number(struct span *span, uint64_t *value);
/* The whole span is such a number of at most `most`. */
bool span_number(struct span span, uint64_t most, uint64_t *value);
/* As `ip` and setkey print it: a number, perhaps followed by the same in parentheses or by a comma: "4097(0x00001001)", "0x3,". */
bool span_counted(struct span span, uint64_t most, uint64_t *value);

enum hex_status { HEX_OK, HEX_ODD, HEX_BAD, HEX_LONG };
/* Hexadecimal digits, "0x" in front or not, into at most `room` bytes. On any failure *length is 0 and nothing of it stays in `bytes`. */
enum hex_status span_hex(struct span span, uint8_t *bytes, size_t room, size_t *length);

#endif
