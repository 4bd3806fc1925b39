/* ike_authip: the payloads that AuthIP adds to IKEv1's ([MS-AIPS] 2.2.3.1, 2.2.3.2, 2.2.3.4). */
#ifndef DECODE_IKE_AUTHIP_H
#define DECODE_IKE_AUTHIP_H

#include "decode/ike_chain.h"

struct ike_authip_crypto {
    uint32_t sequence;         /* the packet number that its sender expects next */
    const uint8_t *iv;         /* 8 bytes, NULL for none */
};

struct ike_authip_gss {
    uint32_t status;           /* 0, or why the authentication failed at the sender: a Windows code */
    uint8_t flags;             /* 1 new exchange, 2 impersonation, 4 retry */
    const uint8_t *token;
    uint32_t captured, wire;   /* of the token */
};

struct ike_authip_methods {
    uint32_t count;            /* methods that were captured whole */
    const uint8_t *list;       /* 4 bytes each */
};

/* A Crypto payload (0x85) of a message without the encryption flag. */
enum decode_status ike_authip_crypto(const struct ike_payload *payload, struct ike_authip_crypto *crypto,
                                     struct ike_fault *fault);
/* A GSS-API payload (0x81). */
enum decode_status ike_authip_gss(const struct ike_payload *payload, struct ike_authip_gss *gss,
                                  struct ike_fault *fault);
/* An Auth payload (0x87): the methods that its sender offers or accepts. */
enum decode_status ike_authip_methods(const struct ike_payload *payload, struct ike_authip_methods *methods,
                                      struct ike_fault *fault);

/* Catalogue's ike_auth_name(IKE_VERSION_AUTHIP, ...); 0 where index is not below count. */
uint16_t ike_authip_method(const struct ike_authip_methods *methods, uint32_t index);

#endif
