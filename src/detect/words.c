/* words: pieces of sentences that several explanations use. */
#include "detect/condition.h"

void words_sa(const struct detect *detect, uint32_t index, struct text *text)
{
    if (index == SADB_NONE) { /* a finding that counts for several */
        text_put(text, "SA");
        return;
    }
    const struct sa *sa = sadb_sa(detect->db, index);
    char dst[ADDR_TEXT_MAX];
    addr_print(&sa->dst, dst);
    text_printf(text, "%s SA 0x%08x to %s", sa->proto == SA_PROTO_AH ? "AH" : "ESP", sa->spi, dst);
    if (sa->src.family != 0) {
        char src[ADDR_TEXT_MAX];
        addr_print(&sa->src, src);
        text_printf(text, " (from %s)", src);
    }
}

void words_packets(uint64_t count, const char *what, struct text *text)
{
    text_printf(text, "%llu %s%spacket%s", (unsigned long long)count, what, *what ? " " : "", count == 1 ? "" : "s");
}

const char *words_cause(enum cause cause)
{
    static const char *const clauses[CAUSE_COUNT] = {
        [CAUSE_NOT_IPSEC] = "not IPsec at all: the bytes where SPI and sequence number would stand are printable text",
        [CAUSE_IKE_NO_MARKER] = "an IKE message without its non-ESP marker, so that its initiator SPI is read as an ESP SPI",
        [CAUSE_ZERO_SPI] = "SPI 0, which must never be on the wire",
        [CAUSE_RESERVED_SPI] = "an SPI from the range 1 to 255 that IANA reserves",
        [CAUSE_OPPOSITE_DIRECTION] = "the SPI belongs to the opposite direction: the packet was reflected, or the two SPIs were mixed up",
        [CAUSE_OTHER_DESTINATION] = "the SPI is known, but for another destination address",
        [CAUSE_NAT_REBINDING] = "the SPI is known for the peer's former address: a NAT moved it",
        [CAUSE_OTHER_PROTOCOL] = "the SPI is known, but for the other protocol (ESP or AH)",
        [CAUSE_OTHER_FAMILY] = "the SPI is known, but for the other address family",
        [CAUSE_BYTE_SWAPPED] = "the SPI of a living SA with its bytes in reverse order",
        [CAUSE_ONE_BIT] = "one bit away from the SPI of a living SA: corruption on the way",
        [CAUSE_SA_DELETED] = "the SA existed and was deleted before the packet came",
        [CAUSE_SA_EXPIRED] = "the SA existed and its lifetime ended before the packet came",
        [CAUSE_SA_NOT_YET] = "the SA was installed only after the packet came",
        [CAUSE_LATE_CAPTURE] = "the SA may be older than the capture, or than the table that was given",
        [CAUSE_UNEXPLAINED] = "nothing in the table resembles it",
        [CAUSE_REKEYED] = "a newer SA of the same tunnel replaced it, and the sender still uses the old one",
        [CAUSE_PEER_RESTARTED] = "the receiver was restarted or lost its state, and the sender does not know yet",
        [CAUSE_PEER_REPORTED] = "the receiver itself reports it",
        [CAUSE_CAPTURED_TWICE] = "the same packet was captured at two points of its path",
        [CAUSE_IP_CHECKSUM] = "the IP header checksum is wrong: the receiver drops the packet before IPsec",
        [CAUSE_UDP_CHECKSUM] = "the UDP checksum is wrong: the receiver drops the packet before IPsec",
        [CAUSE_SEQUENCE_ZERO] = "sequence number 0, which no sender without ESN may use",
        [CAUSE_SEQUENCE_RESTART] = "the sender began its sequence numbers anew on a living SA",
        [CAUSE_TIME_LIMIT] = "the SA's hard time limit had passed",
        [CAUSE_PACKET_LIMIT] = "the SA's hard packet limit was reached",
        [CAUSE_BYTE_LIMIT] = "the SA's hard byte limit was reached",
        [CAUSE_NO_POLICY] = "no inbound policy covers the packet that came out",
        [CAUSE_TEMPLATE] = "the policy asks for another SA than the one that protected the packet",
        [CAUSE_SELECTOR] = "the packet that came out is outside the SA's own selector",
        [CAUSE_POLICY_CHANGED] = "a policy was changed at just that time, and it is not known which of the two the packet met",
        [CAUSE_NOT_COUNTED] = "this host's own kernel did not count it as refused: a copy, or dropped before IPsec, by a firewall for one",
        [CAUSE_OPENED_COPY] = "the opened form of an IPsec packet, captured a second time on its way up the receiver's stack",
        [CAUSE_CORRUPT] = "the packet was changed on its way or forged: other packets of the SA verify with this key",
        [CAUSE_WRONG_KEY] = "the key is another than the one that sealed these packets, and no variation of the definition fits",
        [CAUSE_ICV_LENGTH] = "the sender's ICV has another length than the SA's: same algorithm, same key",
        [CAUSE_OTHER_ALGORITHM] = "the sender uses the same key with another algorithm",
        [CAUSE_KEYS_SWAPPED] = "encryption key and integrity key have changed places",
        [CAUSE_DIRECTIONS_SWAPPED] = "the sender uses the key of the opposite direction",
        [CAUSE_OTHER_SA_KEY] = "the sender uses the key of another SA between the same hosts",
        [CAUSE_ESN_USED] = "the sender uses extended sequence numbers and the SA does not",
        [CAUSE_ESN_UNUSED] = "the SA uses extended sequence numbers and the sender does not",
        [CAUSE_ESN_HIGH] = "the receiver takes the sequence number for one with another high half than the sender's",
        [CAUSE_SALT] = "the salt of the key is not the sender's",
        [CAUSE_ADDRESS_TRANSLATED] = "an address was translated (NAT), and AH covers addresses",
        [CAUSE_FIELD_CHANGED] = "a field that AH covers was changed on the way",
        [CAUSE_MUTABLE_FIELD] = "the sender covers a field of the IP header that routers may change",
        [CAUSE_ENTRY_NEVER] = "the internal host sent no packet that makes a state entry",
        [CAUSE_ENTRY_IDLE] = "the pair was silent for longer than state entries live",
        [CAUSE_ENTRY_REFUSED] = "its state entry was refused, because the table was full",
        [CAUSE_ENTRY_OTHER_ADDRESS] = "the internal host answers from another address",
    };
    return clauses[cause];
}
