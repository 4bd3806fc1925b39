/* table: several files, and what only shows across them. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>
#include <time.h>
#include <unistd.h>

#include "sa/shelf.h"
#include "sa/table.h"

#define KEY "0x000102030405060708090a0b0c0d0e0fa0a1a2a3"
#define OTHER_KEY "0xff0102030405060708090a0b0c0d0e0fa0a1a2a3"

static struct sa_table *begin(void)
{
    struct error error;
    struct sa_table *table = sa_table_create(&error);
    assert_non_null(table);
    return table;
}

static void add(struct sa_table *table, const char *name, const char *text)
{
    struct error error = { { 0 } };
    if (!sa_table_add_text(table, name, NULL, text, strlen(text), &error))
        fail_msg("%s", error.message);
}

static const struct sa_note *note_of(const struct sa_table *table, const char *code)
{
    size_t at = 0;
    for (const struct sa_note *note; (note = sa_table_next_note(table, &at));)
        if (strcmp(note->remark.code, code) == 0)
            return note;
    return NULL;
}

static const struct sa_definition *first(const struct sa_table *table)
{
    size_t at = 0;
    return &sa_table_next(table, &at)->record.definition;
}

/* One SA of an ip xfrm dump. */
static const char *dump(const char *spi, const char *key, const char *window, const char *oseq)
{
    static char texts[4][600];
    static unsigned next;
    char *text = texts[next++ % 4];
    snprintf(text, sizeof texts[0],
             "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi %s reqid 1 mode tunnel\n\treplay-window %s \n"
             "\taead rfc4106(gcm(aes)) %s 128\n\tanti-replay context: seq 0x0, oseq %s, bitmap 0x00000000\n", spi, window, key, oseq);
    return text;
}

static void test_two_ends_are_one_sa(void **state)
{
    (void)state;
    for (unsigned order = 0; order < 2; order++) {
        struct sa_table *table = begin();
        add(table, "a", order == 0 ? dump("0x1001", KEY, "0", "0x9") : dump("0x1001", KEY, "32", "0x0"));
        add(table, "b", order == 0 ? dump("0x1001", KEY, "32", "0x0") : dump("0x1001", KEY, "0", "0x9"));
        sa_table_check(table);
        assert_int_equal(sa_table_count(table), 1);
        assert_false(first(table)->outbound);
        assert_int_equal(first(table)->window, 32);
        assert_null(note_of(table, "duplicate-sa"));
        assert_null(note_of(table, "same-key"));
        sa_table_destroy(table);
    }
    /* Before anything was sent nothing says who sends, but a window of 0 beside one of 32 does. */
    struct sa_table *table = begin();
    add(table, "a", dump("0x1001", KEY, "0", "0x0"));
    add(table, "b", dump("0x1001", KEY, "32", "0x0"));
    sa_table_check(table);
    assert_int_equal(first(table)->window, 32);
    sa_table_destroy(table);
    /* The same host twice: it began to send in between, and tells nothing of the receiver's window. */
    table = begin();
    add(table, "before", dump("0x1001", KEY, "0", "0x0"));
    add(table, "after", dump("0x1001", KEY, "0", "0x9"));
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 1);
    assert_true(first(table)->outbound);
    sa_table_destroy(table);
}

static void test_formats_complete_each_other(void **state)
{
    (void)state;
    struct sa_table *table = begin();
    add(table, "esp_sa", "\"IPv4\",\"*\",\"192.0.2.2\",\"0x00001001\",\"AES-GCM [RFC4106]\",\"" KEY "\",\"ANY 128 bit authentication "
                         "[no checking]\",\"0x\"\n");
    add(table, "nokeys", "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x00001001 reqid 5 mode tunnel\n\treplay-window 32 flag esn\n"
                         "\taead rfc4106(gcm(aes)) <<Keys hidden>> 128\n\tencap type espinudp sport 4500 dport 4500 addr 0.0.0.0\n");
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 1);
    const struct sa_definition *sa = first(table);
    assert_int_equal(sa->encryption_key.length, 20);
    assert_false(sa->keys_hidden);
    assert_int_equal(sa->mode, SA_MODE_TUNNEL);
    assert_true(sa->esn_known && sa->esn && sa->encap_known && sa->encap == ENCAP_UDP && sa->window_known && sa->window == 32);
    assert_int_equal(sa->reqid, 5);
    assert_int_equal(sa->src.addr.family, 4);
    assert_null(note_of(table, "duplicate-sa"));
    sa_table_destroy(table);
}

