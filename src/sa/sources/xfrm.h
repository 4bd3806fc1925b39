/*
 * xfrm: the text of `ip xfrm state`, `ip xfrm policy` and `ip xfrm monitor`, with and without -s, -t, -ts and -o, of any iproute2.
 *
 * Theory of operation. One reader serves dumps and histories. It is fed line by line; the first word of a line says what the line is, so
 * that text which lost its indentation (mails, lists) reads the same. "src .. dst .." opens an entry; whether it is an SA or a
 * policy shows on the next line. An entry ends where the next begins, at a time stamp, at the counters of xfrm_stat, or with the text.
 * Lines of no known kind are passed over; a known one that cannot be read makes a remark.
 */
#ifndef SA_SOURCES_XFRM_H
#define SA_SOURCES_XFRM_H

#include "base/lines.h"
#include "sa/sources/source.h"

/* An SA as far as it was read. */
struct xfrm_state {
    struct sa_record record;
    bool algorithms; /* an algorithm line was seen */
    bool attributes; /* a line was seen that stands behind the algorithms: where none came, there are none */
    bool esn_window; /* the window is that of the esn context, whatever the replay-window line says */
    bool sent;       /* oseq shows that this host sent with it */
    bool directed;   /* a line tells the direction */
    bool damaged;    /* a key could not be read: a remark was made */
    bool hard_seen, hard; /* Expired: which limit */
};

struct xfrm_policy {
    struct policy_record record;
    bool hard;       /* Expired: really gone */
    bool expired;
    bool template_open;
};

/* Each takes a line inside the entry; lines of no known kind are left alone. False: the entry cannot be used, a remark was made. */
bool xfrm_state_line(struct xfrm_state *state, struct span line, uint32_t number, const struct sa_sink *sink);
void xfrm_state_end(struct xfrm_state *state, const struct sa_sink *sink); /* gives the record */
bool xfrm_policy_line(struct xfrm_policy *policy, struct span line, uint32_t number, const struct sa_sink *sink);
void xfrm_policy_end(struct xfrm_policy *policy, const struct sa_sink *sink);

/* "src A/n dst B/n [proto P] [sport N] [dport N] ..." */
bool xfrm_selector(struct span words, struct selector *selector);
/* "esp", "ah", "comp", ... or a number. */
bool xfrm_proto(struct span word, uint8_t *proto);
uint8_t xfrm_mode(struct span word); /* enum sa_mode */
/* "0x1/0xff" */
bool xfrm_mark(struct span word, uint32_t *mark, uint32_t *mask);

/* "src A dst B" at the front of a line, as prefixes or addresses; what follows stays in `line`. */
bool xfrm_head(struct span *line, struct span *src, struct span *dst);
/* Whether `line` is one that only `ip xfrm monitor` prints. */
bool xfrm_is_event(struct span line);

/* history: entries are additions (monitor); else they stand in a table. */
void xfrm_read(const char *text, size_t length, const struct sa_sink *sink, bool history);

#endif
