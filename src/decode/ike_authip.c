/* ike_authip: AuthIP's own payloads. */
#include "decode/ike_authip.h"

enum decode_status ike_authip_crypto(const struct ike_payload *payload, struct ike_authip_crypto *crypto,
                                     struct ike_fault *fault)
{
    *crypto = (struct ike_authip_crypto){ 0 };
    if (payload->wire != 4 && payload->wire != 12) /* the length alone tells whether there is an IV */
        return ike_payload_tell(payload, IKE_DAMAGE_CRYPTO_LENGTH, 0, payload->wire, 4, fault);
    if (payload->captured < 4)
        return DECODE_CUT;
    crypto->sequence = bytes_get32(payload->body);
    if (payload->captured < payload->wire)
        return DECODE_CUT;
    crypto->iv = payload->wire == 12 ? payload->body + 4 : NULL;
    return DECODE_OK;
}

enum decode_status ike_authip_gss(const struct ike_payload *payload, struct ike_authip_gss *gss,
                                  struct ike_fault *fault)
{
    *gss = (struct ike_authip_gss){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, 5, IKE_DAMAGE_GSS_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    gss->status = bytes_get32(payload->body);
    gss->flags = payload->body[4];
    gss->token = payload->body + 5;
    gss->captured = payload->captured - 5;
    gss->wire = payload->wire - 5;
    return gss->captured < gss->wire ? DECODE_CUT : DECODE_OK;
}

enum decode_status ike_authip_methods(const struct ike_payload *payload, struct ike_authip_methods *methods,
                                      struct ike_fault *fault)
{
    *methods = (struct ike_authip_methods){ .count = payload->captured / 4, .list = payload->body };
    if (payload->wire == 0 || payload->wire % 4 != 0)
        return ike_payload_tell(payload, IKE_DAMAGE_METHODS_LENGTH, 0, payload->wire, payload->wire - payload->wire % 4,
                                fault);
    return payload->captured < payload->wire ? DECODE_CUT : DECODE_OK;
}

uint16_t ike_authip_method(const struct ike_authip_methods *methods, uint32_t index)
{
    return index < methods->count ? bytes_get16(methods->list + 4 * (size_t)index) : 0;
}
