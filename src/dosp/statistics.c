/* statistics: the names. */
#include "dosp/statistics.h"

static const char *const statistic_names[STATISTIC_COUNT] = {
    [STATISTIC_ENTRIES_CREATED] = "totalStateEntriesCreated",
    [STATISTIC_ENTRIES] = "currentStateEntries",
    [STATISTIC_UNAUTH_ALLOWED] = "totalInboundAllowedIPv6IPsecUnauthPkts",
    [STATISTIC_UNAUTH_LIMITED] = "totalInboundRatelimitDiscardedIPv6IPsecUnauthPkts",
    [STATISTIC_UNAUTH_PER_IP_LIMITED] = "totalInboundPerIPRatelimitDiscardedIPv6IPsecUnauthPkts",
    [STATISTIC_UNAUTH_DISCARDED] = "totalInboundOtherDiscardedIPv6IPsecUnauthPkts",
    [STATISTIC_AUTH_ALLOWED] = "totalInboundAllowedIPv6IPsecAuthPkts",
    [STATISTIC_AUTH_LIMITED] = "totalInboundRatelimitDiscardedIPv6IPsecAuthPkts",
    [STATISTIC_AUTH_DISCARDED] = "totalInboundOtherDiscardedIPv6IPsecAuthPkts",
    [STATISTIC_ICMP6_ALLOWED] = "totalInboundAllowedICMPv6Pkts",
    [STATISTIC_ICMP6_LIMITED] = "totalInboundRatelimitDiscardedICMPv6Pkts",
    [STATISTIC_EXEMPT_ALLOWED] = "totalInboundAllowedIPv6FilterExemptPkts",
    [STATISTIC_EXEMPT_LIMITED] = "totalInboundRatelimitDiscardedIPv6FilterExemptPkts",
    [STATISTIC_BLOCKED] = "totalInboundDiscardedIPv6FilterBlockPkts",
    [STATISTIC_DEFAULT_ALLOWED] = "totalInboundAllowedDefBlockExemptPkts",
    [STATISTIC_DEFAULT_LIMITED] = "totalInboundRatelimitDiscardedDefBlockExemptPkts",
    [STATISTIC_DEFAULT_BLOCKED] = "totalInboundDiscardedDefBlockPkts",
    [STATISTIC_QUEUES] = "currentInboundIPv6IPsecUnauthPerIPRateLimitQueues",
};

const char *statistic_name(enum statistic statistic)
{
    return statistic_names[statistic];
}
