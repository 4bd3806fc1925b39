/* recipe_code: the codes of ways whose findings have another one than their condition (RECIPE_WAY). */
#include "inject/recipe.h"

#include <string.h>

static const struct {
    const char *condition, *way;
    uint16_t windows;
} recipe_codes[] = {
    { "ike-refused", "invalid-major-version", 13880 },
    { "ike-refused", "authentication-failed", 13801 },
    { "ike-refused", "ts-unacceptable", 13858 },
    { "ike-refused", "internal-address-failure", 13899 },
    { "ike-refused", "failed-cp-required", 13900 },
    { "ike-refused", "invalid-syntax", 13843 },
    { "ike-refused", "unsupported-critical-payload", 13823 },
    { "ike-refused", "no-additional-sas", 13884 },
    { "ike-refused", "eap-failure", 13801 },
    { "ike-refused", "by-initiator", 13801 },
    { "ike-refused", "ikev1-wrong-secret", 13801 },
    { "ike-refused", "ikev1-invalid-id-information-child", 13834 },
    { "ike-refused", "ikev1-authentication-failed", 13801 },
    { "ike-refused", "ikev1-invalid-id-information", 13834 },
    { "ike-refused", "ikev1-invalid-payload-type", 13843 },
    { "ike-refused", "ikev1-doi-not-supported", 13862 },
    { "ike-refused", "ikev1-situation-not-supported", 13863 },
    { "ike-refused", "ikev1-invalid-cookie", 13846 },
    { "ike-refused", "ikev1-invalid-major-version", 13880 },
    { "ike-refused", "ikev1-invalid-exchange-type", 13824 },
    { "ike-refused", "ikev1-invalid-message-id", 13888 },
    { "ike-refused", "ikev1-invalid-protocol-id", 13831 },
    { "ike-refused", "ikev1-invalid-transform-id", 13832 },
    { "ike-refused", "ikev1-attributes-not-supported", 13802 },
    { "ike-refused", "ikev1-bad-proposal-syntax", 13831 },
    { "ike-refused", "ikev1-payload-malformed", 13843 },
    { "ike-refused", "ikev1-invalid-key-information", 13833 },
    { "ike-refused", "ikev1-invalid-cert-encoding", 13835 },
    { "ike-refused", "ikev1-invalid-certificate", 13835 },
    { "ike-refused", "ikev1-cert-type-unsupported", 13835 },
    { "ike-refused", "ikev1-invalid-cert-authority", 13836 },
    { "ike-refused", "ikev1-invalid-hash-information", 13870 },
    { "ike-refused", "ikev1-invalid-signature", 13826 },
    { "ike-refused", "ikev1-unsupported-exchange-type", 13824 },
    { "ike-refused", "ikev1-unequal-payload-lengths", 13843 },
    { "ike-windows-status", "status-13801", 13801 },
    { "ike-windows-status", "status-13857", 13857 },
    { "ike-windows-status", "status-13857-hresult", 13857 },
    { "ike-windows-status", "status-13868-swapped", 13868 },
    { "ike-windows-status", "status-13868-ikev1", 13868 },
    { "ike-no-answer", "auth", 13805 },
    { "ike-no-answer", "ike-fragment-missing", 13805 },
    { "ike-no-answer", "main-mode-secret", 13805 },
    { "ike-damaged", "header-length", 13824 },
    { "ike-damaged", "header-spi", 13824 },
    { "ike-damaged", "header-exchange", 13824 },
    { "ike-damaged", "header-version", 13880 },
    { "ike-damaged", "critical-payload", 13823 },
    { "ike-damaged", "sa", 13830 },
    { "ike-damaged", "proposal", 13831 },
    { "ike-damaged", "transform", 13832 },
    { "ike-damaged", "key-exchange", 13833 },
    { "ike-damaged", "id", 13834 },
    { "ike-damaged", "certificate", 13835 },
    { "ike-damaged", "certificate-request", 13836 },
    { "ike-damaged", "hash", 13837 },
    { "ike-damaged", "signature", 13838 },
    { "ike-damaged", "nonce", 13839 },
    { "ike-damaged", "notify", 13840 },
    { "ike-damaged", "delete", 13841 },
    { "ike-damaged", "vendor-id", 13842 },
    { "ike-damaged", "doi", 13862 },
    { "ike-damaged", "situation", 13863 },
    { "ike-damaged", "nat-original-address", 13893 },
    { "ike-damaged", "authip-methods", 13889 },
    { "icmp-error", "bad-spi", 13910 },
    { "icmp-error", "authentication-failed", 13915 },
    { "icmp-error", "need-authentication", 13916 },
};

uint16_t recipe_code(const struct recipe *recipe)
{
    for (size_t i = 0; recipe->flags & RECIPE_WAY && i < sizeof recipe_codes / sizeof recipe_codes[0]; i++)
        if (strcmp(recipe_codes[i].condition, recipe->condition) == 0 && strcmp(recipe_codes[i].way, recipe->cause) == 0)
            return recipe_codes[i].windows;
    return 0;
}
