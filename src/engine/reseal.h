/* reseal: the ICV of AH made anew over a packet whose addresses were changed, with the keys of SA files. */
#ifndef ENGINE_RESEAL_H
#define ENGINE_RESEAL_H

#include "decode/packet.h"
#include "sa/table.h"

/*
 * `before` and `after` are the frame's bytes. True where it holds one AH header, the whole packet and its SA's key are there, the ICV was right before, and
 * now it is again. A wrong one stays as it is.
 */
bool reseal_ah(const struct sa_table *table, const struct frame *frame, const uint8_t *before, uint8_t *after);

#endif
