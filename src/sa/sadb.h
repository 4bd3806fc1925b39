/*
 * sadb: the table of security associations that the shadow receiver looks packets up in (RFC 4301 4.4.2).
 *
 * Theory of operation. An SA is an index that never changes as long as it is there. What every packet touches is one cache line (struct sa_hot); the rest is apart
 * (struct sa). The index by {destination, SPI, protocol} is open addressing with a keyed hash, because strangers choose
 * SPIs; SAs whose destination is a prefix or a wildcard stand in chains by SPI. SAs of the same key at different times (history) are a
 * chain of versions. SAs learned from traffic (origin seen) are marked, capped, and never make an SPI known.
 *
 * No function here fails after creation but by memory: then SADB_NONE is returned and `full` is set.
 */
#ifndef SA_SADB_H
#define SA_SADB_H

#include "base/error.h"
#include "base/hash.h"
#include "sa/moment.h"
#include "sa/sa.h"
#include "sa/sources/source.h"

#define SADB_NONE UINT32_MAX
#define SADB_SEEN_MAX 65536u     /* SAs learned from traffic */
#define SADB_KEPT_MAX (1u << 20)   /* SAs that came while packets did */
#define SADB_WINDOW_MAX (1u << 20) /* largest anti-replay window that is simulated */

enum sa_hot_flag {
    SA_HOT_SEEN = 1 << 0,    /* learned from traffic: not a known SA */
    SA_HOT_TIMED = 1 << 1,   /* history says when it came or went: see born_ns, ended_ns */
    SA_HOT_LARVAL = 1 << 2,
    SA_HOT_ESN = 1 << 3,
    SA_HOT_WIDE = 1 << 4,    /* bitmap longer than 64 bits, in seen.wide */
    SA_HOT_LIMITS = 1 << 5,  /* hard packet, byte or time limits: see the definition */
    SA_HOT_ENCAP = 1 << 6,   /* encapsulation is known and must match `encap` */
    SA_HOT_STARTED = 1 << 7, /* a packet was accepted: top means something */
    SA_HOT_KEYED = 1 << 8,   /* keys are known: the ICV decides */
    SA_HOT_SIZES = 1 << 9,   /* minimum and block are known */
    SA_HOT_CHAIN = 1 << 10,  /* older versions exist */
    SA_HOT_FLOW = 1 << 11,   /* the tracker keeps more about it */
    SA_HOT_FREE = 1 << 12,   /* forgotten: no SA, and without packets; its index waits for another */
    SA_HOT_TAKEN = 1 << 13,  /* top and window go on from the receiver's own: see sadb_take */
};

struct sa_hot {
    uint64_t top;            /* highest sequence number accepted, with its high half where ESN */
    union {
        uint64_t bits;       /* bit n: top - n was accepted */
        uint64_t *wide;      /* ring of whole words, by sequence number (RFC 6479) */
    } seen;
    uint64_t packets, bytes; /* accepted; bytes as the kernel counts them (what came out), estimated from below without keys */
    uint64_t wire_bytes;     /* of the same packets, from the ESP or AH header on */
    int64_t last_ns;
    uint32_t window;         /* 0: no replay check */
    uint32_t flags;          /* enum sa_hot_flag */
    uint16_t minimum;        /* bytes from the ESP header on that a packet must have; AH: length of the AH header */
    uint8_t block;           /* the ciphertext is a whole number of these */
    uint8_t overhead;        /* 8 + IV + ICV */
    uint8_t encap;
    uint8_t proto;
    uint8_t sums_right, sums_wrong; /* packets whose checksums were right and wrong, as far as 255: see receiver_checksum */
};
_Static_assert(sizeof(struct sa_hot) == 64, "every packet touches exactly one cache line of its SA");

/* TOLD: a Delete payload passed the capture point; when the receiver removes the SA is its own affair */
enum sa_end { SA_END_NONE, SA_END_DELETED, SA_END_EXPIRED, SA_END_FLUSHED, SA_END_REPLACED, SA_END_RESTARTED, SA_END_TOLD };

#define SA_VERDICTS 19 /* enum verdict of receiver/verdict.h, which asserts it */

