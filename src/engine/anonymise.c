/* anonymise: every address noted, then frames and files changed, then the analysis run on the result. */
#include "engine/anonymise.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/utf16.h"
#include "engine/reseal.h"
#include "sa/keyfile.h"
#include "veil/rewrite.h"

/* Each file's text goes through the veil twice, as the frames do. */
struct anonymise_source {
    struct keyfile file;
    struct text plain;   /* settings may be UTF-16 */
    enum rewrite_kind kind;
};

static bool anonymise_source(struct anonymise *anonymise, struct anonymise_source *source, const char *path, const struct sa_format *format,
                             bool policy, struct error *error)
{
    if (anonymise->file_count == ANONYMISE_FILES_MAX)
        return error_set(error, "--anonymise takes %u SA files and policies at the most", ANONYMISE_FILES_MAX);
    if (!keyfile_read(&source->file, path, error))
        return false;
    struct anonymise_file *file = &anonymise->files[anonymise->file_count++];
    const char *text = source->file.length ? source->file.text : "";
    file->policy = policy;
    file->format = format;
    source->kind = format ? rewrite_kind(format->name) : REWRITE_XFRM;
    if (policy && source->file.length <= SETTINGS_TEXT_MAX)
        utf16_read(&source->plain, text, source->file.length);
    if (source->plain.chars != NULL && settings_recognise(source->plain.chars, source->plain.length)) {
        file->dosp = true;
        source->kind = REWRITE_DOSP;
    }
    uint32_t same = 1;
    for (uint32_t i = 0; i + 1 < anonymise->file_count; i++)
        same += anonymise->files[i].policy == policy;
    text_printf(&file->suffix, policy ? ".policy" : ".sa");
    if (same > 1)
        text_printf(&file->suffix, "%u", same);
    text_put(&file->suffix, ".txt");
    return true;
}

static void anonymise_rewrite(struct anonymise *anonymise, const struct anonymise_source *source, uint32_t index, bool keys)
{
    struct text *out = &anonymise->files[index].text;
    const char *text = source->kind == REWRITE_DOSP ? source->plain.chars : source->file.text;
    size_t length = source->kind == REWRITE_DOSP ? source->plain.length : source->file.length;
    if (out->chars != NULL)
        secret_wipe(out->chars, out->room);
    text_clear(out);
    rewrite_text(veil_alias(anonymise->veil), source->kind, keys, text ? text : "", length, out);
}

static bool anonymise_sources(struct anonymise *anonymise, struct anonymise_source *sources, const struct esplain_cut *what, struct error *error)
{
    struct sa_table *table = anonymise->table = sa_table_create(error);
    bool good = table != NULL;
    for (size_t i = 0; i < what->sa_count && good; i++) {
        unsigned file = sa_table_file_count(table);
        good = sa_table_add_file(table, what->sas[i], error) &&
               anonymise_source(anonymise, &sources[anonymise->file_count], sa_table_file_name(table, file), sa_table_file_format(table, file), false, error);
    }
    for (size_t i = 0; i < what->policy_count && good; i++)
        good = anonymise_source(anonymise, &sources[anonymise->file_count], what->policies[i], NULL, true, error);
    size_t at = 0;
    for (const struct sa_entry *entry; good && (entry = sa_table_next(table, &at)) != NULL;) {
        const struct sa_definition *sa = &entry->record.definition;
        if (sa->proto == SA_PROTO_ESP && sa->encryption && (sa->encryption->kind == CIPHER_NULL || sa->encryption->kind == CIPHER_GMAC) &&
            prefix_is_host(&sa->dst))
            veil_null(anonymise->veil, &sa->dst.addr, sa->spi, sa->encryption->iv, sa->icv);
    }
    return good;
}

static bool anonymise_receivers(struct anonymise *anonymise, const struct cut *cut, struct error *error)
{
    anonymise->receiver_count = 0;
    for (size_t i = 0; i < cut->options.receiver_count; i++) {
        struct prefix prefix;
        char shown[PREFIX_TEXT_MAX];
        const char *word = cut->options.receivers[i];
        if (anonymise->receiver_count == ANONYMISE_FILES_MAX)
            return error_set(error, "--anonymise takes %u --receiver at the most", ANONYMISE_FILES_MAX);
        if (!prefix_parse(word, strlen(word), &prefix))
            continue;
        prefix = alias_prefix(veil_alias(anonymise->veil), &prefix);
        prefix_print(&prefix, shown);
        struct text *text = &anonymise->receivers[anonymise->receiver_count];
        text_clear(text);
        text_put(text, shown);
        anonymise->receiver_words[anonymise->receiver_count++] = text->chars ? text->chars : "";
    }
    return true;
}

static bool anonymise_frame(struct anonymise *anonymise, struct kept_frame *kept, struct error *error)
{
    uint8_t *before = malloc(kept->frame.captured + 1u);
    if (before == NULL)
        return error_set(error, "no memory");
    if (kept->frame.captured > 0)
        memcpy(before, kept->bytes, kept->frame.captured);
    veil_change(anonymise->veil, &kept->frame, kept->bytes);
    anonymise->resealed += reseal_ah(anonymise->table, &kept->frame, before, kept->bytes);
    free(before);
    return true;
}

