/*
 * fuzz_ike_open: IKE messages against keys of one suite each. The first byte chooses the suite, the rest is the message; to get past the
 * ICV, no integrity key is given for the suites that have one apart.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ike1.h"

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static const uint8_t key[64] = { 7, 2, 9, 6 };

static void must(bool promise)
{
    if (!promise)
        abort();
}

static void check(enum ike_open_result result, const struct ike_opened *opened, size_t length)
{
    must(opened->length <= length && (result == IKE_OPENED || opened->length == 0));
    must(opened->at <= length && opened->side <= IKE_RESPONDER);
    must(ike_open_text(result)[0] != '\0');
}

static void version2(unsigned suite, const uint8_t *message, uint32_t length, uint8_t *plain)
{
    static const struct {
        uint8_t iana, key, icv; /* icv: of a separate algorithm, not checked */
    } suites[] = { { 12, 16, 12 }, { 3, 24, 16 }, { 13, 20, 16 }, { 20, 36, 0 },
                   { 14, 19, 0 },  { 28, 36, 0 }, { 27, 35, 0 },  { 11, 0, 0 } };
    suite %= sizeof suites / sizeof suites[0];
    struct ike_params params = {
        .encryption = suite_encryption_by_iana(suites[suite].iana), .unchecked = suites[suite].icv,
        .encryption_key = { { key, suites[suite].key }, { key, suites[suite].key } },
    };
    struct ike_opened opened;
    struct ike *ike = ike_create(&params, NULL);
    must(ike != NULL);
    enum ike_open_result result = ike_open(ike, message, length, plain, &opened);
    check(result, &opened, length);
    ike_destroy(ike);
}

static void version1(unsigned suite, const uint8_t *message, uint32_t length, uint8_t *plain)
{
    struct ike1_iv iv = { .length = suite % 2 ? 16 : 8 };
    struct ike_opened opened;
    struct ike1 *ike1 = ike1_create(ike1_encryption(suite % 2 ? 7 : 5), 0, (struct secret){ key, suite % 2 ? 16 : 24 }, NULL);
    must(ike1 != NULL);
    enum ike_open_result result = ike1_open(ike1, &iv, message, length, plain, &opened);
    check(result, &opened, length);
    if (result == IKE_OPENED)
        (void)ike1_plausible(opened.first, plain, opened.length);
    ike1_destroy(ike1);
    (void)ike1_plausible(suite & 0xff, message, length);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    if (size == 0 || size > 65536)
        return 0;
    uint32_t length = (uint32_t)size - 1;
    uint8_t *message = malloc(size), *plain = malloc(size);
    if (message == NULL || plain == NULL)
        abort();
    memcpy(message, data + 1, length);
    version2(data[0], message, length, plain);
    version1(data[0], message, length, plain);
    free(message);
    free(plain);
    return 0;
}
