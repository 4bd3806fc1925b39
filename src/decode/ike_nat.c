/* ike_nat: NAT discovery in IKEv1. */
#include "decode/ike_nat.h"

#include "decode/ike_auth.h"
#include "decode/ike_id.h"

enum decode_status ike_nat_discovery(const struct ike_payload *payload, const uint8_t **hash, struct ike_fault *fault)
{
    *hash = payload->body;
    if (!ike_auth_is_hash(payload->wire))
        return ike_payload_tell(payload, IKE_DAMAGE_NATD_LENGTH, 0, payload->wire, 20, fault);
    return payload->captured < payload->wire ? DECODE_CUT : DECODE_OK;
}

enum decode_status ike_nat_original(const struct ike_payload *payload, struct addr *address, struct ike_fault *fault)
{
    *address = (struct addr){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, 4, IKE_DAMAGE_NATOA, fault);
    if (status != DECODE_OK)
        return status;
    uint8_t type = payload->body[0];
    uint32_t wanted = type == IKE_ID_IP4 ? 8 : type == IKE_ID_IP6 ? 20 : 0;
    if (wanted == 0)
        return ike_payload_tell(payload, IKE_DAMAGE_NATOA, 0, type, IKE_ID_IP4, fault);
    if (payload->wire != wanted)
        return ike_payload_tell(payload, IKE_DAMAGE_NATOA, 4, payload->wire, wanted, fault);
    if (payload->captured < wanted)
        return DECODE_CUT;
    *address = type == IKE_ID_IP4 ? addr_ip4(payload->body + 4) : addr_ip6(payload->body + 4);
    return DECODE_OK;
}
