/* safile: SAs, their history and policies of a plan, as ip xfrm prints them. */
#include "inject/safile.h"

#include "sa/convert.h"

static bool safile_is_history(const struct plan *plan)
{
    for (unsigned i = 0; i < plan->event_count; i++)
        if (plan->events[i].event != SA_EVENT_DEFINE)
            return true;
    return false;
}

static void safile_hex(struct text *out, const struct secret *key)
{
    text_put(out, key->length ? "0x" : "");
    for (unsigned i = 0; i < key->length; i++)
        text_printf(out, "%02x", key->bytes[i]);
}

static void safile_ends(struct text *out, const struct prefix *src, const struct prefix *dst, bool always)
{
    char chars[PREFIX_TEXT_MAX];
    const struct prefix *ends[] = { src, dst };
    static const char *const names[] = { "src", " dst" };
    for (unsigned i = 0; i < 2; i++) {
        if (always && ends[i]->addr.family != 0 && prefix_is_host(ends[i])) {
            addr_print(&ends[i]->addr, chars);
            text_printf(out, "%s %s/%u", names[i], chars, ends[i]->bits);
        } else {
            prefix_print(ends[i], chars);
            text_printf(out, "%s %s", names[i], ends[i]->addr.family ? chars : src->addr.family == 6 || dst->addr.family == 6 ? "::/0" : "0.0.0.0/0");
        }
    }
}

static void safile_algorithms(struct text *out, const struct sa_definition *definition)
{
    const struct encryption *encryption = definition->encryption;
    const struct integrity *integrity = definition->integrity;
    if (encryption != NULL && encryption->icv != 0) {
        text_printf(out, "\taead %s ", encryption->xfrm);
        safile_hex(out, &definition->encryption_key);
        text_printf(out, " %u\n", encryption->icv * 8u);
        return;
    }
    if (integrity != NULL && integrity->kind != INTEGRITY_NONE) {
        text_printf(out, "\tauth-trunc %s ", integrity->xfrm);
        safile_hex(out, &definition->integrity_key);
        text_printf(out, " %u\n", (definition->icv ? definition->icv : integrity->icv) * 8u);
    } else if (integrity != NULL) {
        text_put(out, "\tauth digest_null \n");
    }
    if (encryption != NULL) {
        text_printf(out, "\tenc %s ", encryption->xfrm);
        safile_hex(out, &definition->encryption_key);
        text_char(out, '\n');
    }
}

static void safile_limit(struct text *out, uint64_t limit, const char *unit)
{
    text_put(out, "\t  limit: soft (INF)(");
    text_put(out, unit);
    if (limit != 0)
        text_printf(out, "), hard %llu(%s)\n", (unsigned long long)limit, unit);
    else
        text_printf(out, "), hard (INF)(%s)\n", unit);
}

static void safile_times(struct text *out, const struct sa_definition *definition)
{
    char stamp[STAMP_TEXT_MAX];
    text_put(out, "\tlifetime config:\n");
    safile_limit(out, definition->hard.bytes, "bytes");
    safile_limit(out, definition->hard.packets, "packets");
    text_printf(out, "\t  expire add: soft 0(sec), hard %llu(sec)\n\t  expire use: soft 0(sec), hard 0(sec)\n",
                (unsigned long long)definition->hard.add_s);
    stamp_print(definition->added_ns, stamp);
    text_printf(out, "\tlifetime current:\n\t  0(bytes), 0(packets)\n\t  add %.10s %.8s use -\n", stamp, stamp + 11);
}

static void safile_state(struct text *out, const struct sa_definition *definition, bool history)
{
    safile_ends(out, &definition->src, &definition->dst, false);
    text_printf(out, "\n\tproto %s spi 0x%08x reqid %u mode %s\n", sa_proto_name(definition->proto), definition->spi, definition->reqid,
                sa_mode_name((enum sa_mode)definition->mode));
    bool larval = definition->state == SA_STATE_LARVAL, esn = definition->esn;
    text_printf(out, "\treplay-window %u%s\n", esn || larval ? 0 : definition->window,
                esn ? " flag esn" : definition->align4 ? " flag align4" : "");
    if (!larval)
        safile_algorithms(out, definition);
    if (definition->encap == ENCAP_UDP)
        text_printf(out, "\tencap type espinudp sport %u dport %u addr %s\n", definition->encap_sport, definition->encap_dport,
                    definition->dst.addr.family == 4 ? "0.0.0.0" : "::");
    if (esn)
        text_printf(out, "\tanti-replay esn context:\n\t seq-hi 0x0, seq 0x0, oseq-hi 0x0, oseq 0x0\n\t replay_window %u, bitmap-length %u\n",
                    definition->window, (definition->window + 31) / 32);
    else
        text_put(out, "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n");
    if (definition->has_selector) {
        text_put(out, "\tsel ");
        safile_ends(out, &definition->selector.src, &definition->selector.dst, true);
        text_char(out, '\n');
    }
    if (!history)
        safile_times(out, definition);
}

