/* network: what stands below and around IP: link types and tunnels by type, IP headers, their options, fragments. */
#include "decode/link.h"
#include "decode/tunnel.h"
#include "veil/pass.h"

enum { IP4_LEAST = 20, IP6_LEAST = 40 };

/* What is opened ends here: the rest goes. */
static bool network_stop(struct pass *pass)
{
    pass_wipe(pass, pass->at, pass->captured);
    return false;
}

/* A fragment that is not the first: its words are remembered in the first round, and it stays where they are ciphertext. */
static bool network_later(struct pass *pass, uint32_t id, uint16_t offset)
{
    struct veil_piece *piece = veil_piece(pass->veil, pass, id, !pass->veil->settled);
    bool again = piece == NULL || piece->count == sizeof piece->offsets / sizeof piece->offsets[0];
    for (unsigned i = 0; !again && i < piece->count; i++)
        again = piece->offsets[i] == offset;
    if (!again && !pass->veil->settled) {
        piece->offsets[piece->count++] = offset;
        piece->words += sums_words(pass->old + pass->at, pass_left(pass));
    }
    bool keep = piece != NULL && piece->known ? piece->keep : pass->protocol == PASS_ESP;
    return keep ? false : network_stop(pass);
}

/* `offset` in units of 8 bytes. */
static bool network_fragment(struct pass *pass, uint32_t id, uint16_t offset, bool more)
{
    if (pass->quote || (offset == 0 && !more))
        return offset == 0 ? true : network_stop(pass);
    if (offset != 0)
        return network_later(pass, id, offset);
    pass->piece = veil_piece(pass->veil, pass, id, true);
    if (pass->piece != NULL)
        pass->piece->known = true;
    return true;
}

static bool network_ip4(struct pass *pass)
{
    uint32_t at = pass->at, left = pass_left(pass);
    uint32_t header = (uint32_t)(pass->old[at] & 15) * 4, room = pass->end - at;
    if (left < IP4_LEAST) {
        pass_wipe(pass, at + 12, pass->captured);
        return false;
    }
    uint32_t total = bytes_get16(pass->old + at + 2);
    uint16_t flags = bytes_get16(pass->old + at + 6);
    pass_addr(pass, at + 12, 4, &pass->before[0], &pass->after[0]);
    pass_addr(pass, at + 16, 4, &pass->before[1], &pass->after[1]);
    pass->version = 4;
    pass->protocol = pass->old[at + 9];
    bool sound = header >= IP4_LEAST && header <= left && (total == 0 || total >= header) && (total <= room || pass->quote);
    sums_add(&pass->sums, SUM_IP4, at + 10, at, at + (header >= IP4_LEAST ? header : IP4_LEAST));
    pass->at += IP4_LEAST;
    if (!sound)
        return network_stop(pass);
    pass_wipe(pass, pass->at, at + header); /* options: routes and times */
    pass->at = at + header;
    if (total != 0 && total < room)
        pass_end(pass, at + total);
    pass->carried = true;
    return network_fragment(pass, bytes_get16(pass->old + at + 4), flags & 0x1fff, flags & 0x2000);
}

static bool network_ip6(struct pass *pass)
{
    uint32_t at = pass->at, left = pass_left(pass), room = pass->end - at;
    if (left < IP6_LEAST) {
        pass_wipe(pass, at + 8, pass->captured);
        return false;
    }
    uint32_t length = bytes_get16(pass->old + at + 4);
    pass_addr(pass, at + 8, 6, &pass->before[0], &pass->after[0]);
    pass_addr(pass, at + 24, 6, &pass->before[1], &pass->after[1]);
    pass->version = 6;
    pass->protocol = pass->old[at + 6];
    pass->at += IP6_LEAST;
    if (IP6_LEAST + length > room && !pass->quote)
        return network_stop(pass);
    if (length != 0 && IP6_LEAST + length < room)
        pass_end(pass, at + IP6_LEAST + length);
    pass->carried = true;
    return true;
}

