/* track_flow: lost, late and duplicate packets against a plain list of what came, on random loss, reordering and duplication. */
#include "sa_maker.h"

#include "receiver/receiver.h"
#include "track/flow.h"

struct road {
    struct receiver receiver;
    uint32_t flows, sa;
    unsigned events[EVENT_COUNT];
    struct event_sink sink;
    struct frame frame;
};

static void road_raise(void *context, const struct event *event)
{
    ((struct road *)context)->events[event->kind]++;
}

static void road_start(struct road *road)
{
    memset(road, 0, sizeof *road);
    road->receiver = (struct receiver){ .db = sadb_create(NULL), .known = known_create(NULL) };
    road->sink = (struct event_sink){ road, road_raise };
    road->frame = (struct frame){ .number = 1, .time_ns = SECOND };
}

static void road_stop(struct road *road)
{
    known_destroy(road->receiver.known);
    sadb_destroy(road->receiver.db);
}

/* A packet of an SA that is only seen: nothing is refused, everything is counted. */
static void road_packet(struct road *road, uint32_t seq)
{
    struct layer layer = { .kind = LAYER_ESP, .spi = 0x1001, .seq = seq, .captured = 0, .wire = 100 };
    struct judgement judgement;
    layer.ip.version = 4;
    layer.ip.protocol = 50;
    layer.ip.src = maker_addr("192.0.2.1");
    layer.ip.dst = maker_addr("192.0.2.2");
    receiver_judge(&road->receiver, &road->frame, &layer, sadb_hash(road->receiver.db, &layer.ip.dst, 0x1001, SA_PROTO_ESP), &judgement);
    road->sa = judgement.sa;
    if (flow_wants(&judgement))
        flow_update(road->receiver.db, &road->flows, &road->frame, &layer, &judgement, &road->sink);
    road->frame.number++;
    road->frame.time_ns += SECOND / 1000;
}

static const struct flow *road_flow(struct road *road)
{
    return sadb_sa(road->receiver.db, road->sa)->flow;
}

#define NUMBERS 600u

struct list {
    uint8_t came[NUMBERS + 64];
    uint32_t top;
    uint64_t late, duplicates, latest;
};

static void list_packet(struct list *list, uint32_t seq)
{
    if (list->came[seq]) {
        list->duplicates++;
    } else if (seq < list->top) {
        list->late++;
        if (list->top - seq > list->latest)
            list->latest = list->top - seq;
    }
    list->came[seq] = 1;
    list->top = seq > list->top ? seq : list->top;
}

static uint64_t list_lost(const struct list *list)
{
    uint64_t lost = 0;
    for (uint32_t seq = 1; seq <= list->top; seq++)
        lost += !list->came[seq];
    return lost;
}

/* At most 48 gaps are open at a time (FLOW_HOLES), so the figures must be the list's, one for one. */
static void test_against_a_list(void **state)
{
    (void)state;
    srandom(4303);
    for (unsigned round = 0; round < 400; round++) {
        struct road road;
        struct list list = { .top = 0 };
        uint32_t delayed[NUMBERS + 64] = { 0 };
        unsigned lost = round % 7, late = round / 7 % 6, twice = round / 42 % 4;
        road_start(&road);
        for (uint32_t seq = 1; seq < NUMBERS; seq++) {
            bool calm = seq < 4; /* the first ones come as they are: before a capture begins nobody knows what was sent */
            if (!calm && (unsigned)random() % 150 < lost)
                continue;
            uint32_t later = seq + 2 + (uint32_t)random() % 30;
            if (!calm && (unsigned)random() % 150 < late && delayed[later] == 0) {
                delayed[later] = seq;
            } else {
                road_packet(&road, seq);
                list_packet(&list, seq);
                if (!calm && (unsigned)random() % 100 < twice) {
                    uint32_t again = seq - (uint32_t)random() % (seq < 20 ? seq : 20);
                    if (again > 3 && list.came[again]) {
                        road_packet(&road, again);
                        list_packet(&list, again);
                    }
                }
            }
            if (delayed[seq]) {
                road_packet(&road, delayed[seq]);
                list_packet(&list, delayed[seq]);
            }
        }
        const struct flow *flow = road_flow(&road);
        assert_int_equal(flow_lost(flow), list_lost(&list));
        assert_int_equal(flow ? flow->reordered : 0, list.late);
        assert_int_equal(flow ? flow->duplicates : 0, list.duplicates);
        assert_int_equal(flow_window(flow), list.late ? list.latest + 1 : 0);
        assert_int_equal(road.events[EVENT_RESTART], 0);
        road_stop(&road);
    }
}

