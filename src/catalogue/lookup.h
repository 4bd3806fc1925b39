/*
 * lookup: which documented error a spelling means. Decimal, hex, names with and without their prefix, NTSTATUS (hex, or signed as an INT32
 * prints), HRESULT (hex or signed), xfrm counters, names that only web pages use.
 */
#ifndef CATALOGUE_LOOKUP_H
#define CATALOGUE_LOOKUP_H

#include "catalogue/counter.h"
#include "catalogue/windows.h"

enum spelling { SPELLING_DECIMAL, SPELLING_HEX, SPELLING_NAME, SPELLING_NTSTATUS, SPELLING_HRESULT, SPELLING_COUNTER,
                SPELLING_INVENTED };

struct lookup {
    enum spelling spelling;
    const struct windows_error *error;      /* NULL for counters and invented names without a nearest */
    enum counter counter;                   /* SPELLING_COUNTER */
    const struct invented_name *invented;   /* SPELLING_INVENTED; error is then its nearest or NULL */
};

/*
 * False where the text means none of them. Case and surrounding blanks do not matter; "ERROR_", "ERROR_IPSEC_", "STATUS_",
 * "STATUS_IPSEC_", "IPSEC_" may be left out, and of a name without them also the family, "IKE_" or "DOSP_". Digits alone are
 * decimal; hex needs 0x or a letter.
 */
bool lookup_find(const char *text, size_t length, struct lookup *found);
/* Names near to a misspelt one (edit distance), for "did you mean": fills at most `room`, best first, returns how many. */
size_t lookup_near(const char *text, size_t length, const char *names[], size_t room);

#endif
