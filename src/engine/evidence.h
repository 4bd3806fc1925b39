/*
 * evidence: the frames behind findings, with their bytes, bounded: at most EVIDENCE_EACH of a finding and EVIDENCE_BYTES in all.
 *
 * Theory of operation. While a frame is looked at (evidence_look), each finding that counts it keeps it: one copy, however many findings
 * name it. A finding keeps the first frames that it counts and, in its last place, always the newest, so that first and last are
 * there. When half of the room is used, findings keep two. Findings that are made at the end of a capture name frames that went by
 * unkept: evidence_wants lists them, and whoever can read the captures again gives them with evidence_give.
 */
#ifndef ENGINE_EVIDENCE_H
#define ENGINE_EVIDENCE_H

#include "decode/packet.h"
#include "detect/finding.h"

#define EVIDENCE_EACH 16u
#define EVIDENCE_BYTES (64u << 20)

/* A frame and one finding that names it. */
struct evidence_pair {
    const struct frame *frame; /* NULL in a want */
    uint16_t file;
    uint64_t number;
    int64_t time_ns;
    uint32_t finding;          /* its index in the ledger */
};

struct evidence;

struct evidence *evidence_create(void); /* NULL: no memory */
void evidence_destroy(struct evidence *evidence);
/* The frame that is looked at from now on; NULL for none. Constant time. */
void evidence_look(struct evidence *evidence, const struct frame *frame);
/* A ledger_watch: a finding counts a place. */
void evidence_hit(void *evidence, const struct finding *finding, const struct place *place);
/*
 * First and last places that findings name and that are not kept, by file and number; returns how many. *wants belongs to the caller
 * (free) and is NULL where there are none.
 */
uint32_t evidence_wants(const struct evidence *evidence, struct ledger *ledger, struct evidence_pair **wants);
/* Keeps the frame that is looked at for a finding that wanted it. False where there is no room. */
bool evidence_give(struct evidence *evidence, uint32_t finding);
/* All that is kept, by file, number and finding; returns how many. *pairs as above. */
uint32_t evidence_pairs(const struct evidence *evidence, struct evidence_pair **pairs);
uint64_t evidence_refused(const struct evidence *evidence); /* hits whose frame had no room */

#endif