static bool anonymise_round(struct anonymise *anonymise, const struct anonymise_source *sources, struct cut *cut, bool change, struct error *error)
{
    for (uint32_t i = 0; i < anonymise->file_count; i++)
        anonymise_rewrite(anonymise, &sources[i], i, cut->what->keep_keys);
    for (uint32_t i = 0; i < cut->count; i++) {
        struct kept_frame *kept = kept_at(cut->kept, cut->chosen[i]);
        if (!change)
            veil_look(anonymise->veil, &kept->frame);
        else if (!anonymise_frame(anonymise, kept, error))
            return false;
    }
    anonymise->src = alias_addr(veil_alias(anonymise->veil), &cut->wanted.subject.src);
    anonymise->dst = alias_addr(veil_alias(anonymise->veil), &cut->wanted.subject.dst);
    return anonymise_receivers(anonymise, cut, error);
}

/* An engine with the new files, out of memory. */
static struct esplain *anonymise_engine(const struct anonymise *anonymise, const struct cut *cut, struct esplain_error *out)
{
    struct error error = { "" };
    struct esplain_options options = cut->options;
    options.receivers = anonymise->receiver_words;
    options.receiver_count = anonymise->receiver_count;
    struct esplain *esplain = esplain_create(&options, out);
    bool good = esplain != NULL, taken;
    for (uint32_t i = 0; i < anonymise->file_count && good; i++) {
        const struct anonymise_file *file = &anonymise->files[i];
        const char *text = file->text.chars ? file->text.chars : "", *name = file->suffix.chars ? file->suffix.chars : "";
        good = file->dosp ? engine_dosp_add(esplain, name, text, file->text.length, &taken, &error)
                          : sa_table_add_text(esplain->table, name, file->policy ? sa_format_find("xfrm", 4) : file->format, text, file->text.length, &error);
        if (!good)
            snprintf(out->message, sizeof out->message, "%s", error.message);
    }
    for (size_t i = 0; i < cut->what->ike_key_count && good && cut->what->keep_keys; i++)
        good = esplain_add_ike_keys(esplain, cut->what->ike_keys[i], out);
    if (good)
        return esplain;
    esplain_destroy(esplain);
    return NULL;
}

/* Addresses that came out of ciphertext, with keys, stay what they were. */
static bool anonymise_same(const struct addr *found, const struct addr *alias, const struct addr *before)
{
    return addr_equal(found, alias) || addr_equal(found, before);
}

static bool anonymise_shows(const struct anonymise *anonymise, const struct cut *cut, struct error *error)
{
    struct esplain_error failed = { "" };
    const struct finding *wanted = &cut->wanted;
    struct esplain *esplain = anonymise_engine(anonymise, cut, &failed);
    struct source *source = esplain ? kept_open(cut->kept, cut->chosen, cut->count, 0) : NULL;
    bool shown = false;
    bool done = source != NULL && engine_read_source(esplain, source, "", &failed) && esplain_finish(esplain, &failed);
    for (uint32_t i = 0; done && i < ledger_count(esplain->detect.ledger) && !shown; i++) {
        const struct finding *finding = ledger_at(esplain->detect.ledger, i);
        const struct subject *subject = &finding->subject;
        shown = finding->condition == wanted->condition && finding->cause == wanted->cause && finding->severity == wanted->severity &&
                finding->certainty == wanted->certainty && subject->proto == wanted->subject.proto && subject->has_spi == wanted->subject.has_spi &&
                (!subject->has_spi || subject->spi == wanted->subject.spi) && anonymise_same(&subject->src, &anonymise->src, &wanted->subject.src) &&
                anonymise_same(&subject->dst, &anonymise->dst, &wanted->subject.dst);
    }
    esplain_destroy(esplain);
    if (!done)
        return error_set(error, "%.400s", failed.message[0] ? failed.message : "no memory");
    bool keys = cut->what->sa_count + cut->what->ike_key_count > 0 && !cut->what->keep_keys;
    return shown || error_set(error, "%s is not shown by the anonymised frames%s; nothing was written", wanted->condition->name,
                              keys ? " without keys (--keep-keys leaves them in; then whoever has the files can open the packets)" : "");
}

bool anonymise_make(struct anonymise *anonymise, struct cut *cut, struct error *error)
{
    struct anonymise_source *sources = calloc(ANONYMISE_FILES_MAX + 1, sizeof *sources);
    *anonymise = (struct anonymise){ .veil = veil_create(&cut->ports) };
    bool good = (anonymise->veil != NULL && sources != NULL) || error_set(error, "no memory");
    good = good && anonymise_sources(anonymise, sources, cut->what, error) && anonymise_round(anonymise, sources, cut, false, error);
    if (good && !veil_settle(anonymise->veil))
        good = error_set(error, "more networks than there are addresses to stand for them, or no memory");
    good = good && anonymise_round(anonymise, sources, cut, true, error) && anonymise_shows(anonymise, cut, error);
    for (uint32_t i = 0; sources != NULL && i < ANONYMISE_FILES_MAX + 1; i++) {
        keyfile_free(&sources[i].file);
        text_free(&sources[i].plain);
    }
    free(sources);
    return good;
}

void anonymise_stop(struct anonymise *anonymise)
{
    veil_destroy(anonymise->veil);
    sa_table_destroy(anonymise->table);
    for (uint32_t i = 0; i < ANONYMISE_FILES_MAX; i++) {
        struct anonymise_file *file = &anonymise->files[i];
        if (file->text.chars != NULL)
            secret_wipe(file->text.chars, file->text.room);
        text_free(&file->text);
        text_free(&file->suffix);
        text_free(&anonymise->receivers[i]);
    }
}
