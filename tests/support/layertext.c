/* layertext: a layer's facts as short texts. */
#include "layertext.h"

#include <stdio.h>
#include <string.h>

static const char *const kinds[] = {
    [LAYER_NONE] = "NONE", [LAYER_ESP] = "ESP",     [LAYER_AH] = "AH",
    [LAYER_IKE] = "IKE",   [LAYER_KEEPALIVE] = "KEEPALIVE", [LAYER_FRAGMENT] = "FRAGMENT",
    [LAYER_QUOTE] = "QUOTE", [LAYER_CLEAR] = "CLEAR", [LAYER_OTHER] = "OTHER",
};

const char *layertext_kind(const struct layer *layer)
{
    return layer->kind <= LAYER_OTHER ? kinds[layer->kind] : "?";
}

static void layertext_tunnels(unsigned tunnels, char text[LAYERTEXT_MAX])
{
    size_t length = 0;
    text[0] = '\0';
    for (unsigned i = 0; i < TUNNEL_COUNT; i++)
        if (tunnels >> i & 1)
            length += (size_t)snprintf(text + length, LAYERTEXT_MAX - length, "%s%s", length ? "," : "",
                                       tunnel_name((enum tunnel)i));
    if (length == 0)
        snprintf(text, LAYERTEXT_MAX, "-");
}

static void layertext_spi(bool has, uint32_t spi, char text[LAYERTEXT_MAX])
{
    if (has)
        snprintf(text, LAYERTEXT_MAX, "%08x", spi);
    else
        snprintf(text, LAYERTEXT_MAX, "-");
}

static bool layertext_addr(const struct layer *layer, const char *key, char text[LAYERTEXT_MAX])
{
    const struct addr *addr = strcmp(key, "src") == 0   ? &layer->ip.src
                            : strcmp(key, "dst") == 0   ? &layer->ip.dst
                            : strcmp(key, "q.src") == 0 ? &layer->quote.src
                            : strcmp(key, "q.dst") == 0 ? &layer->quote.dst
                                                        : NULL;
    if (addr != NULL)
        addr_print(addr, text);
    return addr != NULL;
}

static bool layertext_word(const struct layer *layer, const char *key, char text[LAYERTEXT_MAX])
{
    static const char *const statuses[] = { "ok", "cut", "bad" };
    if (strcmp(key, "status") == 0)
        snprintf(text, LAYERTEXT_MAX, "%s", statuses[layer->status]);
    else if (strcmp(key, "defect") == 0)
        snprintf(text, LAYERTEXT_MAX, "%s", defect_name((enum defect)layer->defect));
    else if (strcmp(key, "tunnels") == 0)
        layertext_tunnels(layer->tunnels, text);
    else if (strcmp(key, "spi") == 0)
        layertext_spi(true, layer->spi, text);
    else if (strcmp(key, "q.spi") == 0)
        layertext_spi(layer->quote.has_spi, layer->quote.spi, text);
    else if (strcmp(key, "q.seq") == 0 && !layer->quote.has_seq)
        layertext_spi(false, 0, text);
    else
        return false;
    return true;
}

bool layertext_value(const struct layer *layer, const char *key, char text[LAYERTEXT_MAX])
{
    const struct {
        const char *key;
        unsigned value;
    } numbers[] = {
        { "seq", layer->seq }, { "encap", layer->encap }, { "depth", layer->depth }, { "vlan", layer->vlan },
        { "sport", layer->sport }, { "dport", layer->dport }, { "wire", layer->wire }, { "captured", layer->captured },
        { "next", layer->next }, { "ah_length", layer->ah_length }, { "marker", layer->marker }, { "ttl", layer->ip.ttl },
        { "protocol", layer->ip.protocol }, { "header", layer->ip.header }, { "id", layer->ip.id }, { "mf", layer->ip.mf },
        { "fragment_at", layer->ip.fragment_at }, { "unfragmentable", layer->ip.unfragmentable }, { "total", layer->ip.total },
        { "q.type", layer->quote.type }, { "q.code", layer->quote.code }, { "q.protocol", layer->quote.protocol },
        { "q.encap", layer->quote.encap }, { "q.seq", layer->quote.seq }, { "q.mtu", layer->quote.mtu },
        { "q.length", layer->quote.length }, { "q.sport", layer->quote.sport }, { "q.dport", layer->quote.dport },
    };
    if (layertext_word(layer, key, text) || layertext_addr(layer, key, text))
        return true;
    for (size_t i = 0; i < sizeof numbers / sizeof numbers[0]; i++)
        if (strcmp(key, numbers[i].key) == 0) {
            snprintf(text, LAYERTEXT_MAX, "%u", numbers[i].value);
            return true;
        }
    return false;
}

bool layertext_matches(const struct layer *layer, const char *wanted, char what[4 * LAYERTEXT_MAX])
{
    char words[1024];
    snprintf(words, sizeof words, "%s", wanted);
    char *rest = words, *word = strsep(&rest, " ");
    if (strcmp(word, layertext_kind(layer)) != 0) {
        snprintf(what, 4 * LAYERTEXT_MAX, "%s instead of %.20s", layertext_kind(layer), word);
        return false;
    }
    while ((word = strsep(&rest, " ")) != NULL) {
        char *value = strchr(word, '='), text[LAYERTEXT_MAX] = "no such fact";
        if (value == NULL)
            continue;
        *value++ = '\0';
        if (!layertext_value(layer, word, text) || strcmp(text, value) != 0) {
            snprintf(what, 4 * LAYERTEXT_MAX, "%.40s: %s instead of %.80s", word, text, value);
            return false;
        }
    }
    return true;
}
