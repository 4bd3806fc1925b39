/*
 * ike_keys: the table of IKE keys. Entries never move; those of one initiator's SPI are a chain from a bucket of a keyed hash, because the
 * search is asked for every IKE SA that a stranger begins.
 */
#include "sa/ike_keys.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/hash.h"
#include "base/text.h"
#include "sa/keyfile.h"
#include "sa/shelf.h"
#include "sa/sources/entry.h"
#include "sa/sources/ike_source.h"

#define BUCKETS 4096u
#define END UINT32_MAX

struct entry {
    struct ike_key key;
    uint32_t next; /* in its bucket, in the order of the files */
};

struct file {
    char *name;
    const char *title;
    unsigned notes;
};

struct chain {
    uint32_t first, last;
};

struct ike_keys {
    struct secrets *secrets;
    struct hash_key hash;
    struct shelf files, entries, notes, exchanges;
    struct chain buckets[BUCKETS + 1]; /* the last: entries that name no SPI */
    bool no_memory, too_many;          /* of the add that is under way */
};

struct ike_keys *ike_keys_create(struct error *error)
{
    struct ike_keys *keys = calloc(1, sizeof *keys);
    struct secrets *secrets = secrets_create();
    if (keys == NULL || secrets == NULL) {
        free(keys);
        secrets_destroy(secrets);
        error_set(error, "no memory for the table of IKE keys");
        return NULL;
    }
    keys->secrets = secrets;
    hash_key_make(&keys->hash);
    keys->files.item = sizeof(struct file);
    keys->entries.item = sizeof(struct entry);
    keys->notes.item = sizeof(struct ike_keys_note);
    keys->exchanges.item = sizeof(struct ike_exchange_secret);
    for (size_t i = 0; i <= BUCKETS; i++)
        keys->buckets[i] = (struct chain){ END, END };
    return keys;
}

void ike_keys_destroy(struct ike_keys *keys)
{
    if (keys == NULL)
        return;
    for (size_t file = 0; file < keys->files.count; file++)
        free(((struct file *)shelf_at(&keys->files, file))->name);
    shelf_free(&keys->files);
    shelf_free(&keys->entries);
    shelf_free(&keys->notes);
    shelf_free(&keys->exchanges);
    secrets_destroy(keys->secrets);
    free(keys);
}

/* ---- what importers hand over ---- */

static uint16_t current_file(const struct ike_keys *keys)
{
    return (uint16_t)(keys->files.count - 1);
}

/* The note after the last that is kept says that more were left out. */
static void take_remark(void *context, const struct sa_remark *remark)
{
    struct ike_keys *keys = context;
    struct file *file = shelf_at(&keys->files, current_file(keys));
    struct ike_keys_note *note = file->notes <= IKE_KEYS_NOTES_MAX ? shelf_add(&keys->notes) : NULL;
    if (note == NULL)
        return;
    note->remark = *remark;
    note->file = current_file(keys);
    if (++file->notes <= IKE_KEYS_NOTES_MAX)
        return;
    note->remark.level = REMARK_WARNING;
    note->remark.code = "remarks";
    snprintf(note->remark.text, sizeof note->remark.text, "There are more remarks than %u; the rest is left out.", IKE_KEYS_NOTES_MAX);
}

static struct sa_sink remark_sink(struct ike_keys *keys)
{
    return (struct sa_sink){ .context = keys, .secrets = keys->secrets, .remark = take_remark };
}

static size_t bucket_of(const struct ike_keys *keys, uint8_t version, const uint8_t spi_i[8])
{
    uint64_t word;
    memcpy(&word, spi_i, sizeof word);
    return hash_words(&keys->hash, word, version, 0) % BUCKETS;
}

static const struct entry *entry_at(const struct ike_keys *keys, uint32_t index)
{
    return shelf_at(&keys->entries, index);
}

static bool same_sa(const struct ike_key *a, const struct ike_key *b)
{
    return a->version == b->version && a->spi_i_known == b->spi_i_known && a->spi_r_known == b->spi_r_known &&
           memcmp(a->spi_i, b->spi_i, 8) == 0 && memcmp(a->spi_r, b->spi_r, 8) == 0;
}

static bool agree(const struct secret *a, const struct secret *b)
{
    return a->length == 0 || b->length == 0 || secret_equal(a, b);
}

/* Nothing that both tell differs. Where SPIs are not known, keys are what tells IKE SAs apart. */
static bool compatible(const struct ike_key *a, const struct ike_key *b)
{
    if (a->params.encryption != b->params.encryption || a->params.integrity != b->params.integrity ||
        a->params.unchecked != b->params.unchecked)
        return false;
    for (unsigned side = 0; side < IKE_SIDES; side++) {
        if (!agree(&a->params.encryption_key[side], &b->params.encryption_key[side]) ||
            !agree(&a->params.integrity_key[side], &b->params.integrity_key[side]))
            return false;
        if (!a->spi_i_known && !secret_equal(&a->params.encryption_key[side], &b->params.encryption_key[side]))
            return false;
    }
    return agree(&a->sk_d, &b->sk_d);
}

