/*
 * fragments: IP datagrams put together again before ESP, AH and IKE are looked at (RFC 791 3.2, RFC 8200 4.5, RFC 5722).
 *
 * Bounded: at most FRAGMENTS_DATAGRAMS open datagrams and FRAGMENTS_BYTES of payload; a datagram is given up FRAGMENTS_TIMEOUT_NS
 * (IPv6: FRAGMENTS_TIMEOUT6_NS) of capture time after its first piece, or earlier when room is needed (the oldest goes). Memory is taken
 * at the first fragment, not before.
 */
#ifndef REASSEMBLY_FRAGMENTS_H
#define REASSEMBLY_FRAGMENTS_H

#include "decode/packet.h"

#define FRAGMENTS_DATAGRAMS 1024
#define FRAGMENTS_BYTES (16u << 20)
#define FRAGMENTS_TIMEOUT_NS (30 * (int64_t)1000000000) /* Linux: net.ipv4.ipfrag_time */
#define FRAGMENTS_TIMEOUT6_NS (60 * (int64_t)1000000000) /* RFC 8200 4.5; Linux: net.ipv6.ip6frag_time */
#define FRAGMENTS_PIECES 256 /* pieces of one datagram */

struct fragments;

enum fragments_result {
    FRAGMENTS_WAITING,  /* kept; pieces are missing */
    FRAGMENTS_COMPLETE, /* this piece completed the datagram */
    FRAGMENTS_DROPPED,  /* overlap that disagrees, impossible offset, too many pieces, cut by the snap length */
};

/* Why a datagram was given up, for the one who tells the user. */
enum fragments_end { FRAGMENTS_END_TIMEOUT, FRAGMENTS_END_EVICTED, FRAGMENTS_END_OVERLAP, FRAGMENTS_END_BAD,
                     FRAGMENTS_END_CUT, FRAGMENTS_END_CAPTURE };

struct fragments_datagram {     /* of a datagram that was given up */
    struct addr src, dst;
    uint8_t protocol;           /* from the first piece, or the fragment header */
    uint32_t id;
    uint8_t end;                /* enum fragments_end */
    bool has_first, has_last;   /* the pieces with offset 0 and without MF */
    uint32_t pieces, bytes;     /* what came */
    uint32_t missing_at;        /* offset of the first byte that never came */
    bool has_spi;               /* the first piece was there and carries ESP or AH */
    uint32_t spi, seq;
    int64_t first_ns, last_ns;
    uint64_t first_frame, last_frame; /* numbers within `file` */
    uint16_t file;
    uint16_t sport, dport;      /* UDP, where the first piece was there */
};

struct fragments *fragments_create(void); /* NULL: no memory */
void fragments_destroy(struct fragments *fragments);

/*
 * One LAYER_FRAGMENT with the frame that it came in. On FRAGMENTS_COMPLETE *datagram, *length is the whole IP packet: the first piece's
 * header (for IPv6 without the fragment header) with its length, fragment fields and (IPv4) checksum rewritten as if it had never been
 * cut, then the payload. It belongs to `fragments` and lives until the next call. *pieces counts the frames that made it.
 */
enum fragments_result fragments_add(struct fragments *fragments, const struct frame *frame, const struct layer *layer,
                                    const uint8_t **datagram, uint32_t *length, uint32_t *pieces);

/*
 * Gives up what is older than the timeout at `now_ns` (or everything: at the capture's end, end_all true) and tells of each. Call it until
 * false. Cheap when there is nothing to give up.
 */
bool fragments_expire(struct fragments *fragments, int64_t now_ns, bool end_all, struct fragments_datagram *given_up);
/* Somebody set the clock forward by so much: the times of what is open move along. NULL is fine. */
void fragments_set_clock(struct fragments *fragments, int64_t step_ns);
/* Datagrams given up of which nobody was told, because fragments_expire was not called often enough. */
uint64_t fragments_unreported(const struct fragments *fragments);

#endif
