/* SPDX-License-Identifier: MIT */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/tree.h>
#include <limits.h>
#include <string.h>

#include "buffer.h"
#include "once.h"
#include "text.h"
#include "xml.h"

/* Writing */

const char *so_xml_escape(struct so_arena *arena, const char *text, size_t size)
{
    if (!size || !strpbrk(text, "&<>\"\r"))
        return text;
    xmlChar *escaped = xmlEncodeSpecialChars(NULL, BAD_CAST text);
    const char *kept = escaped ? so_arena_copy(arena, (char *)escaped, strlen((char *)escaped)) : NULL;
    if (escaped)
        explicit_bzero(escaped, strlen((char *)escaped));
    xmlFree(escaped);
    if (!kept)
        arena->failed = true;
    return kept;
}

static bool write_element(struct so_arena *arena, struct so_buffer *xml, const struct so_value *value)
{
    const char *text = value->text ? so_xml_escape(arena, value->text, value->size) : "";
    if (!text || !so_buffer_text(xml, text))
        return false;
    for (const struct so_value *child = value->first; child; child = child->next)
        if (!so_buffer_text(xml, "<") || !so_buffer_text(xml, child->name) || !so_buffer_text(xml, ">") ||
            !write_element(arena, xml, child) || !so_buffer_text(xml, "</") || !so_buffer_text(xml, child->name) ||
            !so_buffer_text(xml, ">"))
            return false;
    return true;
}

const char *so_xml_write(struct so_arena *arena, const struct so_value *root, const char *space, size_t *size)
{
    struct so_buffer xml = {0};
    const char *kept = NULL;
    const char *start = space ? so_arena_join(arena, "<", root->name, " xmlns=\"", space, "\">", NULL)
                              : so_arena_join(arena, "<", root->name, ">", NULL);
    const char *end = so_arena_join(arena, "</", root->name, ">", NULL);
    if (start && end && so_buffer_text(&xml, start) && write_element(arena, &xml, root) && so_buffer_text(&xml, end))
        kept = so_arena_copy(arena, xml.bytes, xml.size);
    *size = xml.size;
    so_buffer_free(&xml);
    if (!kept)
        arena->failed = true;
    return kept;
}

/* Reading */

/* Called at "<!DOCTYPE name", before anything inside is looked at. */
static void refuse_doctype(void *context, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    xmlParserCtxtPtr parser = context;
    parser->hasExternalSubset = 1; /* our mark: nothing else sets it without a DTD */
    xmlStopParser(parser);
}

static const char *why_unread(xmlParserCtxtPtr parser)
{
    if (parser->hasExternalSubset)
        return "has a document type definition, which is never read";
    if (parser->errNo == XML_ERR_NO_MEMORY)
        return NULL;
    if (parser->depth > (int)xmlParserMaxDepth || parser->nameNr > (int)xmlParserMaxDepth)
        return "is nested too deeply";
    return "is not well-formed XML";
}

static xmlNodePtr first_element(xmlNodePtr node)
{
    while (node && node->type != XML_ELEMENT_NODE)
        node = node->next;
    return node;
}

/* Of the namespace that the reader asked for, if it did. */
static bool is_wanted(const struct so_document *document, xmlNodePtr element)
{
    return !document->space || (element->ns && !strcmp((const char *)element->ns->href, document->space));
}

static xmlNodePtr next_wanted(const struct so_document *document, xmlNodePtr node)
{
    for (node = first_element(node); node && !is_wanted(document, node);)
        node = first_element(node->next);
    return node;
}

static bool is_nil(xmlNodePtr element)
{
    for (xmlAttrPtr attribute = element->properties; attribute; attribute = attribute->next)
        if (!strcmp((const char *)attribute->name, "nil") && attribute->ns && attribute->children &&
            !strcmp((const char *)attribute->ns->href, "http://www.w3.org/2001/XMLSchema-instance"))
            return !strcmp((const char *)attribute->children->content, "true") ||
                   !strcmp((const char *)attribute->children->content, "1");
    return false;
}

static enum so_type xml_type(struct so_node node)
{
    xmlNodePtr element = node.place;
    if (first_element(element->children))
        return SO_TABLE;
    return element->properties && is_nil(element) ? SO_NIL : SO_STRING;
}

static struct so_node xml_node(struct so_node parent, xmlNodePtr element)
{
    return (struct so_node){parent.document, element, 0};
}

static bool xml_child(struct so_node parent, const char *name, struct so_node *out)
{
    xmlNodePtr element = next_wanted(parent.document, ((xmlNodePtr)parent.place)->children);
    while (element && strcmp((const char *)element->name, name))
        element = next_wanted(parent.document, element->next);
    *out = xml_node(parent, element);
    return element != NULL;
}

