/*
 * datagram: the pieces of one IP datagram, in order of offset, and the rules for taking one more. Private to reassembly/.
 * A datagram does not know its table: time, room and reports are fragments.c's.
 */
#ifndef REASSEMBLY_DATAGRAM_H
#define REASSEMBLY_DATAGRAM_H

#include "reassembly/fragments.h"

#define DATAGRAM_MAX (40 + 65535) /* an IPv6 header and the longest payload; IPv4 stays below */

/* What one frame brings: read from a layer, pointing into its bytes. */
struct fragment {
    struct addr src, dst;
    uint32_t id;
    uint8_t protocol;      /* IPv6: the fragment header's next header */
    uint8_t ecn;           /* 1u << the two ECN bits */
    bool more;             /* MF */
    uint32_t at;           /* offset in the datagram's payload */
    uint32_t length;       /* payload bytes on the wire */
    uint32_t captured;     /* payload bytes that can be read */
    uint32_t header;       /* bytes of IP header to keep, without the IPv6 fragment header; 0 unless at is 0 */
    const uint8_t *header_bytes, *bytes;
};

struct piece;

struct datagram {
    struct addr src, dst;
    uint32_t id;
    uint8_t protocol;      /* 0 in an IPv6 key: only the first piece's counts */
    uint8_t ecn;           /* set of the pieces' ECN bits */
    bool has_first, has_last;
    bool cut;              /* a piece was cut by the snap length: complete or not, its bytes are not all known */
    uint16_t count;        /* pieces kept */
    uint16_t repeats;      /* pieces ignored as repeats */
    uint32_t end;          /* highest end seen; the length once has_last */
    uint32_t have;         /* payload bytes kept, as on the wire */
    uint32_t memory;       /* bytes allocated */
    struct piece *first;   /* ascending, never overlapping */
    int64_t first_ns, last_ns;
    uint64_t first_frame, last_frame;
    uint16_t file;
};

enum datagram_answer {
    DATAGRAM_KEPT,
    DATAGRAM_WHOLE,    /* kept, and nothing is missing now */
    DATAGRAM_REPEATED, /* lies within what came in sequence already: ignored */
    DATAGRAM_REFUSED,  /* the piece is impossible and ignored; the datagram stays */
    DATAGRAM_OVERLAP,  /* the datagram is spoiled (RFC 5722) */
    DATAGRAM_BAD,      /* the datagram is spoiled: lengths contradict each other */
    DATAGRAM_FULL,     /* too many pieces, or no memory */
};

/* DECODE_BAD where the layer is no fragment or contradicts itself, DECODE_CUT where its identity was not captured. */
enum decode_status fragment_read(const struct layer *layer, struct fragment *fragment);
/* What keeping it takes, to make room beforehand. */
uint32_t fragment_memory(const struct fragment *fragment);

enum datagram_answer datagram_add(struct datagram *datagram, const struct fragment *fragment);
/* Writes the whole packet; returns its length, or 0 where it cannot be one (too long, impossible header chain or ECN mix). */
uint32_t datagram_write(const struct datagram *datagram, uint8_t out[DATAGRAM_MAX]);
void datagram_describe(const struct datagram *datagram, struct fragments_datagram *given_up);
void datagram_clear(struct datagram *datagram); /* frees the pieces; the key stays */

#endif
