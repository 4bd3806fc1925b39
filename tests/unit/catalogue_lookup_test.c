/* Every way in which people write an error, for every row of the list of constants; what must not be found; what is near. */
#include <ctype.h>
#include <dirent.h>
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include <cmocka.h>

#include "catalogue/lookup.h"

#define TSV "tests/data/catalogue/windows-ipsec-errors.tsv"

static struct lookup find(const char *text)
{
    struct lookup found;
    if (!lookup_find(text, strlen(text), &found))
        fail_msg("\"%s\" is not found", text);
    return found;
}

static void assert_found(const char *text, uint16_t code, enum spelling spelling)
{
    struct lookup found = find(text);
    assert_non_null(found.error);
    if (found.error->code != code || found.spelling != spelling)
        fail_msg("\"%s\" is %u (%d), not %u (%d)", text, found.error->code, (int)found.spelling, code, (int)spelling);
    assert_int_equal(found.counter, COUNTER_NONE);
}

static void assert_none(const char *text)
{
    struct lookup found;
    if (lookup_find(text, strlen(text), &found))
        fail_msg("\"%s\" is found", text);
}

static void small(char *text)
{
    for (; *text; text++)
        *text = (char)tolower((unsigned char)*text);
}

__attribute__((format(printf, 3, 4)))
static void assert_spelling(uint16_t code, enum spelling spelling, const char *format, ...)
{
    char text[160];
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(text, sizeof text, format, arguments);
    va_end(arguments);
    assert_found(text, code, spelling);
    small(text);
    assert_found(text, code, spelling);
}

static void every_spelling_of_a_value(uint16_t code, uint32_t value, enum spelling spelling)
{
    assert_spelling(code, spelling, "%u", value);
    assert_spelling(code, spelling, "%d", (int32_t)value);
    assert_spelling(code, spelling, "0x%08X", value);
    assert_spelling(code, spelling, "0xffffffff%08X", value);
    char bare[16];
    snprintf(bare, sizeof bare, "%X", value);
    if (strpbrk(bare, "ABCDEF"))
        assert_spelling(code, spelling, "%s", bare);
    else
        assert_none(bare); /* digits alone are decimal */
}

static void every_row(void **state)
{
    (void)state;
    FILE *file = fopen(TSV, "r");
    assert_non_null(file);
    char line[256], name[100], ntstatus_name[100], core[100];
    unsigned code, hex, ntstatus, hresult, rows = 0;
    assert_non_null(fgets(line, sizeof line, file));
    while (fgets(line, sizeof line, file)) {
        rows++;
        assert_true(sscanf(line, "%99s %u %x %99s", name, &code, &hex, ntstatus_name) == 4);
        uint16_t at = (uint16_t)code;
        assert_spelling(at, SPELLING_DECIMAL, "%u", code);
        assert_spelling(at, SPELLING_DECIMAL, " \t%u\r\n", code);
        assert_spelling(at, SPELLING_DECIMAL, "0%u", code);
        assert_spelling(at, SPELLING_HEX, "0x%X", hex);
        assert_spelling(at, SPELLING_HEX, "0x%08x", hex);
        assert_spelling(at, SPELLING_NAME, "%s", name);
        assert_spelling(at, SPELLING_NAME, "  %s\n", name);
        const char *bare = strstr(name, "IPSEC_");
        assert_non_null(bare);
        assert_spelling(at, SPELLING_NAME, "%s", bare);
        snprintf(core, sizeof core, "%s", bare + 6);
        assert_spelling(at, SPELLING_NAME, "%s", core);
        assert_true(sscanf(strrchr(line, '\t'), "%x", &hresult) == 1);
        every_spelling_of_a_value(at, hresult, SPELLING_HRESULT);
        if (strcmp(ntstatus_name, "-") != 0) {
            assert_true(sscanf(line, "%*s %*u %*x %*s %x", &ntstatus) == 1);
            every_spelling_of_a_value(at, ntstatus, SPELLING_NTSTATUS);
            assert_spelling(at, SPELLING_NAME, "%s", ntstatus_name);
            every_spelling_of_a_value(at, ntstatus | 0x10000000u, SPELLING_HRESULT); /* HRESULT_FROM_NT */
        } else {
            snprintf(line, sizeof line, "STATUS_IPSEC_%s", core);
            assert_none(line);
        }
    }
    fclose(file);
    assert_int_equal(rows, 153);
}

