/* ike_moves: peers that move, send each other elsewhere, or begin anew. */
#include "detect/ike_case.h"

#include <string.h>

#include "decode/ike_notify.h"

static const char *const redirect_causes[] = {
    "The gateway spreads clients over several gateways, or is about to be taken down for maintenance.",
    "A gateway behind an anycast address names its own.",
    NULL,
};

static const char *const redirect_remedies[] = {
    "Nothing has to be done where the client goes on to the other gateway; look there if the tunnel fails.",
    NULL,
};

/* RFC 5685 3.2: type, length, then an address or a name. */
static void redirect_where(struct finding *finding, const struct ike_notified *notify)
{
    const uint8_t *data = notify->data;
    if (notify->data_length < 2 || data == NULL || notify->data_length - 2 < data[1])
        return;
    if ((data[0] == 1 && data[1] == 4) || (data[0] == 2 && data[1] == 16)) {
        struct addr gateway = data[0] == 1 ? addr_ip4(data + 2) : addr_ip6(data + 2);
        char text[ADDR_TEXT_MAX];
        addr_print(&gateway, text);
        finding_text(finding, "gateway", text);
    } else if (data[0] == 3) {
        struct text name = { 0 };
        text_escaped(&name, (const char *)data + 2, data[1]);
        finding_text(finding, "gateway", name.chars ? name.chars : "");
        text_free(&name);
    }
}

static void redirect_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    if (ike->what != IKE_NOTIFIED || ike->session->version != IKE_VERSION_2 || ike->notify->type != IKE_N_REDIRECT)
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (is_new)
        redirect_where(finding, ike->notify);
}

static void redirect_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " sends ");
    ike_case_addr(&finding->subject.dst, text);
    text_printf(text,
                " to another gateway%s%s (REDIRECT). The negotiation begins anew there; it is no failure, but "
                "what follows is between other hosts.",
                *finding_words(finding, "gateway") ? ": " : "", finding_words(finding, "gateway"));
}

const struct condition condition_ike_redirect = {
    .name = "ike-redirect",
    .title = "The gateway sends its peer to another gateway",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 5685",
    .meaning = "A gateway told its peer to use another gateway. That is how load is spread and maintenance prepared, "
               "and no failure. The SAs with the first gateway end.",
    .causes = redirect_causes,
    .remedies = redirect_remedies,
    .events = 1u << EVENT_IKE,
    .decide = redirect_decide,
    .explain = redirect_explain,
};

static const char *const mobike_causes[] = {
    "The peer changed its network (Wi-Fi to mobile, a new lease, a second uplink) and told so.",
    "A NAT between the two gave it another address; then the IKE SA follows, and ESP must as well.",
    NULL,
};

static const char *const mobike_remedies[] = {
    "Nothing has to be done where ESP goes on with the new address. If it does not, see that both sides speak MOBIKE "
    "(strongSwan: mobike = yes) and that the firewall admits the new address.",
    NULL,
};

static void mobike_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    bool told = ike->what == IKE_NOTIFIED && ike->session->version == IKE_VERSION_2 &&
                ike->notify->type == IKE_N_UPDATE_SA_ADDRESSES;
    if (!told && ike->what != IKE_MOVED)
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (told)
        finding_bool(finding, "update_sa_addresses", true);
    if (ike->former)
        finding_addr(finding, "former", ike->former);
    if (is_new)
        finding_bool(finding, "mobike_supported", ike->session->mobike);
}

static void mobike_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    const struct fact *former = finding_fact(finding, "former");
    text_put(text, "The IKE SA with ");
    ike_case_addr(&finding->subject.dst, text);
    text_put(text, " goes on from another address: ");
    ike_case_addr(&finding->subject.src, text);
    if (former) {
        text_put(text, " instead of ");
        ike_case_addr(&former->addr, text);
    }
    text_put(text, finding_get(finding, "update_sa_addresses", 0) ? ". It said so itself (UPDATE_SA_ADDRESSES, "
                                                                    "MOBIKE). "
                                                                  : ". That is MOBIKE, or a NAT that gave it "
                                                                    "another address. ");
    text_put(text, "The SPIs stay, and ESP goes between the new addresses from now on; packets to the former one are "
                   "lost.");
}

const struct condition condition_ike_mobike = {
    .name = "ike-mobike",
    .title = "A peer moved to another address",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 4555",
    .meaning = "The messages of one IKE SA come from another address than before. With MOBIKE the peer says so and "
               "the SAs follow; without it a NAT may have moved the peer. It is no failure, but tells "
               "why ESP between other addresses has known SPIs.",
    .causes = mobike_causes,
    .remedies = mobike_remedies,
    .events = 1u << EVENT_IKE,
    .decide = mobike_decide,
    .explain = mobike_explain,
};

static const char *const contact_causes[] = {
    "The peer was restarted, or its IPsec service was.",
    "It dropped the former IKE SA on its own and begins anew.",
    NULL,
};

static const char *const contact_remedies[] = {
    "See whether the peer was restarted on purpose (uptime, its log). The old SAs are deleted by both sides; packets "
    "still on their way on them are dropped (13910), for a moment only.",
    NULL,
};

static void contact_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    uint16_t type =
        ike->session && ike->session->version == IKE_VERSION_2 ? IKE_N_INITIAL_CONTACT : IKE1_N_INITIAL_CONTACT;
    if (ike->what != IKE_NOTIFIED || ike->notify->type != type || !ike->decrypted)
        return;
    const struct addr *src = &event->layer->ip.src, *dst = &event->layer->ip.dst;
    const struct ike_session *former = ike_case_up_before(detect, src, dst, ike->session->first_ns, ike->session);
    if (former == NULL)
        return; /* it is said at every first contact */
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, 0, &is_new);
    if (is_new)
        finding_number(finding, "former_frame", (int64_t)former->first_frame);
}

static void contact_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    ike_case_addr(&finding->subject.src, text);
    text_put(text, " begins anew and says that it has no other IKE SA with ");
    ike_case_addr(&finding->subject.dst, text);
    text_printf(text,
                " (INITIAL_CONTACT), although one was there before (from frame %lld on). So it was restarted "
                "or dropped its state, and all former SAs of the two end here.",
                words_fact(finding, "former_frame"));
}

const struct condition condition_ike_initial_contact = {
    .name = "ike-initial-contact",
    .title = "The peer began anew and dropped its former SAs",
    .severity = SEVERITY_NOTE,
    .windows = 0,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 2.4",
    .meaning = "A peer said INITIAL_CONTACT while the capture shows an earlier IKE SA with it. It knows nothing of "
               "that one, so it was restarted. The other side deletes the former SAs at once, which is "
               "what the notify is for.",
    .causes = contact_causes,
    .remedies = contact_remedies,
    .events = 1u << EVENT_IKE,
    .decide = contact_decide,
    .explain = contact_explain,
};
