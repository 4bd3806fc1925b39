/* counters: /proc/net/xfrm_stat, what the kernel itself counted of each kind of drop. Opened once, so that it is read on after privileges are gone. */
#ifndef KERNEL_COUNTERS_H
#define KERNEL_COUNTERS_H

#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#include "base/error.h"
#include "catalogue/counter.h"

struct counter_values {
    uint64_t value[COUNTER_COUNT]; /* by enum counter; 0 for those that this kernel does not have */
    uint64_t unknown;              /* sum of those that have no name here */
};

/* Lines of a name and a number; false where no line is one. Total on any bytes. */
bool counters_parse(const char *text, size_t length, struct counter_values *values);

struct counters;

struct counters *counters_open(struct error *error); /* NULL with an error that says what is missing */
void counters_close(struct counters *counters);
int counters_descriptor(const struct counters *counters);
bool counters_read(const struct counters *counters, struct counter_values *values);

#endif
