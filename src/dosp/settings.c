/* settings: lines into settings, and the questions that packets ask of them. */
#include "dosp/settings.h"

#include "base/text.h"
#include "dosp/settings_fields.h"

struct settings_reader {
    struct settings *settings;
    const char *name;
    struct setting *setting; /* that is being read; NULL between two */
    uint64_t given;          /* set of enum setting_number, and of address fields behind those, that it has named */
    struct error *error;
};

static bool settings_fail(const struct settings_reader *reader, uint32_t line, struct span about, const char *why)
{
    struct text shown = { 0 };
    text_escaped(&shown, about.at, about.length < 80 ? about.length : 80);
    error_set(reader->error, "%s:%u: %s: %s", reader->name, line, shown.chars ? shown.chars : "", why);
    text_free(&shown);
    return false;
}

/* "name : value"; false where no colon stands in the line. */
static bool settings_split(struct span line, struct span *name, struct span *value)
{
    const char *colon = memchr(line.at, ':', line.length);
    if (colon == NULL)
        return false;
    *name = span_trim((struct span){ line.at, (size_t)(colon - line.at) });
    *value = span_trim((struct span){ colon + 1, (size_t)(line.at + line.length - colon - 1) });
    return true;
}

bool settings_recognise(const char *text, size_t length)
{
    struct lines lines = lines_over(text, length, false);
    struct span line, name, value;
    while (lines_next(&lines, &line)) {
        const struct field *field = settings_split(line, &name, &value) ? field_find(name) : NULL;
        if (field != NULL && field->kind != FIELD_IGNORED && field->kind != FIELD_NAME)
            return true;
    }
    return false;
}

static void setting_begin(struct setting *setting, uint32_t line)
{
    *setting = (struct setting){ .line = line };
    for (unsigned i = 0; i < SETTING_NUMBERS; i++)
        setting->numbers[i] = field_of(i)->otherwise;
}

static bool prefix_equal(const struct prefix *a, const struct prefix *b)
{
    return a->bits == b->bits && addr_equal(&a->addr, &b->addr);
}

/* A second filter of the same addresses is an error of the system, too. */
static bool settings_end_one(struct settings_reader *reader)
{
    const struct setting *setting = reader->setting;
    reader->setting = NULL;
    if (setting == NULL)
        return true;
    for (uint32_t i = 0; i + 1 < reader->settings->count; i++) {
        const struct setting *other = &reader->settings->list[i];
        if (prefix_equal(&other->outside, &setting->outside) && prefix_equal(&other->inside, &setting->inside))
            return error_set(reader->error, "%s:%u: a second setting for the same addresses; the first begins at line %u", reader->name,
                             setting->line, other->line);
    }
    return true;
}

/* Twice in one setting: a blank line between two was lost, or one of the values is not meant. */
static bool settings_given(struct settings_reader *reader, const struct field *field)
{
    unsigned bit = field->kind <= FIELD_FILTERING ? field->number : SETTING_NUMBERS + field->kind;
    bool given = reader->given >> bit & 1;
    reader->given |= (uint64_t)1 << bit;
    return given && field->kind != FIELD_IGNORED;
}

static bool settings_line(struct settings_reader *reader, const struct field *field, uint32_t line, struct span name, struct span value)
{
    struct settings *settings = reader->settings;
    if (!field_is_own(field)) {
        if (reader->setting == NULL) {
            if (settings->count == SETTINGS_MAX)
                return settings_fail(reader, line, name, "more settings than are taken");
            reader->setting = &settings->list[settings->count++];
            reader->given = 0;
            setting_begin(reader->setting, line);
        }
        if (settings_given(reader, field))
            return settings_fail(reader, line, name, "said twice in one setting; a blank line stands between two settings");
    }
    const char *why = field_take(field, value, settings, reader->setting);
    return why == NULL || settings_fail(reader, line, (struct span){ name.at, (size_t)(value.at + value.length - name.at) }, why);
}

