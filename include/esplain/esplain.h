/*
 * esplain: the public API of libesplain. Captures and SA definitions in, verdicts and explanations out.
 *
 * An engine is one value; any number may run side by side, each in one thread. Strings are UTF-8. Functions that can fail fill a
 * caller's struct esplain_error and return false (or NULL); what is wrong with the traffic is never an error but a result. The library prints
 * nothing: everything goes through the callbacks of struct esplain_options.
 */
#ifndef ESPLAIN_ESPLAIN_H
#define ESPLAIN_ESPLAIN_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define ESPLAIN_VERSION "0.1.0"

struct esplain; /* an engine */

struct esplain_error {
    char message[512]; /* one line, escaped; what, where, why */
};

enum esplain_format { ESPLAIN_TEXT, ESPLAIN_JSON };
/* What came out of the tunnels; the frames behind each finding; with esplain_live: all that was captured. */
enum esplain_write { ESPLAIN_DECRYPTED, ESPLAIN_EXTRACT, ESPLAIN_CAPTURED };
enum esplain_severity { ESPLAIN_NOTHING = -1, ESPLAIN_NOTE, ESPLAIN_WARNING, ESPLAIN_ERROR };

struct esplain_progress {
    const char *path;
    uint64_t consumed, size; /* bytes of the capture as stored; size 0: unknown */
    uint64_t frames;
};

struct esplain_options {
    enum esplain_format format;
    bool color;              /* text: with ANSI colours */
    bool verdicts;           /* one record for every IPsec packet */
    bool quiet;              /* text: the summary line alone; json: findings and the summary alone */
    unsigned verbose;
    const char *const *receivers; /* prefixes of destinations whose SAs are all known */
    size_t receiver_count;
    bool no_receiver;
    uint32_t window;         /* anti-replay window for SAs that name none; 0 takes 64 */
    const char *filter;      /* pcap-filter(7), or NULL */
    unsigned workers;        /* threads that open packets; 0: as many as there are processors, up to 4 */
    uint64_t count;          /* stop after so many packets; 0: no limit */
    const char *write_path;  /* a capture of `write` (pcapng), or NULL for none; '-' is standard output */
    enum esplain_write write;
    const char *const *write_spares; /* files that this run reads, or writes otherwise: write_path may be none of them */
    size_t write_spare_count;
    const char *const *mutes; /* names of conditions to leave out */
    size_t mute_count;
    const volatile int *stop; /* may be NULL; becomes non-zero: stop at the next batch */
    /* Results. Returns false when they cannot be taken any more (a closed pipe): the engine then stops. */
    bool (*output)(void *context, const char *bytes, size_t length);
    /* One line about esplain's own work, for standard error; may be NULL. */
    void (*message)(void *context, const char *line);
    /* Called every few thousand packets; may be NULL. */
    void (*progress)(void *context, const struct esplain_progress *progress);
    void *context;
};

/* The options are copied; what they point at must outlive the engine. */
struct esplain *esplain_create(const struct esplain_options *options, struct esplain_error *error);
void esplain_destroy(struct esplain *esplain);

/* SA definitions, "[FORMAT:]FILE"; before the first capture. Wrong lines become messages; false only where the file cannot be used. */
bool esplain_add_sas(struct esplain *esplain, const char *spec, struct esplain_error *error);
/* `ip xfrm policy` text; before the first capture. False where the file cannot be used or holds no policy. */
bool esplain_add_policy(struct esplain *esplain, const char *path, struct esplain_error *error);
/* A file of keys that open IKE (Wireshark's ikev1/ikev2_decryption_table and others, recognised by content); before the first capture. */
bool esplain_add_ike_keys(struct esplain *esplain, const char *path, struct esplain_error *error);
/*
 * Reads drop reports out of a log ('-' is standard input), whatever its formats; before the first capture. The results are then the reports, with what the captures
 * show of them, and no findings. False where nothing of the file could be read.
 */
