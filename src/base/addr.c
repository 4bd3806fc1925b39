/* addr: text of addresses and prefixes (RFC 5952), and what a prefix holds. */
#include "base/addr.h"

#include <arpa/inet.h>
#include <stdio.h>

int addr_compare(const struct addr *a, const struct addr *b)
{
    if (a->family != b->family)
        return a->family < b->family ? -1 : 1;
    return memcmp(a->bytes, b->bytes, sizeof a->bytes);
}

bool addr_is_multicast(const struct addr *addr)
{
    return addr->family == 4 ? (addr->bytes[0] & 0xf0) == 0xe0 : addr->family == 6 && addr->bytes[0] == 0xff;
}

bool addr_is_zero(const struct addr *addr)
{
    static const uint8_t zero[16];
    return memcmp(addr->bytes, zero, sizeof zero) == 0;
}

/* glibc's inet_ntop follows RFC 5952 but for a lone zero group, which it shortens too ("2001:db8:0:1:..." stays). */
size_t addr_print(const struct addr *addr, char text[ADDR_TEXT_MAX])
{
    if (addr->family == 0)
        return (size_t)snprintf(text, ADDR_TEXT_MAX, "*");
    if (inet_ntop(addr->family == 4 ? AF_INET : AF_INET6, addr->bytes, text, ADDR_TEXT_MAX) == NULL)
        text[0] = '\0';
    return strlen(text);
}

bool addr_parse(const char *text, size_t length, struct addr *addr)
{
    char copy[ADDR_TEXT_MAX];
    if (length == 0 || length >= sizeof copy)
        return false;
    memcpy(copy, text, length);
    copy[length] = '\0';
    if (strlen(copy) != length)
        return false;
    memset(addr, 0, sizeof *addr);
    if (inet_pton(AF_INET, copy, addr->bytes) == 1)
        addr->family = 4;
    else if (inet_pton(AF_INET6, copy, addr->bytes) == 1)
        addr->family = 6;
    else
        return false;
    return true;
}

static void prefix_clear_rest(struct prefix *prefix)
{
    unsigned whole = prefix->bits / 8;
    if (whole == sizeof prefix->addr.bytes)
        return;
    prefix->addr.bytes[whole] &= (uint8_t)~(0xffu >> prefix->bits % 8);
    memset(prefix->addr.bytes + whole + 1, 0, sizeof prefix->addr.bytes - whole - 1);
}

bool prefix_parse(const char *text, size_t length, struct prefix *prefix)
{
    const char *slash = memchr(text, '/', length);
    size_t address_length = slash ? (size_t)(slash - text) : length;
    if (!addr_parse(text, address_length, &prefix->addr))
        return false;
    unsigned limit = prefix->addr.family == 4 ? 32 : 128, bits = limit;
    if (slash) {
        size_t digits = length - address_length - 1;
        if (digits == 0 || digits > 3)
            return false;
        bits = 0;
        for (const char *at = slash + 1; at < text + length; at++) {
            if (*at < '0' || *at > '9')
                return false;
            bits = bits * 10 + (unsigned)(*at - '0');
        }
        if (bits > limit)
            return false;
    }
    prefix->bits = (uint8_t)bits;
    prefix_clear_rest(prefix);
    return true;
}

size_t prefix_print(const struct prefix *prefix, char text[PREFIX_TEXT_MAX])
{
    size_t length = addr_print(&prefix->addr, text);
    if (!prefix_is_host(prefix) && prefix->addr.family != 0)
        length += (size_t)snprintf(text + length, PREFIX_TEXT_MAX - length, "/%u", prefix->bits);
    return length;
}

bool prefix_holds(const struct prefix *prefix, const struct addr *addr)
{
    if (prefix->addr.family == 0)
        return true;
    if (prefix->addr.family != addr->family)
        return false;
    unsigned whole = prefix->bits / 8, rest = prefix->bits % 8;
    if (memcmp(prefix->addr.bytes, addr->bytes, whole) != 0)
        return false;
    return rest == 0 || ((prefix->addr.bytes[whole] ^ addr->bytes[whole]) & (0xff00u >> rest & 0xff)) == 0;
}

bool prefix_is_host(const struct prefix *prefix)
{
    return prefix->addr.family != 0 && prefix->bits == (prefix->addr.family == 4 ? 32 : 128);
}
