/* settle: findings that fell quiet keep what was concluded, leave after a day or for want of room, and nothing is counted twice or not at all. */
#include "engine_run.h"

#include "engine/ageing.h"
#include "engine/settle.h"
#include "report/metrics.h"

#define START (1700000000 * SECOND)

static void sweeps(struct esplain *esplain, struct news *news, uint32_t count)
{
    for (uint32_t i = 0; i < count; i++) {
        settle_sweep(esplain, news);
        ageing_sweep(esplain);
    }
}

/* All that is new is told, however much it is. */
static void tell(struct esplain *esplain, struct news *news)
{
    for (int64_t turn = 1; turn == 1 || news->waiting > 0; turn++) {
        news_new(news, esplain, turn * NEWS_BURST_S * SECOND);
        news_again(news, esplain, turn * NEWS_BURST_S * SECOND);
    }
}

static bool has(const struct text *out, const char *words)
{
    return out->chars != NULL && strstr(out->chars, words) != NULL;
}

static uint64_t older(struct esplain *esplain)
{
    uint64_t count = 0;
    for (uint32_t i = 0; i < ledger_older_count(esplain->detect.ledger); i++)
        count += ledger_older_at(esplain->detect.ledger, i)->findings;
    return count;
}

/* A table of one moment, and an SPI that took turns with one of its SAs: a note, also once that SA is forgotten. */
static void a_conclusion_stays(void **state)
{
    (void)state;
    struct text out = { 0 };
    struct news news = { 0 };
    struct esplain *esplain = run_start(&out, ESPLAIN_TEXT);
    struct sa_record record = maker_record(SA_EVENT_ADD, START, "192.0.2.1", "192.0.2.2", 0x5001, SA_PROTO_ESP);
    uint32_t known = sadb_keep(esplain->db, &record, NULL, 0, 64);
    known_add_pair(esplain->known, &record.definition.src.addr, &record.definition.dst.addr, false, 0, false, false);
    for (uint32_t i = 1; i <= 5; i++)
        run_esp(esplain, 1, 2, 0xa001, i, START + i * SECOND);
    for (uint32_t i = 1; i <= 5; i++)
        run_esp(esplain, 1, 2, 0x5001, i, START + (5 + i) * SECOND);
    tell(esplain, &news);
    assert_int_equal(run_finding(esplain, "unknown-spi")->count, 5);
    assert_int_equal(sadb_end(esplain->db, &record.definition, START + 20 * SECOND, SA_END_DELETED), known);
    sweeps(esplain, &news, SETTLE_SWEEPS);
    assert_null(run_finding(esplain, "unknown-spi")->settled);
    sweeps(esplain, &news, 1);
    const struct finding *settled = run_finding(esplain, "unknown-spi")->settled;
    assert_non_null(settled);
    assert_int_equal(settled->severity, SEVERITY_NOTE);
    assert_int_equal(settled->certainty, CERTAINTY_POSSIBLE);
    assert_non_null(strstr(settled->explained, "took turns"));
    sweeps(esplain, &news, AGEING_SWEEPS_ENDED);
    assert_true(sadb_hot(esplain->db, known)->flags & SA_HOT_FREE);
    text_clear(&out);
    struct ledger *own = review_begin(esplain, START + 8000 * SECOND);
    assert_int_equal(run_finding(esplain, "unknown-spi")->severity, SEVERITY_NOTE);
    report_end(&esplain->report, &esplain->summary);
    review_end(esplain, own);
    assert_true(has(&out, "took turns"));
    run_esp(esplain, 1, 2, 0xa001, 6, START + 9000 * SECOND); /* it was not the end of it */
    assert_null(run_finding(esplain, "unknown-spi")->settled);
    assert_int_equal(run_finding(esplain, "unknown-spi")->count, 6);
    esplain_destroy(esplain);
    text_free(&out);
}

static uint64_t metered(struct esplain *esplain, struct metrics *metrics)
{
    const struct metrics_state state = { .summary = &esplain->summary, .detect = &esplain->detect, .db = esplain->db };
    static const char series[] = "esplain_findings_total{condition=\"unknown-spi\",severity=\"error\"} ";
    struct text text = { 0 };
    assert_true(metrics_print(metrics, &state, &text));
    const char *at = strstr(text.chars, series);
    assert_non_null(at);
    uint64_t count = strtoull(at + strlen(series), NULL, 10);
    text_free(&text);
    return count;
}

