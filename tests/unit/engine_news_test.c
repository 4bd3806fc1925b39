/* news: findings as they happen: the first at once, repeats less and less often, and never more than a person can read. */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>
#include <stdlib.h>
#include <string.h>

#include "engine/live.h"
#include "engine/news.h"
#include "engine_run.h"

static struct text out;
static struct esplain *esplain;
static struct news news;
static unsigned messages;

static void message(void *context, const char *line)
{
    (void)context;
    assert_non_null(strstr(line, "the others are told later"));
    messages++;
}

static int begin(void **state)
{
    (void)state;
    esplain = run_start(&out, ESPLAIN_JSON);
    esplain->options.message = message;
    memset(&news, 0, sizeof news);
    messages = 0;
    return 0;
}

static int end(void **state)
{
    (void)state;
    ledger_destroy(news.reviewed);
    esplain_destroy(esplain);
    text_free(&out);
    return 0;
}

/* The finding of an SPI counts once more. */
static void hit(uint32_t spi)
{
    const struct condition *condition = condition_find("unknown-spi", strlen("unknown-spi"));
    const uint8_t src[4] = { 192, 0, 2, (uint8_t)spi };
    const struct subject subject = { .src = addr_ip4(src), .proto = 50, .has_spi = true, .spi = spi };
    const struct place place = { 0, 1, LIVE_SECOND_NS };
    bool is_new;
    ledger_hit(esplain->detect.ledger, condition, CAUSE_NONE, &subject, &place, &is_new);
}

/* How many alerts were written since this was asked last, and what `more` the last of them says. */
static unsigned alerts(unsigned *more)
{
    unsigned count = 0;
    for (const char *at = out.chars; at != NULL && (at = strstr(at, "{\"type\":\"alert\"")) != NULL; at++, count++) {
        const char *number = strstr(at, "\"more\":");
        assert_non_null(number);
        if (more != NULL)
            *more = (unsigned)strtoul(number + 7, NULL, 10);
    }
    text_clear(&out);
    return count;
}

static void second(int64_t now_s)
{
    news_new(&news, esplain, now_s * LIVE_SECOND_NS);
    news_again(&news, esplain, now_s * LIVE_SECOND_NS);
}

/* 10 s, a minute, six minutes, 36 minutes, and then an hour at the most. */
static void less_and_less_often(void **state)
{
    (void)state;
    static const int64_t told_s[] = { 0, 10, 70, 430, 2590, 6190, 9790 };
    unsigned told = 0, sum = 0;
    for (int64_t now_s = 0; now_s <= 10000; now_s++) {
        unsigned more = 0;
        hit(1);
        second(now_s);
        if (alerts(&more) == 0)
            continue;
        assert_true(told < sizeof told_s / sizeof told_s[0]);
        assert_int_equal(now_s, told_s[told]);
        sum += told ? more : 1;
        assert_int_equal(sum, now_s + 1);
        told++;
    }
    assert_int_equal(told, sizeof told_s / sizeof told_s[0]);
}

static void silence_is_not_told(void **state)
{
    (void)state;
    hit(1);
    second(0);
    assert_int_equal(alerts(NULL), 1);
    for (int64_t now_s = 1; now_s < 5000; now_s++)
        second(now_s);
    assert_int_equal(alerts(NULL), 0);
}

/* 50 at once: 20, 20 and 10, each told once, and only said that some wait. */
static void a_burst(void **state)
{
    (void)state;
    unsigned told = 0;
    for (uint32_t spi = 1; spi <= 50; spi++)
        hit(spi);
    for (int64_t now_s = 100; now_s < 140; now_s++) {
        unsigned now;
        second(now_s);
        told += now = alerts(NULL);
        assert_true(now <= NEWS_BURST);
        if (now_s < 110)
            assert_int_equal(told, NEWS_BURST);
        else if (now_s < 120)
            assert_int_equal(told, 2 * NEWS_BURST);
    }
    assert_int_equal(told, 50);
    assert_int_equal(news.waiting, 0);
    assert_int_equal(messages, 2);
    hit(51);
    second(200);
    assert_int_equal(alerts(NULL), 1);
}

/* In text -q leaves nothing but the summary line; records are for programs, which asked for them. */
static void quiet(void **state)
{
    (void)state;
    for (unsigned format = 0; format < 2; format++) {
        esplain->options.quiet = true;
        esplain->options.format = format ? ESPLAIN_JSON : ESPLAIN_TEXT;
        hit(1 + format);
        second(format);
        assert_int_equal(out.length > 0, format);
        text_clear(&out);
    }
}

/* What only the end would show is told once it stood in two reviews, and never again; the ledger itself stays as it was. */
static void reviews(void **state)
{
    (void)state;
    struct sa_record record = maker_record(SA_EVENT_DEFINE, 0, "192.0.2.1", "192.0.2.2", 0x1001, SA_PROTO_ESP); /* no keys: every packet is taken for good */
    assert_int_not_equal(sadb_add(esplain->db, &record, 0, 64), SADB_NONE);
    for (uint32_t seq = 1; seq <= 60; seq++)
        if (seq % 10 != 5)
            run_esp(esplain, 1, 2, 0x1001, seq, seq * LIVE_SECOND_NS / 10);
    news.seen = ledger_count(esplain->detect.ledger); /* what packets show at once is not the point */
    for (unsigned turn = 0; turn < 4; turn++) {
        uint32_t before = ledger_count(esplain->detect.ledger);
        news_review(&news, esplain, (int64_t)(turn * 10) * LIVE_SECOND_NS, (int64_t)(turn * 10) * LIVE_SECOND_NS);
        assert_int_equal(ledger_count(esplain->detect.ledger), before);
        bool loss = out.chars != NULL && strstr(out.chars, "\"condition\":\"loss\"") != NULL;
        assert_int_equal(loss, turn == 1);
        text_clear(&out);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test_setup_teardown(less_and_less_often, begin, end), cmocka_unit_test_setup_teardown(silence_is_not_told, begin, end),
        cmocka_unit_test_setup_teardown(a_burst, begin, end), cmocka_unit_test_setup_teardown(quiet, begin, end),
        cmocka_unit_test_setup_teardown(reviews, begin, end),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