static void test_contradictions(void **state)
{
    (void)state;
    struct sa_table *table = begin();
    add(table, "first.txt", dump("0x1001", KEY, "32", "0x0"));
    add(table, "second.txt", dump("0x1001", OTHER_KEY, "32", "0x0"));
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 2);
    const struct sa_note *note = note_of(table, "duplicate-sa");
    assert_non_null(note);
    assert_int_equal(note->file, 1);
    assert_int_equal(note->remark.line, 1);
    assert_int_equal(note->remark.level, REMARK_ERROR);
    assert_non_null(strstr(note->remark.text, "line 1 of first.txt"));
    assert_null(strstr(note->remark.text, "0102030405"));
    sa_table_destroy(table);

    /* Not alive at once: the first ended by its limit an hour before the second was added. */
    table = begin();
    add(table, "a",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n\taead rfc4106(gcm(aes)) " KEY
        " 128\n\tlifetime config:\n\t  expire add: soft 0(sec), hard 3600(sec)\n\tlifetime current:\n\t  add 2026-11-21 08:00:00 use -\n");
    add(table, "b",
        "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n\taead rfc4106(gcm(aes)) "
        OTHER_KEY " 128\n\tlifetime current:\n\t  add 2026-11-21 10:00:00 use -\n");
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 2);
    assert_null(note_of(table, "duplicate-sa"));
    sa_table_destroy(table);

    /* Another mark is another SA. */
    table = begin();
    add(table, "a", dump("0x1001", KEY, "32", "0x0"));
    add(table, "b", "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n\tmark 0x1/0xff\n"
                    "\taead rfc4106(gcm(aes)) " OTHER_KEY " 128\n");
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 2);
    assert_null(note_of(table, "duplicate-sa"));
    sa_table_destroy(table);
}

static void test_same_key(void **state)
{
    (void)state;
    struct sa_table *table = begin();
    add(table, "a", dump("0x1001", KEY, "32", "0x0"));
    add(table, "b", dump("0x1002", KEY, "32", "0x0"));
    sa_table_check(table);
    assert_int_equal(note_of(table, "same-key")->remark.level, REMARK_ERROR);
    assert_non_null(strstr(note_of(table, "same-key")->remark.text, "0x00001001"));
    sa_table_destroy(table);

    table = begin();
    add(table, "a", "0x1001@192.0.2.1 aes128-cbc:sixteen_letters_\n0x1002@192.0.2.1 aes128-cbc:sixteen_letters_\n");
    sa_table_check(table);
    assert_int_equal(note_of(table, "same-key")->remark.level, REMARK_WARNING);
    assert_int_equal(note_of(table, "same-key")->remark.line, 2);
    assert_null(strstr(note_of(table, "same-key")->remark.text, "letters"));
    sa_table_destroy(table);

    /* The same SA in a table and in a history, and once with a wildcard, is still one. */
    table = begin();
    add(table, "a", dump("0x1001", KEY, "32", "0x0"));
    add(table, "b", "Updated src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 32 \n"
                    "\taead rfc4106(gcm(aes)) " KEY " 128\n");
    add(table, "c", "\"IPv4\",\"*\",\"*\",\"0x00001001\",\"AES-GCM [RFC4106]\",\"" KEY "\",\"NULL\",\"\"\n");
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 3);
    assert_null(note_of(table, "same-key"));
    sa_table_destroy(table);
}

