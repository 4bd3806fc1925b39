/* shelf: a growing array whose items never move. Items are zeroed when added and freed together. */
#ifndef SA_SHELF_H
#define SA_SHELF_H

#include <stddef.h>

struct shelf {
    unsigned char **blocks;
    size_t item;      /* bytes of one; set it before the first is added */
    size_t count;
    size_t block_room; /* of `blocks` */
};

void *shelf_add(struct shelf *shelf); /* NULL: no memory, nothing changed */
void *shelf_at(const struct shelf *shelf, size_t index); /* index < count */
void shelf_free(struct shelf *shelf);

#endif
