/* names: a table of numbers and their names, ascending by number. */
#ifndef CATALOGUE_NAMES_H
#define CATALOGUE_NAMES_H

#include <stddef.h>
#include <stdint.h>

struct names_row {
    uint16_t value;
    const char *name;
};

/* NULL where the table has no such number. */
static inline const char *names_find(const struct names_row *rows, size_t count, uint16_t value)
{
    size_t low = 0;
    while (low < count) {
        size_t middle = low + (count - low) / 2;
        if (rows[middle].value == value)
            return rows[middle].name;
        if (rows[middle].value < value)
            low = middle + 1;
        else
            count = middle;
    }
    return NULL;
}

#define NAMES_FIND(rows, value) names_find((rows), sizeof(rows) / sizeof((rows)[0]), (value))

#endif
