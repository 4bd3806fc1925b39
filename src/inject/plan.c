/* plan: SAs, events and packets of a plan, as its row asks for them. */
#include "inject/plan.h"

#include <stdlib.h>
#include <string.h>

#include "sa/overhead.h"

#define PLAN_AGE (3600 * PLAN_SECOND) /* SAs that are simply there are that old when the first packet comes */

void plan_fail(struct plan *plan, const char *format, ...)
{
    if (plan->failed)
        return;
    struct text line = { 0 };
    va_list arguments;
    va_start(arguments, format);
    text_vprintf(&line, format, arguments);
    va_end(arguments);
    plan->failed = true;
    error_set(&plan->error, "%s", line.chars ? line.chars : "no memory");
    text_free(&line);
}

void plan_wait(struct plan *plan, int64_t span_ns)
{
    plan->now_ns += span_ns;
}

uint32_t plan_count(const struct plan *plan, uint32_t usual)
{
    return plan->request->count ? plan->request->count : usual;
}

bool plan_is_given(const struct plan *plan)
{
    return plan->request->sa != NULL;
}

/* ---- SAs ---- */

static struct secret plan_key(struct plan *plan, unsigned length, unsigned number)
{
    uint8_t bytes[SECRET_MAX];
    for (unsigned i = 0; i < length && i < sizeof bytes; i++)
        bytes[i] = (uint8_t)(17 + i * 7 + number * 41 + i * number);
    struct secret kept = secrets_keep(plan->secrets, bytes, length);
    if (kept.length != length)
        plan_fail(plan, "no memory for keys");
    return kept;
}

void plan_keys(struct plan *plan, struct sa_definition *definition, unsigned number)
{
    const struct encryption *encryption = definition->encryption;
    if (encryption != NULL && encryption->key_bytes[0] != 0)
        definition->encryption_key = plan_key(plan, encryption->key_bytes[0] + (unsigned)encryption->salt, number);
    if (definition->integrity != NULL && definition->integrity->key != 0)
        definition->integrity_key = plan_key(plan, definition->integrity->key, number + 100);
}

static void plan_suite(struct sa_definition *definition, enum plan_suite suite)
{
    const char *encryption = suite == PLAN_ANY || suite == PLAN_GCM ? "AES-GCM-16" : suite == PLAN_NULL ? "NULL" : "AES-CBC";
    if (suite != PLAN_AH)
        definition->encryption = suite_encryption_find(DIALECT_ESPLAIN, encryption, strlen(encryption), 0);
    if (suite == PLAN_CBC || suite == PLAN_NULL || suite == PLAN_AH)
        definition->integrity = suite_integrity_find(DIALECT_ESPLAIN, "HMAC-SHA2-256-128", strlen("HMAC-SHA2-256-128"), 0);
}

static bool plan_suits(const struct sa_definition *sa, enum plan_suite suite)
{
    const struct encryption *encryption = sa->encryption;
    switch (suite) {
    case PLAN_ANY:
        return true;
    case PLAN_GCM:
        return encryption != NULL && encryption->icv != 0 && encryption->iv == 8;
    case PLAN_CBC:
        return encryption != NULL && encryption->kind == CIPHER_CBC && overhead_icv(sa) != 0;
    case PLAN_NULL:
        return encryption != NULL && encryption->kind == CIPHER_NULL;
    case PLAN_BARE:
        return encryption != NULL && encryption->icv == 0 && overhead_icv(sa) == 0;
    case PLAN_AH:
        return sa->proto == SA_PROTO_AH;
    }
    return false;
}

