/* ike_names: IKEv2 (RFC 7296 and IANA's ikev2-parameters registry), and the choice between the versions. */
#include "catalogue/ike_names.h"
#include "catalogue/ike1_names.h"
#include "catalogue/names.h"

static const struct names_row exchanges[] = {
    { 34, "IKE_SA_INIT" },
    { 35, "IKE_AUTH" },
    { 36, "CREATE_CHILD_SA" },
    { 37, "INFORMATIONAL" },
    { 38, "IKE_SESSION_RESUME" }, /* RFC 5723 */
    { 39, "GSA_AUTH" },           /* 39 to 42: group keys */
    { 40, "GSA_REGISTRATION" },
    { 41, "GSA_REKEY" },
    { 42, "GSA_INBAND_REKEY" },
    { 43, "IKE_INTERMEDIATE" },   /* RFC 9242 */
    { 44, "IKE_FOLLOWUP_KE" },    /* RFC 9370 */
};

static const struct names_row payloads[] = {
    { 33, "Security Association" },
    { 34, "Key Exchange" },
    { 35, "Identification - Initiator" },
    { 36, "Identification - Responder" },
    { 37, "Certificate" },
    { 38, "Certificate Request" },
    { 39, "Authentication" },
    { 40, "Nonce" },
    { 41, "Notify" },
    { 42, "Delete" },
    { 43, "Vendor ID" },
    { 44, "Traffic Selector - Initiator" },
    { 45, "Traffic Selector - Responder" },
    { 46, "Encrypted and Authenticated" },
    { 47, "Configuration" },
    { 48, "Extensible Authentication" },
    { 49, "Generic Secure Password Method" },
    { 50, "Group Identification" },
    { 51, "Group Security Association" },
    { 52, "Key Download" },
    { 53, "Encrypted and Authenticated Fragment" },
    { 54, "Puzzle Solution" }, /* RFC 8019 */
};

