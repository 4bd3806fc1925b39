/*
 * screen: a terminal that is drawn on: cells, styles, keys. The only door to ncurses.
 *
 * Rows and columns begin with 0. What does not fit is cut; bytes that are no text, or that the terminal's character set lacks, become '?'. There is one
 * terminal, so there is one screen; it is given back on screen_close(), at exit() and on signals that end the process by a crash.
 */
#ifndef CLI_SCREEN_H
#define CLI_SCREEN_H

#include <stdbool.h>

enum screen_style { SCREEN_PLAIN, SCREEN_BOLD, SCREEN_HEAD, SCREEN_RED, SCREEN_YELLOW, SCREEN_CYAN, SCREEN_DIM };
enum screen_key { SCREEN_NO_KEY = 0, SCREEN_UP = 0x100, SCREEN_DOWN, SCREEN_PAGE_UP, SCREEN_PAGE_DOWN, SCREEN_HOME, SCREEN_END, SCREEN_RESIZED };

bool screen_open(bool color); /* false: standard input and output are no terminal that can be drawn on */
void screen_close(void);      /* once more does no harm */
void screen_size(int *rows, int *columns);
void screen_clear(void);
/* Draws `text` in at most `width` columns and fills the rest of them with blanks. */
void screen_put(int row, int column, int width, enum screen_style style, const char *text);
void screen_show(void);
int screen_key(void);         /* enum screen_key, or a character; does not wait */

#endif
