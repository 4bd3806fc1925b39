/*
 * settings: what an edge host's IPsec DoS Protection is set to, as `Get-NetIPsecDospSetting` prints it: "name : value" lines with the property
 * names of MSFT_NetIPsecDoSPSetting, one setting (a filter, where it names addresses) from the next by a blank line.
 *
 * What the system does not print, the same file says in lines of esplain's own: InternalPrefix and PublicPrefix (repeatable), because a capture
 * shows no interfaces; and the Assume... lines, which choose between readings of what nobody documents.
 */
#ifndef DOSP_SETTINGS_H
#define DOSP_SETTINGS_H

#include <stdbool.h>

#include "base/addr.h"
#include "base/error.h"

#define SETTINGS_MAX 64u           /* settings of all files */
#define SETTINGS_PREFIXES_MAX 256u /* of one side */
#define SETTINGS_TEXT_MAX (1u << 20)

enum setting_number {
    SETTING_STATE_IDLE,     /* seconds */
    SETTING_QUEUE_IDLE,     /* seconds */
    SETTING_UNAUTH_DSCP,
    SETTING_UNAUTH_RATE,    /* bytes a second; 0: no limit. As are all rates */
    SETTING_UNAUTH_PER_IP_RATE,
    SETTING_AUTH_DSCP,
    SETTING_AUTH_RATE,
    SETTING_ICMP6_DSCP,
    SETTING_ICMP6_RATE,
    SETTING_EXEMPT_DSCP,
    SETTING_EXEMPT_RATE,
    SETTING_DEFAULT_BLOCK_DSCP,
    SETTING_DEFAULT_BLOCK_RATE, /* of what the default block would drop, where it is off */
    SETTING_MAX_ENTRIES,
    SETTING_MAX_QUEUES,
    SETTING_KEYING_MODULES, /* set of enum keying_module */
    SETTING_FILTERING,      /* set of enum filtering */
    SETTING_NUMBERS
};

enum keying_module { KEYING_IKEV1 = 1, KEYING_IKEV2 = 2, KEYING_AUTHIP = 4 };
enum filtering { FILTERING_NO_DEFAULT_BLOCK = 8, FILTERING_BLOCK = 16, FILTERING_EXEMPT = 32 };

#define SETTING_NAME_MAX 64u

struct setting {
    char name[SETTING_NAME_MAX];  /* as the file has it, cut; escape when shown. "" for none */
    uint32_t line;                /* where it begins in its file */
    struct prefix outside, inside; /* PublicV6Address and PrivateV6Address; a family of 0: any */
    uint32_t numbers[SETTING_NUMBERS];
};

/* What nobody documents; the first of each is the default. */
enum settings_entry_by { ENTRY_BY_OUTBOUND_IPSEC, ENTRY_BY_OUTBOUND_ESP, ENTRY_BY_INBOUND_NEGOTIATION };
enum settings_stateless { STATELESS_DROP, STATELESS_RATE_LIMIT };
enum settings_modules { MODULES_BOTH_WAYS, MODULES_INBOUND };

struct settings {
    struct setting list[SETTINGS_MAX];
    uint32_t count;
    struct prefix inside[SETTINGS_PREFIXES_MAX], outside[SETTINGS_PREFIXES_MAX];
    uint32_t inside_count, outside_count;
    uint8_t entry_by;  /* AssumeEntryBy: which packet makes a state entry */
    uint8_t stateless; /* AssumeEspWithoutEntry: what becomes of inbound ESP that has none */
    uint8_t modules;   /* AssumeKeyingModuleCheck: in which directions */
};

/* Does the text (UTF-8) hold such settings? A line with one of their names says so. */
bool settings_recognise(const char *text, size_t length);
/*
 * Adds what a file says. `name` is the file's, escaped. False, with the file, the line and the reason, where a value cannot be. `remark` is told of
 * lines that say nothing known (one line of text each); it may be NULL.
 */
bool settings_add(struct settings *settings, const char *name, const char *text, size_t length,
                  void (*remark)(void *context, const char *line), void *context, struct error *error);
/* Once all files are in: one setting with every default where there is none, and which side is which. False where that cannot be told. */
bool settings_ready(struct settings *settings, struct error *error);

enum settings_way { WAY_NONE, WAY_INBOUND, WAY_OUTBOUND };
/* From which side to which a packet goes; WAY_NONE where it does not cross the box. */
enum settings_way settings_way(const struct settings *settings, const struct addr *src, const struct addr *dst);
/* The most specific setting that holds both addresses; `inside` may be NULL (a group of receivers). NULL: none. */
const struct setting *settings_match(const struct settings *settings, const struct addr *outside, const struct addr *inside);

const char *settings_number_name(enum setting_number number); /* "StateIdleTimeoutSeconds" */
/* The value's word for an Assume... line: settings_entry_by_name(ENTRY_BY_OUTBOUND_ESP) is "OutboundEsp". */
const char *settings_entry_by_name(enum settings_entry_by value);

#endif
