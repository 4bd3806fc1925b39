/*
 * ike_session: IKE SAs as a watcher sees them: who began, how far it came, what was asked and never answered, which Child SAs came of it
 * (RFC 7296 1.2 to 1.5, 2.1 to 2.4; RFC 2409 5).
 *
 * Bounded: at most IKE_SESSIONS sessions; one that came to nothing makes room, or an old one, and what its end shows is told. Children and story lines per session are bounded
 * too. Without keys only headers, IKE_SA_INIT and unprotected notifies say something; with keys all payloads do.
 */
#ifndef TRACK_IKE_SESSION_H
#define TRACK_IKE_SESSION_H

#include "decode/ike_chain.h"
#include "track/event.h"

#define IKE_SESSIONS 8192u
#define IKE_CHILDREN 64u     /* Child SA pairs kept per session; older ones go first */
#define IKE_OFFER_TEXT 384u
#define IKE_SELECTOR_TEXT 128u

enum ike_stage {
    IKE_STAGE_LATE,        /* first met in the middle: the capture began later */
    IKE_STAGE_STARTED,     /* IKE_SA_INIT, or the first message of main or aggressive mode, was sent */
    IKE_STAGE_ANSWERED,    /* and answered */
    IKE_STAGE_AUTH,        /* IKE_AUTH was sent; IKEv1: the encrypted part of phase 1 */
    IKE_STAGE_UP,          /* IKE_AUTH was answered with more than a refusal; IKEv1: phase 2 began */
    IKE_STAGE_REFUSED,
    IKE_STAGE_DELETED,
};

#define IKE_GAPS 6u

/* The latest request of one side (or, IKEv1, message of one exchange). */
struct ike_request {
    bool pending;          /* sent, no answer yet */
    uint8_t exchange;
    uint32_t message_id, length;
    uint32_t sent;         /* how often, 1 without retransmissions */
    uint64_t hash;         /* of the whole message: a retransmission has the same */
    struct layer layer;    /* addresses and ports */
    uint64_t first_frame, last_frame, answer_frame;
    int64_t first_ns, last_ns, answer_ns;
    uint16_t file;
    uint32_t answer_length;
    int64_t gap_ns[IKE_GAPS]; /* before each retransmission */
    uint32_t unheard;      /* how often it came again after the answer */
    uint32_t pieces;       /* of RFC 7383; 0: whole. `length` is then that of all that were seen */
    uint64_t pieces_seen;  /* set of their numbers - 1, as far as 64 */
    bool encrypted;        /* IKEv1 */
    bool answer_pieces, answered_twice;
};

#define IKE_SEEN 16u
#define IKE_QUICK 8u

/* IKEv1: one quick mode; its request is the latest message that waits for one of the other side. */
struct ike_quick {
    uint8_t said;          /* messages so far; 0: free */
    uint8_t by;            /* who began it: 0 the original initiator */
    struct ike_request request;
};

struct ike_child {
    uint8_t proto;         /* SA_PROTO_ESP or SA_PROTO_AH; 0: free */
    uint32_t spi[2];       /* inbound SPI of the original initiator [0] and responder [1] of the IKE SA */
    uint32_t sa[2];        /* where they stand in the SA table, or SADB_NONE */
    int64_t born_ns, ended_ns;
    bool ended;
    bool inherited;        /* from the IKE SA that this one replaces: told of there already */
};

struct ike;
struct ike_key;
struct version1;
struct childkeys;

#define IKE_PIECES 64u
#define IKE_PIECES_BYTES 65536u

/* Fragments of one message (RFC 7383), opened. */
struct ike_pieces {
    uint32_t message_id;
    bool response;
    uint8_t first;         /* type of the first payload */
    uint16_t total;
    uint64_t have;         /* set of numbers - 1 */
    uint32_t at[IKE_PIECES], size[IKE_PIECES], length;
    uint8_t *bytes;
};

/* IKEv1 messages of one side that were sent in pieces of which some never came; all but `messages` of the latest. */
struct ike_missing {
    uint32_t messages;
    uint16_t id;
    uint8_t last;          /* how many pieces there are; 0: the last one never came */
    uint64_t numbers;      /* set of number - 1 of those that are missing below the highest that came */
    uint64_t first_frame, last_frame; /* of those that came */
    int64_t first_ns, last_ns;
};

