/* opening: ICV, decryption and trailer of one packet, as esp_input and ah_input of Linux do them. */
#include "receiver/opening.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/ah.h"
#include "crypto/open.h"

#define OPENING_HIGH_TRIES 64u   /* high halves tried for the first packets of an ESN SA whose sender's is not known */
#define OPENING_HIGH_PACKETS 16u /* refused ones after which no more are tried: the key is wrong */

#define OPENING_UNPROVEN 16u     /* packets that derived keys may fail on before they are given up */

#define NEXT_NONE 59 /* dummy packet, RFC 4303 2.6 */

struct crypt_key *opening_make_key(const struct sa_definition *definition, bool esn, struct error *error)
{
    struct crypt_params params = {
        .encryption = definition->proto == SA_PROTO_AH ? NULL : definition->encryption,
        .encryption_key = definition->encryption_key,
        .integrity = definition->integrity,
        .integrity_key = definition->integrity_key,
        .icv = definition->icv,
        .esn = esn,
    };
    return crypt_key_create(&params, error);
}

bool opening_key(struct sadb *db, uint32_t index, struct error *error)
{
    struct sa *sa = sadb_sa(db, index);
    struct sa_hot *hot = sadb_hot(db, index);
    error->message[0] = '\0';
    if (sa->key != NULL)
        return true;
    if (!(hot->flags & SA_HOT_KEYED))
        return false;
    sa->key = opening_make_key(sa->definition, hot->flags & SA_HOT_ESN, error);
    if (sa->key == NULL)
        hot->flags &= ~(uint32_t)SA_HOT_KEYED; /* said once; judged as if without keys from here on */
    return sa->key != NULL;
}

/* One packet being opened. */
struct attempt {
    const struct layer *layer;
    uint8_t *buffer;
    const struct opened_ahead *ahead;
    const uint8_t *plain;
    uint32_t length;
};

static enum crypt_result opening_try(struct sa *sa, bool esn, uint32_t high, struct attempt *attempt)
{
    const struct layer *layer = attempt->layer;
    const struct opened_ahead *ahead = attempt->ahead;
    attempt->plain = attempt->buffer;
    attempt->length = 0;
    if (layer->kind == LAYER_ESP) {
        if (ahead == NULL || ahead->esp != layer->bytes || ahead->definition != sa->definition || ahead->esn != esn || (esn && ahead->high != high))
            return crypt_esp_open(sa->key, layer->bytes, layer->wire, high, attempt->buffer, &attempt->length);
        attempt->plain = ahead->plain;
        attempt->length = ahead->length;
        return ahead->result;
    }
    uint8_t icv = crypt_ah_icv(sa->key);
    uint32_t at = (uint32_t)(layer->bytes - layer->ip.bytes);
    if (layer->ah_length < 12u + icv)
        return CRYPT_SHORT;
    if (!ah_prepare(layer->ip.bytes, layer->ip.total, at, icv, attempt->buffer))
        return CRYPT_BAD_ICV;
    return crypt_ah_verify(sa->key, attempt->buffer, layer->ip.total, high, layer->bytes + 12, icv);
}

/*
 * With ESN the high half is the receiver's own, but when the capture began it is not known: then it is found by the ICV, near 0 first. Once a
 * packet was accepted, the kernel's inference alone counts.
 */
static enum crypt_result opening_search(struct receiver *receiver, struct attempt *attempt, struct judgement *judgement)
{
    struct sa *sa = sadb_sa(receiver->db, judgement->sa);
    const struct sa_hot *hot = sadb_hot(receiver->db, judgement->sa);
    bool esn = hot->flags & SA_HOT_ESN;
    uint32_t high = (uint32_t)(judgement->full >> 32);
    enum crypt_result result = opening_try(sa, esn, high, attempt);
    if (result != CRYPT_BAD_ICV || !esn || hot->flags & SA_HOT_STARTED ||
        sa->verdicts[VERDICT_INTEGRITY_FAILED] >= OPENING_HIGH_PACKETS)
        return result;
    for (high = 1; high < OPENING_HIGH_TRIES; high++) {
        if (opening_try(sa, true, high, attempt) == CRYPT_OK) {
            judgement->full = (uint64_t)high << 32 | attempt->layer->seq;
            return CRYPT_OK;
        }
    }
    return result;
}

/*
 * Formats that do not tell whether an SA uses ESN (older esp_sa tables, tcpdump's): where its first packets fail without, they are tried
 * with, and the ICV decides.
 */
