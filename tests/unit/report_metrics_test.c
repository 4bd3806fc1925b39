/*
 * metrics: what is printed is Prometheus' text format by its own rules (exposition format 0.0.4), no counter ever falls, and a flood of SPIs makes no
 * more series than promised; replace: a file is whole or what it was.
 */
#include <ctype.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "detect_stage.h"
#include "report/metrics.h"
#include "track/tally.h"
#include "system/replace.h"

#define SERIES_MAX 4096

struct series {
    char name[256]; /* with its labels */
    double value;
    bool counter;
};

struct page {
    struct series series[SERIES_MAX];
    unsigned count;
};

static size_t page_word(const char *at)
{
    size_t length = 0;
    if (isalpha((unsigned char)at[0]) || at[0] == '_' || at[0] == ':')
        while (isalnum((unsigned char)at[length]) || at[length] == '_' || at[length] == ':')
            length++;
    return length;
}

/* Behind `{...}`, or NULL where its grammar is broken. */
static const char *page_labels(const char *at)
{
    if (*at != '{')
        return at;
    for (at++; *at != '}';) {
        size_t length = page_word(at);
        if (length == 0 || at[length] != '=' || at[length + 1] != '"')
            return NULL;
        for (at += length + 2; *at != '"'; at++) {
            if (*at == '\0' || *at == '\n')
                return NULL;
            if (*at == '\\' && strchr("\\\"n", *++at) == NULL)
                return NULL;
        }
        if (*++at == ',')
            at++;
        else if (*at != '}')
            return NULL;
    }
    return at + 1;
}

/* Each line by the grammar; HELP, TYPE, then the samples of that family and no other; no series twice. */
static struct page *page_read(const char *text)
{
    struct page *page = calloc(1, sizeof *page);
    char family[128] = "", kind[16] = "";
    assert_non_null(page);
    while (*text) {
        const char *end = strchr(text, '\n');
        assert_non_null(end); /* the last line ends, too */
        if (strncmp(text, "# HELP ", 7) == 0) {
            size_t length = page_word(text + 7);
            assert_true(length > 0 && length < sizeof family && text[7 + length] == ' ');
            memcpy(family, text + 7, length);
            family[length] = '\0';
            kind[0] = '\0';
        } else if (strncmp(text, "# TYPE ", 7) == 0) {
            size_t length = strlen(family);
            assert_memory_equal(text + 7, family, length);
            assert_int_equal(sscanf(text + 7 + length, " %15[a-z]", kind), 1);
            assert_true(strcmp(kind, "counter") == 0 || strcmp(kind, "gauge") == 0);
            assert_true((length > 6 && strcmp(family + length - 6, "_total") == 0) == (strcmp(kind, "counter") == 0));
        } else {
            size_t length = page_word(text);
            assert_true(kind[0] && length == strlen(family) && memcmp(text, family, length) == 0);
            const char *value = page_labels(text + length);
            char *after;
            assert_true(value != NULL && *value == ' ' && page->count < SERIES_MAX);
            struct series *series = &page->series[page->count];
            assert_true((size_t)(value - text) < sizeof series->name);
            memcpy(series->name, text, (size_t)(value - text));
            series->value = strtod(value + 1, &after);
            series->counter = strcmp(kind, "counter") == 0;
            assert_ptr_equal(after, end);
            for (unsigned i = 0; i < page->count; i++)
                assert_string_not_equal(page->series[i].name, series->name);
            page->count++;
        }
        text = end + 1;
    }
    return page;
}

static const struct series *page_find(const struct page *page, const char *name)
{
    for (unsigned i = 0; i < page->count; i++)
        if (strcmp(page->series[i].name, name) == 0)
            return &page->series[i];
    return NULL;
}

static double page_value(const struct page *page, const char *name)
{
    const struct series *series = page_find(page, name);
    if (series == NULL)
        print_message("no series %s\n", name);
    assert_non_null(series);
    return series->value;
}

static unsigned page_starting(const struct page *page, const char *start)
{
    unsigned count = 0;
    for (unsigned i = 0; i < page->count; i++)
        count += strncmp(page->series[i].name, start, strlen(start)) == 0;
    return count;
}

