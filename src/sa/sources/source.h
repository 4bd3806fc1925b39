/*
 * source: text that defines SAs, one row a format. Importers are total: any bytes, no crash, work linear in the length, no allocation but keys.
 *
 * An importer reads the whole text and calls the sink in the order of the text. A wrong line becomes a remark with its line number and
 * reading goes on at the next entry. Nothing in a remark shows key material.
 */
#ifndef SA_SOURCES_SOURCE_H
#define SA_SOURCES_SOURCE_H

#include "sa/sa.h"

enum sa_event {
    SA_EVENT_DEFINE,      /* stands in a table (a dump, a key file): no word on when it came or went but added_ns */
    SA_EVENT_ADD,         /* history: came at time_ns */
    SA_EVENT_UPDATE,      /* history: existed before (perhaps larval), now as defined */
    SA_EVENT_DELETE,      /* history: existed until time_ns */
    SA_EVENT_EXPIRE_SOFT,
    SA_EVENT_EXPIRE_HARD, /* history: existed until time_ns, ended by a hard limit */
    SA_EVENT_MAPPING,     /* NAT: the source address or port of an encapsulated SA changed */
    SA_EVENT_FLUSH,       /* all SAs (of definition.proto, 0 for all) ended at time_ns */
    SA_EVENT_TOUCH,       /* proof that the SA existed at time_ns (async event, ...) */
};

enum sa_logged {
    SA_LOGGED_NOT,
    SA_LOGGED_TIED,  /* the log's clock is known beside the capture's, to a few seconds */
    SA_LOGGED_LOOSE  /* it is taken as it is */
};

struct sa_record {
    uint8_t event;            /* enum sa_event */
    bool time_known;
    uint8_t logged;           /* enum sa_logged: a line of a log tells it, which says nothing of other SAs */
    int64_t time_ns;          /* the clock of the host that printed it, taken as UTC */
    uint32_t line;            /* where the entry begins, 1-based */
    struct sa_definition definition; /* as much as the entry tells; src, dst, proto, spi always (FLUSH: proto) */
};

struct policy_record {
    uint8_t event; /* DEFINE, ADD, UPDATE, DELETE */
    bool time_known;
    int64_t time_ns;
    uint32_t line;
    struct policy policy;
};

enum remark_level { REMARK_NOTE, REMARK_WARNING, REMARK_ERROR };

/* Lint codes have names that tests and scripts can rely on: "key-length", "salt-missing", "leading-zeros", "reserved-spi", ... */
struct sa_remark {
    uint8_t level;         /* enum remark_level */
    uint32_t line;
    const char *code;      /* static */
    char text[256];        /* one sentence, escaped */
};

struct sa_sink {
    void *context;
    struct secrets *secrets; /* keys are kept here */
    void (*record)(void *context, const struct sa_record *record);
    void (*policy)(void *context, const struct policy_record *record); /* may be NULL */
    void (*remark)(void *context, const struct sa_remark *remark);
};

struct sa_format {
    const char *name;  /* what FORMAT: on the command line says: "xfrm", "monitor", "setkey", "wireshark", "tcpdump" */
    const char *title; /* "ip xfrm state / policy" */
    /* 0: no; higher is surer. Looks at no more than the first 64 KiB. */
    unsigned (*recognise)(const char *text, size_t length);
    void (*import)(const char *text, size_t length, const struct sa_sink *sink);
};

extern const struct sa_format *const sa_formats[]; /* NULL-terminated */
const struct sa_format *sa_format_find(const char *name, size_t length);
/* The surest format, or NULL where none recognises the text. */
const struct sa_format *sa_format_recognise(const char *text, size_t length);

/* Shared by importers and IKE: what is wrong with one definition by itself (key length, salt, leading zeros, reserved SPI, ...). */
void sa_lint(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink);

#endif
