/*
 * crosscheck: merging and comparing definitions.
 *
 * Theory of operation. Each SA (destination, SPI, protocol, mark) enters a hash table with the first definition of it; later ones are
 * compared with that. Where no two facts contradict each other, they are one SA told twice: a Wireshark table beside a kernel's dump, or the
 * dumps of both ends. Of both ends' dumps the receiver's rules: its window is the one that drops packets. Each key enters a second
 * table in the same way.
 */
#include "sa/crosscheck.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "sa/sources/entry.h"

#define SLOT_EMPTY UINT32_MAX

struct slots {
    uint32_t *index; /* of entries */
    size_t mask;
    struct hash_key key;
};

static bool make_slots(struct slots *slots, size_t count)
{
    size_t room = 16;
    while (room < count * 2)
        room *= 2;
    slots->index = malloc(room * sizeof *slots->index);
    if (slots->index == NULL)
        return false;
    memset(slots->index, 0xff, room * sizeof *slots->index);
    slots->mask = room - 1;
    hash_key_make(&slots->key);
    return true;
}

static bool same_id(const struct sa_definition *a, const struct sa_definition *b)
{
    return a->spi == b->spi && a->proto == b->proto && a->dst.bits == b->dst.bits && addr_equal(&a->dst.addr, &b->dst.addr) &&
           a->mark == b->mark && a->mark_mask == b->mark_mask;
}

static uint64_t id_hash(const struct slots *slots, const struct sa_definition *definition)
{
    uint64_t low, high;
    memcpy(&low, definition->dst.addr.bytes, 8);
    memcpy(&high, definition->dst.addr.bytes + 8, 8);
    return hash_words(&slots->key, low, high ^ definition->mark,
                      (uint64_t)definition->spi << 32 | (uint64_t)definition->proto << 8 | definition->dst.bits);
}

static const struct integrity *integrity_of(const struct sa_definition *definition)
{
    return definition->integrity && definition->integrity->kind == INTEGRITY_NONE ? NULL : definition->integrity;
}

static bool keys_differ(const struct secret *a, const struct secret *b)
{
    return a->length != 0 && b->length != 0 && !secret_equal(a, b);
}

/* Does any fact that both tell differ? What each host sets for itself (window, limits, request id) is no contradiction. */
static bool contradict(const struct sa_definition *a, const struct sa_definition *b)
{
    const struct integrity *ours = integrity_of(a), *theirs = integrity_of(b);
    if (prefix_is_host(&a->src) && prefix_is_host(&b->src) && !addr_equal(&a->src.addr, &b->src.addr))
        return true;
    if (a->encryption && b->encryption && a->encryption != b->encryption)
        return true;
    if (ours && theirs && ours != theirs)
        return true;
    return keys_differ(&a->encryption_key, &b->encryption_key) || keys_differ(&a->integrity_key, &b->integrity_key) ||
           (a->icv != 0 && b->icv != 0 && a->icv != b->icv) ||
           (a->mode != SA_MODE_UNKNOWN && b->mode != SA_MODE_UNKNOWN && a->mode != b->mode) ||
           (a->encap_known && b->encap_known && a->encap != b->encap) || (a->esn_known && b->esn_known && a->esn != b->esn);
}

/* One ended, by its time limit, before the other was added. */
static bool apart_in_time(const struct sa_definition *a, const struct sa_definition *b)
{
    if (!a->added_known || !b->added_known)
        return false;
    const struct sa_definition *older = a->added_ns <= b->added_ns ? a : b, *newer = older == a ? b : a;
    uint64_t seconds = (uint64_t)(newer->added_ns - older->added_ns) / 1000000000u;
    return older->hard.add_s != 0 && seconds > older->hard.add_s;
}

static bool has_window(const struct sa_definition *definition)
{
    return definition->window_known && definition->window > 0;
}

/* Is `b` rather the receiver's copy than `a`? A larval copy is the same SA before it was ready. */
static bool is_better(const struct sa_definition *a, const struct sa_definition *b)
{
    if ((a->state == SA_STATE_LARVAL) != (b->state == SA_STATE_LARVAL))
        return a->state == SA_STATE_LARVAL;
    if (b->outbound || !has_window(b))
        return false;
    return a->outbound || (a->window_known && a->window == 0);
}

