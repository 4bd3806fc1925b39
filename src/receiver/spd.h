/*
 * spd: the receiver's inbound policies (RFC 4301 4.4.1), and what they say of a packet and the SAs that it came through (RFC 4301 5.2 step 4).
 *
 * Policies speak for the host that they were printed on: the destinations that its inbound templates or host selectors name. Packets to
 * others are not judged by them.
 */
#ifndef RECEIVER_SPD_H
#define RECEIVER_SPD_H

#include "receiver/verdict.h"

#define SPD_PATH_MAX 6 /* XFRM_MAX_DEPTH: nested SAs of one packet */

/* What a policy is looked up by: the packet as the host sees it in the end. */
struct spd_flow {
    struct addr src, dst;
    uint8_t proto;
    bool ports_known;      /* false for fragments and protocols without ports */
    uint16_t sport, dport; /* ICMP: type and code */
};

/* The SAs that the packet came through, outermost first. */
struct spd_path {
    const struct sa_definition *sas[SPD_PATH_MAX];
    uint32_t count;
};

struct spd;

struct spd *spd_create(void); /* NULL: no memory */
void spd_destroy(struct spd *spd);
bool spd_add(struct spd *spd, const struct policy *policy); /* false: no memory; the policy must outlive the table */
void spd_ready(struct spd *spd);                            /* all are added: sorts them */
bool spd_empty(const struct spd *spd);
/* Are the policies those of the host with this address? */
bool spd_speaks_for(const struct spd *spd, const struct addr *host);
bool spd_names_nobody(const struct spd *spd); /* they do not tell whose they are */

/* Does the selector hold the flow? (xfrm_selector_match) */
bool selector_holds(const struct selector *selector, const struct spd_flow *flow);

/*
 * The kernel's __xfrm_policy_check: fills verdict, counter and cause where the packet is refused and answers false. A path without SAs is a
 * clear packet. `judge_policies` false: only the SAs' own selectors are looked at.
 */
bool spd_check(const struct spd *spd, const struct spd_flow *flow, const struct spd_path *path, bool judge_policies,
               struct judgement *judgement);
/* The tunnel that the policy for this flow asks for: its addresses, none where it asks for no tunnel. */
void spd_tunnel(const struct spd *spd, const struct spd_flow *flow, struct addr *src, struct addr *dst);

#endif