static void safile_event(struct text *out, const struct plan_event *event, bool history)
{
    char stamp[STAMP_TEXT_MAX];
    if (history) {
        stamp_print(event->time_ns, stamp);
        text_printf(out, "[%.26s] ", stamp);
        if (event->event == SA_EVENT_DELETE)
            text_put(out, "Deleted ");
        else if (event->event == SA_EVENT_EXPIRE_HARD)
            text_put(out, "Expired ");
    }
    safile_state(out, &event->definition, history);
    if (event->event == SA_EVENT_EXPIRE_HARD)
        text_put(out, "\thard 1\n");
}

static void safile_policy(struct text *out, const struct policy *policy)
{
    safile_ends(out, &policy->selector.src, &policy->selector.dst, true);
    text_printf(out, "\n\tdir in %spriority %u\n", policy->block ? "action block " : "", policy->priority);
    for (unsigned i = 0; i < policy->templates; i++) {
        const struct policy_template *template = &policy->template[i];
        struct prefix src = { template->src, template->src.family == 6 ? 128 : 32 }, dst = { template->dst, template->dst.family == 6 ? 128 : 32 };
        const char *any = policy->selector.dst.addr.family == 6 ? "::" : "0.0.0.0";
        text_put(out, "\ttmpl ");
        if (template->src.family != 0)
            safile_ends(out, &src, &dst, false);
        else
            text_printf(out, "src %s dst %s", any, any);
        text_printf(out, "\n\t\tproto %s reqid %u mode %s\n", sa_proto_name(template->proto), template->reqid,
                    sa_mode_name((enum sa_mode)template->mode));
    }
}

/* ---- the same as commands, in comments ---- */

static void safile_policy_command(struct text *out, const struct policy *policy)
{
    struct text lines = { 0 };
    safile_policy(&lines, policy);
    text_put(out, "# ip xfrm policy add ");
    for (size_t i = 0; i < lines.length; i++)
        text_char(out, lines.chars[i] == '\n' || lines.chars[i] == '\t' ? ' ' : lines.chars[i]);
    text_char(out, '\n');
    text_free(&lines);
}

static void safile_command(struct text *out, const struct plan_event *event)
{
    const struct sa_definition *definition = &event->definition;
    const char *reason;
    char src[PREFIX_TEXT_MAX], dst[PREFIX_TEXT_MAX];
    struct text line = { 0 };
    prefix_print(&definition->src, src);
    prefix_print(&definition->dst, dst);
    if (event->event == SA_EVENT_DELETE || event->event == SA_EVENT_EXPIRE_HARD)
        text_printf(out, "# ip xfrm state delete src %s dst %s proto %s spi 0x%08x\n", src, dst, sa_proto_name(definition->proto), definition->spi);
    else if (definition->state == SA_STATE_LARVAL)
        text_printf(out, "# ip xfrm state allocspi src %s dst %s proto %s reqid %u mode %s min 0x%08x max 0x%08x\n", src, dst,
                    sa_proto_name(definition->proto), definition->reqid, sa_mode_name((enum sa_mode)definition->mode), definition->spi,
                    definition->spi);
    else if (sa_convert_xfrm(definition, &line, &reason))
        text_printf(out, "# %s", line.chars ? line.chars : "\n");
    if (line.chars)
        secret_wipe(line.chars, line.length);
    text_free(&line);
}

void safile_write(const struct plan *plan, struct text *out)
{
    if (plan->event_count == 0 && plan->policy_count == 0)
        return;
    bool history = safile_is_history(plan);
    text_put(out, "# What the receiver has while the packets of the capture beside this file come: for `esplain read -s`. Made by esplain reproduce;\n"
                  "# its keys are made up and must open nothing else. The same for a test kernel: sed -n 's/^# ip /ip /p' THIS | sh -e\n#\n");
    for (unsigned i = 0; i < plan->event_count; i++)
        if (plan->events[i].time_ns <= PLAN_START || plan->events[i].event != SA_EVENT_ADD) /* as it is when the packets come that count */
            safile_command(out, &plan->events[i]);
    for (unsigned i = 0; i < plan->policy_count; i++)
        safile_policy_command(out, &plan->policies[i]);
    text_put(out, "#\n");
    for (unsigned i = 0; i < plan->event_count; i++)
        safile_event(out, &plan->events[i], history);
    if (!history && plan->policy_count > 0)
        text_char(out, '\n');
    for (unsigned i = 0; i < plan->policy_count; i++)
        safile_policy(out, &plan->policies[i]);
}
