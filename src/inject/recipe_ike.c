/* recipe_ike: what IKE itself goes wrong with. */
#include "inject/plan.h"

/* An INFORMATIONAL request of IKEv2 with one empty notify, behind the marker of port 4500. */
static void marker_on_500(struct plan *plan)
{
    static const uint8_t ike[] = { 0, 0, 0, 0, 0x1f, 0x2e, 0x3d, 0x4c, 0x5b, 0x6a, 0x79, 0x88, 0, 0, 0, 0, 0, 0, 0, 0, 0x29, 0x20, 0x22, 0x08,
                                   0, 0, 0, 0, 0, 0, 0, 0x24, 0, 0, 0, 8, 0, 0, 0x40, 0x16 };
    plan_udp(plan, &plan->src, &plan->dst, 500, 500, ike, sizeof ike);
    plan_put(plan, "IKE on port 500 behind the marker of port 4500");
}

const struct recipe recipes_ike[] = {
    { "ike-marker-on-500", NULL, "IKE on UDP port 500 with four zero bytes before it", marker_on_500, NULL, RECIPE_OWN_SAS | RECIPE_MALFORMED | RECIPE_ESP, NULL },
    { "ike-refused", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-auth-suspect", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-child-suspect", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-no-answer", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-dead-peer", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-answer-lost", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-half-open", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-windows-status", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-getspi", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-invalid-spi-notify", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-invalid-ike-spi", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-invalid-message-id", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-invalid-selectors", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-damaged", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-answered-twice", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-invalid-ke", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-cookie", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-temporary-failure", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-child-not-found", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-crossing", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-redirect", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-mobike", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ike-initial-contact", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "weak-ike", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ikev1-in-use", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { "ikev1-aggressive-psk", NULL, NULL, NULL, RECIPE_NO_IKE, 0, NULL },
    { NULL, NULL, NULL, NULL, NULL, 0, NULL },
};
