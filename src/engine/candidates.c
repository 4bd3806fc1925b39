/* candidates: a finding's addresses, SPIs and frames, and what a frame has of them. */
#include "engine/candidates.h"

#include <string.h>

static void candidates_addr(struct candidates *candidates, const struct addr *addr)
{
    if (addr->family == 0)
        return;
    for (uint32_t i = 0; i < candidates->addr_count; i++)
        if (addr_equal(&candidates->addrs[i], addr))
            return;
    if (candidates->addr_count < CANDIDATES_TRAITS)
        candidates->addrs[candidates->addr_count++] = *addr;
}

static void candidates_spi(struct candidates *candidates, uint32_t spi)
{
    if (candidates->spi_count < CANDIDATES_TRAITS)
        candidates->spis[candidates->spi_count++] = spi;
}

void candidates_of(struct candidates *candidates, const struct finding *finding)
{
    candidates_addr(candidates, &finding->subject.src);
    candidates_addr(candidates, &finding->subject.dst);
    if (finding->subject.has_spi)
        candidates_spi(candidates, finding->subject.spi);
    for (uint32_t i = 0; i < finding->fact_count; i++) {
        if (finding->facts[i].kind == FACT_ADDR)
            candidates_addr(candidates, &finding->facts[i].addr);
        if (finding->facts[i].kind == FACT_SPI)
            candidates_spi(candidates, (uint32_t)finding->facts[i].number);
    }
}

void candidates_name(struct candidates *candidates, uint64_t number)
{
    uint32_t at = candidates->named_count;
    while (at > 0 && candidates->named[at - 1] > number)
        at--;
    if (number == 0 || candidates->named_count == CANDIDATES_NAMED || (at > 0 && candidates->named[at - 1] == number))
        return;
    memmove(candidates->named + at + 1, candidates->named + at, (candidates->named_count - at) * sizeof candidates->named[0]);
    candidates->named[at] = number;
    candidates->named_count++;
}

uint64_t candidates_distance(const struct candidates *candidates, uint64_t number)
{
    uint64_t least = UINT64_MAX;
    for (uint32_t i = 0; i < candidates->named_count; i++) {
        uint64_t named = candidates->named[i], far = named > number ? named - number : number - named;
        least = far < least ? far : least;
    }
    return least;
}

static bool candidates_has_addr(const struct candidates *candidates, const struct addr *addr)
{
    for (uint32_t i = 0; i < candidates->addr_count; i++)
        if (addr_equal(&candidates->addrs[i], addr))
            return true;
    return false;
}

static bool candidates_has_spi(const struct candidates *candidates, uint32_t spi)
{
    for (uint32_t i = 0; i < candidates->spi_count; i++)
        if (candidates->spis[i] == spi)
            return true;
    return false;
}

static enum candidate candidates_between(const struct candidates *candidates, const struct addr *src, const struct addr *dst)
{
    int ends = candidates_has_addr(candidates, src) + candidates_has_addr(candidates, dst);
    return ends == 2 || (ends == 1 && candidates->addr_count == 1) ? CANDIDATE_PAIR : ends == 1 ? CANDIDATE_ADDRESS : CANDIDATE_OTHER;
}

static enum candidate candidates_layer(const struct candidates *candidates, const struct layer *layer)
{
    bool spi = (layer->kind == LAYER_ESP || layer->kind == LAYER_AH) && layer->status == DECODE_OK;
    enum candidate kind = candidates_between(candidates, &layer->ip.src, &layer->ip.dst);
    if (layer->kind == LAYER_QUOTE) {
        enum candidate quoted = candidates_between(candidates, &layer->quote.src, &layer->quote.dst);
        kind = quoted < kind ? quoted : kind;
        if (layer->quote.has_spi && candidates_has_spi(candidates, layer->quote.spi))
            return CANDIDATE_SPI;
    }
    return spi && candidates_has_spi(candidates, layer->spi) ? CANDIDATE_SPI : kind;
}

enum candidate candidates_kind(const struct candidates *candidates, const struct frame *frame, const struct walk_ports *ports)
{
    struct walk walk;
    struct layer layer;
    enum candidate kind = CANDIDATE_OTHER;
    if (candidates_distance(candidates, frame->number) == 0)
        return CANDIDATE_NAMED;
    for (walk_frame(&walk, frame, ports); walk_next(&walk, &layer);) {
        enum candidate found = candidates_layer(candidates, &layer);
        kind = found < kind ? found : kind;
    }
    return kind;
}
