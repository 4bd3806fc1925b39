/*
 * text: a growing string, and the only place that escapes what strangers wrote.
 * Memory is the text's own (text_free). When memory runs out the text stops growing and `failed` is set; no call fails.
 */
#ifndef BASE_TEXT_H
#define BASE_TEXT_H

#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

struct text {
    char *chars; /* NUL-terminated once anything was added; NULL before */
    size_t length;
    size_t room;
    bool failed;
};

void text_free(struct text *text);
void text_clear(struct text *text); /* keeps the memory */
void text_add(struct text *text, const char *chars, size_t length);
void text_put(struct text *text, const char *string);
void text_char(struct text *text, char one);
void text_printf(struct text *text, const char *format, ...) __attribute__((format(printf, 2, 3)));
void text_vprintf(struct text *text, const char *format, va_list arguments);

/* For a person: control characters, escape sequences and invalid UTF-8 become \xNN; the rest stays. */
void text_escaped(struct text *text, const char *bytes, size_t length);
/* A JSON string with its quotes (RFC 8259); bytes that are no UTF-8 become U+FFFD. */
void text_json(struct text *text, const char *bytes, size_t length);
/* The length of the valid UTF-8 sequence at bytes (1 to 4), or 0. */
size_t text_utf8(const char *bytes, size_t length);

/* RFC 3339 UTC with nanoseconds: "2026-11-21T09:06:36.615579000Z". Any int64 is accepted. */
#define STAMP_TEXT_MAX 40
size_t stamp_print(int64_t time_ns, char text[STAMP_TEXT_MAX]);
/* A length of time as a person says it: "0.3 ms", "12.4 s", "5 min 20 s", "3 h 2 min", "4 d 1 h". */
#define SPAN_TEXT_MAX 32
size_t span_print(int64_t span_ns, char text[SPAN_TEXT_MAX]);

#endif
