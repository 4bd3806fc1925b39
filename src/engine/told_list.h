/* told_list: the different reports or findings of one log or of one stream of esplain's own records, in their order; bounded. */
#ifndef ENGINE_TOLD_LIST_H
#define ENGINE_TOLD_LIST_H

#include "base/error.h"
#include "engine/telling.h"

#define TOLD_LIST_MAX 4096u

struct told_list {
    struct telling *tellings;
    uint32_t count, room;
    uint64_t beyond; /* those behind the last that found room, whatever they tell: they cannot be picked */
    uint64_t broken; /* lines that begin as a report and cannot be read */
    bool failed;     /* no memory */
};

/* `text`, or where it is NULL the file (packed or not, '-' is standard input). False where nothing of it could be read. */
bool told_list_read(struct told_list *list, const char *text, const char *path, struct error *error);
void told_list_free(struct told_list *list);

#endif
