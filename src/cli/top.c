/* top: what is shown where; figures come from struct esplain_status, rates from the difference of two of them. */
#include "cli/top.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>

#include "cli/cli.h"
#include "cli/screen.h"

#define TOP_SECOND 1000000000ll
#define TOP_LINE 512
#define TOP_MESSAGES 16

enum top_sort { SORT_RATE, SORT_PACKETS, SORT_LOST, SORT_REFUSED, SORT_LAST, SORT_COUNT };
static const char *const top_sorts[SORT_COUNT] = { "rate", "packets", "lost", "refused", "last packet" };

struct top_rate {
    double packets, bytes; /* a second */
};

struct top {
    const char *title;
    struct esplain_status now, before;
    uint32_t began_count;       /* the kernel's counters as the view found them */
    struct {
        const char *name;
        uint64_t count;
    } began[ESPLAIN_STATUS_COUNTERS];
    int64_t now_ns, before_ns;  /* of the monotonic clock */
    struct top_rate rates[ESPLAIN_STATUS_SAS];
    uint32_t order[ESPLAIN_STATUS_SAS];
    enum top_sort sort;
    uint32_t scroll;
    bool paused, help;
    char *messages[TOP_MESSAGES]; /* a ring */
    unsigned message_count;
};

static int64_t top_clock(void)
{
    struct timespec now;
    clock_gettime(CLOCK_MONOTONIC, &now);
    return (int64_t)now.tv_sec * TOP_SECOND + now.tv_nsec;
}

struct top *top_open(const char *title, bool color, struct esplain_error *error)
{
    struct top *top = calloc(1, sizeof *top);
    if (top != NULL && screen_open(color)) {
        top->title = title;
        return top;
    }
    snprintf(error->message, sizeof error->message, "%s",
             top ? "--top: standard input and output are no terminal that can be drawn on (TERM?)" : "out of memory");
    free(top);
    return NULL;
}

void top_close(struct top *top)
{
    if (top == NULL)
        return;
    screen_close();
    unsigned shown = top->message_count < TOP_MESSAGES ? top->message_count : TOP_MESSAGES;
    if (top->message_count > shown)
        fprintf(stderr, "esplain: %u earlier messages are left out\n", top->message_count - shown);
    for (unsigned i = top->message_count - shown; i < top->message_count; i++)
        if (top->messages[i % TOP_MESSAGES])
            cli_message(NULL, top->messages[i % TOP_MESSAGES]);
    for (unsigned i = 0; i < TOP_MESSAGES; i++)
        free(top->messages[i]);
    free(top);
}

void top_message(struct top *top, const char *line)
{
    char **place = &top->messages[top->message_count++ % TOP_MESSAGES];
    free(*place);
    *place = strdup(line);
}

/* "12.3k": at most five characters. */
static void top_number(double value, char out[16])
{
    static const char units[] = " kMGTPE";
    unsigned unit = 0;
    while (value >= 9999.5 && unit + 2 < sizeof units) {
        value /= 1000;
        unit++;
    }
    if (unit == 0)
        snprintf(out, 16, value > 0 && value < 9.95 && value != (double)(int)value ? "%.1f" : "%.0f", value);
    else
        snprintf(out, 16, value < 99.95 ? "%.1f%c" : "%.0f%c", value, units[unit]);
}

static void top_age(int64_t from_ns, int64_t to_ns, char out[16])
{
    long long seconds = (to_ns - from_ns) / TOP_SECOND;
    if (from_ns == 0)
        snprintf(out, 16, "never");
    else if (seconds < 120)
        snprintf(out, 16, "%lld s", seconds < 0 ? 0 : seconds);
    else if (seconds < 7200)
        snprintf(out, 16, "%lld min", seconds / 60);
    else
        snprintf(out, 16, "%lld h", seconds / 3600);
}

static void top_rates(struct top *top)
{
    double seconds = top->before_ns ? (double)(top->now_ns - top->before_ns) / (double)TOP_SECOND : 0;
    for (uint32_t i = 0; i < top->now.sa_count; i++) {
        const struct esplain_status_sa *sa = &top->now.sas[i], *then = NULL;
        top->rates[i] = (struct top_rate){ 0, 0 };
        for (uint32_t j = 0; j < top->before.sa_count && then == NULL; j++)
            if (top->before.sas[j].id == sa->id && top->before.sas[j].spi == sa->spi && top->before.sas[j].packets <= sa->packets)
                then = &top->before.sas[j];
        if (then != NULL && seconds > 0)
            top->rates[i] = (struct top_rate){ (double)(sa->packets - then->packets) / seconds,
                                               (double)(sa->bytes - then->bytes) / seconds };
    }
}

