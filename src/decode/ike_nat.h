/* ike_nat: NAT discovery in IKEv1 (RFC 3947 3.2 and 5.2). IKEv2 has notifications for the same: ike_notify.h. */
#ifndef DECODE_IKE_NAT_H
#define DECODE_IKE_NAT_H

#include "base/addr.h"
#include "decode/ike_chain.h"

/*
 * A NAT-D payload (20, in drafts 130): *hash points to its payload->wire bytes, a hash over cookies, address and port.
 */
enum decode_status ike_nat_discovery(const struct ike_payload *payload, const uint8_t **hash, struct ike_fault *fault);

/* A NAT-OA payload (21, in drafts 131): the address that its sender has before NAT; family 0 unless DECODE_OK. */
enum decode_status ike_nat_original(const struct ike_payload *payload, struct addr *address, struct ike_fault *fault);

#endif
