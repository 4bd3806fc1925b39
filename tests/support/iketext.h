/*
 * iketext: an IKE message as lines of text, one a fact, so that tests can compare what the decoders say with what
 * tshark says (tests/data/ike/make.py writes the same lines from tshark's output).
 */
#ifndef SUPPORT_IKETEXT_H
#define SUPPORT_IKETEXT_H

#include <stdio.h>

#include "decode/ike_chain.h"

/* The header, every payload in clear with its parts, and what is sealed. */
void iketext_message(FILE *out, const struct ike_message *message);
/* Every payload of a walk that has not begun. */
void iketext_walk(FILE *out, struct ike_walk *walk);

/* Hex digits into bytes, up to the first other character; returns how many bytes. */
size_t iketext_bytes(const char *hex, uint8_t *bytes, size_t room);

#endif