static double top_key(const struct top *top, uint32_t index)
{
    const struct esplain_status_sa *sa = &top->now.sas[index];
    switch (top->sort) {
    case SORT_PACKETS:
        return (double)sa->packets;
    case SORT_LOST:
        return (double)sa->lost;
    case SORT_REFUSED:
        return (double)sa->refused;
    case SORT_LAST:
        return (double)sa->last_ns;
    case SORT_RATE:
    case SORT_COUNT:
        break;
    }
    return top->rates[index].packets;
}

/* Few, so by insertion; of equals the one that was there first stays first. */
static void top_order(struct top *top)
{
    for (uint32_t i = 0; i < top->now.sa_count; i++) {
        uint32_t at = i;
        for (; at > 0 && (top_key(top, top->order[at - 1]) < top_key(top, i) ||
                          (top_key(top, top->order[at - 1]) <= top_key(top, i) && top->now.sas[top->order[at - 1]].id > top->now.sas[i].id)); at--)
            top->order[at] = top->order[at - 1];
        top->order[at] = i;
    }
}

static void top_take(struct top *top, struct esplain *esplain, int64_t clock_ns)
{
    top->before = top->now;
    top->before_ns = top->now_ns;
    esplain_status(esplain, &top->now);
    if (top->now_ns == 0)
        for (; top->began_count < top->now.counter_count; top->began_count++) {
            top->began[top->began_count].name = top->now.counters[top->began_count].name;
            top->began[top->began_count].count = top->now.counters[top->began_count].count;
        }
    top->now_ns = clock_ns;
    top_rates(top);
    top_order(top);
}

static uint64_t top_rise(const struct top *top, uint32_t counter)
{
    for (uint32_t i = 0; i < top->began_count; i++)
        if (top->began[i].name == top->now.counters[counter].name)
            return top->now.counters[counter].count - top->began[i].count;
    return top->now.counters[counter].count;
}

/* What no captured packet explains comes first, then what rose since the view began; what the host counted before stands last, as it is. */
static void top_kernel(const struct top *top, int row, int columns)
{
    const struct esplain_status *now = &top->now;
    char line[TOP_LINE];
    size_t at = (size_t)snprintf(line, sizeof line, "Kernel's Xfrm:");
    const char *between = "";
    bool rose = false;
    for (unsigned turn = 0; turn < 3; turn++)
        for (uint32_t i = 0; i < now->counter_count && at < sizeof line; i++) {
            uint64_t rise = top_rise(top, i), unseen = now->counters[i].unseen;
            const char *name = now->counters[i].name;
            if (turn != (unseen ? 0 : rise ? 1 : 2))
                continue;
            at += (size_t)snprintf(line + at, sizeof line - at, "%s %s%llu %s", between, rise ? "+" : "",
                                   (unsigned long long)(rise ? rise : now->counters[i].count), strncmp(name, "Xfrm", 4) ? name : name + 4);
            if (unseen && at < sizeof line)
                at += (size_t)snprintf(line + at, sizeof line - at, " (%llu unseen)", (unsigned long long)unseen);
            between = ",";
            rose |= rise > 0;
        }
    screen_put(row, 0, columns, rose ? SCREEN_YELLOW : SCREEN_PLAIN, line);
}

/* Returns the next free row. */
static int top_head(const struct top *top, int rows, int columns)
{
    char line[TOP_LINE], frames[16], rate[16], bytes[16], clock[16] = "";
    const struct esplain_status *now = &top->now;
    double seconds = top->before_ns ? (double)(top->now_ns - top->before_ns) / (double)TOP_SECOND : 0;
    time_t wall = time(NULL);
    struct tm split;
    if (localtime_r(&wall, &split) != NULL)
        strftime(clock, sizeof clock, "%H:%M:%S", &split);
    snprintf(line, sizeof line, " esplain %s  %s%s   ? help  q quit", top->title, clock, top->paused ? "  PAUSED" : "");
    screen_put(0, 0, columns, SCREEN_HEAD, line);
    top_number((double)now->frames, frames);
    top_number(seconds > 0 ? (double)(now->frames - top->before.frames) / seconds : 0, rate);
    top_number(seconds > 0 ? (double)(now->bytes - top->before.bytes) / seconds : 0, bytes);
    snprintf(line, sizeof line, "Frames %s, %s/s, %sB/s: ESP %llu, AH %llu, IKE %llu, other %llu", frames, rate, bytes,
             (unsigned long long)now->esp, (unsigned long long)now->ah, (unsigned long long)now->ike,
             (unsigned long long)(now->other + now->keepalives));
    screen_put(1, 0, columns, SCREEN_PLAIN, line);
    if (now->capture_dropped) {
        snprintf(line, sizeof line, "The capture lost %llu packets: gaps may be its own", (unsigned long long)now->capture_dropped);
        screen_put(2, 0, columns, SCREEN_YELLOW, line);
    } else {
        screen_put(2, 0, columns, SCREEN_PLAIN, "The capture lost nothing");
    }
    size_t at = (size_t)snprintf(line, sizeof line, "Verdicts:%s", now->verdict_count ? "" : " none yet");
    bool refused = false;
    for (uint32_t i = 0; i < now->verdict_count && at < sizeof line; i++) {
        at += (size_t)snprintf(line + at, sizeof line - at, "%s %llu %s", i ? "," : "", (unsigned long long)now->verdicts[i].count,
                               now->verdicts[i].name);
        refused |= now->verdicts[i].refused;
    }
    screen_put(3, 0, columns, refused ? SCREEN_YELLOW : SCREEN_PLAIN, line);
    if (now->counter_count == 0 || rows < 10)
        return 4;
    top_kernel(top, 4, columns);
    return 5;
}

