/* path_mtu: packets that are too large for the path: cut behind IPsec, cut before it, or swallowed. */
#include "detect/advice.h"
#include "detect/rows.h"
#include "receiver/inner.h"
#include "track/stall.h"

#define REMEDY_MSS \
    "Make TCP send smaller segments, which cures most of it at once: nft add rule inet filter forward tcp flags syn tcp " \
    "option maxseg size set N, ip tcp adjust-mss N (Cisco), set tcp-mss-sender N and set tcp-mss-receiver N " \
    "(FortiGate), set security flow tcp-mss ipsec-vpn mss N (Junos). N as the explanation has it, or 1240 to begin with."
#define REMEDY_MTU \
    "For what is not TCP, lower the MTU of the tunnel interface or of its route: ip route change NET dev DEV mtu N, ip mtu N " \
    "(Cisco), netsh interface ipv4 set subinterface NAME mtu=N (Windows)."
#define REMEDY_PROBE \
    "Find the largest packet that passes: ping -M do -s SIZE HOST (Linux), ping -f -l SIZE HOST (Windows), through the tunnel and " \
    "outside of it; 28 bytes of headers come on top of SIZE."
#define REMEDY_ICMP \
    "Let ICMP \"fragmentation needed\" and ICMPv6 \"packet too big\" pass every firewall, back to the gateway and behind it."

static const char *const outer_fragments_causes[] = {
    "The sender encrypts packets that fill its link, and what IPsec adds makes them larger than that link: it cuts the result itself.",
    "A router on the way has a smaller MTU (PPPoE, a tunnel, a mobile network), and the gateway clears DF on what it sends.",
    "Path MTU discovery does not reach the inner hosts: the gateway does not tell them, or a firewall drops its ICMP.",
    NULL,
};

static const char *const outer_fragments_remedies[] = {
    REMEDY_MSS,
    REMEDY_MTU,
    "Where the gateway can, let it cut before it encrypts: crypto ipsec fragmentation before-encryption (Cisco), set "
    "ip-fragmentation pre-encapsulation (FortiGate), charon.plugins.kernel-netlink.mtu (strongSwan).",
    NULL,
};

/* Largest so far of a fact that counts upwards. */
static void path_largest(struct finding *finding, const char *name, int64_t number)
{
    if (number > finding_get(finding, name, 0))
        finding_number(finding, name, number);
}

static void outer_fragments_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    if (is_new) {
        finding->certainty = CERTAINTY_CERTAIN;
        finding->counter = COUNTER_NONE;
    }
    path_largest(finding, "length", event->layer->ip.total);
    path_largest(finding, "pieces", event->pieces);
    path_largest(finding, "piece", event->piece);
    if (event->layer->encap == ENCAP_UDP)
        finding_bool(finding, "udp", true);
}

/* Do fragments of the same direction get lost? Then this is no matter of speed alone; fragments-incomplete raises that alarm. */
static void outer_fragments_conclude(const struct detect *detect, struct finding *finding)
{
    if (finding_get(finding, "piece", 0) > 0)
        advice_set(detect, finding, (uint32_t)finding_get(finding, "piece", 0));
    for (uint32_t i = 0; i < ledger_count(detect->ledger); i++) {
        const struct finding *other = ledger_at(detect->ledger, i);
        if (other->condition != &condition_fragments_incomplete || other->severity < SEVERITY_WARNING ||
            !addr_equal(&other->subject.src, &finding->subject.src) || !addr_equal(&other->subject.dst, &finding->subject.dst))
            continue;
        finding_number(finding, "incomplete", finding_get(finding, "incomplete", 0) + (int64_t)other->count);
    }
}

static void outer_fragments_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    int64_t piece = finding_get(finding, "piece", 0), lost = finding_get(finding, "incomplete", 0);
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    text_printf(text,
                " from %s to %s came in fragments, up to %lld of them, and could be put together again; the largest has %lld bytes. They "
                "were cut after encryption, so every piece must arrive and the receiver has to collect them before it can "
                "check anything.",
                src, dst, words_fact(finding, "pieces"), words_fact(finding, "length"));
    if (piece)
        text_printf(text, " The pieces have up to %lld bytes, so the link that they were cut for takes %lld to %lld.", (long long)piece,
                    (long long)piece, (long long)piece + 7);
    advice_words(detect, finding, (uint32_t)piece, text);
    if (lost)
        text_printf(text, " %lld more datagram%s in this direction never came together (see fragments-incomplete): fragments are lost here.",
                    (long long)lost, lost == 1 ? "" : "s");
    else
        text_put(text, " None was lost in this capture, so it costs speed, not packets.");
}

const struct condition condition_outer_fragments = {
    .name = "outer-fragments",
    .title = "IPsec packets are cut into fragments on their way",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4303 3.3.4, RFC 4301 8.1",
    .meaning = "ESP or AH packets were larger than a link of the path, and were cut after IPsec had made them. The receiver "
               "puts them together before it looks for the SA, so nothing is wrong with the SA. It is slow, a lost piece loses "
               "the whole packet, and many firewalls and NATs drop fragments.",
    .causes = outer_fragments_causes,
    .remedies = outer_fragments_remedies,
    .events = 1u << EVENT_PIECES,
    .decide = outer_fragments_decide,
    .explain = outer_fragments_explain,
    .conclude = outer_fragments_conclude,
};

static const char *const inner_fragments_causes[] = {
    "The gateway knows the path's MTU and cuts what is too large before it encrypts, as it should for packets without DF.",
    "A host behind the gateway sends datagrams that are larger than its own link (DNS, NFS, RADIUS, SIP over UDP).",
    "A test sends large pings.",
    NULL,
};

