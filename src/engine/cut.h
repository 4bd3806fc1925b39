/*
 * cut: the analysis run again over frames of one capture, to learn whether they still show a finding. Private to esplain_cut.
 */
#ifndef ENGINE_CUT_H
#define ENGINE_CUT_H

#include "capture/kept.h"
#include "engine/candidates.h"
#include "engine/engine.h"
#include "engine/shrink.h"

#define CUT_ROOM (256u << 20)         /* bytes of the frames that are kept */
#define CUT_RUNS_MAX 4096u            /* analyses */
#define CUT_JUDGED_MAX (64ull << 20)  /* frames that all of them judge together */

struct cut {
    const struct esplain_cut *what;
    struct esplain_options options;   /* of every analysis: no results, no messages */
    struct candidates candidates;
    struct walk_ports ports;          /* that the first analysis learned */
    struct finding wanted;
    uint64_t frames;                  /* of the capture */
    struct kept *kept;
    uint32_t *chosen, *spare;         /* frames of `kept` */
    uint32_t count;
    uint32_t runs;
    uint64_t judged;
    bool minimal;
    struct esplain_error failed;
};

void cut_start(struct cut *cut, const struct esplain_cut *what, const struct esplain_options *options);
void cut_stop(struct cut *cut);
/* An engine with the SAs, policies and keys that `what` names; NULL and an error. */
struct esplain *cut_engine(const struct esplain_cut *what, const struct esplain_options *options, struct esplain_error *error);
/* The finding of the same condition, cause, severity, certainty and subject among those of a finished analysis, or NULL. */
const struct finding *cut_find(const struct esplain *esplain, const struct finding *wanted);
/* Does an analysis of these of the kept frames show it? SHRINK_STOP where there were too many, or one failed: cut->failed. */
enum shrink_answer cut_test(void *cut, const uint32_t *chosen, uint32_t count);
/*
 * Finds the finding and the frames that show it, as few as can be: chosen[0..count-1] of `kept`. False and an error where there is no such finding, or the
 * capture's frames alone do not show it.
 */
bool cut_frames(struct cut *cut, const struct esplain_options *options, struct esplain_error *error);

#endif
