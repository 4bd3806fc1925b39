/* suspect: mistakes in keys, algorithms, lengths and sequence numbers, tried in the order in which they are told. */
#include "receiver/suspect.h"

#include <stdlib.h>
#include <string.h>

#include "crypto/ah.h"

bool suspect_affords(struct trial *trial)
{
    uint32_t length = trial->layer->kind == LAYER_AH ? trial->layer->ip.total : trial->layer->wire;
    if (trial->free)
        return true;
    if (trial->receiver->suspect_work >= SUSPECT_WORK_MAX) {
        trial->found->gave_up = true;
        return false;
    }
    trial->receiver->suspect_work += 1 + length / 256;
    return true;
}

bool suspect_affords_many(struct trial *trial)
{
    trial->found->gave_up |= trial->receiver->suspect_work >= SUSPECT_WORK_MAX / 2;
    return trial->receiver->suspect_work < SUSPECT_WORK_MAX / 2;
}

static bool suspect_verify(struct trial *trial, struct crypt_key *key, uint32_t high)
{
    const struct layer *layer = trial->layer;
    if (!suspect_affords(trial))
        return false;
    if (layer->kind == LAYER_ESP)
        return crypt_esp_verify(key, layer->bytes, layer->wire, high) == CRYPT_OK;
    uint8_t icv = crypt_ah_icv(key);
    if (layer->ah_length < 12u + icv ||
        !ah_prepare(layer->ip.bytes, layer->ip.total, (uint32_t)(layer->bytes - layer->ip.bytes), icv, trial->buffer))
        return false;
    return crypt_ah_verify(key, trial->buffer, layer->ip.total, high, layer->bytes + 12, icv) == CRYPT_OK;
}

static struct crypt_params suspect_params(const struct sa_definition *definition, bool esn)
{
    return (struct crypt_params){
        .encryption = definition->proto == SA_PROTO_AH ? NULL : definition->encryption,
        .encryption_key = definition->encryption_key,
        .integrity = definition->integrity,
        .integrity_key = definition->integrity_key,
        .icv = definition->icv,
        .esn = esn,
    };
}

/* The key that fits stays on the SA: later packets are verified with it. */
static bool suspect_fits(struct trial *trial, const struct crypt_params *params, uint32_t high, enum cause cause)
{
    struct error error;
    struct crypt_key *key = suspect_affords(trial) ? crypt_key_create(params, &error) : NULL;
    if (key == NULL)
        return false;
    if (!suspect_verify(trial, key, high)) {
        crypt_key_destroy(key);
        return false;
    }
    crypt_key_destroy(trial->sa->suspect_key);
    trial->sa->suspect_key = key;
    trial->found->cause = (uint8_t)cause;
    return true;
}

static bool suspect_is_esn(const struct trial *trial)
{
    return sadb_hot(trial->receiver->db, trial->index)->flags & SA_HOT_ESN;
}

static bool suspect_has_aead(const struct sa_definition *definition)
{
    return definition->proto == SA_PROTO_ESP && definition->encryption != NULL && definition->encryption->icv != 0;
}

static uint8_t suspect_icv_of(const struct sa_definition *definition)
{
    if (definition->icv)
        return definition->icv;
    return suspect_has_aead(definition) ? definition->encryption->icv
           : definition->integrity      ? definition->integrity->icv
                                        : 0;
}

/* The same algorithm and key, another truncation. */
static bool suspect_icv(struct trial *trial)
{
    static const uint8_t aead[] = { 16, 12, 8 }, separate[] = { 12, 16, 20, 24, 32, 48, 64 };
    const struct sa_definition *definition = trial->sa->definition;
    bool is_aead = suspect_has_aead(definition);
    const uint8_t *lengths = is_aead ? aead : separate;
    size_t count = is_aead ? sizeof aead : sizeof separate;
    for (size_t i = 0; i < count; i++) {
        struct crypt_params params = suspect_params(definition, suspect_is_esn(trial));
        params.icv = lengths[i];
        if (lengths[i] == suspect_icv_of(definition) || !suspect_fits(trial, &params, trial->high, CAUSE_ICV_LENGTH))
            continue;
        trial->found->icv = lengths[i];
        return true;
    }
    return false;
}

static bool suspect_cipher(struct trial *trial)
{
    const struct sa_definition *definition = trial->sa->definition;
    const struct encryption *own = definition->encryption;
    for (size_t i = 0; i < suite_encryption_count; i++) {
        const struct encryption *row = &suite_encryptions[i];
        bool same = row->kind == own->kind && row->base == own->base && row->implicit_iv == own->implicit_iv;
        if (row->icv == 0 || same || !suite_encryption_takes(row, definition->encryption_key.length))
            continue;
        struct crypt_params params = suspect_params(definition, suspect_is_esn(trial));
        params.encryption = row;
        params.icv = row->icv;
        if (!suspect_fits(trial, &params, trial->high, CAUSE_OTHER_ALGORITHM))
            continue;
        trial->found->encryption = row;
        trial->found->icv = row->icv;
        return true;
    }
    return false;
}

