/*
 * ike_sa: proposals, transforms and attributes.
 *
 * Theory of operation. Three lists inside each other, each element with a length of its own. take_proposal(),
 * take_transform() and take_attribute() cut the first element off a span and say OK, CUT or BAD; ike_sa_open() walks
 * the whole tree with them once and keeps the first fault, and the iterators are the same functions with the fault
 * thrown away. A list ends where its span does: the more-follows byte and the counts are checked against that, not
 * trusted.
 */
#include "decode/ike_sa.h"

#define PROPOSAL_HEADER 8
#define TRANSFORM_HEADER 8
#define MORE_PROPOSALS 2
#define MORE_TRANSFORMS 3

/* The first `length` bytes of a span behind `skip`, and the span without them. */
static struct ike_span span_cut(struct ike_span *span, uint32_t skip, uint32_t length)
{
    struct ike_span inner = *span;
    uint32_t gone = skip < span->captured ? skip : span->captured;
    inner.bytes += gone;
    inner.at += skip;
    inner.wire = length - skip;
    inner.captured = span->captured - gone < inner.wire ? span->captured - gone : inner.wire;
    gone = length < span->captured ? length : span->captured;
    span->bytes += gone;
    span->captured -= gone;
    span->at += length;
    span->wire -= length;
    return inner;
}

/*
 * The length of the element at the head of the list, whose own header has `header` bytes. The more-follows byte is 0 in
 * the last element and `more` in all others.
 */
static enum decode_status element(const struct ike_span *rest, uint32_t header, uint8_t more,
                                  enum ike_damage length_damage, enum ike_damage last_damage, uint32_t *length,
                                  struct ike_fault *fault)
{
    if (rest->wire < header)
        return ike_payload_blame(fault, length_damage, rest->at, rest->wire, header);
    if (rest->captured < header)
        return DECODE_CUT;
    *length = bytes_get16(rest->bytes + 2);
    if (*length < header)
        return ike_payload_blame(fault, length_damage, rest->at + 2, *length, header);
    if (*length > rest->wire)
        return ike_payload_blame(fault, length_damage, rest->at + 2, *length, rest->wire);
    uint8_t wanted = *length == rest->wire ? 0 : more;
    if (rest->bytes[0] != wanted)
        return ike_payload_blame(fault, last_damage, rest->at, rest->bytes[0], wanted);
    return DECODE_OK;
}

static bool spi_fits(unsigned version, uint8_t protocol, uint8_t size)
{
    bool two = version == IKE_VERSION_2;
    switch (protocol) {
    case 1: return two ? size == 0 || size == 8 : size <= 16; /* RFC 2408 3.5: 0 to 16, of no importance */
    case 2: case 3: return size == 4;
    case 4: return two || size == 2 || size == 4; /* IPCOMP's CPI (RFC 2407 4.5, RFC 3173 4.1) */
    default: return true;
    }
}

static uint32_t spi_wanted(uint8_t protocol)
{
    return protocol == 1 ? 0 : protocol == 4 ? 2 : 4;
}

static enum decode_status take_proposal(struct ike_span *rest, struct ike_proposal *proposal, struct ike_fault *fault)
{
    uint32_t length;
    enum decode_status status = element(rest, PROPOSAL_HEADER, MORE_PROPOSALS, IKE_DAMAGE_PROPOSAL_LENGTH,
                                        IKE_DAMAGE_PROPOSAL_LAST, &length, fault);
    if (status != DECODE_OK)
        return status;
    const uint8_t *header = rest->bytes;
    *proposal = (struct ike_proposal){
        .at = rest->at, .number = header[4], .protocol = header[5], .spi_size = header[6], .transforms = header[7],
    };
    if (proposal->protocol == 0)
        return ike_payload_blame(fault, IKE_DAMAGE_PROPOSAL_PROTOCOL, proposal->at + 5, 0, 0);
    if (!spi_fits(rest->version, proposal->protocol, proposal->spi_size))
        return ike_payload_blame(fault, IKE_DAMAGE_PROPOSAL_SPI_SIZE, proposal->at + 6, proposal->spi_size,
                                 spi_wanted(proposal->protocol));
    uint32_t skip = PROPOSAL_HEADER + (uint32_t)proposal->spi_size;
    if (skip > length)
        return ike_payload_blame(fault, IKE_DAMAGE_PROPOSAL_LENGTH, proposal->at + 2, length, skip);
    if (skip > rest->captured)
        return DECODE_CUT;
    proposal->spi = proposal->spi_size > 0 ? header + PROPOSAL_HEADER : NULL;
    proposal->rest = span_cut(rest, skip, length);
    return DECODE_OK;
}

/* Attributes that are 2 bytes by definition (RFC 2409 appendix A, RFC 2407 4.5, RFC 7296 3.3.5). */
static bool is_basic(unsigned version, uint8_t protocol, uint16_t class)
{
    if (version == IKE_VERSION_2)
        return class == 14;
    if (protocol == 1)
        return (class >= 1 && class <= 5) || class == 11 || (class >= 13 && class <= 15);
    return class == 1 || (class >= 3 && class <= 8);
}

