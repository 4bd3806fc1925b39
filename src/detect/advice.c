/* advice: from an SA's overhead to sentences. */
#include "detect/advice.h"

#include "sa/overhead.h"

#define PROTOCOL_UDP 17
#define PORT_IKE 500
#define ADVICE_SAS_MAX 65536u /* looked through for one finding */
/* The most that a tunnel commonly adds to the outer IP header: UDP 8, ESP 8, IV 16, padding and trailer 17, ICV 16. */
#define ADVICE_AROUND (8u + 8u + 16u + 17u + 16u)

static bool advice_same(const struct sa *a, const struct sa *b)
{
    const struct sa_definition *x = a->definition, *y = b->definition;
    return x->encryption == y->encryption && overhead_icv(x) == overhead_icv(y) && x->mode == y->mode && a->encap == b->encap;
}

/*
 * A router that quotes no more than it must (RFC 792: 8 bytes behind the IP header) cuts the SPI of ESP in UDP off. Where all SAs between the two
 * add the same, any of them tells the sizes.
 */
static uint32_t advice_sa_of_pair(const struct detect *detect, const struct finding *finding)
{
    const struct subject *subject = &finding->subject;
    uint32_t found = SADB_NONE, count = sadb_count(detect->db);
    if (subject->proto != PROTOCOL_UDP || words_fact(finding, "sport") == PORT_IKE || words_fact(finding, "dport") == PORT_IKE)
        return SADB_NONE;
    for (uint32_t i = 0; i < count && i < ADVICE_SAS_MAX; i++) {
        const struct sa *sa = sadb_sa(detect->db, i);
        if (sa->definition == NULL || sa->proto != SA_PROTO_ESP || !addr_equal(&sa->src, &subject->src) || !addr_equal(&sa->dst, &subject->dst))
            continue;
        if (found != SADB_NONE && !advice_same(sa, sadb_sa(detect->db, found)))
            return SADB_NONE;
        found = i;
    }
    return found;
}

uint32_t advice_sa(const struct detect *detect, const struct finding *finding)
{
    const struct subject *subject = &finding->subject;
    if (finding->sa != SADB_NONE)
        return finding->sa;
    if (!subject->has_spi)
        return advice_sa_of_pair(detect, finding);
    uint8_t proto = subject->proto == PROTOCOL_UDP ? SA_PROTO_ESP : subject->proto;
    return sadb_probe(detect->db, sadb_hash(detect->db, &subject->dst, subject->spi, proto), &subject->dst, subject->spi, proto);
}

/* How the packets that the finding is about are carried. */
static bool advice_overhead(const struct detect *detect, const struct finding *finding, struct overhead *overhead,
                            const struct sa **sa)
{
    uint32_t index = advice_sa(detect, finding);
    *sa = index != SADB_NONE ? sadb_sa(detect->db, index) : NULL;
    if (*sa == NULL || (*sa)->definition == NULL)
        return false;
    bool six = finding->subject.dst.family == 6;
    enum encap encap = finding->subject.proto == PROTOCOL_UDP ? ENCAP_UDP : (enum encap)(*sa)->encap;
    return overhead_make((*sa)->definition, six ? 6 : 4, encap, overhead);
}

bool advice_set(const struct detect *detect, struct finding *finding, uint32_t mtu)
{
    struct overhead overhead;
    const struct sa *sa;
    if (!advice_overhead(detect, finding, &overhead, &sa))
        return false;
    uint32_t inner = overhead_inner(&overhead, mtu);
    if (inner == 0)
        return false;
    const struct sa_definition *definition = sa->definition;
    uint8_t only = 0; /* the family of packets that the SA carries, where it is one alone */
    if (definition->mode == SA_MODE_TRANSPORT)
        only = finding->subject.dst.family;
    else if (definition->has_selector && (definition->selector.dst.bits || definition->selector.src.bits) && !definition->af_unspec)
        only = definition->selector.dst.addr.family;
    finding_number(finding, "inner_mtu", inner);
    if (only != 6 && overhead_mss(inner, 4))
        finding_number(finding, "mss_ipv4", overhead_mss(inner, 4));
    if (only != 4 && overhead_mss(inner, 6))
        finding_number(finding, "mss_ipv6", overhead_mss(inner, 6));
    return true;
}

static void advice_general(const struct finding *finding, uint32_t mtu, struct text *text)
{
    uint32_t around = ADVICE_AROUND + (finding->subject.dst.family == 6 ? 40u : 20u);
    uint32_t inner = mtu > around ? mtu - around : 0;
    if (overhead_mss(inner, 4))
        text_printf(text,
                    " An inner packet of up to %u bytes (IPv4 TCP MSS %u) fits with any usual algorithm in tunnel mode, UDP "
                    "encapsulation included.",
                    inner, overhead_mss(inner, 4));
}

void advice_words(const struct detect *detect, const struct finding *finding, uint32_t mtu, struct text *text)
{
    struct overhead overhead;
    const struct sa *sa;
    if (finding_fact(finding, "inner_mtu") == NULL || !advice_overhead(detect, finding, &overhead, &sa)) {
        advice_general(finding, mtu, text);
        return;
    }
    const struct sa_definition *definition = sa->definition;
    bool transport = definition->mode == SA_MODE_TRANSPORT;
    const char *algorithm = definition->proto == SA_PROTO_AH ? definition->integrity->name : definition->encryption->name;
    bool separate = definition->proto == SA_PROTO_ESP && definition->encryption->icv == 0 && definition->integrity != NULL &&
                    definition->integrity->kind != INTEGRITY_NONE;
    long long mss4 = words_fact(finding, "mss_ipv4"), mss6 = words_fact(finding, "mss_ipv6");
    text_printf(text, " With %s%s%s in %s mode%s, packets of up to %lld bytes fit", algorithm, separate ? " and " : "",
                separate ? definition->integrity->name : "",
                transport ? "transport" : definition->mode == SA_MODE_BEET ? "BEET" : "tunnel",
                finding->subject.proto == PROTOCOL_UDP || sa->encap == ENCAP_UDP ? " and UDP" : "",
                words_fact(finding, "inner_mtu"));
    text_put(text, transport ? " as they are before IPsec:" : " into the tunnel:");
    if (mss4)
        text_printf(text, " TCP MSS %lld (IPv4)", mss4);
    if (mss6)
        text_printf(text, "%s %s%lld (IPv6)", mss4 ? "," : "", mss4 ? "" : "TCP MSS ", mss6);
    text_printf(text, "%s MTU %lld.", mss4 || mss6 ? ", or" : "", words_fact(finding, "inner_mtu"));
}
