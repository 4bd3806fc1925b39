/* sas: `esplain sa`: SA files listed, checked, converted. The only place that writes keys, and only when asked to convert. */
#include <stdio.h>
#include <string.h>

#include "report/json.h"
#include "report/page.h"
#include "sa/convert.h"
#include "sa/table.h"
#include "esplain/esplain.h"

struct sas {
    const struct esplain_options *options;
    struct sa_table *table;
    struct text line;
    bool failed;
};

static const char *const sas_events[] = { "table", "added", "updated", "deleted", "soft-expired", "expired", "mapping", "flushed", "touched" };
static const char *const sas_levels[] = { "note", "warning", "error" };

static bool sas_flush(struct sas *sas)
{
    const struct esplain_options *options = sas->options;
    if (!sas->failed && sas->line.length && !options->output(options->context, sas->line.chars, sas->line.length))
        sas->failed = true;
    if (sas->line.chars) /* it may have held keys */
        secret_wipe(sas->line.chars, sas->line.length);
    text_clear(&sas->line);
    return !sas->failed;
}

static void sas_file(const struct sas *sas, unsigned file, struct text *text)
{
    const char *name = sa_table_file_name(sas->table, file);
    text_escaped(text, name, strlen(name));
}

static void sas_json(struct sas *sas, const struct sa_entry *entry)
{
    struct text *text = &sas->line;
    const struct sa_definition *definition = &entry->record.definition;
    const char *file = sa_table_file_name(sas->table, entry->file);
    char chars[PREFIX_TEXT_MAX];
    text_put(text, "{\"type\":\"definition\"");
    json_string(text, "file", file);
    json_number(text, "line", entry->record.line);
    json_string(text, "event", sas_events[entry->record.event]);
    if (entry->record.time_known)
        json_time(text, "time", entry->record.time_ns);
    else
        json_null(text, "time");
    prefix_print(&definition->src, chars);
    json_string(text, "src", chars);
    prefix_print(&definition->dst, chars);
    json_string(text, "dst", chars);
    json_string(text, "proto", sa_proto_name(definition->proto));
    json_spi(text, "spi", definition->spi);
    json_string(text, "mode", definition->mode == SA_MODE_UNKNOWN ? NULL : sa_mode_name(definition->mode));
    json_string(text, "encap", json_encap(definition->encap));
    json_string(text, "encryption", definition->encryption ? definition->encryption->name : NULL);
    json_number(text, "encryption_key_bits", definition->encryption_key.length * 8u);
    json_string(text, "integrity", definition->integrity ? definition->integrity->name : NULL);
    json_number(text, "integrity_key_bits", definition->integrity_key.length * 8u);
    if (definition->esn_known)
        json_bool(text, "esn", definition->esn);
    else
        json_null(text, "esn");
    if (definition->window_known)
        json_number(text, "window", definition->window);
    else
        json_null(text, "window");
    text_put(text, "}\n");
}

static void sas_name(struct text *text, const char *ours, const char *spelled)
{
    if (ours)
        text_put(text, ours);
    else
        text_escaped(text, spelled, strlen(spelled));
}

static void sas_text(struct sas *sas, const struct sa_entry *entry)
{
    struct text *text = &sas->line;
    const struct sa_definition *definition = &entry->record.definition;
    char src[PREFIX_TEXT_MAX], dst[PREFIX_TEXT_MAX], stamp[STAMP_TEXT_MAX];
    prefix_print(&definition->src, src);
    prefix_print(&definition->dst, dst);
    if (entry->record.event != SA_EVENT_DEFINE) {
        if (entry->record.time_known)
            stamp_print(entry->record.time_ns, stamp);
        text_printf(text, "%s %s: ", entry->record.time_known ? stamp : "(no time)", sas_events[entry->record.event]);
    }
    text_printf(text, "%s 0x%08x %s > %s", sa_proto_name(definition->proto), definition->spi, src, dst);
    if (definition->mode != SA_MODE_UNKNOWN)
        text_printf(text, " %s", sa_mode_name(definition->mode));
    if (definition->encap != ENCAP_NONE)
        text_printf(text, " in %s", json_encap(definition->encap));
    if (definition->encryption || definition->encryption_name[0]) {
        text_char(text, ' ');
        sas_name(text, definition->encryption ? definition->encryption->name : NULL, definition->encryption_name);
        if (definition->encryption_key.length)
            text_printf(text, " (%u-bit key)", definition->encryption_key.length * 8u);
    }
    if (definition->integrity || definition->integrity_name[0]) {
        text_char(text, ' ');
        sas_name(text, definition->integrity ? definition->integrity->name : NULL, definition->integrity_name);
    }
    if (definition->esn_known && definition->esn)
        text_put(text, " ESN");
    if (definition->window_known && !definition->outbound)
        text_printf(text, " window %u", definition->window);
    if (definition->state == SA_STATE_LARVAL)
        text_put(text, " larval");
    text_put(text, "  [");
    sas_file(sas, entry->file, text);
    text_printf(text, ":%u]\n", entry->record.line);
}