static enum decode_status take_attribute(struct ike_span *rest, uint8_t protocol, struct ike_attribute *attribute,
                                         struct ike_fault *fault)
{
    if (rest->wire < 4)
        return ike_payload_blame(fault, IKE_DAMAGE_ATTRIBUTE_LENGTH, rest->at, rest->wire, 4);
    if (rest->captured < 4)
        return DECODE_CUT;
    uint16_t head = bytes_get16(rest->bytes), tail = bytes_get16(rest->bytes + 2);
    bool basic = head & 0x8000;
    *attribute = (struct ike_attribute){
        .at = rest->at, .class = head & 0x7fff, .basic = basic, .length = basic ? 2 : tail,
        .bytes = rest->bytes + (basic ? 2 : 4),
    };
    uint32_t length = basic ? 4 : 4 + (uint32_t)tail;
    if (length > rest->wire)
        return ike_payload_blame(fault, IKE_DAMAGE_ATTRIBUTE_LENGTH, rest->at + 2, tail, rest->wire - 4);
    if (!basic && is_basic(rest->version, protocol, attribute->class))
        return ike_payload_blame(fault, IKE_DAMAGE_ATTRIBUTE_FORMAT, rest->at, head, head | 0x8000u);
    if (length > rest->captured)
        return DECODE_CUT;
    for (uint16_t i = 0; i < attribute->length; i++)
        attribute->value = attribute->value > UINT64_MAX >> 8 ? UINT64_MAX
                                                              : attribute->value << 8 | attribute->bytes[i];
    span_cut(rest, length, length);
    return DECODE_OK;
}

static enum decode_status take_transform(struct ike_span *rest, uint8_t protocol, struct ike_transform *transform,
                                         struct ike_fault *fault)
{
    uint32_t length;
    enum decode_status status = element(rest, TRANSFORM_HEADER, MORE_TRANSFORMS, IKE_DAMAGE_TRANSFORM_LENGTH,
                                        IKE_DAMAGE_TRANSFORM_LAST, &length, fault);
    if (status != DECODE_OK)
        return status;
    const uint8_t *header = rest->bytes;
    bool two = rest->version == IKE_VERSION_2;
    *transform = (struct ike_transform){
        .at = rest->at, .protocol = protocol, .type = two ? header[4] : 0, .number = two ? 0 : header[4],
        .id = two ? bytes_get16(header + 6) : header[5],
    };
    transform->rest = span_cut(rest, TRANSFORM_HEADER, length);

    uint16_t class = two || protocol == 1 ? 14 : 6; /* the key length attribute's */
    struct ike_span attributes = transform->rest;
    struct ike_attribute attribute;
    while (status == DECODE_OK && attributes.wire > 0) {
        status = take_attribute(&attributes, protocol, &attribute, fault);
        if (status == DECODE_OK && attribute.class == class && attribute.length == 2)
            transform->key_length = (uint16_t)attribute.value;
    }
    return status;
}

/* Every transform of a proposal, and their number. */
static enum decode_status check_transforms(const struct ike_proposal *proposal, struct ike_fault *fault)
{
    struct ike_span rest = proposal->rest;
    struct ike_transform transform;
    uint32_t count = 0;
    for (; rest.wire > 0; count++) {
        enum decode_status status = take_transform(&rest, proposal->protocol, &transform, fault);
        if (status != DECODE_OK)
            return status;
    }
    if (count != proposal->transforms || count == 0)
        return ike_payload_blame(fault, IKE_DAMAGE_TRANSFORM_COUNT, proposal->at + 7, count, proposal->transforms);
    return DECODE_OK;
}

/*
 * IKEv2 numbers offers 1, 2, 3; an answer is the one chosen proposal with its own number, so that a single one may have
 * any (RFC 7296 3.3.1). IKEv1's numbers go up, and repeat where proposals belong together (RFC 2408 4.2).
 */
static bool number_fits(const struct ike_span *rest, const struct ike_proposal *proposal, uint16_t index,
                        uint8_t before)
{
    if (rest->version != IKE_VERSION_2)
        return index == 0 || proposal->number >= before;
    bool single = index == 0 && rest->wire == 0;
    return single ? proposal->number != 0 : proposal->number == (uint8_t)(before + 1);
}

static enum decode_status check_proposals(struct ike_sa *sa, struct ike_fault *fault)
{
    struct ike_span rest = sa->rest;
    struct ike_proposal proposal;
    uint8_t before = 0;
    while (rest.wire > 0) {
        enum decode_status status = take_proposal(&rest, &proposal, fault);
        if (status != DECODE_OK)
            return status;
        if (!number_fits(&rest, &proposal, sa->proposals, before))
            return ike_payload_blame(fault, IKE_DAMAGE_PROPOSAL_NUMBER, proposal.at + 4, proposal.number, before + 1u);
        before = proposal.number;
        status = check_transforms(&proposal, fault);
        if (status != DECODE_OK)
            return status;
        sa->proposals++;
    }
    return DECODE_OK;
}

