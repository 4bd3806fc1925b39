/* json: pieces of JSON records. */
#include "report/json.h"

#include <string.h>

#include "catalogue/windows.h"
#include "decode/packet.h"
#include "sa/sa.h"

void json_first(struct text *text, const char *name)
{
    text_printf(text, "\"%s\":", name);
}

void json_key(struct text *text, const char *name)
{
    text_printf(text, ",\"%s\":", name);
}

void json_string(struct text *text, const char *name, const char *value)
{
    json_key(text, name);
    if (value == NULL)
        text_put(text, "null");
    else
        text_json(text, value, strlen(value));
}

void json_number(struct text *text, const char *name, uint64_t value)
{
    json_key(text, name);
    text_printf(text, "%llu", (unsigned long long)value);
}

void json_bool(struct text *text, const char *name, bool value)
{
    json_key(text, name);
    text_put(text, value ? "true" : "false");
}

void json_null(struct text *text, const char *name)
{
    json_key(text, name);
    text_put(text, "null");
}

void json_addr(struct text *text, const char *name, const struct addr *addr)
{
    char chars[ADDR_TEXT_MAX];
    addr_print(addr, chars);
    json_string(text, name, addr->family ? chars : NULL);
}

void json_spi(struct text *text, const char *name, uint32_t spi)
{
    json_key(text, name);
    text_printf(text, "\"0x%08x\"", spi);
}

void json_time(struct text *text, const char *name, int64_t time_ns)
{
    char stamp[STAMP_TEXT_MAX];
    stamp_print(time_ns, stamp);
    json_string(text, name, stamp);
}

void json_error(struct text *text, const char *name, uint16_t windows)
{
    const struct windows_error *error = windows ? windows_error_find(windows) : NULL;
    if (error == NULL) {
        json_null(text, name);
        return;
    }
    json_key(text, name);
    text_printf(text, "{\"name\":\"%s\",\"code\":%u,\"hex\":\"0x%04X\",\"ntstatus\":", error->name, error->code, error->code);
    if (error->ntstatus)
        text_printf(text, "\"0x%08X\"}", error->ntstatus);
    else
        text_put(text, "null}");
}

const char *json_proto(uint8_t proto)
{
    return proto == SA_PROTO_ESP ? "esp" : proto == SA_PROTO_AH ? "ah" : NULL;
}

const char *json_encap(uint8_t encap)
{
    return encap == ENCAP_UDP ? "udp" : encap == ENCAP_TCP ? "tcp" : NULL;
}
