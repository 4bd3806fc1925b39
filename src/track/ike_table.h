/* ike_table: storage of sessions, private to the ike_* files of track/. */
#ifndef TRACK_IKE_TABLE_H
#define TRACK_IKE_TABLE_H

#include "base/hash.h"
#include "track/ike_session.h"

#define IKE_SLOTS (IKE_SESSIONS * 4u)

struct ike_sessions {
    struct sadb *db;
    const struct event_sink *sink;
    struct ike_keys *keys;                     /* NULL: none were given */
    struct hash_key hash;
    uint32_t window;
    struct ike_session *session[IKE_SESSIONS]; /* allocated when first used */
    uint32_t count, next;                      /* next: whose turn it is to make room */
    uint32_t slots[IKE_SLOTS];                 /* index + 1 by spi_i; 0: free */
    struct ike_assemblies *assemblies;         /* pieces of IKEv1 messages; NULL until the first */
    uint8_t *plain;                            /* what is opened of one message */
    uint32_t plain_room;
};

/* The Child SA that a message agreed on, while the rest of the message is read. */
struct ike_agreed {
    struct ike_child *child;           /* NULL: none */
    struct sa_record *record[2];       /* of child->sa; NULL where another source defined that SA */
    const struct encryption *encryption;
    const struct integrity *integrity;
    uint16_t key_bits;                 /* of the Key Length attribute; 0: none */
    bool additional;                   /* more key exchanges follow (RFC 9370): its keys are not made yet */
};

/* One message with all that is known of its place. */
struct ike_context {
    struct ike_sessions *sessions;
    struct ike_session *session;
    const struct frame *frame;
    const struct layer *layer;
    const struct ike_message *message;
    bool from_initiator;   /* the sender is the original initiator */
    bool response;
    bool decrypted;        /* the payloads come out of an SK payload */
    bool repeated;         /* it was seen before, or is older than what was */
    bool damaged;          /* a fault of it was told */
    uint64_t held;         /* IKEv2: set of payload types, from 33 on */
    struct ike_agreed agreed;
    const uint8_t *answer_nonce; /* of a response, in the message; NULL: none */
    uint32_t answer_nonce_length;
};

/* Room for a notify and nothing else: header, SK, IV of 8 or 16, notify of 8, padding, ICV of 8 to 16; RFC 7296 2.21.2. */
#define IKE_SHORT_LENGTH 96u

struct ike_session *ike_table_find(struct ike_sessions *sessions, const struct ike_header *header);
/* A table that is full makes room: what the end of another session shows at that time is told. */
struct ike_session *ike_table_add(struct ike_sessions *sessions, const struct ike_header *header, int64_t now_ns);
void ike_table_raise(const struct ike_context *context, struct ike_event *event);

/* ike_rhythm.c: whose turn it is, and how far the IKE SA came. `hash`: of the message's bytes. */
void ike_rhythm_message(struct ike_context *context, uint64_t hash);

/*
 * ike_pieces.c: a message that is a Fragment payload of IKEv1. False: it cannot be collected (cut, damaged, no message
 * in them) and stands for itself. *joined:
 * `whole` is the message that it completed, whose bytes live until the next call.
 */
bool ike_pieces_add(const struct ike_context *context, struct layer *whole, bool *joined);
void ike_pieces_end(struct ike_sessions *sessions); /* what is not whole yet is missing pieces */
void ike_pieces_destroy(struct ike_sessions *sessions);
void ike_pieces_set_clock(struct ike_sessions *sessions, int64_t step_ns);

/* ike_end.c: what shows at the end of the capture only. */
void ike_end_session(struct ike_sessions *sessions, struct ike_session *session, int64_t last_ns);

/* ike_contents.c: what the payloads say, clear ones and opened ones. */
void ike_contents_read(struct ike_context *context);

/* ike_child.c: Child SAs that decrypted exchanges make and delete. */
void ike_child_proposed(struct ike_context *context, const struct ike_payload *sa);
void ike_child_agreed(struct ike_context *context, const struct ike_payload *sa);
void ike_child_selectors(struct ike_context *context, const struct ike_payload *ts);
bool ike_child_was_accepted(const struct ike_context *context); /* what is refused now: was the same taken before? */
void ike_child_deleted(struct ike_context *context, uint8_t proto, uint32_t spi);
void ike_child_all_deleted(struct ike_context *context);
void ike_child_initial_contact(struct ike_context *context); /* all other sessions of the two have ended */

/* ike_rekey.c: IKE SAs that replace others. */
struct ike_proposal;
void ike_rekey_proposed(struct ike_context *context, const struct ike_proposal *proposal);
void ike_rekey_agreed(struct ike_context *context, const struct ike_payload *sa, const struct ike_proposal *proposal);
/* Does another IKE SA that is up hold the Child SA now? */
bool ike_rekey_inherited(const struct ike_context *context, const struct ike_session *from, const struct ike_child *child);

/* ike_words.c: offers as text, "AES_GCM_16_256/PRF_HMAC_SHA2_256/ECP_256, ..." */
void ike_words_offer(const struct ike_payload *payload, char *text, size_t room, uint32_t *weak);

/* "10.1.0.0-10.1.0.255", several with commas */
void ike_words_selectors(const struct ike_payload *ts, char *text, size_t room);

#endif