/* Returns the next free row. */
static int top_findings(const struct top *top, int row, int end, int columns)
{
    static const char *const words[] = { "note", "warning", "error" };
    static const enum screen_style styles[] = { SCREEN_CYAN, SCREEN_YELLOW, SCREEN_RED };
    char line[TOP_LINE], age[16];
    snprintf(line, sizeof line, "Findings: %u, the latest first", top->now.finding_total);
    if (row < end)
        screen_put(row++, 0, columns, SCREEN_BOLD, top->now.finding_total ? line : "Findings: none so far");
    for (uint32_t i = 0; i < top->now.finding_count && row < end; i++) {
        const struct esplain_status_finding *finding = &top->now.findings[i];
        top_age(finding->last_ns, top->now.last_ns, age);
        screen_put(row, 0, 8, styles[finding->severity], words[finding->severity]);
        if (columns >= 100)
            snprintf(line, sizeof line, "%-26s %6llux %7s ago  %s", finding->condition, (unsigned long long)finding->count, age, finding->where);
        else
            snprintf(line, sizeof line, "%-*.*s %5llux %s", columns >= 72 ? 24 : 16, columns >= 72 ? 24 : 16, finding->condition,
                     (unsigned long long)finding->count, finding->where);
        screen_put(row++, 8, columns - 8, SCREEN_PLAIN, line);
    }
    return row;
}

static void top_sas(struct top *top, int row, int end, int columns)
{
    char line[TOP_LINE], addresses[128], rate[16], bytes[16], packets[16], lost[16], refused[16], age[16];
    int room = columns >= 76 ? columns - 55 : columns >= 60 ? columns - 40 : columns - 23; /* what the other columns leave */
    room = room < 8 ? 8 : room > 83 ? 83 : room;
    if (row >= end)
        return;
    uint32_t shown = (uint32_t)(end - row > 2 ? end - row - 2 : 0);
    uint32_t most = top->now.sa_count > shown ? top->now.sa_count - shown : 0;
    if (top->scroll > most)
        top->scroll = most;
    snprintf(line, sizeof line, "SAs: %u, by %s%s", top->now.sa_total, top_sorts[top->sort],
             top->now.sa_total > top->now.sa_count ? ", part of them" : "");
    screen_put(row++, 0, columns, SCREEN_BOLD, line);
    if (row < end) {
        if (columns >= 76)
            snprintf(line, sizeof line, "%-4s %-10s %-*s %5s %5s %5s %5s %5s  %s", "", "SPI", room, "from > to", "pkt/s", "B/s", "pkts", "lost",
                     "refus", "last");
        else if (columns >= 60)
            snprintf(line, sizeof line, "%-4s %-10s %-*s %5s %5s %5s %5s", "", "SPI", room, "from > to", "pkt/s", "pkts", "lost", "refus");
        else
            snprintf(line, sizeof line, "%-10s %-*s %5s %5s", "SPI", room, "from > to", "pkt/s", "refus");
        screen_put(row++, 0, columns, SCREEN_HEAD, line);
    }
    for (uint32_t i = top->scroll; i < top->now.sa_count && row < end; i++) {
        const struct esplain_status_sa *sa = &top->now.sas[top->order[i]];
        if (sa->ended)
            snprintf(rate, sizeof rate, "ended");
        else
            top_number(top->rates[top->order[i]].packets, rate);
        top_number(top->rates[top->order[i]].bytes, bytes);
        top_number((double)sa->packets, packets);
        top_number((double)sa->lost, lost);
        top_number((double)sa->refused, refused);
        top_age(sa->last_ns, top->now.last_ns, age);
        snprintf(addresses, sizeof addresses, "%s > %s", sa->src[0] ? sa->src : "any", sa->dst[0] ? sa->dst : "any");
        if (columns >= 76)
            snprintf(line, sizeof line, "%-4s 0x%08x %-*.*s %5s %5s %5s %5s %5s  %s", sa->proto, sa->spi, room, room, addresses, rate, bytes,
                     packets, lost, refused, age);
        else if (columns >= 60)
            snprintf(line, sizeof line, "%-4s 0x%08x %-*.*s %5s %5s %5s %5s", sa->proto, sa->spi, room, room, addresses, rate, packets, lost, refused);
        else
            snprintf(line, sizeof line, "0x%08x %-*.*s %5s %5s", sa->spi, room, room, addresses, rate, refused);
        screen_put(row++, 0, columns, sa->refused ? SCREEN_RED : sa->ended ? SCREEN_DIM : SCREEN_PLAIN, line);
    }
}

