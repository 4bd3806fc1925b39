/*
 * document: one JSON object, read by jansson. Bounded in length and depth: jansson walks down by recursion, so the depth is known before it is asked.
 *
 * A document and every value inside it are of this type; values belong to the document and are gone with it. Every function that takes a value also takes NULL,
 * and answers as for a value that is not there.
 */
#ifndef LOGS_DOCUMENT_H
#define LOGS_DOCUMENT_H

#include "base/lines.h"

#define DOCUMENT_MAX 65536u  /* bytes of one */
#define DOCUMENT_DEPTH_MAX 24 /* objects and arrays inside each other */

struct document;

/* The length of the object that begins at text.at[0] == '{', by its brackets and quotes alone; 0: it does not end within the text, or is too deep. */
size_t document_extent(struct span text);
/* NULL where the text is not one object (RFC 8259), is longer or deeper than that, or memory is out. Blanks around it are fine. */
struct document *document_parse(struct span text);
void document_free(struct document *document);

/* A member of an object, an item of an array; NULL: there is none. JSON's null is a value, but no text and no number. */
const struct document *document_member(const struct document *object, const char *name);
const struct document *document_item(const struct document *array, size_t index);
bool document_is_object(const struct document *value);
bool document_is_array(const struct document *value);
bool document_is_true(const struct document *value);
/* A string's bytes, which may hold any character. False for other values. */
bool document_text(const struct document *value, struct span *text);
/* A whole number that is not negative: 12, or "12" and "0x0c" in a string. False for other values and beyond `most`. */
bool document_number(const struct document *value, uint64_t most, uint64_t *number);
/* An array of numbers up to 255, which is how journald writes what is no UTF-8. False for other values, and beyond `room`. */
bool document_bytes(const struct document *value, char *bytes, size_t room, size_t *length);

#endif
