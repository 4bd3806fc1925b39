/* explain: `esplain explain`: rows of the catalogue and of the conditions, for a person or a program. */
#include <stdio.h>
#include <string.h>

#include "catalogue/lookup.h"
#include "detect/condition.h"
#include "report/json.h"
#include "report/page.h"
#include "esplain/esplain.h"

static const char *const explain_visible[] = {
    [VISIBLE_PACKET] = "yes",
    [VISIBLE_INFERRED] = "inferred",
    [VISIBLE_NOTIFY] = "only in a peer's notify",
    [VISIBLE_NEVER] = "no",
};

static void explain_head(const struct esplain_options *options, struct text *text, const char *title)
{
    page_style(text, options->color, STYLE_BOLD);
    text_put(text, title);
    page_style(text, options->color, STYLE_PLAIN);
    text_char(text, '\n');
}

static void explain_error_text(const struct esplain_options *options, struct text *text, const struct windows_error *error)
{
    struct text line = { 0 };
    text_printf(&line, "%u  %s", error->code, error->name);
    explain_head(options, text, line.chars ? line.chars : "");
    text_clear(&line);
    text_printf(text, "  Also:    0x%04X, HRESULT 0x%08X", error->code, windows_error_hresult(error->code));
    if (error->ntstatus)
        text_printf(text, ", %s 0x%08X (%d)", error->ntstatus_name, error->ntstatus, (int32_t)error->ntstatus);
    text_char(text, '\n');
    bool any = false;
    for (unsigned i = 1; i < COUNTER_COUNT; i++)
        if (counter_rows[i].windows == error->code) {
            text_printf(text, "%s%s", any ? ", " : "  Linux:   ", counter_rows[i].name);
            any = true;
        }
    if (any)
        text_char(text, '\n');
    page_wrap(text, "  Means:   ", error->meaning);
    text_printf(&line, "%s. %s", explain_visible[error->visible], error->seen);
    page_wrap(text, "  Visible in a capture: ", line.chars ? line.chars : "");
    if (error->check)
        page_wrap(text, "  Check:   ", error->check);
    text_free(&line);
    any = false;
    for (unsigned i = 0; condition_registry[i]; i++)
        if (condition_registry[i]->windows == error->code) {
            text_printf(text, "%s%s", any ? ", " : "  Conditions: ", condition_registry[i]->name);
            any = true;
        }
    if (any)
        text_char(text, '\n');
}

static void explain_error_json(struct text *text, const struct windows_error *error)
{
    text_put(text, "{\"type\":\"error\"");
    json_string(text, "name", error->name);
    json_number(text, "code", error->code);
    json_key(text, "hex");
    text_printf(text, "\"0x%04X\"", error->code);
    json_string(text, "ntstatus_name", error->ntstatus_name);
    json_key(text, "ntstatus");
    text_printf(text, error->ntstatus ? "\"0x%08X\"" : "null", error->ntstatus);
    json_key(text, "hresult");
    text_printf(text, "\"0x%08X\"", windows_error_hresult(error->code));
    json_string(text, "visible", explain_visible[error->visible]);
    json_string(text, "meaning", error->meaning);
    json_string(text, "seen", error->seen);
    json_string(text, "check", error->check);
    text_put(text, "}\n");
}

static void explain_counter_text(const struct esplain_options *options, struct text *text, const struct counter_row *row)
{
    explain_head(options, text, row->name);
    page_wrap(text, "  Means:   ", row->meaning);
    page_wrap(text, "  Raised:  ", row->raised);
    const struct windows_error *error = row->windows ? windows_error_find(row->windows) : NULL;
    if (error)
        text_printf(text, "  Windows: %u %s\n", error->code, error->name);
    text_put(text, "  See:     cat /proc/net/xfrm_stat\n");
}

static void explain_counter_json(struct text *text, const struct counter_row *row)
{
    text_put(text, "{\"type\":\"counter\"");
    json_string(text, "name", row->name);
    json_string(text, "meaning", row->meaning);
    json_string(text, "raised", row->raised);
    json_error(text, "error", row->windows);
    text_put(text, "}\n");
}

