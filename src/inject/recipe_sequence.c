/* recipe_sequence: what the numbers of an SA show: replays, windows, restarts, loss, order, limits. */
#include <string.h>

#include "base/bytes.h"
#include "inject/talk.h"

#define SEQUENCE_RUN 6 /* consecutive old numbers that make a restart */
#define SEQUENCE_NEAR_END 0xfff00000u

static struct seal_shape sequence_shape(struct plan *plan, struct plan_sa *sa, uint64_t seq)
{
    struct seal_shape shape = plan_shape(plan, sa);
    shape.seq = seq;
    sa->seq = seq + 1;
    return shape;
}

static void sequence_send(struct plan *plan, struct plan_sa *sa, uint64_t seq, const char *what)
{
    struct seal_shape shape = sequence_shape(plan, sa, seq);
    plan_send_shape(plan, sa, &shape, what);
}

static void sequence_run(struct plan *plan, struct plan_sa *sa, uint64_t from, uint64_t count, const char *what)
{
    for (uint64_t i = 0; i < count && !plan->failed; i++) /* windows and limits of an SA that is given are any numbers */
        sequence_send(plan, sa, from + i, what);
}

static uint64_t sequence_window(struct plan *plan, const struct plan_sa *sa)
{
    uint64_t window = sa->definition.window_known ? sa->definition.window : 64;
    if (window == 0)
        plan_fail(plan, "the SA 0x%08x has the window 0, so its receiver refuses no sequence number", sa->definition.spi);
    if (window > 4096)
        plan_fail(plan, "the SA 0x%08x has a window of more than 4096", sa->definition.spi);
    return window;
}

static void replayed(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t again = plan->request->seq_given ? plan->request->seq : sa->seq + 1;
    uint64_t first = again == UINT32_MAX ? again - 2 : again > 1 ? again - 1 : again;
    sequence_window(plan, sa);
    sequence_run(plan, sa, first, 3, "healthy");
    plan_wait(plan, 5 * PLAN_SECOND);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        sequence_send(plan, sa, again, "one of them again");
}

static void replayed_zero(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    if (sa->definition.esn)
        plan_fail(plan, "the SA 0x%08x uses extended sequence numbers, where a 0 is a number like others", sa->definition.spi);
    sequence_window(plan, sa);
    for (uint32_t left = plan_count(plan, 1); left > 0; left--)
        sequence_send(plan, sa, 0, "with sequence number 0");
}

static void too_old(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t first = sa->seq, window = sequence_window(plan, sa), count = plan_count(plan, 1);
    sequence_run(plan, sa, first, count + window + 1, "healthy");
    plan_wait(plan, 5 * PLAN_SECOND);
    sequence_run(plan, sa, first, count, "left of the window by now");
}

static void sequence_restart(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t first = sa->seq, window = sequence_window(plan, sa);
    sequence_run(plan, sa, first, window + 72, "healthy");
    plan_wait(plan, 5 * PLAN_SECOND);
    sequence_run(plan, sa, first, SEQUENCE_RUN + 2, "the numbers begin again");
}

static void sequence_near_end(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    if (sa->definition.esn)
        plan_fail(plan, "the SA 0x%08x uses extended sequence numbers, which do not end", sa->definition.spi);
    uint64_t first = plan->request->seq_given && plan->request->seq > SEQUENCE_NEAR_END ? plan->request->seq : SEQUENCE_NEAR_END;
    sequence_run(plan, sa, first, first > UINT32_MAX - 2 ? 1 : 3, "near the last number");
}

/* Seen only where the SA is not known: a receiver without ESN refuses what comes behind the last number. */
static void sequence_wrap(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    definition.esn = true;
    struct plan_sa *sa = plan_sender(plan, &definition);
    sequence_run(plan, sa, 0xfffffffd, 6, "around the last number of 32 bits");
}

static void loss(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t first = sa->seq, lost = plan_count(plan, 10);
    sequence_run(plan, sa, first, 20, "healthy");
    sequence_run(plan, sa, first + 20 + lost, 20, "behind a gap");
}

static void reordering(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t first = sa->seq;
    sequence_run(plan, sa, first, 3, "healthy");
    sequence_run(plan, sa, first + 5, 3, "before its time");
    sequence_run(plan, sa, first + 3, 2, "late");
}

static void window_too_small(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t first = sa->seq, window = sequence_window(plan, sa);
    sequence_run(plan, sa, first, 3, "healthy");
    sequence_run(plan, sa, first + 4, window + 4, "before its time");
    sequence_send(plan, sa, first + 3, "late, for the first time, and left of the window");
}

static void one_way(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), back = definition;
    back.src = definition.dst;
    back.dst = definition.src;
    back.spi ^= 0x11110000;
    plan_keys(plan, &back, 1);
    struct plan_sa *sa = plan_install(plan, &definition);
    plan_install(plan, &back);
    for (unsigned i = 0; i < 60; i++) {
        plan_send(plan, sa, "one way");
        plan_wait(plan, PLAN_SECOND);
        if (i % 20 != 0)
            continue;
        plan_udp(plan, &plan->dst, &plan->src, 40000, 40001, "here", 4);
        plan_put(plan, "something else of the silent host");
    }
}

/* The same bytes with one hop less, at once: a capture on a mirror port sees both sides of a router. */
static void captured_twice(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    for (uint32_t left = plan_count(plan, 5); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_send_shape(plan, sa, &shape, "before a router");
        plan->now_ns -= 9 * PLAN_MS;
        plan->packet.bytes[plan->dst.family == 4 ? 8 : 7]--;
        if (plan->dst.family == 4)
            plan_sum(plan);
        plan_put(plan, "behind it");
    }
}

