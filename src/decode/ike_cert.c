/* ike_cert: certificates and requests for them, not what is in them. */
#include "decode/ike_cert.h"

#include "decode/ike_id.h"

static bool encoding_assigned(unsigned version, uint8_t encoding)
{
    if (version != IKE_VERSION_2)
        return encoding <= 10; /* 0: none (RFC 2408 3.9) */
    return (encoding >= 1 && encoding <= 15 && encoding != 5) || encoding >= 201;
}

static enum decode_status decode_head(const struct ike_payload *payload, struct ike_cert *cert, struct ike_fault *fault)
{
    *cert = (struct ike_cert){ 0 };
    enum decode_status status = ike_payload_room(payload, 0, 1, IKE_DAMAGE_CERT_LENGTH, fault);
    if (status != DECODE_OK)
        return status;
    cert->encoding = payload->body[0];
    cert->data = payload->body + 1;
    cert->captured = payload->captured - 1;
    cert->wire = payload->wire - 1;
    if (!encoding_assigned(payload->version, cert->encoding))
        return ike_payload_tell(payload, IKE_DAMAGE_CERT_ENCODING, 0, cert->encoding, 0, fault);
    return DECODE_OK;
}

enum decode_status ike_cert_decode(const struct ike_payload *payload, struct ike_cert *cert, struct ike_fault *fault)
{
    enum decode_status status = decode_head(payload, cert, fault);
    if (status != DECODE_OK)
        return status;
    bool url = payload->version == IKE_VERSION_2 &&
               (cert->encoding == IKE_CERT_HASH_URL || cert->encoding == IKE_CERT_HASH_URL_BUNDLE);
    uint32_t least = url ? IKE_CERT_HASH + 1 : 1;
    if (cert->wire < least)
        return ike_payload_tell(payload, IKE_DAMAGE_CERT_LENGTH, 1, cert->wire, least, fault);
    if (cert->encoding == IKE_CERT_X509 && !ike_id_is_der(cert->data, cert->captured, cert->wire))
        return ike_payload_tell(payload, IKE_DAMAGE_CERT_DER, 1, cert->wire, 0, fault);
    if (cert->captured < cert->wire)
        return DECODE_CUT;
    if (url) {
        cert->url = cert->data + IKE_CERT_HASH;
        cert->url_length = cert->wire - IKE_CERT_HASH;
    }
    return DECODE_OK;
}

enum decode_status ike_cert_request(const struct ike_payload *payload, struct ike_cert *request,
                                    struct ike_fault *fault)
{
    enum decode_status status = decode_head(payload, request, fault);
    if (status != DECODE_OK)
        return status;
    /* RFC 7296 3.7: of the encodings that name authorities by their hash; the list may be empty. */
    bool hashes = payload->version == IKE_VERSION_2 && (request->encoding == IKE_CERT_X509 ||
                  request->encoding == IKE_CERT_HASH_URL || request->encoding == IKE_CERT_HASH_URL_BUNDLE);
    if (hashes && request->wire % IKE_CERT_HASH != 0)
        return ike_payload_tell(payload, IKE_DAMAGE_CERTREQ_HASHES, 1, request->wire,
                                request->wire - request->wire % IKE_CERT_HASH, fault);
    if (hashes)
        request->hashes = request->captured / IKE_CERT_HASH;
    return request->captured < request->wire ? DECODE_CUT : DECODE_OK;
}
