/* review: the end of the capture, tried out on a copy of the ledger. */
#include "engine/news.h"

struct ledger *review_begin(struct esplain *esplain, int64_t now_ns)
{
    struct ledger *own = esplain->detect.ledger, *copy = ledger_clone(own);
    if (copy == NULL)
        return NULL;
    esplain->detect.ledger = copy;
    ike_sessions_review(esplain->sessions, now_ns);
    engine_conclude_all(esplain);
    return own;
}

void review_end(struct esplain *esplain, struct ledger *own)
{
    ledger_destroy(esplain->detect.ledger);
    esplain->detect.ledger = own;
}

void news_review(struct news *news, struct esplain *esplain, int64_t now_ns, int64_t clock_ns)
{
    uint32_t standing = ledger_count(esplain->detect.ledger);
    struct ledger *own = review_begin(esplain, clock_ns);
    if (own == NULL)
        return;
    for (uint32_t i = standing; i < ledger_count(esplain->detect.ledger); i++) {
        struct finding *finding = ledger_at(esplain->detect.ledger, i);
        const struct finding *before = news->reviewed ? ledger_find(news->reviewed, finding) : NULL;
        if (before == NULL)
            continue;
        finding->told = before->told;
        if (finding->told.count == 0)
            news_settled(news, esplain, finding, now_ns);
    }
    ledger_destroy(news->reviewed);
    news->reviewed = esplain->detect.ledger;
    esplain->detect.ledger = own;
}
