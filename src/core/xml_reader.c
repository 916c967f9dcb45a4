/* SPDX-License-Identifier: MIT */
/* Reads XML: libxml2 parses, and its events become a small tree in the call's arena. This tree has only the parts that readers
   need, and takes two thirds of the time of libxml2's own. */
#include <libxml/parser.h>
#include <libxml/parserInternals.h>
#include <libxml/dict.h>
#include <string.h>

#include "buffer.h"
#include "locale.h"
#include "init.h"
#include "text.h"
#include "xml.h"
#include "xml_encoding.h"

/* libxml2 compares every attribute of a tag with every other,
   and searches all namespaces that are in scope: a tag with tens of thousands of them takes seconds. */
enum { ATTRIBUTES_MAX = 256, NAMESPACES_MAX = 256, MARKUP_MAX = 64 * 1024 /* bytes */ };

/* Bytes with faults that libxml2 reports and forgives, such as an undeclared prefix: it writes a text for each. */
enum { COMPLAINTS_MAX = 256 * 1024 };

static const char INSTANCE[] = "http://www.w3.org/2001/XMLSchema-instance";

struct attribute {
    const char *name, *text;
    size_t size;
    struct attribute *next;
};

/* Names and namespaces are in the parser's dictionary, which the document keeps. */
struct element {
    const char *name, *space, *text;
    size_t size;
    int namespaces; /* declared by it */
    bool nil;       /* xsi:nil */
    struct attribute *attributes;
    struct element *parent, *first, *last, *next;
};

struct reader {
    xmlParserCtxtPtr parser;
    struct so_arena *arena;
    struct element *root, *current;
    struct so_buffer text; /* since the last tag */
    size_t values; /* elements and attributes that there may be still */
    int namespaces; /* in scope */
    const char *refusal;
    const char *first; /* byte of all */
    const char *bytes; /* that the parser has not taken yet */
    size_t left, untold; /* bytes that the parser has taken since its last event */
    size_t complaints;
    bool broken;
    struct so_xml_encoding encoding;
    int mistake, line, skipped; /* the first that is fatal, and where; lines before the declaration */
};

/* Callbacks of libxml2 while it parses */

static void stop(struct reader *reader, const char *refusal)
{
    reader->refusal = refusal;
    xmlStopParser(reader->parser);
}

/* At "<!DOCTYPE name", before anything inside is looked at. */
static void on_doctype(void *payload, const xmlChar *name, const xmlChar *public_id, const xmlChar *system_id)
{
    (void)name, (void)public_id, (void)system_id;
    stop(payload, "has a document type definition, which is never read");
}

static void add_attribute(struct reader *reader, struct element *element, const xmlChar **parts)
{
    const char *space = (const char *)parts[2], *value = (const char *)parts[3];
    size_t size = (size_t)(parts[4] - parts[3]);
    struct attribute *attribute = so_arena_alloc(reader->arena, sizeof *attribute);
    if (!attribute)
        return;
    *attribute = (struct attribute){(const char *)parts[0], so_arena_copy(reader->arena, value, size), size,
                                    element->attributes};
    element->attributes = attribute;
    if (space && !strcmp(space, INSTANCE) && !strcmp(attribute->name, "nil"))
        element->nil = so_text_same(value, size, "true", 4) || so_text_same(value, size, "1", 1);
}

static void link_element(struct reader *reader, struct element *element)
{
    struct element *parent = element->parent = reader->current;
    if (!parent)
        reader->root = element;
    else if (parent->last)
        parent->last->next = element;
    else
        parent->first = element;
    if (parent)
        parent->last = element;
    reader->current = element;
}

static void on_start(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *space, int namespaces,
                     const xmlChar **declared, int attributes, int defaulted, const xmlChar **parts)
{
    struct reader *reader = payload;
    (void)prefix, (void)declared, (void)defaulted;
    struct element *element = so_arena_alloc(reader->arena, sizeof *element);
    reader->untold = 0;
    reader->namespaces += namespaces;
    if (!element || reader->values < 1 + (size_t)attributes) {
        stop(reader, "has more elements than any answer");
        return;
    }
    reader->values -= 1 + (size_t)attributes;
    if (!reader->root && so_text_same((const char *)name, strlen((const char *)name), "html", 4)) {
        stop(reader, "is a page, not an answer");
        return;
    }
    if (attributes > ATTRIBUTES_MAX || reader->namespaces > NAMESPACES_MAX) {
        stop(reader, "has a tag with more attributes than any answer");
        return;
    }
    element->namespaces = namespaces;
    element->name = (const char *)name;
    element->space = (const char *)space;
    for (int i = 0; i < attributes; i++)
        add_attribute(reader, element, parts + 5 * i);
    link_element(reader, element);
    so_buffer_clear(&reader->text);
}

