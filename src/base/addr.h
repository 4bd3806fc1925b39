/* addr: an IPv4 or IPv6 address, and prefixes of them. Bytes are in network order. */
#ifndef BASE_ADDR_H
#define BASE_ADDR_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <string.h>

#define ADDR_TEXT_MAX 46   /* longest IPv6 text and its NUL */
#define PREFIX_TEXT_MAX 50 /* with "/128" */

/* An IPv4 address fills bytes[0..3] and leaves the rest zero, so that two addresses compare as 17 bytes. */
struct addr {
    uint8_t bytes[16];
    uint8_t family; /* 4, 6, or 0: none, which prints as "*" and, in a prefix, means any address */
};

struct prefix {
    struct addr addr;
    uint8_t bits;
};

static inline bool addr_equal(const struct addr *a, const struct addr *b)
{
    return memcmp(a, b, sizeof *a) == 0;
}

static inline struct addr addr_ip4(const uint8_t bytes[4])
{
    struct addr addr = { .family = 4 };
    memcpy(addr.bytes, bytes, 4);
    return addr;
}

static inline struct addr addr_ip6(const uint8_t bytes[16])
{
    struct addr addr = { .family = 6 };
    memcpy(addr.bytes, bytes, 16);
    return addr;
}

int addr_compare(const struct addr *a, const struct addr *b); /* family first, then bytes; as memcmp */
bool addr_is_multicast(const struct addr *addr);
bool addr_is_zero(const struct addr *addr); /* 0.0.0.0, :: or none */

/* RFC 5952 text, NUL-terminated; returns its length. */
size_t addr_print(const struct addr *addr, char text[ADDR_TEXT_MAX]);
/* Takes exactly `length` characters of text; false if they are no address. "*" is not an address. */
bool addr_parse(const char *text, size_t length, struct addr *addr);

/* "address/bits" or an address alone (all bits). Bits beyond the prefix are cleared. */
bool prefix_parse(const char *text, size_t length, struct prefix *prefix);
size_t prefix_print(const struct prefix *prefix, char text[PREFIX_TEXT_MAX]);
/* A prefix whose family is 0 holds every address. */
bool prefix_holds(const struct prefix *prefix, const struct addr *addr);
bool prefix_is_host(const struct prefix *prefix); /* names exactly one address */

#endif
