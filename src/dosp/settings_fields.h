/* settings_fields: the names that a settings file may have, what each takes, and the reading of one value. Private to settings. */
#ifndef DOSP_SETTINGS_FIELDS_H
#define DOSP_SETTINGS_FIELDS_H

#include "base/lines.h"
#include "dosp/settings.h"

enum field_kind {
    FIELD_NUMBER,       /* of a setting: `least` to `most` */
    FIELD_RATE,         /* a number, or "Disabled" */
    FIELD_DSCP,         /* 0 to 63, 255 or "Disabled" */
    FIELD_MODULES,
    FIELD_FILTERING,
    FIELD_NAME,         /* of the setting */
    FIELD_OUTSIDE,      /* PublicV6Address */
    FIELD_INSIDE,
    FIELD_OUTSIDE_SIDE, /* esplain's own: of the whole file */
    FIELD_INSIDE_SIDE,
    FIELD_ENTRY_BY,
    FIELD_STATELESS,
    FIELD_MODULES_WAY,
    FIELD_IGNORED,      /* known, and of no use here */
};

struct field {
    const char *name;
    uint8_t kind;       /* enum field_kind */
    uint8_t number;     /* enum setting_number, of those that have one */
    uint32_t least, otherwise; /* the smallest value; the documented default */
};

const struct field *field_find(struct span name); /* without case; NULL: not known */
const struct field *field_of(enum setting_number number);
bool field_is_own(const struct field *field);     /* of the file, not of a setting */

/* Writes the value into the setting or the settings; NULL, or why it cannot be. Empty values leave the default. */
const char *field_take(const struct field *field, struct span value, struct settings *settings, struct setting *setting);

#endif
