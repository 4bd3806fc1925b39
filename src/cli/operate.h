/* operate: what keeps `esplain live` in operation beside the analysis: privileges, metrics, the view of --top. */
#ifndef CLI_OPERATE_H
#define CLI_OPERATE_H

#include <getopt.h>

#include "cli/cli.h"
#include "cli/top.h"

struct operate {
    const char *user;          /* --user */
    bool unfiltered;           /* --no-sandbox */
    bool kernel;               /* the kernel is asked for its SAs: see esplain_confine */
    bool prepared;             /* operate_prepare was come to: everything could be opened */
    bool verbose;
    const char *captured, *results; /* files of -w and -o, NULL without: they may have to be made anew, in their folders */
    bool rotates;              /* other files will follow that of -w */
    const char *metrics_path;
    uint32_t metrics_seconds;
    int64_t metrics_due_ns;    /* of the monotonic clock */
    bool metrics_failing;      /* told already */
    bool view;                 /* --top */
    struct top *top;           /* NULL unless it is on the terminal */
};

enum { OPERATE_USER = 768, OPERATE_NO_SANDBOX, OPERATE_METRICS, OPERATE_INTERVAL, OPERATE_TOP };

#define OPERATE_LONG \
    { "user", required_argument, NULL, OPERATE_USER }, \
    { "no-sandbox", no_argument, NULL, OPERATE_NO_SANDBOX }, \
    { "metrics", required_argument, NULL, OPERATE_METRICS }, \
    { "metrics-interval", required_argument, NULL, OPERATE_INTERVAL }, \
    { "top", no_argument, NULL, OPERATE_TOP }

/* An option of OPERATE_LONG with getopt's optarg. EXIT_CLEAN, or EXIT_BROKEN after a message. */
int operate_option(struct operate *operate, int option);
/*
 * Everything is open: gives up privileges, writes the first metrics, takes the terminal. `title` says what is captured on and must outlive it. False
 * after a message.
 */
bool operate_prepare(struct operate *operate, struct esplain *esplain, const char *title, bool color);
/* Several times a second. False: the user asked to quit. */
bool operate_tick(struct operate *operate, struct esplain *esplain);
/* No packet comes any more: gives the terminal back, so that the summary can be printed. Once more does no harm. */
void operate_end(struct operate *operate);
/* After the last word on findings: the last metrics. False after a message. */
bool operate_finish(struct operate *operate, struct esplain *esplain);
/* A line for standard error, or for the view while it is shown. */
void operate_message(struct operate *operate, const char *line);

#endif
