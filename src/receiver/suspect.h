/*
 * suspect: why the receiver cannot verify a packet: which other reading of the SA's definition, or of the packet, makes its ICV right.
 *
 * Theory of operation. An ICV of 64 bits or more is not right by chance: whatever variation verifies the packet is what the sender did.
 * So the likely mistakes are tried one after the other, each on the first packets of an SA that fail and never again; the one that fits
 * is kept on the SA and later failing packets are only asked whether it fits them too. A packet that verifies costs nothing here.
 * Work is counted over all SAs, so that a file full of wrong keys does not make the analysis slow.
 */
#ifndef RECEIVER_SUSPECT_H
#define RECEIVER_SUSPECT_H

#include "crypto/open.h"
#include "receiver/receiver.h"

#define SUSPECT_SEARCHES 2u        /* packets of an SA on which everything is tried */
#define SUSPECT_HIGH_PACKETS 64u   /* packets of an SA whose high half is looked for */
#define SUSPECT_HIGH_OFF 8         /* how far it may be off */
#define SUSPECT_SAS 64u            /* other SAs of the same addresses whose keys are tried */
#define SUSPECT_SCAN 65536u        /* entries of the table that are looked at for them */
#define SUSPECT_AGAIN 4u           /* packets of an SA whose two changed bytes are looked for; 16 times as many for one byte */
#define SUSPECT_WORK_MAX (1u << 20) /* of one analysis, in verifications of short packets: about a second */

/* Where the salt stands that fits. */
enum suspect_salt { SALT_FIRST, SALT_ZERO, SALT_REVERSED };

/* Mutable fields of the IP header (RFC 4302 3.3.3.1), as a set. */
enum suspect_mutable {
    MUTABLE_TOS = 1 << 0, MUTABLE_FRAGMENT = 1 << 1, MUTABLE_TTL = 1 << 2, MUTABLE_CHECKSUM = 1 << 3, /* IPv4 */
    MUTABLE_FLOW = 1 << 4,                                                                           /* IPv6: flow label */
};

struct suspicion {
    uint8_t cause;         /* enum cause; CAUSE_NONE: nothing fits */
    uint8_t searches;
    uint8_t icv;           /* bytes of ICV that fit; with ICV_LENGTH and OTHER_ALGORITHM */
    uint8_t salt;          /* enum suspect_salt; with SALT */
    uint8_t covered;       /* set of enum suspect_mutable; with MUTABLE_FIELD */
    uint8_t high_searches;
    bool gave_up;          /* the work was used up: not everything was tried */
    const struct encryption *encryption; /* that fit, with OTHER_ALGORITHM; NULL: an integrity algorithm */
    const struct integrity *integrity;
    uint32_t near;         /* with DIRECTIONS_SWAPPED, OTHER_SA_KEY: whose keys fit */
    int32_t high_off;      /* sender's high half minus the receiver's, of the last packet that ESN_HIGH explains; 0: none so far */
    uint32_t sender_high;  /* with ESN_USED */
    const char *field;     /* with FIELD_CHANGED: its name, static */
    uint16_t field_at;     /* offset in the IP packet */
    uint8_t field_bytes;
    uint32_t field_was, field_is; /* as it was sealed; as it came */
    struct addr src, dst;  /* with ADDRESS_TRANSLATED: as the sender had them */
    uint64_t explained;    /* packets that it makes right */
};

/*
 * A packet of an SA with keys that was judged integrity-failed, too-short or misaligned, wholly captured. Sets the judgement's cause and near where
 * something fits. `buffer`: for AH, as long as its IP packet; else NULL.
 */
void suspect_look(struct receiver *receiver, const struct layer *layer, uint8_t *buffer, struct judgement *judgement);

/* ---- between suspect.c and suspect_ah.c ---- */

struct trial {
    struct receiver *receiver;
    const struct layer *layer;
    struct sa *sa;
    uint32_t index, high;
    uint8_t *buffer;
    bool free;             /* one verification for each failing packet is not counted as work */
    struct suspicion *found;
};

bool suspect_affords(struct trial *trial); /* counts one verification; false when the work is used up */
bool suspect_affords_many(struct trial *trial); /* thousands of them: only the first half of the work goes there */
/* Tries what changes AH packets on their way; the SA's key exists. */
bool suspect_ah(struct trial *trial);
/* Does what was found there fit this packet too? */
bool suspect_ah_again(struct trial *trial);

#endif
