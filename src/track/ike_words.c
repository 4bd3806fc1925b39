/* ike_words: proposals as text, in the words of IANA without their prefixes, and what is weak about them. */
#include <stdio.h>
#include <string.h>

#include "catalogue/ike_names.h"
#include "decode/ike_sa.h"
#include "decode/ike_ts.h"
#include "track/ike_table.h"

struct words {
    char *text;
    size_t room, length;
};

static void words_add(struct words *words, const char *chars)
{
    size_t length = strlen(chars);
    if (words->length + length + 1 > words->room) {
        if (words->room >= 4 && words->length + 4 <= words->room)
            memcpy(words->text + words->length, "...", 4);
        words->room = 0; /* full: what follows is left out */
        return;
    }
    memcpy(words->text + words->length, chars, length + 1);
    words->length += length;
}

/* "ENCR_AES_GCM_16" is said as "AES_GCM_16". */
static const char *words_short(const char *name)
{
    static const char *const prefixes[] = { "ENCR_", "AUTH_" };
    for (unsigned i = 0; i < 2; i++)
        if (strncmp(name, prefixes[i], strlen(prefixes[i])) == 0)
            return name + strlen(prefixes[i]);
    return name;
}

static void words_name(struct words *words, const char *name, unsigned number, unsigned key_length)
{
    char chars[24];
    if (name)
        words_add(words, words_short(name));
    else {
        snprintf(chars, sizeof chars, "%u", number);
        words_add(words, chars);
    }
    if (key_length) {
        snprintf(chars, sizeof chars, "_%u", key_length);
        words_add(words, chars);
    }
}

/* IANA numbers of IKEv2: 1 DES_IV64, 2 DES, 3 3DES, 11 NULL; PRF and AUTH 1 HMAC_MD5; groups 1, 2, 5, 22. */
static uint32_t words_weak2(uint8_t type, uint16_t id)
{
    switch (type) {
    case 1:
        return id <= 2 ? IKE_WEAK_DES : id == 3 ? IKE_WEAK_3DES : id == 11 ? IKE_WEAK_NULL : 0;
    case 2:
        return id == 1 ? IKE_WEAK_MD5 : 0;
    case 3:
        return id == 1 ? IKE_WEAK_MD5 : 0;
    case 4:
        return id == 1 || id == 2 || id == 5 || id == 22 ? IKE_WEAK_GROUP : 0;
    default:
        return 0;
    }
}

static void words_transforms2(struct words *words, struct ike_proposal *proposal, uint32_t *weak)
{
    struct ike_transform transform;
    bool first = true;
    while (ike_sa_transform(proposal, &transform)) {
        *weak |= words_weak2(transform.type, transform.id);
        if (transform.type == 5 && transform.id == 0)
            continue; /* no ESN: not worth a word */
        if (!first)
            words_add(words, "/");
        words_name(words, ike_transform_name(transform.type, transform.id), transform.id, transform.key_length);
        first = false;
    }
}

static uint32_t words_weak1(const struct ike_suite1 *suite)
{
    uint32_t weak = IKE_WEAK_VERSION1;
    if (suite->phase != 1)
        return weak;
    weak |= suite->cipher == 1 ? IKE_WEAK_DES : suite->cipher == 5 ? IKE_WEAK_3DES : 0;
    weak |= suite->hash == 1 ? IKE_WEAK_MD5 : 0;
    weak |= suite->method == 1 ? IKE_WEAK_AGGRESSIVE_PSK : 0; /* the caller knows whether it is aggressive mode */
    weak |= suite->group == 1 || suite->group == 2 || suite->group == 5 ? IKE_WEAK_GROUP : 0;
    return weak;
}

static void words_transforms1(struct words *words, struct ike_proposal *proposal, uint32_t *weak)
{
    struct ike_transform transform;
    bool first = true;
    while (ike_sa_transform(proposal, &transform)) {
        struct ike_suite1 suite;
        ike_sa_suite1(&transform, &suite);
        *weak |= words_weak1(&suite);
        if (!first)
            words_add(words, ", ");
        first = false;
        if (suite.phase != 1) {
            words_name(words, ike1_transform_name(proposal->protocol, (uint8_t)suite.cipher), suite.cipher, suite.key_length);
            continue;
        }
        words_name(words, ike1_value_name(1, 1, suite.cipher), suite.cipher, suite.key_length);
        words_add(words, "/");
        words_name(words, ike1_value_name(1, 2, suite.hash), suite.hash, 0);
        words_add(words, "/");
        words_name(words, ike_group_name(1, suite.group), suite.group, 0);
        words_add(words, "/");
        words_name(words, ike1_value_name(1, 3, suite.method), suite.method, 0);
    }
}

void ike_words_offer(const struct ike_payload *payload, char *text, size_t room, uint32_t *weak)
{
    struct words words = { .text = text, .room = room };
    struct ike_sa sa;
    struct ike_fault fault = { 0 };
    struct ike_proposal proposal;
    uint32_t found = 0;
    bool first = true;
    text[0] = '\0';
    ike_sa_open(payload, &sa, &fault);
    while (ike_sa_proposal(&sa, &proposal)) {
        if (!first)
            words_add(&words, ", ");
        first = false;
        if (payload->version == IKE_VERSION_2)
            words_transforms2(&words, &proposal, &found);
        else
            words_transforms1(&words, &proposal, &found);
    }
    if (weak)
        *weak |= found;
}

void ike_words_selectors(const struct ike_payload *payload, char *text, size_t room)
{
    struct words words = { .text = text, .room = room };
    struct ike_ts ts;
    struct ike_fault fault = { 0 };
    struct ike_selector selector;
    char chars[ADDR_TEXT_MAX];
    text[0] = '\0';
    ike_ts_open(payload, &ts, &fault);
    while (ike_ts_next(&ts, &selector)) {
        if (selector.first.family == 0)
            continue;
        if (words.length)
            words_add(&words, ", ");
        addr_print(&selector.first, chars);
        words_add(&words, chars);
        if (!addr_equal(&selector.first, &selector.last)) {
            addr_print(&selector.last, chars);
            words_add(&words, "-");
            words_add(&words, chars);
        }
    }
}