bool esplain_add_log(struct esplain *esplain, const char *path, struct esplain_error *error);
/* Analyses one capture ('-' is standard input). False where nothing of it could be read. */
bool esplain_read(struct esplain *esplain, const char *path, struct esplain_error *error);
struct esplain_live {
    const char *const *interfaces; /* names, or "any" */
    size_t interface_count;
    uint32_t buffer_kib, snaplen;  /* 0: 16 MiB for each interface; whole packets */
    bool promiscuous;
    bool kernel;                   /* SAs, policies and addresses are those of this host's kernel (Linux, CAP_NET_ADMIN) */
    uint32_t seconds;              /* end after so long; 0: no limit */
    uint64_t rotate_bytes;         /* begin a new write_path file at this size; 0: no limit */
    uint32_t rotate_seconds;       /* or once the first packet of one is as old */
    uint32_t rotate_keep;          /* and keep as many of them; 0: all */
    const volatile int *report;    /* may be NULL; each change asks for the summary at once */
    const volatile int *reopen;    /* may be NULL; each change asks for write_path to be opened anew */
    /* Once everything is open and before the first packet: gives up what is needed no more. May be NULL; false ends the run, after a message. */
    bool (*prepare)(void *context);
    /* About four times a second, also where nothing comes; may be NULL. False ends the run as `stop` does. */
    bool (*tick)(void *context);
};

/*
 * Analyses what interfaces carry until the options say stop; instead of esplain_read, and followed by esplain_finish. Findings are written as they
 * happen; repeats are counted. False where an interface cannot be opened.
 */
bool esplain_live(struct esplain *esplain, const struct esplain_live *live, struct esplain_error *error);
/* Writes findings, SAs and the summary, and completes write_path. False where the output or that file could not be written. */
bool esplain_finish(struct esplain *esplain, struct esplain_error *error);
/* The worst finding so far; with logs, the worst report. */
enum esplain_severity esplain_worst(const struct esplain *esplain);

/*
 * Metrics of the run so far in Prometheus' text format, into a file that is replaced whole; call it again and again. At most 200 SAs have series of their
 * own, the others count together. False where the file could not be written: what stood there stays, and nothing is lost for the next time.
 */
bool esplain_write_metrics(struct esplain *esplain, const char *path, struct esplain_error *error);

/*
 * The state of a run for a status view: bounded, whatever the traffic. Texts are escaped; names are static. SAs: known ones that exist come first where there
 * are more than fit, then those that carried something last; findings: the latest first.
 */
#define ESPLAIN_STATUS_SAS 256
#define ESPLAIN_STATUS_FINDINGS 64
#define ESPLAIN_STATUS_VERDICTS 32
#define ESPLAIN_STATUS_COUNTERS 48

struct esplain_status_sa {
    uint32_t id;             /* the same from one call to the next */
    uint32_t spi;
    char src[48], dst[48];   /* "" where an SA has a wildcard */
    const char *proto;       /* "esp", "ah" */
    const char *origin;      /* "file", "kernel", "ike", "seen" */
    const char *encryption;  /* NULL: not known */
    uint64_t packets, bytes, refused, lost;
    int64_t last_ns;         /* 0: no packet yet */
    bool ended;
};

struct esplain_status_finding {
    const char *condition, *title, *certainty;
    enum esplain_severity severity;
    uint64_t count;
    int64_t first_ns, last_ns;
    char where[160];         /* "ESP 10.0.0.1 > 10.0.0.2 0x00001001", or the counter of what has no place: "XfrmInNoStates" */
};

struct esplain_status {
    uint64_t frames, bytes, esp, ah, ike, keepalives, other, capture_dropped;
    int64_t first_ns, last_ns; /* of the packets' clock */
    uint32_t verdict_count, counter_count, sa_count, finding_count;
    uint32_t sa_total, finding_total;
    struct {
        const char *name;
        uint64_t count;
        bool refused;
    } verdicts[ESPLAIN_STATUS_VERDICTS]; /* those that were met */
    struct {
        const char *name;
        uint64_t count;
        uint64_t unseen;     /* of what it rose by in this run: explained by no captured packet */
    } counters[ESPLAIN_STATUS_COUNTERS]; /* of the kernel, /proc/net/xfrm_stat, in live runs: those that are not 0 */
    struct esplain_status_sa sas[ESPLAIN_STATUS_SAS];
    struct esplain_status_finding findings[ESPLAIN_STATUS_FINDINGS];
};
void esplain_status(struct esplain *esplain, struct esplain_status *status);