static void fill(struct secret *known, const struct secret *more)
{
    if (known->length == 0)
        *known = *more;
}

static void merge(struct ike_key *into, const struct ike_key *more)
{
    for (unsigned side = 0; side < IKE_SIDES; side++) {
        fill(&into->params.encryption_key[side], &more->params.encryption_key[side]);
        fill(&into->params.integrity_key[side], &more->params.integrity_key[side]);
    }
    fill(&into->sk_d, &more->sk_d);
    fill(&into->nonces, &more->nonces);
    if (into->prf == NULL)
        into->prf = more->prf;
}

/* Keys of version 1 wait for the cipher that is negotiated; those of version 2 are tried once, so that what is wrong is said now. */
static bool usable(struct ike_keys *keys, const struct ike_key *key)
{
    struct error error;
    struct ike *ike = key->version == 2 ? ike_create(&key->params, &error) : NULL;
    if (key->version == 2 && ike == NULL) {
        struct sa_sink sink = remark_sink(keys);
        entry_remark(&sink, REMARK_ERROR, key->line, "algorithm", "The keys cannot be used: %s.", error.message);
        return false;
    }
    ike_destroy(ike);
    return true;
}

static void take_key(void *context, const struct ike_key *key)
{
    struct ike_keys *keys = context;
    if (!usable(keys, key))
        return;
    struct chain *chain = &keys->buckets[key->spi_i_known ? bucket_of(keys, key->version, key->spi_i) : BUCKETS];
    const struct ike_key *other = NULL;
    unsigned alike = 0;
    for (uint32_t at = chain->first; at != END; at = entry_at(keys, at)->next) {
        struct entry *entry = shelf_at(&keys->entries, at);
        if (!same_sa(&entry->key, key))
            continue;
        if (compatible(&entry->key, key)) {
            merge(&entry->key, key);
            return;
        }
        other = &entry->key;
        alike++;
    }
    if (keys->entries.count >= IKE_KEYS_MAX || alike >= (key->spi_i_known ? IKE_KEYS_ALIKE_MAX : IKE_KEYS_LOOSE_MAX)) {
        keys->too_many = true;
        return;
    }
    struct entry *entry = shelf_add(&keys->entries);
    if (entry == NULL) {
        keys->no_memory = true;
        return;
    }
    entry->key = *key;
    entry->key.file = current_file(keys);
    entry->next = END;
    uint32_t index = (uint32_t)keys->entries.count - 1;
    if (chain->first == END)
        chain->first = index;
    else
        ((struct entry *)shelf_at(&keys->entries, chain->last))->next = index;
    chain->last = index;
    if (other != NULL && key->spi_i_known) {
        struct sa_sink sink = remark_sink(keys);
        entry_remark(&sink, REMARK_WARNING, key->line, "duplicate-sa",
                     "The same IKE SA has other keys on line %u of %s file; both are tried.", (unsigned)other->line,
                     other->file == current_file(keys) ? "this" : "an earlier");
    }
}

static void take_exchange(void *context, const struct ike_exchange_secret *exchange)
{
    struct ike_keys *keys = context;
    struct ike_exchange_secret *kept = NULL;
    if (keys->exchanges.count >= IKE_KEYS_EXCHANGES_MAX)
        keys->too_many = true;
    else if ((kept = shelf_add(&keys->exchanges)) == NULL)
        keys->no_memory = true;
    else
        *kept = *exchange;
}

/* ---- files ---- */

static bool fail(struct error *error, const char *name, const char *why)
{
    struct text shown = { 0 };
    text_escaped(&shown, name, strlen(name));
    error_set(error, "%s: %s", shown.length > 0 && !shown.failed ? shown.chars : "IKE key file", why);
    text_free(&shown);
    return false;
}

static bool is_blank(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length, false);
    struct span line;
    while (lines_next(&lines, &line))
        if (line.length > 0 && line.at[0] != '#')
            return false;
    return true;
}

static const struct ike_key_format *recognise(const char *text, size_t length)
{
    for (size_t i = 0; ike_key_formats[i] != NULL; i++)
        if (ike_key_formats[i]->recognise(text, length))
            return ike_key_formats[i];
    return NULL;
}

