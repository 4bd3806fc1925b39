/*
 * opened: ESP: ciphertext stays; what is readable does not.
 *
 * Theory of operation. ESP does not say whether it is encrypted. Where nothing is, it ends in padding 1, 2, 3, ..., its length and a next header in front of
 * an ICV of one of a few lengths, and what stands before that is a packet that bears out its own lengths and checksums (RFC 5879). One packet that does so
 * in the first round tells all of its SA. Bytes on a port of ESP that are text, or full of zeros, are no ciphertext either: letters and digits
 * become x, so that they remain text, and the rest becomes zeros.
 */
#include "decode/checksum.h"
#include "decode/esp.h"
#include "decode/link.h"
#include "veil/pass.h"

enum { TRAILER = 2, READABLE_LEAST = 32 };

static const uint8_t opened_icvs[] = { 12, 16, 0, 8, 20, 24, 28, 32, 48, 64 };
static const uint8_t opened_ivs[] = { 0, 8, 16 };

struct opened_inside {
    uint32_t from, end;
    uint8_t next;
};

/* The trailer in front of an ICV of that length: padding as RFC 4303 2.4 wants it. */
static bool opened_trailer(const struct pass *pass, uint8_t iv, uint8_t icv, struct opened_inside *inside)
{
    uint32_t from = pass->at + ESP_HEADER + iv;
    if (pass->limit < pass->end || from + TRAILER + icv > pass->end)
        return false;
    const uint8_t *trailer = pass->old + pass->end - icv - TRAILER;
    uint32_t room = pass->end - icv - TRAILER - from, pad = trailer[0];
    if (pad > room)
        return false;
    for (uint32_t i = 0; i < pad; i++)
        if (trailer[-(int)pad + (int)i] != i + 1)
            return false;
    *inside = (struct opened_inside){ from, pass->end - icv - TRAILER - pad, trailer[1] };
    return true;
}

static bool opened_sums(const struct pass *pass, const uint8_t *bytes, uint32_t length, uint8_t protocol)
{
    uint8_t words[4] = { (uint8_t)(length >> 8), (uint8_t)length, 0, protocol };
    uint64_t sum = checksum_add(checksum_add(0, bytes, length & ~1u), bytes + (length & ~1u), length & 1);
    if (protocol != PASS_ICMP4)
        for (unsigned i = 0; i < 2; i++)
            sum = checksum_add(sum, pass->before[i].bytes, 16);
    return checksum_holds(protocol == PASS_ICMP4 ? sum : checksum_add(sum, words, 4));
}

/* Does it bear itself out? */
static bool opened_holds(const struct pass *pass, const struct opened_inside *inside)
{
    const uint8_t *bytes = pass->old + inside->from;
    uint32_t length = inside->end - inside->from;
    switch (inside->next) {
    case PASS_IP4:
        return length >= 20 && bytes[0] == 0x45 && bytes_get16(bytes + 2) <= length && bytes_get16(bytes + 2) >= 20 &&
               checksum_holds(checksum_add(0, bytes, 20));
    case PASS_IP6:
        return length >= 40 && bytes[0] >> 4 == 6 && bytes_get16(bytes + 4) + 40u == length;
    case PASS_UDP:
        return length >= 8 && bytes_get16(bytes + 4) == length;
    case PASS_TCP:
        return length >= 20 && bytes[12] >> 4 >= 5 && opened_sums(pass, bytes, length, PASS_TCP);
    case PASS_ICMP4:
        return length >= 8 && opened_sums(pass, bytes, length, PASS_ICMP4);
    case PASS_ICMP6:
        return length >= 8 && opened_sums(pass, bytes, length, PASS_ICMP6);
    default:
        return false;
    }
}

