/* page: wrapping and colour. */
#include "report/page.h"

#include <string.h>

void page_style(struct text *text, bool color, enum page_style style)
{
    static const char *const codes[] = { "\033[0m", "\033[1m", "\033[2m", "\033[1;31m", "\033[1;33m", "\033[36m", "\033[32m" };
    if (color)
        text_put(text, codes[style]);
}

/* Counts characters, not bytes: continuation bytes of UTF-8 take no column. */
static size_t page_columns(const char *chars, size_t length)
{
    size_t columns = 0;
    for (size_t i = 0; i < length; i++)
        columns += ((uint8_t)chars[i] & 0xc0) != 0x80;
    return columns;
}

void page_wrap(struct text *text, const char *lead, const char *string)
{
    size_t indent = strlen(lead), column = indent;
    text_put(text, lead);
    bool first = true;
    for (const char *at = string; *at;) {
        size_t blanks = strspn(at, " ");
        at += blanks;
        size_t length = strcspn(at, " ");
        if (length == 0)
            break;
        size_t columns = page_columns(at, length);
        if (!first && column + 1 + columns > PAGE_WIDTH) {
            text_printf(text, "\n%*s", (int)indent, "");
            column = indent;
        } else if (!first) {
            text_char(text, ' ');
            column++;
        }
        text_add(text, at, length);
        column += columns;
        at += length;
        first = false;
    }
    text_char(text, '\n');
}
