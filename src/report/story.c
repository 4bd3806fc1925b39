/*
 * story: lines from the IKE sessions and the SAs, sorted by time. Times are the capture's; each pair of peers has its own list, and a long one is cut
 * in the middle, because the beginning and the end are what is asked for.
 */
#include "report/story.h"

#include <stdio.h>
#include <stdlib.h>
#include <string.h>

#include "catalogue/ike_names.h"
#include "report/page.h"

#define STORY_LINES_MAX 8192u /* collected */
#define STORY_HEAD 14u        /* shown of one pair's beginning and end; -v shows all */
#define STORY_TAIL 14u
#define STORY_PAIRS 8u        /* pairs shown; -v shows all */

struct story_line {
    struct addr low, high; /* the two peers */
    int64_t time_ns;
    uint64_t frame;        /* 0: not kept */
    uint32_t order;        /* of collection: keeps what has one time in its order */
    char text[160];
};

struct story {
    struct story_line *lines;
    uint32_t count;
};

static void story_add(struct story *story, const struct addr *a, const struct addr *b, int64_t time_ns, uint64_t frame,
                      const char *format, ...) __attribute__((format(printf, 6, 7)));

static void story_add(struct story *story, const struct addr *a, const struct addr *b, int64_t time_ns, uint64_t frame,
                      const char *format, ...)
{
    if (story->count == STORY_LINES_MAX)
        return;
    struct story_line *line = &story->lines[story->count];
    bool up = addr_compare(a, b) < 0;
    *line = (struct story_line){ .low = up ? *a : *b, .high = up ? *b : *a, .time_ns = time_ns, .frame = frame,
                                 .order = story->count++ };
    va_list arguments;
    va_start(arguments, format);
    vsnprintf(line->text, sizeof line->text, format, arguments);
    va_end(arguments);
}

static int story_compare(const void *left, const void *right)
{
    const struct story_line *a = left, *b = right;
    int order = addr_compare(&a->low, &b->low);
    if (order == 0)
        order = addr_compare(&a->high, &b->high);
    if (order == 0)
        order = (a->time_ns > b->time_ns) - (a->time_ns < b->time_ns);
    return order ? order : (a->order > b->order) - (a->order < b->order);
}

static void story_request(struct story *story, const struct ike_session *session, unsigned side)
{
    const struct ike_request *request = &session->request[side];
    char asker[ADDR_TEXT_MAX], span[SPAN_TEXT_MAX];
    const char *name = ike_exchange_name(session->version, request->exchange);
    if (!request->pending || request->sent < 2)
        return;
    addr_print(side == 0 ? &session->initiator : &session->responder, asker);
    span_print(request->last_ns - request->first_ns, span);
    story_add(story, &session->initiator, &session->responder, request->first_ns, request->first_frame,
              "%s asks (%s, message %u), %u times in %s: no answer", asker, name ? name : "an unknown exchange", request->message_id,
              request->sent, span);
}

static void story_session(struct story *story, const struct ike_session *session)
{
    const struct addr *a = &session->initiator, *b = &session->responder;
    char initiator[ADDR_TEXT_MAX];
    addr_print(a, initiator);
    if (session->stage == IKE_STAGE_LATE)
        story_add(story, a, b, session->first_ns, session->first_frame, "IKE is under way when the capture begins");
    else if (session->replaces)
        story_add(story, a, b, session->first_ns, session->first_frame, "IKE SA rekeyed by %s: a new one, %.100s", initiator,
                  session->chosen);
    else
        story_add(story, a, b, session->first_ns, session->first_frame, "%s begins IKEv%u%s%.90s", initiator,
                  session->version == IKE_VERSION_2 ? 2 : 1, session->offer[0] ? ", offers " : "", session->offer);
    if (session->up_ns && session->stage != IKE_STAGE_LATE && !session->replaces)
        story_add(story, a, b, session->up_ns, session->up_frame, "IKE SA is up%s%.100s", session->chosen[0] ? ": " : "", session->chosen);
    if (session->refusal) {
        const char *name = ike_notify_name(session->version, session->refusal);
        story_add(story, a, b, session->refusal_ns, session->refusal_frame, "refused: %s%s", name ? name : "an unknown error notify",
                  session->refusal_of_child ? " (the Child SA; the IKE SA stays)" : "");
    }
    for (uint32_t i = 0; i < session->child_count && i < IKE_CHILDREN; i++) {
        const struct ike_child *child = &session->children[i];
        const char *proto = child->proto == SA_PROTO_AH ? "AH" : "ESP";
        if (!child->inherited)
            story_add(story, a, b, child->born_ns, 0, "Child SA agreed: %s 0x%08x to the initiator, 0x%08x to the responder", proto,
                  child->spi[0], child->spi[1]);
        if (child->ended)
            story_add(story, a, b, child->ended_ns, 0, "Child SA deleted: %s 0x%08x and 0x%08x", proto, child->spi[0], child->spi[1]);
    }
    story_request(story, session, 0);
    story_request(story, session, 1);
    if (session->down_ns)
        story_add(story, a, b, session->down_ns, session->down_frame, session->replaced ? "the old IKE SA is deleted" : "IKE SA deleted");
}