bool settings_add(struct settings *settings, const char *file, const char *text, size_t length,
                  void (*remark)(void *context, const char *line), void *context, struct error *error)
{
    struct settings_reader reader = { .settings = settings, .name = file, .error = error };
    struct lines lines = lines_over(text, length, false);
    struct span line, name, value;
    bool aliases = false; /* the line before may go on in this one */
    while (lines_next(&lines, &line)) {
        if (line.length == 0 && !settings_end_one(&reader))
            return false;
        if (line.length == 0 || line.at[0] == '#')
            continue;
        const struct field *field = settings_split(line, &name, &value) ? field_find(name) : NULL;
        bool indented = line.at > text && (line.at[-1] == ' ' || line.at[-1] == '\t');
        if (field == NULL && (!indented || !aliases) && remark != NULL) {
            struct text shown = { 0 };
            text_printf(&shown, "%s:%u: not understood, and left out: ", file, lines.number);
            text_escaped(&shown, line.at, line.length < 80 ? line.length : 80);
            remark(context, shown.chars ? shown.chars : file);
            text_free(&shown);
        }
        if (field == NULL)
            continue;
        aliases = field->kind == FIELD_IGNORED;
        if (!settings_line(&reader, field, lines.number, name, value))
            return false;
    }
    return settings_end_one(&reader);
}

bool settings_ready(struct settings *settings, struct error *error)
{
    if (settings->count == 0)
        setting_begin(&settings->list[settings->count++], 0);
    for (uint32_t i = 0; settings->inside_count == 0 && i < settings->count; i++)
        if (settings->list[i].inside.addr.family == 0)
            return error_set(error, "DoS protection settings: which addresses are internal? A capture does not show the box's interfaces: "
                                    "add a line `InternalPrefix : PREFIX` to the file (PublicPrefix too, where not everything else is "
                                    "public)");
    if (settings->inside_count == 0) /* every setting is for some internal addresses: those */
        for (uint32_t i = 0; i < settings->count; i++)
            settings->inside[settings->inside_count++] = settings->list[i].inside;
    return true;
}

static bool settings_holds(const struct prefix *prefixes, uint32_t count, const struct addr *addr)
{
    for (uint32_t i = 0; i < count; i++)
        if (prefix_holds(&prefixes[i], addr))
            return true;
    return false;
}

/* Addresses of one link alone: such packets are never forwarded. */
static bool settings_is_local(const struct addr *addr)
{
    return addr->family != 6 ? addr_is_zero(addr)
                             : (addr->bytes[0] == 0xfe && (addr->bytes[1] & 0xc0) == 0x80) || addr_is_zero(addr);
}

enum settings_way settings_way(const struct settings *settings, const struct addr *src, const struct addr *dst)
{
    if (settings_is_local(src) || settings_is_local(dst))
        return WAY_NONE;
    bool from_inside = settings_holds(settings->inside, settings->inside_count, src);
    bool to_inside = settings_holds(settings->inside, settings->inside_count, dst);
    const struct addr *other = from_inside ? dst : src;
    if ((from_inside && (to_inside || addr_is_multicast(dst))) || (!from_inside && !to_inside && !addr_is_multicast(dst)))
        return WAY_NONE;
    if (settings->outside_count && !settings_holds(settings->outside, settings->outside_count, other))
        return WAY_NONE;
    return from_inside ? WAY_OUTBOUND : WAY_INBOUND;
}

const struct setting *settings_match(const struct settings *settings, const struct addr *outside, const struct addr *inside)
{
    const struct setting *best = NULL;
    unsigned most = 0;
    for (uint32_t i = 0; i < settings->count; i++) {
        const struct setting *setting = &settings->list[i];
        if (!prefix_holds(&setting->outside, outside) || (inside != NULL && !prefix_holds(&setting->inside, inside)))
            continue;
        unsigned bits = setting->outside.bits + (inside != NULL ? setting->inside.bits : 0u);
        if (best == NULL || bits > most) {
            best = setting;
            most = bits;
        }
    }
    return best;
}
