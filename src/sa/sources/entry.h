/* entry: what the importers share: remarks, algorithm names, keys, and the handing over of a finished entry. */
#ifndef SA_SOURCES_ENTRY_H
#define SA_SOURCES_ENTRY_H

#include "base/lines.h"
#include "sa/sources/source.h"

/* One sentence, printf-like; strangers' bytes only through entry_quote. */
void entry_remark(const struct sa_sink *sink, enum remark_level level, uint32_t line, const char *code, const char *format, ...)
    __attribute__((format(printf, 5, 6)));

#define QUOTE_MAX 200
/* The span with quotes, escaped and cut to 48 bytes; "a value" where it could be a key. Returns `text`. */
const char *entry_quote(char text[QUOTE_MAX], struct span span);

/* Could these bytes be a key? (a 0x prefix, a long run of hexadecimal digits) */
bool entry_looks_like_key(struct span span);

/*
 * Stores the spelling and looks the algorithm up; icv_bits 0: not told. A spelling that could be a key is not stored: then a remark is
 * made and false returned. An algorithm that nobody knows is no failure (sa_lint tells).
 */
bool entry_encryption(struct sa_definition *definition, enum dialect dialect, struct span name, unsigned icv_bits,
                      const struct sa_sink *sink, uint32_t line);
bool entry_integrity(struct sa_definition *definition, enum dialect dialect, struct span name, unsigned icv_bits,
                     const struct sa_sink *sink, uint32_t line);

/* Decodes hexadecimal text and keeps it; `whose` is "encryption" or "integrity". False after a remark where it is damaged. */
bool entry_key_hex(struct secret *key, struct span digits, const char *whose, const struct sa_sink *sink, uint32_t line);
/* Keeps the bytes themselves. */
bool entry_key_bytes(struct secret *key, const void *bytes, size_t length, const char *whose, const struct sa_sink *sink,
                     uint32_t line);

/* Remarks on keys that the entry should have but leaves out. `damaged` silences it: a remark was made already. */
void entry_need_keys(const struct sa_definition *definition, bool damaged, const struct sa_sink *sink, uint32_t line);

/* Checks the definition (DEFINE, ADD, UPDATE) and gives the record to the sink. */
void entry_give(const struct sa_record *record, const struct sa_sink *sink);

/* A remark for lines that were cut at LINE_MAX_BYTES. */
void entry_overlong(const struct lines *lines, const struct sa_sink *sink);

#endif