static void test_larval_becomes_mature(void **state)
{
    (void)state;
    struct sa_table *table = begin();
    add(table, "before", "src 192.0.2.1 dst 192.0.2.2\n\tproto esp spi 0x1001 reqid 1 mode tunnel\n\treplay-window 0 \n"
                         "\tanti-replay context: seq 0x0, oseq 0x0, bitmap 0x00000000\n");
    add(table, "after", dump("0x1001", KEY, "32", "0x0"));
    sa_table_check(table);
    assert_int_equal(sa_table_count(table), 1);
    assert_int_equal(first(table)->state, SA_STATE_MATURE);
    assert_int_equal(first(table)->window, 32);
    sa_table_destroy(table);
}

static void test_files(void **state)
{
    (void)state;
    struct error error;
    struct sa_table *table = begin();
    assert_true(sa_table_add_file(table, "tests/data/sa/plain.xfrm", &error));
    assert_true(sa_table_add_file(table, "monitor:tests/data/sa/events-t.monitor", &error));
    assert_int_equal(sa_table_file_count(table), 2);
    assert_string_equal(sa_table_file_name(table, 1), "tests/data/sa/events-t.monitor");
    assert_string_equal(sa_table_file_format(table, 0)->name, "xfrm");
    assert_int_equal(sa_table_count(table), 14);
    assert_int_equal(sa_table_policy_count(table), 6);
    size_t at = 0, files = 0;
    uint16_t last = 0;
    for (const struct sa_entry *entry; (entry = sa_table_next(table, &at)); last = entry->file) {
        assert_true(entry->file >= last);
        files += entry->file;
    }
    assert_int_equal(files, 8);
    assert_false(sa_table_add_file(table, "tests/data/sa/not-there\x1b[2J", &error));
    assert_null(strchr(error.message, '\x1b'));
    assert_false(sa_table_add_file(table, "tests/data/sa", &error));
    assert_false(sa_table_add_file(table, "tests/data/sa/make_texts.py", &error));
    assert_non_null(strstr(error.message, "make_texts.py"));
    assert_false(sa_table_add_file(table, "nonsense:tests/data/sa/plain.xfrm", &error));
    assert_true(sa_table_add_text(table, "empty", NULL, " \r\n\t\n", 5, &error));
    assert_non_null(note_of(table, "empty"));
    sa_table_destroy(table);
    sa_table_destroy(NULL);
}

static void test_pipe(void **state)
{
    (void)state;
    struct error error;
    struct sa_table *table = begin();
    char path[32];
    int ends[2];
    assert_int_equal(pipe(ends), 0);
    const char *text = dump("0x1001", KEY, "32", "0x0");
    assert_true(write(ends[1], text, strlen(text)) == (ssize_t)strlen(text));
    close(ends[1]);
    snprintf(path, sizeof path, "/dev/fd/%d", ends[0]);
    if (access(path, R_OK) != 0) {
        print_message("SKIP: no /dev/fd here\n");
    } else {
        assert_true(sa_table_add_file(table, path, &error));
        assert_int_equal(sa_table_count(table), 1);
    }
    close(ends[0]);
    sa_table_destroy(table);
}

/* Garbage makes remarks, but not without end. */
static void test_remarks_end(void **state)
{
    (void)state;
    struct sa_table *table = begin();
    struct error error;
    size_t room = 5000 * 8;
    char *text = malloc(room);
    assert_non_null(text);
    for (size_t at = 0; at < room; at += 8)
        memcpy(text + at, "garbage\n", 8);
    assert_true(sa_table_add_text(table, "garbage", sa_format_find("tcpdump", 7), text, room, &error));
    free(text);
    size_t at = 0;
    unsigned notes = 0;
    const struct sa_note *note, *last = NULL;
    while ((note = sa_table_next_note(table, &at))) {
        last = note;
        notes++;
    }
    assert_int_equal(notes, SA_TABLE_REMARKS_MAX + 1);
    assert_string_equal(last->remark.code, "remarks");
    sa_table_destroy(table);
}