/* A packet that was cut has no trailer to see: an IP header in front tells. */
static bool opened_header(const struct pass *pass, uint8_t iv, struct opened_inside *inside)
{
    uint32_t from = pass->at + ESP_HEADER + iv;
    if (from + 40 > pass->limit)
        return false;
    const uint8_t *bytes = pass->old + from;
    *inside = (struct opened_inside){ from, pass->end, bytes[0] >> 4 == 4 ? PASS_IP4 : PASS_IP6 };
    if (bytes[0] == 0x45)
        return bytes_get16(bytes + 2) >= 20 && from + bytes_get16(bytes + 2) <= pass->end && checksum_holds(checksum_add(0, bytes, 20));
    uint32_t total = 40u + bytes_get16(bytes + 4);
    bool carries = bytes[6] == PASS_TCP || bytes[6] == PASS_UDP || bytes[6] == PASS_ICMP6 || bytes[6] == PASS_ESP || bytes[6] == PASS_AH || bytes[6] == 44;
    return pass->limit < pass->end && bytes[0] >> 4 == 6 && carries && bytes[8] == bytes[24] && from + total <= pass->end && from + total + 64 + 255 > pass->end;
}

static bool opened_guess(struct pass *pass, uint32_t spi, struct opened_inside *inside)
{
    for (size_t v = 0; v < sizeof opened_ivs; v++) {
        for (size_t c = 0; c < sizeof opened_icvs; c++)
            if (opened_trailer(pass, opened_ivs[v], opened_icvs[c], inside) && opened_holds(pass, inside)) {
                veil_null(pass->veil, &pass->before[1], spi, opened_ivs[v], opened_icvs[c]);
                return true;
            }
        if (opened_header(pass, opened_ivs[v], inside))
            return true;
    }
    return false;
}

/* Of an SA that is known not to encrypt. */
static bool opened_known(struct pass *pass, const struct veil_open *null, struct opened_inside *inside)
{
    if (opened_trailer(pass, null->iv, null->icv, inside))
        return true;
    uint32_t from = pass->at + ESP_HEADER + null->iv;
    uint8_t first = from < pass->limit ? pass->old[from] >> 4 : 0;
    *inside = (struct opened_inside){ from, pass->end, first == 4 ? PASS_IP4 : first == 6 ? PASS_IP6 : 59 };
    return from <= pass->limit;
}

/* What is no ciphertext, by its looks. */
static void opened_plain(struct pass *pass, uint32_t from, uint32_t to)
{
    uint32_t high = 0, zeros = 0, length = to - from;
    for (uint32_t i = from; i < to; i++) {
        high += pass->old[i] >> 7;
        zeros += pass->old[i] == 0;
    }
    if (length < READABLE_LEAST)
        return;
    if (zeros > 8 + length / 16) {
        pass_wipe(pass, from, to);
        return;
    }
    for (uint32_t i = from; high == 0 && i < to; i++) {
        uint8_t one = pass->old[i];
        if ((one >= '0' && one <= '9') || (one >= 'A' && one <= 'Z') || (one >= 'a' && one <= 'z'))
            pass->new[i] = 'x';
    }
}

bool opened_esp(struct pass *pass)
{
    struct opened_inside inside;
    if (pass_left(pass) < ESP_HEADER)
        return false;
    uint32_t spi = bytes_get32(pass->old + pass->at);
    const struct veil_open *null = veil_is_null(pass->veil, &pass->before[1], spi);
    if (null == NULL && (pass->quote || pass->piece != NULL || !opened_guess(pass, spi, &inside))) {
        if (pass->piece != NULL)
            pass->piece->keep = true;
        opened_plain(pass, pass->at + ESP_HEADER, pass->limit);
        return false;
    }
    if (null != NULL && !opened_known(pass, null, &inside))
        return false;
    pass->veil->counts.null++;
    pass->at = inside.from;
    pass->end = inside.end;
    pass->limit = pass->limit < pass->end ? pass->limit : pass->end;
    pass->captured = pass->limit; /* trailer and ICV stay */
    pass->protocol = inside.next;
    pass->carried = inside.next != PASS_IP4 && inside.next != PASS_IP6;
    pass->type = inside.next == PASS_IP4 ? LINK_IP4 : LINK_IP6;
    return true;
}
