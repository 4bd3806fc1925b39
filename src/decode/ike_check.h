/* ike_check: the form of a whole message, whatever is in it: the first thing wrong, by name and place. */
#ifndef DECODE_IKE_CHECK_H
#define DECODE_IKE_CHECK_H

#include "decode/ike_chain.h"

/*
 * One payload, by the decoder of its type. Types without one are DECODE_OK. A payload whose own length is impossible,
 * which its walk has told, is not looked into: DECODE_BAD, fault IKE_DAMAGE_NONE.
 */
enum decode_status ike_check_payload(const struct ike_payload *payload, struct ike_fault *fault);

/*
 * All payloads that `walk` still yields, then the chain's own end. The walk is used up: its `sealed` says what keys
 * would open.
 */
enum decode_status ike_check_walk(struct ike_walk *walk, struct ike_fault *fault);

/* The header, then the payloads that are in clear. DECODE_CUT: nothing wrong as far as it was captured. */
enum decode_status ike_check_message(const uint8_t *bytes, uint32_t captured, uint32_t wire, struct ike_fault *fault);

#endif
