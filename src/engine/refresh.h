/*
 * refresh: SA files that change while a run goes on.
 *
 * Theory of operation. Once a second each file's size and times are looked at; one that changed, and was left alone for a second or was moved into
 * its place whole, is read. SAs that are new in it, or have other keys, came at some time since it was read before, and count from then on; those that
 * it shows no more ended now, and stay for the packets of their time. Events of a history are taken as load.c takes them.
 */
#ifndef ENGINE_REFRESH_H
#define ENGINE_REFRESH_H

#include "engine/engine.h"

#define REFRESH_FILES_MAX 64u  /* that are looked after */

struct refresh;

struct refresh *refresh_create(struct esplain *esplain, int64_t now_ns); /* NULL: no memory */
/* Says which files this process, as the user that it is by now, could not read again. */
void refresh_warn(const struct refresh *refresh);
void refresh_look(struct refresh *refresh, int64_t now_ns); /* the time of day, as packets have it */
void refresh_set_clock(struct refresh *refresh, int64_t step_ns); /* as sadb_set_clock; NULL is fine, here and below */
void refresh_destroy(struct refresh *refresh);

#endif