static const struct names_row notifies[] = {
    { 1, "UNSUPPORTED_CRITICAL_PAYLOAD" },
    { 4, "INVALID_IKE_SPI" },
    { 5, "INVALID_MAJOR_VERSION" },
    { 7, "INVALID_SYNTAX" },
    { 9, "INVALID_MESSAGE_ID" },
    { 11, "INVALID_SPI" },
    { 14, "NO_PROPOSAL_CHOSEN" },
    { 17, "INVALID_KE_PAYLOAD" },
    { 24, "AUTHENTICATION_FAILED" },
    { 34, "SINGLE_PAIR_REQUIRED" },
    { 35, "NO_ADDITIONAL_SAS" },
    { 36, "INTERNAL_ADDRESS_FAILURE" },
    { 37, "FAILED_CP_REQUIRED" },
    { 38, "TS_UNACCEPTABLE" },
    { 39, "INVALID_SELECTORS" },
    { 40, "UNACCEPTABLE_ADDRESSES" },   /* RFC 4555 */
    { 41, "UNEXPECTED_NAT_DETECTED" },
    { 42, "USE_ASSIGNED_HoA" },         /* RFC 5026 */
    { 43, "TEMPORARY_FAILURE" },
    { 44, "CHILD_SA_NOT_FOUND" },
    { 45, "INVALID_GROUP_ID" },         /* group keys */
    { 46, "AUTHORIZATION_FAILED" },
    { 47, "STATE_NOT_FOUND" },          /* RFC 9370 */
    { 48, "TS_MAX_QUEUE" },             /* RFC 9611 */
    { 49, "REGISTRATION_FAILED" },
    { 12345, "NOTIFY_STATUS" },         /* Microsoft, [MS-IKEE] 2.2.7; strongSwan prints MS_STATUS */
    { 16384, "INITIAL_CONTACT" },
    { 16385, "SET_WINDOW_SIZE" },
    { 16386, "ADDITIONAL_TS_POSSIBLE" },
    { 16387, "IPCOMP_SUPPORTED" },
    { 16388, "NAT_DETECTION_SOURCE_IP" },
    { 16389, "NAT_DETECTION_DESTINATION_IP" },
    { 16390, "COOKIE" },
    { 16391, "USE_TRANSPORT_MODE" },
    { 16392, "HTTP_CERT_LOOKUP_SUPPORTED" },
    { 16393, "REKEY_SA" },
    { 16394, "ESP_TFC_PADDING_NOT_SUPPORTED" },
    { 16395, "NON_FIRST_FRAGMENTS_ALSO" },
    { 16396, "MOBIKE_SUPPORTED" },      /* RFC 4555 */
    { 16397, "ADDITIONAL_IP4_ADDRESS" },
    { 16398, "ADDITIONAL_IP6_ADDRESS" },
    { 16399, "NO_ADDITIONAL_ADDRESSES" },
    { 16400, "UPDATE_SA_ADDRESSES" },
    { 16401, "COOKIE2" },
    { 16402, "NO_NATS_ALLOWED" },
    { 16403, "AUTH_LIFETIME" },         /* RFC 4478 */
    { 16404, "MULTIPLE_AUTH_SUPPORTED" },
    { 16405, "ANOTHER_AUTH_FOLLOWS" },
    { 16406, "REDIRECT_SUPPORTED" },    /* RFC 5685 */
    { 16407, "REDIRECT" },
    { 16408, "REDIRECTED_FROM" },
    { 16409, "TICKET_LT_OPAQUE" },      /* RFC 5723 */
    { 16410, "TICKET_REQUEST" },
    { 16411, "TICKET_ACK" },
    { 16412, "TICKET_NACK" },
    { 16413, "TICKET_OPAQUE" },
    { 16414, "LINK_ID" },
    { 16415, "USE_WESP_MODE" },         /* RFC 5840 */
    { 16416, "ROHC_SUPPORTED" },
    { 16417, "EAP_ONLY_AUTHENTICATION" },
    { 16418, "CHILDLESS_IKEV2_SUPPORTED" },
    { 16419, "QUICK_CRASH_DETECTION" }, /* RFC 6290 */
    { 16420, "IKEV2_MESSAGE_ID_SYNC_SUPPORTED" },
    { 16421, "IPSEC_REPLAY_COUNTER_SYNC_SUPPORTED" },
    { 16422, "IKEV2_MESSAGE_ID_SYNC" },
    { 16423, "IPSEC_REPLAY_COUNTER_SYNC" },
    { 16424, "SECURE_PASSWORD_METHODS" },
    { 16425, "PSK_PERSIST" },
    { 16426, "PSK_CONFIRM" },
    { 16427, "ERX_SUPPORTED" },
    { 16428, "IFOM_CAPABILITY" },
    { 16429, "GROUP_SENDER" },
    { 16430, "IKEV2_FRAGMENTATION_SUPPORTED" }, /* RFC 7383 */
    { 16431, "SIGNATURE_HASH_ALGORITHMS" },
    { 16432, "CLONE_IKE_SA_SUPPORTED" },
    { 16433, "CLONE_IKE_SA" },
    { 16434, "PUZZLE" },
    { 16435, "USE_PPK" },               /* RFC 8784 */
    { 16436, "PPK_IDENTITY" },
    { 16437, "NO_PPK_AUTH" },
    { 16438, "INTERMEDIATE_EXCHANGE_SUPPORTED" },
    { 16439, "IP4_ALLOWED" },
    { 16440, "IP6_ALLOWED" },
    { 16441, "ADDITIONAL_KEY_EXCHANGE" }, /* RFC 9370 */
    { 16442, "USE_AGGFRAG" },           /* RFC 9347 */
    { 16443, "SUPPORTED_AUTH_METHODS" },
    { 16444, "SA_RESOURCE_INFO" },      /* RFC 9611 */
    { 16445, "USE_PPK_INT" },
    { 16446, "PPK_IDENTITY_KEY" },
};