static void fill_limits(struct sa_limits *into, const struct sa_limits *from)
{
    if (into->bytes == 0 && into->packets == 0 && into->add_s == 0 && into->use_s == 0)
        *into = *from;
}

static void fill_algorithms(struct sa_definition *into, const struct sa_definition *from)
{
    if (into->encryption == NULL && from->encryption) {
        into->encryption = from->encryption;
        memcpy(into->encryption_name, from->encryption_name, sizeof into->encryption_name);
    }
    if (into->integrity == NULL && from->integrity) {
        into->integrity = from->integrity;
        memcpy(into->integrity_name, from->integrity_name, sizeof into->integrity_name);
    }
    if (into->encryption_key.length == 0)
        into->encryption_key = from->encryption_key;
    if (into->integrity_key.length == 0)
        into->integrity_key = from->integrity_key;
    if (into->icv == 0)
        into->icv = from->icv;
    into->keys_hidden = into->keys_hidden && from->keys_hidden;
}

static void fill(struct sa_definition *into, const struct sa_definition *from)
{
    fill_algorithms(into, from);
    if (into->src.addr.family == 0 || (!prefix_is_host(&into->src) && prefix_is_host(&from->src)))
        into->src = from->src;
    if (into->mode == SA_MODE_UNKNOWN)
        into->mode = from->mode;
    if (!into->encap_known) {
        into->encap_known = from->encap_known;
        into->encap = from->encap;
        into->encap_sport = from->encap_sport;
        into->encap_dport = from->encap_dport;
        into->align4 = into->align4 || from->align4;
        into->af_unspec = into->af_unspec || from->af_unspec;
    }
    if (!into->esn_known) {
        into->esn_known = from->esn_known;
        into->esn = from->esn;
    }
    if (!into->window_known) {
        into->window_known = from->window_known;
        into->window = from->window;
    }
    if (!into->added_known) {
        into->added_known = from->added_known;
        into->added_ns = from->added_ns;
    }
    if (!into->used_known) {
        into->used_known = from->used_known;
        into->used_ns = from->used_ns;
    }
    if (!into->has_selector) {
        into->has_selector = from->has_selector;
        into->selector = from->selector;
    }
    if (into->reqid == 0)
        into->reqid = from->reqid;
    if (into->if_id == 0)
        into->if_id = from->if_id;
    fill_limits(&into->hard, &from->hard);
    fill_limits(&into->soft, &from->soft);
}

static void merge(struct sa_definition *into, const struct sa_definition *from)
{
    struct sa_definition other = *from;
    if (is_better(into, from)) {
        other = *into;
        *into = *from;
    }
    /* A window of its own shows that this copy receives; without one, the sender's copy tells that it is a sender's. */
    into->outbound = into->outbound || (other.outbound && !has_window(into));
    fill(into, &other);
}

struct check {
    struct shelf *entries;
    const struct crosscheck_report *report;
    struct slots slots;
};

static void note_remark(void *context, const struct sa_remark *remark)
{
    ((struct sa_note *)context)->remark = *remark;
}

/* "SA 0x00001001 to 10.77.0.2 (line 7 of b.txt)" */
static void print_place(const struct check *check, const struct sa_entry *entry, char place[160])
{
    char dst[PREFIX_TEXT_MAX], shown[200];
    const char *name = check->report->file_name(check->report->context, entry->file);
    size_t length = strlen(name), tail = length < 40 ? length : 40;
    struct text escaped = { .chars = shown, .room = sizeof shown }; /* four characters a byte at most: never grows */
    prefix_print(&entry->record.definition.dst, dst);
    shown[0] = '\0';
    text_escaped(&escaped, name + length - tail, tail);
    snprintf(place, 160, "SA 0x%08x to %s (line %u of %.80s)", entry->record.definition.spi, dst, entry->record.line, shown);
}

static void give(const struct check *check, const struct sa_entry *entry, enum remark_level level, const char *code,
                 const char *format, const char *place)
{
    struct sa_note note = { .file = entry->file };
    struct sa_sink sink = { .context = &note, .remark = note_remark };
    entry_remark(&sink, level, entry->record.line, code, format, place);
    check->report->note(check->report->context, &note);
}