struct sa_definition plan_define(struct plan *plan, enum plan_suite suite)
{
    static const char *const wanted[] = { "", "an AEAD with an IV", "a block cipher and an ICV", "NULL encryption", "no integrity", "AH" };
    const struct plan_request *request = plan->request;
    if (request->sa != NULL) {
        if (!plan_suits(request->sa, suite))
            plan_fail(plan, "the SA 0x%08x does not do: this is shown with %s; leave -s out and one is made up", request->sa->spi, wanted[suite]);
        return *request->sa;
    }
    bool ah = suite == PLAN_AH || (suite == PLAN_ANY && request->proto == SA_PROTO_AH);
    struct sa_definition definition = {
        .src = { plan->src, plan->src.family == 4 ? 32 : 128 }, .dst = { plan->dst, plan->dst.family == 4 ? 32 : 128 },
        .spi = plan->spi, .proto = ah ? SA_PROTO_AH : SA_PROTO_ESP, .mode = ah ? SA_MODE_TRANSPORT : SA_MODE_TUNNEL, .reqid = 1,
        .window_known = true, .window = 64, .esn_known = true, .encap_known = true, .added_known = true,
        .added_ns = PLAN_START - PLAN_AGE,
    };
    plan_suite(&definition, ah ? PLAN_AH : suite);
    if (request->encap == ENCAP_UDP) {
        definition.encap = ENCAP_UDP;
        definition.encap_sport = definition.encap_dport = 4500;
    }
    plan_keys(plan, &definition, 0);
    return definition;
}

struct plan_sa *plan_sender(struct plan *plan, const struct sa_definition *definition)
{
    if (plan->sa_count == PLAN_SAS_MAX) {
        plan_fail(plan, "more than %u SAs", PLAN_SAS_MAX);
        return &plan->sas[0];
    }
    struct plan_sa *sa = &plan->sas[plan->sa_count++];
    *sa = (struct plan_sa){ .definition = *definition, .seq = plan->request->seq_given ? plan->request->seq : 1 };
    struct error error;
    if (!plan->failed && definition->state != SA_STATE_LARVAL && (sa->key = seal_key(definition, &error)) == NULL)
        plan_fail(plan, "%s", error.message);
    return sa;
}

struct plan_sa *plan_install(struct plan *plan, const struct sa_definition *definition)
{
    plan_history(plan, SA_EVENT_DEFINE, definition, definition->added_ns);
    return plan_sender(plan, definition);
}

struct plan_sa *plan_sa(struct plan *plan, enum plan_suite suite)
{
    struct sa_definition definition = plan_define(plan, suite);
    return plan_install(plan, &definition);
}

void plan_history(struct plan *plan, enum sa_event event, const struct sa_definition *definition, int64_t time_ns)
{
    if (plan->event_count == PLAN_EVENTS_MAX)
        plan_fail(plan, "more than %u events", PLAN_EVENTS_MAX);
    else
        plan->events[plan->event_count++] = (struct plan_event){ (uint8_t)event, time_ns, *definition };
}

void plan_policy(struct plan *plan, const struct policy *policy)
{
    if (plan->policy_count == PLAN_POLICIES_MAX)
        plan_fail(plan, "more than %u policies", PLAN_POLICIES_MAX);
    else
        plan->policies[plan->policy_count++] = *policy;
}

static struct prefix plan_host(const struct addr *addr)
{
    return (struct prefix){ *addr, addr->family == 4 ? 32 : 128 };
}

struct policy plan_protecting(const struct plan *plan, const struct sa_definition *definition)
{
    bool tunnel = definition->mode == SA_MODE_TUNNEL;
    struct addr src = tunnel ? plan_inner(plan, true) : plan->src, dst = tunnel ? plan_inner(plan, false) : plan->dst;
    struct policy policy = { .selector = { .src = plan_host(&src), .dst = plan_host(&dst), .sport_high = UINT16_MAX, .dport_high = UINT16_MAX },
                             .direction = POLICY_IN, .priority = 1, .templates = 1 };
    policy.template[0] = (struct policy_template){ .proto = definition->proto, .mode = definition->mode, .reqid = definition->reqid };
    if (tunnel) {
        policy.template[0].src = plan->src;
        policy.template[0].dst = plan->dst;
    }
    return policy;
}

/* ---- the whole ---- */

