/* xml: the only file that includes <libxml/...>. */
#include "logs/xml.h"

#include <string.h>

#include <libxml/xmlreader.h>

#include "logs/fields.h"

static void xml_silent(void *context, xmlErrorPtr error)
{
    (void)context;
    (void)error;
}

static struct span xml_span(const xmlChar *chars)
{
    return (struct span){ (const char *)chars, chars ? strlen((const char *)chars) : 0 };
}

static void xml_attributes(xmlTextReaderPtr reader, struct xml_value *value, void *context, void (*give)(void *, const struct xml_value *))
{
    while (xmlTextReaderMoveToNextAttribute(reader) == 1) {
        value->attribute = xml_span(xmlTextReaderConstLocalName(reader));
        value->text = xml_span(xmlTextReaderConstValue(reader));
        give(context, value);
    }
    xmlTextReaderMoveToElement(reader);
}

bool xml_walk(struct span element, void *context, void (*give)(void *context, const struct xml_value *value))
{
    xmlChar *names[XML_DEPTH_MAX] = { NULL }, *labels[XML_DEPTH_MAX] = { NULL };
    int read = -1;
    xmlTextReaderPtr reader = xmlReaderForMemory(element.at, (int)element.length, NULL, "UTF-8", XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING);
    if (reader == NULL)
        return false;
    xmlTextReaderSetStructuredErrorHandler(reader, xml_silent, NULL);
    while ((read = xmlTextReaderRead(reader)) == 1) {
        int depth = xmlTextReaderDepth(reader), type = xmlTextReaderNodeType(reader);
        if (depth < 0 || depth >= XML_DEPTH_MAX || type == XML_READER_TYPE_DOCUMENT_TYPE || type == XML_READER_TYPE_ENTITY_REFERENCE) {
            read = -1;
            break;
        }
        struct xml_value value = { .text = { NULL, 0 } };
        if (type == XML_READER_TYPE_ELEMENT) {
            xmlFree(names[depth]);
            xmlFree(labels[depth]);
            names[depth] = xmlStrdup(xmlTextReaderConstLocalName(reader));
            labels[depth] = xmlTextReaderGetAttribute(reader, (const xmlChar *)"Name");
            value.element = xml_span(names[depth]);
            value.name = xml_span(labels[depth]);
            xml_attributes(reader, &value, context, give);
        } else if ((type == XML_READER_TYPE_TEXT || type == XML_READER_TYPE_CDATA) && depth > 0) {
            value.element = xml_span(names[depth - 1]);
            value.name = xml_span(labels[depth - 1]);
            value.text = xml_span(xmlTextReaderConstValue(reader));
            give(context, &value);
        }
    }
    for (unsigned i = 0; i < XML_DEPTH_MAX; i++) {
        xmlFree(names[i]);
        xmlFree(labels[i]);
    }
    xmlFreeTextReader(reader);
    return read == 0;
}

struct span xml_name(struct span text)
{
    size_t length = 0;
    if (text.length < 2 || text.at[0] != '<')
        return (struct span){ text.at, 0 };
    for (const char *at = text.at + 1; length + 1 < text.length; at++, length++)
        if (!((*at >= 'a' && *at <= 'z') || (*at >= 'A' && *at <= 'Z') || (length > 0 && ((*at >= '0' && *at <= '9') || strchr("_.:-", *at)) && *at)))
            break;
    return (struct span){ text.at + 1, length };
}

size_t xml_extent(struct span text)
{
    struct span name = xml_name(text);
    unsigned depth = 0;
    for (size_t at = 0; name.length > 0 && at < text.length; at++) {
        const char *open = memchr(text.at + at, '<', text.length - at);
        if (open == NULL)
            return 0;
        at = (size_t)(open - text.at);
        bool closes = at + 1 < text.length && open[1] == '/';
        size_t from = at + (closes ? 2 : 1);
        if (text.length - from <= name.length || memcmp(text.at + from, name.at, name.length) != 0 || !strchr(" \t\r\n/>", text.at[from + name.length]))
            continue;
        const char *end = memchr(text.at + from, '>', text.length - from);
        if (end == NULL)
            return 0;
        at = (size_t)(end - text.at);
        if (closes)
            depth--;
        else if (end[-1] != '/')
            depth++;
        if (depth == 0)
            return at + 1;
    }
    return 0;
}