bool ike_keys_add_text(struct ike_keys *keys, const char *name, const char *text, size_t length, struct error *error)
{
    bool blank = is_blank(text, length);
    const struct ike_key_format *format = blank ? NULL : recognise(text, length);
    if (format == NULL && !blank)
        return fail(error, name, sa_format_recognise(text, length) != NULL ?
                    "defines SAs of ESP or AH and holds no IKE keys; give it with --sa" :
                    "holds no IKE keys in a format that is known (Wireshark's ikev1/ikev2_decryption_table, libreswan's private debug "
                    "lines, strongSwan's log of level 4)");
    if (keys->files.count >= IKE_KEYS_FILES_MAX)
        return fail(error, name, "too many IKE key files");
    char *copy = strdup(name);
    struct file *file = copy ? shelf_add(&keys->files) : NULL;
    if (file == NULL) {
        free(copy);
        return fail(error, name, "no memory");
    }
    *file = (struct file){ .name = copy, .title = format ? format->title : "empty" };
    keys->no_memory = keys->too_many = false;
    struct sa_sink remarks = remark_sink(keys);
    struct ike_key_sink sink = { .context = keys, .key = take_key, .exchange = take_exchange, .remarks = &remarks };
    if (blank)
        entry_remark(&remarks, REMARK_NOTE, 0, "empty", "The file holds no keys.");
    else
        format->import(text, length, &sink);
    if (keys->too_many)
        entry_remark(&remarks, REMARK_WARNING, 0, "too-many",
                     "There are more IKE keys than %u, or than %u for one IKE SA or %u without SPIs, or %u secrets of Child SAs; the "
                     "rest is left out.", IKE_KEYS_MAX, IKE_KEYS_ALIKE_MAX, IKE_KEYS_LOOSE_MAX, IKE_KEYS_EXCHANGES_MAX);
    return keys->no_memory ? fail(error, name, "no memory for its keys") : true;
}

bool ike_keys_add_file(struct ike_keys *keys, const char *path, struct error *error)
{
    struct keyfile file;
    if (!keyfile_read(&file, path, error))
        return false;
    bool added = ike_keys_add_text(keys, path, file.text, file.length, error);
    keyfile_free(&file);
    return added;
}

/* ---- search and walks ---- */

static bool all_zero(const uint8_t spi[8])
{
    static const uint8_t zero[8];
    return memcmp(spi, zero, 8) == 0;
}

/* Ni | Nr as one text, compared in its two halves. */
static bool same_nonces(const struct secret *both, struct ike_bytes ni, struct ike_bytes nr)
{
    if (both->length == 0 || ni.length == 0 || nr.length == 0)
        return true;
    return both->length == ni.length + nr.length && memcmp(both->bytes, ni.at, ni.length) == 0 &&
           memcmp(both->bytes + ni.length, nr.at, nr.length) == 0;
}

static bool serves(const struct ike_key *key, const struct ike_keys_query *query)
{
    return key->version == query->version && (!key->spi_i_known || memcmp(key->spi_i, query->spi_i, 8) == 0) &&
           (!key->spi_r_known || all_zero(query->spi_r) || memcmp(key->spi_r, query->spi_r, 8) == 0) &&
           (key->spi_i_known || same_nonces(&key->nonces, query->ni, query->nr));
}

/* *at is one more than the entry given last. */
const struct ike_key *ike_keys_find(const struct ike_keys *keys, const struct ike_keys_query *query, size_t *at)
{
    size_t bucket = bucket_of(keys, query->version, query->spi_i);
    uint32_t index = keys->buckets[bucket].first;
    if (*at > 0) {
        const struct entry *last = entry_at(keys, (uint32_t)(*at - 1));
        bucket = last->key.spi_i_known ? bucket : BUCKETS;
        index = last->next;
    }
    for (;;) {
        for (; index != END; index = entry_at(keys, index)->next)
            if (serves(&entry_at(keys, index)->key, query)) {
                *at = index + 1u;
                return &entry_at(keys, index)->key;
            }
        if (bucket == BUCKETS)
            return NULL;
        bucket = BUCKETS;
        index = keys->buckets[BUCKETS].first;
    }
}

const struct ike_key *ike_keys_next(const struct ike_keys *keys, size_t *at)
{
    return *at < keys->entries.count ? &entry_at(keys, (uint32_t)(*at)++)->key : NULL;
}

const struct ike_exchange_secret *ike_keys_next_exchange(const struct ike_keys *keys, size_t *at)
{
    return *at < keys->exchanges.count ? shelf_at(&keys->exchanges, (*at)++) : NULL;
}

const struct ike_keys_note *ike_keys_next_note(const struct ike_keys *keys, size_t *at)
{
    return *at < keys->notes.count ? shelf_at(&keys->notes, (*at)++) : NULL;
}

size_t ike_keys_count(const struct ike_keys *keys)
{
    return keys->entries.count;
}

const char *ike_keys_file_name(const struct ike_keys *keys, unsigned file)
{
    return ((const struct file *)shelf_at(&keys->files, file))->name;
}

const char *ike_keys_file_title(const struct ike_keys *keys, unsigned file)
{
    return ((const struct file *)shelf_at(&keys->files, file))->title;
}

struct secrets *ike_keys_secrets(struct ike_keys *keys)
{
    return keys->secrets;
}