static struct page *take(struct metrics *metrics, struct stage *stage, const struct summary *summary)
{
    struct text text = { 0 };
    const struct metrics_state state = { .summary = summary, .detect = &stage->detect, .db = stage->db };
    assert_true(metrics_print(metrics, &state, &text));
    struct page *page = page_read(text.chars);
    text_free(&text);
    return page;
}

static void carry(struct stage *stage, uint32_t index, uint64_t packets, int64_t now_ns)
{
    struct sa_hot *hot = sadb_hot(stage->db, index);
    hot->packets += packets;
    hot->wire_bytes += packets * 100;
    hot->last_ns = now_ns;
}

static void test_names_values_and_labels(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct metrics *metrics = metrics_create();
    struct text text = { 0 };
    uint64_t kernel[COUNTER_COUNT] = { [COUNTER_IN_NO_STATES] = 7 };
    const struct summary summary = { .frames = 12, .bytes = 1200, .esp = 9, .last_ns = 1763716000123456789,
                                     .verdicts = { [VERDICT_ACCEPTED] = 8, [VERDICT_UNKNOWN_SPI] = 1 } };
    const struct metrics_interface interfaces[] = { { "odd\"\\\n\xff", 3, 4 } };
    const struct tally tally = { .rows[COUNTER_IN_NO_STATES] = { .unseen = 5 } };
    const struct metrics_state whole = { &summary, &stage.detect, stage.db, interfaces, 1, kernel, &tally, 1763715000000000000 };
    assert_true(metrics_print(metrics, &whole, &text));
    struct page *page = page_read(text.chars);
    assert_true(page_value(page, "esplain_build_info{version=\"" ESPLAIN_VERSION "\"}") == 1);
    assert_true(page_value(page, "esplain_packets_total{verdict=\"unknown-spi\"}") == 1);
    assert_true(page_value(page, "esplain_packets_total{verdict=\"accepted\"}") == 8);
    assert_true(page_value(page, "esplain_packets_total{verdict=\"replayed\"}") == 0);
    assert_true(page_value(page, "esplain_kernel_xfrm_errors_total{counter=\"XfrmInNoStates\"}") == 7);
    assert_true(page_value(page, "esplain_kernel_xfrm_unseen_total{counter=\"XfrmInNoStates\"}") == 5);
    assert_true(page_value(page, "esplain_kernel_xfrm_unseen_total{counter=\"XfrmOutNoStates\"}") == 0);
    assert_true(page_value(page, "esplain_findings_total{condition=\"unknown-spi\",severity=\"error\"}") == 0);
    assert_non_null(strstr(text.chars, "\nesplain_last_packet_timestamp_seconds 1763716000.123456789\n"));
    assert_non_null(strstr(text.chars, "{by=\"kernel\",interface=\"odd\\\"\\\\\xef\xbf\xbd\xef\xbf\xbd\"} 3\n"));
    free(page);
    text_free(&text);
    metrics_destroy(metrics);
    stage_stop(&stage);
}

static void test_findings_never_fall(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct metrics *metrics = metrics_create();
    const struct summary summary = { 0 };
    const struct condition *condition = condition_find("unknown-spi", strlen("unknown-spi"));
    const struct subject subject = { stage_host(1), stage_host(2), 50, true, 0x1001, 0 };
    const struct place place = { 0, 1, SECOND };
    static const char error[] = "esplain_findings_total{condition=\"unknown-spi\",severity=\"error\"}";
    static const char note[] = "esplain_findings_total{condition=\"unknown-spi\",severity=\"note\"}";
    bool is_new;
    struct finding *finding = ledger_hit(stage.detect.ledger, condition, CAUSE_NONE, &subject, &place, &is_new);
    finding->severity = SEVERITY_ERROR;
    ledger_hit(stage.detect.ledger, condition, CAUSE_NONE, &subject, &place, &is_new);
    struct page *page = take(metrics, &stage, &summary);
    assert_true(page_value(page, error) == 2);
    assert_null(page_find(page, note));
    free(page);
    finding->severity = SEVERITY_NOTE; /* what came before stays where it was counted */
    ledger_hit(stage.detect.ledger, condition, CAUSE_NONE, &subject, &place, &is_new);
    page = take(metrics, &stage, &summary);
    assert_true(page_value(page, error) == 2 && page_value(page, note) == 1);
    free(page);
    metrics_destroy(metrics);
    stage_stop(&stage);
}