static bool opening_try_esn(struct receiver *receiver, struct attempt *attempt, struct judgement *judgement)
{
    struct sa *sa = sadb_sa(receiver->db, judgement->sa);
    struct sa_hot *hot = sadb_hot(receiver->db, judgement->sa);
    struct error error;
    if (sa->definition->esn_known || hot->flags & (SA_HOT_ESN | SA_HOT_STARTED) ||
        sa->verdicts[VERDICT_INTEGRITY_FAILED] >= OPENING_HIGH_PACKETS)
        return false;
    struct crypt_key *without = sa->key, *with = opening_make_key(sa->definition, true, &error);
    if (with == NULL)
        return false;
    sa->key = with;
    hot->flags |= SA_HOT_ESN;
    if (opening_search(receiver, attempt, judgement) == CRYPT_OK) {
        crypt_key_destroy(without);
        return true;
    }
    hot->flags &= ~(uint32_t)SA_HOT_ESN;
    sa->key = without;
    crypt_key_destroy(with);
    return false;
}

static void opening_refuse(struct judgement *judgement, enum verdict verdict)
{
    judgement->verdict = (uint8_t)verdict;
    judgement->certainty = CERTAINTY_CERTAIN;
    judgement->counter = verdict_row(verdict)->counter;
}

/* esp_remove_trailer: something must be left in front of padding, pad length and next header. */
static void opening_trailer(const uint8_t *plain, uint32_t length, struct judgement *judgement, struct opened *opened)
{
    uint32_t padding = length >= 2 ? plain[length - 2] : 0;
    if (length < 2 || padding + 2 >= length) {
        opening_refuse(judgement, VERDICT_TRAILER_INVALID);
        return;
    }
    opened->next = plain[length - 1];
    opened->padding = (uint16_t)padding;
    opened->plain = plain;
    opened->length = length - 2 - padding;
    for (uint32_t i = 0; i < padding; i++)
        opened->padding_wrong |= plain[opened->length + i] != (uint8_t)(i + 1);
    if (opened->next == NEXT_NONE)
        opening_refuse(judgement, VERDICT_DUMMY);
    else
        opened->done = true;
}

/*
 * Keys that were derived here may be wrong where the derivation had more to it (RFC 8784): until one packet verifies, one that does not is
 * judged as if there were no key, and in the end there is none.
 */
static bool opening_unproven(struct receiver *receiver, const struct judgement *judgement)
{
    struct sa *sa = sadb_sa(receiver->db, judgement->sa);
    if (!sa->definition->keys_derived || sa->verified > 0)
        return false;
    if (++sa->unproven >= OPENING_UNPROVEN) {
        crypt_key_destroy(sa->key);
        sa->key = NULL;
        sadb_hot(receiver->db, judgement->sa)->flags &= ~(uint32_t)SA_HOT_KEYED;
    }
    return true;
}

void opening_open(struct receiver *receiver, const struct layer *layer, uint8_t *buffer, struct judgement *judgement,
                  const struct opened_ahead *ahead, struct opened *opened)
{
    *opened = (struct opened){ 0 };
    uint32_t needed = layer->kind == LAYER_AH ? layer->ip.total : layer->wire;
    uint32_t there = layer->kind == LAYER_AH ? layer->ip.captured : layer->captured;
    if (there < needed) {
        judgement->certainty = CERTAINTY_POSSIBLE;
        return;
    }
    struct attempt attempt = { .layer = layer, .buffer = buffer, .ahead = ahead };
    switch (opening_search(receiver, &attempt, judgement)) {
    case CRYPT_OK:
        break;
    case CRYPT_BAD_ICV:
        if (opening_try_esn(receiver, &attempt, judgement))
            break;
        if (opening_unproven(receiver, judgement))
            return;
        opening_refuse(judgement, VERDICT_INTEGRITY_FAILED);
        return;
    case CRYPT_SHORT:
        opening_refuse(judgement, VERDICT_TOO_SHORT);
        return;
    case CRYPT_MISALIGNED:
        opening_refuse(judgement, VERDICT_MISALIGNED);
        return;
    }
    judgement->verified = true;
    judgement->certainty = CERTAINTY_CERTAIN;
    if (layer->kind == LAYER_ESP) {
        opening_trailer(attempt.plain, attempt.length, judgement, opened);
        return;
    }
    opened->done = true;
    opened->next = layer->next;
    opened->plain = layer->bytes + layer->ah_length;
    opened->length = layer->wire - layer->ah_length;
}
