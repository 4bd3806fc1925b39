/*
 * decode_frames_test: every encapsulation and every defect once, on frames that scapy laid out
 * (tests/data/decode/make.py), whole and cut at every byte.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>

#include <cmocka.h>
#include <ctype.h>
#include <string.h>

#include "decode/walk.h"
#include "support/layercheck.h"
#include "support/layertext.h"

#define FRAME_MAX 2048
#define ROWS "tests/data/decode/frames.tsv"

struct row {
    char name[64], wanted[1024];
    uint16_t linktype;
    uint32_t beyond, length;
    uint8_t bytes[FRAME_MAX];
};

static unsigned digit(char c)
{
    return c <= '9' ? (unsigned)(c - '0') : (unsigned)(c - 'a' + 10);
}

/* False at the end of the file. */
static bool row_read(FILE *file, struct row *row)
{
    char line[2 * FRAME_MAX + 2048];
    do
        if (fgets(line, sizeof line, file) == NULL)
            return false;
    while (line[0] == '#');
    line[strcspn(line, "\n")] = '\0';
    char *rest = line;
    snprintf(row->name, sizeof row->name, "%s", strsep(&rest, "\t"));
    row->linktype = (uint16_t)strtoul(strsep(&rest, "\t"), NULL, 10);
    row->beyond = (uint32_t)strtoul(strsep(&rest, "\t"), NULL, 10);
    const char *hex = strsep(&rest, "\t");
    for (row->length = 0; isxdigit((unsigned char)hex[0]); hex += 2)
        row->bytes[row->length++] = (uint8_t)(digit(hex[0]) << 4 | digit(hex[1]));
    snprintf(row->wanted, sizeof row->wanted, "%s", rest);
    return true;
}

/* Walks `captured` bytes of the row in a block of just that size, so that sanitizers see each byte beyond. */
static unsigned row_walk(const struct row *row, uint32_t captured, uint32_t wire, struct layer layers[LAYERS_MAX + 1],
                         uint8_t **copy)
{
    struct walk_ports ports = { 0 };
    walk_ports_add(&ports, 12000);
    *copy = malloc(captured + !captured);
    assert_non_null(*copy);
    memcpy(*copy, row->bytes, captured);
    struct frame frame = { .bytes = *copy, .captured = captured, .wire = wire, .linktype = row->linktype };
    struct walk walk;
    unsigned count = 0;
    walk_frame(&walk, &frame, &ports);
    while (walk_next(&walk, &layers[count])) {
        layercheck(&layers[count], *copy, captured, false);
        assert_in_range(++count, 1, LAYERS_MAX);
    }
    assert_true(count >= 1);
    assert_false(walk_next(&walk, &layers[count]));
    return count;
}

static void frames_are_told(void **state)
{
    (void)state;
    FILE *file = fopen(ROWS, "r");
    assert_non_null(file);
    struct row row;
    unsigned rows = 0, wrong = 0;
    while (row_read(file, &row)) {
        struct layer layers[LAYERS_MAX + 1];
        uint8_t *copy;
        unsigned count = row_walk(&row, row.length, row.length + row.beyond, layers, &copy), wants = 0;
        char *rest = row.wanted, what[4 * LAYERTEXT_MAX];
        while (rest != NULL) {
            char *wanted = rest, *end = strstr(rest, " | ");
            rest = end ? end + 3 : NULL;
            if (end)
                *end = '\0';
            if (wants < count && !layertext_matches(&layers[wants], wanted, what)) {
                print_error("%s, layer %u: %s\n", row.name, wants, what);
                wrong++;
            }
            wants++;
        }
        if (wants != count) {
            print_error("%s: %u layers instead of %u\n", row.name, count, wants);
            wrong++;
        }
        free(copy);
        rows++;
    }
    fclose(file);
    assert_int_equal(wrong, 0);
    assert_in_range(rows, 190, 1000);
}

/* A layer of a shortened frame that says it has an SPI has one that the whole frame has too. */
static bool spi_is_known(const struct layer *layer, const struct layer *whole, unsigned count)
{
    if ((layer->kind != LAYER_ESP && layer->kind != LAYER_AH) || layer->status != DECODE_OK)
        return true;
    for (unsigned i = 0; i < count; i++)
        if (whole[i].spi == layer->spi && whole[i].seq == layer->seq &&
            (whole[i].kind == layer->kind || whole[i].kind == LAYER_IKE))
            return true;
    return false;
}

static void cut_frames_never_lie(void **state)
{
    (void)state;
    FILE *file = fopen(ROWS, "r");
    assert_non_null(file);
    struct row row;
    while (row_read(file, &row)) {
        struct layer whole[LAYERS_MAX + 1], layers[LAYERS_MAX + 1];
        uint8_t *whole_copy, *copy;
        unsigned whole_count = row_walk(&row, row.length, row.length + row.beyond, whole, &whole_copy);
        /*
         * The header of an inner packet may be cut away, and then the outer one is told; a damaged one must not
         * become a good one.
         */
        for (uint32_t captured = 0; captured < row.length; captured++) {
            unsigned count = row_walk(&row, captured, row.length + row.beyond, layers, &copy);
            for (unsigned i = 0; i < count; i++) {
                assert_true(spi_is_known(&layers[i], whole, whole_count));
                if (layers[i].status == DECODE_BAD && whole[whole_count - 1].status != DECODE_BAD)
                    fail_msg("%s cut at %u is called bad", row.name, captured);
            }
            const struct layer *last = &layers[count - 1], *full = &whole[whole_count - 1];
            /*
             * What is told for sure holds for the whole frame, but for ESP that turns out to be IKE without its
             * marker.
             */
            if (last->status == DECODE_OK && (last->kind != full->kind || count != whole_count) &&
                full->defect != DEFECT_IKE_NO_MARKER)
                fail_msg("%s cut at %u: %s instead of %s", row.name, captured, layertext_kind(last),
                         layertext_kind(full));
            free(copy);
            count = row_walk(&row, captured, captured, layers, &copy);
            for (unsigned i = 0; i < count; i++) {
                assert_true(spi_is_known(&layers[i], whole, whole_count));
                assert_true(layers[i].status != DECODE_CUT);
            }
            free(copy);
        }
        free(whole_copy);
    }
    fclose(file);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(frames_are_told),
        cmocka_unit_test(cut_frames_never_lie),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