/* The spellings of the design's own list, and what event logs and debuggers print. */
static void as_people_write(void **state)
{
    (void)state;
    assert_found("13910", 13910, SPELLING_DECIMAL);
    assert_found("0x3656", 13910, SPELLING_HEX);
    assert_found("365a", 13914, SPELLING_HEX);
    assert_found("ERROR_IPSEC_BAD_SPI", 13910, SPELLING_NAME);
    assert_found("BAD_SPI", 13910, SPELLING_NAME);
    assert_found("bad_spi", 13910, SPELLING_NAME);
    assert_found("error_bad_spi", 13910, SPELLING_NAME);
    assert_found("STATUS_IPSEC_BAD_SPI", 13910, SPELLING_NAME);
    assert_found("0xC0360001", 13910, SPELLING_NTSTATUS);
    assert_found("C0360001", 13910, SPELLING_NTSTATUS);
    assert_found("-1070202879", 13910, SPELLING_NTSTATUS);
    assert_found("3224764417", 13910, SPELLING_NTSTATUS);
    assert_found("0xffffffffc0360001", 13910, SPELLING_NTSTATUS);
    assert_found("0x80073656", 13910, SPELLING_HRESULT);
    assert_found("-2147010986", 13910, SPELLING_HRESULT);
    assert_found("2147956310", 13910, SPELLING_HRESULT);
    assert_found("0xD0360001", 13910, SPELLING_HRESULT);
    assert_found("GETSPIFAIL", 13857, SPELLING_NAME);
    assert_found("IKE_GETSPIFAIL", 13857, SPELLING_NAME);
    assert_found("DOSP_STATE_LOOKUP_FAILED", 13928, SPELLING_NAME);
    assert_found("state_lookup_failed", 13928, SPELLING_NAME);
    assert_found("INVALID_PACKET", 13914, SPELLING_NAME); /* not DOSP_INVALID_PACKET */
    assert_found("DOSP_INVALID_PACKET", 13927, SPELLING_NAME);
    assert_found("0xC0368006", 13932, SPELLING_NTSTATUS);
    assert_found("error", 13816, SPELLING_NAME); /* ERROR_IPSEC_IKE_ERROR without its family */
    assert_found("WARNING_IPSEC_QM_POLICY_PRUNED", 13025, SPELLING_NAME);
}

static void never_found(void **state)
{
    (void)state;
    static const char *const none[] = {
        "", " ", "\t\r\n", "0", "0x", "-", "--13910", "+13910", "-13910", "0x-3656", "- 13910", "139 10", "13910.", "13910x",
        "1439", "ERROR_INVALID_SPI_VALUE", "INVALID_SPI_VALUE", "INVALID_SPI", "SPI", /* user32, IKE, nothing */
        "12999", "13026", "13799", "13919", "13924", "13933", "13934", "13935", "13955", "0x3683", "3656", "0x366D",
        "0xC0368007", "0xC036000A", "0xC0360000", "0xC000A010", "0x80073683", "0x80080000", "0x8007", "80073656",
        "0x00", "0xFFFFFFFF", "-1", "4294967295", "4294967296", "18446744073709551616", "99999999999999999",
        "18446744072639348737", "4294981206", "0x100003656", "0xFFFFFFFF00003656", "0x00000000000003656",
        "-2147483649", "-3224764417", "-0xC0360001", "-C0360001", "DEADBEEF",
        "ERRORS", "ERROR_", "ERROR_IPSEC", "ERROR_IPSEC_", "IPSEC_", "STATUS_IPSEC_", "STATUS_", "IKE_", "DOSP_", "_",
        "STATUS_IPSEC_DOSP_NOT_INSTALLED", "STATUS_IPSEC_IKE_GETSPIFAIL", "WARNING_IPSEC_BAD_SPI", "WARNING_BAD_SPI",
        "ERROR_IPSEC_QM_POLICY_PRUNED", "ERROR_IPSEC_IPSEC_BAD_SPI", "ERROR_STATUS_BAD_SPI", "ERROR_GETSPIFAIL",
        "ERROR_IPSEC_GETSPIFAIL", "BAD_SPI_", "_BAD_SPI", "BAD SPI", "BAD-SPI", "BADSPI", "ERROR_IPSEC_SERVICE_STOPPED",
        "STATUS_IPSEC_QUEUE_OVERFLOW", "XfrmIn", "NoStates", "XfrmInNoStates2", "unknown-spi",
        "STATUS_IPSEC_KEY_EXCHANGE_FAILED",
    };
    for (size_t i = 0; i < sizeof none / sizeof none[0]; i++)
        assert_none(none[i]);
    struct lookup found;
    assert_false(lookup_find(NULL, 0, &found));
    assert_false(lookup_find("BAD_SPI\0", 8, &found)); /* a NUL is a character like any other */
    assert_false(lookup_find("BAD\0SPI", 7, &found));
    assert_false(lookup_find("13910\0", 6, &found));
    assert_true(lookup_find("13910garbage", 5, &found)); /* the length counts, not the NUL */
}