/* The tracker's notes (track/espnull.h). */
struct espnull_marks {
    uint8_t looked;   /* packets looked at */
    uint8_t unfit;    /* set of ICV lengths, by index, that some packet excludes */
};

struct sa {
    struct addr src, dst;    /* src: none where the definition has a wildcard */
    uint32_t spi;
    uint8_t proto, encap, origin; /* enum encap, enum sa_origin */
    uint8_t ended_by;        /* enum sa_end */
    bool born_known, ended_known;
    uint8_t logged;          /* enum sa_logged: how it is known when it came and went */
    int64_t born_ns, ended_ns; /* with SA_HOT_TIMED: exists in [born, ended) */
    const struct sa_definition *definition; /* NULL for SAs seen; belongs to the sa_table, or is that of `own` */
    struct sa_record *own;   /* it came while packets did, and goes with the SA (sadb_keep); else NULL */
    struct secrets *secrets; /* of `own`: the store of its keys */
    uint32_t dump;           /* of the kernel's: the latest dump that showed it (engine/kernel.c) */
    uint16_t file;           /* of the sa_table */
    uint32_t line;
    uint64_t serial;         /* counts SAs as they came; indices are used again */
    uint32_t older;          /* another version of the same key, or SADB_NONE */
    uint32_t same_spi;       /* next known SA with this SPI, whatever the destination, or SADB_NONE */
    uint32_t pair;           /* the other direction, or SADB_NONE */
    uint64_t before_packets, before_bytes; /* that the receiver had counted when its state was taken over; limits count them too */
    int64_t first_ns;
    uint16_t first_file;     /* of the captures */
    uint64_t first_frame, last_frame;
    uint64_t first_seq;
    uint64_t wire_packets, wire_bytes; /* refused ones: those that are not in hot.packets */
    uint32_t verdicts[SA_VERDICTS]; /* refused and unjudged packets by enum verdict */
    uint8_t cause, cause_certainty; /* of an unknown SPI, found once: enum cause */
    bool cause_known;
    uint32_t cause_sa;       /* the SA that it nearly was */
    uint64_t aged_packets;   /* of a run that goes on (engine/ageing.h): packets when it was last looked at */
    uint16_t idle;           /* and how often there were no more since, or since it has ended */
    bool ended_told;         /* EVENT_SA_END was raised since its last packet */
    bool ended_seen;         /* a sweep has met it after its end */
    uint64_t copied;         /* packets whose opened form came by as well: see track/copies.h */
    uint64_t copied_until;   /* hot.packets when the latest of them did */
    uint64_t copied_frame;
    int64_t copied_ns;
    struct flow *flow;       /* the tracker's, NULL until something was out of order */
    struct crypt_key *key;   /* NULL without keys */
    uint8_t unproven;        /* packets that keys which are derived did not open, before any that they did */
    uint64_t verified;       /* packets whose ICV is right, also where they were refused for what was inside */
    struct nonce *nonce;     /* the tracker's, of ciphers that no nonce may meet twice; NULL until a packet was verified */
    struct suspicion *suspicion;   /* the receiver's, NULL until an ICV was wrong */
    struct crypt_key *suspect_key; /* one that makes wrong ICVs right, or NULL */
    struct espnull_marks null;     /* of SAs without keys: do they look as if nothing were encrypted? */
};

struct sadb;

struct sadb *sadb_create(struct error *error);
void sadb_destroy(struct sadb *db);

/* A known SA. `record` must outlive the table. Definitions without history are always there. */
uint32_t sadb_add(struct sadb *db, const struct sa_record *record, uint16_t file, uint32_t window_default);
/*
 * The same of one that comes while packets do: a copy of the record is kept as long as the SA, and its keys, which are in `secrets` (NULL: it has none),
 * are released with it. The store must outlive the table's use, not its destruction. SADB_NONE, too, once SADB_KEPT_MAX of them exist.
 */
uint32_t sadb_keep(struct sadb *db, const struct sa_record *record, struct secrets *secrets, uint16_t file, uint32_t window_default);
/* The definition turned out to be the sender's own copy: its window 0 says nothing of the receiver's. */
void sadb_take_for_outbound(struct sadb *db, uint32_t index, uint32_t window_default);
/*
 * History that begins with an update: an SA was there before. IKE daemons reserve the SPI first, so it is taken to have been larval up to then;
 * where a table shows that the SA is older than the update, sadb_join says that it was the same SA all the time.
 */
