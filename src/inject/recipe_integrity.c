/* recipe_integrity: wrong ICVs, each made wrong in one way: another key, algorithm, length or number, or a change on the way. */
#include <string.h>

#include "base/bytes.h"
#include "inject/plan.h"

enum { IP4_HEADER = 20, IP6_HEADER = 40, INTEGRITY_USUAL = 3 };

static void integrity_run(struct plan *plan, struct plan_sa *sa, const char *what)
{
    for (uint32_t left = plan_count(plan, INTEGRITY_USUAL); left > 0; left--)
        plan_send(plan, sa, what);
}

static void corrupt(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_ANY);
    uint64_t shown = plan_lead(plan, sa, 1);
    plan_send(plan, sa, "healthy");
    struct wire *wire = sa->definition.proto == SA_PROTO_AH ? &plan->packet : &plan->esp;
    for (uint32_t left = plan_count(plan, 1); left > 0 && !plan->failed; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        shape.seq = shown++;
        plan_seal(plan, sa, &shape);
        for (uint32_t i = 1; i <= 8 && i <= wire->length; i++) /* more than a byte, which AH would find and call by its name */
            wire->bytes[wire->length - i] ^= (uint8_t)(0x11 * i);
        plan_carry_sa(plan, sa, "changed on its way");
    }
}

static void wrong_key(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), sender = definition;
    if (!plan_is_given(plan))
        plan_history(plan, SA_EVENT_DEFINE, &definition, definition.added_ns);
    plan_keys(plan, &sender, 7);
    integrity_run(plan, plan_sender(plan, &sender), "sealed with another key");
}

/* The receiver has `definition`; the sender seals with another reading of it. */
static void integrity_differ(struct plan *plan, const struct sa_definition *definition, const struct sa_definition *sender, const char *what)
{
    plan_history(plan, SA_EVENT_DEFINE, definition, definition->added_ns);
    integrity_run(plan, plan_sender(plan, sender), what);
}

static void icv_length(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_NULL), sender = definition;
    sender.icv = 12;
    integrity_differ(plan, &definition, &sender, "with an ICV of 96 bits");
}

static void other_algorithm(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_CBC), sender = definition;
    static const char other[] = "AES-XCBC-96", own[] = "AES-CMAC-96";
    definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, own, sizeof own - 1, 0);
    sender.integrity = suite_integrity_find(DIALECT_ESPLAIN, other, sizeof other - 1, 0);
    plan_keys(plan, &definition, 0);
    sender.integrity_key = definition.integrity_key;
    integrity_differ(plan, &definition, &sender, "with AES-XCBC where the receiver has AES-CMAC");
}

static void keys_swapped(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_CBC), sender = definition;
    static const char mac[] = "HMAC-SHA2-256-128";
    definition.integrity = suite_integrity_find(DIALECT_ESPLAIN, mac, sizeof mac - 1, 0);
    definition.encryption_key = definition.integrity_key; /* 32 bytes suit both */
    plan_keys(plan, &sender, 3);
    definition.integrity_key = sender.integrity_key;
    sender.integrity_key = definition.encryption_key;
    sender.encryption_key = definition.integrity_key;
    integrity_differ(plan, &definition, &sender, "with encryption and integrity key exchanged");
}

static void other_key_of(struct plan *plan, bool opposite)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), other = definition, sender = definition;
    other.spi ^= 0x00770000;
    plan_keys(plan, &other, 2);
    if (opposite) {
        other.src = definition.dst;
        other.dst = definition.src;
    }
    sender.encryption_key = other.encryption_key;
    sender.integrity_key = other.integrity_key;
    plan_history(plan, SA_EVENT_DEFINE, &other, other.added_ns);
    integrity_differ(plan, &definition, &sender, opposite ? "sealed with the key of the other direction" : "sealed with the key of another SA");
}

static void directions_swapped(struct plan *plan)
{
    other_key_of(plan, true);
}

static void other_sa_key(struct plan *plan)
{
    other_key_of(plan, false);
}

static void integrity_esn(struct plan *plan, bool receiver)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY), sender = definition;
    definition.esn = receiver;
    sender.esn = !receiver;
    integrity_differ(plan, &definition, &sender, receiver ? "sealed without ESN" : "sealed with ESN");
}

static void esn_used(struct plan *plan)
{
    integrity_esn(plan, false);
}

static void esn_unused(struct plan *plan)
{
    integrity_esn(plan, true);
}

static void esn_high(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_ANY);
    if (plan_is_given(plan) && !definition.esn)
        plan_fail(plan, "the SA 0x%08x does not use extended sequence numbers", definition.spi);
    definition.esn = true;
    struct plan_sa *sa = plan_install(plan, &definition);
    uint64_t shown = plan_lead(plan, sa, INTEGRITY_USUAL);
    integrity_run(plan, sa, "healthy");
    sa->seq = shown | (uint64_t)2 << 32;
    integrity_run(plan, sa, "with another high half than the receiver's");
}