static void every_code_and_no_other(void **state)
{
    (void)state;
    char text[16];
    for (unsigned code = 0; code <= 70000; code++) {
        struct lookup found;
        snprintf(text, sizeof text, "%u", code);
        bool is = windows_error_find(code) != NULL;
        assert_int_equal(lookup_find(text, strlen(text), &found), is);
        snprintf(text, sizeof text, "0x%x", code);
        assert_int_equal(lookup_find(text, strlen(text), &found), is);
    }
}

static void counters(void **state)
{
    (void)state;
    for (unsigned i = COUNTER_NONE + 1; i < COUNTER_COUNT; i++) {
        char name[64];
        snprintf(name, sizeof name, " %s ", counter_name((enum counter)i));
        for (int pass = 0; pass < 2; pass++) {
            struct lookup found = find(name);
            assert_int_equal(found.spelling, SPELLING_COUNTER);
            assert_int_equal(found.counter, i);
            assert_null(found.error);
            small(name);
        }
    }
}

static void invented(void **state)
{
    (void)state;
    for (size_t i = 0; i < invented_name_count; i++) {
        struct lookup found = find(invented_names[i].name);
        assert_int_equal(found.spelling, SPELLING_INVENTED);
        assert_ptr_equal(found.invented, &invented_names[i]);
        assert_ptr_equal(found.error, windows_error_find(invented_names[i].nearest));
        assert_ptr_equal(find(invented_names[i].name + 12).invented, &invented_names[i]); /* without ERROR_IPSEC_ */
    }
    assert_int_equal(find("error_ipsec_dosp_max_connections_reached").error->code, 13929);
    assert_null(find("ERROR_IPSEC_SA_RENEGOTIATION").error);
}

/* Every ERROR_ name in the pages that the project started from is real or listed as invented. */
static void pages(void **state)
{
    (void)state;
    const char *shared = getenv("ESPLAIN_SHARED");
    char path[600];
    snprintf(path, sizeof path, "%s/error-pages", shared ? shared : "../shared");
    DIR *folder = opendir(path);
    if (!folder) {
        print_message("SKIP: no folder error-pages in the shared data\n");
        skip();
    }
    unsigned names = 0;
    for (struct dirent *entry; (entry = readdir(folder));) {
        char file_path[900], text[8192];
        snprintf(file_path, sizeof file_path, "%s/%s", path, entry->d_name);
        FILE *file = entry->d_name[0] == '.' ? NULL : fopen(file_path, "r");
        if (!file)
            continue;
        text[fread(text, 1, sizeof text - 1, file)] = '\0';
        fclose(file);
        for (const char *at = text; (at = strstr(at, "ERROR_")); names++) {
            size_t length = strspn(at, "ABCDEFGHIJKLMNOPQRSTUVWXYZ_");
            struct lookup found;
            if (!lookup_find(at, length, &found))
                fail_msg("%.*s is not known", (int)length, at);
            assert_true(found.spelling == SPELLING_NAME || found.spelling == SPELLING_INVENTED);
            at += length;
        }
    }
    closedir(folder);
    assert_true(names >= 14);
}