/* Without end: what came and what is lost make up the whole, however many gaps were written off. */
static void test_the_sum_holds(void **state)
{
    (void)state;
    srandom(6479);
    struct road road;
    road_start(&road);
    uint64_t came = 0;
    uint32_t seq = 0;
    for (unsigned i = 0; i < 200000; i++) {
        seq += 1 + (random() % 20 == 0 ? (uint32_t)random() % 5 : 0);
        road_packet(&road, seq);
        came++;
    }
    assert_int_equal(came + flow_lost(road_flow(&road)), seq - sadb_sa(road.receiver.db, road.sa)->first_seq + 1);
    road_stop(&road);
}

static void test_in_order_costs_nothing(void **state)
{
    (void)state;
    struct road road;
    road_start(&road);
    for (uint32_t seq = 1000; seq < 3000; seq++)
        road_packet(&road, seq);
    assert_null(road_flow(&road));
    assert_int_equal(road.flows, 0);
    assert_int_equal(flow_lost(NULL), 0);
    road_stop(&road);
}

static void test_restart(void **state)
{
    (void)state;
    struct road road;
    road_start(&road);
    for (uint32_t seq = 5000; seq < 5100; seq++)
        road_packet(&road, seq);
    for (uint32_t seq = 1; seq < 1 + FLOW_RESTART_RUN - 1; seq++)
        road_packet(&road, seq);
    assert_int_equal(road.events[EVENT_RESTART], 0); /* a few old packets are not a restart yet */
    for (uint32_t seq = FLOW_RESTART_RUN; seq < 50; seq++)
        road_packet(&road, seq);
    assert_int_equal(road.events[EVENT_RESTART], 1);
    assert_int_equal(road_flow(&road)->restarts, 1);
    assert_int_equal(flow_lost(road_flow(&road)), 0);
    road_stop(&road);
}

static void test_near_end_and_wrap(void **state)
{
    (void)state;
    struct road road;
    road_start(&road);
    for (uint32_t left = 5; left > 0; left--)
        road_packet(&road, UINT32_MAX - left + 1);
    assert_int_equal(road.events[EVENT_NEAR_END], 1); /* once */
    assert_int_equal(road.events[EVENT_WRAP], 0);
    for (uint32_t seq = 0; seq < 5; seq++)
        road_packet(&road, seq);
    assert_int_equal(road.events[EVENT_WRAP], 1);
    assert_int_equal(road.events[EVENT_RESTART], 0);
    assert_int_equal(flow_lost(road_flow(&road)), 0);
    road_stop(&road);
}

static void test_jump(void **state)
{
    (void)state;
    struct road road;
    road_start(&road);
    road_packet(&road, 1);
    road_packet(&road, 2);
    road_packet(&road, 3 + FLOW_JUMP);
    assert_int_equal(road_flow(&road)->jumps, 1);
    assert_int_equal(flow_lost(road_flow(&road)), 0); /* nobody loses a million packets in a millisecond */
    road_stop(&road);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_against_a_list), cmocka_unit_test(test_the_sum_holds), cmocka_unit_test(test_in_order_costs_nothing),
        cmocka_unit_test(test_restart),        cmocka_unit_test(test_near_end_and_wrap), cmocka_unit_test(test_jump),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
