/*
 * plan: what shows a condition: packets with their times, and the SAs and policies that the receiver has meanwhile.
 *
 * Theory of operation. A row of recipe.h calls the functions below in the order of events; time passes with each packet. The first thing that
 * cannot be done fails the plan and all later calls do nothing, so rows need no error handling. Nothing here is random and nobody's clock
 * is read: the same request gives the same bytes. Keys that the request does not bring are made up, and documented as such.
 */
#ifndef INJECT_PLAN_H
#define INJECT_PLAN_H

#include "base/text.h"
#include "inject/recipe.h"
#include "inject/seal.h"
#include "sa/sources/source.h"

#define PLAN_SAS_MAX 8u
#define PLAN_EVENTS_MAX 32u
#define PLAN_POLICIES_MAX 4u
#define PLAN_PACKETS_MAX 65536u
#define PLAN_MS ((int64_t)1000000)
#define PLAN_SECOND ((int64_t)1000000000)
#define PLAN_STEP (10 * PLAN_MS) /* from one packet to the next, unless the row says otherwise */
#define PLAN_START (1767225600 * PLAN_SECOND) /* 2026-01-01 00:00:00 UTC: when the packets of every plan begin */

struct plan_request {
    struct addr src, dst;         /* of one family; none: addresses for documentation (RFC 5737, RFC 3849) */
    bool spi_given, seq_given;
    uint32_t spi, seq;            /* of the packets that show it; seq: of the first of them */
    uint8_t proto;                /* SA_PROTO_ESP or SA_PROTO_AH; 0: as the row likes */
    uint8_t encap;                /* enum encap */
    uint32_t count;               /* packets that show it; 0: as the row likes */
    const struct sa_definition *sa; /* to seal with; NULL: one is made up */
};

/* What the algorithms of an SA that is made up are; of one that was given, what they must be. */
enum plan_suite { PLAN_ANY, PLAN_GCM, PLAN_CBC, PLAN_NULL, PLAN_BARE /* AES-CBC and no integrity */, PLAN_AH };

struct plan_sa {
    struct sa_definition definition;
    struct crypt_key *key;
    uint64_t seq;                 /* of the next packet */
};

struct plan_event {               /* of the SA file */
    uint8_t event;                /* enum sa_event */
    int64_t time_ns;
    struct sa_definition definition;
};

struct plan_packet {
    uint8_t *bytes;               /* an IP packet */
    uint32_t length;
    int64_t time_ns;
    char *what;                   /* a clause for a person */
};

struct plan {
    const struct recipe *recipe;
    const struct plan_request *request;
    struct addr src, dst, other;  /* the peers, and a host beside dst */
    uint32_t spi;                 /* of the packets that show it */
    int64_t now_ns;
    struct net *net;
    struct secrets *secrets;
    struct plan_sa sas[PLAN_SAS_MAX];
    unsigned sa_count;
    struct plan_event events[PLAN_EVENTS_MAX];
    unsigned event_count;
    struct policy policies[PLAN_POLICIES_MAX];
    unsigned policy_count;
    struct plan_packet *packets;
    size_t packet_count, packet_room;
    struct text ike_keys;         /* Wireshark's ikev2_decryption_table, or empty */
    struct text policy_text;      /* of another kind than `policies` (DoS protection), for `read --policy`; or empty */
    uint16_t id;                  /* IPv4 identification of the next packet */
    struct wire esp, packet, content; /* what is being made; content: what goes inside */
    bool failed;
    struct error error;
};

/* NULL and an error: the row cannot be made of this request. */
struct plan *plan_make(const struct recipe *recipe, const struct plan_request *request, struct error *error);
void plan_destroy(struct plan *plan); /* wipes the keys; NULL is allowed */

/* ---- for rows ---- */

void plan_fail(struct plan *plan, const char *format, ...) __attribute__((format(printf, 2, 3)));
void plan_wait(struct plan *plan, int64_t span_ns);
/* How many packets show it: those that were asked for, or `usual`. */
uint32_t plan_count(const struct plan *plan, uint32_t usual);

