/* ike_ke: key exchange data and nonces. */
#include "decode/ike_ke.h"

/*
 * MODP: RFC 2409, 3526, 5114. ECP and Brainpool: x and y, RFC 5903, 6954, 5114. 31, 32: RFC 8031. 33, 34: RFC 9385. 35
 * to 37: FIPS 203 as RFC 9370 carries it.
 */
uint32_t ike_ke_size(uint16_t group, bool answer)
{
    switch (group) {
    case 1: return 96;
    case 2: case 22: return 128;
    case 5: return 192;
    case 14: case 23: case 24: return 256;
    case 15: return 384;
    case 16: return 512;
    case 17: return 768;
    case 18: return 1024;
    case 19: case 28: return 64;
    case 20: case 29: return 96;
    case 21: return 132;
    case 25: return 48;
    case 26: case 27: return 56;
    case 30: return 128;
    case 31: return 32;
    case 32: return 56;
    case 33: return 64;
    case 34: return 128;
    case 35: return answer ? 768 : 800;
    case 36: return answer ? 1088 : 1184;
    case 37: return 1568;
    default: return 0;
    }
}

bool ike_ke_fits(uint16_t group, uint32_t length)
{
    uint32_t asked = ike_ke_size(group, false);
    return asked == 0 || length == asked || length == ike_ke_size(group, true);
}

enum decode_status ike_ke_decode(const struct ike_payload *payload, struct ike_ke *ke, struct ike_fault *fault)
{
    uint32_t skip = payload->version == IKE_VERSION_2 ? 4 : 0;
    *ke = (struct ike_ke){ 0 };
    if (payload->wire <= skip)
        return ike_payload_tell(payload, IKE_DAMAGE_KE_LENGTH, payload->wire, payload->wire, skip + 1, fault);
    if (payload->captured < skip)
        return DECODE_CUT;
    ke->data = payload->body + skip;
    ke->captured = payload->captured - skip;
    ke->wire = payload->wire - skip;
    if (skip > 0)
        ke->group = bytes_get16(payload->body);
    if (!ike_ke_fits(ke->group, ke->wire))
        return ike_payload_tell(payload, IKE_DAMAGE_KE_GROUP, skip, ke->wire, ike_ke_size(ke->group, false), fault);
    return ke->captured < ke->wire ? DECODE_CUT : DECODE_OK;
}

enum decode_status ike_ke_nonce(const struct ike_payload *payload, struct ike_nonce *nonce, struct ike_fault *fault)
{
    uint32_t least = payload->version == IKE_VERSION_2 ? 16 : 8;
    *nonce = (struct ike_nonce){ .data = payload->body, .captured = payload->captured, .wire = payload->wire };
    if (nonce->wire < least || nonce->wire > 256)
        return ike_payload_tell(payload, IKE_DAMAGE_NONCE_LENGTH, 0, nonce->wire, nonce->wire < least ? least : 256,
                                fault);
    return nonce->captured < nonce->wire ? DECODE_CUT : DECODE_OK;
}
