/* rewrite: line by line, word by word. */
#include "veil/rewrite.h"

#include <string.h>

#include "base/lines.h"

#define REWRITE_KEY_DIGITS 16u  /* as many hexadecimal digits behind 0x are a key, */
#define REWRITE_BARE_DIGITS 32u /* and as many without it: a limit may have 20 decimal ones */
#define REWRITE_HIDDEN "<<Keys hidden>>"

enum rewrite_kind rewrite_kind(const char *format)
{
    return strcmp(format, "setkey") == 0      ? REWRITE_SETKEY
           : strcmp(format, "wireshark") == 0 ? REWRITE_WIRESHARK
           : strcmp(format, "tcpdump") == 0   ? REWRITE_TCPDUMP
                                              : REWRITE_XFRM;
}

static bool rewrite_is_word(char one)
{
    return (one >= '0' && one <= '9') || (one >= 'a' && one <= 'z') || (one >= 'A' && one <= 'Z') || (one != '\0' && strchr(".:/*_-", one) != NULL);
}

static bool rewrite_is_key(struct span word)
{
    size_t at = span_begins(word, "0x") || span_begins(word, "0X") ? 2 : 0, digits = word.length - at;
    for (; at < word.length; at++)
        if (!((word.at[at] >= '0' && word.at[at] <= '9') || ((word.at[at] | 0x20) >= 'a' && (word.at[at] | 0x20) <= 'f')))
            return false;
    return digits >= (digits < word.length ? REWRITE_KEY_DIGITS : REWRITE_BARE_DIGITS);
}

/* An address or a prefix; with a port where one colon stands behind it, or where `ported` says that the last one is such. */
static bool rewrite_address(struct alias *alias, struct span word, bool ported, struct text *out)
{
    struct prefix prefix;
    char shown[ADDR_TEXT_MAX];
    const char *colon = memchr(word.at, ':', word.length), *slash = memchr(word.at, '/', word.length);
    size_t length = word.length;
    if (colon == NULL && memchr(word.at, '.', word.length) == NULL)
        return false;
    if (colon != NULL && memchr(colon + 1, ':', (size_t)(word.at + length - colon - 1)) == NULL)
        ported = true;
    for (size_t at = word.length; ported && colon != NULL && at-- > 0;)
        if (word.at[at] == ':') {
            length = at;
            break;
        }
    if (!prefix_parse(word.at, length, &prefix))
        return false;
    prefix = alias_prefix(alias, &prefix);
    addr_print(&prefix.addr, shown);
    text_put(out, shown);
    if (slash != NULL)
        text_printf(out, "/%u", prefix.bits);
    text_add(out, word.at + length, word.length - length);
    return true;
}

static void rewrite_word(struct alias *alias, bool keys, bool ported, struct span word, struct text *out)
{
    if (!keys && rewrite_is_key(word))
        text_put(out, REWRITE_HIDDEN);
    else if (memchr(word.at, '*', word.length) && word.length > 1)
        text_char(out, '*'); /* a part of an address */
    else if (!rewrite_address(alias, word, ported, out))
        text_add(out, word.at, word.length);
}

/* All words, and what stands between them. */
static void rewrite_words(struct alias *alias, bool keys, struct span line, struct text *out)
{
    bool device = false, ported = false; /* "10.77.0.1:4500 -> 10.77.0.1:1024", in IPv6 too */
    for (size_t at = 0; at + 1 < line.length && !ported; at++)
        ported = line.at[at] == '-' && line.at[at + 1] == '>';
    for (size_t at = 0, end; at < line.length; at = end) {
        end = at;
        while (end < line.length && rewrite_is_word(line.at[end]))
            end++;
        struct span word = { line.at + at, end - at };
        if (word.length == 0) {
            text_char(out, line.at[end++]);
            continue;
        }
        if (device)
            text_put(out, "dev0");
        else
            rewrite_word(alias, keys, ported, word, out);
        device = span_is(word, "dev");
    }
}

/* A quoted row: the columns behind the algorithms are keys, in any form. */
static void rewrite_row(struct alias *alias, bool keys, struct span line, struct text *out)
{
    struct span part;
    for (unsigned quote = 0; line.length > 0; quote++) {
        bool more = memchr(line.at, '"', line.length) != NULL;
        (void)span_until(&line, '"', &part);
        bool key = quote == 11 || quote == 15; /* the sixth and the eighth column */
        if (keys || !key)
            rewrite_words(alias, keys, part, out);
        if (more)
            text_char(out, '"');
    }
}

/* "SPI@address algorithm:key": a key may be any text up to the end of the line. */
static void rewrite_secret(struct alias *alias, bool keys, struct span line, struct text *out)
{
    struct span id;
    if (!span_word(&line, &id))
        return;
    rewrite_words(alias, true, id, out);
    const char *colon = line.length > 0 ? memchr(line.at, ':', line.length) : NULL;
    text_add(out, line.at, keys ? line.length : colon != NULL ? (size_t)(colon - line.at) + 1 : 0);
}

static bool rewrite_is_digits(struct span line)
{
    struct span word;
    while (span_word(&line, &word))
        for (size_t i = 0; i < word.length; i++)
            if (memchr("0123456789abcdefABCDEF", word.at[i], 22) == NULL)
                return false;
    return true;
}

