/* alias: sorted prefixes are their tree in preorder; sizes are found from its leaves, places from its roots. */
#include "veil/alias.h"

#include <stdlib.h>

#define ALIAS_NONE UINT32_MAX
#define ALIAS_NETWORK_4 24u
#define ALIAS_NETWORK_6 64u

struct alias_node {
    struct prefix from;
    uint8_t size;        /* bits of its alias that are its own */
    uint32_t parent;     /* or ALIAS_NONE */
    __uint128_t used;     /* of its room, while children are placed */
    __uint128_t to;
};

struct alias_link_row {
    uint8_t from[6];
};

struct alias {
    struct alias_node *nodes;
    uint32_t count, room;
    struct alias_link_row *links;
    uint32_t link_count, link_room;
    bool settled, failed;
};

/* Where roots go. */
static const struct {
    uint8_t family, bits;
    uint64_t high, low;  /* the first address; IPv4: low */
    bool skip;           /* its first network stays free */
} alias_pools[] = {
    { 4, 8, 0, 0xc0000200, false }, { 4, 8, 0, 0xc6336400, false }, { 4, 8, 0, 0xcb007100, false }, { 4, 17, 0, 0xc6120000, false },
    { 4, 24, 0, 0x0a000000, false }, { 6, 96, 0x20010db800000000, 0, true },
};

#define ALIAS_POOLS (sizeof alias_pools / sizeof alias_pools[0])

struct alias *alias_create(void)
{
    return calloc(1, sizeof(struct alias));
}

void alias_destroy(struct alias *alias)
{
    if (alias == NULL)
        return;
    free(alias->nodes);
    free(alias->links);
    free(alias);
}

static uint8_t alias_width(const struct addr *addr)
{
    return addr->family == 4 ? 32 : 128;
}

static __uint128_t alias_number(const struct addr *addr)
{
    __uint128_t number = 0;
    for (unsigned i = 0; i < alias_width(addr) / 8u; i++)
        number = number << 8 | addr->bytes[i];
    return number;
}

static struct addr alias_of_number(uint8_t family, __uint128_t number)
{
    struct addr addr = { .family = family };
    for (unsigned i = alias_width(&addr) / 8u; i-- > 0; number >>= 8)
        addr.bytes[i] = (uint8_t)number;
    return addr;
}

static bool alias_is_link_local(const struct addr *addr)
{
    return addr->family == 6 && addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80;
}

/* Nobody's address: it stays. */
static bool alias_is_common(const struct addr *addr)
{
    static const uint8_t zeros[15];
    if (addr->family == 4)
        return addr->bytes[0] == 0 || addr->bytes[0] == 127 || addr->bytes[0] >= 224 || (addr->bytes[0] == 169 && addr->bytes[1] == 254);
    return addr->bytes[0] == 0xff || (memcmp(addr->bytes, zeros, sizeof zeros) == 0 && addr->bytes[15] <= 1);
}

/* The low bits of a solicited-node group (RFC 4291 2.7.1) are those of a host. */
static struct addr alias_common(const struct addr *addr)
{
    static const uint8_t solicited[13] = { 0xff, 0x02, 0, 0, 0, 0, 0, 0, 0, 0, 0, 1, 0xff };
    struct addr kept = *addr;
    if (addr->family == 6 && memcmp(addr->bytes, solicited, sizeof solicited) == 0)
        memset(kept.bytes + 13, 0, 3);
    return kept;
}

static int alias_compare(const void *left, const void *right)
{
    const struct alias_node *a = left, *b = right;
    int order = addr_compare(&a->from.addr, &b->from.addr);
    return order ? order : (a->from.bits > b->from.bits) - (a->from.bits < b->from.bits);
}

static int alias_compare_links(const void *left, const void *right)
{
    return memcmp(left, right, sizeof(struct alias_link_row));
}

/* Sorted, each once. Returns how many are left. */
static uint32_t alias_tidy(void *rows, uint32_t count, size_t size, int (*compare)(const void *left, const void *right))
{
    char *at = rows;
    uint32_t kept = 0;
    if (count > 1)
        qsort(rows, count, size, compare);
    for (uint32_t i = 0; i < count; i++)
        if (kept == 0 || compare(at + (kept - 1) * size, at + i * size) != 0)
            memmove(at + kept++ * size, at + i * size, size);
    return kept;
}

