/*
 * secret: memory for keys. Locked into RAM where the limit allows, left out of core files, zeroed when freed.
 * A secret is never printed: no text_* function takes one; only `sa --to` reads the bytes (cli asks for it by name).
 */
#ifndef BASE_SECRET_H
#define BASE_SECRET_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define SECRET_MAX 512 /* longest key taken, bytes */

struct secret {
    const uint8_t *bytes; /* in the store; NULL when empty */
    uint16_t length;
};

struct secrets; /* the store; freeing it wipes every secret in it */

struct secrets *secrets_create(void); /* NULL: no memory */
void secrets_destroy(struct secrets *secrets);
/* Copies `length` bytes into the store. Empty on no memory or length > SECRET_MAX. */
struct secret secrets_keep(struct secrets *secrets, const void *bytes, size_t length);
/* Wipes one and makes it empty; its room serves a later one. */
void secrets_release(struct secrets *secrets, struct secret *secret);
bool secret_equal(const struct secret *a, const struct secret *b);
/* Zeroes memory in a way that the compiler does not remove. */
void secret_wipe(void *bytes, size_t length);

#endif
