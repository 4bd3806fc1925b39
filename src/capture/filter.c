/* filter: one compiled program a link type. */
#include "capture/filter.h"

#include <pcap.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/text.h"
#include "capture/source.h"

#define FILTER_LINKTYPES 32 /* a capture has one or two; a hostile one could have 65536 */
#define FILTER_NONE FILTER_LINKTYPES

struct program {
    uint16_t linktype;
    bool compiled;
    struct bpf_program code;
};

struct filter {
    char *expression;
    char reason[PCAP_ERRBUF_SIZE]; /* why the first program did not compile */
    uint32_t count;
    struct program programs[FILTER_LINKTYPES];
};

/* The values in files are the same everywhere; those that libpcap's functions take differ for the oldest link types. */
static int filter_dlt(uint16_t linktype)
{
    static const struct { uint16_t linktype, dlt; } old[] = {
        { 100, DLT_ATM_RFC1483 }, { 101, DLT_RAW }, { 102, DLT_SLIP_BSDOS }, { 103, DLT_PPP_BSDOS }, { 106, DLT_ATM_CLIP },
        { 246, DLT_PFSYNC }, { 258, DLT_PKTAP },
    };
    for (size_t i = 0; i < sizeof old / sizeof old[0]; i++) {
        if (old[i].linktype == linktype)
            return old[i].dlt;
    }
    return linktype;
}

struct filter *filter_create(const char *expression, struct error *error)
{
    struct filter *filter = calloc(1, sizeof *filter);
    if (filter != NULL)
        filter->expression = strdup(expression);
    if (filter == NULL || filter->expression == NULL) {
        error_set(error, "no memory");
        free(filter);
        return NULL;
    }
    return filter;
}

void filter_destroy(struct filter *filter)
{
    if (filter == NULL)
        return;
    for (uint32_t i = 0; i < filter->count; i++) {
        if (filter->programs[i].compiled)
            pcap_freecode(&filter->programs[i].code);
    }
    free(filter->expression);
    free(filter);
}

static bool filter_compile(struct filter *filter, struct program *program, char reason[PCAP_ERRBUF_SIZE])
{
    /* What is open for nothing but compiling has the snap length only as the value that a match returns. */
    pcap_t *dead = pcap_open_dead(filter_dlt(program->linktype), CAPTURE_FRAME_MAX);
    if (dead == NULL) {
        snprintf(reason, PCAP_ERRBUF_SIZE, "no memory");
        return false;
    }
    program->compiled = pcap_compile(dead, &program->code, filter->expression, 1, PCAP_NETMASK_UNKNOWN) == 0;
    if (!program->compiled)
        snprintf(reason, PCAP_ERRBUF_SIZE, "%s", pcap_geterr(dead));
    pcap_close(dead);
    return program->compiled;
}

uint32_t filter_meet(struct filter *filter, uint16_t linktype)
{
    for (uint32_t i = 0; i < filter->count; i++) {
        if (filter->programs[i].linktype == linktype)
            return i;
    }
    if (filter->count == FILTER_LINKTYPES)
        return FILTER_NONE;
    struct program *program = &filter->programs[filter->count];
    char reason[PCAP_ERRBUF_SIZE] = "";
    program->linktype = linktype;
    if (!filter_compile(filter, program, reason) && filter->count == 0)
        memcpy(filter->reason, reason, sizeof reason);
    return filter->count++;
}

bool filter_compiles(struct filter *filter, struct error *error)
{
    if (filter->count == 0)
        filter_meet(filter, 1);
    for (uint32_t i = 0; i < filter->count; i++) {
        if (filter->programs[i].compiled)
            return true;
    }
    struct text reason = { 0 };
    text_escaped(&reason, filter->reason, strlen(filter->reason));
    error_set(error, "the filter does not compile: %.300s", reason.chars != NULL ? reason.chars : "no memory");
    text_free(&reason);
    return false;
}

bool filter_passes(const struct filter *filter, uint32_t met, const struct frame *frame)
{
    if (met >= filter->count || !filter->programs[met].compiled)
        return false;
    struct pcap_pkthdr header = { .caplen = frame->captured, .len = frame->wire };
    return pcap_offline_filter(&filter->programs[met].code, &header, frame->bytes) != 0;
}
