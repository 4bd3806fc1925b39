/*
 * pcapng: the capture format of Wireshark, dumpcap and pktmon (draft-ietf-opsawg-pcapng).
 *
 * Theory of operation. libpcap reads pcapng too, but it refuses a file whose interfaces have different link types or
 * snap lengths, and it hides which interface a frame came from and how many the host dropped. So this reader is our own
 * and needs nothing of libpcap.
 *
 * block.c finds the blocks; this file knows what they say. Frames point into its window, without a copy, so a batch
 * ends where the window ends. On a pipe that means that nobody waits for the next packet before seeing this one.
 */
#include <stdlib.h>

#include "capture/block.h"
#include "capture/interface.h"

enum option_code {
    OPTION_COMMENT = 1,
    OPTION_IF_NAME = 2,
    OPTION_IF_DESCRIPTION = 3,
    OPTION_IF_TSRESOL = 9,
    OPTION_IF_TSOFFSET = 14,
    OPTION_EPB_DROPCOUNT = 4,
    OPTION_ISB_IFDROP = 5,
};

struct pcapng {
    struct blocks blocks;
    struct interfaces interfaces;
    struct block first; /* the first packet, met at open */
    bool has_first;
    bool begun;         /* a section header was met */
    int64_t last_ns;    /* time of the frame before, for packets that have none */
    struct block *held; /* of the frames of the batch; NULL where nobody asks for comments */
};

static void pcapng_section(struct source *source, const struct block *block)
{
    struct pcapng *ng = source->state;
    if (block->length < 28) {
        block_damaged(source, block, "is a section header of %u bytes", (unsigned)block->length);
        return;
    }
    unsigned major = block_16(block, block->bytes + 12), minor = block_16(block, block->bytes + 14);
    if (major != 1) {
        block_damaged(source, block, "is a section of version %u.%u of the format, which is unknown", major, minor);
        return;
    }
    ng->begun = true;
    interfaces_section(&ng->interfaces);
}

static void pcapng_interface(struct source *source, const struct block *block)
{
    struct pcapng *ng = source->state;
    if (block->length < 20) {
        block_damaged(source, block, "is an interface description of %u bytes", (unsigned)block->length);
        return;
    }
    struct interface *interface = interfaces_add(&ng->interfaces);
    if (interface == NULL) {
        block_damaged(source, block, "describes one interface too many (%u are read)", INTERFACES_MAX);
        return;
    }
    interface->linktype = block_16(block, block->bytes + 8);
    interface->snaplen = block_32(block, block->bytes + 12);
    const uint8_t *at = block->bytes + 16;
    bool named = false;
    for (struct option option; block_option(block, &at, &option);) {
        if (option.code == OPTION_IF_NAME || (option.code == OPTION_IF_DESCRIPTION && !named))
            interface_name(interface, option.value, option.length);
        named = named || option.code == OPTION_IF_NAME;
        if (option.code == OPTION_IF_TSRESOL && option.length == 1)
            interface_resolution(interface, option.value[0]);
        if (option.code == OPTION_IF_TSOFFSET && option.length == 8)
            interface->offset = (int64_t)block_64(block, option.value);
    }
    if (source->filter != NULL)
        interface->filter = filter_meet(source->filter, interface->linktype);
}

static void pcapng_statistics(struct source *source, const struct block *block)
{
    struct pcapng *ng = source->state;
    struct interface *interface = NULL;
    if (block->length >= 24)
        interface = interfaces_find(&ng->interfaces, block_32(block, block->bytes + 8));
    if (interface == NULL)
        return; /* statistics of nobody say nothing, and hurt nobody */
    const uint8_t *at = block->bytes + 20;
    for (struct option option; block_option(block, &at, &option);) {
        if (option.code == OPTION_ISB_IFDROP && option.length == 8) {
            interface->told = true;
            interface->told_dropped = block_64(block, option.value);
        }
    }
}

/*
 * Frames that were lost between this one and the one before on the same interface, where the packet's block counts
 * them.
 */
static void pcapng_lost(struct interface *interface, const struct block *block, const uint8_t *options)
{
    if (block->type == BLOCK_OLD_PACKET) {
        uint16_t lost = block_16(block, block->bytes + 10);
        interface->seen_dropped += lost != UINT16_MAX ? lost : 0;
    } else if (block->type == BLOCK_PACKET) {
        for (struct option option; block_option(block, &options, &option);) {
            if (option.code == OPTION_EPB_DROPCOUNT && option.length == 8)
                interface->seen_dropped += block_64(block, option.value);
        }
    }
}

