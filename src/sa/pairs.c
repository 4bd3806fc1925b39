/*
 * pairs: sorted by address pair, then both directions are walked together in the order of time, each SA taking the first free partner
 * with its reqid. Rekeys of one tunnel come in the same order on both sides, so that the nth of one direction is the nth of the other.
 */
#include "sa/pairs.h"

#include <stdlib.h>

struct pairs_item {
    struct addr low, high; /* the two addresses in order */
    int64_t when_ns;
    uint32_t reqid, index;
    uint8_t proto;
    bool up;               /* low to high */
};

static int pairs_compare(const void *left, const void *right)
{
    const struct pairs_item *a = left, *b = right;
    int order = addr_compare(&a->low, &b->low);
    if (order == 0)
        order = addr_compare(&a->high, &b->high);
    if (order == 0)
        order = (a->proto > b->proto) - (a->proto < b->proto);
    if (order == 0)
        order = (a->reqid > b->reqid) - (a->reqid < b->reqid);
    if (order == 0)
        order = (a->when_ns > b->when_ns) - (a->when_ns < b->when_ns);
    if (order == 0)
        order = (a->index > b->index) - (a->index < b->index);
    return order;
}

/* Added, born, or first seen: whichever is known; files without times keep their order by index. */
static int64_t pairs_when(const struct sa *sa)
{
    if (sa->born_known)
        return sa->born_ns;
    if (sa->first_frame)
        return sa->first_ns;
    return sa->definition && sa->definition->added_known ? sa->definition->added_ns : INT64_MAX;
}

static bool pairs_same_group(const struct pairs_item *a, const struct pairs_item *b)
{
    return addr_equal(&a->low, &b->low) && addr_equal(&a->high, &b->high) && a->proto == b->proto && a->reqid == b->reqid;
}

void pairs_make(struct sadb *db)
{
    uint32_t count = 0, all = sadb_count(db);
    struct pairs_item *items = malloc(((size_t)all + 1) * sizeof *items);
    if (items == NULL)
        return;
    for (uint32_t i = 0; i < all; i++) {
        struct sa *sa = sadb_sa(db, i);
        sa->pair = SADB_NONE;
        if (sa->src.family == 0 || sa->dst.family == 0 || addr_equal(&sa->src, &sa->dst))
            continue;
        bool up = addr_compare(&sa->src, &sa->dst) < 0;
        memset(&items[count], 0, sizeof items[count]);
        items[count].low = up ? sa->src : sa->dst;
        items[count].high = up ? sa->dst : sa->src;
        items[count].when_ns = pairs_when(sa);
        items[count].reqid = sa->definition ? sa->definition->reqid : 0;
        items[count].index = i;
        items[count].proto = sa->proto;
        items[count].up = up;
        count++;
    }
    qsort(items, count, sizeof *items, pairs_compare);
    for (uint32_t start = 0; start < count;) {
        uint32_t end = start;
        while (end < count && pairs_same_group(&items[start], &items[end]))
            end++;
        uint32_t up = start, down = start;
        for (;;) {
            while (up < end && !items[up].up)
                up++;
            while (down < end && items[down].up)
                down++;
            if (up == end || down == end)
                break;
            sadb_sa(db, items[up].index)->pair = items[down].index;
            sadb_sa(db, items[down].index)->pair = items[up].index;
            up++;
            down++;
        }
        start = end;
    }
    free(items);
}