struct ike_session {
    uint8_t spi_i[8], spi_r[8];
    uint8_t version;       /* enum ike_version */
    uint8_t exchange;      /* IKEv1: of phase 1 */
    uint8_t stage;         /* enum ike_stage */
    bool used;
    struct addr initiator, responder;
    int64_t first_ns, last_ns;
    uint64_t first_frame, last_frame;
    uint16_t file;
    struct ike_request request[2]; /* by the original initiator [0], the responder [1] */
    int64_t up_ns, down_ns, refusal_ns; /* 0: did not happen */
    uint64_t up_frame, down_frame, refusal_frame;
    uint16_t refusal;      /* error notify that ended it or its first child, 0 for none */
    bool refusal_decrypted, refusal_of_child;
    bool cookie;           /* the responder asked for a cookie */
    bool nat;              /* UDP port 4500 is used */
    bool mobike, fragmentation;
    uint16_t group, group_wanted; /* KE group offered; the one that INVALID_KE_PAYLOAD asked for */
    bool decrypted;        /* at least one protected message was opened */
    bool undecryptable;    /* keys were given for it, but they did not open it */
    uint32_t protected;    /* messages that are encrypted */
    char offer[IKE_OFFER_TEXT];  /* the initiator's IKE proposals, as text */
    char chosen[IKE_OFFER_TEXT / 2]; /* the responder's choice */
    char child_offer[IKE_OFFER_TEXT]; /* decrypted: the latest Child SA proposals */
    uint64_t child_offered[2], child_accepted[2]; /* hashes of such texts, by who asked: the latest; the latest accepted */
    bool ike_rekey[2];     /* the latest proposals of the initiator, of the responder, are for a new IKE SA */
    uint8_t rekey_spi[2][8]; /* decrypted: its initiator's SPI */
    uint32_t rekey_id[2];
    bool replaces, replaced; /* decrypted: it came of another IKE SA's rekey; another came of its own */
    uint32_t child_weak;   /* set of enum ike_weakness of the Child SAs */
    uint32_t weak;         /* set of enum ike_weakness */
    struct ike_child children[IKE_CHILDREN];
    uint32_t child_count;
    uint32_t pending_spi[2]; /* decrypted: the requester's SPI of a child that is being negotiated, by who asked */
    uint8_t pending_proto[2];
    uint32_t pending_id[2];
    char selectors[2][IKE_SELECTOR_TEXT]; /* decrypted: the latest TSi, TSr */
    uint32_t messages[2];  /* from initiator, from responder */
    uint64_t seen[IKE_SEEN]; /* hashes of the latest messages */
    uint32_t seen_next;
    struct ike_request auth; /* IKEv2: the last round of IKE_AUTH, once it was answered; `sent` 0: none */
    uint8_t prf_size;      /* bytes of output of the PRF that the responder chose; 0: not seen */
    int64_t child_ns;      /* IKEv2: latest answer to CREATE_CHILD_SA with room for an SA; 0: none */
    struct ike_quick *quick; /* IKEv1: IKE_QUICK of them; NULL until the first quick mode */
    uint32_t quick_next;
    struct ike_request probe[2]; /* IKEv1: informational messages of one side that the other did not react to */
    int64_t informed_ns[2]; /* IKEv1: latest encrypted informational message, by sender; 0: none */
    uint64_t informed_frame[2];
    bool probing[2];       /* decrypted: they ask whether the other side is there (RFC 3706) */
    bool auth_done;        /* decrypted: the last answer of IKE_AUTH, with AUTH and without EAP */
    struct ike *ike;       /* NULL without keys that open it */
    const struct ike_key *key;
    struct version1 *version1; /* IKEv1: what opening needs; NULL until something was learned */
    struct childkeys *childkeys; /* IKEv2: nonces; NULL without keys */
    uint32_t keys_tried;
    struct ike_pieces pieces;
    struct ike_missing missing[2]; /* by sender */
    uint32_t aged_messages, idle; /* of a run that goes on (engine/exchanges.h): messages when it was last looked at, how often there were no more since */
    bool ended_told;       /* what its end shows was told since its latest message */
    uint32_t joined[2];    /* IKEv1 messages that were put together from pieces, by sender; the latest: */
    int64_t joined_ns[2];
};

enum ike_weakness {
    IKE_WEAK_VERSION1 = 1 << 0, IKE_WEAK_AGGRESSIVE_PSK = 1 << 1, IKE_WEAK_DES = 1 << 2, IKE_WEAK_3DES = 1 << 3,
    IKE_WEAK_MD5 = 1 << 4, IKE_WEAK_GROUP = 1 << 5, IKE_WEAK_NULL = 1 << 6, IKE_WEAK_NO_INTEGRITY = 1 << 7,
    IKE_WEAK_SHA1 = 1 << 8,
};

