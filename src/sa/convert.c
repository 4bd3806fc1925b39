/* convert: definitions as Wireshark, tcpdump and ip xfrm write them. */
#include "sa/convert.h"

#include <string.h>

static bool refuse(const char **reason, const char *why)
{
    *reason = why;
    return false;
}

static const struct integrity *integrity_of(const struct sa_definition *definition)
{
    return definition->integrity && definition->integrity->kind == INTEGRITY_NONE ? NULL : definition->integrity;
}

static void add_hex(struct text *out, const struct secret *key)
{
    static const char digits[] = "0123456789abcdef";
    for (size_t at = 0; at < key->length; at++) {
        char pair[2] = { digits[key->bytes[at] >> 4], digits[key->bytes[at] & 15] };
        text_add(out, pair, sizeof pair);
    }
}

static void add_prefix(struct text *out, const struct prefix *prefix)
{
    char text[PREFIX_TEXT_MAX];
    prefix_print(prefix, text);
    text_put(out, text);
}

/* What every target needs: the algorithms known, their keys there. */
static bool has_keys(const struct sa_definition *definition, const char **reason)
{
    if (definition->keys_hidden)
        return refuse(reason, "the definition leaves its keys out");
    if (definition->proto == SA_PROTO_ESP && definition->encryption == NULL)
        return refuse(reason, "the encryption algorithm is not known");
    if (definition->integrity == NULL && definition->integrity_name[0] != '\0' && definition->icv == 0)
        return refuse(reason, "the integrity algorithm is not known");
    if (definition->encryption && definition->encryption->kind != CIPHER_NULL && definition->encryption_key.length == 0)
        return refuse(reason, "the encryption key is missing");
    if (integrity_of(definition) && definition->integrity_key.length == 0)
        return refuse(reason, "the integrity key is missing");
    return true;
}

/* The name in the column of the integrity algorithm, or NULL. Without its key Wireshark only cuts the ICV off. */
static const char *wireshark_integrity(const struct sa_definition *definition)
{
    const struct integrity *integrity = integrity_of(definition);
    if (definition->encryption->icv != 0)
        return "NULL";
    if (integrity && integrity->wireshark && integrity->icv == definition->icv)
        return integrity->wireshark;
    switch (definition->icv) {
    case 0:
        return integrity ? NULL : "NULL";
    case 8:
        return "ANY 64 bit authentication [no checking]";
    case 12:
        return "ANY 96 bit authentication [no checking]";
    case 16:
        return "ANY 128 bit authentication [no checking]";
    case 24:
        return "ANY 192 bit authentication [no checking]";
    case 32:
        return "ANY 256 bit authentication [no checking]";
    default:
        return NULL;
    }
}

bool sa_convert_wireshark(const struct sa_definition *definition, struct text *out, const char **reason)
{
    if (definition->proto != SA_PROTO_ESP)
        return refuse(reason, "Wireshark's table takes ESP only");
    if (!has_keys(definition, reason))
        return false;
    if (definition->encryption->wireshark == NULL)
        return refuse(reason, "Wireshark does not know the encryption algorithm");
    const char *integrity = wireshark_integrity(definition);
    if (integrity == NULL)
        return refuse(reason, "Wireshark does not know the integrity algorithm");
    unsigned family = definition->dst.addr.family ? definition->dst.addr.family : definition->src.addr.family;
    if (family == 0)
        return refuse(reason, "neither address is told, so that the row's family is not known");
    text_printf(out, "\"IPv%u\",\"", family);
    add_prefix(out, &definition->src);
    text_put(out, "\",\"");
    add_prefix(out, &definition->dst);
    text_printf(out, "\",\"0x%08x\",\"%s\",\"", definition->spi, definition->encryption->wireshark);
    if (definition->encryption_key.length > 0)
        text_put(out, "0x");
    add_hex(out, &definition->encryption_key);
    text_printf(out, "\",\"%s\",\"", integrity);
    if (integrity_of(definition) && integrity == integrity_of(definition)->wireshark) {
        text_put(out, "0x");
        add_hex(out, &definition->integrity_key);
    }
    text_put(out, "\"\n");
    return true;
}

