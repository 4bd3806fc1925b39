/* live: the loop over interfaces. */
#include "engine/live.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/step.h"
#include "engine/ageing.h"
#include "engine/exchanges.h"
#include "engine/kernel.h"
#include "engine/news.h"
#include "engine/refresh.h"
#include "engine/settle.h"
#include "kernel/counters.h"
#include "report/metrics.h"

#define LIVE_CLEAR_POLICIES 24u /* with more, all clear packets are taken */

int64_t live_clock(const struct esplain *esplain)
{
    return clock_now(&esplain->clock);
}

static void live_prefix(struct text *text, const char *side, const struct prefix *prefix, bool *any)
{
    char chars[PREFIX_TEXT_MAX];
    if (prefix->bits == 0 || prefix->addr.family == 0)
        return;
    prefix_print(prefix, chars);
    text_printf(text, "%s%s net %s", *any ? " and " : "", side, chars);
    *any = true;
}

static void live_clear_policy(struct text *clear, const struct policy *policy)
{
    bool any = false;
    if (policy->direction == POLICY_OUT || policy->socket)
        return;
    text_put(clear, clear->length ? " or (" : "(");
    live_prefix(clear, "src", &policy->selector.src, &any);
    live_prefix(clear, "dst", &policy->selector.dst, &any);
    text_put(clear, any ? ")" : "ip or ip6)");
}

/* The clear packets that the policies speak of; nothing where there are none. */
static void live_clear(const struct live *live, struct text *clear)
{
    struct esplain *esplain = live->esplain;
    size_t at = 0, count = sa_table_policy_count(esplain->table);
    const struct policy *policy;
    for (size_t i = 0; (policy = engine_kernel_policy(esplain, i)) != NULL; i++)
        count++;
    if (count > LIVE_CLEAR_POLICIES) {
        text_put(clear, "ip or ip6");
        return;
    }
    for (const struct sa_policy_entry *entry; (entry = sa_table_next_policy(esplain->table, &at)) != NULL;)
        live_clear_policy(clear, &entry->record.policy);
    for (size_t i = 0; (policy = engine_kernel_policy(esplain, i)) != NULL; i++)
        live_clear_policy(clear, policy);
}

/* The kernel's policies changed: clear packets that nobody wanted may be spoken of now. */
static void live_clear_again(struct live *live)
{
    struct text clear = { 0 };
    live->policy_changes = engine_kernel_policy_changes(live->esplain);
    live_clear(live, &clear);
    if (strcmp(clear.length ? clear.chars : "", live->clear.length ? live->clear.chars : "") == 0) {
        text_free(&clear);
        return;
    }
    live_clear_packets(live->source, clear.length ? clear.chars : NULL);
    text_free(&live->clear);
    live->clear = clear;
}

static void live_hear_kernel(struct live *live)
{
    engine_kernel_poll(live->esplain);
    if (live->policy_changes != engine_kernel_policy_changes(live->esplain))
        live_clear_again(live);
}

static void live_message(void *context, const char *line)
{
    const struct live *live = context;
    engine_message(live->esplain, "%s", line);
}

static void live_drops(struct live *live)
{
    struct live_counts counts = live_counts(live->source), one;
    uint64_t dropped = counts.dropped + counts.interface_dropped;
    uint64_t before = live->counts.dropped + live->counts.interface_dropped;
    if (dropped > before && before == 0)
        engine_message(live->esplain, "packets are dropped before esplain sees them (%llu for want of room in the buffer, %llu by the interface): gaps may be "
                                      "ours, and are claimed as possible only; --buffer %u gives more room",
                       (unsigned long long)counts.dropped, (unsigned long long)counts.interface_dropped,
                       (live->options->buffer_kib ? live->options->buffer_kib : LIVE_BUFFER_KIB) * 4);
    live->counts = counts;
    for (uint32_t i = 0; i < live->esplain->interface_count && live_counts_of(live->source, i, &one) != NULL; i++)
        live->esplain->interfaces[i] = (struct metrics_interface){ live->esplain->files[i], one.dropped, one.interface_dropped };
    live->esplain->summary.capture_dropped = live->esplain->detect.capture_dropped = dropped;
}

static bool live_everywhere(const struct live *live)
{
    for (size_t i = 0; i < live->options->interface_count; i++)
        if (strcmp(live->options->interfaces[i], "any") == 0)
            return true;
    return false;
}

