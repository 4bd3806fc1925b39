/* ike_getspi: negotiations that show that no inbound SPI came to be (13857). Certain only from a status notify: see
 * ike_windows.c. */
#include "detect/ike_case.h"

enum getspi_sign { GETSPI_BAD_SPI = 1, GETSPI_SAME_SPI, GETSPI_ONCE_ACCEPTED, GETSPI_NO_CHILD };

static const char *const getspi_causes[] = {
    "The kernel of one side gave its IKE daemon no SPI: out of memory or of SAs, an IPsec service that stopped, an "
    "algorithm that the kernel does not have.",
    "A bug of the IKE daemon, or of the layer between it and the kernel.",
    "A change of configuration between two attempts, which looks the same from outside.",
    NULL,
};

static const char *const getspi_remedies[] = {
    "Look at the host that is named. Windows: event log (4653, 4654, 4984), Get-Service IKEEXT, PolicyAgent, "
    "Get-NetIPsecQuickModeSA | measure. Linux: charon's log (`unable to allocate SPI`), "
    "dmesg, ip xfrm state count, /proc/net/xfrm_stat.",
    "Restart its IPsec service in a quiet moment; if it comes back with time, SAs leak: count them now and in an hour.",
    "If it began with a change of configuration, compare proposals and selectors of both sides instead.",
    NULL,
};

static void getspi_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct ike_event *ike = event->ike;
    enum getspi_sign sign;
    if (ike->what == IKE_NO_CHILD_SPI)
        sign = ike->spi < 256 ? GETSPI_BAD_SPI : GETSPI_SAME_SPI;
    else if (ike->what == IKE_REFUSED && ike->accepted_before)
        sign = GETSPI_ONCE_ACCEPTED;
    else if (ike->what == IKE_NO_CHILD)
        sign = GETSPI_NO_CHILD;
    else
        return;
    bool is_new;
    struct finding *finding = ike_case_hit(detect, condition, event, ike_case_kind(sign, NULL, NULL), &is_new);
    if (!is_new)
        return;
    finding_number(finding, "sign", sign);
    finding_spi(finding, "proposed_spi", ike->spi);
    finding->certainty = sign == GETSPI_BAD_SPI || sign == GETSPI_SAME_SPI ? CERTAINTY_LIKELY : CERTAINTY_POSSIBLE;
    finding->severity = sign == GETSPI_BAD_SPI ? SEVERITY_ERROR : SEVERITY_WARNING;
}

static void getspi_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    uint32_t spi = (uint32_t)finding_get(finding, "proposed_spi", 0);
    char src[ADDR_TEXT_MAX], dst[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, src);
    addr_print(&finding->subject.dst, dst);
    switch ((enum getspi_sign)finding_get(finding, "sign", 0)) {
    case GETSPI_BAD_SPI:
        text_printf(text,
                    "%s proposed a Child SA to %s with SPI 0x%08x, which no SA can have: 0 must not be used, 1 "
                    "to 255 are reserved, and an SPI has four bytes. ",
                    src, dst, spi);
        text_put(text, "So it had no inbound SPI to propose: its kernel most likely gave it none. It may also be a "
                       "sender that is broken or makes tests.");
        return;
    case GETSPI_SAME_SPI:
        text_printf(text, "%s proposed SPI 0x%08x to %s, which is the inbound SPI of a Child SA that it has already. ",
                    src, spi, dst);
        text_put(text, "A new SPI could not be had, or its daemon lost count. Packets of the old and of the new SA "
                       "could not be told apart.");
        return;
    case GETSPI_ONCE_ACCEPTED:
        text_printf(text,
                    "%s refused a Child SA proposal of %s with NO_PROPOSAL_CHOSEN that it took before in this "
                    "capture, word for word. ",
                    src, dst);
        text_printf(text,
                    "The algorithms therefore are not the reason, unless %s was configured anew in between. A "
                    "daemon whose kernel gives it no SPI, or takes no SA, says the same (strongSwan does).",
                    src);
        return;
    case GETSPI_NO_CHILD:
        text_printf(text,
                    "%s asked %s for a Child SA in IKE_AUTH; the IKE SA came up, but the answer holds neither "
                    "a Child SA nor an error. ",
                    src, dst);
        text_put(text, "Either the responder could not make the SA and said nothing, or it has a reason of its own "
                       "that the capture does not show.");
        return;
    }
    text_put(text, "A negotiation ended before an inbound SPI existed.");
}

const struct condition condition_ike_getspi = {
    .name = "ike-getspi",
    .title = "No inbound SPI came to be",
    .severity = SEVERITY_WARNING,
    .windows = 13857,
    .counter = COUNTER_NONE,
    .rfc = "RFC 7296 1.2, 2.9",
    .meaning = "Before an SA can be negotiated, each side gets an inbound SPI from its own kernel; where that fails, "
               "Windows says 13857 IKE_GETSPIFAIL. It happens inside one host and no packet carries "
               "it, so here it is inferred from negotiations that look like it, with other explanations named. It is "
               "certain only where a peer says 13857 itself (ike-windows-status).",
    .causes = getspi_causes,
    .remedies = getspi_remedies,
    .events = 1u << EVENT_IKE,
    .decide = getspi_decide,
    .explain = getspi_explain,
};
