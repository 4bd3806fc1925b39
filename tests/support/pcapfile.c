/* pcapfile: classic pcap files for tests. */
#include "pcapfile.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <unistd.h>

enum { FILE_HEADER = 24, RECORD_HEADER = 16 };

static uint32_t pcapfile_word(const struct pcapfile *file, size_t at)
{
    uint32_t word;
    memcpy(&word, file->bytes + at, sizeof word);
    return file->swapped ? __builtin_bswap32(word) : word;
}

bool pcapfile_open(struct pcapfile *file, const char *path)
{
    *file = (struct pcapfile){ 0 };
    FILE *stream = fopen(path, "rb");
    if (stream == NULL)
        return false;
    long size = fseek(stream, 0, SEEK_END) == 0 ? ftell(stream) : -1;
    if (size >= FILE_HEADER && fseek(stream, 0, SEEK_SET) == 0) {
        file->size = (size_t)size;
        file->bytes = malloc(file->size);
        if (file->bytes != NULL && fread(file->bytes, 1, file->size, stream) != file->size)
            pcapfile_close(file);
    }
    fclose(stream);
    if (file->bytes == NULL)
        return false;

    uint32_t magic = pcapfile_word(file, 0);
    file->swapped = magic == 0xd4c3b2a1 || magic == 0x4d3cb2a1;
    magic = pcapfile_word(file, 0);
    file->nanoseconds = magic == 0xa1b23c4d;
    if (magic != 0xa1b2c3d4 && !file->nanoseconds) {
        pcapfile_close(file);
        return false;
    }
    file->linktype = (uint16_t)pcapfile_word(file, 20);
    file->at = FILE_HEADER;
    return true;
}

bool pcapfile_next(struct pcapfile *file, struct frame *frame)
{
    if (file->size - file->at < RECORD_HEADER)
        return false;
    uint32_t captured = pcapfile_word(file, file->at + 8);
    if (captured > file->size - file->at - RECORD_HEADER)
        return false;
    int64_t fraction = pcapfile_word(file, file->at + 4);
    *frame = (struct frame){
        .bytes = file->bytes + file->at + RECORD_HEADER,
        .captured = captured,
        .wire = pcapfile_word(file, file->at + 12),
        .time_ns = pcapfile_word(file, file->at) * INT64_C(1000000000) + fraction * (file->nanoseconds ? 1 : 1000),
        .number = ++file->number,
        .linktype = file->linktype,
    };
    file->at += RECORD_HEADER + captured;
    return true;
}

void pcapfile_close(struct pcapfile *file)
{
    free(file->bytes);
    *file = (struct pcapfile){ 0 };
}

bool pcapfile_shared(char *path, size_t room, const char *name)
{
    const char *shared = getenv("ESPLAIN_SHARED");
    int length = snprintf(path, room, "%s/%s", shared ? shared : "../shared", name);
    return length > 0 && (size_t)length < room && access(path, R_OK) == 0;
}
