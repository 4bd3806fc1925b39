/* document: the only file that includes <jansson.h>. A struct document is a json_t of jansson. */
#include "logs/document.h"

#include <string.h>

#include <jansson.h>

size_t document_extent(struct span text)
{
    char closes[DOCUMENT_DEPTH_MAX];
    unsigned depth = 0;
    bool quoted = false;
    for (size_t at = 0; at < text.length; at++) {
        char one = text.at[at];
        if (quoted) {
            if (one == '\n')
                return 0; /* no string goes on over a line */
            if (one == '\\')
                at++;
            quoted = one != '"';
        } else if (one == '"') {
            quoted = true;
        } else if (one == '{' || one == '[') {
            if (depth == DOCUMENT_DEPTH_MAX)
                return 0;
            closes[depth++] = one == '{' ? '}' : ']';
        } else if (one == '}' || one == ']') {
            if (depth == 0 || closes[--depth] != one)
                return 0;
        }
        if (depth == 0)
            return one == '}' ? at + 1 : 0;
    }
    return 0;
}

static const json_t *document_json(const struct document *value)
{
    return (const json_t *)(const void *)value;
}

struct document *document_parse(struct span text)
{
    static const char blanks[] = { ' ', '\t', '\r', '\n' };
    while (text.length > 0 && memchr(blanks, text.at[0], sizeof blanks))
        text = (struct span){ text.at + 1, text.length - 1 };
    while (text.length > 0 && memchr(blanks, text.at[text.length - 1], sizeof blanks))
        text.length--;
    if (text.length == 0 || text.length > DOCUMENT_MAX || text.at[0] != '{' || document_extent(text) != text.length)
        return NULL;
    return (struct document *)(void *)json_loadb(text.at, text.length, JSON_ALLOW_NUL, NULL);
}

void document_free(struct document *document)
{
    json_decref((json_t *)(void *)document);
}

const struct document *document_member(const struct document *object, const char *name)
{
    return (const struct document *)(const void *)json_object_get(document_json(object), name);
}

const struct document *document_item(const struct document *array, size_t index)
{
    return (const struct document *)(const void *)json_array_get(document_json(array), index);
}

bool document_is_object(const struct document *value)
{
    return json_is_object(document_json(value));
}

bool document_is_array(const struct document *value)
{
    return json_is_array(document_json(value));
}

bool document_is_true(const struct document *value)
{
    return json_is_true(document_json(value));
}

bool document_text(const struct document *value, struct span *text)
{
    if (!json_is_string(document_json(value)))
        return false;
    *text = (struct span){ json_string_value(document_json(value)), json_string_length(document_json(value)) };
    return true;
}

bool document_number(const struct document *value, uint64_t most, uint64_t *number)
{
    struct span text;
    if (document_text(value, &text))
        return span_number(text, most, number);
    json_int_t integer = json_integer_value(document_json(value));
    if (!json_is_integer(document_json(value)) || integer < 0 || (uint64_t)integer > most)
        return false;
    *number = (uint64_t)integer;
    return true;
}

bool document_bytes(const struct document *value, char *bytes, size_t room, size_t *length)
{
    size_t count = json_array_size(document_json(value));
    if (!document_is_array(value) || count > room)
        return false;
    for (size_t i = 0; i < count; i++) {
        uint64_t byte;
        if (!document_number(document_item(value, i), UINT8_MAX, &byte))
            return false;
        bytes[i] = (char)byte;
    }
    *length = count;
    return true;
}