/* libcrypto's names as tcpdump looks them up, after it has cut "-cbc" off; the length of the key chooses among them. */
static const char *tcpdump_cipher(const struct sa_definition *definition)
{
    const struct encryption *encryption = definition->encryption;
    if (encryption->kind != CIPHER_CBC || !suite_encryption_takes(encryption, definition->encryption_key.length))
        return NULL;
    unsigned bits = definition->encryption_key.length * 8u;
    if (encryption->base == BASE_AES)
        return bits == 128 ? "aes128-cbc" : bits == 192 ? "aes192-cbc" : "aes256-cbc";
    if (encryption->base == BASE_CAMELLIA)
        return bits == 128 ? "camellia128-cbc" : bits == 192 ? "camellia192-cbc" : "camellia256-cbc";
    return encryption->base == BASE_3DES ? "3des-cbc" : NULL;
}

bool sa_convert_tcpdump(const struct sa_definition *definition, struct text *out, const char **reason)
{
    if (definition->proto != SA_PROTO_ESP)
        return refuse(reason, "tcpdump opens ESP only");
    if (!has_keys(definition, reason))
        return false;
    const char *cipher = tcpdump_cipher(definition);
    if (cipher == NULL)
        return refuse(reason, "tcpdump opens AES, Camellia and 3DES in CBC mode only");
    if (definition->icv != 0 && definition->icv != 12)
        return refuse(reason, "tcpdump takes an ICV of 96 bits or none");
    if (!prefix_is_host(&definition->dst))
        return refuse(reason, "tcpdump needs one destination address");
    text_printf(out, "0x%08x@", definition->spi);
    add_prefix(out, &definition->dst);
    text_printf(out, " %s%s:0x", cipher, definition->icv == 12 ? "-hmac96" : "");
    add_hex(out, &definition->encryption_key);
    text_char(out, '\n');
    return true;
}

static void add_limits(struct text *out, const struct sa_limits *limits, const char *kind)
{
    if (limits->bytes)
        text_printf(out, " limit byte-%s %llu", kind, (unsigned long long)limits->bytes);
    if (limits->packets)
        text_printf(out, " limit packet-%s %llu", kind, (unsigned long long)limits->packets);
    if (limits->add_s)
        text_printf(out, " limit time-%s %llu", kind, (unsigned long long)limits->add_s);
    if (limits->use_s)
        text_printf(out, " limit time-use-%s %llu", kind, (unsigned long long)limits->use_s);
}

static void add_upper(struct text *out, const struct selector *selector)
{
    bool sport = selector->sport_low == selector->sport_high, dport = selector->dport_low == selector->dport_high;
    if (selector->proto == 0)
        return;
    text_printf(out, " proto %u", selector->proto);
    switch (selector->proto) {
    case 6:
    case 17:
    case 33:
    case 132:
        if (sport)
            text_printf(out, " sport %u", selector->sport_low);
        if (dport)
            text_printf(out, " dport %u", selector->dport_low);
        break;
    case 1:
    case 58:
    case 135:
        if (sport)
            text_printf(out, " type %u", selector->sport_low);
        if (dport)
            text_printf(out, " code %u", selector->dport_low);
        break;
    case 47:
        if (sport && dport)
            text_printf(out, " key %u", (uint32_t)selector->sport_low << 16 | selector->dport_low);
        break;
    default:
        break;
    }
}

/* "any" is what a state without a selector takes; ip reads a prefix of 0 bits as that. */
static void add_selector(struct text *out, const struct sa_definition *definition)
{
    const struct selector *selector = &definition->selector;
    if (!definition->has_selector || (selector->src.bits == 0 && selector->dst.bits == 0 && selector->proto == 0))
        return;
    text_put(out, " sel src ");
    add_prefix(out, &selector->src);
    text_put(out, " dst ");
    add_prefix(out, &selector->dst);
    add_upper(out, selector);
}