/* Reads a packet block into a frame; NULL where it is damaged, else its interface. */
static struct interface *pcapng_packet(struct source *source, const struct block *block, struct frame *frame)
{
    struct pcapng *ng = source->state;
    bool simple = block->type == BLOCK_SIMPLE_PACKET;
    uint32_t header = simple ? 12 : 28;
    const uint8_t *bytes = block->bytes;
    if (block->length < header + 4) {
        block_damaged(source, block, "is a packet block of %u bytes", (unsigned)block->length);
        return NULL;
    }
    uint32_t id = simple ? 0 : block->type == BLOCK_OLD_PACKET ? block_16(block, bytes + 8) : block_32(block, bytes + 8);
    struct interface *interface = interfaces_find(&ng->interfaces, id);
    if (interface == NULL) {
        block_damaged(source, block, "is from interface %u, which no block describes", (unsigned)id);
        return NULL;
    }
    uint32_t space = block->length - 4 - header;
    uint32_t wire = block_32(block, bytes + header - 4);
    uint32_t captured = simple ? wire : block_32(block, bytes + 20);
    if (simple && interface->snaplen != 0 && captured > interface->snaplen)
        captured = interface->snaplen;
    if (captured > CAPTURE_FRAME_MAX) {
        block_damaged(source, block, "claims %u bytes", (unsigned)captured);
        return NULL;
    }
    if (captured > space) {
        block_damaged(source, block, "claims %u bytes in a block that has room for %u", (unsigned)captured, (unsigned)space);
        return NULL;
    }
    if (!simple)
        ng->last_ns = interface_time(interface, (uint64_t)block_32(block, bytes + 12) << 32 | block_32(block, bytes + 16));
    pcapng_lost(interface, block, bytes + header + ((captured + 3) & ~3u));
    *frame = (struct frame){
        .bytes = bytes + header,
        .captured = captured,
        .wire = wire > captured ? wire : captured,
        .time_ns = ng->last_ns,
        .number = source->number + 1,
        .linktype = interface->linktype,
        .file = source->file,
        .interface = interfaces_index(&ng->interfaces, interface),
    };
    return interface;
}

/* Does what a block that is no packet says. */
static void pcapng_note(struct source *source, const struct block *block)
{
    if (block->type == BLOCK_SECTION)
        pcapng_section(source, block);
    else if (block->type == BLOCK_INTERFACE)
        pcapng_interface(source, block);
    else if (block->type == BLOCK_STATISTICS)
        pcapng_statistics(source, block);
}

static size_t pcapng_read(struct source *source, struct frame frames[CAPTURE_BATCH])
{
    struct pcapng *ng = source->state;
    size_t count = 0;
    while (count < CAPTURE_BATCH && !source->ended) {
        struct block block;
        if (ng->has_first)
            block = ng->first;
        else if (!blocks_next(&ng->blocks, source, count == 0, &block))
            break;
        ng->has_first = false;
        if (!block_is_packet(block.type)) {
            pcapng_note(source, &block);
            continue;
        }
        const struct interface *interface = pcapng_packet(source, &block, &frames[count]);
        if (interface == NULL)
            break;
        source->number++;
        if (ng->held != NULL)
            ng->held[count] = block;
        if (source->filter == NULL || filter_passes(source->filter, interface->filter, &frames[count]))
            count++;
    }
    return count;
}

static bool pcapng_recognise(const uint8_t *front, size_t length)
{
    return length >= 4 && bytes_get32(front) == BLOCK_SECTION;
}

/* Reads all that stands before the first packet, so that the interfaces and their link types are known. */
static bool pcapng_open(struct source *source, struct error *error)
{
    struct pcapng *ng = calloc(1, sizeof *ng);
    source->state = ng;
    if (ng == NULL || !blocks_create(&ng->blocks) || (source->comments && (ng->held = calloc(CAPTURE_BATCH, sizeof *ng->held)) == NULL))
        return error_set(error, "no memory");
    while (!source->ended && !ng->has_first && blocks_next(&ng->blocks, source, true, &ng->first)) {
        ng->has_first = block_is_packet(ng->first.type);
        if (!ng->has_first)
            pcapng_note(source, &ng->first);
    }
    if (!ng->begun)
        return error_set(error, "a pcapng file without a readable section header: %.300s", source_damage(source));
    return true;
}

static void pcapng_close(struct source *source)
{
    struct pcapng *ng = source->state;
    if (ng == NULL)
        return;
    interfaces_free(&ng->interfaces);
    blocks_free(&ng->blocks);
    free(ng->held);
    free(ng);
}

static uint64_t pcapng_dropped(const struct source *source)
{
    const struct pcapng *ng = source->state;
    return interfaces_dropped(&ng->interfaces);
}

static const char *pcapng_name(const struct source *source, uint32_t index)
{
    const struct pcapng *ng = source->state;
    return interfaces_name(&ng->interfaces, index);
}

static bool pcapng_comment(const struct source *source, size_t index, unsigned number, struct span *comment)
{
    const struct pcapng *ng = source->state;
    const struct block *block = &ng->held[index];
    if (block->type == BLOCK_SIMPLE_PACKET)
        return false;
    const uint8_t *at = block->bytes + 28 + ((block_32(block, block->bytes + 20) + 3) & ~3u);
    for (struct option option; block_option(block, &at, &option);)
        if (option.code == OPTION_COMMENT && number-- == 0) {
            *comment = (struct span){ (const char *)option.value, option.length };
            return true;
        }
    return false;
}

static uint32_t pcapng_snaplen(const struct source *source)
{
    const struct pcapng *ng = source->state;
    return interfaces_snaplen(&ng->interfaces);
}

const struct reader_format pcapng_format = {
    .name = "pcapng",
    .recognise = pcapng_recognise,
    .open = pcapng_open,
    .close = pcapng_close,
    .read = pcapng_read,
    .dropped = pcapng_dropped,
    .interface = pcapng_name,
    .snaplen = pcapng_snaplen,
    .comment = pcapng_comment,
};
