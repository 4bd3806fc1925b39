/*
 * candidates: which frames of a capture may have to do with a finding: those that it names, those of its SA, those between its addresses, and so on.
 *
 * Kinds are in the order in which frames are tried; a frame is of the first that fits.
 */
#ifndef ENGINE_CANDIDATES_H
#define ENGINE_CANDIDATES_H

#include "capture/kept.h"
#include "decode/walk.h"
#include "detect/finding.h"

enum candidate { CANDIDATE_NAMED, CANDIDATE_SPI, CANDIDATE_PAIR, CANDIDATE_ADDRESS, CANDIDATE_OTHER };

#define CANDIDATES_NAMED 64u    /* frames that a finding names; more count as those of its SA */
#define CANDIDATES_TRAITS 32u   /* addresses and SPIs that it speaks of */

/* What tells a finding's frames. */
struct candidates {
    uint64_t named[CANDIDATES_NAMED]; /* ascending */
    uint32_t named_count;
    struct addr addrs[CANDIDATES_TRAITS];
    uint32_t addr_count;
    uint32_t spis[CANDIDATES_TRAITS];
    uint32_t spi_count;
};

/* Addresses and SPIs of its subject and facts. */
void candidates_of(struct candidates *candidates, const struct finding *finding);
/* A frame that the finding names; 0 and what finds no room are left out. */
void candidates_name(struct candidates *candidates, uint64_t number);
enum candidate candidates_kind(const struct candidates *candidates, const struct frame *frame, const struct walk_ports *ports);
/* How many frames lie between this one and the nearest that is named; UINT64_MAX where none is. */
uint64_t candidates_distance(const struct candidates *candidates, uint64_t number);

#endif
