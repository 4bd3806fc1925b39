/* news: what is told of a finding while the run goes on. */
#include "engine/news.h"

#define NEWS_SECOND_NS ((int64_t)1000000000)

/* One finding, as it would be concluded now; the ledger's own stays open for what comes. */
static void news_tell(struct esplain *esplain, struct finding *finding, bool again, int64_t now_ns)
{
    struct finding now;
    struct finding_told *told = &finding->told;
    uint64_t more = finding->count - told->count;
    finding_copy(&now, finding);
    if (now.condition->conclude)
        now.condition->conclude(&esplain->detect, &now);
    if (!esplain->options.quiet || esplain->options.format == ESPLAIN_JSON)
        report_alert(&esplain->report, &now, again ? more : 0);
    finding_clear(&now);
    told->count = finding->count;
    told->wait_s = !again ? NEWS_AGAIN_S : told->wait_s * 6 < NEWS_AGAIN_MAX_S ? told->wait_s * 6 : NEWS_AGAIN_MAX_S;
    told->next_ns = now_ns + told->wait_s * NEWS_SECOND_NS;
}

static bool news_may(struct news *news, struct esplain *esplain, int64_t now_ns);

void news_settled(struct news *news, struct esplain *esplain, struct finding *finding, int64_t now_ns)
{
    if (!news_may(news, esplain, now_ns))
        return;
    if (!esplain->options.quiet || esplain->options.format == ESPLAIN_JSON)
        report_alert(&esplain->report, finding, 0);
    finding->told.count = finding->count;
}

static bool news_may(struct news *news, struct esplain *esplain, int64_t now_ns)
{
    if (now_ns - news->burst_ns >= NEWS_BURST_S * NEWS_SECOND_NS) {
        news->burst_ns = now_ns;
        news->told = 0;
        news->said = false;
    }
    if (news->told < NEWS_BURST) {
        news->told++;
        return true;
    }
    if (!news->said)
        engine_message(esplain, "more findings than %u in %d s: the others are told later", NEWS_BURST, NEWS_BURST_S);
    news->said = true;
    return false;
}

void news_new(struct news *news, struct esplain *esplain, int64_t now_ns)
{
    for (uint32_t count = ledger_count(esplain->detect.ledger); news->seen < count; news->seen++) {
        struct finding *finding = ledger_at(esplain->detect.ledger, news->seen);
        const struct finding *before = news->reviewed ? ledger_find(news->reviewed, finding) : NULL;
        if (before != NULL)
            finding->told = before->told; /* as what the end would show */
        if (finding->told.count != 0)
            continue;
        if (news_may(news, esplain, now_ns))
            news_tell(esplain, finding, false, now_ns);
        else
            news->waiting++;
    }
}

void news_again(struct news *news, struct esplain *esplain, int64_t now_ns)
{
    uint32_t count = ledger_count(esplain->detect.ledger);
    for (uint32_t i = 0; i < count && news->waiting > 0; i++) {
        struct finding *finding = ledger_at(esplain->detect.ledger, i);
        if (finding->told.count != 0)
            continue;
        if (!news_may(news, esplain, now_ns))
            return;
        news->waiting--;
        news_tell(esplain, finding, false, now_ns);
    }
    for (uint32_t i = 0; i < count; i++) {
        struct finding *finding = ledger_at(esplain->detect.ledger, i);
        if (finding->told.count != 0 && finding->count > finding->told.count && now_ns >= finding->told.next_ns)
            news_tell(esplain, finding, true, now_ns);
    }
}
