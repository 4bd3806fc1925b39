/* secret: pages that the kernel keeps out of swap, core files and children, handed out piece by piece. */
#include "base/secret.h"

#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>
#include <unistd.h>

#define BLOCK_MIN (64u << 10)
#define BLOCK_MAX (4u << 20)

/* A block opens with this header and is never moved: struct secret points into it. */
struct block {
    struct block *older;
    size_t room; /* bytes of the whole mapping */
    size_t used; /* with the header */
};

/* Room is given out in steps of this, so that what is released fits the next key of about its length. */
#define STEP 16u

struct spare {
    struct spare *next;
};

struct secrets {
    struct block *newest;
    struct spare *spare[SECRET_MAX / STEP + 1]; /* released, by steps */
};

struct secrets *secrets_create(void)
{
    return calloc(1, sizeof(struct secrets));
}

void secrets_destroy(struct secrets *secrets)
{
    if (secrets == NULL)
        return;
    for (struct block *block = secrets->newest; block;) {
        struct block *older = block->older;
        size_t room = block->room;
        secret_wipe(block, room);
        munmap(block, room);
        block = older;
    }
    free(secrets);
}

/* Locking is limited for ordinary users (RLIMIT_MEMLOCK), so that it, like the advice, is tried and not insisted on. */
static struct block *secrets_map(size_t room)
{
    struct block *block = mmap(NULL, room, PROT_READ | PROT_WRITE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
    if (block == MAP_FAILED)
        return NULL;
    (void)mlock(block, room);
    (void)madvise(block, room, MADV_DONTDUMP);
    (void)madvise(block, room, MADV_WIPEONFORK);
    block->room = room;
    block->used = sizeof *block;
    return block;
}

struct secret secrets_keep(struct secrets *secrets, const void *bytes, size_t length)
{
    if (length == 0 || length > SECRET_MAX)
        return (struct secret){ 0 };
    size_t steps = (length + STEP - 1) / STEP;
    if (secrets->spare[steps]) {
        struct spare *spare = secrets->spare[steps];
        secrets->spare[steps] = spare->next;
        secret_wipe(spare, sizeof *spare);
        memcpy(spare, bytes, length);
        return (struct secret){ .bytes = (const uint8_t *)spare, .length = (uint16_t)length };
    }
    struct block *block = secrets->newest;
    if (block == NULL || steps * STEP > block->room - block->used) {
        size_t room = block == NULL ? BLOCK_MIN : block->room < BLOCK_MAX ? block->room * 2 : BLOCK_MAX;
        struct block *fresh = secrets_map(room);
        if (fresh == NULL)
            return (struct secret){ 0 };
        fresh->older = block;
        secrets->newest = block = fresh;
    }
    uint8_t *at = (uint8_t *)block + block->used;
    memcpy(at, bytes, length);
    block->used += steps * STEP;
    return (struct secret){ .bytes = at, .length = (uint16_t)length };
}

void secrets_release(struct secrets *secrets, struct secret *secret)
{
    if (secret->length == 0)
        return;
    size_t steps = (secret->length + STEP - 1) / STEP;
    struct spare *spare = (struct spare *)(uintptr_t)secret->bytes;
    secret_wipe(spare, steps * STEP);
    spare->next = secrets->spare[steps];
    secrets->spare[steps] = spare;
    *secret = (struct secret){ 0 };
}

/* Compares every byte, so that the time taken tells only the length. */
bool secret_equal(const struct secret *a, const struct secret *b)
{
    if (a->length != b->length)
        return false;
    uint8_t differs = 0;
    for (size_t at = 0; at < a->length; at++)
        differs |= (uint8_t)(a->bytes[at] ^ b->bytes[at]);
    return differs == 0;
}

void secret_wipe(void *bytes, size_t length)
{
    if (length > 0)
        explicit_bzero(bytes, length);
}
