/*
 * fuzz_ike_keys: files of IKE keys in every format. What was read is walked, found again by its own SPIs, and made into keys that open (or
 * rather refuse) a message.
 */
#include <stdint.h>
#include <stdlib.h>
#include <string.h>

#include "crypto/ike1.h"
#include "sa/ike_keys.h"

#define TRIED 16

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void must(bool promise)
{
    if (!promise)
        abort();
}

static void use(const struct ike_key *key)
{
    static const uint8_t message[] = {
        [16] = 46, [17] = 0x20, [18] = 35, [19] = 0x08, [27] = 92, [31] = 64, [91] = 0,
    };
    uint8_t plain[sizeof message];
    struct ike_opened opened;
    if (key->version == 1) {
        must(key->params.encryption_key[IKE_INITIATOR].length > 0);
        struct ike1 *ike1 = ike1_create(ike1_encryption(7), 0, key->params.encryption_key[IKE_INITIATOR], NULL);
        ike1_destroy(ike1);
        return;
    }
    struct ike *ike = ike_create(&key->params, NULL);
    must(ike != NULL); /* importers hand over nothing that cannot be used */
    must(ike_open(ike, message, sizeof message, plain, &opened) != IKE_OPENED || !opened.checked || opened.length <= sizeof message);
    ike_destroy(ike);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    struct ike_keys *keys = ike_keys_create(NULL);
    char *text = malloc(size ? size : 1);
    if (keys == NULL || text == NULL)
        abort();
    if (size > 0)
        memcpy(text, data, size);
    bool added = ike_keys_add_text(keys, "one", text, size, NULL);
    size_t count = ike_keys_count(keys);
    must(added || count == 0);
    must(ike_keys_add_text(keys, "two", text, size, NULL) == added);
    must(ike_keys_count(keys) == count); /* told again, nothing is new */
    free(text);

    const struct ike_key *key;
    unsigned tried = 0;
    for (size_t at = 0; (key = ike_keys_next(keys, &at)) != NULL && tried < TRIED; tried++) {
        struct ike_keys_query query = { .version = key->version };
        const struct ike_key *found;
        size_t walk = 0;
        memcpy(query.spi_i, key->spi_i, 8);
        memcpy(query.spi_r, key->spi_r, 8);
        while ((found = ike_keys_find(keys, &query, &walk)) != NULL && found != key)
            ;
        must(found == key);
        use(key);
    }
    const struct ike_keys_note *note;
    for (size_t at = 0; (note = ike_keys_next_note(keys, &at)) != NULL;)
        must(memchr(note->remark.text, '\0', sizeof note->remark.text) != NULL && note->remark.text[0] != '\0');
    ike_keys_destroy(keys);
    return 0;
}
