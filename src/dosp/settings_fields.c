/* settings_fields: one row a name. Names are those of MSFT_NetIPsecDoSPSetting; IPSEC_DOSP_OPTIONS0 spells them alike but for their case. */
#include "dosp/settings_fields.h"

#define DSCP_DISABLED 255u /* IPSEC_DOSP_DSCP_DISABLE_VALUE */

static const struct field fields[] = {
    { "StateIdleTimeoutSeconds", FIELD_NUMBER, SETTING_STATE_IDLE, 1, 360 },
    { "PerIPRateLimitQueueIdleTimeoutSeconds", FIELD_NUMBER, SETTING_QUEUE_IDLE, 1, 360 },
    { "IpV6IPsecUnauthDscp", FIELD_DSCP, SETTING_UNAUTH_DSCP, 0, DSCP_DISABLED },
    { "IpV6IPsecUnauthRateLimitBytesPerSec", FIELD_RATE, SETTING_UNAUTH_RATE, 0, 10240 },
    { "IpV6IPsecUnauthPerIPRateLimitBytesPerSec", FIELD_RATE, SETTING_UNAUTH_PER_IP_RATE, 0, 10240 },
    { "IpV6IPsecAuthDscp", FIELD_DSCP, SETTING_AUTH_DSCP, 0, DSCP_DISABLED },
    { "IpV6IPsecAuthRateLimitBytesPerSec", FIELD_RATE, SETTING_AUTH_RATE, 0, 0 },
    { "IcmpV6Dscp", FIELD_DSCP, SETTING_ICMP6_DSCP, 0, DSCP_DISABLED },
    { "IcmpV6RateLimitBytesPerSec", FIELD_RATE, SETTING_ICMP6_RATE, 0, 10240 },
    { "IpV6FilterExemptDscp", FIELD_DSCP, SETTING_EXEMPT_DSCP, 0, DSCP_DISABLED },
    { "IpV6FilterExemptRateLimitBytesPerSec", FIELD_RATE, SETTING_EXEMPT_RATE, 0, 102400 },
    { "DefBlockExemptDscp", FIELD_DSCP, SETTING_DEFAULT_BLOCK_DSCP, 0, DSCP_DISABLED },
    { "DefBlockExemptRateLimitBytesPerSec", FIELD_RATE, SETTING_DEFAULT_BLOCK_RATE, 0, 102400 },
    { "MaxStateEntries", FIELD_NUMBER, SETTING_MAX_ENTRIES, 1, 75000 },
    { "MaxPerIPRateLimitQueues", FIELD_NUMBER, SETTING_MAX_QUEUES, 1, 50000 },
    { "EnabledKeyingModules", FIELD_MODULES, SETTING_KEYING_MODULES, 0, KEYING_AUTHIP },
    { "FilteringFlags", FIELD_FILTERING, SETTING_FILTERING, 0, 0 },
    { "PublicV6Address", FIELD_OUTSIDE, 0, 0, 0 },
    { "PrivateV6Address", FIELD_INSIDE, 0, 0, 0 },
    { "Name", FIELD_NAME, 0, 0, 0 },
    { "InternalPrefix", FIELD_INSIDE_SIDE, 0, 0, 0 },
    { "PublicPrefix", FIELD_OUTSIDE_SIDE, 0, 0, 0 },
    { "AssumeEntryBy", FIELD_ENTRY_BY, 0, 0, 0 },
    { "AssumeEspWithoutEntry", FIELD_STATELESS, 0, 0, 0 },
    { "AssumeKeyingModuleCheck", FIELD_MODULES_WAY, 0, 0, 0 },
    { "PublicInterfaceAliases", FIELD_IGNORED, 0, 0, 0 }, /* a capture knows addresses, not the box's interfaces */
    { "PrivateInterfaceAliases", FIELD_IGNORED, 0, 0, 0 },
    { "EffectiveAddressFamily", FIELD_IGNORED, 0, 0, 0 },
    { "InstanceID", FIELD_IGNORED, 0, 0, 0 },
    { "Caption", FIELD_IGNORED, 0, 0, 0 },
    { "Description", FIELD_IGNORED, 0, 0, 0 },
    { "ElementName", FIELD_IGNORED, 0, 0, 0 },
    { "PSComputerName", FIELD_IGNORED, 0, 0, 0 },
    { "PSShowComputerName", FIELD_IGNORED, 0, 0, 0 },
    { "RunspaceId", FIELD_IGNORED, 0, 0, 0 },
    { "CimClass", FIELD_IGNORED, 0, 0, 0 },
    { "CimInstanceProperties", FIELD_IGNORED, 0, 0, 0 },
    { "CimSystemProperties", FIELD_IGNORED, 0, 0, 0 },
};

