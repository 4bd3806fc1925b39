/* track_recent: a packet captured twice on its way is told from one that came twice. */
#include "sa_maker.h"

#include "track/recent.h"

static uint8_t ethernet[64], payload[40];
static struct frame frame;
static struct layer layer;
static struct recent recent;

static void start(void)
{
    memset(&recent, 0, sizeof recent);
    memset(ethernet, 0x11, sizeof ethernet);
    memset(payload, 0x22, sizeof payload);
    frame = (struct frame){ .bytes = ethernet, .captured = 64, .wire = 64, .linktype = 1, .time_ns = 100 * SECOND };
    layer = (struct layer){ .kind = LAYER_ESP, .seq = 7, .bytes = payload, .captured = 40, .wire = 40 };
    layer.ip.ttl = 64;
    recent_add(&recent, &frame, &layer, 3);
    frame.time_ns += SECOND / 1000;
}

static void test_none_other_same(void **state)
{
    (void)state;
    start();
    assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_SAME);
    assert_int_equal(recent_find(&recent, &frame, &layer, 4), RECENT_NONE);
    layer.seq = 8;
    assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_NONE);
    layer.seq = 7;
    payload[39] ^= 1;
    assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_OTHER);
    payload[39] ^= 1;
    layer.wire = 44;
    assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_OTHER);
}

/* Any one sign of another place is enough, within a second. */
static void test_elsewhere(void **state)
{
    (void)state;
    for (unsigned sign = 0; sign < 5; sign++) {
        start();
        switch (sign) {
        case 0: layer.ip.ttl = 63; break;
        case 1: layer.vlan = 10; break;
        case 2: frame.interface = 1; break;
        case 3: frame.file = 1; break;
        default: ethernet[8] ^= 1; break; /* link address */
        }
        assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_ELSEWHERE);
        frame.time_ns += 2 * RECENT_SPAN_NS;
        assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_SAME); /* so much later it is a replay */
    }
}

static void test_forgets(void **state)
{
    (void)state;
    start();
    for (unsigned i = 0; i < RECENT_PACKETS - 1; i++) {
        layer.seq = 1000 + i;
        recent_add(&recent, &frame, &layer, 3);
    }
    layer.seq = 7;
    assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_SAME);
    layer.seq = 5000;
    recent_add(&recent, &frame, &layer, 3);
    layer.seq = 7;
    assert_int_equal(recent_find(&recent, &frame, &layer, 3), RECENT_NONE);
}

/* Fewer bytes than a fingerprint needs are looked at as they are. */
static void test_short(void **state)
{
    (void)state;
    start();
    layer.captured = 4;
    frame.captured = 6;
    recent_add(&recent, &frame, &layer, 9);
    assert_int_equal(recent_find(&recent, &frame, &layer, 9), RECENT_SAME);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_none_other_same),
        cmocka_unit_test(test_elsewhere),
        cmocka_unit_test(test_forgets),
        cmocka_unit_test(test_short),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
