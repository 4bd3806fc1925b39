/*
 * Packets that real kernels made and judged. Healthy traffic: every ICV verifies. The oracle: where the kernel counted a packet for its SA,
 * the packet opens; where it raised the SA's `failed` counter, the ICV is wrong; where it refused the packet otherwise, it is not the ICV.
 */
#include <setjmp.h>
#include <stdarg.h>
#include <stddef.h>
#include <stdint.h>
#include <cmocka.h>

#include <arpa/inet.h>

#include "base/bytes.h"
#include "crypto/ah.h"
#include "kat/crypto_hex.h"
#include "support/pcapfile.h"

#define SA_MAX 8

struct known_sa {
    char dst[64], proto[8];
    uint32_t spi;
    bool esn;
    struct hex encryption_key, integrity_key;
    struct crypt_key *key;
};

struct known {
    struct known_sa sas[SA_MAX];
    unsigned count;
};

/* The words behind "aead", "enc", "auth" and "auth-trunc" as `ip xfrm state add` takes them. */
static void make_key(struct known_sa *sa, const char *text)
{
    struct crypt_params params = { .esn = sa->esn };
    char name[64], key[300];
    unsigned bits = 0;
    struct error error = { "" };
    const char *at = strstr(text, "aead '");
    if (at != NULL) {
        assert_int_equal(sscanf(at, "aead '%63[^']' 0x%299s %u", name, key, &bits), 3);
        params.encryption = suite_encryption_find(DIALECT_XFRM, name, strlen(name), bits);
        assert_non_null(params.encryption);
        assert_true(hex_read(key, &sa->encryption_key));
    }
    at = strstr(text, "enc '");
    if (at != NULL) {
        int found = sscanf(at, "enc '%63[^']' 0x%299s", name, key);
        params.encryption = suite_encryption_find(DIALECT_XFRM, name, strlen(name), 0);
        assert_non_null(params.encryption);
        assert_true(hex_read(found == 2 ? key : "-", &sa->encryption_key));
    }
    at = strstr(text, "auth-trunc '");
    if (at != NULL) {
        assert_int_equal(sscanf(at, "auth-trunc '%63[^']' 0x%299s %u", name, key, &bits), 3);
        params.integrity = suite_integrity_find(DIALECT_XFRM, name, strlen(name), bits);
        assert_non_null(params.integrity);
        assert_true(hex_read(key, &sa->integrity_key));
    }
    params.icv = (uint8_t)(bits / 8);
    params.encryption_key = hex_secret(&sa->encryption_key);
    params.integrity_key = hex_secret(&sa->integrity_key);
    sa->key = crypt_key_create(&params, &error);
    if (sa->key == NULL)
        print_message("%s\n", error.message);
    assert_non_null(sa->key);
}

static void forget(struct known *known)
{
    for (unsigned i = 0; i < known->count; i++)
        crypt_key_destroy(known->sas[i].key);
    known->count = 0;
}

static const struct known_sa *find(const struct known *known, const char *dst, const char *proto, uint32_t spi)
{
    for (unsigned i = 0; i < known->count; i++)
        if (known->sas[i].spi == spi && strcmp(known->sas[i].dst, dst) == 0 && strcmp(known->sas[i].proto, proto) == 0)
            return &known->sas[i];
    return NULL;
}

static void read_sas_json(struct known *known, const char *path)
{
    static char line[2000];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    struct known_sa sa = { .spi = 0 };
    char text[1000] = "";
    while (fgets(line, sizeof line, file) != NULL) {
        sscanf(line, " \"proto\": \"%7[^\"]\"", sa.proto);
        sscanf(line, " \"spi\": %u", &sa.spi);
        sscanf(line, " \"dst\": \"%63[^\"]\"", sa.dst);
        sscanf(line, " \"text\": \"%999[^\"]\"", text);
        if (strstr(line, "\"extra\"") != NULL) {
            sa.esn = strstr(line, "esn") != NULL;
            assert_true(known->count < SA_MAX);
            known->sas[known->count] = sa;
            make_key(&known->sas[known->count++], text);
        }
    }
    fclose(file);
}

