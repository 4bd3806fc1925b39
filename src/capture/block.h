/*
 * block: a pcapng capture as a row of blocks, before anybody asks what they mean. Private to capture/.
 */
#ifndef CAPTURE_BLOCK_H
#define CAPTURE_BLOCK_H

#include "base/bytes.h"
#include "capture/window.h"

enum block_type {
    BLOCK_INTERFACE = 1,
    BLOCK_OLD_PACKET = 2,
    BLOCK_SIMPLE_PACKET = 3,
    BLOCK_STATISTICS = 5,
    BLOCK_PACKET = 6,
    BLOCK_SECTION = 0x0a0d0d0a,
};

/* One whole block; what stands from 8 to length - 4 is its body. */
struct block {
    const uint8_t *bytes;
    uint32_t type;
    uint32_t length; /* of all of it: 12 or more, a multiple of 4 */
    uint64_t at;     /* offset in the capture */
    bool big;        /* byte order of its section */
};

struct blocks {
    struct window window; /* from the next block on */
    uint64_t skip;        /* bytes of a block that nobody looks at, still to pass */
    bool big;             /* byte order of the section */
};

bool blocks_create(struct blocks *blocks); /* false: no memory */
void blocks_free(struct blocks *blocks);
/*
 * Takes the next block of a type above; others are passed over, and counted in source->number where Wireshark does it.
 * The bytes stay where they are until a call with may_read, which may move and extend the window. False at the end, at
 * damage (which is told to the source), and without may_read where the window ends.
 */
bool blocks_next(struct blocks *blocks, struct source *source, bool may_read, struct block *block);

static inline uint16_t block_16(const struct block *block, const uint8_t *at)
{
    uint16_t value = bytes_get16(at);
    return block->big ? value : __builtin_bswap16(value);
}

static inline uint32_t block_32(const struct block *block, const uint8_t *at)
{
    uint32_t value = bytes_get32(at);
    return block->big ? value : __builtin_bswap32(value);
}

static inline uint64_t block_64(const struct block *block, const uint8_t *at)
{
    uint64_t value = bytes_get64(at);
    return block->big ? value : __builtin_bswap64(value);
}

static inline bool block_is_packet(uint32_t type)
{
    return type == BLOCK_PACKET || type == BLOCK_SIMPLE_PACKET || type == BLOCK_OLD_PACKET;
}

struct option {
    uint16_t code, length;
    const uint8_t *value;
};

/* Takes the option at *at and moves on; false at the last one and where one runs out of its block. */
bool block_option(const struct block *block, const uint8_t **at, struct option *option);

/* source_damaged with "record 7 at byte 1234 " before it for a packet, "the block at byte 1234 " for others. */
void block_damaged(struct source *source, const struct block *block, const char *format, ...) __attribute__((format(printf, 3, 4)));

#endif