static const struct names_row protocols[] = {
    { 1, "IKE" }, { 2, "AH" }, { 3, "ESP" }, { 4, "FC_ESP_HEADER" }, { 5, "FC_CT_AUTHENTICATION" }, { 6, "GIKE_UPDATE" },
};

static const struct names_row ids[] = {
    { 1, "ID_IPV4_ADDR" },   { 2, "ID_FQDN" },         { 3, "ID_RFC822_ADDR" },  { 5, "ID_IPV6_ADDR" },
    { 9, "ID_DER_ASN1_DN" }, { 10, "ID_DER_ASN1_GN" }, { 11, "ID_KEY_ID" },      { 12, "ID_FC_NAME" },
    { 13, "ID_NULL" },
};

static const struct names_row auths[] = {
    { 1, "RSA digital signature" },
    { 2, "shared key" },
    { 3, "DSS digital signature" },
    { 9, "ECDSA with SHA-256 on P-256" },
    { 10, "ECDSA with SHA-384 on P-384" },
    { 11, "ECDSA with SHA-512 on P-521" },
    { 12, "generic secure password" },
    { 13, "NULL authentication" },
    { 14, "digital signature" }, /* RFC 7427 */
};

static const struct names_row certs[] = {
    { 1, "PKCS #7 wrapped X.509 certificate" },
    { 2, "PGP certificate" },
    { 3, "DNS signed key" },
    { 4, "X.509 certificate - signature" },
    { 5, "X.509 certificate - key exchange" }, /* IKEv1 only */
    { 6, "Kerberos tokens" },
    { 7, "certificate revocation list" },
    { 8, "authority revocation list" },
    { 9, "SPKI certificate" },
    { 10, "X.509 certificate - attribute" },
    { 11, "raw RSA key" },                     /* from here IKEv2 only */
    { 12, "hash and URL of X.509 certificate" },
    { 13, "hash and URL of X.509 bundle" },
    { 14, "OCSP content" },
    { 15, "raw public key" },
};

static const struct names_row groups[] = {
    { 1, "768-bit MODP" },
    { 2, "1024-bit MODP" },
    { 3, "155-bit EC2N" }, /* 3, 4 and 6 to 13: IKEv1 only */
    { 4, "185-bit EC2N" },
    { 5, "1536-bit MODP" },
    { 6, "163-bit EC2N" },
    { 7, "163-bit EC2N (second)" },
    { 8, "283-bit EC2N" },
    { 9, "283-bit EC2N (second)" },
    { 10, "409-bit EC2N" },
    { 11, "409-bit EC2N (second)" },
    { 12, "571-bit EC2N" },
    { 13, "571-bit EC2N (second)" },
    { 14, "2048-bit MODP" },
    { 15, "3072-bit MODP" },
    { 16, "4096-bit MODP" },
    { 17, "6144-bit MODP" },
    { 18, "8192-bit MODP" },
    { 19, "256-bit random ECP" },
    { 20, "384-bit random ECP" },
    { 21, "521-bit random ECP" },
    { 22, "1024-bit MODP with 160-bit subgroup" },
    { 23, "2048-bit MODP with 224-bit subgroup" },
    { 24, "2048-bit MODP with 256-bit subgroup" },
    { 25, "192-bit random ECP" },
    { 26, "224-bit random ECP" },
    { 27, "brainpoolP224r1" },
    { 28, "brainpoolP256r1" },
    { 29, "brainpoolP384r1" },
    { 30, "brainpoolP512r1" },
    { 31, "Curve25519" },
    { 32, "Curve448" },
    { 33, "GOST3410_2012_256" },
    { 34, "GOST3410_2012_512" },
    { 35, "ML-KEM-512" },
    { 36, "ML-KEM-768" },
    { 37, "ML-KEM-1024" },
};

