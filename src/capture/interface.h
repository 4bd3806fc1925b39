/*
 * interface: what a pcapng capture says of the interfaces that it was taken on. Private to capture/.
 * A file has one or more sections, each with its own interfaces, numbered from 0; over the file they are counted on.
 */
#ifndef CAPTURE_INTERFACE_H
#define CAPTURE_INTERFACE_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define INTERFACES_MAX 65536       /* in a file */
#define INTERFACE_NAME_MAX 255     /* bytes that are kept of a name */

struct interface {
    uint16_t linktype;
    uint8_t resolution;    /* as if_tsresol: 10 to the minus n, or with the high bit set 2 to the minus n */
    bool told;             /* interface statistics were met */
    uint32_t snaplen;      /* 0: unlimited */
    uint32_t filter;       /* from filter_meet */
    int64_t offset;        /* seconds to add to every time */
    uint64_t scale;        /* computed from the resolution: factor or divisor to nanoseconds */
    uint64_t told_dropped; /* by the statistics, since the capture began */
    uint64_t seen_dropped; /* summed up from packets */
    char *name;            /* or NULL */
};

struct interfaces {
    struct interface *all;
    size_t count, room;
    size_t section;        /* the first of the current section */
};

void interfaces_free(struct interfaces *interfaces);
void interfaces_section(struct interfaces *interfaces); /* a new section begins */
/* A new one with microsecond resolution; NULL: too many, or no memory. Moves the others. */
struct interface *interfaces_add(struct interfaces *interfaces);
/* By its number in the current section, or NULL. */
struct interface *interfaces_find(const struct interfaces *interfaces, uint32_t id);
uint32_t interfaces_index(const struct interfaces *interfaces, const struct interface *interface);
const char *interfaces_name(const struct interfaces *interfaces, uint32_t index);
uint64_t interfaces_dropped(const struct interfaces *interfaces);
uint32_t interfaces_snaplen(const struct interfaces *interfaces); /* the smallest, 0 where all are unlimited */

/* The name ends at its first NUL. Without memory there is none. */
void interface_name(struct interface *interface, const uint8_t *bytes, size_t length);
void interface_resolution(struct interface *interface, uint8_t resolution);
/* Ticks to nanoseconds since 1970, rounded down; what an int64_t cannot hold becomes its limit. */
int64_t interface_time(const struct interface *interface, uint64_t ticks);

#endif