static void a_day_later(void **state)
{
    (void)state;
    struct text out = { 0 };
    struct news news = { 0 };
    struct esplain *esplain = run_start(&out, ESPLAIN_JSON);
    struct metrics *metrics = metrics_create();
    for (uint32_t i = 1; i <= 3; i++)
        for (uint32_t spi = 0x5001; spi <= 0x5003; spi++)
            run_esp(esplain, 1, 2, spi, i, START + i * SECOND);
    assert_int_equal(metered(esplain, metrics), 9);
    tell(esplain, &news);
    sweeps(esplain, &news, SETTLE_SWEEPS_LEAVE);
    assert_int_equal(ledger_count(esplain->detect.ledger), 3);
    run_esp(esplain, 1, 2, 0x5002, 4, START + 86000 * SECOND); /* goes on, and has not been told of */
    sweeps(esplain, &news, 1);
    assert_int_equal(ledger_count(esplain->detect.ledger), 1);
    assert_int_equal(news.seen, 1);
    assert_int_equal(older(esplain), 2);
    assert_int_equal(run_finding(esplain, "unknown-spi")->subject.spi, 0x5002);
    run_esp(esplain, 1, 2, 0x5002, 5, START + 86001 * SECOND);
    assert_int_equal(ledger_count(esplain->detect.ledger), 1);
    assert_int_equal(run_finding(esplain, "unknown-spi")->count, 5);
    assert_int_equal(metered(esplain, metrics), 11);
    sweeps(esplain, &news, 2 * SETTLE_SWEEPS_LEAVE);
    assert_int_equal(ledger_count(esplain->detect.ledger), 1); /* what came again was never told */
    news_again(&news, esplain, 1000000 * SECOND);
    sweeps(esplain, &news, 1);
    assert_int_equal(ledger_count(esplain->detect.ledger), 0);
    assert_int_equal(metered(esplain, metrics), 11);
    run_esp(esplain, 1, 2, 0x5001, 9, START + 200000 * SECOND); /* new again */
    assert_int_equal(ledger_count(esplain->detect.ledger), 1);
    assert_int_equal(metered(esplain, metrics), 12);
    sweeps(esplain, &news, 1);
    tell(esplain, &news);
    sweeps(esplain, &news, 1 + SETTLE_SWEEPS_LEAVE);
    text_clear(&out);
    assert_true(esplain_finish(esplain, NULL));
    assert_true(has(&out, "\"findings\":{\"note\":0,\"warning\":0,\"error\":0},\"older\":[{\"condition\":\"unknown-spi\",\"severity\":\"error\",\"findings\":4,"
                          "\"count\":12,\"first\":\"2023-11-14T22:13:21.000000000Z\",\"last\":\"2023-11-17T05:46:40.000000000Z\"}]"));
    assert_int_equal(esplain_worst(esplain), ESPLAIN_ERROR);
    metrics_destroy(metrics);
    esplain_destroy(esplain);
    text_free(&out);
}

/* Packets from so many addresses that the ledger is full: once it is over, new ones have room. */
static void room_again(void **state)
{
    (void)state;
    struct news news = { 0 };
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    for (uint32_t i = 0; i < 20000; i++)
        run_esp(esplain, (uint8_t)(i / 250), (uint8_t)(1 + i % 250), 0x5000, 1, START + i);
    assert_true(ledger_count(esplain->detect.ledger) >= LEDGER_MAX);
    tell(esplain, &news);
    sweeps(esplain, &news, SETTLE_SWEEPS_CROWDED);
    assert_true(ledger_count(esplain->detect.ledger) >= LEDGER_MAX);
    sweeps(esplain, &news, 1);
    assert_int_equal(ledger_count(esplain->detect.ledger), SETTLE_CROWDED);
    assert_true(older(esplain) >= LEDGER_MAX - SETTLE_CROWDED);
    uint64_t counted = 0;
    for (uint32_t i = 0; i < ledger_older_count(esplain->detect.ledger); i++)
        counted += ledger_older_at(esplain->detect.ledger, i)->count;
    for (uint32_t i = 0; i < ledger_count(esplain->detect.ledger); i++) {
        assert_int_equal(ledger_at(esplain->detect.ledger, i)->index, i);
        counted += ledger_at(esplain->detect.ledger, i)->count;
    }
    assert_int_equal(counted, esplain->summary.verdicts[VERDICT_UNKNOWN_SPI]);
    run_esp(esplain, 1, 2, 0x7777, 1, START + SECOND);
    assert_int_equal(run_finding(esplain, "unknown-spi")->subject.spi, 0x7777);
    esplain_destroy(esplain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(a_conclusion_stays), cmocka_unit_test(a_day_later), cmocka_unit_test(room_again),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
