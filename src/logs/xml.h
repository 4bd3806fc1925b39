/*
 * xml: the values in one XML element, through libxml2: no network, no entities, no DTD, bounded in depth and length.
 */
#ifndef LOGS_XML_H
#define LOGS_XML_H

#include "base/lines.h"

#define XML_DEPTH_MAX 16

struct xml_value {
    struct span element;    /* local name */
    struct span name;       /* the value of its attribute Name, empty without one */
    struct span attribute;  /* which attribute this is the value of; empty: the element's text */
    struct span text;
};

/* False where the element is not well-formed, too deep, or declares a DTD; values met before that were given. */
bool xml_walk(struct span element, void *context, void (*value)(void *context, const struct xml_value *value));
/*
 * The length of the element that begins at text.at[0] == '<', with the name that stands there, by its tags alone; 0: it does not end within the text.
 * Elements of the same name may be nested.
 */
size_t xml_extent(struct span text);
/* The name behind '<'; empty where none begins there. */
struct span xml_name(struct span text);

#endif
