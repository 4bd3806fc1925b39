/* pass: one frame on its way through the veil. Private to veil/. */
#ifndef VEIL_PASS_H
#define VEIL_PASS_H

#include "base/bytes.h"
#include "decode/tunnel.h"
#include "veil/sums.h"
#include "veil/veil.h"

enum { PASS_ESP = 50, PASS_AH = 51, PASS_UDP = 17, PASS_TCP = 6, PASS_ICMP4 = 1, PASS_ICMP6 = 58, PASS_IP4 = 4, PASS_IP6 = 41 };

/* A datagram in fragments: what its first fragment is made of, and the words of the others. */
struct veil_piece {
    struct addr src, dst;
    uint32_t id;
    uint8_t protocol;
    bool known, keep;       /* the first was met; what follows it is ciphertext */
    uint16_t offsets[48];   /* of the others, in units of 8 bytes */
    uint8_t count;
    uint64_t words;
};

/* One direction of a TCP connection that carries IKE and ESP. */
struct veil_stream {
    struct addr src, dst;
    uint16_t sport, dport;
    uint32_t next;          /* sequence number */
    uint32_t left;          /* bytes of a message that stand in the next segments */
    bool keep;              /* they are ciphertext */
    bool followed;          /* it is one: a segment was taken */
};

struct veil_open {          /* an SA without encryption */
    struct addr dst;
    uint32_t spi;
    uint8_t iv, icv;
};

struct veil {
    const struct walk_ports *ports;
    struct alias *alias;
    struct veil_piece *pieces;
    struct veil_stream *streams;
    struct veil_open *nulls;
    uint32_t piece_count, stream_count, null_count, stream_next;
    uint8_t *copy;          /* of the frame: as it was, or to be changed in the first round */
    uint32_t room;
    bool settled, failed;
    struct veil_counts counts;
};

struct pass {
    struct veil *veil;
    const uint8_t *old;
    uint8_t *new;
    uint32_t captured;      /* of the frame */
    uint32_t at;            /* the next byte */
    uint32_t limit;         /* readable bytes of what is opened now end here, */
    uint32_t end;           /* and those that it has on the wire here */
    uint16_t type;          /* enum link_type or Ethernet type, where `carried` is not set */
    bool carried;           /* an IP payload of `protocol` stands at `at` */
    uint8_t version, protocol;
    bool quote;             /* inside an ICMP error: lengths promise more than there is */
    struct addr before[2], after[2]; /* source and destination of the innermost IP header */
    struct veil_piece *piece; /* this is the first fragment of one */
    struct sums sums;
};

static inline uint32_t pass_left(const struct pass *pass)
{
    return pass->limit > pass->at ? pass->limit - pass->at : 0;
}

/* Zeros, as far as there are bytes. */
void pass_wipe(struct pass *pass, uint32_t from, uint32_t to);
/* What is opened now ends at `end` at the latest; what lies behind becomes zeros. */
void pass_end(struct pass *pass, uint32_t end);
/* An address in the new bytes, of 4 or 16; false where it is not all there. */
bool pass_addr(struct pass *pass, uint32_t at, uint8_t family, struct addr *before, struct addr *after);

/* Each goes on where true comes back; otherwise the rest was kept or wiped. */
bool network_step(struct pass *pass);   /* network.c: link types and IP headers */
/* An IPv6 extension header; false where `protocol` is none. *on as the others answer. */
bool network_extension(struct pass *pass, bool *on);
bool network_open(struct pass *pass, const struct tunnel_row *row, uint32_t from); /* a tunnel whose header begins at `from` */
bool carried_step(struct pass *pass);   /* carried.c: IP payloads */
bool opened_esp(struct pass *pass);     /* opened.c: ESP; on into what is not encrypted */
void segment_change(struct pass *pass, uint32_t payload, uint32_t seq, uint16_t sport, uint16_t dport, bool syn); /* segment.c */
/* message.c: an IKE message from `from` on, of `wire` bytes. True: what follows it, in other fragments or segments, is ciphertext. */
bool message_change(struct pass *pass, uint32_t from, uint32_t wire, uint16_t sport, uint16_t dport);

/* veil.c: NULL where there is none, and, for new ones, no room. */
struct veil_piece *veil_piece(struct veil *veil, const struct pass *pass, uint32_t id, bool make);
struct veil_open *veil_is_null(struct veil *veil, const struct addr *dst, uint32_t spi);

#endif
