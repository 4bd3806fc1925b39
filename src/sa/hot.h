/* hot: the half of an SA that every packet touches, made from its definition. For sadb.c. */
#ifndef SA_HOT_H
#define SA_HOT_H

#include "sa/sadb.h"

/* Sets both halves but for key, times, chains and counts. Frees an older window. */
void hot_define(struct sa_hot *hot, struct sa *sa, const struct sa_record *record, uint16_t file, uint32_t window_default);
/* Encapsulation and limits as the definition has them now. */
void hot_refresh(struct sa_hot *hot, struct sa *sa);
/* A window that a receiver had. */
void hot_take(struct sa_hot *hot, const struct sa_moment *moment);
/* An empty window of this size; 64 where memory is short, SADB_WINDOW_MAX at the most. */
void hot_set_window(struct sa_hot *hot, uint32_t window);

#endif
