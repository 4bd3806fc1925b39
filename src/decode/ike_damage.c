/* ike_damage: names, texts and Windows codes of what can be wrong with an IKE message. */
#include "decode/ike_damage.h"

#include <stddef.h>

/* Windows codes by their names; the facts behind each choice are in the catalogue's rows. */
#define HEADER 13824u
#define CHAIN 13843u
#define PROPOSAL 13831u
#define TRANSFORM 13832u
#define BY_TYPE 0u /* the code of the payload type that the damage is in */

struct damage_row {
    const char *name, *text;
    uint32_t windows;
};

static const struct damage_row rows[IKE_DAMAGE_COUNT] = {
    [IKE_DAMAGE_NONE] = { "none", "nothing is wrong with it", 0 },
    [IKE_DAMAGE_HEADER_SHORT] = { "header-short", "the message is shorter than the 28 bytes of its header", HEADER },
    [IKE_DAMAGE_HEADER_VERSION] = { "header-version", "the major version is neither 1 nor 2", 13880 },
    [IKE_DAMAGE_HEADER_SPI] = { "header-spi", "the initiator's SPI is zero", HEADER },
    [IKE_DAMAGE_HEADER_EXCHANGE] = { "header-exchange", "the exchange type is not one of this version", HEADER },
    [IKE_DAMAGE_HEADER_LENGTH] = { "header-length", "the length in the header differs from the datagram's", HEADER },
    [IKE_DAMAGE_PAYLOAD_SHORT] = { "payload-short",
        "a payload's length is below the 4 bytes of its own header", CHAIN },
    [IKE_DAMAGE_PAYLOAD_BEYOND] = { "payload-beyond", "a payload's length reaches beyond the message", CHAIN },
    [IKE_DAMAGE_PAYLOAD_TYPE] = { "payload-type", "a payload's type is not one of this version", CHAIN },
    [IKE_DAMAGE_CRITICAL] = { "critical", "a payload of an unknown type is marked critical", 13823 },
    [IKE_DAMAGE_CHAIN_UNENDED] = { "chain-unended", "another payload is announced where the message has ended", CHAIN },
    [IKE_DAMAGE_CHAIN_TRAILING] = { "chain-trailing", "bytes follow the last payload", CHAIN },
    [IKE_DAMAGE_CHAIN_LIMIT] = { "chain-limit", "there are more payloads than are looked at", CHAIN },
    [IKE_DAMAGE_SEALED_LENGTH] = { "sealed-length", "no cipher makes an encrypted part of this length", CHAIN },
    [IKE_DAMAGE_FRAGMENT_LENGTH] = { "fragment-length", "a fragment is too short for its numbers", CHAIN },
    [IKE_DAMAGE_FRAGMENT_NUMBER] = { "fragment-number", "a fragment's number is 0 or above the total", CHAIN },
    [IKE_DAMAGE_SA_LENGTH] = { "sa-length", "the SA payload has no room for its fixed part and one proposal", BY_TYPE },
    [IKE_DAMAGE_SA_DOI] = { "sa-doi", "the domain of interpretation is not IPsec", 13862 },
    [IKE_DAMAGE_SA_SITUATION] = { "sa-situation", "the situation is not identity only", 13863 },
    [IKE_DAMAGE_PROPOSAL_LENGTH] = { "proposal-length",
        "a proposal is too short or reaches beyond its payload", PROPOSAL },
    [IKE_DAMAGE_PROPOSAL_LAST] = { "proposal-last", "a proposal's more-follows byte belies what follows", PROPOSAL },
    [IKE_DAMAGE_PROPOSAL_NUMBER] = { "proposal-number", "the proposals are not numbered in order", PROPOSAL },
    [IKE_DAMAGE_PROPOSAL_PROTOCOL] = { "proposal-protocol", "a proposal is for no protocol", PROPOSAL },
    [IKE_DAMAGE_PROPOSAL_SPI_SIZE] = { "proposal-spi-size", "a proposal's SPI size is not its protocol's", PROPOSAL },
    [IKE_DAMAGE_TRANSFORM_COUNT] = { "transform-count",
        "a proposal holds another number of transforms than it says", PROPOSAL },
    [IKE_DAMAGE_TRANSFORM_LENGTH] = { "transform-length",
        "a transform is too short or reaches beyond its proposal", TRANSFORM },
    [IKE_DAMAGE_TRANSFORM_LAST] = { "transform-last",
        "a transform's more-follows byte belies what follows", TRANSFORM },
    [IKE_DAMAGE_ATTRIBUTE_LENGTH] = { "attribute-length", "an attribute reaches beyond its transform", TRANSFORM },
    [IKE_DAMAGE_ATTRIBUTE_FORMAT] = { "attribute-format",
        "an attribute of fixed length comes with a length", TRANSFORM },
    [IKE_DAMAGE_KE_LENGTH] = { "ke-length", "the key exchange payload holds no key exchange data", BY_TYPE },
    [IKE_DAMAGE_KE_GROUP] = { "ke-group",
        "the key exchange data are not as long as the group's public values", BY_TYPE },
    [IKE_DAMAGE_NONCE_LENGTH] = { "nonce-length", "the nonce is shorter or longer than is allowed", BY_TYPE },
    [IKE_DAMAGE_ID_LENGTH] = { "id-length", "the identification is not as long as its type wants", BY_TYPE },
    [IKE_DAMAGE_ID_TYPE] = { "id-type", "the type of the identification is not one of this version", BY_TYPE },
    [IKE_DAMAGE_ID_TEXT] = { "id-text", "the name in the identification holds control characters", BY_TYPE },
    [IKE_DAMAGE_ID_RANGE] = { "id-range", "the address range of the identification ends before it begins", BY_TYPE },
    [IKE_DAMAGE_ID_DER] = { "id-der", "the name in the identification is not DER of its length", BY_TYPE },
    [IKE_DAMAGE_CERT_LENGTH] = { "cert-length", "the certificate payload is too short for its encoding", BY_TYPE },
    [IKE_DAMAGE_CERT_ENCODING] = { "cert-encoding", "the certificate encoding is not one of this version", BY_TYPE },
    [IKE_DAMAGE_CERT_DER] = { "cert-der", "the certificate is not DER of its length", BY_TYPE },
    [IKE_DAMAGE_CERTREQ_HASHES] = { "certreq-hashes",
        "the list of authorities is not made of 20-byte hashes", BY_TYPE },
    [IKE_DAMAGE_AUTH_LENGTH] = { "auth-length", "the authentication data are not as long as the method's", BY_TYPE },
    [IKE_DAMAGE_AUTH_METHOD] = { "auth-method", "the authentication method is not an assigned one", BY_TYPE },
    [IKE_DAMAGE_AUTH_ALGORITHM] = { "auth-algorithm", "the signature's algorithm identifier does not fit", BY_TYPE },
    [IKE_DAMAGE_HASH_LENGTH] = { "hash-length", "the hash is not as long as any PRF's output", BY_TYPE },
    [IKE_DAMAGE_SIG_LENGTH] = { "sig-length", "the signature is empty", BY_TYPE },
    [IKE_DAMAGE_NOTIFY_LENGTH] = { "notify-length",
        "the notification is too short for its fixed part and SPI", BY_TYPE },
    [IKE_DAMAGE_NOTIFY_SPI_SIZE] = { "notify-spi-size", "the notification's SPI size is not its protocol's", BY_TYPE },
    [IKE_DAMAGE_NOTIFY_DATA] = { "notify-data", "the notification's data are not as long as its type wants", BY_TYPE },
    [IKE_DAMAGE_DELETE_LENGTH] = { "delete-length", "the delete payload is too short for its fixed part", BY_TYPE },
    [IKE_DAMAGE_DELETE_SPI_SIZE] = { "delete-spi-size",
        "the delete payload's SPI size is not its protocol's", BY_TYPE },
    [IKE_DAMAGE_DELETE_COUNT] = { "delete-count",
        "the delete payload holds another number of SPIs than it says", BY_TYPE },
    [IKE_DAMAGE_VENDOR_EMPTY] = { "vendor-empty", "the vendor ID is empty", BY_TYPE },
    [IKE_DAMAGE_TS_LENGTH] = { "ts-length", "a traffic selector is not as long as its type wants", BY_TYPE },
    [IKE_DAMAGE_TS_COUNT] = { "ts-count",
        "the payload holds another number of traffic selectors than it says, or none", BY_TYPE },
    [IKE_DAMAGE_TS_TYPE] = { "ts-type", "a traffic selector's type is not an assigned one", BY_TYPE },
    [IKE_DAMAGE_TS_RANGE] = { "ts-range", "a traffic selector's range ends before it begins", BY_TYPE },
    [IKE_DAMAGE_CP_LENGTH] = { "cp-length", "a configuration attribute reaches beyond its payload", BY_TYPE },
    [IKE_DAMAGE_CP_TYPE] = { "cp-type", "the configuration payload's type is not an assigned one", BY_TYPE },
    [IKE_DAMAGE_CP_ATTRIBUTE] = { "cp-attribute",
        "a configuration attribute is not as long as its type wants", BY_TYPE },
    [IKE_DAMAGE_EAP_LENGTH] = { "eap-length", "the EAP message's own length is not the payload's", BY_TYPE },
    [IKE_DAMAGE_EAP_CODE] = { "eap-code", "the EAP code is not an assigned one", BY_TYPE },
    [IKE_DAMAGE_NATD_LENGTH] = { "natd-length", "the NAT discovery hash is not as long as any hash", BY_TYPE },
    [IKE_DAMAGE_NATOA] = { "natoa", "the original address is not one address of its type", BY_TYPE },
    [IKE_DAMAGE_CRYPTO_LENGTH] = { "crypto-length", "the Crypto payload has no sequence number", BY_TYPE },
    [IKE_DAMAGE_GSS_LENGTH] = { "gss-length", "the GSS-API payload has no status and flags", BY_TYPE },
    [IKE_DAMAGE_METHODS_LENGTH] = { "methods-length", "the Auth payload is no list of methods", 13889 },
};