static void expired(struct plan *plan, bool bytes)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (!plan_is_given(plan)) {
        definition.hard.packets = bytes ? 0 : 3;
        definition.hard.bytes = bytes ? 100 : 0;
    }
    struct plan_sa *sa = plan_install(plan, &definition);
    uint64_t seq = sa->seq, size = plan_shape(plan, sa).length;
    sa->seq = seq;
    uint64_t limit = bytes ? (definition.hard.bytes + size - 1) / (size ? size : 1) : definition.hard.packets;
    if (limit == 0 || limit > 10000)
        plan_fail(plan, "the SA 0x%08x has no hard limit of %s that a few packets reach", definition.spi, bytes ? "bytes" : "packets");
    uint64_t shown = plan_lead(plan, sa, limit);
    sequence_run(plan, sa, sa->seq, limit, "up to the limit");
    sequence_run(plan, sa, shown, plan_count(plan, 1), "behind it");
}

static void expired_packets(struct plan *plan)
{
    expired(plan, false);
}

static void expired_bytes(struct plan *plan)
{
    expired(plan, true);
}

static void expired_time(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    definition.added_ns = PLAN_START - 10 * PLAN_SECOND;
    definition.hard.add_s = 20;
    struct plan_sa *sa = plan_install(plan, &definition);
    uint64_t shown = plan_lead(plan, sa, 1);
    plan_send(plan, sa, "in time");
    plan_wait(plan, 15 * PLAN_SECOND);
    sequence_run(plan, sa, shown, plan_count(plan, 1), "after the limit of time");
}

static void lost_sa(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_GCM);
    for (unsigned i = 0; i < 12; i++) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_send_shape(plan, sa, &shape, i < 6 ? "opened by the host" : "no longer opened");
        plan_wait(plan, 500 * PLAN_MS);
        if (i >= 6)
            continue;
        plan->now_ns -= 509 * PLAN_MS;
        memcpy(plan->packet.bytes, shape.content, shape.length);
        plan->packet.length = shape.length;
        plan_put(plan, "its opened form, as a capture on the host shows it");
        plan_wait(plan, 499 * PLAN_MS);
    }
}

/* And why: the receiver was restarted, and begins anew. */
static void lost_sa_restarted(struct plan *plan)
{
    struct talk talk;
    lost_sa(plan);
    talk_start(&talk, plan, TALK_DST_BEGINS, 1);
    talk_up(&talk, plan->spi ^ TALK_SPI_NEXT, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK);
    struct plan_sa *back = talk_esp(&talk, IKE_RESPONDER, plan->spi ^ TALK_SPI_NEXT ^ TALK_SPI_BACK);
    for (unsigned i = 0; i < 3; i++)
        plan_send(plan, back, "of the restarted receiver, on its new SA");
    talk_end(&talk);
}

static void opened_copies(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM);
    struct plan_sa *sa = plan_install(plan, &definition);
    struct policy policy = plan_protecting(plan, &definition);
    plan_policy(plan, &policy);
    for (uint32_t left = plan_count(plan, 3); left > 0; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_send_shape(plan, sa, &shape, "healthy");
        plan->now_ns -= 9 * PLAN_MS;
        memcpy(plan->packet.bytes, shape.content, shape.length);
        plan->packet.length = shape.length;
        plan_put(plan, "its opened form, as a capture on the host shows it");
    }
}

const struct recipe recipes_sequence[] = {
    { "replayed", NULL, "a packet that came before", replayed, NULL, 0, NULL },
    { "replayed", "sequence-zero", "a packet with sequence number 0", replayed_zero, NULL, 0, NULL },
    { "too-old", NULL, "a packet left of the anti-replay window, which had come before", too_old, NULL, 0, NULL },
    { "sequence-restart", NULL, "numbers that begin again", sequence_restart, NULL, 0, "replayed,too-old,nonce-reused" },
    { "sequence-near-end", NULL, "numbers close to 2^32, without ESN", sequence_near_end, "the sender, not the receiver, counts it", RECIPE_NO_KERNEL, NULL },
    { "sequence-wrap", NULL, "numbers that go past 2^32, on an SA that no file has", sequence_wrap, NULL, RECIPE_OWN_SAS, NULL },
    { "loss", NULL, "packets with a gap in their numbers", loss, NULL, 0, NULL },
    { "reordering", NULL, "packets out of order, inside the window", reordering, NULL, 0, NULL },
    { "window-too-small", NULL, "a packet so late that the window has passed it", window_too_small, NULL, 0, "too-old" },
    { "one-way", NULL, "packets one way for a minute, and none back", one_way, NULL, RECIPE_OWN_SAS, NULL },
    { "captured-twice", NULL, "each packet twice, the second with one hop less", captured_twice, NULL, 0, NULL },
    { "expired", "packet-limit", "more packets than the SA's hard limit", expired_packets, NULL, 0, NULL },
    { "expired", "byte-limit", "more bytes than the SA's hard limit", expired_bytes, NULL, 0, NULL },
    { "expired", "time-limit", "a packet after the SA's hard limit of time", expired_time,
      "a kernel deletes an SA whose time is over, and then counts XfrmInNoStates", RECIPE_OWN_SAS | RECIPE_NO_KERNEL, NULL },
    { "receiver-lost-sa", NULL, "tunnel packets with their opened forms, and then without", lost_sa,
      "it is what a capture on the receiving host shows; the packets are healthy", RECIPE_ESP | RECIPE_NO_KERNEL, NULL },
    { "receiver-lost-sa", "peer-restarted", "tunnel packets with their opened forms, then without, and a new IKE SA that the receiver begins",
      lost_sa_restarted, "it is what a capture on the receiving host shows; the packets are healthy", RECIPE_ESP | RECIPE_NO_KERNEL, NULL },
    { "opened-copies", NULL, "tunnel packets, and each of them opened", opened_copies, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