static void read_setup(struct known *known, const char *path)
{
    static char line[2000];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    while (fgets(line, sizeof line, file) != NULL) {
        struct known_sa sa = { .spi = 0 };
        if (sscanf(line, "ip xfrm state add src %*s dst %63s proto %7s spi %x", sa.dst, sa.proto, &sa.spi) != 3)
            continue;
        sa.esn = strstr(line, "flag esn") != NULL;
        assert_true(known->count < SA_MAX);
        known->sas[known->count] = sa;
        make_key(&known->sas[known->count++], line);
    }
    fclose(file);
}

/* "algorithm  93bbda19 234a5a0c ..." */
static bool read_setkey_key(const char *text, char name[64], struct hex *key)
{
    int used;
    if (sscanf(text, "%63s%n", name, &used) != 1)
        return false;
    char digits[300];
    size_t count = 0;
    for (text += used; *text != 0 && count + 1 < sizeof digits; text++)
        if (strchr(" \t\r\n", *text) == NULL)
            digits[count++] = *text;
    digits[count] = 0;
    return hex_read(digits, key);
}

/* What `setkey -D` prints: "src dst", then indented lines. */
static void read_setkey(struct known *known, const char *path)
{
    char line[500], name[64];
    FILE *file = fopen(path, "r");
    assert_non_null(file);
    struct known_sa sa = { .proto = "esp" };
    struct crypt_params params = { .esn = false };
    while (fgets(line, sizeof line, file) != NULL) {
        if (line[0] != '\t' && line[0] != ' ') {
            assert_int_equal(sscanf(line, "%*s %63s", sa.dst), 1);
        } else if (strncmp(line, "\tesp mode", 9) == 0) {
            assert_int_equal(sscanf(strstr(line, "spi="), "spi=%u", &sa.spi), 1);
        } else if (strncmp(line, "\tE: ", 4) == 0) {
            assert_true(read_setkey_key(line + 4, name, &sa.encryption_key));
            params.encryption = suite_encryption_find(DIALECT_SETKEY, name, strlen(name), 0);
        } else if (strncmp(line, "\tA: ", 4) == 0) {
            assert_true(read_setkey_key(line + 4, name, &sa.integrity_key) && known->count < SA_MAX);
            params.integrity = suite_integrity_find(DIALECT_SETKEY, name, strlen(name), 0);
            assert_true(params.encryption != NULL && params.integrity != NULL);
            params.encryption_key = hex_secret(&sa.encryption_key);
            params.integrity_key = hex_secret(&sa.integrity_key);
            sa.key = crypt_key_create(&params, NULL);
            assert_non_null(sa.key);
            known->sas[known->count++] = sa;
        }
    }
    fclose(file);
}

/* Where ESP or AH begins in an IP packet. */
struct found {
    const uint8_t *ip;
    uint32_t length; /* of the IP packet */
    uint32_t at;     /* of ESP or AH in it */
    uint8_t protocol;
    char dst[64];
};

static bool find_ipsec(const struct frame *frame, struct found *found)
{
    uint32_t skip = frame->linktype == 1 ? 14 : 0;
    if (frame->captured < skip + 20)
        return false;
    const uint8_t *ip = found->ip = frame->bytes + skip;
    if (ip[0] >> 4 == 4) {
        found->at = (ip[0] & 15u) * 4;
        found->length = bytes_get16(ip + 2);
        found->protocol = ip[9];
        inet_ntop(AF_INET, ip + 16, found->dst, sizeof found->dst);
        if (bytes_get16(ip + 6) & 0x3fff)
            return false;
    } else if (ip[0] >> 4 == 6 && frame->captured >= skip + 40) {
        found->at = 40;
        found->length = 40u + bytes_get16(ip + 4);
        found->protocol = ip[6];
        inet_ntop(AF_INET6, ip + 24, found->dst, sizeof found->dst);
    } else {
        return false;
    }
    if (found->length > frame->captured - skip || found->at > found->length)
        return false;
    if (found->protocol == 17 && found->length - found->at >= 12 && bytes_get16(ip + found->at + 2) == 4500 &&
        bytes_get32(ip + found->at + 8) != 0) {
        found->at += 8;
        found->protocol = 50;
    }
    return (found->protocol == 50 || found->protocol == 51) && found->length - found->at >= 12;
}

