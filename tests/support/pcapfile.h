/*
 * pcapfile: classic pcap files for tests, read whole. Not for hostile files: the tool's own reader is in capture/.
 * Frames point into the file's bytes and live until pcapfile_close().
 */
#ifndef SUPPORT_PCAPFILE_H
#define SUPPORT_PCAPFILE_H

#include <stdbool.h>
#include <stddef.h>

#include "decode/packet.h"

struct pcapfile {
    uint8_t *bytes;
    size_t size, at;
    bool swapped, nanoseconds;
    uint16_t linktype;
    uint64_t number;
};

/* False where the file cannot be read or is no classic pcap. */
bool pcapfile_open(struct pcapfile *file, const char *path);
/* False at the end. */
bool pcapfile_next(struct pcapfile *file, struct frame *frame);
void pcapfile_close(struct pcapfile *file);

/* "$ESPLAIN_SHARED/name" ("../shared" where it is not set) into path; false where no such file can be read. */
bool pcapfile_shared(char *path, size_t room, const char *name);

#endif