/* Room for one more; repeats are thrown out before more memory is taken. */
static bool alias_room(struct alias *alias, void **rows, uint32_t *count, uint32_t *room, size_t size,
                       int (*compare)(const void *left, const void *right))
{
    if (*count == *room && *room > 0)
        *count = alias_tidy(*rows, *count, size, compare);
    if (*count * 2 < *room)
        return true;
    uint32_t more = *room ? *room * 2 : 64;
    void *wider = more < UINT32_MAX / 4 ? realloc(*rows, more * size) : NULL;
    if (wider == NULL) {
        alias->failed = true;
        return false;
    }
    *rows = wider;
    *room = more;
    return true;
}

static void alias_note(struct alias *alias, const struct addr *addr, uint8_t bits)
{
    void *rows = alias->nodes;
    bool fits = alias->count < alias->room ||
                alias_room(alias, &rows, &alias->count, &alias->room, sizeof *alias->nodes, alias_compare);
    alias->nodes = rows;
    if (!fits)
        return;
    struct addr first = *addr;
    for (unsigned bit = bits; bit < alias_width(addr); bit++)
        first.bytes[bit / 8] &= (uint8_t)~(0x80u >> bit % 8);
    alias->nodes[alias->count++] = (struct alias_node){ .from = { first, bits } };
}

/* All of it is nobody's, or everybody's. */
static bool alias_stays(const struct prefix *prefix)
{
    return prefix->addr.family == 0 || prefix->bits == 0 || prefix->bits > alias_width(&prefix->addr) ||
           (alias_is_common(&prefix->addr) && (prefix->addr.bytes[0] != 0 || prefix->bits >= (prefix->addr.family == 4 ? 8 : 127)));
}

void alias_note_prefix(struct alias *alias, const struct prefix *prefix)
{
    if (alias_stays(prefix))
        return;
    uint8_t network = prefix->addr.family == 4 ? ALIAS_NETWORK_4 : ALIAS_NETWORK_6;
    alias_note(alias, &prefix->addr, prefix->bits);
    if (prefix->bits > network)
        alias_note(alias, &prefix->addr, network);
}

/* Bits of room that a prefix has. */
static uint8_t alias_bits(const struct prefix *prefix)
{
    return (uint8_t)(alias_width(&prefix->addr) - prefix->bits);
}

static __uint128_t alias_aligned(__uint128_t at, uint8_t size)
{
    __uint128_t mask = ((__uint128_t)1 << size) - 1;
    return (at + mask) & ~mask;
}

static uint8_t alias_log(__uint128_t room)
{
    uint8_t bits = 0;
    while (bits < 127 && ((__uint128_t)1 << bits) < room)
        bits++;
    return bits;
}

static void alias_parents(struct alias *alias)
{
    uint32_t last = ALIAS_NONE;
    for (uint32_t i = 0; i < alias->count; i++) {
        while (last != ALIAS_NONE && !prefix_holds(&alias->nodes[last].from, &alias->nodes[i].from.addr))
            last = alias->nodes[last].parent;
        alias->nodes[i].parent = last;
        last = i;
    }
}

/*
 * Places the children of `node`, which follow it, in order; `first` is the room left free in front. Their own sizes are known. Children in order, each at
 * the next place that is aligned to its size, never need more than the prefix had, since none is larger than it was.
 */
static __uint128_t alias_place(struct alias *alias, uint32_t node, const uint32_t *next, __uint128_t first)
{
    __uint128_t used = first;
    for (uint32_t child = node + 1; child < next[node]; child = next[child]) {
        alias->nodes[child].to = alias_aligned(used, alias->nodes[child].size);
        used = alias->nodes[child].to + ((__uint128_t)1 << alias->nodes[child].size);
    }
    return used;
}

/* From the leaves: how large each is, and where it lies in its parent. next[i]: the first node behind i and all that it holds. */
static void alias_measure(struct alias *alias, uint32_t *next)
{
    for (uint32_t i = 0; i < alias->count; i++)
        next[i] = alias->count;
    for (uint32_t i = alias->count; i-- > 0;) {
        struct alias_node *node = &alias->nodes[i];
        uint8_t room = alias_bits(&node->from), least = node->from.addr.family == 4 ? 32 - ALIAS_NETWORK_4 : 128 - ALIAS_NETWORK_6;
        for (uint32_t behind = i + 1; behind < alias->count; behind = next[behind])
            if (alias->nodes[behind].parent != i) {
                next[i] = behind;
                break;
            }
        __uint128_t used = alias_place(alias, i, next, room >= 2 && room <= least ? 1 : 0); /* no host is .0, where that can be */
        if (room < 127 && used > (__uint128_t)1 << room)
            used = alias_place(alias, i, next, 0);
        node->size = alias_log(used);
        least = room < least ? room : least;
        node->size = node->size < least ? least : node->size;
    }
}