/* IKEv1's and IKEv2's payload types do not overlap (RFC 7296 3.2), so that the type alone names the code. */
static uint32_t by_type(uint8_t type)
{
    switch (type) {
    case 1: case 33: return 13830;           /* SA */
    case 4: case 34: return 13833;           /* KE */
    case 5: case 35: case 36: return 13834;  /* ID */
    case 6: case 37: return 13835;           /* CERT */
    case 7: case 38: return 13836;           /* CERTREQ */
    case 8: return 13837;                    /* HASH */
    case 9: return 13838;                    /* SIG */
    case 10: case 40: return 13839;          /* NONCE */
    case 11: case 41: return 13840;          /* N */
    case 12: case 42: return 13841;          /* D */
    case 13: case 43: return 13842;          /* VID */
    case 21: case 131: return 13893;         /* NAT-OA */
    default: return CHAIN;
    }
}

const char *ike_damage_name(enum ike_damage damage)
{
    return (unsigned)damage < IKE_DAMAGE_COUNT ? rows[damage].name : "unknown";
}

const char *ike_damage_text(enum ike_damage damage)
{
    return (unsigned)damage < IKE_DAMAGE_COUNT ? rows[damage].text : "of an unknown kind";
}

uint32_t ike_damage_windows(const struct ike_fault *fault)
{
    if (fault->damage == IKE_DAMAGE_NONE || fault->damage >= IKE_DAMAGE_COUNT)
        return 0;
    uint32_t windows = rows[fault->damage].windows;
    return windows != BY_TYPE ? windows : by_type(fault->payload);
}