#define FIELDS (sizeof fields / sizeof fields[0])

struct field_word {
    const char *word;
    uint32_t value;
};

static const struct field_word modules[] = {
    { "None", 0 }, { "IkeV1", KEYING_IKEV1 }, { "IkeV2", KEYING_IKEV2 }, { "AuthIP", KEYING_AUTHIP }, { NULL, 0 },
};
static const struct field_word filterings[] = {
    { "None", 0 }, { "DisableDefaultBlock", FILTERING_NO_DEFAULT_BLOCK }, { "FilterBlock", FILTERING_BLOCK },
    { "FilterExempt", FILTERING_EXEMPT }, { NULL, 0 },
};
static const struct field_word entry_bys[] = {
    { "OutboundIPsec", ENTRY_BY_OUTBOUND_IPSEC }, { "OutboundEsp", ENTRY_BY_OUTBOUND_ESP },
    { "InboundNegotiation", ENTRY_BY_INBOUND_NEGOTIATION }, { NULL, 0 },
};
static const struct field_word statelesses[] = { { "Drop", STATELESS_DROP }, { "RateLimit", STATELESS_RATE_LIMIT }, { NULL, 0 } };
static const struct field_word ways[] = { { "Both", MODULES_BOTH_WAYS }, { "Inbound", MODULES_INBOUND }, { NULL, 0 } };

const struct field *field_find(struct span name)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (span_is_nocase(name, fields[i].name))
            return &fields[i];
    return NULL;
}

const struct field *field_of(enum setting_number number)
{
    for (size_t i = 0; i < FIELDS; i++)
        if (fields[i].number == number && fields[i].kind <= FIELD_FILTERING)
            return &fields[i];
    return NULL;
}

bool field_is_own(const struct field *field)
{
    return field->kind >= FIELD_OUTSIDE_SIDE && field->kind <= FIELD_MODULES_WAY;
}

const char *settings_number_name(enum setting_number number)
{
    return field_of(number)->name;
}

const char *settings_entry_by_name(enum settings_entry_by value)
{
    return entry_bys[value].word;
}

static bool field_word(const struct field_word *words, struct span word, uint32_t *value)
{
    for (; words->word != NULL; words++)
        if (span_is_nocase(word, words->word)) {
            *value = words->value;
            return true;
        }
    return false;
}

/* Words with commas between them, in braces or not, or the number that stands for their set. */
static bool field_set(const struct field_word *words, struct span value, uint32_t *set)
{
    uint64_t number;
    uint32_t all = 0;
    for (const struct field_word *word = words; word->word != NULL; word++)
        all |= word->value;
    if (span_number(value, UINT32_MAX, &number)) {
        *set = (uint32_t)number;
        return (number & ~(uint64_t)all) == 0;
    }
    if (value.length >= 2 && value.at[0] == '{' && value.at[value.length - 1] == '}')
        value = span_trim((struct span){ value.at + 1, value.length - 2 });
    *set = 0;
    for (struct span word; span_until(&value, ',', &word);) {
        uint32_t one;
        if (!field_word(words, span_trim(word), &one))
            return false;
        *set |= one;
    }
    return true;
}

