/*
 * known: where the receiver's SA table is known, so that an SPI without an SA means something (DESIGN: "Where the receiver's table is
 * known"). Destinations that the user vouches for, and the address pairs, in that direction, that an SA file names.
 */
#ifndef RECEIVER_KNOWN_H
#define RECEIVER_KNOWN_H

#include "base/addr.h"
#include "base/error.h"
#include "base/hash.h"

enum known_how { KNOWN_NOT, KNOWN_PAIR, KNOWN_RECEIVER };

/* What the files say of the times of one pair's SAs. */
struct known_pair {
    struct addr src, dst;
    bool history;         /* a history tells when its SAs came and went */
    bool timeless;        /* some SA of the pair stands in a table that shows no times */
    bool dated;           /* newest_add_ns means something */
    int64_t newest_add_ns;
    bool told;            /* only lines of logs name its SAs: there may be others */
    bool esp_only;        /* the formats that name it cannot hold AH: they say nothing of AH SAs */
    uint32_t sas;
};

struct known;

struct known *known_create(struct error *error);
void known_destroy(struct known *known);
bool known_add_receiver(struct known *known, const struct prefix *prefix, struct error *error);
/* The addresses of this host, instead of those told before: as receivers, for every source. */
bool known_set_own(struct known *known, const struct prefix *addresses, size_t count, struct error *error);
bool known_own(const struct known *known, const struct addr *addr);
void known_refuse_all(struct known *known); /* --no-receiver */

/* Says that a file names an SA of this pair; either address may be none (a wildcard). */
void known_add_pair(struct known *known, const struct addr *src, const struct addr *dst, bool dated, int64_t add_ns,
                    bool history, bool esp_only);
/* Says that a line of a log names an SA of this pair, which tells nothing of its other SAs. */
void known_add_told(struct known *known, const struct addr *src, const struct addr *dst);

void known_set_clock(struct known *known, int64_t step_ns); /* as sadb_set_clock */

/* Of ESP or AH (proto 50 or 51). *pair is NULL where no file names the pair. */
enum known_how known_how(const struct known *known, const struct addr *src, const struct addr *dst, uint8_t proto,
                         const struct known_pair **pair);
/* The whole table: newest add time, whether any history was given, how many SAs. */
const struct known_pair *known_table(const struct known *known);

#endif