static bool xfrm_names(const struct sa_definition *definition, const char **reason)
{
    const struct integrity *integrity = integrity_of(definition);
    if (definition->proto != SA_PROTO_ESP && definition->proto != SA_PROTO_AH)
        return refuse(reason, "only ESP and AH are converted");
    if (!has_keys(definition, reason))
        return false;
    if (definition->encryption && (definition->encryption->xfrm == NULL || definition->encryption->implicit_iv))
        return refuse(reason, "Linux does not know the encryption algorithm");
    if (integrity ? integrity->xfrm == NULL : definition->icv != 0 && (!definition->encryption || definition->encryption->icv == 0))
        return refuse(reason, "Linux does not know the integrity algorithm");
    if (definition->proto == SA_PROTO_AH && integrity == NULL)
        return refuse(reason, "AH needs an integrity algorithm");
    if (!prefix_is_host(&definition->dst))
        return refuse(reason, "Linux needs one destination address");
    if (definition->src.addr.family != 0 && !prefix_is_host(&definition->src))
        return refuse(reason, "Linux needs one source address");
    if (definition->mode == SA_MODE_UNKNOWN)
        return refuse(reason, "the definition does not tell its mode (tunnel or transport)");
    return true;
}

bool sa_convert_xfrm(const struct sa_definition *definition, struct text *out, const char **reason)
{
    const struct encryption *encryption = definition->encryption;
    const struct integrity *integrity = integrity_of(definition);
    if (!xfrm_names(definition, reason))
        return false;
    const char *any = definition->dst.addr.family == 4 ? "0.0.0.0" : "::";
    text_put(out, "ip xfrm state add src ");
    if (definition->src.addr.family == 0)
        text_put(out, any);
    else
        add_prefix(out, &definition->src);
    text_put(out, " dst ");
    add_prefix(out, &definition->dst);
    text_printf(out, " proto %s spi 0x%08x", sa_proto_name(definition->proto), definition->spi);
    if (definition->reqid)
        text_printf(out, " reqid %u", definition->reqid);
    text_printf(out, " mode %s", sa_mode_name(definition->mode));
    if (definition->mark_mask)
        text_printf(out, " mark 0x%x mask 0x%x", definition->mark, definition->mark_mask);
    if (encryption && encryption->icv != 0) {
        text_printf(out, " aead '%s' 0x", encryption->xfrm);
        add_hex(out, &definition->encryption_key);
        text_printf(out, " %u", encryption->icv * 8u);
    } else if (encryption) {
        text_printf(out, " enc '%s' %s", encryption->xfrm, definition->encryption_key.length > 0 ? "0x" : "''");
        add_hex(out, &definition->encryption_key);
    }
    if (integrity) {
        text_printf(out, " auth-trunc '%s' 0x", integrity->xfrm);
        add_hex(out, &definition->integrity_key);
        text_printf(out, " %u", (definition->icv ? definition->icv : integrity->icv) * 8u);
    }
    if (definition->window_known)
        text_printf(out, " replay-window %u", definition->window);
    if (definition->esn || definition->align4 || definition->af_unspec)
        text_printf(out, " flag%s%s%s", definition->esn ? " esn" : "", definition->align4 ? " align4" : "",
                    definition->af_unspec ? " af-unspec" : "");
    add_selector(out, definition);
    add_limits(out, &definition->soft, "soft");
    add_limits(out, &definition->hard, "hard");
    if (definition->encap_known && definition->encap != ENCAP_NONE)
        text_printf(out, " encap %s %u %u %s", definition->encap == ENCAP_TCP ? "espintcp" : "espinudp",
                    definition->encap_sport ? definition->encap_sport : 4500, definition->encap_dport ? definition->encap_dport : 4500,
                    any);
    if (definition->if_id)
        text_printf(out, " if_id 0x%x", definition->if_id);
    text_char(out, '\n');
    return true;
}
