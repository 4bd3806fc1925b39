/*
 * block: the row of blocks that a pcapng capture is.
 *
 * Theory of operation. Blocks are read through a window. A block of a type that says something to us is given out when
 * all of it is in the window; large ones of other types are passed over without being held. What was given out points
 * into the window, which therefore reads on only when the caller allows it.
 *
 * The length of a block stands at both its ends and must agree; a block that contradicts itself is damage, and with it
 * the rest of the file is lost, because nothing says where the next block begins. Options are different: a damaged one
 * only hides those behind it.
 */
#include "capture/block.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#define BLOCK_MAX (16 * 1024 * 1024) /* of blocks that are looked at, with their options; Wireshark's limit too */
#define BLOCK_MIN 12

enum { OPTION_END = 0 };

bool blocks_create(struct blocks *blocks)
{
    *blocks = (struct blocks){ 0 };
    return window_create(&blocks->window);
}

void blocks_free(struct blocks *blocks)
{
    window_free(&blocks->window);
}

static bool block_is_known(uint32_t type)
{
    return block_is_packet(type) || type == BLOCK_SECTION || type == BLOCK_INTERFACE || type == BLOCK_STATISTICS;
}

/*
 * What is no packet but gets a frame number in Wireshark, which users count with: journal entries, system calls, custom
 * blocks.
 */
static bool block_is_numbered(uint32_t type)
{
    static const uint32_t types[] = { 9, 0x204, 0x216, 0x221, 0xbad, 0x40000bad };
    for (size_t i = 0; i < sizeof types / sizeof types[0]; i++) {
        if (types[i] == type)
            return true;
    }
    return false;
}

void block_damaged(struct source *source, const struct block *block, const char *format, ...)
{
    char what[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(what, sizeof what, format, arguments);
    va_end(arguments);
    if (block_is_packet(block->type))
        source_damaged(source, "record %llu at byte %llu %s", (unsigned long long)source->number + 1,
            (unsigned long long)block->at, what);
    else
        source_damaged(source, "the block at byte %llu %s", (unsigned long long)block->at, what);
}

bool block_option(const struct block *block, const uint8_t **at, struct option *option)
{
    const uint8_t *end = block->bytes + block->length - 4;
    if (end - *at < 4)
        return false;
    option->code = block_16(block, *at);
    option->length = block_16(block, *at + 2);
    option->value = *at + 4;
    size_t padded = (option->length + 3u) & ~3u;
    if (option->code == OPTION_END || (size_t)(end - option->value) < padded)
        return false;
    *at = option->value + padded;
    return true;
}

/* The byte order of a section is that in which its magic number reads right. */
static bool blocks_order(struct blocks *blocks, const uint8_t *section)
{
    static const uint8_t magic[4] = { 0x1a, 0x2b, 0x3c, 0x4d }, reversed[4] = { 0x4d, 0x3c, 0x2b, 0x1a };
    blocks->big = memcmp(section + 8, magic, sizeof magic) == 0;
    return blocks->big || memcmp(section + 8, reversed, sizeof reversed) == 0;
}

/* The capture ended and nothing of a block is left: its end, unless the packed data say otherwise. */
static void blocks_end(const struct blocks *blocks, struct source *source)
{
    const char *damage = unpack_damage(source->unpack);
    if (damage != NULL)
        source_damaged(source, "the capture ends behind record %llu at byte %llu: %s", (unsigned long long)source->number,
            (unsigned long long)blocks->window.offset, damage);
    source->ended = true;
}

static void block_cut(struct source *source, const struct block *block, uint64_t have)
{
    const char *damage = unpack_damage(source->unpack);
    block_damaged(source, block, "is cut off after %llu of %s%u bytes%s%s", (unsigned long long)have,
        block->type == 0 ? "at least " : "", (unsigned)block->length, damage != NULL ? ": " : "", damage != NULL ? damage : "");
}

/* Passes over what is left of a block of another type. */
static bool blocks_skip(struct blocks *blocks, struct source *source, bool may_read)
{
    while (blocks->skip > 0) {
        size_t have = window_left(&blocks->window);
        if (have == 0) {
            if (!may_read)
                return false;
            if (!window_fill(&blocks->window, source, 1)) {
                source_damaged(source, "the block before byte %llu lacks its last %llu bytes", (unsigned long long)blocks->window.offset,
                    (unsigned long long)blocks->skip);
                return false;
            }
            continue;
        }
        size_t count = blocks->skip < have ? (size_t)blocks->skip : have;
        window_pass(&blocks->window, count);
        blocks->skip -= count;
    }
    return true;
}

/* Reads type and length of the next block, and sees that they are possible. */
static bool blocks_head(struct blocks *blocks, struct source *source, bool may_read, struct block *block)
{
    *block = (struct block){ .at = blocks->window.offset, .length = BLOCK_MIN };
    if (window_left(&blocks->window) < BLOCK_MIN) {
        if (!may_read)
            return false;
        if (!window_fill(&blocks->window, source, BLOCK_MIN)) {
            if (blocks->window.end > 0)
                block_cut(source, block, blocks->window.end);
            else
                blocks_end(blocks, source);
            return false;
        }
    }
    block->bytes = window_front(&blocks->window);
    if (bytes_get32(block->bytes) == BLOCK_SECTION && !blocks_order(blocks, block->bytes)) {
        block_damaged(source, block, "is a section header in no known byte order");
        return false;
    }
    block->big = blocks->big;
    block->type = block_32(block, block->bytes);
    block->length = block_32(block, block->bytes + 4);
    if (block->length < BLOCK_MIN || block->length % 4 != 0)
        block_damaged(source, block, "has an impossible block length: %u bytes", (unsigned)block->length);
    else if (block_is_known(block->type) && block->length > BLOCK_MAX)
        block_damaged(source, block, "claims %u bytes", (unsigned)block->length);
    else
        return true;
    return false;
}

bool blocks_next(struct blocks *blocks, struct source *source, bool may_read, struct block *block)
{
    while (blocks_skip(blocks, source, may_read) && blocks_head(blocks, source, may_read, block)) {
        if (!block_is_known(block->type) && block->length > WINDOW_ROOM) {
            blocks->skip = block->length;
            source->number += block_is_numbered(block->type);
            continue;
        }
        if (window_left(&blocks->window) < block->length) {
            if (!may_read)
                return false;
            if (!window_fill(&blocks->window, source, block->length)) {
                block_cut(source, block, blocks->window.end);
                return false;
            }
            block->bytes = window_front(&blocks->window);
        }
        uint32_t again = block_32(block, block->bytes + block->length - 4);
        if (again != block->length) {
            block_damaged(source, block, "has a length of %u bytes at its beginning and of %u at its end", (unsigned)block->length,
                (unsigned)again);
            return false;
        }
        window_pass(&blocks->window, block->length);
        if (block_is_known(block->type))
            return true;
        source->number += block_is_numbered(block->type);
    }
    return false;
}