/* Many SAs, all with the key of one: linear work and a bounded number of remarks. TABLE_TEST_SAS sets how many. */
static void test_many(void **state)
{
    (void)state;
    const char *wanted = getenv("TABLE_TEST_SAS");
    size_t count = wanted ? strtoul(wanted, NULL, 10) : 20000, used = 0, room = count * 200 + 1;
    char *text = malloc(room);
    assert_non_null(text);
    for (size_t i = 0; i < count; i++)
        used += (size_t)snprintf(text + used, room - used,
                                 "\"IPv4\",\"10.%zu.%zu.%zu\",\"192.0.2.1\",\"0x%08zx\",\"AES-GCM [RFC4106]\",\"0x%08zx0405060708090a0b0c0d0e0fa0a1a2a3\","
                                 "\"ANY 128 bit authentication [no checking]\",\"0x\"\n", i >> 16 & 255, i >> 8 & 255, i & 255,
                                 0x1000 + i, i % 2 ? i : 0);
    struct sa_table *table = begin();
    struct error error;
    struct timespec begun, ended;
    clock_gettime(CLOCK_MONOTONIC, &begun);
    assert_true(sa_table_add_text(table, "many", NULL, text, used, &error));
    sa_table_check(table);
    clock_gettime(CLOCK_MONOTONIC, &ended);
    if (wanted)
        print_message("%zu SAs in %.2f s\n", count,
                      (double)(ended.tv_sec - begun.tv_sec) + (double)(ended.tv_nsec - begun.tv_nsec) / 1e9);
    assert_int_equal(sa_table_count(table), count);
    assert_non_null(note_of(table, "same-key"));
    free(text);
    sa_table_destroy(table);
}

/* Texts made to be slow: work that grew with the square of the length would take hours here, and the alarm ends it. */
static void test_work_is_linear(void **state)
{
    (void)state;
    static const char *const patterns[] = {
        "\\", "\n", ",", "\"", "\",\"", " ", "@", "0x1@1.1.1.1 a:b,", "src ", "src 1.1.1.1 dst 1.1.1.2\n", "[20", "1.1.1.1 ", "E: ",
        "<<", "a", "192.0.2.1 192.0.2.2\n", "\tE: aes-cbc 00\n", "Timestamp: \n", "*", "\r",
    };
    enum { LENGTH = 2 << 20 };
    char *text = malloc(LENGTH);
    assert_non_null(text);
    for (unsigned i = 0; i < sizeof patterns / sizeof patterns[0]; i++) {
        size_t size = strlen(patterns[i]);
        for (size_t at = 0; at < LENGTH; at++)
            text[at] = patterns[i][at % size];
        for (unsigned format = 0; sa_formats[format]; format++) {
            struct sa_table *table = begin();
            struct error error;
            alarm(60);
            (void)sa_format_recognise(text, LENGTH);
            (void)sa_table_add_text(table, "slow", sa_formats[format], text, LENGTH, &error);
            sa_table_check(table);
            alarm(0);
            sa_table_destroy(table);
        }
    }
    free(text);
}

static void test_shelf(void **state)
{
    (void)state;
    struct shelf shelf = { .item = 24 };
    void *kept[2000];
    for (size_t i = 0; i < 2000; i++) {
        kept[i] = shelf_add(&shelf);
        assert_non_null(kept[i]);
        memset(kept[i], (int)(i & 255), 24);
    }
    assert_int_equal(shelf.count, 2000);
    for (size_t i = 0; i < 2000; i++) {
        assert_ptr_equal(shelf_at(&shelf, i), kept[i]);
        assert_int_equal(((unsigned char *)kept[i])[23], i & 255);
    }
    shelf_free(&shelf);
    assert_int_equal(shelf.count, 0);
    shelf_free(&shelf);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_two_ends_are_one_sa),
        cmocka_unit_test(test_formats_complete_each_other),
        cmocka_unit_test(test_contradictions),
        cmocka_unit_test(test_same_key),
        cmocka_unit_test(test_larval_becomes_mature),
        cmocka_unit_test(test_files),
        cmocka_unit_test(test_pipe),
        cmocka_unit_test(test_remarks_end),
        cmocka_unit_test(test_many),
        cmocka_unit_test(test_work_is_linear),
        cmocka_unit_test(test_shelf),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