static bool live_open_all(struct live *live, struct error *error)
{
    struct esplain *esplain = live->esplain;
    const struct esplain_live *options = live->options;
    clock_look(&esplain->clock);
    if (!engine_load(esplain, error))
        return false;
    esplain->loaded = true;
    if (options->kernel && !engine_kernel_start(esplain, error))
        return false;
    for (size_t i = 0; i < options->interface_count; i++)
        if ((esplain->files[esplain->file_count] = strdup(options->interfaces[i])) == NULL)
            return error_set(error, "no memory");
        else
            esplain->file_count++;
    if ((esplain->interfaces = calloc(options->interface_count, sizeof *esplain->interfaces)) == NULL)
        return error_set(error, "no memory");
    live_clear(live, &live->clear);
    live->policy_changes = engine_kernel_policy_changes(esplain);
    if ((esplain->refresh = refresh_create(esplain, live_clock(esplain))) == NULL)
        return error_set(error, "no memory to look after SA files");
    live->source = live_open(&(struct live_options){ .interfaces = options->interfaces, .interface_count = options->interface_count,
                                                     .filter = esplain->options.filter, .clear = live->clear.length ? live->clear.chars : NULL,
                                                     .buffer_kib = options->buffer_kib, .snaplen = options->snaplen,
                                                     .promiscuous = options->promiscuous, .message = live_message, .context = live }, error);
    if (live->source == NULL)
        return false;
    esplain->interface_count = (uint32_t)options->interface_count;
    live_drops(live);
    if (esplain->options.write_path != NULL && (live->keep = keep_create(esplain, options, error)) == NULL)
        return false;
    esplain->counters = counters_open(NULL); /* a kernel without them is no obstacle */
    esplain->started_ns = live_clock(esplain);
    engine_kernel_begin(esplain, live_everywhere(live));
    if (options->prepare != NULL && !options->prepare(esplain->options.context))
        return error_set(error, "not prepared to run");
    refresh_warn(esplain->refresh);
    return true;
}

/* ESP follows IKE to the ports where NAT moved it. */
static void live_follow_ports(struct live *live)
{
    uint16_t ports[LIVE_PORTS_MAX];
    size_t count = 0;
    for (uint32_t port = 1; port < 65536 && count < LIVE_PORTS_MAX; port++)
        if (port != 500 && port != 4500 && walk_ports_has(&live->esplain->ports, (uint16_t)port))
            ports[count++] = (uint16_t)port;
    live->ports_learned = live->esplain->ports_learned;
    live_ports(live->source, ports, count);
}

static void live_second(struct live *live)
{
    live_look(live->source);
    live_drops(live);
    if (live->ports_learned != live->esplain->ports_learned)
        live_follow_ports(live);
    if (live->keep != NULL)
        keep_flush(live->keep);
    refresh_look(live->esplain->refresh, live_clock(live->esplain));
    engine_expire(live->esplain, live_clock(live->esplain));
    if (live->now_ns >= live->sweep_ns) {
        live->sweep_ns = live->now_ns + AGEING_S * LIVE_SECOND_NS;
        settle_sweep(live->esplain, live->news);
        ageing_sweep(live->esplain);
        exchanges_sweep(live->esplain, live_clock(live->esplain));
        news_new(live->news, live->esplain, live->now_ns);
        news_review(live->news, live->esplain, live->now_ns, live_clock(live->esplain));
    }
    news_again(live->news, live->esplain, live->now_ns);
}

/* The report as it would be if the run ended now. */
static void live_interim(struct esplain *esplain)
{
    struct ledger *own = review_begin(esplain, live_clock(esplain));
    esplain->summary.interim = true;
    report_end(&esplain->report, &esplain->summary);
    esplain->summary.interim = false;
    if (own != NULL)
        review_end(esplain, own);
}

static void live_tick(struct live *live)
{
    const struct esplain_live *options = live->options;
    struct esplain *esplain = live->esplain;
    live_hear_kernel(live);
    confirm_look(esplain, live->now_ns, live->empty_ns, live->frame_ns);
    news_new(live->news, esplain, live->now_ns);
    if (options->reopen != NULL && *options->reopen != live->reopened) {
        live->reopened = *options->reopen;
        if (live->keep != NULL)
            keep_reopen(live->keep);
    }
    if (live->now_ns >= live->second_ns) {
        live->second_ns = live->now_ns + LIVE_SECOND_NS;
        live_second(live);
    }
    if (options->report != NULL && *options->report != live->reported) {
        live->reported = *options->report;
        live_interim(esplain);
    }
    if (options->tick != NULL && !options->tick(esplain->options.context))
        esplain->stopped = true;
    if (options->seconds && live->now_ns - live->started_ns >= options->seconds * LIVE_SECOND_NS)
        esplain->stopped = true;
}

