/* evidence: which frames of a finding are kept, in how much room, and what is wanted later. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "detect/condition.h"
#include "engine/evidence.h"

static const struct condition loud = { .name = "loud" }, quiet = { .name = "quiet" };

struct stage {
    struct ledger *ledger;
    struct evidence *evidence;
};

static void start(struct stage *stage)
{
    stage->ledger = ledger_create();
    stage->evidence = evidence_create();
    assert_non_null(stage->ledger);
    assert_non_null(stage->evidence);
    ledger_watch(stage->ledger, evidence_hit, stage->evidence);
}

static void stop(struct stage *stage)
{
    evidence_destroy(stage->evidence);
    ledger_destroy(stage->ledger);
}

static struct frame frame_of(uint64_t number, const uint8_t *bytes, uint32_t length)
{
    return (struct frame){ .bytes = bytes, .captured = length, .wire = length, .number = number, .time_ns = (int64_t)number,
                           .linktype = 1 };
}

static struct finding *hit(struct stage *stage, const struct condition *condition, uint32_t spi, uint64_t number)
{
    struct subject subject = { .has_spi = true, .spi = spi, .src = { .family = 4 }, .dst = { .family = 4 } };
    struct place place = { 0, number, (int64_t)number };
    bool is_new;
    subject.src.bytes[0] = (uint8_t)(spi >> 8); /* a pair of its own for each 256 */
    subject.src.bytes[1] = (uint8_t)(spi >> 16);
    subject.src.bytes[2] = (uint8_t)spi;
    return ledger_hit(stage->ledger, condition, CAUSE_NONE, &subject, &place, &is_new);
}

/* The numbers of the frames that are kept for a finding. */
static uint32_t kept(const struct stage *stage, const struct finding *finding, uint64_t numbers[EVIDENCE_EACH])
{
    struct evidence_pair *pairs;
    uint32_t count = evidence_pairs(stage->evidence, &pairs), own = 0;
    for (uint32_t i = 0; i < count; i++) {
        assert_true(pairs[i].frame != NULL && pairs[i].frame->number == pairs[i].number);
        if (i > 0) /* in the order of the capture */
            assert_true(pairs[i].number > pairs[i - 1].number ||
                        (pairs[i].number == pairs[i - 1].number && pairs[i].finding > pairs[i - 1].finding));
        if (pairs[i].finding == finding->index) {
            assert_true(own < EVIDENCE_EACH);
            numbers[own++] = pairs[i].number;
        }
    }
    free(pairs);
    return own;
}

static void test_the_first_fifteen_and_the_last(void **state)
{
    (void)state;
    struct stage stage;
    struct finding *finding = NULL;
    uint64_t numbers[EVIDENCE_EACH];
    start(&stage);
    for (uint64_t number = 1; number <= 100; number++) {
        uint8_t bytes[3] = { (uint8_t)number, 1, 2 };
        struct frame frame = frame_of(number, bytes, sizeof bytes);
        evidence_look(stage.evidence, &frame);
        finding = hit(&stage, &loud, 1, number);
        hit(&stage, &loud, 1, number); /* the same frame counts twice, as with nested packets */
        memset(bytes, 0xff, sizeof bytes); /* what is kept is a copy */
        evidence_look(stage.evidence, NULL);
    }
    assert_int_equal(kept(&stage, finding, numbers), 16);
    for (unsigned i = 0; i < 15; i++)
        assert_int_equal(numbers[i], i + 1);
    assert_int_equal(numbers[15], 100);
    struct evidence_pair *pairs;
    uint32_t count = evidence_pairs(stage.evidence, &pairs);
    for (uint32_t i = 0; i < count; i++)
        assert_int_equal(pairs[i].frame->bytes[0], pairs[i].number);
    free(pairs);
    assert_int_equal(evidence_wants(stage.evidence, stage.ledger, &pairs), 0);
    assert_null(pairs);
    assert_int_equal(evidence_refused(stage.evidence), 0);
    stop(&stage);
}

/* One copy serves all findings that name the frame, as long as one of them does. */
static void test_one_frame_of_several_findings(void **state)
{
    (void)state;
    struct stage stage;
    uint64_t numbers[EVIDENCE_EACH];
    struct finding *a = NULL, *b = NULL;
    start(&stage);
    for (uint64_t number = 1; number <= 40; number++) {
        uint8_t byte = (uint8_t)number;
        struct frame frame = frame_of(number, &byte, 1);
        evidence_look(stage.evidence, &frame);
        a = hit(&stage, &loud, 1, number);
        if (number % 10 == 0)
            b = hit(&stage, &quiet, 2, number);
    }
    assert_int_equal(kept(&stage, a, numbers), 16);
    assert_int_equal(numbers[15], 40);
    assert_int_equal(kept(&stage, b, numbers), 4);
    assert_int_equal(numbers[1], 20); /* no longer the first one's, but still the second's */
    assert_int_equal(numbers[3], 40);
    struct evidence_pair *pairs;
    uint32_t count = evidence_pairs(stage.evidence, &pairs);
    const struct frame *shared = NULL;
    for (uint32_t i = 0; i < count; i++)
        if (pairs[i].number == 40) {
            assert_true(shared == NULL || shared == pairs[i].frame);
            shared = pairs[i].frame;
        }
    free(pairs);
    stop(&stage);
}