static void story_sa(struct story *story, struct sadb *db, uint32_t index)
{
    const struct sa *sa = sadb_sa(db, index);
    char dst[ADDR_TEXT_MAX];
    uint64_t packets = sa_packets(db, index);
    if (packets == 0 || sa->src.family == 0 || sa->dst.family == 0)
        return;
    const char *proto = sa->proto == SA_PROTO_AH ? "AH" : "ESP";
    addr_print(&sa->dst, dst);
    story_add(story, &sa->src, &sa->dst, sa->first_ns, sa->first_frame, "first %s packet on 0x%08x to %s", proto, sa->spi, dst);
    story_add(story, &sa->src, &sa->dst, sadb_hot(db, index)->last_ns, 0, "last of %llu %s packets on 0x%08x to %s",
              (unsigned long long)packets, proto, sa->spi, dst);
}

static void story_line(struct text *text, const struct story_line *line)
{
    char stamp[STAMP_TEXT_MAX], lead[64];
    size_t length = stamp_print(line->time_ns, stamp);
    int used = snprintf(lead, sizeof lead, "  %.*s ", 15, stamp + length - 19);
    if (line->frame)
        snprintf(lead + used, sizeof lead - (size_t)used, "%6llu  ", (unsigned long long)line->frame);
    else
        snprintf(lead + used, sizeof lead - (size_t)used, "%6s  ", "");
    page_wrap(text, lead, line->text);
}

static void story_pair(struct report *report, const struct story_line *lines, uint32_t count)
{
    struct text *text = &report->line;
    char low[ADDR_TEXT_MAX], high[ADDR_TEXT_MAX];
    addr_print(&lines[0].low, low);
    addr_print(&lines[0].high, high);
    text_printf(text, "\nStory of %s and %s (time, frame)\n", low, high);
    for (uint32_t i = 0; i < count; i++) {
        if (report->options->verbose == 0 && count > STORY_HEAD + STORY_TAIL + 1 && i == STORY_HEAD) {
            i = count - STORY_TAIL;
            text_printf(text, "  ... %u more (-v shows all)\n", count - STORY_HEAD - STORY_TAIL);
        }
        story_line(text, &lines[i]);
        if (text->length > 65536)
            report_flush(report);
    }
}

void story_write(struct report *report)
{
    const struct ike_sessions *sessions = report->detect->sessions;
    struct story story = { 0 };
    if (sessions == NULL || ike_sessions_count(sessions) == 0)
        return;
    story.lines = malloc(STORY_LINES_MAX * sizeof *story.lines);
    if (story.lines == NULL)
        return;
    for (uint32_t i = 0; i < ike_sessions_count(sessions); i++)
        story_session(&story, ike_sessions_at(sessions, i));
    for (uint32_t i = 0; i < sadb_count(report->db); i++)
        story_sa(&story, report->db, i);
    qsort(story.lines, story.count, sizeof *story.lines, story_compare);
    uint32_t pairs = 0;
    for (uint32_t start = 0, end; start < story.count; start = end) {
        end = start;
        while (end < story.count && addr_equal(&story.lines[start].low, &story.lines[end].low) &&
               addr_equal(&story.lines[start].high, &story.lines[end].high))
            end++;
        if (pairs++ < STORY_PAIRS || report->options->verbose)
            story_pair(report, &story.lines[start], end - start);
    }
    if (pairs > STORY_PAIRS && report->options->verbose == 0)
        text_printf(&report->line, "\n... and the stories of %u more pairs of peers (-v shows all)\n", pairs - STORY_PAIRS);
    free(story.lines);
}
