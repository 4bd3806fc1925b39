/*
 * sa_source_truth: what the commands that made the SAs of the shared data say, as the measure for importers and conversion.
 * Reads "ip xfrm state add ..." as its own little parser, knowing nothing of src/sa. Include it after sa_source_collect.h.
 */
#ifndef TESTS_UNIT_SA_SOURCE_TRUTH_H
#define TESTS_UNIT_SA_SOURCE_TRUTH_H

#include <glob.h>

#define TRUTH_WORD 200
#define TRUTH_MAX 16

struct truth {
    char src[64], dst[64], proto[16], mode[16];
    unsigned long spi, reqid, window, icv_bits, packet_soft, packet_hard;
    char cipher[64], cipher_key[TRUTH_WORD], auth[64], auth_key[TRUTH_WORD];
    bool esn, align4, af_unspec, encap, replay;
    unsigned long sport, dport;
};

static inline const char *truth_root(void)
{
    const char *root = getenv("ESPLAIN_SHARED");
    return root && root[0] ? root : "../shared";
}

/* Matches of a pattern below the shared folder; prints SKIP where there are none. */
static inline bool truth_glob(const char *pattern, glob_t *found)
{
    char path[1024];
    snprintf(path, sizeof path, "%s/%.500s", truth_root(), pattern);
    if (glob(path, 0, NULL, found) == 0)
        return true;
    print_message("SKIP: no %s\n", path);
    return false;
}

/* The next word of a command, without quotes. */
static inline bool truth_word(const char **at, char word[TRUTH_WORD])
{
    size_t length = 0;
    while (**at == ' ')
        ++*at;
    if (**at == '\0' || **at == '\n')
        return false;
    char quote = **at == '\'' ? *(*at)++ : '\0';
    for (; **at && **at != '\n' && **at != (quote ? quote : ' ') && length + 1 < TRUTH_WORD; ++*at)
        word[length++] = **at;
    if (quote && **at == quote)
        ++*at;
    word[length] = '\0';
    return true;
}

static inline void truth_take(const char **at, char *field, size_t room)
{
    char word[TRUTH_WORD];
    assert_true(truth_word(at, word));
    const char *value = strncmp(word, "0x", 2) == 0 ? word + 2 : word;
    assert_true(strlen(value) < room);
    memcpy(field, value, strlen(value) + 1);
}

static inline unsigned long truth_number(const char **at)
{
    char word[TRUTH_WORD];
    assert_true(truth_word(at, word));
    return strtoul(word, NULL, 0);
}

/* "ip xfrm state add src ..." up to the end of the line. */
static inline void truth_parse(const char *command, struct truth *truth)
{
    char word[TRUTH_WORD];
    memset(truth, 0, sizeof *truth);
    while (truth_word(&command, word)) {
        if (strcmp(word, "src") == 0)
            truth_take(&command, truth->src, sizeof truth->src);
        else if (strcmp(word, "dst") == 0)
            truth_take(&command, truth->dst, sizeof truth->dst);
        else if (strcmp(word, "proto") == 0)
            truth_take(&command, truth->proto, sizeof truth->proto);
        else if (strcmp(word, "mode") == 0)
            truth_take(&command, truth->mode, sizeof truth->mode);
        else if (strcmp(word, "spi") == 0)
            truth->spi = truth_number(&command);
        else if (strcmp(word, "reqid") == 0)
            truth->reqid = truth_number(&command);
        else if (strcmp(word, "replay-window") == 0)
            truth->window = truth_number(&command), truth->replay = true;
        else if (strcmp(word, "esn") == 0)
            truth->esn = true;
        else if (strcmp(word, "align4") == 0)
            truth->align4 = true;
        else if (strcmp(word, "af-unspec") == 0)
            truth->af_unspec = true;
        else if (strcmp(word, "packet-soft") == 0)
            truth->packet_soft = truth_number(&command);
        else if (strcmp(word, "packet-hard") == 0)
            truth->packet_hard = truth_number(&command);
        else if (strcmp(word, "enc") == 0 || strcmp(word, "aead") == 0) {
            bool aead = word[0] == 'a';
            truth_take(&command, truth->cipher, sizeof truth->cipher);
            truth_take(&command, truth->cipher_key, sizeof truth->cipher_key);
            if (aead)
                truth->icv_bits = truth_number(&command);
        } else if (strcmp(word, "auth-trunc") == 0) {
            truth_take(&command, truth->auth, sizeof truth->auth);
            truth_take(&command, truth->auth_key, sizeof truth->auth_key);
            truth->icv_bits = truth_number(&command);
        } else if (strcmp(word, "encap") == 0) {
            truth->encap = true;
            assert_true(truth_word(&command, word));
            truth->sport = truth_number(&command);
            truth->dport = truth_number(&command);
        }
    }
}