/* Another algorithm that takes a key of this length. */
static bool suspect_algorithm(struct trial *trial)
{
    const struct sa_definition *definition = trial->sa->definition;
    const struct integrity *own = definition->integrity;
    if (suspect_has_aead(definition))
        return suspect_cipher(trial);
    for (size_t i = 0; i < suite_integrity_count; i++) {
        const struct integrity *row = &suite_integrities[i];
        bool same = row->kind == own->kind && row->digest == own->digest && row->key == own->key;
        if (row->kind == INTEGRITY_NONE || same || !suite_integrity_takes(row, definition->integrity_key.length))
            continue;
        struct crypt_params params = suspect_params(definition, suspect_is_esn(trial));
        params.integrity = row;
        params.icv = row->icv;
        if (!suspect_fits(trial, &params, trial->high, CAUSE_OTHER_ALGORITHM))
            continue;
        trial->found->integrity = row;
        trial->found->icv = row->icv;
        return true;
    }
    return false;
}

static bool suspect_swapped(struct trial *trial)
{
    const struct sa_definition *definition = trial->sa->definition;
    struct crypt_params params = suspect_params(definition, suspect_is_esn(trial));
    if (params.encryption == NULL || suspect_has_aead(definition) || params.encryption_key.length == 0)
        return false;
    params.encryption_key = definition->integrity_key;
    params.integrity_key = definition->encryption_key;
    /* only the integrity key decides; an encryption key of another length is not tried as a cipher's */
    if (!suite_encryption_takes(params.encryption, params.encryption_key.length))
        params.encryption_key = definition->encryption_key;
    return suspect_fits(trial, &params, trial->high, CAUSE_KEYS_SWAPPED);
}

/* Keys of the opposite direction, then of other SAs between the same hosts. */
static bool suspect_others(struct trial *trial, bool opposite)
{
    struct sadb *db = trial->receiver->db;
    const struct sa *own = trial->sa;
    const struct ip_header *ip = &trial->layer->ip;
    uint32_t tried = 0, entries = sadb_count(db) < SUSPECT_SCAN ? sadb_count(db) : SUSPECT_SCAN;
    if (!suspect_affords(trial))
        return false;
    trial->receiver->suspect_work += entries / 64;
    for (uint32_t i = 0; i < entries && tried < SUSPECT_SAS; i++) {
        const struct sa *other = sadb_sa(db, i);
        const struct sa_definition *definition = other->definition;
        bool there = addr_equal(&other->src, opposite ? &ip->dst : &ip->src) || other->src.family == 0;
        if (i == trial->index || other->proto != own->proto || definition == NULL || definition->keys_hidden ||
            !(sadb_hot(db, i)->flags & SA_HOT_KEYED) || !there ||
            !addr_equal(&other->dst, opposite ? &ip->src : &ip->dst))
            continue;
        bool esn = definition->esn_known && definition->esn;
        struct crypt_params params = suspect_params(definition, esn);
        bool checks =
            suspect_has_aead(definition) || (definition->integrity && definition->integrity->kind != INTEGRITY_NONE);
        tried++;
        if (!checks || !suspect_fits(trial, &params, esn ? trial->high : 0,
                                     opposite ? CAUSE_DIRECTIONS_SWAPPED : CAUSE_OTHER_SA_KEY))
            continue;
        trial->found->near = i;
        return true;
    }
    return false;
}

/* Extended sequence numbers on one side only. */
static bool suspect_esn(struct trial *trial)
{
    struct crypt_params params = suspect_params(trial->sa->definition, !suspect_is_esn(trial));
    if (!params.esn)
        return suspect_fits(trial, &params, 0, CAUSE_ESN_UNUSED);
    for (uint32_t high = 0; high <= SUSPECT_HIGH_OFF; high++) {
        if (!suspect_fits(trial, &params, high, CAUSE_ESN_USED))
            continue;
        trial->found->sender_high = high;
        return true;
    }
    return false;
}

static bool suspect_is_off(struct trial *trial, int32_t off)
{
    int64_t high = (int64_t)trial->high + off;
    if (high < 0 || high > UINT32_MAX || !suspect_verify(trial, trial->sa->key, (uint32_t)high))
        return false;
    trial->found->high_off = off;
    return true;
}

/* ESN on both sides, and the high half is another than the receiver takes it for. Old packets are common, so they are
 * always asked for. */
static bool suspect_high(struct trial *trial)
{
    if (!suspect_is_esn(trial) || trial->sa->key == NULL)
        return false;
    trial->free = true;
    bool same =
        suspect_is_off(trial, -1) || (trial->found->high_off != 0 && suspect_is_off(trial, trial->found->high_off));
    trial->free = false;
    if (same || trial->found->high_searches >= SUSPECT_HIGH_PACKETS)
        return same;
    trial->found->high_searches++;
    for (int32_t off = 1; off <= SUSPECT_HIGH_OFF; off++) {
        for (int32_t sign = -1; sign <= 1; sign += 2) {
            if (suspect_is_off(trial, sign * off))
                return true;
        }
    }
    return false;
}