/*
 * For whoever owns the process, once everything is open and while there is one thread: gives up for good what the process may do. Root becomes `user`
 * (NULL: `esplain` where there is such a user, else `nobody`); groups, capabilities and the right to gain any are given up; a filter of system
 * calls is set unless `unfiltered`. `keep_kernel` keeps CAP_NET_ADMIN, with which the kernel is asked for its SAs again. `done` receives a line that says
 * what the process is now. False: end at once, it may be half way.
 */
struct esplain_confine {
    const char *user;
    bool keep_kernel, unfiltered;
    bool caught; /* what ends the process for a forbidden call is a SIGSYS that it may catch, to give a terminal back first */
};
bool esplain_confine(const struct esplain_confine *confine, char done[256], struct esplain_error *error);
/* What this process lacks to capture, and with `kernel` to ask the kernel for its SAs, and how to get it; "" where it lacks nothing. */
void esplain_permission_hint(bool kernel, char hint[1024]);

/* What an error code, counter or condition means; NULL lists all. False, with a hint in the error, where nobody knows it. */
bool esplain_explain(const char *what, const struct esplain_options *options, struct esplain_error *error);
/* docs/conditions.md, from the tables. */
bool esplain_explain_markdown(const struct esplain_options *options);

enum esplain_convert { ESPLAIN_LIST, ESPLAIN_TO_WIRESHARK, ESPLAIN_TO_TCPDUMP, ESPLAIN_TO_XFRM };
/* Lists and checks SA files, or converts them (which writes the keys). *worst receives the worst remark. */
bool esplain_sas(const char *const *specs, size_t count, enum esplain_convert to, const struct esplain_options *options,
                 enum esplain_severity *worst, struct esplain_error *error);

struct esplain_cut {
    const char *capture;             /* a file, which is read several times */
    uint32_t finding;                /* its number, as esplain_finish of the same capture, SAs and options writes it */
    const char *const *sas, *const *policies, *const *ike_keys; /* as for esplain_add_sas, _policy, _ike_keys; files that can be read again */
    size_t sa_count, policy_count, ike_key_count;
    const char *write_path;          /* the capture (pcapng) */
    bool anonymise;                  /* addresses, identities and payloads replaced; SA files and policies likewise, beside the capture */
    bool keep_keys;                  /* the SA files beside it hold their keys */
};
/*
 * Writes the fewest frames of a capture that still show a finding: the same condition, cause, certainty and subject. Of the options those count that change
 * what is found. Says through options->output how many they are and how to read them. False where the capture has no such finding, or its frames alone do not show it.
 */
bool esplain_cut(const struct esplain_cut *what, const struct esplain_options *options, struct esplain_error *error);

struct esplain_reproduction {
    const char *report;              /* lines of a log, or esplain's JSON records of findings, alerts or reports: they tell what the fields below leave open. NULL: none */
    const char *told_path;           /* the same from a file; '-' is standard input */
    uint32_t report_number, finding; /* which of them, 1-based; 0: the first */
    const char *condition, *cause;   /* names; cause may be NULL; both with a report */
    const char *src, *dst;           /* addresses of the outer packets, or NULL */
    const char *proto, *encap;       /* "esp" or "ah"; "none" or "udp"; or NULL */
    bool spi_given, seq_given;
    uint32_t spi, seq;               /* of the packets that show it; seq: of the first of them */
    uint32_t count;                  /* packets that show it; 0: as the condition needs */
    const char *const *sas;          /* SA files as for esplain_add_sas; the SA for src, dst and spi seals the packets */
    size_t sa_count;
    const char *write_path;          /* the capture (pcapng); SAs, policies and IKE keys that are made up go beside it, named after it; may be NULL with the next */
    const char *send_interface;      /* where the packets are also sent, once, at their pace; NULL: nowhere */
    const char *send_to;             /* each of them must go to this address, which is one host's */
    uint32_t send_rate;              /* packets a second, up to 100; 0: 10 */
};
/*
 * Makes packets that show a condition, writes them, and says through options->output what they are and how to read them. Sending needs CAP_NET_RAW; what will be
 * sent is said before, and options->stop ends it.
 */
bool esplain_reproduce(const struct esplain_reproduction *what, const struct esplain_options *options, struct esplain_error *error);
/* What can be reproduced, and why the rest cannot. */
bool esplain_reproducible(const struct esplain_options *options);

#endif
