/*
 * lookup: which documented error a spelling means.
 *
 * Theory of operation. Text that reads as a number is a number and nothing else: 32 bits, whose value alone says
 * whether it is a Win32 code, an NTSTATUS or an HRESULT, so it does not matter how it was printed. Bare digits are
 * decimal; bare hex must show a letter. Everything else is a name, compared by its core: what is left without ERROR_,
 * WARNING_ or STATUS_ and without IPSEC_. Only a bare core may also lack its family (IKE_, DOSP_), and a core that
 * matches whole wins over one that lacks it: INVALID_PACKET is 13914, not DOSP_INVALID_PACKET.
 */
#include <string.h>
#include <strings.h>

#include "catalogue/lookup.h"

#define NAME_MAX_LENGTH 96 /* longer text is no misspelt name */
#define NEAR_MAX 6         /* distances above this are never near */

struct spelt { /* part of somebody's text */
    const char *chars;
    size_t length;
};

enum prefix { PREFIX_BARE, PREFIX_ERROR, PREFIX_WARNING, PREFIX_STATUS };

static bool lookup_is_space(char c)
{
    return c == ' ' || (c >= '\t' && c <= '\r');
}

static int lookup_digit(char c)
{
    if (c >= '0' && c <= '9')
        return c - '0';
    c |= 0x20;
    return c >= 'a' && c <= 'f' ? c - 'a' + 10 : -1;
}

static struct spelt lookup_trim(const char *chars, size_t length)
{
    while (length > 0 && lookup_is_space(chars[0])) {
        chars++;
        length--;
    }
    while (length > 0 && lookup_is_space(chars[length - 1]))
        length--;
    return (struct spelt){ chars, length };
}

static bool lookup_skip(struct spelt *text, const char *prefix)
{
    size_t length = strlen(prefix);
    if (text->length < length || strncasecmp(text->chars, prefix, length) != 0)
        return false;
    text->chars += length;
    text->length -= length;
    return true;
}

/* A number of 32 bits, in two's complement where it was signed. `hex` tells how it was written. */
static bool lookup_number(struct spelt text, uint32_t *value, bool *hex)
{
    bool negative = lookup_skip(&text, "-");
    bool marked = !negative && lookup_skip(&text, "0x");
    bool letters = false;
    for (size_t i = 0; i < text.length; i++) {
        int digit = lookup_digit(text.chars[i]);
        if (digit < 0)
            return false;
        letters = letters || digit > 9;
    }
    if (text.length == 0 || text.length > 16 || (negative && letters))
        return false;
    *hex = marked || letters;
    uint64_t number = 0;
    for (size_t i = 0; i < text.length; i++)
        number = number * (*hex ? 16 : 10) + (uint64_t)lookup_digit(text.chars[i]);
    if (negative) {
        *value = (uint32_t)-number;
        return number <= 0x80000000u;
    }
    *value = (uint32_t)number;
    /* 64-bit tools print an INT32 with its sign extended. */
    return number <= UINT32_MAX || (*hex && number >= 0xffffffff80000000u);
}

static const struct windows_error *lookup_ntstatus(uint32_t value)
{
    for (size_t i = 0; value != 0 && i < windows_error_count; i++)
        if (windows_errors[i].ntstatus == value)
            return &windows_errors[i];
    return NULL;
}

static bool lookup_value(uint32_t value, bool hex, struct lookup *found)
{
    found->spelling = hex ? SPELLING_HEX : SPELLING_DECIMAL;
    if ((found->error = windows_error_find(value)))
        return true;
    found->spelling = SPELLING_NTSTATUS;
    if ((found->error = lookup_ntstatus(value)))
        return true;
    found->spelling = SPELLING_HRESULT;
    if (value >> 16 == 0x8007)
        found->error = windows_error_find(value & 0xffff);
    else if (value & 0x10000000u) /* an NTSTATUS made an HRESULT */
        found->error = lookup_ntstatus(value & ~0x10000000u);
    return found->error != NULL;
}

static enum prefix lookup_prefix(struct spelt *text)
{
    enum prefix prefix = PREFIX_BARE;
    if (lookup_skip(text, "ERROR_"))
        prefix = PREFIX_ERROR;
    else if (lookup_skip(text, "WARNING_"))
        prefix = PREFIX_WARNING;
    else if (lookup_skip(text, "STATUS_"))
        prefix = PREFIX_STATUS;
    lookup_skip(text, "IPSEC_");
    return prefix;
}

static struct spelt lookup_core(const char *name, enum prefix *prefix)
{
    struct spelt core = { name, strlen(name) };
    *prefix = lookup_prefix(&core);
    return core;
}

static bool lookup_equal(struct spelt a, struct spelt b)
{
    return a.length == b.length && strncasecmp(a.chars, b.chars, a.length) == 0;
}

static bool lookup_skip_family(struct spelt *core)
{
    return lookup_skip(core, "IKE_") || lookup_skip(core, "DOSP_");
}

static const struct windows_error *lookup_name(struct spelt text, enum prefix prefix)
{
    const struct windows_error *without_family = NULL;
    for (size_t i = 0; i < windows_error_count; i++) {
        enum prefix own;
        struct spelt core = lookup_core(windows_errors[i].name, &own);
        bool fits = prefix == PREFIX_BARE || prefix == own ||
                    (prefix == PREFIX_STATUS && windows_errors[i].ntstatus_name);
        if (fits && lookup_equal(text, core))
            return &windows_errors[i];
        if (prefix == PREFIX_BARE && !without_family && lookup_skip_family(&core) && lookup_equal(text, core))
            without_family = &windows_errors[i];
    }
    return without_family;
}

