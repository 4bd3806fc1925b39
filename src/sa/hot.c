/* hot: what a definition says, as the receiver needs it for every packet. */
#include "sa/hot.h"

#include <stdlib.h>

#include "crypto/open.h"
#include "sa/overhead.h"
#include "sa/replay.h"

void hot_set_window(struct sa_hot *hot, uint32_t window)
{
    hot->window = window > SADB_WINDOW_MAX ? SADB_WINDOW_MAX : window;
    if (hot->window <= 64)
        return;
    uint64_t *wide = calloc((hot->window + 63) / 64 + 1, sizeof *wide);
    if (wide == NULL) {
        hot->window = 64;
        return;
    }
    hot->seen.wide = wide;
    hot->flags |= SA_HOT_WIDE;
}

static void hot_set_sizes(struct sa_hot *hot, const struct sa_definition *definition)
{
    if (definition->proto == SA_PROTO_AH) {
        uint8_t icv = definition->icv ? definition->icv : definition->integrity ? definition->integrity->icv : 0;
        if (icv) {
            hot->minimum = (uint16_t)(12 + icv);
            hot->flags |= SA_HOT_SIZES;
        }
        return;
    }
    if (definition->encryption == NULL)
        return;
    uint8_t icv = overhead_icv(definition);
    /* Linux wants a byte of payload in front of the two of the trailer (esp_remove_trailer) */
    uint32_t least = 8u + definition->encryption->iv + 3 + icv, minimum = crypt_esp_minimum(definition->encryption, icv);
    hot->minimum = (uint16_t)(minimum > least ? minimum : least);
    hot->block = definition->encryption->block;
    hot->overhead = (uint8_t)(8 + definition->encryption->iv + icv);
    hot->flags |= SA_HOT_SIZES;
}

void hot_refresh(struct sa_hot *hot, struct sa *sa)
{
    const struct sa_definition *definition = sa->definition;
    hot->flags &= ~(uint32_t)(SA_HOT_ENCAP | SA_HOT_LIMITS);
    sa->encap = hot->encap = definition->encap;
    if (definition->encap_known)
        hot->flags |= SA_HOT_ENCAP;
    if (definition->hard.packets || definition->hard.bytes || definition->hard.add_s || definition->hard.use_s)
        hot->flags |= SA_HOT_LIMITS;
}

/* From the oldest to the newest, as they would have come. */
void hot_take(struct sa_hot *hot, const struct sa_moment *moment)
{
    for (uint32_t behind = moment->width; behind-- > 0;)
        if (behind < moment->top && moment->bits[behind / 32] >> behind % 32 & 1)
            replay_advance(hot, moment->top - behind);
    replay_advance(hot, moment->top);
    hot->flags |= SA_HOT_TAKEN;
}

/* Can its packets be opened? HMACs take a key of any length, whatever the RFC's is. */
static bool hot_is_keyed(const struct sa_definition *definition)
{
    const struct encryption *encryption = definition->encryption;
    const struct integrity *integrity = definition->integrity;
    size_t length = definition->integrity_key.length;
    bool cipher = encryption != NULL && suite_encryption_takes(encryption, definition->encryption_key.length);
    bool mac = integrity != NULL && (integrity->kind == INTEGRITY_NONE || suite_integrity_takes(integrity, length) ||
                                     (integrity->kind == INTEGRITY_HMAC && length > 0));
    if (definition->keys_hidden || definition->offloaded)
        return false;
    return definition->proto == SA_PROTO_AH ? mac && length > 0 : cipher && (encryption->icv != 0 || mac);
}

void hot_define(struct sa_hot *hot, struct sa *sa, const struct sa_record *record, uint16_t file, uint32_t window_default)
{
    const struct sa_definition *definition = &record->definition;
    if (hot->flags & SA_HOT_WIDE)
        free(hot->seen.wide);
    hot->seen.bits = 0;
    hot->flags &= SA_HOT_TIMED | SA_HOT_CHAIN;
    sa->src = prefix_is_host(&definition->src) ? definition->src.addr : (struct addr){ 0 };
    sa->definition = definition;
    sa->file = file;
    sa->line = record->line;
    hot_refresh(hot, sa);
    if (definition->state == SA_STATE_LARVAL)
        hot->flags |= SA_HOT_LARVAL;
    if (definition->esn_known && definition->esn)
        hot->flags |= SA_HOT_ESN;
    hot_set_window(hot, definition->window_known && !(definition->outbound && definition->window == 0)
                             ? definition->window
                             : window_default);
    hot_set_sizes(hot, definition);
    if (hot_is_keyed(definition))
        hot->flags |= SA_HOT_KEYED;
}
