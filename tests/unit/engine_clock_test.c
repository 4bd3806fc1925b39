/* clock: somebody sets the clock of a live run by a day or by half a century, and nothing ages, ends or becomes a finding by that. */
#include "engine_run.h"

#include "engine/ageing.h"
#include "engine/exchanges.h"
#include "engine/settle.h"

#define START (1700000000 * SECOND)
#define BOOTED (1000 * SECOND) /* what the clock that nobody sets shows at START */
#define DAY (86400 * SECOND)

static const int64_t steps[] = { DAY, -DAY, 3 * SECOND, -3 * SECOND, -START, -START + 5, 20 * 365 * DAY };

/* A run whose clock is at START. */
struct bench {
    struct esplain *esplain;
    struct news news;
    int64_t wall_ns, steady_ns;
    bool blind; /* nobody looks at the clock */
};

static struct bench bench_start(bool blind)
{
    struct bench bench = { .esplain = run_start(NULL, ESPLAIN_TEXT), .wall_ns = START, .steady_ns = BOOTED, .blind = blind };
    assert_int_equal(clock_take(&bench.esplain->clock, bench.wall_ns, bench.steady_ns), 0);
    return bench;
}

static void bench_pass(struct bench *bench, int64_t span_ns)
{
    bench->wall_ns += span_ns;
    bench->steady_ns += span_ns;
}

static void bench_look(struct bench *bench)
{
    int64_t step_ns = bench->blind ? 0 : clock_take(&bench->esplain->clock, bench->wall_ns, bench->steady_ns);
    if (step_ns != 0)
        engine_set_clock(bench->esplain, step_ns);
}

/* What a tick of a live run does, and the end tried out. Returns how many findings the end would show. */
static uint32_t bench_tick(struct bench *bench)
{
    struct esplain *esplain = bench->esplain;
    bench_look(bench);
    engine_expire(esplain, bench->wall_ns);
    settle_sweep(esplain, &bench->news);
    ageing_sweep(esplain);
    exchanges_sweep(esplain, bench->wall_ns);
    struct ledger *own = review_begin(esplain, bench->wall_ns);
    uint32_t count = ledger_count(esplain->detect.ledger);
    review_end(esplain, own);
    return count;
}

/* A packet of now. */
static void bench_esp(struct bench *bench, uint8_t src, uint8_t dst, uint32_t spi, uint32_t seq)
{
    bench_look(bench);
    run_esp(bench->esplain, src, dst, spi, seq, bench->wall_ns);
}

static uint32_t bench_come(struct bench *bench, const char *src, const char *dst, uint32_t spi)
{
    struct sa_record record = maker_record(SA_EVENT_ADD, bench->wall_ns, src, dst, spi, SA_PROTO_ESP);
    record.definition.added_known = true;
    record.definition.added_ns = bench->wall_ns;
    record.definition.hard.add_s = 3600;
    known_add_pair(bench->esplain->known, &record.definition.src.addr, &record.definition.dst.addr, true, bench->wall_ns, false, false);
    return sadb_keep(bench->esplain->db, &record, NULL, 0, 64);
}

/* The first piece of a datagram, and IKE_SA_INIT; both of now. */
static void bench_pending(struct bench *bench)
{
    uint8_t piece[20 + 64] = { 0 }, init[20 + 8 + 28 + 40] = { 0 };
    run_ip4(piece, sizeof piece, 50, 1, 2);
    piece[6] = 0x20; /* more fragments; the sum follows */
    bytes_put16(piece + 10, (uint16_t)(bytes_get16(piece + 10) - 0x2000));
    run_frame(bench->esplain, piece, sizeof piece, bench->wall_ns);
    run_ip4(init, sizeof init, 17, 1, 2);
    bytes_put16(init + 20, 500);
    bytes_put16(init + 22, 500);
    bytes_put16(init + 24, sizeof init - 20);
    init[28] = 1;                 /* the initiator's SPI */
    init[28 + 16] = 40;           /* a nonce */
    init[28 + 17] = 0x20;
    init[28 + 18] = 34;
    init[28 + 19] = 8;
    bytes_put32(init + 28 + 24, 28 + 40);
    bytes_put16(init + 28 + 30, 40);
    run_frame(bench->esplain, init, sizeof init, bench->wall_ns);
}

