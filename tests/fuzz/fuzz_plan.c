/*
 * fuzz_plan: any request to any row of reproduce, and what stands beside its packets, read again.
 * Input: the row (2 bytes), flags (1 IPv6, 2 SPI, 4 sequence number, 8 AH, 16 ESP, 32 UDP, 64 an SA that is given, 128 none of the addresses), packets (1),
 * SPI, sequence number (4 each), the last bytes of both addresses (4 each), and of a given SA: algorithms (2), flags (1: 1 ESN, 2 transport mode, 4 a
 * selector), window (1), limits of packets and bytes (1 each).
 * What must hold: a plan or an error; times that do not go back; what the SA file says is read without an error, as many SAs and policies as there are.
 */
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "base/bytes.h"
#include "inject/safile.h"
#include "inject/sending.h"

#define INPUT 26u

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

struct seen {
    unsigned records, policies;
};

static void must(bool holds, const char *what)
{
    if (!holds) {
        fprintf(stderr, "%s\n", what);
        abort();
    }
}

static void seen_record(void *context, const struct sa_record *record)
{
    (void)record;
    ((struct seen *)context)->records++;
}

static void seen_policy(void *context, const struct policy_record *record)
{
    (void)record;
    ((struct seen *)context)->policies++;
}

/* What is odd about an SA is its own affair; that the text cannot be read is ours. */
static void seen_remark(void *context, const struct sa_remark *remark)
{
    (void)context;
    must(strcmp(remark->code, "syntax") != 0, remark->text);
}

static void read_again(const struct plan *plan)
{
    struct text text = { 0 };
    struct seen seen = { 0 };
    struct sa_sink sink = { .context = &seen, .secrets = secrets_create(), .record = seen_record, .policy = seen_policy, .remark = seen_remark };
    safile_write(plan, &text);
    must(sink.secrets != NULL && !text.failed, "no memory");
    if (text.length > 0) {
        const struct sa_format *format = sa_format_recognise(text.chars, text.length);
        must(format != NULL, "nobody recognises the SA file");
        format->import(text.chars, text.length, &sink);
    }
    must(seen.records == plan->event_count && seen.policies == plan->policy_count, "the SA file does not hold what the plan has");
    secrets_destroy(sink.secrets);
    text_free(&text);
}

static void look(const struct plan *plan)
{
    int64_t *due = malloc(plan->packet_count * sizeof *due + 1);
    must(due != NULL, "no memory");
    sending_times(plan, SENDING_RATE, due);
    for (size_t i = 0; i < plan->packet_count; i++) {
        must(plan->packets[i].length > 0 && plan->packets[i].length <= WIRE_MAX, "a packet without bytes");
        must(i == 0 || (plan->packets[i].time_ns >= plan->packets[i - 1].time_ns && due[i] >= due[i - 1]), "time goes back");
        (void)net_is_kept(plan->packets[i].bytes, plan->packets[i].length);
    }
    (void)sending_allows(plan, &plan->dst, NULL);
    free(due);
}

static struct addr host(const uint8_t *bytes, bool six)
{
    uint8_t whole[16] = { six ? 0x20 : 192, six ? 0x01 : 0, six ? 0x0d : 2, six ? 0xb8 : 1 };
    memcpy(whole + (six ? 12 : 0), bytes, 4);
    return six ? addr_ip6(whole) : addr_ip4(whole);
}

static void request_sa(const uint8_t *data, const struct plan_request *request, struct sa_definition *sa)
{
    static const uint8_t key[SECRET_MAX] = "keys of this target are no secret";
    uint8_t bits = request->src.family == 6 ? 128 : 32;
    bool ah = request->proto == SA_PROTO_AH;
    *sa = (struct sa_definition){
        .src = { request->src, bits }, .dst = { request->dst, bits }, .spi = bytes_get32(data + 4), .proto = ah ? SA_PROTO_AH : SA_PROTO_ESP,
        .mode = data[22] & 2 ? SA_MODE_TRANSPORT : SA_MODE_TUNNEL, .esn_known = true, .esn = data[22] & 1, .window_known = true, .window = data[23],
        .encap_known = true, .encap = request->encap, .hard = { .packets = data[24], .bytes = data[25] }, .has_selector = data[22] & 4,
        .encryption = ah ? NULL : &suite_encryptions[data[20] % suite_encryption_count], .integrity = &suite_integrities[data[21] % suite_integrity_count],
    };
    if (sa->has_selector) {
        sa->selector.src = (struct prefix){ request->src, data[24] % (bits + 1u) };
        sa->selector.dst = (struct prefix){ request->dst, data[25] % (bits + 1u) };
    }
    if (sa->encryption != NULL)
        sa->encryption_key = (struct secret){ key, (uint16_t)(sa->encryption->key_bytes[0] + sa->encryption->salt) };
    if (sa->encryption != NULL && sa->encryption->icv != 0)
        sa->integrity = NULL;
    if (sa->integrity != NULL)
        sa->integrity_key = (struct secret){ key, sa->integrity->key };
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    size_t rows = 0, at = 0;
    if (size < INPUT)
        return 0;
    while (recipe_next(&rows) != NULL) /* leaves one more than there are */
        continue;
    at = bytes_get16(data) % (rows - 1);
    uint8_t flags = data[2];
    struct plan_request request = {
        .spi_given = flags & 2, .spi = bytes_get32(data + 4), .seq_given = flags & 4, .seq = bytes_get32(data + 8), .count = data[3],
        .proto = flags & 8 ? SA_PROTO_AH : flags & 16 ? SA_PROTO_ESP : 0, .encap = flags & 32 && !(flags & 8) ? ENCAP_UDP : ENCAP_NONE,
    };
    struct sa_definition sa;
    if (!(flags & 128) || flags & 64) {
        request.src = host(data + 12, flags & 1);
        request.dst = host(data + 16, flags & 1);
    }
    if (flags & 64) {
        request_sa(data, &request, &sa);
        request.sa = &sa;
    }
    struct error error = { "" };
    struct plan *plan = plan_make(recipe_next(&at), &request, &error);
    must((plan == NULL) == (error.message[0] != '\0'), "a plan and an error, or neither");
    if (plan != NULL) {
        look(plan);
        if (request.sa == NULL)
            read_again(plan);
    }
    plan_destroy(plan);
    return 0;
}
