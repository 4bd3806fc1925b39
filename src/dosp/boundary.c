/*
 * boundary: the checks.
 *
 * State entries stand in one table, in a list for each setting, so that each list is in the order in which it goes idle. Beside it, contacts remember
 * what each pair did, longer than entries live: they decide nothing and only say why an entry is missing. A pair first met in mid-talk may
 * have an entry from before the capture, as long as it does not pause for longer than the idle time.
 */
#include "dosp/boundary.h"

#include <stdlib.h>

#include "base/step.h"
#include "dosp/queue.h"

#define SECOND_NS 1000000000

struct contact {
    int64_t last_ns, entry_ns; /* of any packet; the last use of its entry */
    bool had_entry, refused, early, from_outside, from_inside;
};

struct boundary {
    const struct settings *settings;
    struct lru *entries, *contacts, *answers; /* answers: by public host, the internal one that answers without having been asked */
    struct lru *queues, *others;              /* others: as queues, if ESP without an entry were not dropped */
    struct bucket buckets[SETTINGS_MAX][CLASS_DEFAULT_EXEMPT + 1];
    int64_t first_ns, now_ns;
    int64_t step_ns;                          /* by which somebody has set the clock: all times here are of before */
    bool begun, forgotten;
    uint64_t counters[STATISTIC_COUNT];
};

/* One packet on its way through the checks. */
struct passage {
    struct traffic traffic;
    struct lru_key key;
    const struct setting *setting;
    unsigned list;       /* of the setting */
    uint32_t length;
    struct boundary_judgement *judgement;
};

struct boundary *boundary_create(const struct settings *settings)
{
    struct boundary *boundary = calloc(1, sizeof *boundary);
    if (boundary == NULL)
        return NULL;
    boundary->settings = settings;
    boundary->entries = lru_create(BOUNDARY_ENTRIES_MAX, SETTINGS_MAX, 0);
    boundary->contacts = lru_create(BOUNDARY_CONTACTS_MAX, 1, sizeof(struct contact));
    boundary->answers = lru_create(BOUNDARY_CONTACTS_MAX, 1, sizeof(struct addr));
    boundary->queues = lru_create(QUEUES_MAX, SETTINGS_MAX, sizeof(struct bucket));
    boundary->others = lru_create(QUEUES_MAX, SETTINGS_MAX, sizeof(struct bucket));
    if (boundary->entries && boundary->contacts && boundary->answers && boundary->queues && boundary->others)
        return boundary;
    boundary_destroy(boundary);
    return NULL;
}

void boundary_destroy(struct boundary *boundary)
{
    if (boundary == NULL)
        return;
    lru_destroy(boundary->entries);
    lru_destroy(boundary->contacts);
    lru_destroy(boundary->answers);
    lru_destroy(boundary->queues);
    lru_destroy(boundary->others);
    free(boundary);
}

const struct settings *boundary_settings(const struct boundary *boundary)
{
    return boundary->settings;
}

static int64_t boundary_span(const struct setting *setting, enum setting_number number)
{
    return (int64_t)setting->numbers[number] * SECOND_NS;
}

static void boundary_end(struct boundary *boundary, const struct passage *passage, enum boundary_action action, enum boundary_class sort,
                         uint16_t error, enum statistic counter)
{
    passage->judgement->action = (uint8_t)action;
    passage->judgement->sort = (uint8_t)sort;
    passage->judgement->error = error;
    if (counter != STATISTIC_COUNT)
        boundary->counters[counter]++;
}

/* ---- entries and contacts ---- */

static void boundary_room(struct lru *lru)
{
    uint32_t oldest = lru_count(lru) >= BOUNDARY_CONTACTS_MAX ? lru_oldest(lru, 0) : LRU_NONE;
    if (oldest != LRU_NONE)
        lru_remove(lru, oldest);
}