#define OTHER "{src=\"other\",dst=\"other\",proto=\"other\",spi=\"other\"}"

static void test_floods_are_bounded(void **state)
{
    (void)state;
    struct stage stage;
    stage_start(&stage);
    struct metrics *metrics = metrics_create();
    struct summary summary = { .frames = 1, .last_ns = 1000 * SECOND };
    struct addr src = stage_host(1), dst = stage_host(2);
    for (uint32_t i = 0; i < 5000; i++)
        carry(&stage, sadb_learn(stage.db, &src, &dst, 0x1000 + i, 50, 0), 2, summary.last_ns);
    struct page *page = take(metrics, &stage, &summary);
    assert_int_equal(page_starting(page, "esplain_sa_packets_total{"), METRICS_SAS / 2 + 1);
    assert_true(page_value(page, "esplain_sa_packets_total" OTHER) == 2 * (5000 - METRICS_SAS / 2));
    assert_true(page_value(page, "esplain_sas{origin=\"seen\"}") == 5000);
    free(page);

    /* a known SA that comes later has its place; one of the others that goes on counts among them */
    uint32_t known = stage_known(&stage, 1, 2, 0xabcd, 64);
    carry(&stage, known, 5, summary.last_ns);
    carry(&stage, 4999, 3, summary.last_ns);
    page = take(metrics, &stage, &summary);
    assert_true(page_value(page, "esplain_sa_packets_total{src=\"10.77.0.1\",dst=\"10.77.0.2\",proto=\"esp\",spi=\"0x0000abcd\"}") == 5);
    assert_true(page_value(page, "esplain_sa_bytes_total{src=\"10.77.0.1\",dst=\"10.77.0.2\",proto=\"esp\",spi=\"0x0000abcd\"}") == 500);
    assert_true(page_value(page, "esplain_sa_packets_total" OTHER) == 2 * (5000 - METRICS_SAS / 2) + 3);
    free(page);

    /* those that carry nothing any more make room, and what they counted is counted nowhere twice */
    summary.last_ns += METRICS_IDLE_NS + SECOND;
    carry(&stage, 4999, 1, summary.last_ns);
    page = take(metrics, &stage, &summary);
    assert_true(page_starting(page, "esplain_sa_packets_total{") <= 4);
    assert_true(page_value(page, "esplain_sa_packets_total" OTHER) >= 2 * (5000 - METRICS_SAS / 2) + 3);
    free(page);
    page = take(metrics, &stage, &summary);
    assert_true(page_value(page, "esplain_sa_packets_total{src=\"10.77.0.1\",dst=\"10.77.0.2\",proto=\"esp\",spi=\"0x00002387\"}") <= 1);
    free(page);
    metrics_destroy(metrics);
    stage_stop(&stage);
}

static void test_replaced_whole(void **state)
{
    (void)state;
    char folder[] = "/tmp/esplain-metrics-XXXXXX", path[64], link[64], got[16] = "";
    struct error error;
    struct stat about;
    assert_non_null(mkdtemp(folder));
    snprintf(path, sizeof path, "%s/m.prom", folder);
    snprintf(link, sizeof link, "%s/m.prom.esplain-new", folder);
    assert_int_equal(symlink("/nowhere/else", link), 0); /* what somebody laid there is not followed */
    assert_true(replace_write(path, "one\n", 4, &error));
    assert_true(replace_write(path, "other\n", 6, &error));
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    assert_int_equal(fread(got, 1, sizeof got, file), 6);
    fclose(file);
    assert_string_equal(got, "other\n");
    assert_int_equal(lstat(link, &about), -1);
    unlink(path);
    assert_int_equal(mkdir(path, 0700), 0);
    assert_false(replace_write(path, "x", 1, &error));
    assert_non_null(strstr(error.message, "no regular file"));
    rmdir(path);
    rmdir(folder);
    assert_false(replace_write(path, "x", 1, &error));
    assert_non_null(strstr(error.message, "No such file"));
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_names_values_and_labels),
        cmocka_unit_test(test_findings_never_fall),
        cmocka_unit_test(test_floods_are_bounded),
        cmocka_unit_test(test_replaced_whole),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
