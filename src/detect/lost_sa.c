/* lost_sa: a capture on the receiving host shows that it opened the packets of an SA, and then that it opens them no more. */
#include "detect/rows.h"
#include "detect/unknown_ike.h"

#define LOST_SA_COPIES 2u  /* opened forms that must have been seen, to know that this capture shows them */
#define LOST_SA_SPAN_NS ((int64_t)1000000000)
#define LOST_SA_PACKETS 3u /* packets since then without one */

static const char *const lost_sa_causes[] = {
    "The receiving host lost the SA: its IKE daemon was killed or restarted, or its SAs were flushed, while the sender goes on.",
    "The SA was deleted or expired on the receiving side alone.",
    "Something between the interface and IPsec began to drop the packets: a firewall rule on the host, or a full queue.",
    NULL,
};

static const char *const lost_sa_remedies[] = {
    "Look on the receiving host: ip -s xfrm state shows whether the SA is there, /proc/net/xfrm_stat whether XfrmInNoStates rises with these packets.",
    "If the SA is gone, make the sender negotiate anew (swanctl --terminate, clear crypto sa peer, diagnose vpn tunnel flush); dead peer detection on "
    "the sender does it by itself.",
    NULL,
};

static void lost_sa_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    const struct sa *sa = sadb_sa(detect->db, event->sa);
    const struct sa_hot *hot = sadb_hot(detect->db, event->sa);
    uint64_t packets = sa_packets(detect->db, event->sa);
    if (sa->copied < LOST_SA_COPIES || packets < sa->copied_until + LOST_SA_PACKETS || sa->verdicts[VERDICT_UNKNOWN_SPI] != 0)
        return;
    if (sa->copied * 10 < sa->copied_until * 9 || hot->last_ns - sa->copied_ns < LOST_SA_SPAN_NS)
        return; /* not every packet showed its opened form even then: a busy host, or another reason */
    uint64_t refused = 0;
    for (unsigned i = 0; i < VERDICT_COUNT; i++)
        refused += verdict_row(i)->refused ? sa->verdicts[i] : 0;
    if (refused >= packets - sa->copied_until)
        return; /* what was wrong with them is said elsewhere */
    bool is_new;
    struct finding *finding = detect_hit_sa(detect, condition, event->sa, &is_new);
    finding->certainty = CERTAINTY_LIKELY;
    finding->count = packets - sa->copied_until;
    finding_number(finding, "opened", (int64_t)sa->copied);
    finding_number(finding, "last_opened_frame", (int64_t)sa->copied_frame);
    finding_time(finding, "last_opened", sa->copied_ns);
    finding_number(finding, "not_opened", (int64_t)(packets - sa->copied_until));
}

static void lost_sa_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char dst[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    addr_print(&finding->subject.dst, dst);
    text_printf(text, "This capture was made on %s itself: right behind %lld packets of the ", dst, words_fact(finding, "opened"));
    words_sa(detect, finding->sa, text);
    span_print(finding->last.time_ns - finding_get(finding, "last_opened", 0), span);
    text_printf(text, " it shows what the host opened. The last such is frame %lld; of the ", words_fact(finding, "last_opened_frame"));
    words_packets((uint64_t)words_fact(finding, "not_opened"), "", text);
    text_printf(text, " in the %s since then it opened none, and nothing is wrong with them that can be seen from outside. What is left is that the "
                      "host has no such SA any more (BAD_SPI): it does not answer that, so the sender goes on until it notices by itself. ",
                span);
    unknown_ike_explain(finding, text);
}

const struct condition condition_receiver_lost_sa = {
    .name = "receiver-lost-sa",
    .title = "The receiver stopped opening this SA's packets",
    .severity = SEVERITY_ERROR,
    .windows = 13910,
    .counter = COUNTER_IN_NO_STATES,
    .rfc = "RFC 4303 3.4.2",
    .meaning = "A capture on a Linux host shows each tunnel packet that the host opens a second time, in clear. Here that happened at first and then no more, while "
               "packets of the same SA kept coming. So the host drops them, most likely because it has lost the SA. It is concluded from what the host "
               "does, not from an SA table, and therefore never certain.",
    .causes = lost_sa_causes,
    .remedies = lost_sa_remedies,
    .events = 1u << EVENT_SA_END,
    .decide = lost_sa_decide,
    .explain = lost_sa_explain,
    .conclude = unknown_ike_conclude,
};