static void live_wait(struct live *live)
{
    struct pollfd fds[LIVE_INTERFACES_MAX + 1];
    size_t count = live_descriptors(live->source, fds);
    int64_t left = live->tick_ns - live->now_ns;
    int timeout = left <= 0 ? 0 : (int)(left / 1000000 + 1);
    fds[count] = (struct pollfd){ .fd = engine_kernel_descriptor(live->esplain), .events = POLLIN }; /* -1 is passed over */
    poll(fds, (nfds_t)count + 1, live_holds(live->source) ? 5 : timeout); /* a signal ends it, too */
    if (fds[count].revents)
        live_hear_kernel(live);
}

/* Was the clock set? */
static void live_look_at_clock(struct live *live)
{
    int64_t step_ns = clock_look(&live->esplain->clock);
    if (step_ns == 0)
        return;
    engine_set_clock(live->esplain, step_ns);
    step_move_any(&live->frame_ns, step_ns);
    if (step_ns <= -LIVE_SECOND_NS || step_ns >= LIVE_SECOND_NS) {
        char span[SPAN_TEXT_MAX];
        span_print(step_ns < 0 ? -step_ns : step_ns, span);
        engine_message(live->esplain, "the clock was set %s by %s: from now on earlier times are told as it has them now", step_ns < 0 ? "back" : "forward", span);
    }
}

/* What is there, up to -c. */
static size_t live_take_in(struct live *live)
{
    struct esplain *esplain = live->esplain;
    const struct esplain_options *options = &esplain->options;
    size_t count = source_read(live->source, esplain->frames);
    live_look_at_clock(live);
    if (options->count && count > options->count - esplain->summary.frames)
        count = (size_t)(options->count - esplain->summary.frames);
    if (count == 0) {
        if (!live_holds(live->source))
            live->empty_ns = live->now_ns; /* or a little later */
        return 0;
    }
    if (live->keep != NULL)
        keep_frames(live->keep, esplain->frames, count, live->now_ns);
    clock_date(&esplain->clock, esplain->frames, count, clock_steady());
    live->frame_ns = esplain->frames[count - 1].time_ns;
    engine_kernel_settle(esplain, esplain->frames[count - 1].time_ns);
    if (live->policy_changes != engine_kernel_policy_changes(esplain))
        live_clear_again(live);
    engine_walk(esplain, esplain->frames, esplain->slots, count);
    engine_judge(esplain, esplain->frames, esplain->slots, NULL, count);
    news_new(live->news, esplain, live->now_ns);
    report_flush(&esplain->report);
    return count;
}

/*
 * What came before the end and still lies in the kernel's buffer, which hands out whole blocks; under a flood no longer than LIVE_DRAIN_MAX_NS. True: all
 * of it.
 */
static bool live_drain(struct live *live)
{
    int64_t end_ns = live_clock(live->esplain), now_ns = clock_steady();
    int64_t quiet_ns = now_ns + LIVE_DRAIN_NS, last_ns = now_ns + LIVE_DRAIN_MAX_NS;
    while (now_ns < last_ns && !live->esplain->report.failed) {
        size_t count = live_take_in(live);
        if (count ? live->esplain->frames[count - 1].time_ns > end_ns : now_ns >= quiet_ns)
            return true;
        if (count == 0)
            poll(NULL, 0, LIVE_DRAIN_POLL_MS);
        now_ns = clock_steady();
    }
    return false;
}

static void live_loop(struct live *live)
{
    struct esplain *esplain = live->esplain;
    live->started_ns = live->now_ns = clock_steady();
    while (!esplain->stopped) {
        size_t count = live_take_in(live);
        live->now_ns = clock_steady();
        if (live->now_ns >= live->tick_ns) {
            live->tick_ns = live->now_ns + LIVE_TICK_NS;
            live_tick(live);
        }
        bool stopped = esplain->stopped;
        engine_check_stop(esplain);
        esplain->stopped |= stopped || (live->keep != NULL && keep_refused(live->keep));
        if (count == 0 && !esplain->stopped)
            live_wait(live);
    }
    confirm_sample(esplain, live->now_ns);
    bool drained = !esplain->report.failed && live_drain(live);
    live_drops(live);
    engine_kernel_end(esplain, drained);
}

bool esplain_live(struct esplain *esplain, const struct esplain_live *options, struct esplain_error *out)
{
    struct error error = { "no memory" };
    struct news news = { 0 };
    struct live live = { .esplain = esplain, .options = options, .news = &news };
    bool good = live_open_all(&live, &error);
    if (good) {
        if (!esplain->options.quiet)
            engine_message(esplain, "listening; %s; ^C ends", esplain->options.filter ? "only what the filter takes" : "all IPsec is taken");
        live_loop(&live);
    } else if (out != NULL) {
        snprintf(out->message, sizeof out->message, "%s", error.message);
    }
    source_close(live.source);
    ledger_destroy(news.reviewed);
    text_free(&live.clear);
    esplain->write_failed |= !keep_close(live.keep);
    return good;
}
