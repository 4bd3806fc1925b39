/* ip_names: IANA's names of IP protocol numbers, the common ones. */
#ifndef CATALOGUE_IP_NAMES_H
#define CATALOGUE_IP_NAMES_H

#include <stdint.h>

const char *ip_protocol_name(uint8_t protocol); /* "TCP"; NULL where unassigned or uncommon */

#endif