static enum crypt_result judge(const struct known_sa *sa, const struct found *found, uint32_t high)
{
    static uint8_t out[70000];
    const uint8_t *at = found->ip + found->at;
    if (found->protocol == 50) {
        uint32_t length;
        enum crypt_result result = crypt_esp_open(sa->key, at, found->length - found->at, high, out, &length);
        assert_int_equal(crypt_esp_verify(sa->key, at, found->length - found->at, high), result);
        return result;
    }
    uint8_t icv = crypt_ah_icv(sa->key);
    if (!ah_prepare(found->ip, found->length, found->at, icv, out))
        return CRYPT_SHORT;
    return crypt_ah_verify(sa->key, out, found->length, high, at + 12, icv);
}

static void test_healthy_traffic(void **state)
{
    (void)state;
    static const char *const folders[] = {
        "ah4-transport-sha256", "ah6-tunnel-sha1", "esp4-transport-cbc128-sha256", "esp4-tunnel-esn-gcm128", "esp4-tunnel-gcm128",
        "esp4-udpencap-tunnel-gcm128", "esp6-tunnel-chapoly", "nest4-ah-over-esp",
    };
    static struct known known;
    for (size_t i = 0; i < sizeof folders / sizeof folders[0]; i++) {
        char name[100], path[400], sas[400];
        snprintf(name, sizeof name, "kernel-traffic/%s/sas.json", folders[i]);
        if (!pcapfile_shared(sas, sizeof sas, name)) {
            print_message("SKIP: %s is not there\n", name);
            skip();
        }
        snprintf(name, sizeof name, "kernel-traffic/%s/t.pcap", folders[i]);
        assert_true(pcapfile_shared(path, sizeof path, name));
        read_sas_json(&known, sas);
        struct pcapfile file;
        struct frame frame;
        struct found found;
        unsigned verified = 0;
        assert_true(pcapfile_open(&file, path));
        while (pcapfile_next(&file, &frame)) {
            if (!find_ipsec(&frame, &found))
                continue;
            for (bool more = true; more; verified++) {
                uint32_t spi = bytes_get32(found.ip + found.at + (found.protocol == 51 ? 4 : 0));
                const struct known_sa *sa = find(&known, found.dst, found.protocol == 51 ? "ah" : "esp", spi);
                assert_non_null(sa);
                assert_int_equal(judge(sa, &found, 0), CRYPT_OK);
                more = found.protocol == 51 && found.ip[found.at] == 50; /* ESP inside AH */
                if (more) {
                    found.at += (found.ip[found.at + 1] + 2u) * 4;
                    found.protocol = 50;
                }
            }
        }
        pcapfile_close(&file);
        forget(&known);
        assert_true(verified >= 10);
    }
}

/* A capture of 2013 with `setkey -D` beside it: 3DES and HMAC-SHA1, which nothing else here has from a real kernel. */
static void test_setkey_capture(void **state)
{
    (void)state;
    static const char *const names[] = { "3des-cbc_hmac-sha1" };
    static struct known known;
    for (size_t i = 0; i < sizeof names / sizeof names[0]; i++) {
        char name[100], path[400];
        snprintf(name, sizeof name, "corpora/ipdecap-%s.setkey", names[i]);
        if (!pcapfile_shared(path, sizeof path, name)) {
            print_message("SKIP: %s is not there\n", name);
            skip();
        }
        read_setkey(&known, path);
        snprintf(name, sizeof name, "corpora/ipdecap-%s.cap", names[i]);
        struct pcapfile file;
        struct frame frame;
        struct found found;
        unsigned verified = 0;
        assert_true(pcapfile_shared(path, sizeof path, name) && pcapfile_open(&file, path));
        while (pcapfile_next(&file, &frame)) {
            const struct known_sa *sa = NULL;
            if (find_ipsec(&frame, &found) && found.protocol == 50)
                sa = find(&known, found.dst, "esp", bytes_get32(found.ip + found.at));
            if (sa == NULL)
                continue;
            assert_int_equal(judge(sa, &found, 0), CRYPT_OK);
            verified++;
        }
        print_message("%s: %u packets\n", names[i], verified);
        assert_true(verified > 50);
        pcapfile_close(&file);
        forget(&known);
    }
}

