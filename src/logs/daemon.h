/*
 * daemon: what IKE daemons' logs have in common: error notifies and their codes; and what a line needs of the lines before it, in bounded memory.
 */
#ifndef LOGS_DAEMON_H
#define LOGS_DAEMON_H

#include "logs/format.h"

#define DAEMON_TALKS 256  /* threads or IKE SAs whose addresses are remembered: the last ones */
#define DAEMON_CHILDREN 512

struct daemon_notify {
    const char *name;     /* as daemons print it: "NO_PROPOSAL_CHOSEN" */
    uint16_t windows;     /* ../shared/facts/mapping.md section 3; 0: none fits */
    bool passing;         /* it ends no negotiation: the daemon tries again */
};

/* Doubts: the kernel does not know an SA that the daemon asks for; the peer says INVALID_SPI. */
extern const char daemon_missing_entry[], daemon_peer_spi[];

/* NULL: no error notify of that name. Hyphens, as RFC 2408 writes them, are underscores. */
const struct daemon_notify *daemon_notify_find(struct span name);

/* Who is talked with: by a thread, or in an IKE SA. Keys are hashes of what the log names it by; 0: an empty place. */
struct daemon_talk {
    uint64_t key;
    struct addr local, peer;  /* family 0: not told */
    uint8_t proto;            /* of the Child SA that is being made; 0: not told */
    bool gave_up, no_spi, no_entry; /* told already; the line that follows says the same again */
};

/* A Child SA that was told of: closing lines name the SPIs only. */
struct daemon_child {
    uint64_t name;            /* hash; 0: an empty place */
    uint32_t in, out;
    struct addr local, peer;
    uint8_t proto;
    bool replaced;            /* another one of the same name came after it */
};

struct daemon_memory {
    unsigned talk_at, child_at; /* the places that are overwritten next */
    struct daemon_talk talks[DAEMON_TALKS];
    struct daemon_child children[DAEMON_CHILDREN];
};

/* FNV-1a over several names; never 0. Whoever writes the log could make two of them equal, and would only confuse his own log. */
uint64_t daemon_key(struct span host, struct span name, unsigned number);
struct daemon_talk *daemon_talk_find(struct daemon_memory *memory, uint64_t key); /* NULL: none */
struct daemon_talk *daemon_talk_keep(struct daemon_memory *memory, uint64_t key); /* the one of this key, else a new one in the place of the oldest */
/* Enters a Child SA, and marks those of the same name between the same addresses as replaced. */
void daemon_child_keep(struct daemon_memory *memory, const struct daemon_child *child);
struct daemon_child *daemon_child_find(struct daemon_memory *memory, uint32_t in, uint32_t out);

#endif
