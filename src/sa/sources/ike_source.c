/* ike_source: the formats of IKE keys, and what their importers share. */
#include "sa/sources/ike_source.h"

#include "sa/sources/entry.h"

/* The two logs first: what they look for is in no table. */
const struct ike_key_format *const ike_key_formats[] = { &ike_format_libreswan, &ike_format_strongswan, &ike_format_wireshark, NULL };

static const char *const side_names[] = { [IKE_INITIATOR] = "initiator's", [IKE_RESPONDER] = "responder's" };

bool ike_source_spi(struct span span, uint8_t spi[8])
{
    size_t length;
    return span_hex(span, spi, 8, &length) == HEX_OK && length == 8;
}

static bool integrity_key(struct ike_key *key, enum ike_side side, struct span digits, const struct ike_key_sink *sink, uint32_t line)
{
    const struct integrity *integrity = key->params.integrity;
    struct secret *secret = &key->params.integrity_key[side];
    if (integrity == NULL || integrity->kind == INTEGRITY_NONE)
        return true;
    if (!entry_key_hex(secret, digits, "integrity", sink->remarks, line))
        return true;
    if (secret->length == integrity->key)
        return true;
    entry_remark(sink->remarks, REMARK_WARNING, line, secret->length == 0 ? "key-missing" : "key-length",
                 "The %s integrity key has %u bytes and %s takes %u: what is opened with the other keys is not proven authentic.",
                 side_names[side], (unsigned)secret->length, integrity->name, (unsigned)integrity->key);
    *secret = (struct secret){ 0 };
    return true;
}

bool ike_source_keys(struct ike_key *key, enum ike_side side, struct span encryption_key, struct span integrity_digits,
                     const struct ike_key_sink *sink, uint32_t line)
{
    const struct encryption *encryption = key->params.encryption;
    struct secret *secret = &key->params.encryption_key[side];
    if (!entry_key_hex(secret, encryption_key, "encryption", sink->remarks, line))
        return false;
    if (encryption->kind != CIPHER_NULL && secret->length == 0) {
        entry_remark(sink->remarks, REMARK_WARNING, line, "key-missing", "The %s encryption key is missing: its messages stay closed.",
                     side_names[side]);
        return false;
    }
    if (!suite_encryption_takes(encryption, secret->length)) {
        bool saltless = encryption->salt > 0 && suite_encryption_takes(encryption, secret->length + (size_t)encryption->salt);
        entry_remark(sink->remarks, REMARK_ERROR, line, saltless ? "salt-missing" : "key-length",
                     saltless ? "The %s key of %u bytes lacks the salt that %s needs: its messages stay closed." :
                                "The %s key of %u bytes is none of the lengths that %s takes: its messages stay closed.",
                     side_names[side], (unsigned)secret->length, encryption->name);
        *secret = (struct secret){ 0 };
        return false;
    }
    return integrity_key(key, side, integrity_digits, sink, line);
}
