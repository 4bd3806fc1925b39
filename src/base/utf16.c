/* utf16: surrogates (RFC 2781 2.2) and UTF-8 (RFC 3629 3). */
#include "base/utf16.h"

enum { REPLACEMENT = 0xfffd };

static void utf16_put(struct text *text, uint32_t point)
{
    char bytes[4];
    size_t length = point < 0x80 ? 1 : point < 0x800 ? 2 : point < 0x10000 ? 3 : 4;
    static const uint8_t heads[] = { 0, 0, 0xc0, 0xe0, 0xf0 };
    for (size_t i = length - 1; i > 0; i--, point >>= 6)
        bytes[i] = (char)(0x80 | (point & 0x3f));
    bytes[0] = (char)(heads[length] | point);
    text_add(text, bytes, length);
}

static uint32_t utf16_unit(const uint8_t *bytes, bool big)
{
    return big ? (uint32_t)bytes[0] << 8 | bytes[1] : (uint32_t)bytes[1] << 8 | bytes[0];
}

void utf16_read(struct text *text, const char *bytes, size_t length)
{
    const uint8_t *at = (const uint8_t *)bytes;
    bool big = length >= 2 && at[0] == 0xfe && at[1] == 0xff, little = length >= 2 && at[0] == 0xff && at[1] == 0xfe;
    if (!big && !little) {
        text_add(text, bytes, length);
        return;
    }
    for (size_t i = 2; i + 1 < length; i += 2) {
        uint32_t point = utf16_unit(at + i, big);
        if (point >= 0xd800 && point < 0xe000) {
            uint32_t low = point < 0xdc00 && i + 3 < length ? utf16_unit(at + i + 2, big) : 0;
            if (low >= 0xdc00 && low < 0xe000) {
                point = 0x10000 + ((point - 0xd800) << 10) + (low - 0xdc00);
                i += 2;
            } else {
                point = REPLACEMENT;
            }
        }
        utf16_put(text, point);
    }
}
