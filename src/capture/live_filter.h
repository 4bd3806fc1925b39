/* live_filter: which packets a live capture takes. Private to capture/. */
#ifndef CAPTURE_LIVE_FILTER_H
#define CAPTURE_LIVE_FILTER_H

#include <pcap.h>
#include <stdint.h>

#include "base/error.h"
#include "base/text.h"

/*
 * Appends the expression that takes all IPsec on this kind of link, as far as a filter can tell: ESP, AH, IKE, NAT-T on its ports and IKE with its
 * marker on any, IPsec in TCP on port 4500, fragments, IPv6 with extension headers, ICMP errors; behind up to two VLAN tags. `clear`: an expression
 * for clear packets that are wanted too, or NULL.
 */
void live_filter(struct text *text, uint16_t linktype, const uint16_t *ports, size_t port_count, const char *clear);
/*
 * Compiles an expression (pcap-filter(7)) and sets it on the handle, which captures snaplen bytes of each packet. Unless it is the `first` one it takes
 * the place of another, and no packet that both take is lost (but for `any` and other links with cooked headers). False: it does not compile.
 */
bool live_filter_use(pcap_t *pcap, uint16_t linktype, uint32_t snaplen, const char *expression, bool first, struct error *error);

#endif
