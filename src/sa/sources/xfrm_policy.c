/* xfrm_policy: the lines of one policy as ip xfrm prints them. */
#include "sa/sources/entry.h"
#include "sa/sources/xfrm.h"

static void damaged(const struct sa_sink *sink, uint32_t number, const char *what)
{
    entry_remark(sink, REMARK_WARNING, number, "damaged", "The %s of the policy cannot be read.", what);
}

/* "dir in action block index 8 priority 0 ptype main share any flag  (0x00000000)", "socket out action allow ..." */
static bool read_direction(struct policy *policy, struct span rest, bool socket, uint32_t number, const struct sa_sink *sink)
{
    struct span word, value;
    uint64_t count;
    char quote[QUOTE_MAX];
    if (!span_word(&rest, &word))
        word = rest;
    if (span_is(word, "in"))
        policy->direction = POLICY_IN;
    else if (span_is(word, "out"))
        policy->direction = POLICY_OUT;
    else if (span_is(word, "fwd"))
        policy->direction = POLICY_FWD;
    else {
        entry_remark(sink, REMARK_ERROR, number, "damaged", "The direction %s of the policy cannot be read; it is left out.",
                     entry_quote(quote, word));
        return false;
    }
    policy->socket = socket;
    while (span_word(&rest, &word)) {
        if (!span_is(word, "action") && !span_is(word, "index") && !span_is(word, "priority"))
            continue;
        if (!span_word(&rest, &value))
            break;
        if (span_is(word, "action"))
            policy->block = span_is(value, "block");
        else if (!span_number(value, UINT32_MAX, &count))
            damaged(sink, number, span_is(word, "index") ? "index" : "priority");
        else
            *(span_is(word, "index") ? &policy->index : &policy->priority) = (uint32_t)count;
    }
    return true;
}

static bool parse_address(struct span word, struct addr *addr)
{
    struct prefix prefix;
    if (!prefix_parse(word.at, word.length, &prefix))
        return false;
    *addr = prefix.addr;
    return true;
}

/* "tmpl src 10.77.0.1 dst 10.77.0.2" */
static void open_template(struct xfrm_policy *entry, struct span rest, uint32_t number, const struct sa_sink *sink)
{
    struct policy *policy = &entry->record.policy;
    struct policy_template found = { 0 };
    struct span src, dst;
    entry->template_open = false;
    if (!xfrm_head(&rest, &src, &dst) || !parse_address(src, &found.src) || !parse_address(dst, &found.dst)) {
        damaged(sink, number, "template");
        return;
    }
    if (policy->templates == POLICY_TEMPLATE_MAX) {
        entry_remark(sink, REMARK_WARNING, number, "templates", "The policy has more than %d templates; the rest is left out.",
                     POLICY_TEMPLATE_MAX);
        return;
    }
    policy->template[policy->templates++] = found;
    entry->template_open = true;
}

/* "proto esp spi 0x00000000(0) reqid 1(0x00000001) mode tunnel" */
static void read_template(struct policy_template *template, struct span rest, uint32_t number, const struct sa_sink *sink)
{
    struct span word, value;
    uint64_t count;
    if (!span_word(&rest, &word) || !xfrm_proto(word, &template->proto)) {
        damaged(sink, number, "template");
        return;
    }
    while (span_word(&rest, &word)) {
        if (!span_is(word, "spi") && !span_is(word, "reqid") && !span_is(word, "mode"))
            continue;
        if (!span_word(&rest, &value))
            break;
        if (span_is(word, "mode"))
            template->mode = xfrm_mode(value);
        else if (!span_counted(value, UINT32_MAX, &count))
            damaged(sink, number, "template");
        else
            *(span_is(word, "spi") ? &template->spi : &template->reqid) = (uint32_t)count;
    }
}

bool xfrm_policy_line(struct xfrm_policy *entry, struct span line, uint32_t number, const struct sa_sink *sink)
{
    struct policy *policy = &entry->record.policy;
    struct span rest = line, word, value;
    uint64_t count;
    if (!span_word(&rest, &word))
        return true;
    if (span_is(word, "socket") || span_is(word, "dir"))
        return read_direction(policy, rest, span_is(word, "socket"), number, sink);
    if (span_is(word, "tmpl")) {
        open_template(entry, rest, number, sink);
    } else if (span_is(word, "proto") && entry->template_open) {
        read_template(&policy->template[policy->templates - 1], rest, number, sink);
    } else if (span_is(word, "level") && entry->template_open) {
        policy->template[policy->templates - 1].optional = span_word(&rest, &value) && span_is(value, "use");
    } else if (span_is(word, "mark")) {
        if (!span_word(&rest, &value) || !xfrm_mark(value, &policy->mark, &policy->mark_mask))
            damaged(sink, number, "mark");
    } else if (span_is(word, "if_id")) {
        if (span_word(&rest, &value) && span_number(value, UINT32_MAX, &count))
            policy->if_id = (uint32_t)count;
        else
            damaged(sink, number, "interface id");
    } else if (span_is(word, "hard")) {
        entry->hard = span_word(&rest, &value) && !span_is(value, "0");
    }
    return true;
}

void xfrm_policy_end(struct xfrm_policy *entry, const struct sa_sink *sink)
{
    /* A soft expiry leaves the policy where it is. */
    if (sink->policy != NULL && (!entry->expired || entry->hard))
        sink->policy(sink->context, &entry->record);
}
