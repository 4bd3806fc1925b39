/* ike_refusal: what the error notifies of a refused negotiation mean, and which documented error each is. */
#ifndef DETECT_IKE_REFUSAL_H
#define DETECT_IKE_REFUSAL_H

#include <stdint.h>

struct ike_refusal {
    uint8_t version;        /* of IKE: 1 or 2 */
    uint16_t type;          /* of the notify */
    uint16_t windows;       /* 0: no documented error fits */
    char basis;             /* of that code: 'M' its message says so, 'N' its name, 'P' our proposal among several */
    uint8_t severity;       /* enum severity */
    const char *rfc;
    const char *means;      /* a sentence: what the refuser says with it */
    const char *const *remedies;
};

/* Never NULL: what is not in the table has a row without a code. */
const struct ike_refusal *ike_refusal_find(uint8_t version, uint16_t type);
/* Of phase 1 with a pre-shared key, where the first encrypted message could not be read. */
const struct ike_refusal *ike_refusal_wrong_secret(void);

#endif