/* The high half that the receiver takes: what the case's name says, or which side of the wrap the number is on. */
static uint32_t high_of(const char *line, uint32_t seq)
{
    unsigned high;
    const char *taken = strstr(line, "taken as hi ");
    return taken != NULL && sscanf(taken, "taken as hi %u", &high) == 1 ? high : seq >= 0xfffffff0u ? 0 : 1;
}

static void test_oracle(void **state)
{
    (void)state;
    char path[400], group[64], open_group[64] = "";
    static char line[20000];
    if (!pcapfile_shared(path, sizeof path, "oracle/verdicts.jsonl")) {
        print_message("SKIP: oracle/verdicts.jsonl is not there\n");
        skip();
    }
    FILE *verdicts = fopen(path, "r");
    assert_non_null(verdicts);
    static struct known known;
    static struct pcapfile file;
    unsigned opened = 0, failed = 0, refused = 0, at, end;
    while (fgets(line, sizeof line, verdicts) != NULL) {
        char name[100];
        assert_int_equal(sscanf(line, "{\"group\": \"%63[^\"]\"", group), 1);
        const char *frames = strstr(line, "\"frames\": [");
        if (frames == NULL || sscanf(frames, "\"frames\": [%u", &at) != 1)
            continue;
        if (strcmp(group, open_group) != 0) {
            if (open_group[0] != 0)
                forget(&known);
            memcpy(open_group, group, sizeof group);
            snprintf(name, sizeof name, "oracle/%s.setup.txt", group);
            assert_true(pcapfile_shared(path, sizeof path, name));
            read_setup(&known, path);
        }
        bool counted = strstr(line, "\"cur.packets\"") != NULL, icv_failed = strstr(line, "\"stat.failed\"") != NULL;
        bool proto_error = strstr(line, "XfrmInStateProtoError") != NULL;
        if (!counted && !proto_error)
            continue;
        snprintf(name, sizeof name, "oracle/%s.pcap", group);
        assert_true(pcapfile_shared(path, sizeof path, name) && pcapfile_open(&file, path));
        struct frame frame;
        struct found found;
        for (end = 0; end < at; end++)
            assert_true(pcapfile_next(&file, &frame));
        if (find_ipsec(&frame, &found)) {
            bool ah = found.protocol == 51;
            uint32_t spi = bytes_get32(found.ip + found.at + (ah ? 4 : 0)), seq = bytes_get32(found.ip + found.at + (ah ? 8 : 4));
            const struct known_sa *sa = find(&known, found.dst, ah ? "ah" : "esp", spi);
            assert_non_null(sa);
            enum crypt_result result = judge(sa, &found, sa->esn ? high_of(line, seq) : 0);
            if (counted != (result == CRYPT_OK) && (counted || icv_failed))
                print_message("%.100s\n", line);
            if (counted)
                assert_int_equal(result, CRYPT_OK), opened++;
            else if (icv_failed)
                assert_int_equal(result, CRYPT_BAD_ICV), failed++;
            else if (!ah) /* AH is refused for its length field before anything is computed */
                assert_int_not_equal(result, CRYPT_BAD_ICV), refused++;
        }
        pcapfile_close(&file);
    }
    fclose(verdicts);
    forget(&known);
    print_message("oracle: %u opened, %u with a wrong ICV, %u refused without one\n", opened, failed, refused);
    assert_true(opened > 80 && failed > 15 && refused > 8);
}

int main(void)
{
    const struct CMUnitTest tests[] = {
        cmocka_unit_test(test_healthy_traffic),
        cmocka_unit_test(test_setkey_capture),
        cmocka_unit_test(test_oracle),
    };
    return cmocka_run_group_tests(tests, NULL, NULL);
}