/* The pair's, made where it is new; the scratch one where there is no memory. */
static struct contact *boundary_contact(struct boundary *boundary, const struct passage *passage, bool inbound, struct contact *scratch)
{
    uint32_t index = lru_find(boundary->contacts, &passage->key);
    if (index != LRU_NONE) {
        lru_touch(boundary->contacts, index, 0, boundary->now_ns);
        return lru_payload(boundary->contacts, index);
    }
    uint32_t oldest = lru_count(boundary->contacts) >= BOUNDARY_CONTACTS_MAX ? lru_oldest(boundary->contacts, 0) : LRU_NONE;
    if (oldest != LRU_NONE && ((struct contact *)lru_payload(boundary->contacts, oldest))->from_inside)
        boundary->forgotten = true;
    boundary_room(boundary->contacts);
    index = lru_add(boundary->contacts, &passage->key, 0, boundary->now_ns);
    struct contact *contact = index != LRU_NONE ? lru_payload(boundary->contacts, index) : scratch;
    bool starts = inbound && passage->traffic.kind == TRAFFIC_NEGOTIATION && passage->traffic.starts;
    contact->early = !starts && boundary->now_ns - boundary->first_ns <= boundary_span(passage->setting, SETTING_STATE_IDLE);
    contact->last_ns = boundary->now_ns;
    return contact;
}

static bool boundary_has_entry(struct boundary *boundary, const struct passage *passage)
{
    uint32_t index = lru_find(boundary->entries, &passage->key);
    if (index == LRU_NONE)
        return false;
    if (boundary->now_ns - lru_used_ns(boundary->entries, index) > boundary_span(passage->setting, SETTING_STATE_IDLE)) {
        lru_remove(boundary->entries, index);
        return false;
    }
    lru_touch(boundary->entries, index, passage->list, boundary->now_ns);
    return true;
}

/* False: no room. */
static bool boundary_make_entry(struct boundary *boundary, const struct passage *passage)
{
    uint32_t most = passage->setting->numbers[SETTING_MAX_ENTRIES];
    if (lru_count(boundary->entries) >= most || lru_count(boundary->entries) >= BOUNDARY_ENTRIES_MAX)
        for (uint32_t i = 0; i < boundary->settings->count; i++)
            lru_expire(boundary->entries, i, boundary_span(&boundary->settings->list[i], SETTING_STATE_IDLE), boundary->now_ns);
    if (lru_count(boundary->entries) >= most || lru_add(boundary->entries, &passage->key, passage->list, boundary->now_ns) == LRU_NONE) {
        passage->judgement->limit = most;
        return false;
    }
    boundary->counters[STATISTIC_ENTRIES_CREATED]++;
    return true;
}

/* An internal host sends IPsec: its entry lives on, or is made where this packet makes one. */
static void boundary_outbound(struct boundary *boundary, const struct passage *passage)
{
    struct contact scratch = { 0 };
    bool negotiation = passage->traffic.kind == TRAFFIC_NEGOTIATION;
    boundary_end(boundary, passage, BOUNDARY_PASS, CLASS_OUTBOUND, 0, STATISTIC_COUNT);
    if (passage->traffic.kind != TRAFFIC_ESP && !negotiation)
        return;
    if (negotiation && boundary->settings->modules == MODULES_BOTH_WAYS && passage->traffic.module &&
        !(passage->setting->numbers[SETTING_KEYING_MODULES] & passage->traffic.module)) {
        boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_OUTBOUND, 13930, STATISTIC_COUNT);
        return;
    }
    struct contact *contact = boundary_contact(boundary, passage, false, &scratch);
    struct lru_key asker = { .outside = passage->key.outside };
    uint32_t answer = lru_find(boundary->answers, &asker);
    if (!contact->from_outside && answer == LRU_NONE) {
        boundary_room(boundary->answers);
        answer = lru_add(boundary->answers, &asker, 0, boundary->now_ns);
    }
    if (!contact->from_outside && answer != LRU_NONE)
        *(struct addr *)lru_payload(boundary->answers, answer) = passage->key.inside;
    contact->from_inside = true;
    contact->last_ns = boundary->now_ns;
    bool has = boundary_has_entry(boundary, passage);
    if (!has && (!negotiation || boundary->settings->entry_by != ENTRY_BY_OUTBOUND_ESP)) {
        has = boundary_make_entry(boundary, passage);
        contact->refused = !has;
        if (!has)
            boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_OUTBOUND, 13929, STATISTIC_COUNT);
    }
    if (has) {
        contact->had_entry = true;
        contact->entry_ns = boundary->now_ns;
    }
}

