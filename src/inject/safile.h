/*
 * safile: what the receiver of a plan has, as the file that stands beside its capture: `ip xfrm state` and `ip xfrm policy` text, or `ip -ts xfrm monitor`
 * text where SAs come and go. Lines that begin with '#' say what it is and hold the commands that put the same into a test kernel.
 * It holds keys, so the text is the caller's to wipe.
 */
#ifndef INJECT_SAFILE_H
#define INJECT_SAFILE_H

#include "inject/plan.h"

/* Nothing is added where the plan has neither SAs nor policies. */
void safile_write(const struct plan *plan, struct text *out);

#endif