static const struct names_row transform_types[] = {
    { 1, "ENCR" },    { 2, "PRF" },     { 3, "INTEG" },   { 4, "KE" },      { 5, "ESN" },
    { 6, "ADDKE1" },  { 7, "ADDKE2" },  { 8, "ADDKE3" },  { 9, "ADDKE4" },  { 10, "ADDKE5" },
    { 11, "ADDKE6" }, { 12, "ADDKE7" }, { 13, "KWA" },    { 14, "GCAUTH" },
};

static const struct names_row ciphers[] = {
    { 1, "ENCR_DES_IV64" },
    { 2, "ENCR_DES" },
    { 3, "ENCR_3DES" },
    { 4, "ENCR_RC5" },
    { 5, "ENCR_IDEA" },
    { 6, "ENCR_CAST" },
    { 7, "ENCR_BLOWFISH" },
    { 8, "ENCR_3IDEA" },
    { 9, "ENCR_DES_IV32" },
    { 11, "ENCR_NULL" },
    { 12, "ENCR_AES_CBC" },
    { 13, "ENCR_AES_CTR" },
    { 14, "ENCR_AES_CCM_8" },
    { 15, "ENCR_AES_CCM_12" },
    { 16, "ENCR_AES_CCM_16" },
    { 18, "ENCR_AES_GCM_8" },
    { 19, "ENCR_AES_GCM_12" },
    { 20, "ENCR_AES_GCM_16" },
    { 21, "ENCR_NULL_AUTH_AES_GMAC" },
    { 23, "ENCR_CAMELLIA_CBC" },
    { 24, "ENCR_CAMELLIA_CTR" },
    { 25, "ENCR_CAMELLIA_CCM_8" },
    { 26, "ENCR_CAMELLIA_CCM_12" },
    { 27, "ENCR_CAMELLIA_CCM_16" },
    { 28, "ENCR_CHACHA20_POLY1305" },
    { 29, "ENCR_AES_CCM_8_IIV" },
    { 30, "ENCR_AES_GCM_16_IIV" },
    { 31, "ENCR_CHACHA20_POLY1305_IIV" },
    { 32, "ENCR_KUZNYECHIK_MGM_KTREE" },
    { 33, "ENCR_MAGMA_MGM_KTREE" },
    { 34, "ENCR_KUZNYECHIK_MGM_MAC_KTREE" },
    { 35, "ENCR_MAGMA_MGM_MAC_KTREE" },
};

static const struct names_row prfs[] = {
    { 1, "PRF_HMAC_MD5" },
    { 2, "PRF_HMAC_SHA1" },
    { 3, "PRF_HMAC_TIGER" },
    { 4, "PRF_AES128_XCBC" },
    { 5, "PRF_HMAC_SHA2_256" },
    { 6, "PRF_HMAC_SHA2_384" },
    { 7, "PRF_HMAC_SHA2_512" },
    { 8, "PRF_AES128_CMAC" },
    { 9, "PRF_HMAC_STREEBOG_512" },
};

static const struct names_row integrities[] = {
    { 0, "NONE" },
    { 1, "AUTH_HMAC_MD5_96" },
    { 2, "AUTH_HMAC_SHA1_96" },
    { 3, "AUTH_DES_MAC" },
    { 4, "AUTH_KPDK_MD5" },
    { 5, "AUTH_AES_XCBC_96" },
    { 6, "AUTH_HMAC_MD5_128" },
    { 7, "AUTH_HMAC_SHA1_160" },
    { 8, "AUTH_AES_CMAC_96" },
    { 9, "AUTH_AES_128_GMAC" },
    { 10, "AUTH_AES_192_GMAC" },
    { 11, "AUTH_AES_256_GMAC" },
    { 12, "AUTH_HMAC_SHA2_256_128" },
    { 13, "AUTH_HMAC_SHA2_384_192" },
    { 14, "AUTH_HMAC_SHA2_512_256" },
};

