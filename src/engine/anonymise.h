/*
 * anonymise: the frames of a cut and the SA files that belong to them, without what tells whose they are (veil/veil.h), and the proof that they still
 * show the finding.
 */
#ifndef ENGINE_ANONYMISE_H
#define ENGINE_ANONYMISE_H

#include "engine/cut.h"
#include "veil/veil.h"

#define ANONYMISE_FILES_MAX 64u

struct anonymise_file {
    struct text text;                /* may hold keys: wiped by anonymise_stop */
    struct text suffix;              /* behind the capture's name: ".sa.txt", ".sa2.txt", ".policy.txt" */
    const struct sa_format *format;  /* NULL: recognise it */
    bool policy, dosp;
};

struct anonymise {
    struct veil *veil;
    struct anonymise_file files[ANONYMISE_FILES_MAX];
    uint32_t file_count;
    struct text receivers[ANONYMISE_FILES_MAX]; /* prefixes of --receiver */
    const char *receiver_words[ANONYMISE_FILES_MAX];
    uint32_t receiver_count;
    struct addr src, dst;            /* of the finding's subject, now */
    struct sa_table *table;          /* of the SA files as they were */
    uint64_t resealed;               /* AH packets whose ICV was made anew */
};

/* Changes the chosen frames in place and makes the files. False and an error where that cannot be done, or they do not show the finding. */
bool anonymise_make(struct anonymise *anonymise, struct cut *cut, struct error *error);
void anonymise_stop(struct anonymise *anonymise);

#endif