static void explain_list(struct text *text, const char *first, const char *const *items)
{
    for (unsigned i = 0; items[i]; i++)
        page_wrap(text, i == 0 ? first : "           - ", items[i]);
}

static void explain_condition_text(const struct esplain_options *options, struct text *text, const struct condition *condition)
{
    struct text line = { 0 };
    text_printf(&line, "%s: %s", condition->name, condition->title);
    explain_head(options, text, line.chars ? line.chars : "");
    text_clear(&line);
    text_printf(&line, "%s", severity_name(condition->severity));
    const struct windows_error *error = condition->windows ? windows_error_find(condition->windows) : NULL;
    if (error)
        text_printf(&line, "; %u %s", error->code, error->name);
    if (counter_name(condition->counter))
        text_printf(&line, "; Linux %s", counter_name(condition->counter));
    if (condition->rfc)
        text_printf(&line, "; %s", condition->rfc);
    page_wrap(text, "  Is:      ", line.chars ? line.chars : "");
    text_free(&line);
    page_wrap(text, "  Means:   ", condition->meaning);
    explain_list(text, "  Causes:  - ", condition->causes);
    explain_list(text, "  Do:      - ", condition->remedies);
}

static void explain_strings_json(struct text *text, const char *name, const char *const *items)
{
    json_key(text, name);
    text_char(text, '[');
    for (unsigned i = 0; items[i]; i++) {
        if (i)
            text_char(text, ',');
        text_json(text, items[i], strlen(items[i]));
    }
    text_char(text, ']');
}

static void explain_condition_json(struct text *text, const struct condition *condition)
{
    text_put(text, "{\"type\":\"condition\"");
    json_string(text, "name", condition->name);
    json_string(text, "title", condition->title);
    json_string(text, "severity", severity_name(condition->severity));
    json_error(text, "error", condition->windows);
    json_string(text, "linux", counter_name(condition->counter));
    json_string(text, "rfc", condition->rfc);
    json_string(text, "meaning", condition->meaning);
    explain_strings_json(text, "causes", condition->causes);
    explain_strings_json(text, "remedies", condition->remedies);
    text_put(text, "}\n");
}

static void explain_all(const struct esplain_options *options, struct text *text)
{
    bool json = options->format == ESPLAIN_JSON;
    for (unsigned i = 0; condition_registry[i]; i++) {
        if (json)
            explain_condition_json(text, condition_registry[i]);
        else
            text_printf(text, "%s%-24s %-8s %s\n", i == 0 ? "Conditions that esplain finds:\n" : "", condition_registry[i]->name,
                        severity_name(condition_registry[i]->severity), condition_registry[i]->title);
    }
    for (size_t i = 0; i < windows_error_count; i++) {
        if (json)
            explain_error_json(text, &windows_errors[i]);
        else
            text_printf(text, "%s%u  0x%04X  %s\n", i == 0 ? "\nWindows IPsec errors:\n" : "", windows_errors[i].code,
                        windows_errors[i].code, windows_errors[i].name);
    }
    for (unsigned i = 1; i < COUNTER_COUNT; i++) {
        if (json)
            explain_counter_json(text, &counter_rows[i]);
        else
            text_printf(text, "%s%s\n", i == 1 ? "\nCounters of /proc/net/xfrm_stat:\n" : "", counter_rows[i].name);
    }
}

