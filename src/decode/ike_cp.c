/* ike_cp: configuration attributes. */
#include "decode/ike_cp.h"

#define CP_HEADER 4

struct attribute_row {
    uint16_t type;
    uint8_t size1, size2; /* bytes of a value in IKEv1 and IKEv2, besides none at all; FREE for any */
    const char *name;
};

#define FREE 255
#define NOT 254 /* not in this version */

/*
 * IANA ikev2-parameters; draft-ietf-ipsec-isakmp-mode-cfg-05 3.6, draft-beaulieu-ike-xauth-02 6.2; Cisco's Unity
 * numbers as gateways send them.
 */
static const struct attribute_row rows[] = {
    { 1, 4, 4, "INTERNAL_IP4_ADDRESS" },
    { 2, 4, 4, "INTERNAL_IP4_NETMASK" },
    { 3, 4, 4, "INTERNAL_IP4_DNS" },
    { 4, 4, 4, "INTERNAL_IP4_NBNS" },
    { 5, 4, NOT, "INTERNAL_ADDRESS_EXPIRY" },
    { 6, 4, 4, "INTERNAL_IP4_DHCP" },
    { 7, FREE, FREE, "APPLICATION_VERSION" },
    { 8, 16, 17, "INTERNAL_IP6_ADDRESS" },
    { 9, 16, NOT, "INTERNAL_IP6_NETMASK" },
    { 10, 16, 16, "INTERNAL_IP6_DNS" },
    { 11, 16, NOT, "INTERNAL_IP6_NBNS" },
    { 12, 16, 16, "INTERNAL_IP6_DHCP" },
    { 13, 8, 8, "INTERNAL_IP4_SUBNET" },
    { 14, FREE, FREE, "SUPPORTED_ATTRIBUTES" },
    { 15, 17, 17, "INTERNAL_IP6_SUBNET" },
    { 16, NOT, 21, "MIP6_HOME_PREFIX" },
    { 17, NOT, FREE, "INTERNAL_IP6_LINK" },
    { 18, NOT, 17, "INTERNAL_IP6_PREFIX" },
    { 19, NOT, FREE, "HOME_AGENT_ADDRESS" },
    { 20, NOT, 4, "P_CSCF_IP4_ADDRESS" },
    { 21, NOT, 16, "P_CSCF_IP6_ADDRESS" },
    { 22, NOT, FREE, "FTT_KAT" },
    { 23, NOT, FREE, "EXTERNAL_SOURCE_IP4_NAT_INFO" },
    { 24, NOT, 4, "TIMEOUT_PERIOD_FOR_LIVENESS_CHECK" },
    { 25, NOT, FREE, "INTERNAL_DNS_DOMAIN" },
    { 26, NOT, FREE, "INTERNAL_DNSSEC_TA" },
    { 27, NOT, FREE, "ENCDNS_IP4" },
    { 28, NOT, FREE, "ENCDNS_IP6" },
    { 29, NOT, FREE, "ENCDNS_DIGEST_INFO" },
    { 16520, FREE, NOT, "XAUTH-TYPE" },
    { 16521, FREE, NOT, "XAUTH-USER-NAME" },
    { 16522, FREE, NOT, "XAUTH-USER-PASSWORD" },
    { 16523, FREE, NOT, "XAUTH-PASSCODE" },
    { 16524, FREE, NOT, "XAUTH-MESSAGE" },
    { 16525, FREE, NOT, "XAUTH-CHALLENGE" },
    { 16526, FREE, NOT, "XAUTH-DOMAIN" },
    { 16527, FREE, NOT, "XAUTH-STATUS" },
    { 16528, FREE, NOT, "XAUTH-NEXT-PIN" },
    { 16529, FREE, NOT, "XAUTH-ANSWER" },
    { 28672, FREE, FREE, "UNITY_BANNER" },
    { 28673, FREE, FREE, "UNITY_SAVE_PASSWD" },
    { 28674, FREE, FREE, "UNITY_DEF_DOMAIN" },
    { 28675, FREE, FREE, "UNITY_SPLITDNS_NAME" },
    { 28676, FREE, FREE, "UNITY_SPLIT_INCLUDE" },
    { 28677, FREE, FREE, "UNITY_NATT_PORT" },
    { 28678, FREE, FREE, "UNITY_LOCAL_LAN" },
    { 28679, FREE, FREE, "UNITY_PFS" },
    { 28680, FREE, FREE, "UNITY_FW_TYPE" },
    { 28681, FREE, FREE, "UNITY_BACKUP_SERVERS" },
    { 28682, FREE, FREE, "UNITY_DDNS_HOSTNAME" },
};

