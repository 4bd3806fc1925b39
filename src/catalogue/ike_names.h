/*
 * ike_names: IANA's names for the numbers in IKE messages, and Microsoft's for AuthIP and its private notifies.
 * `version` is the major version of the IKE header, 1 or 2, or IKE_AUTHIP, whose header says 1 as well and which its
 * exchange types tell apart ([MS-AIPS] 2.2.1). Every function returns NULL where the number is unassigned, reserved, or
 * has no meaning in that version; private numbers have names only where their owner published them.
 */
#ifndef CATALOGUE_IKE_NAMES_H
#define CATALOGUE_IKE_NAMES_H

#include <stdbool.h>
#include <stdint.h>

#define IKE_AUTHIP 3u /* a `version` of this interface, not of the wire */

/* AuthIP's exchange types; nothing else uses them under version 1. */
static inline bool ike_is_authip(uint8_t exchange)
{
    return exchange >= 0xf3 && exchange <= 0xf6;
}

const char *ike_exchange_name(unsigned version, uint8_t type);  /* "IKE_SA_INIT", "Quick Mode" */
const char *ike_payload_name(unsigned version, uint8_t type);   /* "Key Exchange" */
const char *ike_notify_name(unsigned version, uint16_t type);   /* "NO_PROPOSAL_CHOSEN"; IKEv1 writes hyphens */
bool ike_notify_is_error(unsigned version, uint16_t type);      /* by number range: also true for unknown ones */
const char *ike_protocol_name(unsigned version, uint8_t id);    /* "IKE", "ESP" */
const char *ike_id_name(unsigned version, uint8_t type);        /* "ID_FQDN" */
const char *ike_auth_name(unsigned version, uint16_t method);   /* IKEv1: the attribute; AuthIP: the Auth payload */
const char *ike_cert_name(unsigned version, uint8_t encoding);
const char *ike_group_name(unsigned version, uint16_t group);   /* key exchange methods: groups and KEMs */

/* IKEv2 */
const char *ike_transform_type_name(uint8_t type);              /* "ENCR", "ADDKE1" */
const char *ike_transform_name(uint8_t type, uint16_t id);      /* "ENCR_AES_GCM_16" */
const char *ike_selector_name(uint8_t type);                    /* traffic selectors */

/* IKEv1. Phase 1 is IKE itself (RFC 2409 appendix A), phase 2 the IPsec SAs (RFC 2407 section 4.5). */
const char *ike1_attribute_name(unsigned phase, uint16_t class);
/* The name of a basic value of that class; NULL for classes whose values are plain numbers. */
const char *ike1_value_name(unsigned phase, uint16_t class, uint16_t value);
const char *ike1_transform_name(uint8_t protocol, uint8_t id);  /* RFC 2407 section 4.4; protocol as in the proposal */
const char *ike1_doi_name(uint32_t doi);

#endif
