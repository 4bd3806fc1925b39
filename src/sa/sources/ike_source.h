/*
 * ike_source: text that holds IKE keys, one row a format. Importers are total: any bytes, no crash, work linear in the length, no
 * allocation but keys.
 *
 * An importer reads the whole text and calls the sink in the order of the text. Lines of a log that hold no key are passed over; in a
 * table a wrong line becomes a remark with its line number. Nothing in a remark shows key material.
 */
#ifndef SA_SOURCES_IKE_SOURCE_H
#define SA_SOURCES_IKE_SOURCE_H

#include "sa/ike_keys.h"
#include "base/lines.h"

struct ike_key_sink {
    void *context;
    /* Its keys are kept in remarks->secrets. An entry may be one side of an IKE SA whose other side follows in another entry. */
    void (*key)(void *context, const struct ike_key *key);
    void (*exchange)(void *context, const struct ike_exchange_secret *exchange); /* the same of a Child SA's key exchange */
    const struct sa_sink *remarks; /* its secrets and its remark are used */
};

struct ike_key_format {
    const char *name;  /* "wireshark", "libreswan", "strongswan" */
    const char *title;
    bool (*recognise)(const char *text, size_t length);
    void (*import)(const char *text, size_t length, const struct ike_key_sink *sink);
};

extern const struct ike_key_format ike_format_wireshark, ike_format_libreswan, ike_format_strongswan;
extern const struct ike_key_format *const ike_key_formats[]; /* NULL-terminated, in the order to ask them in */

/* Shared: 16 hexadecimal digits, "0x" in front or not. */
bool ike_source_spi(struct span span, uint8_t spi[8]);
/*
 * Takes keys that are there into `key`, as far as their lengths are right. False after a remark where nothing could be opened with what is
 * left; an integrity key of a wrong length is left out with a remark, and the ICV is not checked then.
 */
bool ike_source_keys(struct ike_key *key, enum ike_side side, struct span encryption_key, struct span integrity_key,
                     const struct ike_key_sink *sink, uint32_t line);

#endif
