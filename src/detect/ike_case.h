/*
 * ike_case: what the conditions of IKE share: one finding for one kind of thing between two peers, what became of the
 * two afterwards, and pieces of sentences.
 *
 * The subject of such a finding is who sent the message that shows it, and to whom. What is told apart within a pair
 * (a notify, an exchange, an offer) is the subject's kind.
 */
#ifndef DETECT_IKE_CASE_H
#define DETECT_IKE_CASE_H

#include "detect/rows.h"

/* A number for what the words say, never 0. Either may be NULL. */
uint32_t ike_case_kind(uint32_t number, const char *one, const char *two);

/* The finding of this event, counted; where it is new: version, exchange, message ID and SPIs are facts of it. */
struct finding *ike_case_hit(struct detect *detect, const struct condition *condition, const struct event *event,
                             uint32_t kind, bool *is_new);
/* For events at the end of the capture: the same, with the place of the request, from its first sending on. */
struct finding *ike_case_hit_request(struct detect *detect, const struct condition *condition,
                                     const struct event *event, uint32_t kind, bool *is_new);

const char *ike_case_exchange(uint8_t version, uint8_t exchange); /* "IKE_AUTH", "Main Mode"; never NULL */
const char *ike_case_notify(uint8_t version, uint16_t type);      /* "NO_PROPOSAL_CHOSEN"; never NULL */

/* An IKE SA of the two, whoever began it, that came up after that time; NULL where the capture shows none. */
const struct ike_session *ike_case_up_after(const struct detect *detect, const struct addr *a, const struct addr *b,
                                            int64_t after_ns);
/* One that was there before: it was up, or its SAs carried packets. `not_this` may be NULL. */
const struct ike_session *ike_case_up_before(const struct detect *detect, const struct addr *a, const struct addr *b,
                                             int64_t before_ns, const struct ike_session *not_this);

/* A Child SA of the two, known from opened messages, that came up after that time. */
const struct ike_child *ike_case_child_after(const struct detect *detect, const struct addr *a, const struct addr *b,
                                             int64_t after_ns);
/* Is it the IKE SA that the finding's facts name? And the latest one that is. NULL: none. */
bool ike_case_is_of(const struct finding *finding, const struct ike_session *session);
const struct ike_session *ike_case_session(const struct detect *detect, const struct finding *finding);

/* ESP and AH from one address to another. */
struct ike_case_traffic {
    bool any;            /* there was some in the span that was asked for */
    bool asked;          /* false: too much to look through, nothing is known */
    int64_t first_ns, last_ns; /* of the SAs with a packet in it */
};
/*
 * SAs that began at or after `since_ns` (began: true), or that carried a packet at or after it. Walks the SA table: for
 * conclude functions only, and bounded by the finding's index.
 */
struct ike_case_traffic ike_case_traffic(const struct detect *detect, const struct finding *finding,
                                         const struct addr *src, const struct addr *dst, int64_t since_ns, bool began);

/* "3 messages", "1 message". */
void ike_case_count(uint64_t count, const char *one, const char *many, struct text *text);
/* "sent 5 times in 9.1 s; seconds between: 1.0 1.4 2.0", from the facts that ike_case_hit_request() set. */
void ike_case_sendings(const struct finding *finding, struct text *text);
/* " in IKE_AUTH"; nothing where the exchange is not known (a finding that counts for several) */
void ike_case_in(const struct finding *finding, struct text *text);
/* "10.77.0.1" */
void ike_case_addr(const struct addr *addr, struct text *text);

#endif