static void salt(struct plan *plan)
{
    struct sa_definition definition = plan_define(plan, PLAN_GCM), sender = definition;
    uint8_t bytes[SECRET_MAX];
    uint16_t length = definition.encryption_key.length;
    unsigned last = definition.encryption != NULL ? definition.encryption->salt : 0;
    if (plan->failed || length < last)
        return;
    memcpy(bytes, definition.encryption_key.bytes, length);
    memset(bytes + length - last, 0, last);
    sender.encryption_key = secrets_keep(plan->secrets, bytes, length);
    secret_wipe(bytes, sizeof bytes);
    integrity_differ(plan, &definition, &sender, "sealed with a salt of zeros");
}

/* ---- AH: what happens to a header on its way ---- */

static void ah_changed(struct plan *plan, void (*change)(struct plan *plan, uint8_t *header), const char *what)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_AH);
    for (uint32_t left = plan_count(plan, INTEGRITY_USUAL); left > 0 && !plan->failed; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        change(plan, plan->packet.bytes);
        if (plan->dst.family == 4)
            plan_sum(plan);
        plan_put(plan, what);
    }
}

static void change_identification(struct plan *plan, uint8_t *header)
{
    if (plan->dst.family == 4)
        header[5] ^= 0x40;
    else
        header[IP6_HEADER + 2] ^= 0x40; /* the reserved bytes of AH */
}

static void field_changed(struct plan *plan)
{
    ah_changed(plan, change_identification, "with a field changed that no router may change");
}

/* Sealed over the TTL, which routers change: the sender computes the ICV wrong. */
static void mutable_field(struct plan *plan)
{
    struct plan_sa *sa = plan_sa(plan, PLAN_AH);
    if (plan->dst.family != 4)
        plan_fail(plan, "it is shown with IPv4 alone");
    for (uint32_t left = plan_count(plan, INTEGRITY_USUAL); left > 0 && !plan->failed; left--) {
        struct seal_shape shape = plan_shape(plan, sa);
        plan_seal(plan, sa, &shape);
        uint32_t room = crypt_ah_icv(sa->key), length = plan->packet.length;
        uint8_t *packet = plan->packet.bytes, icv[64] = { 0 };
        if (room > sizeof icv)
            plan_fail(plan, "no AH algorithm has such a long ICV");
        if (plan->failed)
            return;
        memcpy(plan->esp.bytes, packet, length); /* as it should be sealed, but for the TTL */
        plan->esp.bytes[1] = 0;
        memset(plan->esp.bytes + 6, 0, 2);
        memset(plan->esp.bytes + 10, 0, 2);
        memset(plan->esp.bytes + IP4_HEADER + 12, 0, room);
        if (!crypt_ah_seal(sa->key, plan->esp.bytes, length, 0, icv))
            plan_fail(plan, "the AH packet could not be sealed");
        memcpy(packet + IP4_HEADER + 12, icv, room);
        plan_put(plan, "sealed over its TTL");
    }
}

static void change_source(struct plan *plan, uint8_t *header)
{
    if (plan->dst.family == 4)
        header[15] ^= 0x20;
    else
        header[23] ^= 0x20;
}

static void address_translated(struct plan *plan)
{
    if (!plan_is_given(plan) && plan->request->src.family) /* the one that was asked for is what the packets show */
        plan->src.bytes[plan->src.family == 4 ? 3 : 15] ^= 0x20;
    ah_changed(plan, change_source, "with the source address changed by a NAT");
}

const struct recipe recipes_integrity[] = {
    { "integrity-failed", "corrupt-packet", "a healthy packet, and one that was changed on its way", corrupt, NULL, 0, NULL },
    { "integrity-failed", "wrong-key", "packets sealed with another key than the receiver's", wrong_key, NULL, 0, NULL },
    { "integrity-failed", "icv-length", "packets with an ICV of another length", icv_length, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "integrity-failed", "other-algorithm", "packets with another integrity algorithm and the same key", other_algorithm, NULL,
      RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "integrity-failed", "keys-swapped", "packets with encryption and integrity key exchanged", keys_swapped, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "integrity-failed", "directions-swapped", "packets sealed with the key of the other direction's SA", directions_swapped, NULL, RECIPE_OWN_SAS, NULL },
    { "integrity-failed", "other-sa-key", "packets sealed with the key of another SA of the same hosts", other_sa_key, NULL, RECIPE_OWN_SAS, NULL },
    { "integrity-failed", "esn-used", "packets sealed with ESN for an SA without", esn_used, NULL, RECIPE_OWN_SAS, NULL },
    { "integrity-failed", "esn-not-used", "packets sealed without ESN for an SA with it", esn_unused, NULL, RECIPE_OWN_SAS, NULL },
    { "integrity-failed", "esn-high-half", "packets with another high half of the sequence number than the receiver's", esn_high, NULL, 0, NULL },
    { "integrity-failed", "salt", "packets sealed with a salt of zeros", salt, NULL, RECIPE_OWN_SAS | RECIPE_ESP, NULL },
    { "integrity-failed", "address-translated", "AH packets that a NAT has changed", address_translated, NULL, RECIPE_AH, NULL },
    { "integrity-failed", "field-changed", "AH packets with a header field changed that no router may change", field_changed, NULL, RECIPE_AH, NULL },
    { "integrity-failed", "mutable-field", "AH packets whose sender covers the TTL", mutable_field, NULL, RECIPE_AH, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