static void explain_invented(const struct esplain_options *options, struct text *text, const struct lookup *lookup)
{
    const struct invented_name *invented = lookup->invented;
    if (options->format == ESPLAIN_JSON) {
        text_put(text, "{\"type\":\"invented\"");
        json_string(text, "name", invented->name);
        json_key(text, "claimed");
        text_printf(text, invented->claimed ? "%u" : "null", invented->claimed);
        json_error(text, "claimed_is", invented->claimed);
        json_error(text, "nearest", invented->nearest);
        json_string(text, "remark", invented->remark);
        text_put(text, "}\n");
        return;
    }
    explain_head(options, text, invented->name);
    page_wrap(text, "  No such error: ", "only web pages use this name; no Windows header or document has it.");
    page_wrap(text, "  Remark:  ", invented->remark);
    const struct windows_error *claimed = invented->claimed ? windows_error_find(invented->claimed) : NULL;
    if (claimed) {
        text_printf(text, "\nThe number that those pages give, %u, really is:\n", invented->claimed);
        explain_error_text(options, text, claimed);
    }
    if (lookup->error && lookup->error != claimed) {
        text_put(text, "\nThe real error that is nearest to what the name says:\n");
        explain_error_text(options, text, lookup->error);
    }
}

static bool explain_one(const char *what, const struct esplain_options *options, struct text *text)
{
    bool json = options->format == ESPLAIN_JSON;
    const struct condition *condition = condition_find(what, strlen(what));
    struct lookup lookup;
    if (condition != NULL) {
        if (json)
            explain_condition_json(text, condition);
        else
            explain_condition_text(options, text, condition);
        return true;
    }
    if (!lookup_find(what, strlen(what), &lookup))
        return false;
    if (lookup.spelling == SPELLING_INVENTED)
        explain_invented(options, text, &lookup);
    else if (lookup.spelling == SPELLING_COUNTER)
        (json ? explain_counter_json(text, &counter_rows[lookup.counter])
              : explain_counter_text(options, text, &counter_rows[lookup.counter]));
    else if (json)
        explain_error_json(text, lookup.error);
    else
        explain_error_text(options, text, lookup.error);
    return true;
}

bool esplain_explain(const char *what, const struct esplain_options *options, struct esplain_error *error)
{
    struct text text = { 0 };
    bool known = true;
    if (what == NULL)
        explain_all(options, &text);
    else
        known = explain_one(what, options, &text);
    if (!known) {
        const char *names[3];
        struct text shown = { 0 };
        text_escaped(&shown, what, strlen(what) < 100 ? strlen(what) : 100);
        size_t near = lookup_near(what, strlen(what), names, 3);
        int length = snprintf(error->message, sizeof error->message, "%s: no IPsec error, counter or condition has this name or number",
                              shown.chars ? shown.chars : "");
        for (size_t i = 0; i < near && length > 0 && (size_t)length < sizeof error->message; i++)
            length += snprintf(error->message + length, sizeof error->message - (size_t)length, "%s %s",
                               i ? "," : "; did you mean", names[i]);
        text_free(&shown);
    } else if (text.length && !options->output(options->context, text.chars, text.length)) {
        snprintf(error->message, sizeof error->message, "the output could not be written");
        known = false;
    }
    text_free(&text);
    return known;
}

bool esplain_explain_markdown(const struct esplain_options *options)
{
    struct text text = { 0 };
    text_put(&text, "# Conditions\nMade by `make docs` from the rows in src/detect; do not edit.\n");
    for (unsigned i = 0; condition_registry[i]; i++) {
        const struct condition *condition = condition_registry[i];
        const struct windows_error *error = condition->windows ? windows_error_find(condition->windows) : NULL;
        text_printf(&text, "\n## %s\n**%s.** Severity %s.", condition->name, condition->title, severity_name(condition->severity));
        if (error)
            text_printf(&text, " Windows %u %s.", error->code, error->name);
        if (counter_name(condition->counter))
            text_printf(&text, " Linux %s.", counter_name(condition->counter));
        if (condition->rfc)
            text_printf(&text, " %s.", condition->rfc);
        text_printf(&text, "\n\n%s\n\nCauses:\n\n", condition->meaning);
        for (unsigned k = 0; condition->causes[k]; k++)
            text_printf(&text, "* %s\n", condition->causes[k]);
        text_put(&text, "\nWhat to do:\n\n");
        for (unsigned k = 0; condition->remedies[k]; k++)
            text_printf(&text, "* %s\n", condition->remedies[k]);
    }
    bool good = text.length && options->output(options->context, text.chars, text.length);
    text_free(&text);
    return good;
}