static enum boundary_lack boundary_lack(struct boundary *boundary, const struct passage *passage, const struct contact *contact)
{
    struct lru_key asker = { .outside = passage->key.outside };
    uint32_t answer = lru_find(boundary->answers, &asker);
    passage->judgement->forgotten = boundary->forgotten;
    if (contact->refused)
        return LACK_FULL;
    if (contact->had_entry) {
        passage->judgement->idle_ns = boundary->now_ns - contact->entry_ns;
        return LACK_IDLE;
    }
    if (answer != LRU_NONE) {
        passage->judgement->answerer = *(const struct addr *)lru_payload(boundary->answers, answer);
        if (!addr_equal(&passage->judgement->answerer, &passage->key.inside))
            return LACK_OTHER_ADDRESS;
    }
    return contact->early ? LACK_LATE : LACK_NEVER;
}

/* ---- the classes ---- */

static void boundary_limited(struct boundary *boundary, const struct passage *passage, enum boundary_class sort, enum setting_number rate,
                             enum statistic allowed, enum statistic limited)
{
    uint32_t limit = passage->setting->numbers[rate];
    bool passes = bucket_take(&boundary->buckets[passage->list][sort], limit, passage->length, boundary->now_ns);
    passage->judgement->limit = limit;
    boundary_end(boundary, passage, passes ? BOUNDARY_PASS : BOUNDARY_RATE_LIMIT, sort, 0, passes ? allowed : limited);
}

static enum queue_answer boundary_queue(struct boundary *boundary, struct lru *queues, const struct passage *passage)
{
    const uint32_t *numbers = passage->setting->numbers;
    struct queue_terms terms = { passage->list, numbers[SETTING_UNAUTH_PER_IP_RATE], numbers[SETTING_MAX_QUEUES],
                                 boundary_span(passage->setting, SETTING_QUEUE_IDLE) };
    return queue_take(queues, &passage->key.inside, &terms, passage->length, boundary->now_ns);
}

/* The limit of each internal address counts instead of the common one, where it is set. */
static void boundary_unauth(struct boundary *boundary, const struct passage *passage)
{
    const uint32_t *numbers = passage->setting->numbers;
    if (numbers[SETTING_UNAUTH_PER_IP_RATE] == 0) {
        boundary_limited(boundary, passage, CLASS_UNAUTH, SETTING_UNAUTH_RATE, STATISTIC_UNAUTH_ALLOWED, STATISTIC_UNAUTH_LIMITED);
        return;
    }
    enum queue_answer answer = boundary_queue(boundary, boundary->queues, passage);
    passage->judgement->limit = numbers[answer == QUEUE_NO_ROOM ? SETTING_MAX_QUEUES : SETTING_UNAUTH_PER_IP_RATE];
    if (answer == QUEUE_NO_ROOM)
        boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_UNAUTH, 13932, STATISTIC_UNAUTH_DISCARDED);
    else if (answer == QUEUE_LIMITED)
        boundary_end(boundary, passage, BOUNDARY_RATE_LIMIT, CLASS_UNAUTH, 0, STATISTIC_UNAUTH_PER_IP_LIMITED);
    else
        boundary_end(boundary, passage, BOUNDARY_PASS, CLASS_UNAUTH, 0, STATISTIC_UNAUTH_ALLOWED);
}

