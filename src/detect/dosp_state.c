/* dosp_state: state entries and queues that the simulated DoS protection does not have: 13928, 13929, 13932. */
#include "detect/dosp_words.h"
#include "detect/rows.h"

static const char *const no_state_causes[] = {
    "The pair was silent for longer than StateIdleTimeoutSeconds (360 unless set), and the public host goes on with its old SA.",
    "The internal host never answered: it is down, does not speak IPsec with this peer, or its answers leave through another edge.",
    "The internal host answers from another address than the one that was asked.",
    "The table of state entries was full when the entry should have been made.",
    NULL,
};
static const char *const no_state_remedies[] = {
    "Look whether the internal host's own IPsec packets pass this edge at all: with two edges each must see both directions.",
    "Where the pair was idle: raise StateIdleTimeoutSeconds (Set-NetIPsecDospSetting), or let the hosts talk more often than that (a keepalive, "
    "a shorter SA idle time, so that they negotiate anew).",
    "On the box: netsh ipsecdosprotection show state lists the pairs that have an entry; Get-NetIPsecDospSetting shows what is set.",
    NULL,
};

static void no_state_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    static const enum cause causes[] = {
        [LACK_NEVER] = CAUSE_ENTRY_NEVER, [LACK_IDLE] = CAUSE_ENTRY_IDLE, [LACK_FULL] = CAUSE_ENTRY_REFUSED,
        [LACK_OTHER_ADDRESS] = CAUSE_ENTRY_OTHER_ADDRESS, [LACK_LATE] = CAUSE_LATE_CAPTURE,
    };
    const struct boundary_judgement *said = event->dosp;
    bool is_new, passed = said->error != 13928;
    if (said->lack == LACK_NONE || said->sort != CLASS_UNAUTH || (passed && said->action != BOUNDARY_PASS))
        return;
    bool possible = said->lack == LACK_LATE || passed || said->forgotten;
    struct finding *finding = dosp_hit(detect, condition, event, causes[said->lack], possible ? CERTAINTY_POSSIBLE : CERTAINTY_LIKELY, &is_new);
    finding_number(finding, "would_pass", words_fact(finding, "would_pass") + said->other_passes);
    if (!is_new)
        return;
    if (said->lack == LACK_LATE || passed)
        finding->severity = SEVERITY_NOTE;
    finding_bool(finding, "passed", passed);
    finding_span(finding, "idle_timeout_ns", (int64_t)said->setting->numbers[SETTING_STATE_IDLE] * 1000000000);
    finding_text(finding, "assumed_entry_by", settings_entry_by_name(detect->dosp ? detect->dosp->entry_by : ENTRY_BY_OUTBOUND_IPSEC));
    if (said->lack == LACK_IDLE)
        finding_span(finding, "idle_ns", said->idle_ns);
    if (said->lack == LACK_OTHER_ADDRESS)
        finding_addr(finding, "answerer", &said->answerer);
}

static void no_state_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    char chars[ADDR_TEXT_MAX > SPAN_TEXT_MAX ? ADDR_TEXT_MAX : SPAN_TEXT_MAX];
    (void)detect;
    dosp_subject(finding, "ESP", "finds", "find", text);
    text_put(text, " no state entry in the simulated box. ");
    switch ((unsigned)finding->cause) {
    case CAUSE_ENTRY_IDLE:
        span_print(finding_get(finding, "idle_ns", 0), chars);
        text_printf(text, "It had one, but the pair had been silent for %s when the first of them came, and entries live for ", chars);
        span_print(finding_get(finding, "idle_timeout_ns", 0), chars);
        text_printf(text, "%s of silence. ", chars);
        break;
    case CAUSE_ENTRY_REFUSED:
        text_put(text, "The internal host's packet that should have made it came while the table was full (13929). ");
        break;
    case CAUSE_ENTRY_OTHER_ADDRESS:
        if (finding_fact(finding, "answerer"))
            addr_print(&finding_fact(finding, "answerer")->addr, chars);
        text_printf(text, "Entries are pairs of addresses, and the peer is answered by %s, to which it never sent anything. ",
                    finding_fact(finding, "answerer") ? chars : "another host");
        break;
    case CAUSE_LATE_CAPTURE:
        text_put(text, "Their talk began before the capture, so the box may well have an entry that is not seen here: this is no more than "
                       "possible. ");
        break;
    default:
        text_put(text, "The internal host sent nothing to this peer that makes one. ");
        break;
    }
    const char *entry_by = finding_words(finding, "assumed_entry_by");
    text_put(text, "Which packet makes an entry is not documented");
    if (entry_by[0])
        text_printf(text, "; assumed is %s (AssumeEntryBy)", entry_by);
    text_put(text, ". ");
    if (finding_get(finding, "passed", 0))
        text_put(text, "Assumed is also that such ESP passes within the rate limit (AssumeEspWithoutEntry: RateLimit), and it did; were it "
                       "dropped instead, this would be 13928. ");
    else
        text_printf(text, "Whether ESP without an entry is dropped or only rate limited is not documented either; assumed is a drop. With "
                          "AssumeEspWithoutEntry: RateLimit, %lld of %llu would have passed. ",
                    words_fact(finding, "would_pass"), (unsigned long long)finding->count);
}

