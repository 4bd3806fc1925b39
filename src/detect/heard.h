/*
 * heard: a bounded set of who sent to whom. Used for the addresses that sent anything at all, and for the directions in which IPsec went.
 *
 * Once `limit` entries are in, further ones are left out and heard_full() says so: then an absent entry proves nothing. Adding takes constant
 * time and no memory. The first `limit` entries are kept whatever the hash key, so the same capture always gives the same answers.
 */
#ifndef DETECT_HEARD_H
#define DETECT_HEARD_H

#include <stdbool.h>
#include <stdint.h>

#include "base/addr.h"

#define HEARD_SOURCES_MAX 4096u

struct heard_key {
    struct addr src, dst;  /* dst: none where it does not matter to whom */
    uint32_t group;        /* tells children of the same pair of hosts apart; 0 where it does not matter */
};

struct heard;

struct heard *heard_create(uint32_t limit); /* NULL: no memory */
void heard_destroy(struct heard *heard);
void heard_add(struct heard *heard, const struct heard_key *key);
bool heard_has(const struct heard *heard, const struct heard_key *key);
bool heard_full(const struct heard *heard);
void heard_clear(struct heard *heard); /* nobody was heard */

#endif
