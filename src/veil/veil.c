/* veil: the two rounds, and what is remembered from frame to frame. */
#include "veil/veil.h"

#include <stdlib.h>

#include "decode/link.h"
#include "veil/pass.h"

#define VEIL_STEPS 64u /* headers of one frame */

enum { LINKTYPE_ETHERNET = 1, LINKTYPE_LINUX_SLL = 113, LINKTYPE_LINUX_SLL2 = 276 };

struct veil *veil_create(const struct walk_ports *ports)
{
    struct veil *veil = calloc(1, sizeof *veil);
    if (veil == NULL)
        return NULL;
    veil->ports = ports;
    veil->alias = alias_create();
    veil->pieces = calloc(VEIL_PIECES_MAX, sizeof *veil->pieces);
    veil->streams = calloc(VEIL_STREAMS_MAX, sizeof *veil->streams);
    veil->nulls = calloc(VEIL_NULLS_MAX, sizeof *veil->nulls);
    if (veil->alias != NULL && veil->pieces != NULL && veil->streams != NULL && veil->nulls != NULL)
        return veil;
    veil_destroy(veil);
    return NULL;
}

void veil_destroy(struct veil *veil)
{
    if (veil == NULL)
        return;
    alias_destroy(veil->alias);
    free(veil->pieces);
    free(veil->streams);
    free(veil->nulls);
    free(veil->copy);
    free(veil);
}

struct alias *veil_alias(struct veil *veil)
{
    return veil->alias;
}

const struct veil_counts *veil_counts(const struct veil *veil)
{
    return &veil->counts;
}

struct veil_open *veil_is_null(struct veil *veil, const struct addr *dst, uint32_t spi)
{
    for (uint32_t i = 0; i < veil->null_count; i++)
        if (veil->nulls[i].spi == spi && (veil->nulls[i].dst.family == 0 || addr_equal(&veil->nulls[i].dst, dst)))
            return &veil->nulls[i];
    return NULL;
}

void veil_null(struct veil *veil, const struct addr *dst, uint32_t spi, uint8_t iv, uint8_t icv)
{
    if (veil->null_count < VEIL_NULLS_MAX && veil_is_null(veil, dst, spi) == NULL)
        veil->nulls[veil->null_count++] = (struct veil_open){ *dst, spi, iv, icv };
}

struct veil_piece *veil_piece(struct veil *veil, const struct pass *pass, uint32_t id, bool make)
{
    for (uint32_t i = veil->piece_count; i-- > 0;) {
        struct veil_piece *piece = &veil->pieces[i];
        if (piece->id == id && piece->protocol == pass->protocol && addr_equal(&piece->src, &pass->before[0]) && addr_equal(&piece->dst, &pass->before[1]))
            return piece;
    }
    if (!make || veil->piece_count == VEIL_PIECES_MAX)
        return NULL;
    struct veil_piece *piece = &veil->pieces[veil->piece_count++];
    *piece = (struct veil_piece){ .src = pass->before[0], .dst = pass->before[1], .id = id, .protocol = pass->protocol };
    return piece;
}

void pass_wipe(struct pass *pass, uint32_t from, uint32_t to)
{
    to = to < pass->captured ? to : pass->captured;
    if (from < to)
        memset(pass->new + from, 0, to - from);
}

void pass_end(struct pass *pass, uint32_t end)
{
    if (end >= pass->end)
        return;
    pass_wipe(pass, end, pass->end);
    pass->end = end;
    pass->limit = pass->limit < end ? pass->limit : end;
}

bool pass_addr(struct pass *pass, uint32_t at, uint8_t family, struct addr *before, struct addr *after)
{
    uint32_t length = family == 4 ? 4 : 16;
    if (at > pass->limit || pass->limit - at < length) {
        pass_wipe(pass, at, pass->limit);
        return false;
    }
    *before = family == 4 ? addr_ip4(pass->old + at) : addr_ip6(pass->old + at);
    *after = alias_addr(pass->veil->alias, before);
    memcpy(pass->new + at, after->bytes, length);
    return true;
}

/* Addresses of the link layer; behind them `at` and `type` are what the walk finds there. */
static void veil_link(struct pass *pass, uint16_t linktype)
{
    struct alias *alias = pass->veil->alias;
    if (linktype == LINKTYPE_ETHERNET && pass->limit >= 12) {
        alias_link(alias, pass->new);
        alias_link(alias, pass->new + 6);
    }
    uint32_t cooked = linktype == LINKTYPE_LINUX_SLL ? 6 : linktype == LINKTYPE_LINUX_SLL2 ? 12 : 0;
    if (cooked && pass->limit >= cooked + 8) {
        unsigned length = linktype == LINKTYPE_LINUX_SLL ? bytes_get16(pass->old + 4) : pass->old[11];
        if (length == 6)
            alias_link(alias, pass->new + cooked);
        pass_wipe(pass, cooked + (length == 6 ? 6 : 0), cooked + 8);
    }
    struct cursor cursor = cursor_over(pass->old, pass->limit, pass->end);
    pass->type = link_decode(linktype, &cursor);
    pass->at = cursor.at;
    if (cursor.status != DECODE_OK) {
        pass->type = LINK_NOTHING;
        pass->at = linktype == LINKTYPE_ETHERNET && pass->limit >= 12 ? 12 : 0;
    }
}

static void veil_frame(struct veil *veil, const struct frame *frame, const uint8_t *old, uint8_t *new)
{
    uint32_t wire = frame->wire > frame->captured ? frame->wire : frame->captured;
    struct pass pass = { .veil = veil, .old = old, .new = new, .captured = frame->captured, .limit = frame->captured, .end = wire };
    bool on = true;
    veil_link(&pass, frame->linktype);
    for (unsigned step = 0; on && step < VEIL_STEPS; step++)
        on = pass.carried ? carried_step(&pass) : network_step(&pass);
    if (on)
        pass_wipe(&pass, pass.at, pass.captured);
    sums_settle(&pass.sums, old, new, frame->captured);
}

/* A copy of the frame's bytes; NULL: no memory. */
static uint8_t *veil_copy(struct veil *veil, const struct frame *frame)
{
    if (veil->copy == NULL || frame->captured > veil->room) {
        uint8_t *wider = realloc(veil->copy, frame->captured + 65536u);
        if (wider == NULL) {
            veil->failed = true;
            return NULL;
        }
        veil->copy = wider;
        veil->room = frame->captured + 65536u;
    }
    if (frame->captured > 0)
        memcpy(veil->copy, frame->bytes, frame->captured);
    return veil->copy;
}

void veil_look(struct veil *veil, const struct frame *frame)
{
    uint8_t *copy = veil_copy(veil, frame);
    if (copy != NULL && frame->captured > 0)
        veil_frame(veil, frame, frame->bytes, copy);
}

bool veil_settle(struct veil *veil)
{
    veil->settled = alias_settle(veil->alias) && !veil->failed;
    veil->stream_count = veil->stream_next = 0;
    veil->counts = (struct veil_counts){ 0 };
    return veil->settled;
}

void veil_change(struct veil *veil, const struct frame *frame, uint8_t *bytes)
{
    const uint8_t *copy = veil_copy(veil, frame);
    if (frame->captured == 0)
        return;
    if (copy == NULL || !veil->settled)
        memset(bytes, 0, frame->captured);
    else
        veil_frame(veil, frame, copy, bytes);
}