/* The SA of the packets, from src to dst: the one that was given, or one that is made up and may be changed before it is installed. One that was given
 * may have another SPI than plan->spi. */
struct sa_definition plan_define(struct plan *plan, enum plan_suite suite);
bool plan_is_given(const struct plan *plan);
/* The receiver has it, since long before the packets. Its keys are its own: number differs, keys differ. Never NULL. */
struct plan_sa *plan_install(struct plan *plan, const struct sa_definition *definition);
struct plan_sa *plan_sa(struct plan *plan, enum plan_suite suite); /* both at once, unchanged */
/* An SA that only the sender has: in no SA file. */
struct plan_sa *plan_sender(struct plan *plan, const struct sa_definition *definition);
/* Keys of its own for a definition: each number gives others. */
void plan_keys(struct plan *plan, struct sa_definition *definition, unsigned number);
/* Another line of history at the time of the plan. The SA file becomes one of `ip xfrm monitor`. */
void plan_history(struct plan *plan, enum sa_event event, const struct sa_definition *definition, int64_t time_ns);
void plan_policy(struct plan *plan, const struct policy *policy);
/* Inbound, for exactly what plan_content() makes inside this SA; with a template for it. */
struct policy plan_protecting(const struct plan *plan, const struct sa_definition *definition);

/*
 * The number of the first packet that shows it, where `healthy` packets of the SA go before that: their numbers are set so that it has the one that was asked
 * for. One that is too low to have others before it has them behind it.
 */
uint64_t plan_lead(const struct plan *plan, struct plan_sa *sa, uint64_t healthy);

/* A shape for the SA's next packet, with a UDP datagram of `length` bytes inside, as the SA's mode carries it. One at a time. */
struct seal_shape plan_shape_sized(struct plan *plan, struct plan_sa *sa, uint32_t length);
struct seal_shape plan_shape(struct plan *plan, struct plan_sa *sa); /* the same, small */
/* Seals; ESP: into plan->esp, for plan_carry(); AH: into plan->packet, for plan_put(). */
void plan_seal(struct plan *plan, struct plan_sa *sa, const struct seal_shape *shape);
/* plan->esp inside IP, and UDP where `encap` says so, as a packet of the plan. */
void plan_carry(struct plan *plan, const struct addr *src, const struct addr *dst, enum encap encap, const char *what);
/* What plan_seal made, between the SA's addresses in its encapsulation. */
void plan_carry_sa(struct plan *plan, const struct plan_sa *sa, const char *what);
/* Sealed and sent in one. */
void plan_send_shape(struct plan *plan, struct plan_sa *sa, const struct seal_shape *shape, const char *what);
/* The SA's next packet, healthy. */
void plan_send(struct plan *plan, struct plan_sa *sa, const char *what);
/* plan->packet as it is. Time goes on by PLAN_STEP. */
void plan_put(struct plan *plan, const char *what);
/* What the packet `back` before the end carried (1: the last one), once more. */
void plan_again(struct plan *plan, unsigned back, const char *what);
/* plan->packet in pieces of at most `size` bytes of payload, a multiple of 8; the first `count` of them. */
void plan_put_pieces(struct plan *plan, uint32_t size, unsigned count, const char *what);
/* Packets into plan->packet. */
void plan_udp(struct plan *plan, const struct addr *src, const struct addr *dst, uint16_t sport, uint16_t dport, const void *payload,
              uint32_t length);
void plan_ip(struct plan *plan, const struct addr *src, const struct addr *dst, uint8_t proto, const void *payload, uint32_t length);
void plan_icmp(struct plan *plan, const struct addr *src, const struct addr *dst, uint8_t type, uint8_t code, uint32_t rest,
               const void *payload, uint32_t length);
void plan_tcp(struct plan *plan, const struct addr *src, const struct addr *dst, const struct net_tcp *tcp, const void *payload,
              uint32_t length);
/* The sum of an IPv4 header that was changed, made right again. */
void plan_sum(struct plan *plan);

/* The packets inside: networks behind the peers. */
struct addr plan_inner(const struct plan *plan, bool source);

#endif
