/* base_cursor: cut is told from broken at every length; the first failure sticks. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include "base/cursor.h"

static const uint8_t bytes[] = { 0x11, 0x22, 0x33, 0x44, 0x55, 0x66, 0x77, 0x88 };

/* A header of 1 + 2 + 4 bytes over every pair of captured and promised lengths. */
static void test_every_truncation(void **state)
{
    (void)state;
    for (uint32_t captured = 0; captured <= 8; captured++)
        for (uint32_t wire = 0; wire <= 8; wire++) {
            struct cursor cursor = cursor_over(bytes, captured, wire);
            uint32_t readable = captured < wire ? captured : wire;
            assert_int_equal(cursor_u8(&cursor), readable >= 1 ? 0x11 : 0);
            assert_int_equal(cursor_u16(&cursor), readable >= 3 ? 0x2233 : 0);
            assert_int_equal(cursor_u32(&cursor), readable >= 7 ? 0x44556677 : 0);
            /* the field that did not fit decides: promised but not captured is cut, not promised is bad */
            static const uint32_t ends[] = { 1, 3, 7 };
            enum decode_status wanted = DECODE_OK;
            for (unsigned i = 0; i < 3 && wanted == DECODE_OK; i++)
                if (readable < ends[i])
                    wanted = wire >= ends[i] ? DECODE_CUT : DECODE_BAD;
            assert_int_equal(cursor.status, wanted);
            assert_int_equal(cursor_left(&cursor), wanted == DECODE_OK ? readable - 7 : 0);
        }
}

static void test_failure_sticks(void **state)
{
    (void)state;
    struct cursor cursor = cursor_over(bytes, 4, 8);
    assert_null(cursor_take(&cursor, 5));
    assert_int_equal(cursor.status, DECODE_CUT);
    assert_null(cursor_take(&cursor, 1));   /* would fit, but the header is lost */
    assert_null(cursor_take(&cursor, 100)); /* would be bad, but cut came first */
    assert_int_equal(cursor.status, DECODE_CUT);
    assert_int_equal(cursor_left(&cursor), 0);
}

static void test_edges(void **state)
{
    (void)state;
    struct cursor cursor = cursor_over(bytes, 8, 4); /* link padding behind the packet is not the packet's */
    assert_ptr_equal(cursor_take(&cursor, 4), bytes);
    assert_ptr_equal(cursor_take(&cursor, 0), bytes + 4);
    assert_null(cursor_take(&cursor, UINT32_MAX));
    assert_int_equal(cursor.status, DECODE_BAD);
    struct cursor empty = cursor_over(NULL, 0, 0);
    assert_int_equal(cursor_left(&empty), 0);
    assert_int_equal(cursor_u32(&empty), 0);
    assert_int_equal(empty.status, DECODE_BAD);
}

static void test_bytes(void **state)
{
    (void)state;
    uint8_t out[9] = { 0 };
    assert_int_equal(bytes_get16(bytes + 1), 0x2233);
    assert_int_equal(bytes_get32(bytes + 1), 0x22334455);
    assert_true(bytes_get64(bytes) == 0x1122334455667788);
    bytes_put16(out + 1, 0xa1b2);
    bytes_put32(out + 3, 0xc3d4e5f6);
    assert_memory_equal(out, ((const uint8_t[]){ 0, 0xa1, 0xb2, 0xc3, 0xd4, 0xe5, 0xf6, 0, 0 }), 9);
    bytes_put64(out + 1, 0x0102030405060708);
    assert_memory_equal(out, ((const uint8_t[]){ 0, 1, 2, 3, 4, 5, 6, 7, 8 }), 9);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_every_truncation),
        cmocka_unit_test(test_failure_sticks),
        cmocka_unit_test(test_edges),
        cmocka_unit_test(test_bytes),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