static const struct invented_name *lookup_invented(struct spelt text, enum prefix prefix)
{
    for (size_t i = 0; i < invented_name_count; i++) {
        enum prefix own;
        struct spelt core = lookup_core(invented_names[i].name, &own);
        if ((prefix == PREFIX_BARE || prefix == own) && lookup_equal(text, core))
            return &invented_names[i];
    }
    return NULL;
}

bool lookup_find(const char *text, size_t length, struct lookup *found)
{
    struct spelt spelt = lookup_trim(text, length);
    *found = (struct lookup){ .counter = COUNTER_NONE };
    uint32_t value;
    bool hex;
    if (lookup_number(spelt, &value, &hex))
        return lookup_value(value, hex, found);
    found->counter = counter_find(spelt.chars, spelt.length);
    if (found->counter != COUNTER_NONE) {
        found->spelling = SPELLING_COUNTER;
        return true;
    }
    enum prefix prefix = lookup_prefix(&spelt);
    found->spelling = SPELLING_NAME;
    if ((found->error = lookup_name(spelt, prefix)))
        return true;
    found->spelling = SPELLING_INVENTED;
    if (!(found->invented = lookup_invented(spelt, prefix)))
        return false;
    found->error = found->invented->nearest ? windows_error_find(found->invented->nearest) : NULL;
    return true;
}

static unsigned lookup_least(unsigned a, unsigned b)
{
    return a < b ? a : b;
}

static char lookup_fold(char c)
{
    return c >= 'A' && c <= 'Z' ? (char)(c | 0x20) : c;
}

/*
 * How many letters were added, left out, changed or swapped with their neighbour (optimal string alignment); case does
 * not count.
 * Answers limit + 1 for anything above the limit. Both texts are at most NAME_MAX_LENGTH long.
 */
static unsigned lookup_distance(struct spelt a, struct spelt b, unsigned limit)
{
    if (a.length > b.length + limit || b.length > a.length + limit)
        return limit + 1;
    uint8_t rows[3][NAME_MAX_LENGTH + 1];
    uint8_t *before = rows[0], *above = rows[1], *row = rows[2];
    memset(before, 0, sizeof rows[0]);
    for (size_t j = 0; j <= b.length; j++)
        above[j] = (uint8_t)j;
    for (size_t i = 1; i <= a.length; i++) {
        char ours = lookup_fold(a.chars[i - 1]);
        unsigned best = row[0] = (uint8_t)i;
        for (size_t j = 1; j <= b.length; j++) {
            char theirs = lookup_fold(b.chars[j - 1]);
            unsigned cost = above[j - 1] + (ours != theirs);
            cost = lookup_least(cost, lookup_least(above[j], row[j - 1]) + 1u);
            if (i > 1 && j > 1 && ours == lookup_fold(b.chars[j - 2]) && theirs == lookup_fold(a.chars[i - 2]))
                cost = lookup_least(cost, before[j - 2] + 1u);
            row[j] = (uint8_t)cost;
            best = lookup_least(best, cost);
        }
        if (best > limit)
            return limit + 1;
        uint8_t *spare = before;
        before = above;
        above = row;
        row = spare;
    }
    return lookup_least(above[b.length], limit + 1);
}

/* Both without their prefixes; a name's family may be missing in the text. */
static unsigned lookup_name_distance(struct spelt text, const char *name, unsigned limit)
{
    enum prefix own;
    struct spelt core = lookup_core(name, &own);
    unsigned distance = lookup_distance(text, core, limit);
    if (lookup_skip_family(&core))
        distance = lookup_least(distance, lookup_distance(text, core, limit));
    return distance;
}

struct nearest { /* the best names so far, ascending */
    const char **names;
    unsigned *distances;
    size_t count, room;
};

#define NEAR_ROOM 16

static void lookup_offer(struct nearest *nearest, const char *name, unsigned distance)
{
    size_t at = nearest->count;
    while (at > 0 && nearest->distances[at - 1] > distance)
        at--;
    if (at == nearest->room)
        return;
    if (nearest->count < nearest->room)
        nearest->count++;
    for (size_t i = nearest->count - 1; i > at; i--) {
        nearest->names[i] = nearest->names[i - 1];
        nearest->distances[i] = nearest->distances[i - 1];
    }
    nearest->names[at] = name;
    nearest->distances[at] = distance;
}

size_t lookup_near(const char *text, size_t length, const char *names[], size_t room)
{
    struct spelt spelt = lookup_trim(text, length);
    lookup_prefix(&spelt);
    if (spelt.length < 3 || spelt.length > NAME_MAX_LENGTH)
        return 0;
    unsigned limit = lookup_least(1 + (unsigned)spelt.length / 6, NEAR_MAX);
    unsigned distances[NEAR_ROOM];
    struct nearest nearest = { .names = names, .distances = distances, .room = room < NEAR_ROOM ? room : NEAR_ROOM };
    for (size_t i = 0; i < windows_error_count; i++) {
        unsigned distance = lookup_name_distance(spelt, windows_errors[i].name, limit);
        if (distance <= limit)
            lookup_offer(&nearest, windows_errors[i].name, distance);
    }
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        unsigned distance = lookup_name_distance(spelt, counter_rows[i].name, limit);
        if (distance <= limit)
            lookup_offer(&nearest, counter_rows[i].name, distance);
    }
    return nearest.count;
}