static void assert_near(const char *text, const char *first)
{
    const char *names[4];
    size_t count = lookup_near(text, strlen(text), names, 4);
    if (count == 0)
        fail_msg("nothing is near to %s", text);
    assert_string_equal(names[0], first);
}

static void near(void **state)
{
    (void)state;
    assert_near("BAD_SPY", "ERROR_IPSEC_BAD_SPI");
    assert_near("BADSPI", "ERROR_IPSEC_BAD_SPI");
    assert_near("bad-spi", "ERROR_IPSEC_BAD_SPI");
    assert_near("ERROR_IPSEC_BDA_SPI", "ERROR_IPSEC_BAD_SPI"); /* two letters swapped: one slip */
    assert_near("GETSPIFIAL", "ERROR_IPSEC_IKE_GETSPIFAIL");
    assert_near("IKE_GETSPIFAILED", "ERROR_IPSEC_IKE_GETSPIFAIL");
    assert_near("replay_check_faild", "ERROR_IPSEC_REPLAY_CHECK_FAILED");
    assert_near("DOSP_STATE_LOKUP_FAILED", "ERROR_IPSEC_DOSP_STATE_LOOKUP_FAILED");
    assert_near("XfrmInNoState", "XfrmInNoStates");
    assert_near("XfrmInStatesProtoError", "XfrmInStateProtoError");
    assert_near("STATUS_IPSEC_INVALID_PACKETS", "ERROR_IPSEC_INVALID_PACKET");
    assert_near("ERROR_GETSPIFAIL", "ERROR_IPSEC_IKE_GETSPIFAIL");
    assert_near("  WRONG_SAS\n", "ERROR_IPSEC_WRONG_SA");

    const char *names[20];
    assert_int_equal(lookup_near("", 0, names, 20), 0);
    assert_int_equal(lookup_near("SP", 2, names, 20), 0);
    assert_int_equal(lookup_near("13935", 5, names, 20), 0);
    assert_int_equal(lookup_near("hello world", 11, names, 20), 0);
    assert_int_equal(lookup_near("ERROR_INVALID_SPI_VALUE", 23, names, 20), 0);
    assert_int_equal(lookup_near("BAD_SPY", 7, names, 0), 0);
    char long_text[4096];
    memset(long_text, 'A', sizeof long_text);
    assert_int_equal(lookup_near(long_text, sizeof long_text, names, 20), 0);
}

static void best_first(void **state)
{
    (void)state;
    const char *names[20];
    const char *text = "IKE_PROCESS_ERR_CERTS"; /* _CERT is one letter away, others more */
    size_t count = lookup_near(text, strlen(text), names, 20);
    assert_true(count >= 3 && count <= 16);
    assert_string_equal(names[0], "ERROR_IPSEC_IKE_PROCESS_ERR_CERT");
    for (size_t i = 0; i < count; i++)
        for (size_t j = 0; j < i; j++)
            assert_string_not_equal(names[i], names[j]);
    const char *fewer[2] = { NULL, NULL };
    assert_int_equal(lookup_near(text, strlen(text), fewer, 1), 1); /* the best, and nothing beyond the room */
    assert_string_equal(fewer[0], names[0]);
    assert_null(fewer[1]);
    for (size_t i = 0; i < windows_error_count; i++) { /* each real name is nearest to itself */
        assert_int_equal(lookup_near(windows_errors[i].name, strlen(windows_errors[i].name), names, 20) > 0, 1);
        assert_string_equal(names[0], windows_errors[i].name);
        assert_true(strlen(windows_errors[i].name) <= 96);
    }
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(every_row),
        cmocka_unit_test(as_people_write),
        cmocka_unit_test(never_found),
        cmocka_unit_test(every_code_and_no_other),
        cmocka_unit_test(counters),
        cmocka_unit_test(invented),
        cmocka_unit_test(pages),
        cmocka_unit_test(near),
        cmocka_unit_test(best_first),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
