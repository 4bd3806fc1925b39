/* shelf: blocks of equal size, so that growing copies pointers only. */
#include "sa/shelf.h"

#include <stdlib.h>

#define BLOCK_ITEMS 512u

void *shelf_add(struct shelf *shelf)
{
    size_t block = shelf->count / BLOCK_ITEMS;
    if (shelf->count % BLOCK_ITEMS == 0) {
        if (block == shelf->block_room) {
            size_t room = shelf->block_room ? shelf->block_room * 2 : 8;
            unsigned char **blocks = realloc(shelf->blocks, room * sizeof *blocks);
            if (blocks == NULL)
                return NULL;
            shelf->blocks = blocks;
            shelf->block_room = room;
        }
        shelf->blocks[block] = calloc(BLOCK_ITEMS, shelf->item);
        if (shelf->blocks[block] == NULL)
            return NULL;
    }
    return shelf->blocks[block] + shelf->count++ % BLOCK_ITEMS * shelf->item;
}

void *shelf_at(const struct shelf *shelf, size_t index)
{
    return shelf->blocks[index / BLOCK_ITEMS] + index % BLOCK_ITEMS * shelf->item;
}

void shelf_free(struct shelf *shelf)
{
    for (size_t block = 0; block < (shelf->count + BLOCK_ITEMS - 1) / BLOCK_ITEMS; block++)
        free(shelf->blocks[block]);
    free(shelf->blocks);
    *shelf = (struct shelf){ .item = shelf->item };
}
