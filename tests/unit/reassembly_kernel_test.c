/* reassembly beside a real kernel: 700 sequences of pieces, most of them wrong in some way, must end as they did in Linux 6.1. */
#include <ctype.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "base/text.h"
#include "reassembly_maker.h"

/* The payload as the data file writes it: "ecn:A16B8". */
static void describe(struct text *said, const uint8_t *bytes, uint32_t length)
{
    uint32_t header = bytes[0] >> 4 == 4 ? (bytes[0] & 15u) * 4 : 40;
    unsigned ecn = bytes[0] >> 4 == 4 ? bytes[1] & 3 : bytes[1] >> 4 & 3;
    text_printf(said, "%s%u:", said->length ? " " : "", ecn);
    for (uint32_t at = header, run; at < length; at += run) {
        for (run = 1; at + run < length && bytes[at + run] == bytes[at];)
            run++;
        text_printf(said, "%c%u", bytes[at], run);
    }
}

static struct packet piece(unsigned version, uint32_t id, uint32_t at, uint32_t length, bool more, unsigned ecn, char fill)
{
    struct packet packet = version == 4 ? piece4((uint16_t)id, at, length, more, 0) : piece6(id, at, length, more, 253);
    if (version == 4) {
        packet.bytes[1] = (uint8_t)ecn;
        memset(packet.bytes + 20, fill, length);
    } else {
        packet.bytes[1] = (uint8_t)(ecn << 4);
        memset(packet.bytes + 48, fill, length);
    }
    return packet;
}

static void play(struct fragments *fragments, const char *line, uint32_t id)
{
    struct text said = { 0 };
    unsigned version = (unsigned)(line[0] - '0');
    const char *at = line + 2;
    for (char fill = 'A'; *at != '>'; fill++) {
        unsigned offset, length, ecn;
        char *end;
        offset = (unsigned)strtoul(at, &end, 10);
        assert_int_equal(*end, '+');
        length = (unsigned)strtoul(end + 1, &end, 10);
        bool more = *end == 'M';
        ecn = (unsigned)strtoul(end + more + 1, &end, 10);
        at = end + 1;
        struct packet packet = piece(version, id, offset, length, more, ecn, fill);
        if (offset == 0 && !more) { /* no fragment, or an atomic one (RFC 6946): never comes to reassembly */
            text_printf(&said, "%s%u:%c%u", said.length ? " " : "", ecn, fill, length);
        } else {
            struct answer answer = give(fragments, &packet, id, id);
            if (answer.result == FRAGMENTS_COMPLETE)
                describe(&said, answer.bytes, answer.length);
        }
        free(packet.bytes);
    }
    if (said.length == 0)
        text_char(&said, '-');
    size_t length = strlen(at + 2);
    while (length > 0 && isspace((unsigned char)at[1 + length]))
        length--;
    if (said.length != length || memcmp(said.chars, at + 2, length) != 0)
        fail_msg("the kernel and we differ: we say %s for\n%s", said.chars, line);
    text_free(&said);
}

static void as_the_kernel_did(void **state)
{
    (void)state;
    FILE *file = fopen("tests/data/fragments-kernel.txt", "r");
    assert_non_null(file);
    struct fragments *fragments = fragments_create();
    char line[512];
    uint32_t cases = 0;
    while (fgets(line, sizeof line, file))
        if (line[0] != '#')
            play(fragments, line, ++cases);
    fclose(file);
    assert_int_equal(cases, 700);
    fragments_destroy(fragments);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(as_the_kernel_did),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