/* Text beside child elements is ignored: only an element without children is a text. */
static void on_end(void *payload, const xmlChar *name, const xmlChar *prefix, const xmlChar *space)
{
    struct reader *reader = payload;
    struct element *element = reader->current;
    (void)name, (void)prefix, (void)space;
    if (!element->first && reader->text.size) {
        element->text = so_arena_copy(reader->arena, reader->text.bytes, reader->text.size);
        element->size = element->text ? reader->text.size : 0;
    }
    so_buffer_clear(&reader->text);
    reader->untold = 0;
    reader->namespaces -= element->namespaces;
    reader->current = element->parent;
}

static void on_text(void *payload, const xmlChar *text, int size)
{
    struct reader *reader = payload;
    reader->untold = 0;
    if (!so_buffer_append(&reader->text, text, (size_t)size))
        reader->arena->failed = true;
}

static void on_comment(void *payload, const xmlChar *text)
{
    (void)text;
    ((struct reader *)payload)->untold = 0;
}

static void on_instruction(void *payload, const xmlChar *target, const xmlChar *text)
{
    (void)target, (void)text;
    ((struct reader *)payload)->untold = 0;
}

/* The document */

static struct element *element_of(struct so_node node)
{
    return node.place;
}

static bool is_wanted(const struct so_document *document, const struct element *element)
{
    return !document->space || (element->space && !strcmp(element->space, document->space));
}

static struct element *next_wanted(const struct so_document *document, struct element *element)
{
    while (element && !is_wanted(document, element))
        element = element->next;
    return element;
}

static enum so_type xml_type(struct so_node node)
{
    const struct element *element = element_of(node);
    return element->first ? SO_TABLE : element->nil ? SO_NIL : SO_STRING;
}

static bool xml_child(struct so_node parent, const char *name, struct so_node *out)
{
    struct element *element = next_wanted(parent.document, element_of(parent)->first);
    while (element && strcmp(element->name, name))
        element = next_wanted(parent.document, element->next);
    *out = (struct so_node){parent.document, element, 0};
    return element != NULL;
}

static bool xml_next(struct so_node list, size_t *cursor, void **place, struct so_node *out)
{
    const struct element *before = *place;
    struct element *element = next_wanted(list.document, *cursor ? before->next : element_of(list)->first);
    if (!element)
        return false;
    ++*cursor;
    *place = element;
    *out = (struct so_node){list.document, element, 0};
    return true;
}

static bool xml_each(struct so_node parent, size_t *cursor, void **place, const char **name, struct so_node *out)
{
    bool there = xml_next(parent, cursor, place, out);
    *name = there ? element_of(*out)->name : NULL;
    return there;
}

static bool xml_text(struct so_node node, const char **text, size_t *size)
{
    const struct element *element = element_of(node);
    *text = element->text ? element->text : "";
    *size = element->size;
    return xml_type(node) == SO_STRING;
}

static bool xml_attribute(struct so_node node, const char *name, const char **text, size_t *size)
{
    const struct attribute *attribute = element_of(node)->attributes;
    while (attribute && strcmp(attribute->name, name))
        attribute = attribute->next;
    if (!attribute || !attribute->text)
        return false;
    *text = attribute->text;
    *size = attribute->size;
    return true;
}

static const char *xml_name(struct so_node node)
{
    return element_of(node)->name;
}

