/* fields: finding values in a line that a stranger wrote. */
#include "logs/fields.h"

#include <string.h>
#include <strings.h>

static bool field_is_blank(char one)
{
    return one == ' ' || one == '\t';
}

static char field_lower(char one)
{
    return one >= 'A' && one <= 'Z' ? (char)(one + 32) : one;
}

bool field_after(struct span text, const char *label, struct span *behind)
{
    size_t length = strlen(label);
    char first = field_lower(label[0]);
    for (size_t at = 0; at + length <= text.length; at++)
        if (field_lower(text.at[at]) == first && strncasecmp(text.at + at, label, length) == 0) {
            *behind = (struct span){ text.at + at + length, text.length - at - length };
            return true;
        }
    return false;
}

bool field_has(struct span text, const char *label)
{
    struct span behind;
    return field_after(text, label, &behind);
}

bool field_token(struct span *rest, const char *stops, struct span *token)
{
    struct span left = *rest;
    size_t length = 0;
    while (left.length > 0 && field_is_blank(left.at[0])) {
        left.at++;
        left.length--;
    }
    while (length < left.length && !field_is_blank(left.at[length]) && left.at[length] != '\0' && !strchr(stops, left.at[length]))
        length++;
    *token = (struct span){ left.at, length };
    if (length == 0)
        return false;
    *rest = (struct span){ left.at + length, left.length - length };
    return true;
}

bool field_labelled(struct span text, const char *label, const char *stops, struct span *token)
{
    struct span rest;
    if (!field_after(text, label, &rest))
        return false;
    while (rest.length > 0 && (field_is_blank(rest.at[0]) || rest.at[0] == ':' || rest.at[0] == '=')) {
        rest.at++;
        rest.length--;
    }
    return field_token(&rest, stops, token);
}

bool field_follows(struct span text, struct span token, const char *follows)
{
    const char *end = token.at + token.length;
    return span_begins((struct span){ end, (size_t)(text.at + text.length - end) }, follows);
}

bool field_key(struct span text, const char *key, struct span *value)
{
    size_t length = strlen(key);
    for (size_t at = 0; at + length < text.length; at++) {
        if (text.at[at + length] != '=' || memcmp(text.at + at, key, length) != 0 || (at > 0 && !field_is_blank(text.at[at - 1])))
            continue;
        struct span rest = { text.at + at + length + 1, text.length - at - length - 1 };
        char quote = rest.length > 0 ? rest.at[0] : '\0';
        if (quote != '"' && quote != '\'') {
            if (!field_token(&rest, "", value))
                *value = (struct span){ rest.at, 0 };
            return true;
        }
        const char *end = memchr(rest.at + 1, quote, rest.length - 1);
        *value = (struct span){ rest.at + 1, end ? (size_t)(end - rest.at) - 1 : rest.length - 1 };
        return end != NULL;
    }
    return false;
}

bool field_number(struct span token, uint32_t *value)
{
    uint64_t number;
    if (!span_number(token, UINT32_MAX, &number))
        return false;
    *value = (uint32_t)number;
    return true;
}

bool field_hex(struct span token, uint32_t *value)
{
    if (span_begins(token, "0x") || span_begins(token, "0X")) {
        token.at += 2;
        token.length -= 2;
    }
    if (token.length == 0 || token.length > 8)
        return false;
    uint32_t number = 0;
    for (size_t at = 0; at < token.length; at++) {
        char one = field_lower(token.at[at]);
        if (!((one >= '0' && one <= '9') || (one >= 'a' && one <= 'f')))
            return false;
        number = number << 4 | (uint32_t)(one <= '9' ? one - '0' : one - 'a' + 10);
    }
    *value = number;
    return true;
}
