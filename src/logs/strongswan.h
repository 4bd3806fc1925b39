/* strongswan: a line of charon's log, and who its thread talks with. */
#ifndef LOGS_STRONGSWAN_H
#define LOGS_STRONGSWAN_H

#include "logs/daemon.h"

struct swan_line {
    unsigned thread;
    const char *mark;         /* where "07[IKE]" begins */
    struct span group;        /* "IKE", "KNL", ... without the level that newer versions put behind it */
    struct span name;         /* "t|1" or "1", where the log names the IKE SA */
    struct span text;
    struct daemon_talk *talk; /* the thread's */
    struct daemon_talk *sa;   /* the IKE SA's, or NULL */
};

struct swan_memory {
    struct daemon_memory daemon;
    struct drop_report open;  /* of the line that told that a sequence number was refused; the next one says whose */
    uint64_t open_thread;     /* key; 0: none */
};

/* Its time may be a clock alone, which is shown and no more. */
struct drop_report swan_report(const struct swan_line *line, const char *event, const struct log_line *whole);
/* Addresses of the line's IKE SA; where those are not told and the line was written while a message was handled, the message's. NULL: not told. */
const struct daemon_talk *swan_talk(const struct swan_line *line, bool handling);
/* Lines that tell of a refusal, a failure or a drop; LOG_FOREIGN: none of these. */
enum log_answer swan_failure(struct intake *intake, struct swan_memory *memory, const struct swan_line *line, const struct log_line *whole);
/* "c0000201": eight digits and what follows them. */
bool swan_spi(struct span text, const char *label, const char *follows, uint32_t *spi);

#endif