/* DOI and situation (RFC 2407 4.6.1): what follows other situations than identity only is not proposals. */
static enum decode_status open_head(const struct ike_payload *payload, struct ike_sa *sa, struct ike_fault *fault)
{
    enum decode_status status = ike_payload_room(payload, 0, 8, IKE_DAMAGE_SA_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    sa->doi = bytes_get32(payload->body);
    sa->situation = bytes_get32(payload->body + 4);
    if (sa->doi > 1)
        return ike_payload_tell(payload, IKE_DAMAGE_SA_DOI, 0, sa->doi, 1, fault);
    if (sa->doi == 1 && sa->situation != 1)
        return ike_payload_tell(payload, IKE_DAMAGE_SA_SITUATION, 4, sa->situation, 1, fault);
    return DECODE_OK;
}

enum decode_status ike_sa_open(const struct ike_payload *payload, struct ike_sa *sa, struct ike_fault *fault)
{
    *sa = (struct ike_sa){ .rest = { .bytes = payload->body, .version = payload->version } };
    uint32_t skip = payload->version == IKE_VERSION_2 ? 0 : 8;
    enum decode_status status = skip > 0 ? open_head(payload, sa, fault) : DECODE_OK;
    if (status != DECODE_OK)
        return status;
    if (payload->wire < skip + PROPOSAL_HEADER)
        return ike_payload_tell(payload, IKE_DAMAGE_SA_LENGTH, payload->wire, payload->wire, skip + PROPOSAL_HEADER,
                                fault);
    sa->rest = (struct ike_span){
        .bytes = payload->body + skip, .at = payload->at + IKE_PAYLOAD_HEADER + skip,
        .captured = payload->captured - skip, .wire = payload->wire - skip, .version = payload->version,
    };
    status = check_proposals(sa, fault);
    return ike_payload_claim(payload, status, fault);
}

bool ike_sa_proposal(struct ike_sa *sa, struct ike_proposal *proposal)
{
    struct ike_fault fault;
    return sa->rest.wire > 0 && take_proposal(&sa->rest, proposal, &fault) == DECODE_OK;
}

bool ike_sa_transform(struct ike_proposal *proposal, struct ike_transform *transform)
{
    struct ike_fault fault;
    return proposal->rest.wire > 0 && take_transform(&proposal->rest, proposal->protocol, transform,
                                                     &fault) == DECODE_OK;
}

bool ike_sa_attribute(struct ike_transform *transform, struct ike_attribute *attribute)
{
    struct ike_fault fault;
    return transform->rest.wire > 0 && take_attribute(&transform->rest, transform->protocol, attribute,
                                                      &fault) == DECODE_OK;
}

uint32_t ike_sa_spi(const struct ike_proposal *proposal)
{
    return proposal->spi_size == 4 ? bytes_get32(proposal->spi) : 0;
}

static void suite_life(struct ike_suite1 *suite, uint64_t type, uint64_t value)
{
    if (type == 1)
        suite->seconds = value;
    else if (type == 2)
        suite->kilobytes = value;
}

static void suite_phase1(struct ike_suite1 *suite, const struct ike_attribute *attribute, uint64_t *life)
{
    uint16_t value = (uint16_t)attribute->value;
    switch (attribute->class) {
    case 1: suite->cipher = value; break;
    case 2: suite->hash = value; break;
    case 3: suite->method = value; break;
    case 4: suite->group = value; break;
    case 11: *life = attribute->value; break;
    case 12: suite_life(suite, *life, attribute->value); break;
    case 13: suite->prf = value; break;
    case 14: suite->key_length = value; break;
    default: break;
    }
}

static void suite_phase2(struct ike_suite1 *suite, const struct ike_attribute *attribute, uint64_t *life)
{
    uint16_t value = (uint16_t)attribute->value;
    switch (attribute->class) {
    case 1: *life = attribute->value; break;
    case 2: suite_life(suite, *life, attribute->value); break;
    case 3: suite->group = value; break;
    case 4: suite->mode = value; break;
    case 5: suite->hash = value; break;
    case 6: suite->key_length = value; break;
    case 11: suite->esn = value == 1; break;
    default: break;
    }
}

void ike_sa_suite1(const struct ike_transform *transform, struct ike_suite1 *suite)
{
    struct ike_transform copy = *transform;
    struct ike_attribute attribute;
    uint64_t life = 0; /* a duration means what the life type before it says */
    *suite = (struct ike_suite1){ .phase = transform->protocol == 1 ? 1 : 2 };
    if (suite->phase == 2)
        suite->cipher = transform->id;
    while (ike_sa_attribute(&copy, &attribute)) {
        if (suite->phase == 1)
            suite_phase1(suite, &attribute, &life);
        else
            suite_phase2(suite, &attribute, &life);
    }
}