static const struct names_row sequences[] = { /* RFC 9827 renamed the type and added 2 */
    { 0, "No Extended Sequence Numbers" },
    { 1, "Extended Sequence Numbers" },
    { 2, "32-bit Unspecified Numbers" },
};

static const struct names_row selectors[] = {
    { 7, "TS_IPV4_ADDR_RANGE" }, { 8, "TS_IPV6_ADDR_RANGE" }, { 9, "TS_FC_ADDR_RANGE" }, { 10, "TS_SECLABEL" },
};

const char *ike_exchange_name(unsigned version, uint8_t type)
{
    switch (version) {
    case 1: return ike1_exchange_name(type);
    case 2: return NAMES_FIND(exchanges, type);
    case IKE_AUTHIP: return authip_exchange_name(type);
    default: return NULL;
    }
}

const char *ike_payload_name(unsigned version, uint8_t type)
{
    switch (version) {
    case 1: return ike1_payload_name(type);
    case 2: return NAMES_FIND(payloads, type);
    case IKE_AUTHIP: return authip_payload_name(type);
    default: return NULL;
    }
}

const char *ike_notify_name(unsigned version, uint16_t type)
{
    switch (version) {
    case 1: return ike1_notify_name(type);
    case 2: return NAMES_FIND(notifies, type);
    case IKE_AUTHIP: return authip_notify_name(type);
    default: return NULL;
    }
}

bool ike_notify_is_error(unsigned version, uint16_t type)
{
    /* A status notify of Microsoft's is a failure although its number lies among the harmless ones. */
    if (version == IKE_AUTHIP)
        return type == 0x9c54;
    return (version == 1 || version == 2) && ((type > 0 && type < 16384) || (version == 1 && type == 40003));
}

const char *ike_protocol_name(unsigned version, uint8_t id)
{
    return version == 1 || version == IKE_AUTHIP ? ike1_protocol_name(id)
           : version == 2                        ? NAMES_FIND(protocols, id)
                                                 : NULL;
}

const char *ike_id_name(unsigned version, uint8_t type)
{
    return version == 1 || version == IKE_AUTHIP ? ike1_id_name(type) : version == 2 ? NAMES_FIND(ids, type) : NULL;
}

const char *ike_auth_name(unsigned version, uint16_t method)
{
    switch (version) {
    case 1: return ike1_auth_name(method);
    case 2: return NAMES_FIND(auths, method);
    case IKE_AUTHIP: return authip_auth_name(method);
    default: return NULL;
    }
}

const char *ike_cert_name(unsigned version, uint8_t encoding)
{
    bool assigned = (version == 1 && encoding <= 10) || (version == 2 && encoding != 5);
    return assigned ? NAMES_FIND(certs, encoding) : NULL;
}

const char *ike_group_name(unsigned version, uint16_t group)
{
    bool only_v1 = group == 3 || group == 4 || (group >= 6 && group <= 13);
    bool only_v2 = group >= 33;
    bool assigned = version == 2 ? !only_v1 : (version == 1 || version == IKE_AUTHIP) && !only_v2;
    return assigned ? NAMES_FIND(groups, group) : NULL;
}

const char *ike_transform_type_name(uint8_t type)
{
    return NAMES_FIND(transform_types, type);
}

const char *ike_transform_name(uint8_t type, uint16_t id)
{
    switch (type) {
    case 1: return NAMES_FIND(ciphers, id);
    case 2: return NAMES_FIND(prfs, id);
    case 3: return NAMES_FIND(integrities, id);
    case 4: return id == 0 ? "NONE" : ike_group_name(2, id);
    case 5: return NAMES_FIND(sequences, id);
    default: return type >= 6 && type <= 12 ? (id == 0 ? "NONE" : ike_group_name(2, id)) : NULL;
    }
}

const char *ike_selector_name(uint8_t type)
{
    return NAMES_FIND(selectors, type);
}
