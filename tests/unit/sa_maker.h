/* sa_maker: SA definitions made by hand, for tests of the table, the receiver and the trackers. */
#ifndef SA_MAKER_H
#define SA_MAKER_H

#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "sa/sadb.h"

#define SECOND ((int64_t)1000000000)

static inline struct addr maker_addr(const char *text)
{
    struct addr addr;
    assert_true(addr_parse(text, strlen(text), &addr));
    return addr;
}

static inline struct prefix maker_prefix(const char *text)
{
    struct prefix prefix;
    assert_true(prefix_parse(text, strlen(text), &prefix));
    return prefix;
}

/* "*" for a wildcard; time_ns only with an event that is not SA_EVENT_DEFINE. */
static inline struct sa_record maker_record(enum sa_event event, int64_t time_ns, const char *src, const char *dst, uint32_t spi, uint8_t proto)
{
    struct sa_record record = { .event = (uint8_t)event, .time_known = event != SA_EVENT_DEFINE, .time_ns = time_ns, .line = 1 };
    if (strcmp(src, "*") != 0)
        record.definition.src = maker_prefix(src);
    if (strcmp(dst, "*") != 0)
        record.definition.dst = maker_prefix(dst);
    record.definition.spi = spi;
    record.definition.proto = proto;
    return record;
}

/* What a receiver finds at that time. */
static inline uint32_t maker_find(const struct sadb *db, const char *src, const char *dst, uint32_t spi, uint8_t proto, int64_t time_ns, uint32_t *other)
{
    struct addr from = maker_addr(src), to = maker_addr(dst);
    uint32_t spare;
    return sadb_find(db, sadb_hash(db, &to, spi, proto), &from, &to, spi, proto, time_ns, other ? other : &spare);
}

#endif
