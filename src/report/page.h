/* page: lines for a person: wrapped, indented, coloured where asked. */
#ifndef REPORT_PAGE_H
#define REPORT_PAGE_H

#include "base/text.h"

#define PAGE_WIDTH 84

enum page_style { STYLE_PLAIN, STYLE_BOLD, STYLE_DIM, STYLE_RED, STYLE_YELLOW, STYLE_CYAN, STYLE_GREEN };

void page_style(struct text *text, bool color, enum page_style style); /* STYLE_PLAIN ends one */
/* Wraps `string` at PAGE_WIDTH; `lead` stands before the first line, as many blanks before the others. */
void page_wrap(struct text *text, const char *lead, const char *string);

#endif
