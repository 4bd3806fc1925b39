/* screen: ncurses with wide characters. */
#define NCURSES_WIDECHAR 1
#include "cli/screen.h"

#include <curses.h>
#include <locale.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <term.h>
#include <termios.h>
#include <unistd.h>
#include <wchar.h>

#undef columns /* term.h takes a word of everybody's for itself */
#define SCREEN_COLUMNS_MAX 512

/* What the crash handler needs, made while all was well. */
static struct termios screen_modes;
static char screen_restore[128];
static size_t screen_restore_length;
static volatile sig_atomic_t screen_is_open;
static bool screen_colored;

static const int screen_crashes[] = { SIGSEGV, SIGBUS, SIGABRT, SIGFPE, SIGILL, SIGSYS };

/* Async-signal-safe alone: what endwin would send, the modes, and the signal again as it was. */
static void screen_crash(int number)
{
    if (screen_is_open) {
        screen_is_open = 0;
        if (write(STDOUT_FILENO, screen_restore, screen_restore_length) > 0)
            tcsetattr(STDIN_FILENO, TCSANOW, &screen_modes);
    }
    signal(number, SIG_DFL);
    raise(number);
}

static void screen_remember(const char *capability)
{
    const char *text = tigetstr(capability);
    if (text == NULL || text == (const char *)-1)
        return;
    size_t length = strlen(text);
    if (length < sizeof screen_restore - screen_restore_length) {
        memcpy(screen_restore + screen_restore_length, text, length);
        screen_restore_length += length;
    }
}

static void screen_colors(void)
{
    start_color();
    use_default_colors();
    init_pair(SCREEN_RED, COLOR_RED, -1);
    init_pair(SCREEN_YELLOW, COLOR_YELLOW, -1);
    init_pair(SCREEN_CYAN, COLOR_CYAN, -1);
}

bool screen_open(bool color)
{
    if (!isatty(STDIN_FILENO) || !isatty(STDOUT_FILENO) || tcgetattr(STDIN_FILENO, &screen_modes) != 0)
        return false;
    setlocale(LC_CTYPE, "");
    if (newterm(NULL, stdout, stdin) == NULL)
        return false;
    screen_restore_length = 0;
    static const char *const ends[] = { "sgr0", "cnorm", "rmkx", "rmcup" };
    for (unsigned i = 0; i < 4; i++)
        screen_remember(ends[i]);
    screen_colored = color && has_colors();
    if (screen_colored)
        screen_colors();
    cbreak();
    noecho();
    nonl();
    keypad(stdscr, TRUE);
    nodelay(stdscr, TRUE);
    set_escdelay(25);
    curs_set(0);
    screen_is_open = 1;
    for (unsigned i = 0; i < sizeof screen_crashes / sizeof screen_crashes[0]; i++)
        signal(screen_crashes[i], screen_crash);
    atexit(screen_close);
    return true;
}

void screen_close(void)
{
    if (!screen_is_open)
        return;
    endwin();
    screen_is_open = 0;
}

void screen_size(int *rows, int *columns)
{
    getmaxyx(stdscr, *rows, *columns);
}

void screen_clear(void)
{
    erase();
}

static attr_t screen_attribute(enum screen_style style)
{
    switch (style) {
    case SCREEN_BOLD:
        return A_BOLD;
    case SCREEN_HEAD:
        return A_REVERSE;
    case SCREEN_DIM:
        return A_DIM;
    case SCREEN_RED:
    case SCREEN_YELLOW:
    case SCREEN_CYAN:
        return screen_colored ? (attr_t)COLOR_PAIR(style) | A_BOLD : A_BOLD;
    case SCREEN_PLAIN:
        break;
    }
    return A_NORMAL;
}

void screen_put(int row, int column, int width, enum screen_style style, const char *text)
{
    wchar_t cells[SCREEN_COLUMNS_MAX + 1];
    mbstate_t state = { 0 };
    int used = 0, rows, columns, count = 0;
    screen_size(&rows, &columns);
    if (row < 0 || row >= rows || column < 0 || column >= columns)
        return;
    width = width > columns - column ? columns - column : width;
    width = width > SCREEN_COLUMNS_MAX ? SCREEN_COLUMNS_MAX : width;
    for (size_t left = strlen(text); left > 0 && used < width && count < SCREEN_COLUMNS_MAX;) {
        wchar_t one;
        size_t length = mbrtowc(&one, text, left, &state);
        if (length == 0 || length > left) {
            state = (mbstate_t){ 0 };
            length = 1;
            one = L'?';
        }
        int wide = wcwidth(one);
        if (wide < 0) {
            one = L'?';
            wide = 1;
        }
        if (used + wide > width)
            break;
        cells[count++] = one;
        used += wide;
        text += length;
        left -= length;
    }
    for (; used < width && count < SCREEN_COLUMNS_MAX; used++)
        cells[count++] = L' ';
    attrset(screen_attribute(style));
    mvaddnwstr(row, column, cells, count);
    attrset(A_NORMAL);
}

void screen_show(void)
{
    refresh();
}

int screen_key(void)
{
    int key = getch();
    switch (key) {
    case ERR:
        return SCREEN_NO_KEY;
    case KEY_UP:
        return SCREEN_UP;
    case KEY_DOWN:
        return SCREEN_DOWN;
    case KEY_PPAGE:
        return SCREEN_PAGE_UP;
    case KEY_NPAGE:
        return SCREEN_PAGE_DOWN;
    case KEY_HOME:
        return SCREEN_HOME;
    case KEY_END:
        return SCREEN_END;
    case KEY_RESIZE:
        return SCREEN_RESIZED;
    default:
        return key < 0x100 ? key : SCREEN_NO_KEY;
    }
}