/* The last bytes of the key are the nonce's salt (RFC 4106 8.1): put at the wrong end, left out, or in the other byte
 * order. */
static bool suspect_salt(struct trial *trial)
{
    const struct sa_definition *definition = trial->sa->definition;
    bool ah = definition->proto == SA_PROTO_AH;
    const struct secret *own = ah ? &definition->integrity_key : &definition->encryption_key;
    unsigned salt = ah                             ? (definition->integrity->kind == INTEGRITY_GMAC ? 4 : 0)
                    : suspect_has_aead(definition) ? definition->encryption->salt
                                                   : 0;
    uint8_t bytes[SECRET_MAX];
    bool fits = false;
    if (salt == 0 || own->length <= salt || own->length > sizeof bytes)
        return false;
    unsigned key = own->length - salt;
    for (unsigned how = SALT_FIRST; how <= SALT_REVERSED && !fits; how++) {
        memcpy(bytes, own->bytes, own->length);
        if (how == SALT_FIRST) {
            memcpy(bytes, own->bytes + salt, key);
            memcpy(bytes + key, own->bytes, salt);
        } else if (how == SALT_ZERO) {
            memset(bytes + key, 0, salt);
        } else {
            for (unsigned i = 0; i < salt; i++)
                bytes[key + i] = own->bytes[own->length - 1 - i];
        }
        struct crypt_params params = suspect_params(definition, suspect_is_esn(trial));
        *(ah ? &params.integrity_key : &params.encryption_key) = (struct secret){ bytes, own->length };
        fits = suspect_fits(trial, &params, trial->high, CAUSE_SALT);
        trial->found->salt = (uint8_t)how;
    }
    secret_wipe(bytes, sizeof bytes);
    return fits;
}

/* `shaped`: the packet had the right sizes, so that the SA's own key could be tried on it. */
static bool suspect_search(struct trial *trial, bool shaped)
{
    if (!suspect_affords(trial))
        return false;
    return suspect_icv(trial) || suspect_algorithm(trial) || suspect_swapped(trial) || suspect_others(trial, true) ||
           suspect_others(trial, false) || suspect_esn(trial) || suspect_salt(trial) ||
           (shaped && trial->layer->kind == LAYER_AH && trial->sa->key != NULL && suspect_ah(trial));
}

/* Does what was found before fit this packet? */
static bool suspect_again(struct trial *trial)
{
    const struct suspicion *found = trial->found;
    struct crypt_key *key = trial->sa->suspect_key;
    trial->free = true;
    if (found->cause == CAUSE_FIELD_CHANGED || found->cause == CAUSE_MUTABLE_FIELD ||
        found->cause == CAUSE_ADDRESS_TRANSLATED)
        return trial->sa->key != NULL && suspect_ah_again(trial);
    if (found->cause == CAUSE_ESN_USED) /* the sender's numbers go on from where they were found */
        return suspect_verify(trial, key, found->sender_high) || suspect_verify(trial, key, found->sender_high + 1);
    return suspect_verify(trial, key, trial->high);
}

void suspect_look(struct receiver *receiver, const struct layer *layer, uint8_t *buffer, struct judgement *judgement)
{
    struct sa *sa = sadb_sa(receiver->db, judgement->sa);
    const struct sa_definition *definition = sa->definition;
    bool checks = definition != NULL && (suspect_has_aead(definition) ||
                                         (definition->integrity && definition->integrity->kind != INTEGRITY_NONE));
    if (!checks)
        return;
    if (sa->suspicion == NULL && (sa->suspicion = calloc(1, sizeof *sa->suspicion)) == NULL)
        return;
    struct suspicion *found = sa->suspicion;
    struct trial trial = { .receiver = receiver,
                           .layer = layer,
                           .sa = sa,
                           .index = judgement->sa,
                           .buffer = buffer,
                           .found = found,
                           .high = (uint32_t)(judgement->full >> 32) };
    bool shaped = judgement->verdict == VERDICT_INTEGRITY_FAILED;
    if (shaped && suspect_high(&trial)) {
        judgement->cause = CAUSE_ESN_HIGH;
        return;
    }
    bool fits = false;
    if (found->cause != CAUSE_NONE)
        fits = suspect_again(&trial);
    else if (found->searches < SUSPECT_SEARCHES) {
        found->searches++;
        fits = suspect_search(&trial, shaped);
    }
    if (!fits)
        return;
    found->explained++;
    judgement->cause = found->cause;
    judgement->near =
        found->cause == CAUSE_DIRECTIONS_SWAPPED || found->cause == CAUSE_OTHER_SA_KEY ? found->near : SADB_NONE;
}
