/*
 * layertext: a layer's facts as short texts, so that tests can write down what they want of it.
 */
#ifndef SUPPORT_LAYERTEXT_H
#define SUPPORT_LAYERTEXT_H

#include "decode/packet.h"

#define LAYERTEXT_MAX 128

/* "ESP", "AH", ... */
const char *layertext_kind(const struct layer *layer);
/*
 * The value of one fact ("spi", "src", "q.mtu", ...) into text; false where there is no such fact. SPIs are 8 hex
 * digits.
 */
bool layertext_value(const struct layer *layer, const char *key, char text[LAYERTEXT_MAX]);
/*
 * Whether the layer is of the kind, and has the values, that `wanted` names: "ESP spi=0000c0de seq=4". On false,
 * `what` tells the first difference.
 */
bool layertext_matches(const struct layer *layer, const char *wanted, char what[4 * LAYERTEXT_MAX]);

#endif