static inline unsigned truth_commands(const char *text, struct truth truths[TRUTH_MAX])
{
    unsigned count = 0;
    for (const char *at = strstr(text, "ip xfrm state add "); at && count < TRUTH_MAX; at = strstr(at + 1, "ip xfrm state add "))
        truth_parse(at + strlen("ip xfrm state add "), &truths[count++]);
    return count;
}

/* The value of `"name": "..."` or `"name": 1` at or behind *at; *at moves behind it. "" for null. */
static inline bool truth_json(const char **at, const char *name, char *value, size_t room)
{
    char key[64];
    snprintf(key, sizeof key, "\"%s\": ", name);
    const char *found = strstr(*at, key);
    if (found == NULL)
        return false;
    found += strlen(key);
    char stop = *found == '"' ? '"' : '\n';
    found += *found == '"';
    size_t length = 0;
    while (found[length] && found[length] != stop && !(stop == '\n' && found[length] == ',') && length + 1 < room)
        length++;
    snprintf(value, room, "%.*s", (int)length, found);
    if (strcmp(value, "null") == 0)
        value[0] = '\0';
    *at = found + length;
    return true;
}

/* sas.json of kernel-traffic: each object as the command that it stands for. */
static inline unsigned truth_sas(const char *json, struct truth truths[TRUTH_MAX])
{
    const char *at = strstr(json, "\"sas\"");
    char proto[16], spi[16], src[64], dst[64], mode[16], text[600], extra[64], encap[64], command[1200];
    unsigned count = 0;
    while (at && count < TRUTH_MAX && truth_json(&at, "proto", proto, sizeof proto) && truth_json(&at, "spi", spi, sizeof spi) &&
           truth_json(&at, "src", src, sizeof src) && truth_json(&at, "dst", dst, sizeof dst) &&
           truth_json(&at, "mode", mode, sizeof mode) && truth_json(&at, "text", text, sizeof text) &&
           truth_json(&at, "extra", extra, sizeof extra) && truth_json(&at, "encap", encap, sizeof encap)) {
        snprintf(command, sizeof command, "src %s dst %s proto %s spi %s reqid 1 mode %s %s %s %s%s", src, dst, proto, spi, mode, text,
                 extra, encap[0] ? "encap " : "", encap);
        truth_parse(command, &truths[count++]);
    }
    return count;
}

/* Does the definition say what the command said? The names are looked up as the kernel's, which tests/unit/crypto_suite_test.c checks. */
static inline void truth_check(const struct truth *truth, const struct sa_definition *sa, bool dump)
{
    assert_int_equal(sa->spi, truth->spi);
    assert_string_equal(sa_proto_name(sa->proto), truth->proto);
    assert_string_equal(collect_prefix(&sa->src), truth->src);
    assert_string_equal(collect_prefix(&sa->dst), truth->dst);
    if (truth->cipher[0] == '\0') {
        assert_null(sa->encryption);
    } else {
        assert_non_null(sa->encryption);
        assert_string_equal(sa->encryption->xfrm, truth->cipher);
    }
    assert_true(collect_key_is(&sa->encryption_key, truth->cipher_key));
    if (truth->auth[0]) {
        assert_non_null(sa->integrity);
        assert_string_equal(sa->integrity->xfrm, truth->auth);
    }
    assert_true(collect_key_is(&sa->integrity_key, truth->auth_key));
    assert_int_equal(sa->icv * 8, truth->icv_bits);
    if (!dump)
        return;
    assert_string_equal(sa_mode_name(sa->mode), truth->mode);
    assert_true(sa->window_known);
    assert_int_equal(sa->window, truth->window);
    assert_true(sa->esn_known);
    assert_int_equal(sa->esn, truth->esn);
    assert_int_equal(sa->align4, truth->align4);
    assert_true(sa->encap_known);
    assert_int_equal(sa->encap, truth->encap ? ENCAP_UDP : ENCAP_NONE);
    assert_int_equal(sa->encap_sport, truth->sport);
    assert_int_equal(sa->encap_dport, truth->dport);
    assert_int_equal(sa->hard.packets, truth->packet_hard);
    assert_int_equal(sa->soft.packets, truth->packet_soft);
    assert_int_equal(sa->state, SA_STATE_MATURE);
    assert_true(sa->added_known);
}

#endif