enum ike_what {
    IKE_DAMAGED,          /* fault */
    IKE_NOTIFIED,         /* an error notify, or a status notify that matters; notify */
    IKE_REFUSED,          /* a negotiation ended with an error notify; notify */
    IKE_UNANSWERED,       /* at the end: a request that nobody answered; request */
    IKE_HALF_OPEN,        /* at the end: answered, and then the initiator went silent */
    IKE_UNHEARD,          /* at the end: it was answered, but its sender went on repeating it; request */
    IKE_SHORT_ANSWER,     /* at the end: phase 1 or IKE_AUTH broke off as a refusal does that is encrypted; request */
    IKE_TURNED_DOWN,      /* at the end: the initiator had its full answer of IKE_AUTH and ended the IKE SA at once; request */
    IKE_SHORT_CHILD,      /* the same of a Child SA: an answer without room for an SA, none in quick mode; request */
    IKE_CHILD_UP, IKE_CHILD_DOWN, IKE_DOWN,
    IKE_CROSSING,         /* two CREATE_CHILD_SA requests cross */
    IKE_ANSWERED_TWICE,   /* one message ID, two different answers */
    IKE_NO_CHILD_SPI,     /* a proposal whose SPI cannot be: 0, reserved, wrong size, or proposed before */
    IKE_NO_CHILD,         /* at the end: the IKE SA is up, its initiator asked for a Child SA, and got neither it nor an error */
    IKE_MOVED,            /* a peer speaks from another address now; former */
    IKE_WEAK,             /* session->weak or child_weak has grown */
};

struct ike_notified {
    uint16_t type;
    uint8_t protocol;
    const uint8_t *spi, *data;
    uint32_t spi_length, data_length;
};

struct ike_event {
    uint8_t what;                 /* enum ike_what */
    uint8_t exchange;             /* of the message that shows it; at the end of the capture: of the request */
    uint32_t message_id;
    const struct ike_session *session;
    bool from_initiator;          /* the sender is the original initiator */
    bool decrypted;
    const struct ike_notified *notify;
    const struct ike_fault *fault;
    const struct ike_request *request;
    const struct ike_child *child;
    const struct addr *former;    /* of IKE_MOVED: the sender's address so far */
    bool eap;                     /* of IKE_REFUSED: said with EAP, not with a notify */
    bool accepted_before;         /* of IKE_REFUSED: the same Child SA proposal was taken before */
    uint32_t spi;
};

#define IKE_KEYS_TRIED 2048u /* a session: keys that name no SPI are tried */

struct ike_sessions;
struct ike_keys;

/* window: the anti-replay window that SAs from IKE are given, which does not negotiate it. NULL: no memory. */
struct ike_sessions *ike_sessions_create(struct sadb *db, const struct event_sink *sink, uint32_t window);
void ike_sessions_destroy(struct ike_sessions *sessions);
/* `keys` (may be NULL) must outlive the table; keys of Child SAs that are made from them are kept in its store. */
void ike_sessions_use_keys(struct ike_sessions *sessions, struct ike_keys *keys);

/* One LAYER_IKE. */
void ike_sessions_message(struct ike_sessions *sessions, const struct frame *frame, const struct layer *layer);
/* What would be told if the capture ended now; nothing changes. */
void ike_sessions_review(struct ike_sessions *sessions, int64_t now_ns);
/* The capture is over: what stayed unanswered or half-open is told. */
void ike_sessions_end(struct ike_sessions *sessions, int64_t last_ns);

/* Of a run that goes on. One more look at that session: how many there were since its latest message. */
uint32_t ike_sessions_look(struct ike_sessions *sessions, uint32_t index);
/* It counts as no longer idle than this: its hosts use what came of it. */
void ike_sessions_live(struct ike_sessions *sessions, uint32_t index, uint32_t idle);
/* What its end would show at that time is told, once. */
void ike_sessions_close(struct ike_sessions *sessions, uint32_t index, int64_t last_ns);
/* Those that `gone` names are no more; the others move up. */
void ike_sessions_forget(struct ike_sessions *sessions, const bool *gone);
void ike_sessions_set_clock(struct ike_sessions *sessions, int64_t step_ns); /* as sadb_set_clock */
/* Child SAs forget where they stood in the SA table, where `gone` says so (by index): these places become others'. */
void ike_sessions_unlink(struct ike_sessions *sessions, const bool *gone);

uint32_t ike_sessions_count(const struct ike_sessions *sessions);
const struct ike_session *ike_sessions_at(const struct ike_sessions *sessions, uint32_t index); /* by first meeting */

/* Did `dst` leave a request of `src` unanswered from about that time on, and send no IKE since? */
bool ike_sessions_silent(const struct ike_sessions *sessions, const struct addr *src, const struct addr *dst, int64_t since_ns);
/* Did `who` begin a new IKE SA with `peer`, or say INITIAL_CONTACT, between these times? */
bool ike_sessions_restarted(const struct ike_sessions *sessions, const struct addr *who, const struct addr *peer, int64_t from_ns,
                            int64_t to_ns);

#endif