static bool xml_next(struct so_node list, size_t *cursor, void **place, struct so_node *out)
{
    xmlNodePtr before = *place;
    xmlNodePtr element = next_wanted(list.document, *cursor ? before->next : ((xmlNodePtr)list.place)->children);
    if (!element)
        return false;
    ++*cursor;
    *place = element;
    *out = xml_node(list, element);
    return true;
}

/* Text that is not one node (comments, CDATA between) is put together in the arena. */
static bool gather_text(struct so_arena *arena, xmlNodePtr children, const char **text, size_t *size)
{
    struct so_buffer whole = {0};
    bool fine = true;
    for (xmlNodePtr node = children; fine && node; node = node->next)
        if (node->type == XML_TEXT_NODE || node->type == XML_CDATA_SECTION_NODE)
            fine = so_buffer_text(&whole, (const char *)node->content);
    *size = whole.size;
    *text = fine ? so_arena_copy(arena, whole.size ? whole.bytes : "", whole.size) : NULL;
    so_buffer_free(&whole);
    return *text != NULL;
}

static bool text_of(struct so_arena *arena, xmlNodePtr children, const char **text, size_t *size)
{
    bool plain = children && !children->next &&
                 (children->type == XML_TEXT_NODE || children->type == XML_CDATA_SECTION_NODE);
    if (children && !plain)
        return gather_text(arena, children, text, size);
    *text = plain ? (const char *)children->content : "";
    *size = strlen(*text);
    return true;
}

static bool xml_text(struct so_node node, const char **text, size_t *size)
{
    return xml_type(node) == SO_STRING &&
           text_of(node.document->arena, ((xmlNodePtr)node.place)->children, text, size);
}

static bool xml_number(struct so_node node, double *out)
{
    (void)node, (void)out;
    return false; /* XML has texts only: so_node_number reads them */
}

static bool xml_truth(struct so_node node, bool *out)
{
    (void)node, (void)out;
    return false;
}

static bool xml_attribute(struct so_node node, const char *name, const char **text, size_t *size)
{
    xmlAttrPtr attribute = ((xmlNodePtr)node.place)->properties;
    while (attribute && strcmp((const char *)attribute->name, name))
        attribute = attribute->next;
    return attribute && text_of(node.document->arena, attribute->children, text, size);
}

static const char *xml_name(struct so_node node)
{
    return (const char *)((xmlNodePtr)node.place)->name;
}

static const char *xml_space(struct so_node node)
{
    xmlNsPtr space = ((xmlNodePtr)node.place)->ns;
    return space ? (const char *)space->href : NULL;
}

static bool xml_empty(struct so_node node)
{
    const char *text;
    size_t size;
    if (!xml_text(node, &text, &size))
        return xml_type(node) == SO_NIL;
    so_text_trim(&text, &size);
    return size == 0;
}

static const struct so_document_methods methods = {
    .type = xml_type,
    .child = xml_child,
    .next = xml_next,
    .text = xml_text,
    .number = xml_number,
    .truth = xml_truth,
    .attribute = xml_attribute,
    .name = xml_name,
    .space = xml_space,
    .empty = xml_empty,
};

/* libxml2 takes a NUL for the end. UTF-16 and UTF-32 have one among their first four bytes, or a mark before them. */
static bool holds_nul(const char *bytes, size_t size)
{
    bool wide = size >= 4 && (memchr(bytes, '\0', 4) || !memcmp(bytes, "\xff\xfe", 2) || !memcmp(bytes, "\xfe\xff", 2));
    return !wide && memchr(bytes, '\0', size);
}

const char *so_xml_read(struct so_xml *out, struct so_arena *arena, const char *bytes, size_t size)
{
    *out = (struct so_xml){.document = {.methods = &methods, .arena = arena}};
    if (size > INT_MAX)
        return "is too large";
    if (holds_nul(bytes, size))
        return "holds a NUL byte";
    so_once_xml();
    xmlParserCtxtPtr parser = xmlCreateMemoryParserCtxt(bytes, (int)size);
    if (!parser) {
        arena->failed = size > 0;
        return "is empty";
    }
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_COMPACT |
                                  XML_PARSE_NOBLANKS);
    parser->sax->internalSubset = refuse_doctype;
    xmlParseDocument(parser);
    out->tree = parser->myDoc;
    xmlNodePtr root = parser->wellFormed && out->tree ? xmlDocGetRootElement(out->tree) : NULL;
    const char *refusal = root ? NULL : why_unread(parser);
    if (!root && !refusal)
        arena->failed = true;
    xmlFreeParserCtxt(parser);
    out->document.root = (struct so_node){&out->document, root, 0};
    return root ? NULL : refusal ? refusal : "did not fit into memory";
}

void so_xml_free(struct so_xml *xml)
{
    if (xml->tree)
        xmlFreeDoc(xml->tree);
    xml->tree = NULL;
}