const struct condition condition_dosp_no_state = {
    .name = "dosp-no-state",
    .title = "The simulated DoS protection has no state entry for this pair",
    .severity = SEVERITY_ERROR,
    .windows = 13928,
    .counter = COUNTER_NONE,
    .meaning = "Inbound ESP came for a pair of public and internal address that has no state entry in the box that the settings describe. An "
               "entry is a pair of addresses that may pass; it holds no SA, no SPI and no key, so nothing is wrong with the packet itself. "
               "Which packets make an entry, and what becomes of ESP without one, is not documented and assumed as the settings file says.",
    .causes = no_state_causes,
    .remedies = no_state_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = no_state_decide,
    .explain = no_state_explain,
};

static void full_decide(struct detect *detect, const struct condition *condition, const struct event *event)
{
    struct finding *finding = event->dosp->error == condition->windows ? dosp_begin(detect, condition, event, CERTAINTY_LIKELY) : NULL;
    if (finding != NULL)
        finding_number(finding, "limit", event->dosp->limit);
}

static const char *const table_full_causes[] = {
    "More pairs talk than MaxStateEntries allows (75000 unless set).",
    "A flood of new pairs, each of which keeps its entry for the whole idle time.",
    NULL,
};
static const char *const table_full_remedies[] = {
    "Compare currentStateEntries of the box (performance object IPsec DoS Protection) with MaxStateEntries, and raise it or shorten "
    "StateIdleTimeoutSeconds.",
    NULL,
};

static void table_full_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, "", NULL, NULL, text);
    text_printf(text, "should have made a state entry, and the simulated table had %lld, which is its limit. Which packet makes an entry is "
                      "not documented, so the count is an estimate. ", words_fact(finding, "limit"));
}

const struct condition condition_dosp_table_full = {
    .name = "dosp-table-full",
    .title = "The simulated DoS protection has no room for another state entry",
    .severity = SEVERITY_ERROR,
    .windows = 13929,
    .counter = COUNTER_NONE,
    .meaning = "A packet that makes a state entry came while the table held as many as the policy allows. The pair stays without an entry, and "
               "its inbound ESP is refused until others have gone idle.",
    .causes = table_full_causes,
    .remedies = table_full_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = full_decide,
    .explain = table_full_explain,
};

static const char *const queues_full_causes[] = {
    "A scan over the internal prefix: each internal address that is asked takes a queue.",
    "More internal hosts are asked by new peers than MaxPerIPRateLimitQueues allows (50000 unless set).",
    NULL,
};
static const char *const queues_full_remedies[] = {
    "Look for one source that asks very many internal addresses, and block it (FilterBlock for its prefix).",
    "For honest load raise MaxPerIPRateLimitQueues or shorten PerIPRateLimitQueueIdleTimeoutSeconds.",
    NULL,
};

static void queues_full_explain(const struct detect *detect, const struct finding *finding, struct text *text)
{
    (void)detect;
    dosp_subject(finding, "", NULL, NULL, text);
    text_printf(text, "needed a rate-limit queue for the internal address, and the simulated box had %lld, which is its limit. When a queue is "
                      "made is not documented; assumed is at the first IPsec packet without a state entry. ", words_fact(finding, "limit"));
}

const struct condition condition_dosp_queues_full = {
    .name = "dosp-queues-full",
    .title = "The simulated DoS protection has no room for another rate-limit queue",
    .severity = SEVERITY_ERROR,
    .windows = 13932,
    .counter = COUNTER_NONE,
    .meaning = "IPsec packets without a state entry are limited for each internal address, and the box had as many such limits as its policy "
               "allows. A packet to an internal address without one is dropped.",
    .causes = queues_full_causes,
    .remedies = queues_full_remedies,
    .events = 1u << EVENT_DOSP,
    .decide = full_decide,
    .explain = queues_full_explain,
};
