/* exchanges: IKE SAs age by silence, what their end shows is told once, and traffic of their hosts keeps those that are up. */
#include "engine_run.h"

#include "engine/ageing.h"
#include "engine/exchanges.h"
#include "engine/settle.h"

#define START (1700000000 * SECOND)

enum { EXCHANGE_INIT = 34, EXCHANGE_CHILD = 36, EXCHANGE_INFORM = 37, NEXT_SK = 46, NEXT_NONCE = 40, FROM_INITIATOR = 0x08, RESPONSE = 0x20 };

/* One IKEv2 message with one payload; from 192.0.2.1 to .2, or back as a response. */
static void ike(struct esplain *esplain, uint64_t spi, uint8_t exchange, uint32_t message_id, bool response, int64_t time_ns)
{
    uint8_t packet[20 + 8 + 28 + 40] = { 0 };
    uint8_t *udp = packet + 20, *header = udp + 8;
    run_ip4(packet, sizeof packet, 17, response ? 2 : 1, response ? 1 : 2);
    bytes_put16(udp, 500);
    bytes_put16(udp + 2, 500);
    bytes_put16(udp + 4, sizeof packet - 20);
    for (unsigned i = 0; i < 8; i++) {
        header[i] = (uint8_t)(spi >> (56 - 8 * i));
        header[8 + i] = exchange == EXCHANGE_INIT && !response ? 0 : 9;
    }
    header[16] = exchange == EXCHANGE_INIT ? NEXT_NONCE : NEXT_SK;
    header[17] = 0x20;
    header[18] = exchange;
    header[19] = response ? RESPONSE : FROM_INITIATOR;
    bytes_put32(header + 20, message_id);
    bytes_put32(header + 24, 28 + 40);
    bytes_put16(header + 30, 40);
    memset(header + 32, 0x5a, 36);
    run_frame(esplain, packet, sizeof packet, time_ns);
}

static uint32_t sweeps(struct esplain *esplain, struct news *news, uint32_t count, int64_t now_ns)
{
    uint32_t forgotten = 0;
    while (count-- > 0) {
        settle_sweep(esplain, news);
        ageing_sweep(esplain);
        forgotten += exchanges_sweep(esplain, now_ns);
        news_new(news, esplain, now_ns);
    }
    return forgotten;
}

/* Asked twice, and never answered: told after ten minutes, kept until that is settled, and told no more at the end. */
static void what_came_to_nothing(void **state)
{
    (void)state;
    struct news news = { 0 };
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    ike(esplain, 1, EXCHANGE_INIT, 0, false, START);
    ike(esplain, 1, EXCHANGE_INIT, 0, false, START + SECOND);
    assert_int_equal(ike_sessions_count(esplain->sessions), 1);
    assert_int_equal(sweeps(esplain, &news, EXCHANGES_SWEEPS_OPEN, START + 600 * SECOND), 0);
    assert_null(run_finding(esplain, "ike-no-answer"));
    assert_int_equal(sweeps(esplain, &news, 1, START + 610 * SECOND), 0);
    assert_int_equal(run_finding(esplain, "ike-no-answer")->count, 1);
    assert_int_equal(sweeps(esplain, &news, SETTLE_SWEEPS, START + 4000 * SECOND), 0);
    assert_int_equal(sweeps(esplain, &news, 1, START + 4100 * SECOND), 1);
    assert_int_equal(ike_sessions_count(esplain->sessions), 0);
    assert_non_null(run_finding(esplain, "ike-no-answer")->settled);
    assert_true(esplain_finish(esplain, NULL));
    assert_int_equal(run_finding(esplain, "ike-no-answer")->count, 1);
    esplain_destroy(esplain);
}

/* Up, and silent for days: as long as ESP goes one way or the other it lives. */
static void traffic_is_life(void **state)
{
    (void)state;
    struct news news = { 0 };
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    for (uint64_t spi = 1; spi <= 3; spi++) {
        ike(esplain, spi, EXCHANGE_CHILD, 7, false, START);
        ike(esplain, spi, EXCHANGE_CHILD, 7, true, START + SECOND / 10);
    }
    for (uint32_t day = 1; day <= 4; day++) {
        run_esp(esplain, 2, 1, 0x9001, day, START + day * 86400 * SECOND);
        assert_int_equal(sweeps(esplain, &news, EXCHANGES_SWEEPS_UP - 10, START + day * 86400 * SECOND), 0);
    }
    assert_int_equal(ike_sessions_count(esplain->sessions), 3);
    sweeps(esplain, &news, 2 * EXCHANGES_SWEEPS_UP, START + 700000 * SECOND);
    assert_int_equal(ike_sessions_count(esplain->sessions), 0);
    assert_null(run_finding(esplain, "ike-no-answer"));
    esplain_destroy(esplain);
}

/* The table is full of questions that nobody answered: what makes room is told, too. */
static void what_makes_room(void **state)
{
    (void)state;
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    for (uint64_t spi = 1; spi <= IKE_SESSIONS; spi++) {
        ike(esplain, spi, EXCHANGE_INIT, 0, false, START);
        ike(esplain, spi, EXCHANGE_INIT, 0, false, START + SECOND);
    }
    assert_null(run_finding(esplain, "ike-no-answer"));
    for (uint64_t spi = 1; spi <= 100; spi++)
        ike(esplain, IKE_SESSIONS + spi, EXCHANGE_INIT, 0, false, START + 2 * SECOND);
    uint64_t told = 0;
    for (uint32_t i = 0; i < ledger_count(esplain->detect.ledger); i++)
        told += strcmp(ledger_at(esplain->detect.ledger, i)->condition->name, "ike-no-answer") == 0 ? ledger_at(esplain->detect.ledger, i)->count : 0;
    assert_int_equal(told, 100);
    assert_int_equal(ike_sessions_count(esplain->sessions), IKE_SESSIONS);
    esplain_destroy(esplain);
}

/* Some go, the others are found as before. */
static void others_stay(void **state)
{
    (void)state;
    struct news news = { 0 };
    struct esplain *esplain = run_start(NULL, ESPLAIN_TEXT);
    for (uint64_t spi = 1; spi <= 1000; spi++)
        ike(esplain, spi, EXCHANGE_INIT, 0, false, START);
    sweeps(esplain, &news, EXCHANGES_SWEEPS_OPEN / 2, START + SECOND);
    for (uint64_t spi = 2; spi <= 1000; spi += 2)
        ike(esplain, spi, EXCHANGE_INIT, 0, true, START + 2 * SECOND);
    assert_int_equal(sweeps(esplain, &news, EXCHANGES_SWEEPS_OPEN / 2 + 2, START + 3 * SECOND), 500);
    for (uint32_t i = 0; i < 500; i++)
        assert_int_equal(ike_sessions_at(esplain->sessions, i)->first_frame, 2 + 2 * i);
    for (uint64_t spi = 2; spi <= 1000; spi += 2)
        ike(esplain, spi, EXCHANGE_INFORM, 1, false, START + 3 * SECOND);
    assert_int_equal(ike_sessions_count(esplain->sessions), 500);
    esplain_destroy(esplain);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(what_came_to_nothing), cmocka_unit_test(traffic_is_life), cmocka_unit_test(what_makes_room), cmocka_unit_test(others_stay),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
