/* entry: what the importers share. */
#include "sa/sources/entry.h"

#include <ctype.h>
#include <stdio.h>
#include <string.h>

#include "base/text.h"

#define QUOTED_BYTES 48    /* four characters each when escaped: fits QUOTE_MAX with its quotes */
#define KEY_RUN 12         /* so many hexadecimal digits in a row are no SPI and no group of an address */

void entry_remark(const struct sa_sink *sink, enum remark_level level, uint32_t line, const char *code, const char *format, ...)
{
    struct sa_remark remark = { .level = (uint8_t)level, .line = line, .code = code };
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(remark.text, sizeof remark.text, format, arguments);
    va_end(arguments);
    sink->remark(sink->context, &remark);
}

static bool is_hex(char one)
{
    return isxdigit((unsigned char)one) != 0;
}

static bool has_key_run(struct span span, size_t least)
{
    size_t run = 0;
    for (size_t at = 0; at < span.length; at++) {
        run = is_hex(span.at[at]) ? run + 1 : 0;
        if (run >= least)
            return true;
    }
    return false;
}

bool entry_looks_like_key(struct span span)
{
    if (span_begins(span, "0x") || span_begins(span, "0X") || has_key_run(span, KEY_RUN))
        return true;
    for (size_t at = 0; at < span.length; at++)
        if (!is_hex(span.at[at]))
            return false;
    return span.length >= 8;
}

/* The text never grows past its stack buffer, because what goes in is cut first. */
const char *entry_quote(char text[QUOTE_MAX], struct span span)
{
    if (span.length > QUOTED_BYTES || has_key_run(span, KEY_RUN))
        return "a value";
    struct text out = { .chars = text, .room = QUOTE_MAX };
    text_char(&out, '\'');
    text_escaped(&out, span.at, span.length);
    text_char(&out, '\'');
    return text;
}

static bool keep_name(char kept[SA_NAME_MAX], struct span name, const struct sa_sink *sink, uint32_t line)
{
    if (entry_looks_like_key(name)) {
        entry_remark(sink, REMARK_ERROR, line, "damaged", "The name of the algorithm is missing: a value stands in its place.");
        return false;
    }
    size_t length = name.length < SA_NAME_MAX - 1 ? name.length : SA_NAME_MAX - 1;
    memset(kept, 0, SA_NAME_MAX);
    memcpy(kept, name.at, length);
    for (size_t at = 0; at < length; at++)
        if (kept[at] == '\0')
            kept[at] = '?';
    return true;
}

bool entry_encryption(struct sa_definition *definition, enum dialect dialect, struct span name, unsigned icv_bits,
                      const struct sa_sink *sink, uint32_t line)
{
    if (!keep_name(definition->encryption_name, name, sink, line))
        return false;
    definition->encryption = suite_encryption_find(dialect, name.at, name.length, icv_bits);
    if (definition->encryption && definition->encryption->icv != 0)
        definition->icv = definition->encryption->icv;
    return true;
}

bool entry_integrity(struct sa_definition *definition, enum dialect dialect, struct span name, unsigned icv_bits,
                     const struct sa_sink *sink, uint32_t line)
{
    if (!keep_name(definition->integrity_name, name, sink, line))
        return false;
    definition->integrity = suite_integrity_find(dialect, name.at, name.length, icv_bits);
    if (definition->integrity && definition->integrity->icv != 0)
        definition->icv = definition->integrity->icv;
    return true;
}

bool entry_key_bytes(struct secret *key, const void *bytes, size_t length, const char *whose, const struct sa_sink *sink,
                     uint32_t line)
{
    *key = (struct secret){ 0 };
    if (length == 0)
        return true;
    if (length > SECRET_MAX) {
        entry_remark(sink, REMARK_ERROR, line, "key-length", "The %s key is longer than %d bytes: no algorithm takes that.", whose,
                     SECRET_MAX);
        return false;
    }
    *key = secrets_keep(sink->secrets, bytes, length);
    if (key->length == 0) {
        entry_remark(sink, REMARK_ERROR, line, "memory", "There is no memory for the %s key.", whose);
        return false;
    }
    return true;
}

bool entry_key_hex(struct secret *key, struct span digits, const char *whose, const struct sa_sink *sink, uint32_t line)
{
    uint8_t bytes[SECRET_MAX];
    size_t length;
    *key = (struct secret){ 0 };
    switch (span_hex(digits, bytes, sizeof bytes, &length)) {
    case HEX_OK: {
        bool kept = entry_key_bytes(key, bytes, length, whose, sink, line);
        secret_wipe(bytes, length);
        return kept;
    }
    case HEX_ODD:
        entry_remark(sink, REMARK_ERROR, line, "leading-zeros",
                     "The %s key has an odd number of hexadecimal digits: a leading zero, or a digit at the end, was lost. "
                     "The key is not used.", whose);
        return false;
    case HEX_LONG:
        entry_remark(sink, REMARK_ERROR, line, "key-length", "The %s key is longer than %d bytes: no algorithm takes that.", whose,
                     SECRET_MAX);
        return false;
    case HEX_BAD:
        break;
    }
    entry_remark(sink, REMARK_ERROR, line, "key-damaged", "The %s key is not hexadecimal. The key is not used.", whose);
    return false;
}

void entry_need_keys(const struct sa_definition *definition, bool damaged, const struct sa_sink *sink, uint32_t line)
{
    if (damaged || definition->keys_hidden)
        return;
    if (definition->encryption && definition->encryption->kind != CIPHER_NULL && definition->encryption_key.length == 0)
        entry_remark(sink, REMARK_WARNING, line, "key-missing", "No encryption key is given: packets of this SA cannot be opened.");
    if (definition->integrity && definition->integrity->kind != INTEGRITY_NONE && definition->integrity_key.length == 0)
        entry_remark(sink, REMARK_WARNING, line, "key-missing", "No integrity key is given: the ICV of this SA cannot be checked.");
}

void entry_give(const struct sa_record *record, const struct sa_sink *sink)
{
    if (record->event == SA_EVENT_DEFINE || record->event == SA_EVENT_ADD || record->event == SA_EVENT_UPDATE)
        sa_lint(&record->definition, record->line, sink);
    sink->record(sink->context, record);
}

void entry_overlong(const struct lines *lines, const struct sa_sink *sink)
{
    if (lines->overlong)
        entry_remark(sink, REMARK_WARNING, lines->number, "line-length", "The line is longer than %d bytes; the rest is not read.",
                     LINE_MAX_BYTES);
}
