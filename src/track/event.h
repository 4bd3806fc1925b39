/*
 * event: what trackers raise and conditions subscribe to. The healthy packet raises none.
 *
 * An event lives during the call that raises it. Pointers may be NULL where the kind does not carry them.
 */
#ifndef TRACK_EVENT_H
#define TRACK_EVENT_H

#include "reassembly/fragments.h"
#include "receiver/verdict.h"

enum event_kind {
    EVENT_VERDICT,       /* a packet was refused, or left unjudged for another cause than a late capture; frame, layer, judgement */
    EVENT_DEFECT,        /* a damaged or remarkable layer that no verdict speaks of; frame, layer */
    EVENT_KEEPALIVE,     /* a NAT keepalive; frame, layer */
    EVENT_QUOTE,         /* an ICMP error quotes IPsec; frame, layer */
    EVENT_RESTART,       /* the sender began its sequence numbers anew on a living SA; frame, layer, judgement, flow */
    EVENT_NEAR_END,      /* the sequence number is near 2^32 without ESN */
    EVENT_WRAP,          /* it went past 2^32 on an SA of which ESN is not known */
    EVENT_OPENED,        /* a packet with a right ICV is remarkable inside; frame, layer, judgement, inner, remarks, other */
    EVENT_PIECES,        /* an ESP or AH packet came in fragments, all of them; frame, layer, judgement, pieces, piece */
    EVENT_STALL,         /* the capture is over: an SA ended with large packets sent again and again; sa, stall */
    EVENT_FRAGMENTS,     /* a reassembly was given up; datagram */
    EVENT_SA_END,        /* the capture is over, or the SA long since: once for each SA that carried a packet; sa */
    EVENT_CAPTURE_END,   /* the capture is over: once */
    EVENT_IKE,           /* something in IKE: ike, frame, layer */
    EVENT_UNSEEN,        /* the receiver's own counters rose, and no captured packet explains it; drop */
    EVENT_DOSP,          /* the simulated DoS protection lets a packet not pass, or only by an assumption; dosp, frame, layer */
    EVENT_COUNT
};

/* What is remarkable about an opened packet, as a set. */
enum opened_remark {
    OPENED_PADDING = 1 << 0, /* not 1, 2, 3, ... (RFC 4303 2.4) */
    OPENED_DAMAGED = 1 << 1, /* the IP layer drops what came out */
    OPENED_TFC = 1 << 2,     /* bytes behind the inner packet (RFC 4303 2.7) */
    OPENED_NONCE = 1 << 3,   /* a nonce of the packet `other` again */
    OPENED_FRAGMENT = 1 << 4, /* a piece of an inner packet that was cut before IPsec */
};

struct boundary_judgement;
struct flow;
struct ike_event;
struct stall;
struct tally_drop;
struct inner_packet;

struct event {
    uint8_t kind;        /* enum event_kind */
    uint8_t copy;        /* enum recent_result of a packet refused as replayed; RECENT_NONE where nobody looked */
    const struct frame *frame;
    const struct layer *layer;
    const struct judgement *judgement;
    const struct flow *flow;
    const struct fragments_datagram *datagram;
    const struct stall *stall;
    uint32_t pieces;     /* of PIECES: how many frames made the packet */
    uint32_t piece;      /* length of the largest one as an IP packet; 0: not known */
    const struct inner_packet *inner; /* of VERDICT and OPENED: what came out, NULL where nothing did */
    uint64_t other;      /* with OPENED_NONCE: its sequence number */
    uint8_t remarks;     /* of OPENED: set of enum opened_remark */
    const struct ike_event *ike;
    const struct boundary_judgement *dosp;
    const struct tally_drop *drop;
    uint32_t sa;         /* SADB_NONE where none */
};

struct event_sink {
    void *context;
    void (*raise)(void *context, const struct event *event);
};

#endif