static const char *xml_space(struct so_node node)
{
    return element_of(node)->space;
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

/* XML has texts only: so_node_number and so_node_truth read them. */
static const struct so_document_methods methods = {
    .type = xml_type,
    .child = xml_child,
    .next = xml_next,
    .each = xml_each,
    .text = xml_text,
    .attribute = xml_attribute,
    .name = xml_name,
    .space = xml_space,
    .empty = xml_empty,
};

/* Parsing */

/* The bytes that the parser takes next. Gives none after an error that more bytes cannot mend: libxml2 would read on, and report
   each of millions. */
static int supply(void *payload, char *into, int room)
{
    struct reader *reader = payload;
    size_t size = reader->left < (size_t)room ? reader->left : (size_t)room;
    reader->untold += size;
    if (reader->untold > MARKUP_MAX && !reader->refusal)
        reader->refusal = "has markup that is longer than any answer's";
    if (reader->complaints > COMPLAINTS_MAX && !reader->refusal)
        reader->refusal = "has more mistakes than any answer";
    if (reader->refusal || reader->broken)
        return 0;
    memcpy(into, reader->bytes, size);
    reader->bytes += size;
    reader->left -= size;
    return (int)size;
}

#if LIBXML_VERSION >= 21200
typedef const xmlError *told_error;
#else
typedef xmlErrorPtr told_error;
#endif

/* Takes the errors of one reading, which must not reach the host. After another error, "no memory" may mean a limit. */
static void on_error(void *payload, told_error error)
{
    struct reader *reader = payload;
    reader->complaints += error->message ? strlen(error->message) : 0;
    if (error->code == XML_ERR_NO_MEMORY)
        reader->arena->failed |= !reader->broken;
    else if (error->level == XML_ERR_FATAL) {
        reader->line = reader->broken ? reader->line : error->line;
        reader->mistake = reader->broken ? reader->mistake : error->code;
        reader->broken = true;
    }
}

static void parse(struct reader *reader)
{
    xmlParserCtxtPtr parser = reader->parser;
    *parser->sax = (xmlSAXHandler){
        .initialized = XML_SAX2_MAGIC,
        .internalSubset = on_doctype,
        .startElementNs = on_start,
        .endElementNs = on_end,
        .characters = on_text,
        .cdataBlock = on_text,
        .ignorableWhitespace = on_text,
        .comment = on_comment,
        .processingInstruction = on_instruction,
    };
    parser->userData = reader;
    /* NOENT: "&amp;" in an attribute arrives as "&"; there are no other entities, since a DTD ends it all */
    xmlCtxtUseOptions(parser, XML_PARSE_NONET | XML_PARSE_NOERROR | XML_PARSE_NOWARNING | XML_PARSE_NOENT |
                              (reader->encoding.undeclared ? XML_PARSE_IGNORE_ENC : 0));
    xmlParseDocument(parser);
}

static const char *words_of(int mistake)
{
    static const struct { int code; const char *words; } known[] = {
        {XML_ERR_INVALID_ENCODING, "bytes that are no text in its encoding"}, {XML_I18N_CONV_FAILED, "bytes that are no text in its encoding"},
        {XML_ERR_INVALID_CHAR, "a character that XML forbids"}, {XML_ERR_INVALID_CHARREF, "a character that XML forbids"},
        {XML_ERR_TAG_NAME_MISMATCH, "the end of another element than the one that is open"},
        {XML_ERR_TAG_NOT_FINISHED, "its end, inside an element"}, {XML_ERR_DOCUMENT_END, "something behind its end"},
        {XML_ERR_UNDECLARED_ENTITY, "an entity that XML does not know"}, {XML_WAR_UNDECLARED_ENTITY, "an entity that XML does not know"},
        {XML_ERR_ENTITYREF_SEMICOL_MISSING, "an '&' that is not escaped"}, {XML_ERR_NAME_REQUIRED, "a '<' or '&' that is not escaped"},
        {XML_ERR_ATTRIBUTE_NOT_STARTED, "an attribute without quotes"}, {XML_ERR_RESERVED_XML_NAME, "an XML declaration that is not at the start"},
    };
    for (size_t i = 0; i < sizeof known / sizeof *known; i++)
        if (known[i].code == mistake)
            return known[i].words;
    return "a mistake";
}

/* To libxml2, a byte that is no UTF-8 is a character that XML forbids. */
static int mistake_of(const struct reader *reader)
{
    const char *declared = (const char *)reader->parser->encoding;
    bool utf8 = !*reader->encoding.charset && (!declared || so_text_same(declared, strlen(declared), "UTF-8", 5));
    size_t size = (size_t)(reader->bytes - reader->first) + reader->left;
    bool foreign = utf8 && reader->mistake == XML_ERR_INVALID_CHAR && !so_text_is_utf8(reader->first, size);
    return foreign ? XML_ERR_INVALID_ENCODING : reader->mistake;
}

static const char *why_unread(const struct reader *reader)
{
    if (reader->refusal)
        return reader->refusal;
    if (reader->root && reader->parser->wellFormed)
        return NULL;
    const char *why = !reader->broken ? NULL : so_arena_format(reader->arena, SO_XML_MALFORMED ": line %d has %s", reader->line + reader->skipped,
                                                               words_of(mistake_of(reader)));
    return why ? why : SO_XML_MALFORMED;
}

/* Chooses the encoding of the bytes. A name that this libxml2 does not know counts as none. */
static bool set_charset(struct reader *reader)
{
    xmlCharEncodingHandlerPtr handler = *reader->encoding.charset ? xmlFindCharEncodingHandler(reader->encoding.charset) : NULL;
    if (handler)
        xmlSwitchToEncoding(reader->parser, handler);
    return true;
}

/* Skips blanks before the declaration, also behind a byte order mark: some programs send them, and XML forbids them. */
static void skip_blanks(struct reader *reader)
{
    const char *text = reader->bytes;
    size_t left = reader->left;
    if (left >= 3 && !memcmp(text, "\xef\xbb\xbf", 3))
        text += 3, left -= 3;
    int lines = 0;
    for (; left && *text && strchr(" \t\r\n", *text); text++, left--)
        lines += *text == '\n';
    if (left >= 5 && !memcmp(text, "<?xml", 5)) {
        reader->skipped = lines;
        reader->bytes = text;
        reader->left = left;
    }
}

/* Does the same as xmlCreateIOParserCtxt, which leaks the input's buffer where memory runs out. */
static bool open_parser(struct reader *reader)
{
    reader->parser = xmlNewParserCtxt();
    if (!reader->parser)
        return false;
    xmlParserInputBufferPtr buffer = xmlParserInputBufferCreateIO(supply, NULL, reader, XML_CHAR_ENCODING_NONE);
    if (!buffer)
        return false;
    xmlParserInputPtr input = xmlNewIOInputStream(reader->parser, buffer, XML_CHAR_ENCODING_NONE);
    if (input)
        return inputPush(reader->parser, input) >= 0 && set_charset(reader);
#if LIBXML_VERSION < 21400 /* from there on it is freed already */
    xmlFreeParserInputBuffer(buffer);
#endif
    return false;
}

static void close_parser(struct reader *reader)
{
    if (reader->parser)
        xmlFreeDoc(reader->parser->myDoc); /* of entities, where a document that is broken anyway broke off inside a DTD */
    xmlFreeParserCtxt(reader->parser);
    so_buffer_free(&reader->text);
}

static const char *read_document(struct so_xml *out, struct reader *reader)
{
    const char *refusal = "did not fit into memory";
    if (open_parser(reader)) {
        parse(reader);
        refusal = why_unread(reader);
        out->document.root = (struct so_node){&out->document, reader->root, 0};
        out->names = reader->parser->dict;
        xmlDictReference(out->names);
    } else {
        reader->arena->failed = true;
    }
    close_parser(reader);
    return refusal;
}

/* In spite of XML_PARSE_NOERROR, libxml2 prints some errors of encodings, and that memory ran out, to the host's stderr. The
   handler is the thread's own, and is put back. */
const char *so_xml_read(struct so_xml *out, struct so_arena *arena, const char *bytes, size_t size, const char *charset,
                        size_t values_max)
{
    struct reader reader = {.arena = arena, .first = bytes, .bytes = bytes, .left = size, .values = values_max};
    *out = (struct so_xml){.document = {.methods = &methods, .arena = arena}};
    skip_blanks(&reader);
    const char *refusal = so_xml_encoding_of(&reader.encoding, reader.bytes, reader.left, charset);
    if (refusal)
        return refusal;
    so_init_xml();
    xmlStructuredErrorFunc handler = xmlStructuredError;
    void *payload = xmlStructuredErrorContext;
    xmlSetStructuredErrorFunc(&reader, on_error);
    locale_t locale = so_locale_enter(); /* libxml2 knows encodings by toupper */
    refusal = read_document(out, &reader);
    so_locale_leave(locale);
    xmlSetStructuredErrorFunc(payload, handler);
    return refusal;
}

void so_xml_free(struct so_xml *xml)
{
    if (xml->names)
        xmlDictFree(xml->names);
    xml->names = NULL;
}
