/* xfrm_words: the small parts that SAs and policies of ip xfrm share. */
#include <stdlib.h>

#include "sa/sources/xfrm.h"

bool xfrm_proto(struct span word, uint8_t *proto)
{
    static const struct {
        const char *name;
        uint8_t number;
    } names[] = {
        { "esp", SA_PROTO_ESP }, { "ah", SA_PROTO_AH }, { "comp", SA_PROTO_IPCOMP }, { "ipcomp", SA_PROTO_IPCOMP },
        { "route2", 43 }, { "hao", 60 }, { "ipsec-any", 255 },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(word, names[i].name)) {
            *proto = names[i].number;
            return true;
        }
    uint64_t number;
    if (!span_number(word, 255, &number))
        return false;
    *proto = (uint8_t)number;
    return true;
}

/* Numbers are those of the kernel. IP-TFS carries an aggregate and no plain inner packet, so that it is none of our modes. */
uint8_t xfrm_mode(struct span word)
{
    if (span_is(word, "transport") || span_is(word, "0"))
        return SA_MODE_TRANSPORT;
    if (span_is(word, "tunnel") || span_is(word, "1"))
        return SA_MODE_TUNNEL;
    if (span_is(word, "beet") || span_is(word, "4"))
        return SA_MODE_BEET;
    return SA_MODE_UNKNOWN;
}

bool xfrm_mark(struct span word, uint32_t *mark, uint32_t *mask)
{
    struct span value;
    uint64_t number;
    if (!span_until(&word, '/', &value) || !span_number(value, UINT32_MAX, &number))
        return false;
    *mark = (uint32_t)number;
    if (word.length == 0)
        *mask = UINT32_MAX;
    else if (span_number(word, UINT32_MAX, &number))
        *mask = (uint32_t)number;
    else
        return false;
    return true;
}

/* The names that /etc/protocols gives to what selectors name in practice. */
static bool upper_proto(struct span word, uint8_t *proto)
{
    static const struct {
        const char *name;
        uint8_t number;
    } names[] = {
        { "icmp", 1 }, { "igmp", 2 }, { "ipencap", 4 }, { "tcp", 6 }, { "udp", 17 }, { "dccp", 33 }, { "ipv6", 41 }, { "gre", 47 },
        { "esp", 50 }, { "ah", 51 }, { "ipv6-icmp", 58 }, { "eigrp", 88 }, { "ospf", 89 }, { "etherip", 97 }, { "pim", 103 },
        { "ipcomp", 108 }, { "vrrp", 112 }, { "l2tp", 115 }, { "sctp", 132 }, { "mobility-header", 135 }, { "udplite", 136 },
    };
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++)
        if (span_is(word, names[i].name)) {
            *proto = names[i].number;
            return true;
        }
    uint64_t number;
    if (!span_number(word, 255, &number))
        return false;
    *proto = (uint8_t)number;
    return true;
}

static bool take_port(struct span *words, uint16_t *low, uint16_t *high)
{
    struct span word;
    uint64_t port;
    if (!span_word(words, &word) || !span_number(word, UINT16_MAX, &port))
        return false;
    *low = *high = (uint16_t)port;
    return true;
}

bool xfrm_head(struct span *line, struct span *src, struct span *dst)
{
    struct span rest = *line, word;
    if (!span_word(&rest, &word) || !span_is(word, "src") || !span_word(&rest, src) || !span_word(&rest, &word) ||
        !span_is(word, "dst") || !span_word(&rest, dst))
        return false;
    *line = rest;
    return true;
}

bool xfrm_selector(struct span words, struct selector *selector)
{
    struct span src, dst, word, value;
    struct selector found = { .sport_high = UINT16_MAX, .dport_high = UINT16_MAX };
    if (!xfrm_head(&words, &src, &dst) || !prefix_parse(src.at, src.length, &found.src) ||
        !prefix_parse(dst.at, dst.length, &found.dst))
        return false;
    while (span_word(&words, &word)) {
        if (span_is(word, "proto")) {
            if (!span_word(&words, &value) || !upper_proto(value, &found.proto))
                return false;
        } else if (span_is(word, "sport") || span_is(word, "type")) {
            if (!take_port(&words, &found.sport_low, &found.sport_high))
                return false;
        } else if (span_is(word, "dport") || span_is(word, "code")) {
            if (!take_port(&words, &found.dport_low, &found.dport_high))
                return false;
        } else if (span_is(word, "key")) {
            /* A GRE key stands in the ports, its high half first. */
            uint64_t key;
            if (!span_word(&words, &value) || !span_number(value, UINT32_MAX, &key))
                return false;
            found.sport_low = found.sport_high = (uint16_t)(key >> 16);
            found.dport_low = found.dport_high = (uint16_t)key;
        }
    }
    *selector = found;
    return true;
}
