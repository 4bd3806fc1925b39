/* ike1_names: the halves of ike_names that speak IKEv1 and AuthIP; ike_names.c chooses by version. */
#ifndef CATALOGUE_IKE1_NAMES_H
#define CATALOGUE_IKE1_NAMES_H

#include <stdbool.h>
#include <stdint.h>

const char *ike1_exchange_name(uint8_t type);
const char *ike1_payload_name(uint8_t type);
const char *ike1_notify_name(uint16_t type);
const char *ike1_protocol_name(uint8_t id);
const char *ike1_id_name(uint8_t type);
const char *ike1_auth_name(uint16_t method);

const char *authip_exchange_name(uint8_t type);
const char *authip_payload_name(uint8_t type);
const char *authip_notify_name(uint16_t type);
const char *authip_auth_name(uint16_t method);

#endif