static void test_places_of_the_past_are_wanted(void **state)
{
    (void)state;
    struct stage stage;
    uint64_t numbers[EVIDENCE_EACH];
    uint8_t byte = 7;
    start(&stage);
    struct frame now = frame_of(50, &byte, 1);
    evidence_look(stage.evidence, &now);
    struct finding *finding = hit(&stage, &quiet, 3, 12); /* said at frame 50 of frame 12 */
    finding->last = (struct place){ 0, 44, 44 };
    struct finding *nowhere = hit(&stage, &quiet, 4, 0); /* of no frame at all */
    hit(&stage, &loud, 5, 50);
    struct evidence_pair *wants;
    assert_int_equal(evidence_wants(stage.evidence, stage.ledger, &wants), 2);
    assert_int_equal(wants[0].number, 12);
    assert_int_equal(wants[1].number, 44);
    assert_int_equal(wants[0].finding, finding->index);
    free(wants);
    struct frame past = frame_of(12, &byte, 1);
    evidence_look(stage.evidence, &past);
    assert_true(evidence_give(stage.evidence, finding->index));
    assert_int_equal(kept(&stage, finding, numbers), 1);
    assert_int_equal(kept(&stage, nowhere, numbers), 0);
    assert_int_equal(evidence_wants(stage.evidence, stage.ledger, &wants), 1);
    free(wants);
    stop(&stage);
}

static void test_what_is_given_displaces_neither_first_nor_last(void **state)
{
    (void)state;
    struct stage stage;
    uint64_t numbers[EVIDENCE_EACH];
    struct finding *finding = NULL;
    uint8_t byte = 7;
    start(&stage);
    for (uint64_t number = 101; number <= 200; number++) {
        struct frame frame = frame_of(number, &byte, 1);
        evidence_look(stage.evidence, &frame);
        finding = hit(&stage, &loud, 1, number);
    }
    for (uint64_t number = 3; number <= 4; number++) {
        struct frame past = frame_of(number, &byte, 1);
        evidence_look(stage.evidence, &past);
        assert_true(evidence_give(stage.evidence, finding->index));
    }
    assert_int_equal(kept(&stage, finding, numbers), 16);
    assert_int_equal(numbers[0], 4);
    assert_int_equal(numbers[1], 101);
    assert_int_equal(numbers[15], 200);
    stop(&stage);
}

/* Many findings with the largest frames: the room is kept, and each finding that came early has its two. */
static void test_room_is_bounded(void **state)
{
    (void)state;
    struct stage stage;
    static uint8_t bytes[65535];
    uint64_t numbers[EVIDENCE_EACH], number = 0, held = 0;
    struct finding *findings[700];
    start(&stage);
    for (unsigned i = 0; i < 700; i++)
        for (unsigned k = 0; k < 20; k++) {
            struct frame frame = frame_of(++number, bytes, sizeof bytes);
            evidence_look(stage.evidence, &frame);
            findings[i] = hit(&stage, &loud, i, number);
        }
    struct evidence_pair *pairs;
    uint32_t count = evidence_pairs(stage.evidence, &pairs);
    for (uint32_t i = 0; i < count; i++)
        held += pairs[i].frame->captured;
    free(pairs);
    assert_true(held <= EVIDENCE_BYTES);
    assert_true(held > EVIDENCE_BYTES / 2);
    assert_int_equal(kept(&stage, findings[0], numbers), 16);
    assert_int_equal(kept(&stage, findings[100], numbers), 2);
    assert_int_equal(numbers[0], 100 * 20 + 1);
    assert_int_equal(numbers[1], 100 * 20 + 20);
    assert_true(evidence_refused(stage.evidence) > 0);
    stop(&stage);
}

static void test_empty_frames_and_nothing(void **state)
{
    (void)state;
    struct stage stage;
    uint64_t numbers[EVIDENCE_EACH];
    struct evidence_pair *pairs;
    start(&stage);
    assert_int_equal(evidence_pairs(stage.evidence, &pairs), 0);
    free(pairs);
    struct frame empty = frame_of(1, NULL, 0);
    evidence_look(stage.evidence, &empty);
    assert_int_equal(kept(&stage, hit(&stage, &loud, 1, 1), numbers), 1);
    evidence_destroy(NULL);
    stop(&stage);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_the_first_fifteen_and_the_last),
        cmocka_unit_test(test_one_frame_of_several_findings),
        cmocka_unit_test(test_places_of_the_past_are_wanted),
        cmocka_unit_test(test_what_is_given_displaces_neither_first_nor_last),
        cmocka_unit_test(test_room_is_bounded),
        cmocka_unit_test(test_empty_frames_and_nothing),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
