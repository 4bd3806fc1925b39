/* ike_eap: the EAP payload. */
#include "decode/ike_eap.h"

#define EAP_HEADER 4

enum decode_status ike_eap_decode(const struct ike_payload *payload, struct ike_eap *eap, struct ike_fault *fault)
{
    *eap = (struct ike_eap){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, EAP_HEADER, IKE_DAMAGE_EAP_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    eap->code = payload->body[0];
    eap->identifier = payload->body[1];
    uint32_t length = bytes_get16(payload->body + 2);
    if (eap->code < IKE_EAP_REQUEST || eap->code > IKE_EAP_FINISH)
        return ike_payload_tell(payload, IKE_DAMAGE_EAP_CODE, 0, eap->code, 0, fault);
    bool bare = eap->code == IKE_EAP_SUCCESS || eap->code == IKE_EAP_FAILURE;
    if (length != payload->wire)
        return ike_payload_tell(payload, IKE_DAMAGE_EAP_LENGTH, 2, length, payload->wire, fault);
    if (bare ? length != EAP_HEADER : length < EAP_HEADER + 1)
        return ike_payload_tell(payload, IKE_DAMAGE_EAP_LENGTH, 2, length, bare ? EAP_HEADER : EAP_HEADER + 1, fault);
    if (bare)
        return DECODE_OK;
    if (payload->captured <= EAP_HEADER)
        return DECODE_CUT;
    uint32_t from = EAP_HEADER + 1;
    eap->type = payload->body[EAP_HEADER];
    if (eap->type == 254) { /* RFC 3748 5.7: vendor and vendor's type */
        status = ike_payload_room(payload, from, 7, IKE_DAMAGE_EAP_LENGTH, fault);
        if (status != DECODE_OK)
            return status;
        eap->vendor = bytes_get32(payload->body + from - 1) & 0xffffff;
        eap->vendor_type = bytes_get32(payload->body + from + 3);
        from += 7;
    }
    eap->data = payload->body + from;
    eap->captured = payload->captured - from;
    eap->wire = payload->wire - from;
    return eap->captured < eap->wire ? DECODE_CUT : DECODE_OK;
}

const char *ike_eap_name(uint8_t type)
{
    switch (type) { /* IANA eap-numbers */
    case 1: return "Identity";
    case 2: return "Notification";
    case 3: return "Nak";
    case 4: return "MD5-Challenge";
    case 5: return "One-Time Password";
    case 6: return "Generic Token Card";
    case 13: return "EAP-TLS";
    case 18: return "EAP-SIM";
    case 21: return "EAP-TTLS";
    case 23: return "EAP-AKA";
    case 25: return "PEAP";
    case 26: return "MSCHAPv2";
    case 29: return "EAP-MSCHAP-V2";
    case 43: return "EAP-FAST";
    case 49: return "EAP-IKEv2";
    case 50: return "EAP-AKA'";
    case 52: return "EAP-pwd";
    case 55: return "TEAP";
    case 254: return "expanded type";
    default: return NULL;
    }
}
