/* ike_offer: two offers of algorithms side by side: what only one of them has is mostly what the other must add. */
#include "detect/ike_offer.h"

#include <stdio.h>
#include <string.h>

#include "detect/ike_case.h"

/* The next transform of an offer; its length, 0 at the end. */
static size_t offer_next(const char **at)
{
    *at += strspn(*at, "/, ");
    const char *from = *at;
    size_t length = 0;
    while (from[length] != '\0' && from[length] != '/' && !(from[length] == ',' && from[length + 1] == ' '))
        length++;
    return length;
}

static bool offer_has(const char *offer, const char *transform, size_t length)
{
    const char *at = offer;
    for (size_t next; (next = offer_next(&at)) != 0; at += next)
        if (next == length && memcmp(at, transform, length) == 0)
            return true;
    return false;
}

void ike_offer_lacks(const char *one, const char *other, char *text, size_t room)
{
    const char *at = one;
    size_t used = 0;
    text[0] = '\0';
    for (size_t length; (length = offer_next(&at)) != 0; at += length) {
        bool cut = length == 3 && memcmp(at, "...", 3) == 0; /* the offer was longer than its text */
        if (cut || offer_has(other, at, length) || offer_has(text, at, length))
            continue;
        if (used + length + 3 > room)
            return;
        used += (size_t)snprintf(text + used, room - used, "%s%.*s", used ? ", " : "", (int)length, at);
    }
}

static void offer_set(struct finding *finding, const char *theirs, bool took, uint64_t frame)
{
    char only[160];
    const char *asked = finding_words(finding, "offer");
    finding_text(finding, took ? "refuser_took" : "refuser_offer", theirs);
    finding_number(finding, "refuser_offer_frame", (int64_t)frame);
    ike_offer_lacks(asked, theirs, only, sizeof only);
    finding_text(finding, "only_asker", only);
    ike_offer_lacks(theirs, asked, only, sizeof only);
    finding_text(finding, "only_refuser", only);
}

void ike_offer_compare(const struct detect *detect, struct finding *finding, const struct addr *asker,
                       const struct addr *refuser, bool of_child)
{
    const struct ike_session *took = NULL;
    uint32_t count = detect->sessions ? ike_sessions_count(detect->sessions) : 0;
    int64_t version = finding_get(finding, "ike_version", 2);
    if (*finding_words(finding, "offer") == '\0')
        return;
    for (uint32_t i = 0; i < count; i++) {
        const struct ike_session *session = ike_sessions_at(detect->sessions, i);
        if ((session->version == IKE_VERSION_2 ? 2 : 1) != version)
            continue;
        bool by_refuser = addr_equal(&session->initiator, refuser) && addr_equal(&session->responder, asker);
        if (by_refuser && !of_child && session->offer[0]) {
            offer_set(finding, session->offer, false, session->first_frame);
            return;
        }
        if (addr_equal(&session->initiator, asker) && addr_equal(&session->responder, refuser) && !of_child &&
            session->chosen[0])
            took = session;
    }
    if (took != NULL)
        offer_set(finding, took->chosen, true, took->first_frame);
}

void ike_offer_words(const struct finding *finding, struct text *text)
{
    const char *offer = finding_words(finding, "offer"), *theirs = finding_words(finding, "refuser_offer"),
               *took = finding_words(finding, "refuser_took"), *asker = finding_words(finding, "only_asker"),
               *refuser = finding_words(finding, "only_refuser");
    char from[ADDR_TEXT_MAX], to[ADDR_TEXT_MAX];
    addr_print(&finding->subject.src, from);
    addr_print(&finding->subject.dst, to);
    if (*offer == '\0')
        return;
    text_printf(text, "%s offered %s", to, offer);
    if (*theirs == '\0' && *took == '\0') {
        text_printf(text, "; what %s would take does not show in this capture. ", from);
        return;
    }
    text_printf(text, "; %s itself %s %s in the negotiation that begins in frame %lld. ", from,
                *theirs ? "offered" : "took", *theirs ? theirs : took, words_fact(finding, "refuser_offer_frame"));
    if (*asker)
        text_printf(text, "Only %s has %s. ", to, asker);
    if (*refuser)
        text_printf(text, "Only %s has %s. ", from, refuser);
    if (*asker == '\0' && *refuser == '\0')
        text_put(text, "The two name the same algorithms, so the way in which they are combined differs, or the "
                       "refusal has another reason. ");
}
