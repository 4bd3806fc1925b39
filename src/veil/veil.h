/*
 * veil: frames without what tells whose they are.
 *
 * Theory of operation. Every frame is looked at twice, in the same order: veil_look() notes its addresses and what its fragments and streams are made of;
 * after veil_settle() veil_change() changes it in place. A frame keeps its length, and each header its place. What is understood is kept or replaced, and
 * everything else becomes zeros:
 *   addresses     aliases (veil/alias.h), also in tunnels, in quotes of ICMP errors, in IKE notifications, in ESP that is not encrypted
 *   payloads      zeros, but ESP, encrypted IKE, and the ICVs of AH
 *   IKE in clear  proposals, key exchange, nonces, notifications and the vendor IDs that are known stay; identities, certificates, requests for them,
 *                 proofs, EAP, configuration and everything unknown become zeros of equal length; hashes of NAT detection are made anew for the aliases where
 *                 they were those of the packet's addresses, and become zeros where they were not
 *   checksums     right where they were, as wrong where they were wrong (veil/sums.h)
 * SPIs, sequence numbers, ports, lengths and times stay. The ICV of AH, and of ESP without encryption, covers what was changed: it is wrong afterwards,
 * which shows to whoever has the key, unless he makes it anew (engine/reseal.h).
 *
 * Total: any bytes, no unbounded work. The state of fragments and streams is bounded; what finds no room becomes zeros.
 */
#ifndef VEIL_VEIL_H
#define VEIL_VEIL_H

#include "decode/walk.h"
#include "veil/alias.h"

#define VEIL_PIECES_MAX 4096u  /* fragmented datagrams */
#define VEIL_STREAMS_MAX 256u  /* directions of TCP connections */
#define VEIL_NULLS_MAX 256u    /* SAs without encryption */

struct veil;

struct veil_counts {
    uint64_t ah;      /* AH headers: their ICVs are right no more */
    uint64_t null;    /* ESP packets that were not encrypted: likewise */
    uint64_t hashes;  /* of NAT detection, that were not those of the packet's addresses: zeros now */
};

/* `ports` as for walk_frame; the caller's. NULL: no memory. */
struct veil *veil_create(const struct walk_ports *ports);
void veil_destroy(struct veil *veil);
struct alias *veil_alias(struct veil *veil); /* for addresses that stand elsewhere */
/* ESP of this SA is not encrypted: `iv` bytes in front of what it carries, `icv` behind its trailer. Others are found by what their packets look like. */
void veil_null(struct veil *veil, const struct addr *dst, uint32_t spi, uint8_t iv, uint8_t icv);
void veil_look(struct veil *veil, const struct frame *frame);
/* False: no memory, or no room for so many networks; nothing may be shown then. */
bool veil_settle(struct veil *veil);
/* `bytes` are those of the frame; as many as were captured. */
void veil_change(struct veil *veil, const struct frame *frame, uint8_t *bytes);
const struct veil_counts *veil_counts(const struct veil *veil);

#endif