/* "E: aes-cbc  1234abcd 1234abcd", and lines of such digits alone; pairs with an equals sign stay. False: the line goes. */
static bool rewrite_setkey(struct alias *alias, bool keys, struct span line, struct text *out)
{
    struct span rest = line, word, name;
    bool algorithm = span_begins(line, "E: ") || span_begins(line, "A: ") || span_begins(line, "C: ");
    if (keys || !algorithm) {
        if (!keys && line.length > 0 && rewrite_is_digits(line))
            return false;
        rewrite_words(alias, keys, line, out);
        return true;
    }
    if (!span_word(&rest, &word) || !span_word(&rest, &name))
        return false;
    text_printf(out, "%.*s %.*s", (int)word.length, word.at, (int)name.length, name.at);
    while (span_word(&rest, &word))
        if (memchr(word.at, '=', word.length) != NULL) {
            text_char(out, ' ');
            rewrite_words(alias, keys, word, out);
        }
    return true;
}

/* Settings that matter; the name of the entry, which separates entries, becomes another. False: the line goes. */
static bool rewrite_setting(struct alias *alias, struct span line, bool *taken, struct text *out)
{
    static const char *const names[] = {
        "State", "PerIP", "IpV6", "IcmpV6", "DefBlock", "Max", "EnabledKeying", "Filtering", "PublicV6Address", "PrivateV6Address", "InternalPrefix",
        "PublicPrefix", "Assume", NULL,
    };
    struct span key = line, value = line;
    bool named = memchr(line.at, ':', line.length) != NULL && span_until(&value, ':', &key);
    key = span_trim(key);
    bool plain = named && key.length > 0;
    for (size_t i = 0; plain && i < key.length; i++)
        plain = rewrite_is_word(key.at[i]) && key.at[i] != '.';
    if (plain && span_is_nocase(key, "Name")) {
        text_put(out, "Name : setting");
        *taken = false;
        return true;
    }
    if (plain)
        *taken = false;
    for (size_t i = 0; plain && names[i] != NULL; i++)
        *taken = *taken || (key.length >= strlen(names[i]) && memcmp(key.at, names[i], strlen(names[i])) == 0);
    if (*taken)
        rewrite_words(alias, true, line, out);
    return *taken;
}

/* Words that lines of `ip xfrm` begin with, and that tell something; numbers, bitmaps and times besides. */
static bool rewrite_is_xfrm(struct span line)
{
    static const char *const words[] = {
        "src", "proto", "replay-window", "flag", "auth", "auth-trunc", "enc", "aead", "comp", "mark", "hard", "soft", "anti-replay", "seq-hi", "oseq-hi",
        "seq", "oseq", "encap", "replay_window", "sel", "limit:", "lifetime", "expire", "stats:", "add", "dir", "crypto", "if_id", "output-mark", "coa",
        "lastused", "tmpl", "level", "enc-mask", "socket", "action", "Timestamp:", "Async", "Mapping", "Flushed", "Updated", "Deleted", "Expired", "acquire",
        "report", "dst", NULL,
    };
    struct span word;
    if (!span_word(&line, &word))
        return true;
    for (size_t i = 0; words[i] != NULL; i++)
        if (span_is(word, words[i]))
            return true;
    return (word.at[0] >= '0' && word.at[0] <= '9') || word.at[0] == '[' || span_begins(word, "Xfrm") || (word.length == 8 && rewrite_is_digits(word)) ||
           memmem(line.at, line.length, "->", 2) != NULL;
}

/* What no tool prints. */
static bool rewrite_is_strange(struct span line)
{
    for (size_t i = 0; i < line.length; i++)
        if (strchr("@#$~`!;", line.at[i]) != NULL)
            return true;
    return false;
}

void rewrite_text(struct alias *alias, enum rewrite_kind kind, bool keys, const char *text, size_t length, struct text *out)
{
    const char *end = text + length;
    bool taken = false;
    while (text < end) {
        const char *stop = memchr(text, '\n', (size_t)(end - text));
        struct span whole = { text, (size_t)((stop ? stop : end) - text) }, line = span_trim(whole);
        text = stop ? stop + 1 : end;
        bool empty = line.length == 0, quoted = kind == REWRITE_WIRESHARK || kind == REWRITE_TCPDUMP; /* those may hold any character */
        size_t indent = empty ? 0 : (size_t)(line.at - whole.at), before = out->length;
        if (!empty && (line.at[0] == '#' || (!quoted && rewrite_is_strange(line)) || (kind == REWRITE_XFRM && !rewrite_is_xfrm(line))))
            continue;
        text_add(out, whole.at, indent);
        bool kept = true;
        switch (kind) {
        case REWRITE_XFRM: rewrite_words(alias, keys, line, out); break;
        case REWRITE_SETKEY: kept = rewrite_setkey(alias, keys, line, out); break;
        case REWRITE_WIRESHARK: rewrite_row(alias, keys, line, out); break;
        case REWRITE_TCPDUMP: rewrite_secret(alias, keys, line, out); break;
        case REWRITE_DOSP: kept = empty || rewrite_setting(alias, line, &taken, out); break;
        }
        if (kept)
            text_char(out, '\n');
        else if (out->chars != NULL)
            out->chars[out->length = before] = '\0';
    }
}