static void merge_entry(const struct check *check, uint32_t index)
{
    struct sa_entry *entry = shelf_at(check->entries, index);
    struct sa_definition *definition = &entry->record.definition;
    if (entry->record.event != SA_EVENT_DEFINE || entry->merged)
        return;
    size_t slot = id_hash(&check->slots, definition) & check->slots.mask;
    for (; check->slots.index[slot] != SLOT_EMPTY; slot = (slot + 1) & check->slots.mask) {
        struct sa_entry *first = shelf_at(check->entries, check->slots.index[slot]);
        if (!same_id(&first->record.definition, definition))
            continue;
        if (!contradict(&first->record.definition, definition)) {
            merge(&first->record.definition, definition);
            entry->merged = true;
        } else if (!apart_in_time(&first->record.definition, definition)) {
            char place[160];
            print_place(check, first, place);
            give(check, entry, REMARK_ERROR, "duplicate-sa", "This definition contradicts that of %s.", place);
        }
        return;
    }
    check->slots.index[slot] = index;
}

static bool repeats_nonces(const struct encryption *encryption)
{
    return encryption->kind != CIPHER_CBC && encryption->kind != CIPHER_NULL;
}

/* A wildcard destination and an address that it holds may be the same SA. */
static bool may_be_one(const struct sa_definition *a, const struct sa_definition *b)
{
    return a->spi == b->spi && a->proto == b->proto && (prefix_holds(&a->dst, &b->dst.addr) || prefix_holds(&b->dst, &a->dst.addr));
}

/* In a history: the same SPI and key at other addresses is one SA that moved (RFC 4555), deleted here and added there. */
static bool has_moved(const struct sa_entry *a, const struct sa_entry *b)
{
    const struct sa_definition *one = &a->record.definition, *other = &b->record.definition;
    return a->record.event != SA_EVENT_DEFINE && b->record.event != SA_EVENT_DEFINE && one->spi == other->spi && one->proto == other->proto;
}

static void compare_key(const struct check *check, uint32_t index)
{
    const struct sa_entry *entry = shelf_at(check->entries, index);
    const struct sa_definition *definition = &entry->record.definition;
    const struct secret *key = &definition->encryption_key;
    if (entry->merged || key->length == 0 || definition->encryption == NULL || definition->encryption->kind == CIPHER_NULL ||
        (entry->record.event != SA_EVENT_DEFINE && entry->record.event != SA_EVENT_ADD && entry->record.event != SA_EVENT_UPDATE))
        return;
    size_t slot = hash_bytes(&check->slots.key, key->bytes, key->length) & check->slots.mask;
    for (; check->slots.index[slot] != SLOT_EMPTY; slot = (slot + 1) & check->slots.mask) {
        const struct sa_entry *first = shelf_at(check->entries, check->slots.index[slot]);
        const struct sa_definition *other = &first->record.definition;
        if (other->encryption->base != definition->encryption->base || !secret_equal(&other->encryption_key, key))
            continue;
        if (may_be_one(definition, other) || has_moved(entry, first))
            return;
        char place[160];
        print_place(check, first, place);
        if (repeats_nonces(definition->encryption) && repeats_nonces(other->encryption))
            give(check, entry, REMARK_ERROR, "same-key",
                 "Shares its encryption key with %s: in a counter mode nonces repeat, which reveals what is sent.", place);
        else
            give(check, entry, REMARK_WARNING, "same-key", "Shares its encryption key with %s.", place);
        return;
    }
    check->slots.index[slot] = index;
}

bool crosscheck_run(struct shelf *entries, const struct crosscheck_report *report)
{
    struct check ids = { .entries = entries, .report = report }, keys = ids;
    bool made = make_slots(&ids.slots, entries->count) && make_slots(&keys.slots, entries->count);
    for (uint32_t index = 0; made && index < entries->count; index++)
        merge_entry(&ids, index);
    for (uint32_t index = 0; made && index < entries->count; index++)
        compare_key(&keys, index);
    free(ids.slots.index);
    free(keys.slots.index);
    return made;
}
