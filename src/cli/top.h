/* top: `esplain live --top`: the state of a run on a terminal, drawn anew each second, with keys to sort, scroll and pause. */
#ifndef CLI_TOP_H
#define CLI_TOP_H

#include "esplain/esplain.h"

struct top;

/* Takes the terminal. NULL where there is none (*error then says so). `title`: what is captured on; it must outlive the view. */
struct top *top_open(const char *title, bool color, struct esplain_error *error);
/* Gives the terminal back and writes the messages that came meanwhile to standard error. NULL is fine. */
void top_close(struct top *top);
/* Keys, and the picture where it is time for one; call it several times a second. False: the user asked to quit. */
bool top_tick(struct top *top, struct esplain *esplain);
/* A line about esplain's own work: the latest stands at the bottom. */
void top_message(struct top *top, const char *line);

#endif
