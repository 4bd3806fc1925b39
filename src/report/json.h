/* json: pieces of JSON records; the caller puts the commas by beginning each field with json_key(). */
#ifndef REPORT_JSON_H
#define REPORT_JSON_H

#include "base/addr.h"
#include "base/text.h"

/* A field's name; `first` in an object takes no comma. */
void json_key(struct text *text, const char *name);
void json_first(struct text *text, const char *name);
void json_string(struct text *text, const char *name, const char *value); /* NULL value: null */
void json_number(struct text *text, const char *name, uint64_t value);
void json_bool(struct text *text, const char *name, bool value);
void json_null(struct text *text, const char *name);
void json_addr(struct text *text, const char *name, const struct addr *addr); /* none: null */
void json_spi(struct text *text, const char *name, uint32_t spi);
void json_time(struct text *text, const char *name, int64_t time_ns);
/* null or {"name","code","hex","ntstatus"} of a Windows code. */
void json_error(struct text *text, const char *name, uint16_t windows);
const char *json_proto(uint8_t proto); /* "esp", "ah", NULL */
const char *json_encap(uint8_t encap); /* "udp", "tcp", NULL */

#endif
