/* unknown_ike: what IKE says of packets with an unknown SPI: rekeyed, restarted, reported. */
#ifndef DETECT_UNKNOWN_IKE_H
#define DETECT_UNKNOWN_IKE_H

#include "detect/condition.h"

/* At the end of the capture: a better cause than the table alone gives, and what speaks for it as facts. */
void unknown_ike_conclude(const struct detect *detect, struct finding *finding);
/* The sentences about these facts. */
void unknown_ike_explain(const struct finding *finding, struct text *text);

#endif