/* Everything that has a time is under way when the clock is set. Returns how many findings there are then. */
static uint32_t bench_set(int64_t step_ns, bool blind)
{
    struct bench bench = bench_start(blind);
    uint32_t seq = 0, most = 0, forth = bench_come(&bench, "192.0.2.1", "192.0.2.2", 0x1001), back = bench_come(&bench, "192.0.2.2", "192.0.2.1", 0x2002);
    for (unsigned turn = 0; turn < 40; turn++) {
        if (turn == 20) {
            bench_pending(&bench);
            bench.wall_ns += step_ns;
        }
        bench_pass(&bench, SECOND / 10);
        bench_esp(&bench, 1, 2, 0x1001, ++seq);
        bench_esp(&bench, 2, 1, 0x2002, seq);
        uint32_t count = bench_tick(&bench);
        if (count > most)
            most = count;
    }
    if (!blind) {
        assert_int_equal(sadb_hot(bench.esplain->db, forth)->packets + sadb_hot(bench.esplain->db, back)->packets, 80);
        assert_int_equal(bench.esplain->summary.verdicts[VERDICT_ACCEPTED], 80);
        assert_int_equal(bench.esplain->summary.last_ns, bench.wall_ns);
        assert_int_equal(bench.esplain->summary.last_ns - bench.esplain->summary.first_ns, 39 * (SECOND / 10));
        assert_int_equal(sadb_sa(bench.esplain->db, forth)->born_ns, START + step_ns);
        assert_int_equal(ike_sessions_count(bench.esplain->sessions), 1);
        assert_int_equal(ike_sessions_at(bench.esplain->sessions, 0)->first_ns, START + 2 * SECOND + step_ns);
    }
    esplain_destroy(bench.esplain);
    return most;
}

static void nothing_ages(void **state)
{
    (void)state;
    assert_int_equal(bench_set(0, false), 0);
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++)
        assert_int_equal(bench_set(steps[i], false), 0);
    assert_int_not_equal(bench_set(DAY, true), 0); /* what nobody would want: who does not look at the clock finds much */
    assert_int_not_equal(bench_set(-DAY, true), 0);
    assert_int_not_equal(bench_set(-START, true), 0);
}

/* "Deleted two seconds ago" stays so, and a finding's times move along. */
static void spans_stay(void **state)
{
    (void)state;
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct bench bench = bench_start(false);
        uint32_t gone = bench_come(&bench, "192.0.2.1", "192.0.2.2", 0x1001);
        bench_pass(&bench, SECOND);
        struct sa_definition definition = *sadb_sa(bench.esplain->db, gone)->definition;
        assert_int_equal(sadb_end(bench.esplain->db, &definition, bench.wall_ns, SA_END_DELETED), gone);
        bench_pass(&bench, SECOND);
        bench_esp(&bench, 1, 2, 0x1001, 1);
        bench.wall_ns += steps[i];
        bench_pass(&bench, SECOND);
        bench_esp(&bench, 1, 2, 0x1001, 2);
        const struct finding *finding = run_finding(bench.esplain, "unknown-spi");
        assert_int_equal(finding->cause, CAUSE_SA_DELETED);
        assert_int_equal(finding->count, 2);
        assert_int_equal(finding_get(finding, "first_after_end_ns", 0), SECOND);
        assert_int_equal(finding_get(finding, "last_after_end_ns", 0), 2 * SECOND);
        assert_int_equal(finding_get(finding, "near_ended", 0), START + SECOND + steps[i]);
        assert_int_equal(finding->first.time_ns, START + 2 * SECOND + steps[i]);
        esplain_destroy(bench.esplain);
    }
}

/* Packets that were captured before the clock was set, and are read after it. */
static void frames_of_before(void **state)
{
    (void)state;
    struct clock clock = { 0 };
    for (unsigned i = 0; i < sizeof steps / sizeof steps[0]; i++) {
        struct frame frames[3] = { { .time_ns = START - SECOND }, { .time_ns = START }, { .time_ns = START + steps[i] + SECOND / 5 } };
        clock = (struct clock){ 0 };
        assert_int_equal(clock_take(&clock, START, BOOTED), 0);
        clock_date(&clock, frames, 3, BOOTED);
        assert_int_equal(frames[0].time_ns, START - SECOND);
        assert_int_equal(clock_take(&clock, START + SECOND / 10, BOOTED + SECOND / 10), 0);
        assert_int_equal(clock_take(&clock, START + SECOND / 10 + CLOCK_LEAST_NS - 1, BOOTED + SECOND / 10), 0); /* the noise of two readings */
        assert_int_equal(clock_take(&clock, START + steps[i] + SECOND / 4, BOOTED + SECOND / 4), steps[i]);
        clock_date(&clock, frames, 3, BOOTED + SECOND / 4);
        assert_int_equal(frames[0].time_ns, START - SECOND + steps[i]);
        assert_int_equal(frames[1].time_ns, START + steps[i]);
        assert_int_equal(frames[2].time_ns, START + steps[i] + SECOND / 5);
        assert_int_equal(clock_take(&clock, START + steps[i] + SECOND, BOOTED + SECOND), 0);
    }
    assert_true(clock_look(&clock) != 0 && clock_look(&clock) == 0); /* the clocks of this host are others, and stay */
}

int main(void)
{
    const struct CMUnitTest tests[] = { cmocka_unit_test(nothing_ages), cmocka_unit_test(spans_stay), cmocka_unit_test(frames_of_before) };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
