/*
 * layercheck: what holds for every layer of every walk, whatever the bytes. For the unit tests and the fuzz target,
 * which cannot share objects; aborts with the broken promise's text.
 */
#ifndef SUPPORT_LAYERCHECK_H
#define SUPPORT_LAYERCHECK_H

#include <stdio.h>
#include <stdlib.h>

#include "decode/walk.h"

#define LAYERS_MAX (WALK_DEPTH_MAX + 1) /* every layer but the last is an AH header: an encapsulation */

#define LAYERCHECK(promise) ((promise) ? (void)0 : layercheck_fail(#promise))

static inline void layercheck_fail(const char *promise)
{
    fprintf(stderr, "layercheck: broken: %s\n", promise);
    abort();
}

/* `bytes` to `bytes + captured` is what the walk was given. */
static inline void layercheck(const struct layer *layer, const uint8_t *bytes, uint32_t captured, bool detached)
{
    LAYERCHECK(layer->kind > LAYER_NONE && layer->kind <= LAYER_OTHER);
    LAYERCHECK(layer->status <= DECODE_BAD);
    LAYERCHECK(layer->defect < DEFECT_COUNT);
    LAYERCHECK(layer->tunnels < 1u << TUNNEL_COUNT);
    LAYERCHECK(layer->depth <= WALK_DEPTH_MAX);
    LAYERCHECK(layer->vlan < 4096);
    LAYERCHECK(layer->captured <= layer->wire);
    LAYERCHECK(layer->bytes >= bytes && layer->bytes <= bytes + captured);
    LAYERCHECK(layer->captured <= (size_t)(bytes + captured - layer->bytes));
    if (layer->status == DECODE_CUT)
        LAYERCHECK(layer->kind != LAYER_QUOTE && layer->kind != LAYER_KEEPALIVE);
    if (layer->status == DECODE_BAD)
        LAYERCHECK(layer->defect != DEFECT_NONE);
    if (layer->kind == LAYER_ESP && layer->status == DECODE_OK)
        LAYERCHECK(layer->captured >= 8 && bytes_get32(layer->bytes) == layer->spi &&
                   bytes_get32(layer->bytes + 4) == layer->seq);
    if (layer->kind == LAYER_AH && layer->status == DECODE_OK)
        LAYERCHECK(layer->captured >= 12 && layer->ah_length >= 12 && layer->ah_length <= layer->wire);
    if (layer->kind == LAYER_IKE && layer->status == DECODE_OK)
        LAYERCHECK(layer->captured >= 28);
    if ((layer->kind == LAYER_ESP && layer->status != DECODE_OK) ||
        (layer->kind == LAYER_AH && layer->status == DECODE_CUT))
        LAYERCHECK(layer->spi == 0 && layer->seq == 0);

    const struct ip_header *ip = &layer->ip;
    LAYERCHECK(ip->version == 0 || ip->version == 4 || ip->version == 6);
    if (layer->kind != LAYER_OTHER)
        LAYERCHECK(ip->version != 0 && ip->src.family == ip->version && ip->dst.family == ip->version);
    LAYERCHECK((layer->kind == LAYER_FRAGMENT) == ip->fragment || layer->kind == LAYER_OTHER);
    if (ip->version == 0 || detached)
        return;
    LAYERCHECK(ip->bytes == bytes + ip->at && ip->at + ip->captured <= captured);
    LAYERCHECK(ip->captured <= ip->total);
    if (layer->kind == LAYER_OTHER)
        return;
    LAYERCHECK(ip->header <= ip->total && ip->unfragmentable < ip->header);
    LAYERCHECK(layer->bytes <= ip->bytes + ip->captured);
    /* Native layers begin where the IP payload does and end where it ends. */
    if (layer->encap == ENCAP_NONE && layer->captured > 0)
        LAYERCHECK(layer->bytes == ip->bytes + ip->header);
    if (layer->encap == ENCAP_NONE)
        LAYERCHECK(layer->wire == ip->total - ip->header);
}

#endif