static void boundary_stateless(struct boundary *boundary, const struct passage *passage, struct contact *contact)
{
    const struct settings *settings = boundary->settings;
    bool esp = passage->traffic.kind == TRAFFIC_ESP;
    bool other = passage->setting->numbers[SETTING_UNAUTH_PER_IP_RATE] == 0 ||
                 boundary_queue(boundary, boundary->others, passage) == QUEUE_PASSES;
    if (esp)
        passage->judgement->lack = (uint8_t)boundary_lack(boundary, passage, contact);
    passage->judgement->other_passes = other;
    if (esp && settings->stateless == STATELESS_DROP) {
        boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_UNAUTH, 13928, STATISTIC_UNAUTH_DISCARDED);
        return;
    }
    if (!esp && settings->entry_by == ENTRY_BY_INBOUND_NEGOTIATION) {
        if (!boundary_make_entry(boundary, passage)) {
            contact->refused = true;
            boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_UNAUTH, 13929, STATISTIC_UNAUTH_DISCARDED);
            return;
        }
        contact->had_entry = true;
        contact->entry_ns = boundary->now_ns;
    }
    boundary_unauth(boundary, passage);
}

static void boundary_ipsec(struct boundary *boundary, const struct passage *passage)
{
    struct contact scratch = { 0 };
    const uint32_t *numbers = passage->setting->numbers;
    bool refused = passage->traffic.kind == TRAFFIC_NEGOTIATION && passage->traffic.module &&
                   !(numbers[SETTING_KEYING_MODULES] & passage->traffic.module);
    if (refused) {
        bool auth = lru_find(boundary->entries, &passage->key) != LRU_NONE;
        boundary_end(boundary, passage, BOUNDARY_DROP, auth ? CLASS_AUTH : CLASS_UNAUTH, 13930,
                     auth ? STATISTIC_AUTH_DISCARDED : STATISTIC_UNAUTH_DISCARDED);
        return;
    }
    struct contact *contact = boundary_contact(boundary, passage, true, &scratch);
    if (boundary->now_ns - contact->last_ns > boundary_span(passage->setting, SETTING_STATE_IDLE))
        contact->early = false; /* whatever there was before the capture went idle since */
    contact->from_outside = true;
    contact->last_ns = boundary->now_ns;
    if (boundary_has_entry(boundary, passage)) {
        contact->entry_ns = boundary->now_ns;
        boundary_limited(boundary, passage, CLASS_AUTH, SETTING_AUTH_RATE, STATISTIC_AUTH_ALLOWED, STATISTIC_AUTH_LIMITED);
        return;
    }
    boundary_stateless(boundary, passage, contact);
}

static void boundary_inbound(struct boundary *boundary, const struct passage *passage, bool ip6, bool group)
{
    uint32_t filtering = passage->setting->numbers[SETTING_FILTERING];
    const struct traffic *traffic = &passage->traffic;
    if (traffic->kind == TRAFFIC_MALFORMED)
        boundary_end(boundary, passage, BOUNDARY_DROP, traffic->ipsec ? CLASS_UNAUTH : CLASS_MALFORMED, 13927,
                     traffic->ipsec ? STATISTIC_UNAUTH_DISCARDED : STATISTIC_COUNT);
    else if (ip6 && filtering & FILTERING_BLOCK)
        boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_BLOCK, 13925, STATISTIC_BLOCKED);
    else if (ip6 && filtering & FILTERING_EXEMPT)
        boundary_limited(boundary, passage, CLASS_EXEMPT, SETTING_EXEMPT_RATE, STATISTIC_EXEMPT_ALLOWED, STATISTIC_EXEMPT_LIMITED);
    else if (group && traffic->ipsec)
        boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_UNAUTH, 13926, STATISTIC_UNAUTH_DISCARDED);
    else if (traffic->kind == TRAFFIC_ICMP6)
        boundary_limited(boundary, passage, CLASS_ICMP6, SETTING_ICMP6_RATE, STATISTIC_ICMP6_ALLOWED, STATISTIC_ICMP6_LIMITED);
    else if (traffic->kind == TRAFFIC_ESP || traffic->kind == TRAFFIC_NEGOTIATION)
        boundary_ipsec(boundary, passage);
    else if (filtering & FILTERING_NO_DEFAULT_BLOCK)
        boundary_limited(boundary, passage, CLASS_DEFAULT_EXEMPT, SETTING_DEFAULT_BLOCK_RATE, STATISTIC_DEFAULT_ALLOWED,
                         STATISTIC_DEFAULT_LIMITED);
    else
        boundary_end(boundary, passage, BOUNDARY_DROP, CLASS_DEFAULT_BLOCK, 0, STATISTIC_DEFAULT_BLOCKED);
}