static void top_help(int rows, int columns)
{
    static const char *const lines[] = {
        "q        quit; the summary is printed then",
        "s        sort SAs by rate, packets, lost, refused, last packet",
        "p        pause the picture; the analysis goes on",
        "up, k    scroll; also down, j, page up and down, home, end",
        "?        this, and back",
        "",
        "lost: sequence numbers that did not come. refused: packets that",
        "the receiver drops. An SA that is only seen is judged by nobody.",
        "Kernel's Xfrm: its own counters, + is since the view began;",
        "unseen: drops that no captured packet explains.",
    };
    screen_put(0, 0, columns, SCREEN_HEAD, " esplain live --top: keys");
    for (int i = 0; i < (int)(sizeof lines / sizeof lines[0]) && i + 1 < rows; i++)
        screen_put(i + 1, 1, columns - 1, SCREEN_PLAIN, lines[i]);
}

static void top_draw(struct top *top)
{
    int rows, columns;
    screen_size(&rows, &columns);
    screen_clear();
    if (top->help) {
        top_help(rows, columns);
        screen_show();
        return;
    }
    const char *message = top->message_count ? top->messages[(top->message_count - 1) % TOP_MESSAGES] : NULL;
    int end = message && rows > 8 ? rows - 1 : rows;
    int row = top_head(top, rows, columns), most = (end - row) * 2 / 5, wanted = (int)top->now.finding_count + 1;
    row = top_findings(top, row, row + (wanted < most ? wanted : most), columns);
    top_sas(top, row, end, columns);
    if (end < rows)
        screen_put(rows - 1, 0, columns, SCREEN_YELLOW, message);
    screen_show();
}

/* False: quit. */
static bool top_press(struct top *top, int key)
{
    int rows, columns;
    screen_size(&rows, &columns);
    uint32_t page = rows > 12 ? (uint32_t)rows / 2 : 4;
    switch (key) {
    case 'q':
    case 'Q':
        return false;
    case 's':
        top->sort = (enum top_sort)((top->sort + 1) % SORT_COUNT);
        top_order(top);
        break;
    case 'p':
        top->paused = !top->paused;
        break;
    case '?':
    case 'h':
        top->help = !top->help;
        break;
    case SCREEN_DOWN:
    case 'j':
        top->scroll++;
        break;
    case SCREEN_UP:
    case 'k':
        top->scroll -= top->scroll > 0;
        break;
    case SCREEN_PAGE_DOWN:
        top->scroll += page;
        break;
    case SCREEN_PAGE_UP:
        top->scroll -= top->scroll < page ? top->scroll : page;
        break;
    case SCREEN_HOME:
        top->scroll = 0;
        break;
    case SCREEN_END:
        top->scroll = ESPLAIN_STATUS_SAS; /* as far as there are any: see top_sas */
        break;
    default:
        break;
    }
    return true;
}

bool top_tick(struct top *top, struct esplain *esplain)
{
    int64_t clock_ns = top_clock();
    bool draw = false;
    for (int key; (key = screen_key()) != SCREEN_NO_KEY; draw = true)
        if (!top_press(top, key))
            return false;
    if (top->now_ns == 0 || (!top->paused && clock_ns - top->now_ns >= TOP_SECOND)) {
        top_take(top, esplain, clock_ns);
        draw = true;
    }
    if (draw)
        top_draw(top);
    return true;
}