static bool sas_convert(struct sas *sas, const struct sa_entry *entry, enum esplain_convert to, uint64_t *refused)
{
    const struct sa_definition *definition = &entry->record.definition;
    const char *reason = "no such format";
    bool said = to == ESPLAIN_TO_WIRESHARK ? sa_convert_wireshark(definition, &sas->line, &reason)
                : to == ESPLAIN_TO_TCPDUMP ? sa_convert_tcpdump(definition, &sas->line, &reason)
                                           : sa_convert_xfrm(definition, &sas->line, &reason);
    if (said)
        return sas_flush(sas);
    ++*refused;
    if (sas->options->message) {
        struct text message = { 0 };
        sas_file(sas, entry->file, &message);
        text_printf(&message, ":%u: SPI 0x%08x left out: %s", entry->record.line, definition->spi, reason);
        sas->options->message(sas->options->context, message.chars ? message.chars : reason);
        text_free(&message);
    }
    return true;
}

static enum esplain_severity sas_notes(struct sas *sas, bool to_output)
{
    enum esplain_severity worst = ESPLAIN_NOTHING;
    size_t at = 0;
    for (const struct sa_note *note; (note = sa_table_next_note(sas->table, &at)) != NULL;) {
        if ((int)note->remark.level > worst)
            worst = (enum esplain_severity)note->remark.level;
        struct text *text = &sas->line;
        if (to_output && sas->options->format == ESPLAIN_JSON) {
            text_put(text, "{\"type\":\"remark\"");
            json_string(text, "file", sa_table_file_name(sas->table, note->file));
            json_number(text, "line", note->remark.line);
            json_string(text, "level", sas_levels[note->remark.level]);
            json_string(text, "code", note->remark.code);
            json_string(text, "text", note->remark.text);
            text_put(text, "}\n");
        } else {
            sas_file(sas, note->file, text);
            text_printf(text, ":%u: %s: %s [%s]", note->remark.line, sas_levels[note->remark.level], note->remark.text,
                        note->remark.code);
            if (!to_output && sas->options->message) {
                sas->options->message(sas->options->context, text->chars);
                text_clear(text);
            } else {
                text_char(text, '\n');
            }
        }
        sas_flush(sas);
    }
    return worst;
}

bool esplain_sas(const char *const *specs, size_t count, enum esplain_convert to, const struct esplain_options *options,
                 enum esplain_severity *worst, struct esplain_error *out)
{
    struct error error = { "" };
    struct sas sas = { .options = options, .table = sa_table_create(&error) };
    bool good = sas.table != NULL;
    for (size_t i = 0; i < count && good; i++)
        good = sa_table_add_file(sas.table, specs[i], &error);
    if (!good) {
        snprintf(out->message, sizeof out->message, "%s", error.message);
        sa_table_destroy(sas.table);
        return false;
    }
    sa_table_check(sas.table);
    uint64_t listed = 0, refused = 0;
    size_t at = 0;
    for (const struct sa_entry *entry; !sas.failed && (entry = sa_table_next(sas.table, &at)) != NULL;) {
        listed++;
        if (to != ESPLAIN_LIST) {
            enum sa_event event = entry->record.event;
            if (event == SA_EVENT_DEFINE || event == SA_EVENT_ADD || event == SA_EVENT_UPDATE)
                sas_convert(&sas, entry, to, &refused);
            continue;
        }
        if (options->format == ESPLAIN_JSON)
            sas_json(&sas, entry);
        else
            sas_text(&sas, entry);
        if (sas.line.length > 32768)
            sas_flush(&sas);
    }
    sas_flush(&sas);
    *worst = sas_notes(&sas, to == ESPLAIN_LIST);
    if (refused && *worst < ESPLAIN_WARNING)
        *worst = ESPLAIN_WARNING;
    if (to == ESPLAIN_LIST && options->format == ESPLAIN_TEXT) {
        text_printf(&sas.line, "%llu entries; %zu policies\n", (unsigned long long)listed, sa_table_policy_count(sas.table));
        sas_flush(&sas);
    }
    text_free(&sas.line);
    sa_table_destroy(sas.table);
    if (sas.failed)
        snprintf(out->message, sizeof out->message, "the output could not be written");
    return !sas.failed;
}
