/* foreign: files that people give by mistake, recognised by their first bytes. */
#include "capture/foreign.h"

#include <stdbool.h>
#include <string.h>

struct magic {
    const char *bytes;
    size_t length;
    const char *text;
};

#define MAGIC(bytes, text) { bytes, sizeof bytes - 1, text }

static const struct magic magics[] = {
    MAGIC("snoop\0\0\0", "a snoop capture: convert it with editcap -F pcapng"),
    MAGIC("GMBU", "a Microsoft Network Monitor capture: convert it with editcap -F pcapng"),
    MAGIC("RTSS", "a Microsoft Network Monitor 1 capture: convert it with editcap -F pcapng"),
    MAGIC("XCP\0", "a NetXRay or Windows Sniffer capture: convert it with editcap -F pcapng"),
    MAGIC("TRSNIFF data", "a Sniffer capture: convert it with editcap -F pcapng"),
    MAGIC("\xfd" "7zXZ\0", "packed with xz, which esplain does not unpack: xz -dc FILE | esplain read -"),
    MAGIC("BZh", "packed with bzip2, which esplain does not unpack: bzip2 -dc FILE | esplain read -"),
    MAGIC("\x04\x22\x4d\x18", "packed with lz4, which esplain does not unpack: lz4 -dc FILE | esplain read -"),
    MAGIC("PK\3\4", "a zip archive: unpack the captures in it first"),
    MAGIC("\x37\x7a\xbc\xaf\x27\x1c", "a 7z archive: unpack the captures in it first"),
    MAGIC("\xa1\xb2\x34\xcd", "a modified pcap that no libpcap reads"),
    MAGIC("\xcd\x34\xb2\xa1", "a modified pcap that no libpcap reads"),
    MAGIC("\xa1\x2b\x3c\x4d", "a modified pcap that no libpcap reads"),
    MAGIC("\x4d\x3c\x2b\xa1", "a modified pcap that no libpcap reads"),
};

static bool foreign_is_text(const uint8_t *front, size_t length)
{
    for (size_t i = 0; i < length; i++) {
        if ((front[i] < 0x20 && front[i] != '\t' && front[i] != '\n' && front[i] != '\r' && front[i] != '\f') || front[i] == 0x7f)
            return false;
    }
    return true;
}

static bool foreign_has(const uint8_t *line, size_t length, const char *string)
{
    return memmem(line, length, string, strlen(string)) != NULL;
}

static bool foreign_begins(const uint8_t *line, size_t length, const char *string)
{
    return length >= strlen(string) && memcmp(line, string, strlen(string)) == 0;
}

/* Sixteen hexadecimal digits and a comma: an initiator's SPI in Wireshark's table of IKE keys. */
static bool foreign_is_ike(const uint8_t *line, size_t length)
{
    if (length < 17 || line[16] != ',')
        return false;
    for (size_t i = 0; i < 16; i++) {
        if (strchr("0123456789abcdefABCDEF", line[i]) == NULL)
            return false;
    }
    return true;
}

/* A line of ip xfrm, of Wireshark's esp_sa table, of setkey, of tcpdump's secrets file. */
static bool foreign_is_sa(const uint8_t *line, size_t length)
{
    return (foreign_begins(line, length, "src ") && foreign_has(line, length, " dst ")) ||
           foreign_begins(line, length, "\"IPv4\",\"") || foreign_begins(line, length, "\"IPv6\",\"") ||
           (foreign_begins(line, length, "add ") && (foreign_has(line, length, " esp ") || foreign_has(line, length, " ah "))) ||
           (foreign_has(line, length, "spi=") && foreign_has(line, length, " mode=")) ||
           (foreign_begins(line, length, "0x") && foreign_has(line, length, "@"));
}

static const char *foreign_lines(const uint8_t *front, size_t length)
{
    for (size_t at = 0; at < length;) {
        const uint8_t *newline = memchr(front + at, '\n', length - at);
        size_t line = newline != NULL ? (size_t)(newline - front) - at : length - at;
        size_t blank = 0;
        while (blank < line && (front[at + blank] == ' ' || front[at + blank] == '\t'))
            blank++;
        if (foreign_is_sa(front + at + blank, line - blank))
            return "text, not a capture; this looks like SA definitions: give it with -s";
        if (foreign_is_ike(front + at + blank, line - blank))
            return "text, not a capture; this looks like IKE keys: give it with -k";
        at += line + 1;
    }
    return "text, not a capture";
}

const char *foreign_text(const uint8_t *front, size_t length)
{
    if (length == 0)
        return "empty";
    for (size_t i = 0; i < sizeof magics / sizeof magics[0]; i++) {
        if (length >= magics[i].length && memcmp(front, magics[i].bytes, magics[i].length) == 0)
            return magics[i].text;
    }
    if (foreign_is_text(front, length))
        return foreign_lines(front, length);
    return "no capture in the pcap or pcapng format; where Wireshark knows the format, editcap -F pcapng converts it";
}
