/* sums: differences in one's complement. */
#include "veil/sums.h"

#include "base/bytes.h"

struct sum *sums_add(struct sums *sums, enum sum_kind kind, uint32_t field, uint32_t from, uint32_t end)
{
    if (sums->count == SUMS_MAX)
        return NULL;
    struct sum *sum = &sums->rows[sums->count++];
    *sum = (struct sum){ .kind = (uint8_t)kind, .field = field, .from = from, .end = end };
    return sum;
}

uint64_t sums_words(const uint8_t *bytes, uint32_t length)
{
    uint64_t sum = 0;
    for (; length >= 2; bytes += 2, length -= 2)
        sum += bytes_get16(bytes);
    return sum + (length ? (uint64_t)bytes[0] << 8 : 0);
}

static uint16_t sums_fold(uint64_t sum)
{
    while (sum >> 16)
        sum = (sum >> 16) + (sum & 0xffff);
    return (uint16_t)sum;
}

void sums_pseudo(struct sum *sum, const struct addr before[2], const struct addr after[2], uint8_t protocol, uint32_t length)
{
    uint64_t rest = (uint64_t)protocol + (length >> 16) + (length & 0xffff);
    if (sum == NULL)
        return;
    sum->pseudo_before = rest + sums_words(before[0].bytes, 16) + sums_words(before[1].bytes, 16);
    sum->pseudo_after = rest + sums_words(after[0].bytes, 16) + sums_words(after[1].bytes, 16);
}

static uint64_t sums_region(const struct sum *sum, const uint8_t *bytes, uint32_t captured)
{
    uint32_t end = sum->end < captured ? sum->end : captured;
    uint64_t words = sums_words(bytes + sum->from, end - sum->from);
    return words + 0xffff - bytes_get16(bytes + sum->field); /* without the field itself, which lies on a word */
}

void sums_settle(const struct sums *sums, const uint8_t *before, uint8_t *after, uint32_t captured)
{
    for (uint32_t i = sums->count; i-- > 0;) {
        const struct sum *sum = &sums->rows[i];
        if (sum->field + 2 > captured || sum->field < sum->from || sum->field + 2 > sum->end || (sum->field - sum->from) % 2)
            continue;
        uint16_t field = bytes_get16(before + sum->field), moved;
        if (field == 0 && sum->kind != SUM_PLAIN)
            continue;
        uint64_t old = sums_region(sum, before, captured) + sum->pseudo_before + sum->more_before;
        uint64_t new = sums_region(sum, after, captured) + sum->pseudo_after + sum->more_after;
        if (sum->pseudo_before != 0 && field == sums_fold(sum->pseudo_before))
            moved = sums_fold(sum->pseudo_after);
        else if (sums_fold(old) == sums_fold(new))
            moved = field;
        else
            moved = (uint16_t)~sums_fold((uint64_t)(uint16_t)~field + sums_fold(new) + (uint16_t)~sums_fold(old));
        if (sum->kind == SUM_UDP && moved == 0)
            moved = 0xffff;
        bytes_put16(after + sum->field, moved);
    }
}
