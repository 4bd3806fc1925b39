/*
 * windows: the 153 IPsec constants of winerror.h (13000..13932), with the NTSTATUS and HRESULT that stand for the same thing.
 * Meanings are our own words. What Windows documents is a code, a name and a message; which packet raises it is documented for few.
 */
#ifndef CATALOGUE_WINDOWS_H
#define CATALOGUE_WINDOWS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

/* Can a capture show it? */
enum visible {
    VISIBLE_PACKET,   /* the packets themselves show the condition (perhaps with SAs or keys) */
    VISIBLE_INFERRED, /* packets hint at it; other causes look the same */
    VISIBLE_NOTIFY,   /* only where a peer says the code in a notify (NOTIFY_STATUS) */
    VISIBLE_NEVER,    /* local to a host, or no error at all: logs and API results only */
};

struct windows_error {
    uint16_t code;         /* decimal as people quote it */
    const char *name;      /* with ERROR_ or WARNING_ prefix */
    const char *ntstatus_name; /* or NULL */
    uint32_t ntstatus;     /* or 0 */
    uint8_t visible;       /* enum visible */
    const char *meaning;   /* one to three sentences, ours */
    const char *seen;      /* how a capture shows it, or why it cannot; a sentence */
    const char *check;     /* what to check first; NULL where nothing useful can be said */
};

extern const struct windows_error windows_errors[]; /* ascending by code */
extern const size_t windows_error_count;

const struct windows_error *windows_error_find(uint32_t code);              /* 13910; NULL if none */
static inline uint32_t windows_error_hresult(uint16_t code) { return 0x80070000u | code; }

/* Names that only web pages use: invented, with the real constant nearest to what they mean (or NULL). */
struct invented_name {
    const char *name;       /* "ERROR_IPSEC_DOSP_STATE_UPDATE_FAILED" */
    uint16_t claimed;       /* the number that the page gives, 0 for none */
    uint16_t nearest;       /* a real code, 0 for none */
    const char *remark;     /* one sentence */
};
extern const struct invented_name invented_names[];
extern const size_t invented_name_count;

#endif