bool network_extension(struct pass *pass, bool *on)
{
    enum { HOPS = 0, ROUTING = 43, FRAGMENT = 44, OPTIONS = 60, MOBILITY = 135, HIP = 139, SHIM = 140, JUMBO = 0xc2 };
    uint8_t kind = pass->protocol;
    uint32_t at = pass->at, left = pass_left(pass);
    bool options = kind == HOPS || kind == OPTIONS;
    if (pass->version != 6 || !(options || kind == ROUTING || kind == FRAGMENT || kind == MOBILITY || kind == HIP || kind == SHIM))
        return false;
    uint32_t length = left >= 2 && kind != FRAGMENT ? (pass->old[at + 1] + 1u) * 8 : 8;
    *on = left >= length;
    if (!*on) {
        pass_wipe(pass, at + 2, pass->captured);
        return true;
    }
    pass->protocol = pass->old[at];
    pass->at += length;
    if (options && pass->old[at + 2] != JUMBO)
        pass_wipe(pass, at + 2, at + length); /* zeros are padding */
    if (!options)
        pass_wipe(pass, at + 8, at + length);
    if (kind == FRAGMENT) {
        uint16_t field = bytes_get16(pass->old + at + 2);
        *on = network_fragment(pass, bytes_get32(pass->old + at + 4), field >> 3, field & 1);
    }
    return true;
}

/* Behind a tunnel's header: the names in its options go. */
static void network_tunnel_header(struct pass *pass, uint8_t tunnel, uint32_t from, uint32_t to)
{
    if (tunnel == TUNNEL_TEREDO)
        pass_wipe(pass, from + (to - from >= 2 && bytes_get16(pass->old + from) == 1 ? 4 : 2), to);
    for (uint32_t at = from + 8; tunnel == TUNNEL_GENEVE && at + 4 <= to;) {
        uint32_t length = 4 + (pass->old[at + 3] & 0x1fu) * 4;
        pass_wipe(pass, at + 4, at + length < to ? at + length : to);
        at += length;
    }
    if (tunnel == TUNNEL_GRE && to - from >= 8 && pass->old[from] & 0x80)
        sums_add(&pass->sums, SUM_PLAIN, from + 4, from, pass->end);
}

bool network_open(struct pass *pass, const struct tunnel_row *row, uint32_t from)
{
    struct cursor cursor = cursor_over(pass->old, pass->limit, pass->end);
    struct tunnel_inner inner = { LINK_NOTHING, 0 };
    if (from > pass->limit)
        return network_stop(pass);
    cursor.at = from;
    row->open(&cursor, &inner);
    if (cursor.status != DECODE_OK || inner.type == LINK_NOTHING) {
        pass->at = from;
        return network_stop(pass);
    }
    network_tunnel_header(pass, row->tunnel, from, cursor.at);
    pass->at = cursor.at;
    pass_end(pass, cursor.wire);
    pass->type = inner.type;
    pass->carried = false;
    return true;
}

bool network_step(struct pass *pass)
{
    uint16_t type = pass->type;
    if (pass_left(pass) == 0)
        return false;
    if (type == LINK_IP)
        type = pass->old[pass->at] >> 4 == 6 ? LINK_IP6 : LINK_IP4;
    if (type == LINK_IP4 || type == LINK_IP6)
        return type == LINK_IP4 ? network_ip4(pass) : network_ip6(pass);
    const struct tunnel_row *row = tunnel_find(TUNNEL_BY_TYPE, type);
    if (row == NULL)
        return network_stop(pass);
    uint32_t from = pass->at, left = pass_left(pass);
    bool opened = network_open(pass, row, from);
    if (type == LINK_ETHERNET && left >= 12) {
        memcpy(pass->new + from, pass->old + from, 12);
        alias_link(pass->veil->alias, pass->new + from);
        alias_link(pass->veil->alias, pass->new + from + 6);
    }
    return opened;
}
