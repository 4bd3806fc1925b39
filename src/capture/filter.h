/*
 * filter: a pcap-filter(7) expression over frames of any link type.
 * An expression means something only together with a link type, so it is compiled for each one that a capture brings.
 */
#ifndef CAPTURE_FILTER_H
#define CAPTURE_FILTER_H

#include <stdbool.h>
#include <stdint.h>

#include "base/error.h"
#include "decode/packet.h"

struct filter;

/* The expression is copied. NULL: no memory. */
struct filter *filter_create(const char *expression, struct error *error);
void filter_destroy(struct filter *filter);

/*
 * Compiles for a link type where that was not done, and returns what filter_passes wants for frames of it. An
 * expression that does not compile for this link type (an Ethernet address on raw IP) selects none of its frames.
 */
uint32_t filter_meet(struct filter *filter, uint16_t linktype);
/*
 * False and the compiler's reason where the expression compiled for none of the link types met; where none was met,
 * Ethernet stands in.
 */
bool filter_compiles(struct filter *filter, struct error *error);
bool filter_passes(const struct filter *filter, uint32_t met, const struct frame *frame);

#endif