/* ff01:: and ff02:: go no farther than the link: routers forward none. IPsec to them is told of all the same. */
static bool boundary_stays(const struct addr *dst, const struct traffic *traffic)
{
    return dst->family == 6 && dst->bytes[0] == 0xff && (dst->bytes[1] & 15) <= 2 && !traffic->ipsec;
}

void boundary_set_clock(struct boundary *boundary, int64_t step_ns)
{
    if (boundary != NULL)
        step_move(&boundary->step_ns, step_ns);
}

void boundary_judge(struct boundary *boundary, const struct layer *layer, int64_t time_ns, struct boundary_judgement *judgement)
{
    struct passage passage = { .judgement = judgement, .length = layer->ip.total };
    *judgement = (struct boundary_judgement){ .action = BOUNDARY_NONE };
    time_ns -= boundary->step_ns;
    if (!boundary->begun)
        boundary->first_ns = boundary->now_ns = time_ns;
    boundary->begun = true;
    if (time_ns > boundary->now_ns)
        boundary->now_ns = time_ns;
    enum settings_way way = layer->ip.version ? settings_way(boundary->settings, &layer->ip.src, &layer->ip.dst) : WAY_NONE;
    if (way == WAY_NONE)
        return;
    passage.traffic = classify_packet(layer);
    bool group = addr_is_multicast(&layer->ip.dst), inbound = way == WAY_INBOUND;
    passage.key.outside = inbound ? layer->ip.src : layer->ip.dst;
    passage.key.inside = inbound ? layer->ip.dst : layer->ip.src;
    passage.setting = settings_match(boundary->settings, &passage.key.outside, group ? NULL : &passage.key.inside);
    if (passage.setting == NULL || passage.traffic.kind == TRAFFIC_HIDDEN || boundary_stays(&layer->ip.dst, &passage.traffic))
        return;
    passage.list = (unsigned)(passage.setting - boundary->settings->list);
    judgement->setting = passage.setting;
    judgement->inbound = inbound;
    judgement->module = passage.traffic.module;
    if (inbound)
        boundary_inbound(boundary, &passage, layer->ip.version == 6, group);
    else
        boundary_outbound(boundary, &passage);
}

void boundary_statistics(struct boundary *boundary, uint64_t counters[STATISTIC_COUNT])
{
    for (uint32_t i = 0; i < boundary->settings->count; i++) {
        const struct setting *setting = &boundary->settings->list[i];
        lru_expire(boundary->entries, i, boundary_span(setting, SETTING_STATE_IDLE), boundary->now_ns);
        lru_expire(boundary->queues, i, boundary_span(setting, SETTING_QUEUE_IDLE), boundary->now_ns);
    }
    memcpy(counters, boundary->counters, sizeof boundary->counters);
    counters[STATISTIC_ENTRIES] = lru_count(boundary->entries);
    counters[STATISTIC_QUEUES] = lru_count(boundary->queues);
}

const char *boundary_action_name(enum boundary_action action)
{
    static const char *const names[] = { NULL, "pass", "drop", "ratelimit" };
    return names[action];
}

const char *boundary_class_name(enum boundary_class sort)
{
    static const char *const names[] = { "ipsec-unauth", "ipsec-auth", "icmpv6", "filter-exempt", "filter-block", "def-block-exempt",
                                         "def-block", "outbound", "malformed" };
    return names[sort];
}
