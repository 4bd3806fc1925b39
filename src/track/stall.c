/* stall: runs at the end of an SA, newest packet first. */
#include "track/stall.h"

struct stall_run {
    struct stall stall;
    int64_t second_ns, wait_ns; /* time of the second packet of the run; wait before the packet that was added last */
    uint32_t largest;
};

static const struct recent_packet *stall_back(const struct recent *recent, uint32_t back)
{
    return &recent->ring[(recent->next - back) % RECENT_PACKETS];
}

/* Is this packet, older than the run so far, one more of it? A little is left for the clock: a wait may be a tenth longer than the next. */
static bool stall_add(struct stall_run *run, const struct recent_packet *packet)
{
    struct stall *stall = &run->stall;
    if (packet->total != stall->length || !packet->df || packet->file != stall->file)
        return false;
    int64_t wait = stall->first_ns - packet->time_ns;
    if (wait < STALL_WAIT_NS || (run->wait_ns != 0 && wait > run->wait_ns + run->wait_ns / 10))
        return false;
    run->wait_ns = wait;
    run->second_ns = stall->first_ns;
    stall->first_ns = packet->time_ns;
    stall->first_frame = packet->frame;
    stall->packets++;
    return true;
}

/* The run that ends with the packet `back` in the ring, which is the newest of its SA. */
static void stall_run(const struct recent *recent, uint32_t back, struct stall_run *run)
{
    const struct recent_packet *newest = stall_back(recent, back);
    bool open = true;
    *run = (struct stall_run){ .stall = { .packets = 1, .length = newest->total, .first_frame = newest->frame,
                                          .last_frame = newest->frame, .first_ns = newest->time_ns,
                                          .last_ns = newest->time_ns, .file = newest->file },
                               .largest = newest->total };
    if (!newest->df || newest->total < STALL_LENGTH)
        return;
    for (back++; back <= RECENT_PACKETS && back <= recent->next; back++) {
        const struct recent_packet *packet = stall_back(recent, back);
        if (packet->sa != newest->sa)
            continue;
        if (packet->total > run->largest)
            run->largest = packet->total;
        open = open && stall_add(run, packet);
    }
}

static bool stall_is_newest(const struct recent *recent, uint32_t back)
{
    for (uint32_t newer = 1; newer < back; newer++)
        if (stall_back(recent, newer)->sa == stall_back(recent, back)->sa)
            return false;
    return true;
}

void stall_find(struct sadb *db, const struct recent *recent, const struct event_sink *sink)
{
    for (uint32_t back = 1; back <= RECENT_PACKETS && back <= recent->next; back++) {
        uint32_t index = stall_back(recent, back)->sa;
        uint32_t pair = index < sadb_count(db) ? sadb_sa(db, index)->pair : SADB_NONE;
        if (pair == SADB_NONE || sadb_hot(db, pair)->packets == 0 || !stall_is_newest(recent, back))
            continue;
        struct stall_run run;
        stall_run(recent, back, &run);
        const struct stall *stall = &run.stall;
        if (stall->packets < STALL_PACKETS || run.largest > stall->length || stall->last_ns - stall->first_ns < STALL_SPAN_NS ||
            sadb_hot(db, pair)->last_ns >= run.second_ns)
            continue;
        struct event event = { .kind = EVENT_STALL, .sa = index, .stall = stall };
        sink->raise(sink->context, &event);
    }
}
