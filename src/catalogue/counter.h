/* counter: the error counters of /proc/net/xfrm_stat, in the kernel's order (6.1, then newer ones). */
#ifndef CATALOGUE_COUNTER_H
#define CATALOGUE_COUNTER_H

#include <stddef.h>
#include <stdint.h>

enum counter {
    COUNTER_NONE, /* the packet raises none */
    COUNTER_IN_ERROR, COUNTER_IN_BUFFER_ERROR, COUNTER_IN_HDR_ERROR, COUNTER_IN_NO_STATES,
    COUNTER_IN_STATE_PROTO_ERROR, COUNTER_IN_STATE_MODE_ERROR, COUNTER_IN_STATE_SEQ_ERROR,
    COUNTER_IN_STATE_EXPIRED, COUNTER_IN_STATE_MISMATCH, COUNTER_IN_STATE_INVALID, COUNTER_IN_TMPL_MISMATCH,
    COUNTER_IN_NO_POLS, COUNTER_IN_POL_BLOCK, COUNTER_IN_POL_ERROR,
    COUNTER_OUT_ERROR, COUNTER_OUT_BUNDLE_GEN_ERROR, COUNTER_OUT_BUNDLE_CHECK_ERROR, COUNTER_OUT_NO_STATES,
    COUNTER_OUT_STATE_PROTO_ERROR, COUNTER_OUT_STATE_MODE_ERROR, COUNTER_OUT_STATE_SEQ_ERROR,
    COUNTER_OUT_STATE_EXPIRED, COUNTER_OUT_POL_BLOCK, COUNTER_OUT_POL_DEAD, COUNTER_OUT_POL_ERROR,
    COUNTER_FWD_HDR_ERROR, COUNTER_OUT_STATE_INVALID, COUNTER_ACQUIRE_ERROR,
    /* newer kernels */
    COUNTER_OUT_STATE_DIR_ERROR, COUNTER_IN_STATE_DIR_ERROR, COUNTER_IN_IPTFS_ERROR, COUNTER_OUT_NO_QUEUE_SPACE,
    COUNTER_COUNT
};

struct counter_row {
    const char *name;     /* "XfrmInNoStates"; NULL for COUNTER_NONE */
    const char *meaning;  /* ours, one or two sentences */
    const char *raised;   /* which packets raise it; a sentence */
    uint16_t windows;     /* the Windows code for the same event, 0 where there is none or several */
};

extern const struct counter_row counter_rows[COUNTER_COUNT];
const char *counter_name(enum counter counter);                       /* NULL for COUNTER_NONE */
enum counter counter_find(const char *name, size_t length);           /* without case; COUNTER_NONE if unknown */

#endif
