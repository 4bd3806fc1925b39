/* lint: what is wrong with one definition by itself. Key bytes are only counted here, never shown. */
#include <string.h>

#include "sa/sources/entry.h"

#define LOST_ZEROS_MAX 4 /* leading zero bytes that a tool which prints numbers is believed to lose */

static bool is_mature(const struct sa_definition *definition)
{
    return definition->state != SA_STATE_LARVAL;
}

static void lint_spi(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    if (definition->proto == SA_PROTO_IPCOMP || definition->spi > 255)
        return;
    if (definition->spi != 0)
        entry_remark(sink, REMARK_WARNING, line, "reserved-spi",
                     "SPI %u is in the range 1 to 255 that RFC 4303 section 2.1 reserves; no negotiation gives it.", definition->spi);
    else if (is_mature(definition))
        entry_remark(sink, REMARK_ERROR, line, "reserved-spi",
                     "SPI 0 never appears on the wire (RFC 4303 section 2.1); no packet can belong to this SA.");
}

static void lint_address(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    const struct prefix *src = &definition->src, *dst = &definition->dst;
    if (src->addr.family != 0 && dst->addr.family != 0 && src->addr.family != dst->addr.family)
        entry_remark(sink, REMARK_ERROR, line, "address", "Source and destination are of different address families.");
    else if (prefix_is_host(dst) && addr_is_zero(&dst->addr))
        entry_remark(sink, REMARK_WARNING, line, "address", "The destination is the unspecified address; no packet is sent there.");
}

/* A spelling without a row that is no algorithm but "whatever it is, its ICV has so many bits". */
static bool names_any(const char *name)
{
    struct span span = { name, strlen(name) };
    return span_begins(span, "ANY ") || span_is(span, "hmac96");
}

static void lint_names(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    char quote[QUOTE_MAX];
    const char *encryption = definition->encryption_name, *integrity = definition->integrity_name;
    if (definition->proto == SA_PROTO_IPCOMP)
        return;
    if (encryption[0] != '\0' && definition->encryption == NULL)
        entry_remark(sink, REMARK_WARNING, line, "unknown-algorithm", "The encryption algorithm %s is not known here.",
                     entry_quote(quote, (struct span){ encryption, strlen(encryption) }));
    if (integrity[0] != '\0' && definition->integrity == NULL && !names_any(integrity))
        entry_remark(sink, REMARK_WARNING, line, "unknown-algorithm", "The integrity algorithm %s is not known here.",
                     entry_quote(quote, (struct span){ integrity, strlen(integrity) }));
}

/* HMAC computes with a key of any length, so that another length than the RFC's is strange but not impossible. */
static void lint_integrity_key(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    const struct integrity *integrity = definition->integrity;
    size_t length = definition->integrity_key.length;
    if (integrity == NULL || length == 0 || length == integrity->key)
        return;
    enum remark_level level = suite_integrity_takes(integrity, length) ? REMARK_WARNING : REMARK_ERROR;
    if (length < integrity->key && integrity->key - length <= LOST_ZEROS_MAX)
        entry_remark(sink, level, line, "leading-zeros", "The key of %s has %zu bytes, %zu too few: leading zeros were perhaps lost.",
                     integrity->name, length, integrity->key - length);
    else if (integrity->kind == INTEGRITY_NONE)
        entry_remark(sink, level, line, "key-length", "A key of %zu bytes is given where no integrity algorithm is.", length);
    else
        entry_remark(sink, level, line, "key-length", "The key of %s has %zu bytes; %u are usual.", integrity->name, length,
                     integrity->key);
}

/* How many zero bytes in front would make the key fit, 0 where none up to LOST_ZEROS_MAX do. */
static unsigned lost_zeros(const struct encryption *encryption, size_t length)
{
    for (unsigned zeros = 1; zeros <= LOST_ZEROS_MAX; zeros++)
        if (suite_encryption_takes(encryption, length + zeros))
            return zeros;
    return 0;
}

static void lint_key_lengths(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    const struct encryption *encryption = definition->encryption;
    size_t length = definition->encryption_key.length;
    unsigned zeros;
    if (encryption && length > 0 && !suite_encryption_takes(encryption, length)) {
        if (encryption->salt > 0 && suite_encryption_takes(encryption, length + encryption->salt))
            entry_remark(sink, REMARK_ERROR, line, "salt-missing",
                         "The key of %s has %zu bytes: it lacks the %u bytes of salt that belong at its end.", encryption->name, length,
                         encryption->salt);
        else if ((zeros = lost_zeros(encryption, length)) != 0)
            entry_remark(sink, REMARK_ERROR, line, "leading-zeros",
                         "The key of %s has %zu bytes, %u too few: leading zeros were perhaps lost.", encryption->name, length, zeros);
        else
            entry_remark(sink, REMARK_ERROR, line, "key-length", "A key of %zu bytes does not fit %s.", length, encryption->name);
    }
    lint_integrity_key(definition, line, sink);
}

static void lint_protection(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    const struct encryption *encryption = definition->encryption;
    const struct integrity *integrity = definition->integrity;
    if (definition->keys_hidden)
        entry_remark(sink, REMARK_NOTE, line, "keys-hidden", "The dump leaves the keys out: lengths and numbers are checked, ICVs are not.");
    if (definition->proto != SA_PROTO_ESP || encryption == NULL || encryption->icv != 0 || definition->icv != 0)
        return;
    if (integrity == NULL ? definition->integrity_name[0] == '\0' : integrity->kind == INTEGRITY_NONE)
        entry_remark(sink, REMARK_WARNING, line, "no-integrity",
                     "%s without integrity protection: anyone on the path can change what it carries.", encryption->name);
}

static void lint_window(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    if (!definition->window_known || definition->outbound || !is_mature(definition) || definition->proto == SA_PROTO_IPCOMP)
        return;
    if (definition->window == 0)
        entry_remark(sink, REMARK_NOTE, line, "window", "Anti-replay window 0: a receiver with this SA makes no replay check.");
    else if (definition->esn_known && definition->esn && definition->window < 32)
        entry_remark(sink, REMARK_NOTE, line, "esn-window",
                     "Extended sequence numbers with a window of %u: a packet later than that is taken for the next 2^32 numbers, and "
                     "its ICV fails.", definition->window);
}

void sa_lint(const struct sa_definition *definition, uint32_t line, const struct sa_sink *sink)
{
    lint_spi(definition, line, sink);
    lint_address(definition, line, sink);
    lint_names(definition, line, sink);
    lint_key_lengths(definition, line, sink);
    lint_protection(definition, line, sink);
    lint_window(definition, line, sink);
}