uint32_t sadb_add_reserved(struct sadb *db, const struct sa_record *record, uint16_t file, uint32_t window_default);
void sadb_join(struct sadb *db, uint32_t reserved, uint32_t later);
/* What another source knows more of the same SA: takes over the definition, keeps times and counts. No packet was judged yet. */
void sadb_redefine(struct sadb *db, uint32_t index, const struct sa_record *record, uint16_t file, uint32_t window_default);
/* The receiver's own window and counts, as of now: what comes is judged on from there. No packet was judged yet. */
void sadb_take(struct sadb *db, uint32_t index, const struct sa_moment *moment);
/* Limits and encapsulation of the definition were changed in place; the window stays. */
void sadb_refresh(struct sadb *db, uint32_t index);
/* History: the version of this SA that is alive at time_ns ends then. SADB_NONE where there is none. */
uint32_t sadb_end(struct sadb *db, const struct sa_definition *definition, int64_t time_ns, enum sa_end by);
/* An SA from traffic alone; SADB_NONE once SADB_SEEN_MAX exist. */
uint32_t sadb_learn(struct sadb *db, const struct addr *src, const struct addr *dst, uint32_t spi, uint8_t proto,
                    uint8_t encap);

/*
 * In a run that goes on: an SA from traffic or IKE, or one that has ended, goes, and a later one gets its index. Nobody may refer to it any more. Others
 * stay. `secrets`: as for sadb_wipe.
 */
void sadb_forget(struct sadb *db, uint32_t index, struct secrets *secrets);
/* Its keys are no longer needed: wiped, and nothing is opened with them any more. `secrets`: the store of keys that files told. */
void sadb_wipe(struct sadb *db, uint32_t index, struct secrets *secrets);

/* Somebody set the clock forward by so much: all times are told anew. No packet of before comes any more. */
void sadb_set_clock(struct sadb *db, int64_t step_ns);

uint64_t sadb_hash(const struct sadb *db, const struct addr *dst, uint32_t spi, uint8_t proto);
void sadb_prefetch(const struct sadb *db, uint64_t hash);
/* The newest entry of this key, known or seen, or SADB_NONE. Exact destinations only. */
uint32_t sadb_probe(const struct sadb *db, uint64_t hash, const struct addr *dst, uint32_t spi, uint8_t proto);
/*
 * What a receiver finds: the known SA that is alive at time_ns, by exact destination, then by prefix. Where there is none, *other is an
 * entry of the same key that is seen, ended or not yet born (the nearest in time), or SADB_NONE.
 */
uint32_t sadb_find(const struct sadb *db, uint64_t hash, const struct addr *src, const struct addr *dst, uint32_t spi,
                   uint8_t proto, int64_t time_ns, uint32_t *other);
/* The first known SA with this SPI, whatever its destination or protocol; go on with sa->same_spi. */
uint32_t sadb_by_spi(const struct sadb *db, uint32_t spi);

struct sa_hot *sadb_hot(struct sadb *db, uint32_t index);
struct sa *sadb_sa(struct sadb *db, uint32_t index);

/* All that came on it, refused or not. */
static inline uint64_t sa_packets(struct sadb *db, uint32_t index)
{
    return sadb_hot(db, index)->packets + sadb_sa(db, index)->wire_packets;
}

static inline uint64_t sa_bytes(struct sadb *db, uint32_t index)
{
    return sadb_hot(db, index)->wire_bytes + sadb_sa(db, index)->wire_bytes;
}
uint32_t sadb_count(const struct sadb *db);        /* indices are 0..count-1 */
uint32_t sadb_known_count(const struct sadb *db);
uint32_t sadb_seen_count(const struct sadb *db);
uint64_t sadb_unlearned(const struct sadb *db);    /* SAs that the cap kept out (each packet of them counts) */
bool sadb_timed(const struct sadb *db);            /* some history was given */
/*
 * All indices in the order in which the SAs came, sadb_count() of them; the caller frees it. NULL where that is the order of the indices (nothing was
 * forgotten so far), or where there is no memory.
 */
uint32_t *sadb_order(const struct sadb *db);

#endif