static const char *field_number(const struct field *field, struct span value, uint32_t *into)
{
    uint64_t number;
    bool dscp = field->kind == FIELD_DSCP;
    if (field->kind != FIELD_NUMBER && span_is_nocase(value, "Disabled")) {
        *into = dscp ? DSCP_DISABLED : 0;
        return NULL;
    }
    if (!span_number(value, UINT32_MAX, &number))
        return field->kind == FIELD_NUMBER ? "not a number from 1 to 4294967295" : "neither a number up to 4294967295 nor Disabled";
    if (dscp && number > 63 && number != DSCP_DISABLED)
        return "a DSCP is at most 63 (255: disabled)";
    if (number < field->least)
        return "must be greater than 0";
    *into = (uint32_t)number;
    return NULL;
}

static const char *field_address(struct span value, struct prefix *prefix)
{
    if (!prefix_parse(value.at, value.length, prefix))
        return "not an IPv6 address or prefix";
    return prefix->addr.family == 6 ? NULL : "an IPv4 address; IPsec DoS Protection filters by IPv6 addresses alone";
}

static const char *field_side(struct span value, struct prefix *sides, uint32_t *count)
{
    for (struct span one; span_until(&value, ',', &one);) {
        one = span_trim(one);
        if (*count == SETTINGS_PREFIXES_MAX)
            return "more prefixes of one side than are taken";
        if (!prefix_parse(one.at, one.length, &sides[*count]))
            return "not an address or prefix";
        (*count)++;
    }
    return NULL;
}

static const char *field_assume(const struct field_word *words, struct span value, uint8_t *into, const char *takes)
{
    uint32_t number;
    if (!field_word(words, value, &number))
        return takes;
    *into = (uint8_t)number;
    return NULL;
}

const char *field_take(const struct field *field, struct span value, struct settings *settings, struct setting *setting)
{
    if (value.length == 0)
        return NULL;
    switch ((enum field_kind)field->kind) {
    case FIELD_NUMBER:
    case FIELD_RATE:
    case FIELD_DSCP:
        return field_number(field, value, &setting->numbers[field->number]);
    case FIELD_MODULES:
        return field_set(modules, value, &setting->numbers[field->number]) ? NULL : "takes None, IkeV1, IkeV2 and AuthIP";
    case FIELD_FILTERING:
        if (!field_set(filterings, value, &setting->numbers[field->number]))
            return "takes None, DisableDefaultBlock, FilterBlock and FilterExempt";
        return (setting->numbers[field->number] & (FILTERING_BLOCK | FILTERING_EXEMPT)) == (FILTERING_BLOCK | FILTERING_EXEMPT)
                   ? "a filter blocks or exempts, not both"
                   : NULL;
    case FIELD_OUTSIDE:
        return field_address(value, &setting->outside);
    case FIELD_INSIDE:
        return field_address(value, &setting->inside);
    case FIELD_OUTSIDE_SIDE:
        return field_side(value, settings->outside, &settings->outside_count);
    case FIELD_INSIDE_SIDE:
        return field_side(value, settings->inside, &settings->inside_count);
    case FIELD_ENTRY_BY:
        return field_assume(entry_bys, value, &settings->entry_by, "takes OutboundIPsec, OutboundEsp or InboundNegotiation");
    case FIELD_STATELESS:
        return field_assume(statelesses, value, &settings->stateless, "takes Drop or RateLimit");
    case FIELD_MODULES_WAY:
        return field_assume(ways, value, &settings->modules, "takes Both or Inbound");
    case FIELD_NAME:
        memcpy(setting->name, value.at, value.length < SETTING_NAME_MAX - 1 ? value.length : SETTING_NAME_MAX - 1);
        return NULL;
    case FIELD_IGNORED:
        return NULL;
    }
    return NULL;
}
