/* decode_ike_header_test: the ISAKMP header's fields, and what passes for one. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <string.h>

#include <cmocka.h>

#include "decode/ike_header.h"

/* RFC 7296 3.1, figure 4, filled by hand: IKE_SA_INIT request, first payload SA. */
static const uint8_t init[IKE_HEADER] = {
    0x01, 0x02, 0x03, 0x04, 0x05, 0x06, 0x07, 0x08, 0, 0, 0, 0, 0, 0, 0, 0, 33, 0x20, 34, 0x08, 0, 0, 0, 0, 0, 0, 0x01, 0x2c,
};

static void fields_are_read(void **state)
{
    (void)state;
    struct ike_header ike;
    assert_int_equal(ike_header_decode(init, sizeof init, 300, &ike), DECODE_OK);
    assert_memory_equal(ike.spi_i, init, 8);
    assert_memory_equal(ike.spi_r, init + 8, 8);
    assert_int_equal(ike.next, 33);
    assert_int_equal(ike.major, 2);
    assert_int_equal(ike.minor, 0);
    assert_int_equal(ike.exchange, 34);
    assert_int_equal(ike.flags, IKE_FLAG_INITIATOR);
    assert_int_equal(ike.message_id, 0);
    assert_int_equal(ike.length, 300);
    assert_true(ike_header_plausible(&ike));
}

static void every_truncation(void **state)
{
    (void)state;
    struct ike_header ike;
    for (uint32_t length = 0; length < IKE_HEADER; length++) {
        assert_int_equal(ike_header_decode(init, length, length, &ike), DECODE_BAD);
        assert_int_equal(ike_header_decode(init, length, IKE_HEADER, &ike), DECODE_CUT);
    }
}

static bool plausible(uint8_t version, uint8_t exchange, uint8_t next, uint8_t flags)
{
    uint8_t bytes[IKE_HEADER];
    struct ike_header ike;
    memcpy(bytes, init, sizeof bytes);
    bytes[16] = next;
    bytes[17] = version;
    bytes[18] = exchange;
    bytes[19] = flags;
    assert_int_equal(ike_header_decode(bytes, sizeof bytes, sizeof bytes, &ike), DECODE_OK);
    return ike_header_plausible(&ike);
}

static void versions_have_their_own_numbers(void **state)
{
    (void)state;
    assert_true(plausible(0x10, 2, 1, 0));        /* main mode, SA */
    assert_true(plausible(0x10, 4, 1, 0));        /* aggressive mode */
    assert_true(plausible(0x10, 5, 8, 1));        /* informational, HASH, encrypted */
    assert_true(plausible(0x10, 6, 8, 1));        /* config mode */
    assert_true(plausible(0x10, 32, 8, 1));       /* quick mode */
    assert_true(plausible(0x10, 2, 132, 0));      /* a fragment */
    assert_true(plausible(0x20, 35, 46, 0x08));   /* IKE_AUTH, SK */
    assert_true(plausible(0x20, 35, 53, 0x20));   /* IKE_AUTH, SKF */
    assert_true(plausible(0x20, 37, 0, 0x28));    /* INFORMATIONAL without payloads */
    assert_true(plausible(0x20, 43, 46, 0));      /* IKE_INTERMEDIATE */
    for (uint8_t exchange = 243; exchange <= 246; exchange++)
        assert_true(plausible(0x10, exchange, 0x85, 1)); /* AuthIP */

    assert_false(plausible(0x10, 34, 33, 0));     /* version 2's exchange */
    assert_false(plausible(0x20, 2, 33, 0));      /* version 1's exchange */
    assert_false(plausible(0x20, 34, 1, 0));      /* version 1's payload */
    assert_false(plausible(0x20, 243, 0x85, 0));  /* AuthIP is version 1 */
    assert_false(plausible(0x30, 34, 33, 0));
    assert_false(plausible(0x00, 34, 33, 0));
    assert_false(plausible(0x20, 34, 33, 0xc0));  /* reserved flags */
    assert_false(plausible(0x10, 2, 1, 0x80));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(fields_are_read),
        cmocka_unit_test(every_truncation),
        cmocka_unit_test(versions_have_their_own_numbers),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