static struct addr plan_documentation(uint8_t family, unsigned number)
{
    static const uint8_t four[][4] = { { 192, 0, 2, 1 }, { 198, 51, 100, 2 }, { 203, 0, 113, 3 } };
    const uint8_t six[16] = { 0x20, 0x01, 0x0d, 0xb8, [15] = (uint8_t)(number + 1) };
    return family == 6 ? addr_ip6(six) : addr_ip4(four[number]);
}

/* For an end that nobody named: of the other end's IP version, and not the same. */
static struct addr plan_end(const struct addr *other, unsigned number)
{
    struct addr addr = plan_documentation(other->family, number);
    return addr_equal(&addr, other) ? plan_documentation(other->family, 2) : addr;
}

static bool plan_start(struct plan *plan, struct error *error)
{
    const struct plan_request *request = plan->request;
    plan->dst = request->sa != NULL ? request->sa->dst.addr : request->dst;
    plan->src = request->sa != NULL && request->sa->src.addr.family ? request->sa->src.addr : request->src;
    if (plan->src.family == 0)
        plan->src = plan_end(&plan->dst, 0);
    if (plan->dst.family == 0)
        plan->dst = plan_end(&plan->src, 1);
    if (plan->src.family != plan->dst.family)
        return error_set(error, "source and destination are not of one IP version");
    plan->other = plan->dst;
    plan->other.bytes[plan->dst.family == 4 ? 3 : 15] ^= 4;
    plan->spi = request->spi_given ? request->spi : request->sa != NULL ? request->sa->spi : 0xc1a55e01;
    plan->now_ns = PLAN_START;
    plan->id = 1;
    plan->secrets = secrets_create();
    if (plan->secrets == NULL)
        return error_set(error, "no memory");
    plan->net = net_create(error);
    return plan->net != NULL;
}

static bool plan_allows(const struct recipe *recipe, const struct plan_request *request, struct error *error)
{
    if (recipe->make == NULL)
        return error_set(error, "%s is not reproduced: %s", recipe->condition, recipe->why);
    if (request->sa != NULL && recipe->flags & RECIPE_OWN_SAS)
        return error_set(error, "%s%s%s is shown with SAs of its own, which stand beside the capture: leave -s out", recipe->condition,
                         recipe->cause ? " by " : "", recipe->cause ? recipe->cause : "");
    if ((recipe->flags & RECIPE_ESP && request->proto == SA_PROTO_AH) || (recipe->flags & RECIPE_AH && request->proto == SA_PROTO_ESP))
        return error_set(error, "%s%s%s is shown with %s alone", recipe->condition, recipe->cause ? " by " : "",
                         recipe->cause ? recipe->cause : "", recipe->flags & RECIPE_ESP ? "ESP" : "AH");
    return true;
}

struct plan *plan_make(const struct recipe *recipe, const struct plan_request *request, struct error *error)
{
    if (!plan_allows(recipe, request, error))
        return NULL;
    struct plan *plan = calloc(1, sizeof *plan);
    if (plan == NULL) {
        error_set(error, "no memory");
        return NULL;
    }
    plan->recipe = recipe;
    plan->request = request;
    bool good = plan_start(plan, error);
    if (good) {
        recipe->make(plan);
        good = !plan->failed;
        if (!good)
            *error = plan->error;
    }
    if (good)
        return plan;
    plan_destroy(plan);
    return NULL;
}

void plan_destroy(struct plan *plan)
{
    if (plan == NULL)
        return;
    for (size_t i = 0; i < plan->packet_count; i++) {
        free(plan->packets[i].bytes);
        free(plan->packets[i].what);
    }
    free(plan->packets);
    for (unsigned i = 0; i < plan->sa_count; i++)
        crypt_key_destroy(plan->sas[i].key);
    net_destroy(plan->net);
    secrets_destroy(plan->secrets);
    if (plan->ike_keys.chars)
        secret_wipe(plan->ike_keys.chars, plan->ike_keys.length);
    text_free(&plan->ike_keys);
    text_free(&plan->policy_text);
    free(plan);
}