/* The first pool with room for a root. */
static bool alias_root(struct alias_node *node, __uint128_t used[ALIAS_POOLS])
{
    for (size_t i = 0; i < ALIAS_POOLS; i++) {
        if (alias_pools[i].family != node->from.addr.family)
            continue;
        if (used[i] == 0 && alias_pools[i].skip)
            used[i] = (__uint128_t)1 << ALIAS_NETWORK_6;
        __uint128_t at = alias_aligned(used[i], node->size), size = (__uint128_t)1 << node->size;
        if (at + size > (__uint128_t)1 << alias_pools[i].bits)
            continue;
        used[i] = at + size;
        node->to = ((__uint128_t)alias_pools[i].high << 64 | alias_pools[i].low) + at;
        return true;
    }
    return false;
}

bool alias_settle(struct alias *alias)
{
    alias->count = alias_tidy(alias->nodes, alias->count, sizeof *alias->nodes, alias_compare);
    alias->link_count = alias_tidy(alias->links, alias->link_count, sizeof *alias->links, alias_compare_links);
    alias->settled = true;
    uint32_t *next = calloc(alias->count + 1u, sizeof *next);
    __uint128_t used[ALIAS_POOLS] = { 0 };
    bool good = next != NULL && !alias->failed;
    if (good) {
        alias_parents(alias);
        alias_measure(alias, next);
    }
    free(next);
    for (uint32_t i = 0; i < alias->count && good; i++) {
        struct alias_node *node = &alias->nodes[i];
        if (node->parent != ALIAS_NONE)
            node->to += alias->nodes[node->parent].to;
        else if (alias_is_link_local(&node->from.addr))
            node->to = alias_number(&node->from.addr);
        else
            good = alias_root(node, used);
    }
    alias->failed = !good;
    return good;
}

static const struct alias_node *alias_find(const struct alias *alias, const struct addr *addr, uint8_t bits)
{
    struct alias_node key = { .from = { *addr, bits } };
    return alias->count ? bsearch(&key, alias->nodes, alias->count, sizeof key, alias_compare) : NULL;
}

struct addr alias_addr(struct alias *alias, const struct addr *addr)
{
    struct prefix host = { *addr, addr->family ? alias_width(addr) : 0 };
    if (addr->family == 0)
        return *addr;
    if (alias_is_common(addr))
        return alias_common(addr);
    if (!alias->settled) {
        alias_note_prefix(alias, &host);
        return *addr;
    }
    const struct alias_node *node = alias->failed ? NULL : alias_find(alias, addr, host.bits);
    return node ? alias_of_number(addr->family, node->to) : (struct addr){ .family = addr->family };
}

struct prefix alias_prefix(struct alias *alias, const struct prefix *prefix)
{
    if (alias_stays(prefix))
        return *prefix;
    if (!alias->settled) {
        alias_note_prefix(alias, prefix);
        return *prefix;
    }
    const struct alias_node *node = alias->failed ? NULL : alias_find(alias, &prefix->addr, prefix->bits);
    if (node == NULL)
        return (struct prefix){ { .family = prefix->addr.family }, alias_width(&prefix->addr) };
    return (struct prefix){ alias_of_number(prefix->addr.family, node->to), (uint8_t)(alias_width(&prefix->addr) - node->size) };
}

void alias_link(struct alias *alias, uint8_t mac[6])
{
    static const uint8_t zero[6];
    if (mac[0] & 1) { /* a group: of IPv6's, the last bytes are those of a host's address */
        if (mac[0] == 0x33 && mac[1] == 0x33 && mac[2] == 0xff)
            memset(mac + 3, 0, 3);
        return;
    }
    if (memcmp(mac, zero, sizeof zero) == 0)
        return;
    if (!alias->settled) {
        void *rows = alias->links;
        bool fits = alias->link_count < alias->link_room ||
                    alias_room(alias, &rows, &alias->link_count, &alias->link_room, sizeof *alias->links, alias_compare_links);
        alias->links = rows;
        if (fits)
            memcpy(alias->links[alias->link_count++].from, mac, 6);
        return;
    }
    const struct alias_link_row *row = alias->link_count ? bsearch(mac, alias->links, alias->link_count, sizeof *row, alias_compare_links) : NULL;
    uint32_t number = row ? (uint32_t)(row - alias->links) + 1 : 0;
    memset(mac, 0, 6);
    mac[0] = 2;
    for (unsigned i = 0; i < 4; i++)
        mac[5 - i] = (uint8_t)(number >> 8 * i);
}
