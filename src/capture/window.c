/* window: reading on. */
#include "capture/window.h"

#include <stdlib.h>
#include <string.h>

bool window_create(struct window *window)
{
    *window = (struct window){ .bytes = malloc(WINDOW_ROOM), .room = WINDOW_ROOM };
    return window->bytes != NULL;
}

void window_free(struct window *window)
{
    free(window->bytes);
    *window = (struct window){ 0 };
}

bool window_fill(struct window *window, struct source *source, size_t wanted)
{
    memmove(window->bytes, window_front(window), window_left(window));
    window->end -= window->at;
    window->at = 0;
    while (window->end < wanted) {
        if (window->end == window->room) { /* grows with what was read, not with what a record claims */
            uint8_t *bytes = realloc(window->bytes, window->room * 2);
            if (bytes == NULL) {
                source_damaged(source, "no memory for what stands at byte %llu", (unsigned long long)window->offset);
                return false;
            }
            window->bytes = bytes;
            window->room *= 2;
        }
        size_t more = unpack_read(source->unpack, window->bytes + window->end, window->room - window->end);
        if (more == 0)
            return false;
        window->end += more;
    }
    return true;
}
