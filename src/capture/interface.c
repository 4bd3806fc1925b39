/* interface: the interfaces of a pcapng capture, their clocks and their counters. */
#include "capture/interface.h"

#include <stdlib.h>
#include <string.h>

#define INTERFACE_BINARY 0x80 /* of if_tsresol: powers of two */
#define INTERFACE_MICROSECONDS 6

void interfaces_free(struct interfaces *interfaces)
{
    for (size_t i = 0; i < interfaces->count; i++)
        free(interfaces->all[i].name);
    free(interfaces->all);
    *interfaces = (struct interfaces){ 0 };
}

void interfaces_section(struct interfaces *interfaces)
{
    interfaces->section = interfaces->count;
}

struct interface *interfaces_add(struct interfaces *interfaces)
{
    if (interfaces->count == INTERFACES_MAX)
        return NULL;
    if (interfaces->count == interfaces->room) {
        size_t room = interfaces->room ? interfaces->room * 2 : 4;
        struct interface *all = realloc(interfaces->all, room * sizeof *all);
        if (all == NULL)
            return NULL;
        interfaces->all = all;
        interfaces->room = room;
    }
    struct interface *interface = &interfaces->all[interfaces->count++];
    *interface = (struct interface){ 0 };
    interface_resolution(interface, INTERFACE_MICROSECONDS);
    return interface;
}

struct interface *interfaces_find(const struct interfaces *interfaces, uint32_t id)
{
    return id < interfaces->count - interfaces->section ? &interfaces->all[interfaces->section + id] : NULL;
}

uint32_t interfaces_index(const struct interfaces *interfaces, const struct interface *interface)
{
    return (uint32_t)(interface - interfaces->all);
}

const char *interfaces_name(const struct interfaces *interfaces, uint32_t index)
{
    return index < interfaces->count ? interfaces->all[index].name : NULL;
}

uint64_t interfaces_dropped(const struct interfaces *interfaces)
{
    uint64_t sum = 0;
    for (size_t i = 0; i < interfaces->count; i++) {
        const struct interface *interface = &interfaces->all[i];
        uint64_t dropped = interface->told ? interface->told_dropped : interface->seen_dropped;
        sum = dropped > UINT64_MAX - sum ? UINT64_MAX : sum + dropped;
    }
    return sum;
}

uint32_t interfaces_snaplen(const struct interfaces *interfaces)
{
    uint32_t smallest = 0;
    for (size_t i = 0; i < interfaces->count; i++) {
        uint32_t snaplen = interfaces->all[i].snaplen;
        if (snaplen != 0 && (smallest == 0 || snaplen < smallest))
            smallest = snaplen;
    }
    return smallest;
}

void interface_name(struct interface *interface, const uint8_t *bytes, size_t length)
{
    free(interface->name);
    interface->name = strndup((const char *)bytes, length < INTERFACE_NAME_MAX ? length : INTERFACE_NAME_MAX);
}

static uint64_t interface_power(unsigned exponent)
{
    uint64_t power = 1;
    while (exponent-- > 0)
        power *= 10;
    return power;
}

void interface_resolution(struct interface *interface, uint8_t resolution)
{
    interface->resolution = resolution;
    if (resolution <= 9)
        interface->scale = interface_power(9u - resolution);
    else if (resolution <= 9 + 19)
        interface->scale = interface_power(resolution - 9u);
    else
        interface->scale = 0; /* so fine that 64 bits of it stay below a nanosecond, or binary */
}

int64_t interface_time(const struct interface *interface, uint64_t ticks)
{
    unsigned resolution = interface->resolution;
    __int128 time;
    if (resolution & INTERFACE_BINARY)
        time = (__int128)ticks * 1000000000 >> (resolution & ~(unsigned)INTERFACE_BINARY);
    else if (resolution <= 9)
        time = (__int128)ticks * interface->scale;
    else
        time = interface->scale != 0 ? ticks / interface->scale : 0;
    time += (__int128)interface->offset * 1000000000;
    return time > INT64_MAX ? INT64_MAX : time < INT64_MIN ? INT64_MIN : (int64_t)time;
}