static const struct attribute_row *find_row(unsigned version, uint16_t type, uint8_t *size)
{
    for (size_t i = 0; i < sizeof rows / sizeof rows[0]; i++) {
        if (rows[i].type == type) {
            *size = version == IKE_VERSION_2 ? rows[i].size2 : rows[i].size1;
            return *size == NOT ? NULL : &rows[i];
        }
    }
    return NULL;
}

static void read_address(struct ike_cp_attribute *attribute)
{
    switch (attribute->type) {
    case 1: case 3: case 4: case 6: case 13: case 20:
        if (attribute->length == 4 || attribute->length == 8)
            attribute->address = addr_ip4(attribute->value);
        break;
    case 8: case 10: case 12: case 15: case 18: case 21:
        if (attribute->length == 16 || attribute->length == 17)
            attribute->address = addr_ip6(attribute->value);
        if (attribute->length == 17)
            attribute->bits = attribute->value[16];
        break;
    default:
        break;
    }
}

/*
 * The first attribute of those left: reads it and steps behind it. IKEv2's first bit is reserved, IKEv1's says that the
 * value is basic.
 */
static enum decode_status take(struct ike_cp *cp, struct ike_cp_attribute *attribute, struct ike_fault *fault)
{
    if (cp->wire < 4)
        return ike_payload_blame(fault, IKE_DAMAGE_CP_LENGTH, cp->at, cp->wire, 4);
    if (cp->captured < 4)
        return DECODE_CUT;
    uint16_t head = bytes_get16(cp->bytes), tail = bytes_get16(cp->bytes + 2);
    bool basic = cp->version != IKE_VERSION_2 && (head & 0x8000);
    *attribute = (struct ike_cp_attribute){
        .type = head & 0x7fff, .basic = basic, .length = basic ? 2 : tail, .at = cp->at, .value = cp->bytes + (basic ? 2
                                                                                                               : 4), };
    uint32_t length = basic ? 4 : 4 + (uint32_t)tail;
    if (length > cp->wire)
        return ike_payload_blame(fault, IKE_DAMAGE_CP_LENGTH, cp->at + 2, tail, cp->wire - 4);
    if (length > cp->captured)
        return DECODE_CUT;
    read_address(attribute);
    cp->bytes += length;
    cp->captured -= length;
    cp->wire -= length;
    cp->at += length;
    return DECODE_OK;
}

static enum decode_status check_all(struct ike_cp rest, struct ike_fault *fault)
{
    while (rest.wire > 0) {
        struct ike_cp_attribute attribute;
        enum decode_status status = take(&rest, &attribute, fault);
        if (status != DECODE_OK)
            return status;
        uint8_t size = FREE;
        const struct attribute_row *row = find_row(rest.version, attribute.type, &size);
        if (row != NULL && size != FREE && attribute.length != 0 && attribute.length != size)
            return ike_payload_blame(fault, IKE_DAMAGE_CP_ATTRIBUTE, attribute.at + 2, attribute.length, size);
    }
    return DECODE_OK;
}

enum decode_status ike_cp_open(const struct ike_payload *payload, struct ike_cp *cp, struct ike_fault *fault)
{
    *cp = (struct ike_cp){ .bytes = payload->body, .version = payload->version };
    enum decode_status status = ike_payload_room(payload, 0, CP_HEADER, IKE_DAMAGE_CP_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    *cp = (struct ike_cp){
        .type = payload->body[0], .identifier = payload->version == IKE_VERSION_2 ? 0 : bytes_get16(payload->body + 2),
        .bytes = payload->body + CP_HEADER, .at = payload->at + IKE_PAYLOAD_HEADER + CP_HEADER,
        .captured = payload->captured - CP_HEADER, .wire = payload->wire - CP_HEADER, .version = payload->version,
    };
    if (cp->type == 0 || (cp->type > IKE_CP_ACK && cp->type < 128))
        return ike_payload_tell(payload, IKE_DAMAGE_CP_TYPE, 0, cp->type, 0, fault);
    status = check_all(*cp, fault);
    return ike_payload_claim(payload, status, fault);
}

bool ike_cp_next(struct ike_cp *cp, struct ike_cp_attribute *attribute)
{
    struct ike_fault fault;
    return cp->wire > 0 && take(cp, attribute, &fault) == DECODE_OK;
}

const char *ike_cp_type_name(uint8_t type)
{
    static const char *const names[] = { NULL, "CFG_REQUEST", "CFG_REPLY", "CFG_SET", "CFG_ACK" };
    return type < sizeof names / sizeof names[0] ? names[type] : NULL;
}

const char *ike_cp_attribute_name(unsigned version, uint16_t type)
{
    uint8_t size;
    const struct attribute_row *row = find_row(version, type, &size);
    return row != NULL ? row->name : NULL;
}