static const char *const inner_fragments_remedies[] = {
    "Nothing has to be done while all pieces arrive. Where the selectors name ports, look at selector-mismatch: pieces behind the "
    "first carry none (RFC 4301 7).",
    REMEDY_MTU,
    NULL,
};

static void inner_fragments_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    if (!(event->remarks & OPENED_FRAGMENT))
        return;
    bool is_new;
    struct finding *finding = detect_hit(detect, condition, event, CAUSE_NONE, &is_new);
    if (is_new) {
        finding->severity = condition->severity;
        finding->counter = COUNTER_NONE;
        finding->certainty = CERTAINTY_CERTAIN;
        finding_addr(finding, "inner_src", &event->inner->flow.src);
        finding_addr(finding, "inner_dst", &event->inner->flow.dst);
    }
    path_largest(finding, "piece", event->inner->length);
    path_largest(finding, "length", event->layer->ip.total);
}

static void inner_fragments_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    char src[ADDR_TEXT_MAX] = "one host", dst[ADDR_TEXT_MAX] = "another";
    const struct fact *from = finding_fact(finding, "inner_src"), *to = finding_fact(finding, "inner_dst");
    if (from && to) {
        addr_print(&from->addr, src);
        addr_print(&to->addr, dst);
    }
    words_packets(finding->count, finding->subject.proto == SA_PROTO_AH ? "AH" : "ESP", text);
    text_printf(text,
                " carried a piece of an inner packet that had been cut before IPsec, the first from %s to %s. The largest piece has %lld "
                "bytes, which make an outer packet of %lld. The host behind the receiver puts them together; IPsec judges each piece by "
                "itself.",
                src, dst, words_fact(finding, "piece"), words_fact(finding, "length"));
}

const struct condition condition_inner_fragments = {
    .name = "inner-fragments",
    .title = "Inner packets were cut into fragments before IPsec",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4301 7, RFC 4301 8.2",
    .meaning = "What came out of an SA were pieces of larger packets, cut by the sending gateway or a host behind it before "
               "IPsec was applied. That is the right place to cut. Pieces behind the first carry no ports, so an SA or policy with "
               "ports cannot tell whether it may carry them.",
    .causes = inner_fragments_causes,
    .remedies = inner_fragments_remedies,
    .events = 1u << EVENT_OPENED,
    .decide = inner_fragments_decide,
    .explain = inner_fragments_explain,
};

static const char *const size_ceiling_causes[] = {
    "A link of the path takes smaller packets, and the ICMP message that says so is dropped by a firewall or never sent: a path MTU "
    "black hole.",
    "A router or NAT on the way drops large packets or fragments.",
    "The far host went away at that moment, and the size has nothing to do with it.",
    NULL,
};

static const char *const size_ceiling_remedies[] = {
    REMEDY_PROBE,
    REMEDY_MSS,
    REMEDY_ICMP,
    NULL,
};

/* Where a router said it by ICMP, that is the finding. */
static bool size_ceiling_is_told(const struct detect *detect, const struct sa *sa)
{
    for (uint32_t i = 0; i < ledger_count(detect->ledger); i++) {
        const struct finding *finding = ledger_at(detect->ledger, i);
        if (finding->condition == &condition_icmp_error && finding_fact(finding, "mtu") &&
            addr_equal(&finding->subject.dst, &sa->dst) && finding->subject.has_spi && finding->subject.spi == sa->spi)
            return true;
    }
    return false;
}

static void size_ceiling_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct stall *stall = event->stall;
    const struct sa *sa = sadb_sa(detect->db, event->sa);
    if (size_ceiling_is_told(detect, sa))
        return;
    bool is_new;
    struct subject subject = { .src = sa->src, .dst = sa->dst, .proto = sa->proto, .has_spi = true, .spi = sa->spi };
    struct place first = { stall->file, stall->first_frame, stall->first_ns };
    struct finding *finding = detect_hit_subject(detect, condition, &subject, &first, &is_new);
    finding->last = (struct place){ stall->file, stall->last_frame, stall->last_ns };
    finding->sa = event->sa;
    finding->near = sa->pair;
    finding->certainty = CERTAINTY_POSSIBLE;
    finding_number(finding, "packets", stall->packets);
    finding_number(finding, "length", stall->length);
    finding_span(finding, "span_ns", stall->last_ns - stall->first_ns);
    finding_spi(finding, "silent_spi", sadb_sa(detect->db, sa->pair)->spi);
}

static void size_ceiling_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char span[SPAN_TEXT_MAX];
    span_print(finding_get(finding, "span_ns", 0), span);
    text_printf(text, "The last %lld packets of the ", words_fact(finding, "packets"));
    words_sa(detect, finding->sa, text);
    text_printf(text,
                " all have %lld bytes, may not be cut, and come at growing intervals over %s, as TCP sends again what is not "
                "acknowledged; on the SA of the other direction, 0x%08x, nothing came since. Smaller packets had been answered "
                "before. So it may be that a link takes no packets of this size and nobody says so; that the far end went away "
                "looks the same.",
                words_fact(finding, "length"), span, (uint32_t)finding_get(finding, "silent_spi", 0));
}

const struct condition condition_size_ceiling = {
    .name = "size-ceiling",
    .title = "Large packets seem to vanish on the way",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 2923 2.1, RFC 4301 8.2",
    .meaning = "An SA ended with packets of its largest size that were sent again and again without an answer. That is how a "
               "path looks that swallows large packets without a word. Logins and pings work, and transfers hang. It is no proof, "
               "because a far end that went away looks the same.",
    .causes = size_ceiling_causes,
    .remedies = size_ceiling_remedies,
    .events = 1u << EVENT_STALL,
    .decide = size_ceiling_decide,
    .explain = size_ceiling_explain,
};
