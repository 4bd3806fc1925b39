/* fields: finding values in a line that a stranger wrote. Nothing is copied; every function is linear in the line. */
#ifndef LOGS_FIELDS_H
#define LOGS_FIELDS_H

#include "base/lines.h"
#include "logs/drop_report.h"

/* What stands behind the first `label`, without case; false where there is none. */
bool field_after(struct span text, const char *label, struct span *behind);
bool field_has(struct span text, const char *label);
/* Takes blanks off the front, then what stands before any of `stops` or a blank. False where that is empty. */
bool field_token(struct span *rest, const char *stops, struct span *token);
/* The token behind a label, blanks and any of ":=" between them: "SPI= 0x12," with stops "," gives "0x12". */
bool field_labelled(struct span text, const char *label, const char *stops, struct span *token);
/* What stands in `text` right behind a token of it begins so. */
bool field_follows(struct span text, struct span token, const char *follows);
/* key=value, key="value", key='value', where key begins the text or stands behind a blank. */
bool field_key(struct span text, const char *key, struct span *value);
/* 32 bits: digits, or 0x and hexadecimal digits; the whole token. */
bool field_number(struct span token, uint32_t *value);
bool field_hex(struct span token, uint32_t *value); /* hexadecimal digits, 0x in front or not, at most eight */

#endif
