/* overhead: sizes of outer and inner packets. */
#include "sa/overhead.h"

enum { IP4_HEADER = 20, IP6_HEADER = 40, TCP_HEADER = 20, UDP_HEADER = 8, ESP_HEADER = 8, AH_HEADER = 12, ESP_TRAILER = 2, ESP_ALIGN = 4 };

static uint8_t overhead_header(uint8_t version)
{
    return version == 6 ? IP6_HEADER : IP4_HEADER;
}

uint8_t overhead_icv(const struct sa_definition *definition)
{
    uint8_t combined = definition->encryption != NULL ? definition->encryption->icv : 0;
    if (definition->icv)
        return definition->icv;
    return combined ? combined : definition->integrity != NULL ? definition->integrity->icv : 0;
}

/* Linux pads the ICV so that the header is a whole number of 8 bytes, or of 4 where an IPv4 SA says so. */
static bool overhead_ah(const struct sa_definition *definition, uint8_t outer_version, struct overhead *overhead)
{
    uint8_t icv = definition->icv ? definition->icv : definition->integrity != NULL ? definition->integrity->icv : 0;
    uint8_t mask = definition->align4 && outer_version == 4 ? 3 : 7;
    if (icv == 0)
        return false;
    overhead->fixed = (uint8_t)((AH_HEADER + icv + mask) & ~mask);
    overhead->align = 1;
    return true;
}

bool overhead_make(const struct sa_definition *definition, uint8_t outer_version, enum encap encap, struct overhead *overhead)
{
    *overhead = (struct overhead){ .outer = overhead_header(outer_version) };
    if (definition->mode == SA_MODE_TRANSPORT)
        overhead->stripped = overhead->outer;
    else if (definition->mode == SA_MODE_BEET)
        overhead->stripped = definition->has_selector ? overhead_header(definition->selector.dst.addr.family) : overhead->outer;
    if (definition->proto == SA_PROTO_AH)
        return overhead_ah(definition, outer_version, overhead);
    const struct encryption *encryption = definition->encryption;
    if (definition->proto != SA_PROTO_ESP || encryption == NULL || encap == ENCAP_TCP)
        return false;
    overhead->fixed = (uint8_t)(ESP_HEADER + encryption->iv + (encap == ENCAP_UDP ? UDP_HEADER : 0));
    overhead->trailer = ESP_TRAILER;
    overhead->align = encryption->block > ESP_ALIGN ? encryption->block : ESP_ALIGN;
    overhead->icv = overhead_icv(definition);
    return true;
}

uint32_t overhead_total(const struct overhead *overhead, uint32_t inner)
{
    uint32_t payload = inner > overhead->stripped ? inner - overhead->stripped : 0;
    uint32_t padded = (payload + overhead->trailer + overhead->align - 1) / overhead->align * overhead->align;
    return overhead->outer + overhead->fixed + padded + overhead->icv;
}

uint32_t overhead_inner(const struct overhead *overhead, uint32_t mtu)
{
    uint32_t around = (uint32_t)overhead->outer + overhead->fixed + overhead->icv;
    uint32_t room = mtu > around ? (mtu - around) / overhead->align * overhead->align : 0;
    uint32_t inner = room > overhead->trailer ? room - overhead->trailer + overhead->stripped : 0;
    return inner > IP4_HEADER ? inner : 0;
}

uint32_t overhead_mss(uint32_t inner, uint8_t version)
{
    uint32_t headers = (uint32_t)overhead_header(version) + TCP_HEADER;
    return inner > headers ? inner - headers : 0;
}
