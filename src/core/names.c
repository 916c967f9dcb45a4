/* SPDX-License-Identifier: MIT */
#include <string.h>
#include <utf8proc.h>

#include "names.h"
#include "text.h"

/* The longest decomposition has 18 characters. */
enum { LONGEST = 32, BYTES_A_CHARACTER = 4 };

/* How many times a name is percent-decoded again, since making characters plain may reveal a '%', such as a full-width one. */
enum { ROUNDS = 4 };

static const char *const rules[] = {[SO_NAMES_EXACT] = "exact", [SO_NAMES_FOLDED] = "folded", [SO_KEYS_EXACT] = "key"};

const char *so_naming_name(enum so_naming rule)
{
    return rules[rule];
}

bool so_naming_find(const char *name, enum so_naming *out)
{
    for (size_t i = 0; i < sizeof rules / sizeof *rules; i++)
        if (!strcmp(name, rules[i])) {
            *out = (enum so_naming)i;
            return true;
        }
    return false;
}

/* Bytes in the arena, or of a caller. */
struct bytes {
    char *at;
    size_t size;
};

/* Characters as UTF-8; without `out` they are only counted. */
struct writer {
    char *out;
    size_t size;
};

static void write_character(struct writer *writer, utf8proc_int32_t character)
{
    utf8proc_uint8_t bytes[BYTES_A_CHARACTER];
    size_t size = (size_t)utf8proc_encode_char(character, bytes);
    if (writer->out)
        memcpy(writer->out + writer->size, bytes, size);
    writer->size += size;
}

/* The first character of a text that is not empty, and its size. A byte that is no UTF-8 is read as Windows-1252. */
static size_t read_character(const char *at, size_t left, utf8proc_int32_t *out)
{
    static const uint16_t windows_1252[] = {
        0x20ac, 0x0081, 0x201a, 0x0192, 0x201e, 0x2026, 0x2020, 0x2021, 0x02c6, 0x2030, 0x0160, 0x2039, 0x0152, 0x008d, 0x017d, 0x008f,
        0x0090, 0x2018, 0x2019, 0x201c, 0x201d, 0x2022, 0x2013, 0x2014, 0x02dc, 0x2122, 0x0161, 0x203a, 0x0153, 0x009d, 0x017e, 0x0178,
    };
    size_t looked = left < BYTES_A_CHARACTER ? left : BYTES_A_CHARACTER;
    utf8proc_ssize_t size = utf8proc_iterate((const utf8proc_uint8_t *)at, (utf8proc_ssize_t)looked, out);
    if (size > 0)
        return (size_t)size;
    unsigned char byte = (unsigned char)*at;
    *out = byte < 0xa0 ? windows_1252[byte - 0x80] : byte;
    return 1;
}

/* Letters and digits of ASCII, of which most names are: each is visible, and falls into no parts. */
static bool is_usual(utf8proc_int32_t character)
{
    utf8proc_int32_t lower = character | 0x20;
    return (lower >= 'a' && lower <= 'z') || (character >= '0' && character <= '9');
}

/* Unicode's White_Space. */
static bool is_blank(utf8proc_int32_t character)
{
    if (is_usual(character))
        return false;
    switch (utf8proc_category(character)) {
    case UTF8PROC_CATEGORY_ZS:
    case UTF8PROC_CATEGORY_ZL:
    case UTF8PROC_CATEGORY_ZP:
        return true;
    default:
        return (character >= '\t' && character <= '\r') || character == 0x85;
    }
}

/* Controls, marks of direction, joiners, a soft hyphen, selectors, fillers, the empty pattern of Braille. */
bool so_name_is_invisible(int32_t character)
{
    utf8proc_category_t category = utf8proc_category(character);
    return category == UTF8PROC_CATEGORY_CC || category == UTF8PROC_CATEGORY_CF || utf8proc_get_property(character)->ignorable ||
           character == 0x2800;
}

static bool is_mark(utf8proc_int32_t character)
{
    utf8proc_category_t category = utf8proc_category(character);
    return category == UTF8PROC_CATEGORY_MN || category == UTF8PROC_CATEGORY_ME || utf8proc_get_property(character)->combining_class;
}

/* Removes blanks at both ends, character by character. */
static void trim(struct bytes *text)
{
    size_t end = 0, at = 0;
    bool begun = false;
    while (at < text->size) {
        utf8proc_int32_t character;
        at += read_character(text->at + at, text->size - at, &character);
        if (is_blank(character) && begun)
            continue;
        if (is_blank(character)) {
            text->at += at, text->size -= at, at = 0;
            continue;
        }
        begun = true;
        end = at;
    }
    text->size = end;
}

/* Percent-decodes in place, once: every '%' must encode a byte, and all of it be UTF-8 then. Otherwise gives false, and `text`
   is of no use. */
static bool decode_once(struct bytes *text)
{
    size_t size = 0;
    for (size_t at = 0; at < text->size; at++) {
        unsigned byte = (unsigned char)text->at[at];
        if (byte == '%' && (text->size - at < 3 || !so_text_hex(text->at + at + 1, &byte)))
            return false;
        at += text->at[at] == '%' ? 2 : 0;
        text->at[size++] = (char)byte;
    }
    text->size = size;
    return so_text_is_utf8(text->at, size);
}

/* Percent-decodes in place until nothing is left to decode. True if something was. */
static bool decode_fully(struct bytes *text)
{
    size_t size = 0;
    for (size_t at = 0; at < text->size; at++) {
        unsigned byte;
        text->at[size++] = text->at[at];
        while (size >= 3 && text->at[size - 3] == '%' && so_text_hex(text->at + size - 2, &byte)) {
            size -= 2;
            text->at[size - 1] = (char)byte;
        }
    }
    bool changed = size != text->size;
    text->size = size;
    return changed;
}

/* A rule for rewriting the characters of a text. */
typedef void (*manner)(struct writer *writer, utf8proc_int32_t character);

static void rewrite_into(struct writer *writer, const struct bytes *text, manner write)
{
    for (size_t at = 0; at < text->size;) {
        utf8proc_int32_t character;
        at += read_character(text->at + at, text->size - at, &character);
        write(writer, character);
    }
}

static bool rewrite(struct so_arena *arena, const struct bytes *text, manner write, struct bytes *out)
{
    struct writer counted = {0}, written = {0};
    rewrite_into(&counted, text, write);
    written.out = so_arena_alloc(arena, counted.size + 1);
    if (!written.out)
        return false;
    rewrite_into(&written, text, write);
    *out = (struct bytes){written.out, written.size};
    return true;
}

/* Simple case folding. A character that folds into several stays as it is: it is only nearly the same. */
static void write_folded(struct writer *writer, utf8proc_int32_t character)
{
    utf8proc_int32_t folded[LONGEST];
    int class = 0;
    if (is_usual(character)) {
        write_character(writer, so_text_lower((char)character));
        return;
    }
    bool one = utf8proc_decompose_char(character, folded, LONGEST, UTF8PROC_CASEFOLD, &class) == 1;
    write_character(writer, one ? folded[0] : character);
}

/* Plain forms of characters that Unicode does not decompose: people write these where a keyboard or a directory lacks the
   character. */
static const char *plain_of(utf8proc_int32_t character)
{
    static const struct { uint16_t character; const char *plain; } plains[] = {
        {0x0131, "i"},  {0x00f8, "o"}, {0x0142, "l"}, {0x0111, "d"}, {0x00f0, "d"}, {0x0127, "h"}, {0x0167, "t"}, {0x00e6, "ae"},
        {0x0153, "oe"}, {'`', "'"},    {0x00b4, "'"}, {0x1ffd, "'"}, {0x201b, "'"}, {0x2032, "'"}, {0x02bb, "'"},
    };
    for (size_t i = 0; i < sizeof plains / sizeof *plains; i++)
        if (plains[i].character == character)
            return plains[i].plain;
    return NULL;
}

static void write_text(struct writer *writer, const char *plain)
{
    for (; *plain; plain++)
        write_character(writer, *plain);
}

/* Writes the visible parts of a character that are not `dropped`. All dashes become one, and so do apostrophes and slashes. */
static void write_parts(struct writer *writer, utf8proc_int32_t character, bool (*dropped)(utf8proc_int32_t))
{
    static const int options = UTF8PROC_COMPAT | UTF8PROC_DECOMPOSE | UTF8PROC_CASEFOLD | UTF8PROC_LUMP;
    utf8proc_int32_t parts[LONGEST];
    int class = 0;
    if (is_usual(character)) {
        write_character(writer, so_text_lower((char)character));
        return;
    }
    const char *plain = plain_of(character); /* before it is decomposed: an acute accent would become a blank and a mark */
    utf8proc_ssize_t count = plain ? 0 : utf8proc_decompose_char(character, parts, LONGEST, options, &class);
    if (plain)
        write_text(writer, plain);
    for (utf8proc_ssize_t i = 0; i < count; i++)
        if ((plain = plain_of(parts[i])))
            write_text(writer, plain);
        else if (!dropped(parts[i]))
            write_character(writer, parts[i]);
}

static bool is_unseen(utf8proc_int32_t character)
{
    return is_blank(character) || so_name_is_invisible(character);
}

bool so_name_is_blank(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        utf8proc_int32_t character;
        at += read_character(text + at, size - at, &character);
        if (!is_unseen(character))
            return false;
    }
    return true;
}

/* The characters around a name in a header, a list or a table. */
static bool is_bracket(utf8proc_int32_t character)
{
    return character && character < 0x80 && strchr("\"()<>[]{}", (char)character);
}

static bool is_passed_over(utf8proc_int32_t character)
{
    return is_unseen(character) || is_mark(character) || is_bracket(character) || character == '+';
}

static void write_visible(struct writer *writer, utf8proc_int32_t character)
{
    write_parts(writer, character, is_unseen);
}

static void write_plain(struct writer *writer, utf8proc_int32_t character)
{
    write_parts(writer, character, is_passed_over);
}

/* In a text of marks and `+` alone, these count. */
static bool make_plain(struct so_arena *arena, struct bytes *text)
{
    struct bytes plain = *text;
    for (int round = 0; round < ROUNDS && (decode_fully(&plain) || !round); round++) {
        struct bytes before = plain;
        if (!rewrite(arena, &before, write_plain, &plain) || (!plain.size && !rewrite(arena, &before, write_visible, &plain)))
            return false;
    }
    *text = plain;
    return true;
}

/* The last or the first piece between separators that is not empty; a text without separators is one piece. */
static void take_piece(struct bytes *text, const char *separators, bool last)
{
    char *from = NULL, *end = text->at + text->size, *at = text->at;
    size_t size = 0;
    while (at < end && (last || !from)) {
        char *begun = at;
        while (at < end && !(*at && strchr(separators, *at)))
            at++;
        if (at > begun)
            from = begun, size = (size_t)(at - begun);
        at++;
    }
    if (from)
        *text = (struct bytes){from, size};
}

/* The first value of a directory's name (CN=name,OU=people,DC=corp). */
static void take_first_value(struct bytes *text)
{
    if (!memchr(text->at, '=', text->size))
        return;
    take_piece(text, ",;", false);
    take_piece(text, "=", true);
}

/* The account's own name, without its domain. */
static void take_account(struct bytes *text)
{
    take_first_value(text);
    take_piece(text, "\\/", true);
    take_piece(text, "|:", true);
    take_piece(text, "@", false);
}

/* A number without leading zeros, which spreadsheets remove. */
static void drop_leading_zeros(struct bytes *text)
{
    for (size_t i = 0; i < text->size; i++)
        if (text->at[i] < '0' || text->at[i] > '9')
            return;
    while (text->size > 1 && *text->at == '0')
        text->at++, text->size--;
}

static bool make_same(struct so_arena *arena, enum so_naming rule, struct bytes *text)
{
    if (rule == SO_NAMES_FOLDED) {
        struct bytes decoded = {so_arena_copy(arena, text->at, text->size), text->size};
        if (!decoded.at)
            return false;
        if (decode_once(&decoded))
            *text = decoded;
    }
    bool readable = so_text_is_utf8(text->at, text->size);
    if (readable)
        trim(text);
    else
        so_text_trim((const char **)&text->at, &text->size);
    return !readable || rule != SO_NAMES_FOLDED || rewrite(arena, text, write_folded, text);
}

bool so_name_keys(struct so_arena *arena, enum so_naming rule, const char *text, size_t size, struct so_name *out)
{
    struct bytes same = {so_arena_copy(arena, text, size), size};
    if (!same.at || !make_same(arena, rule, &same))
        return false;
    struct bytes nearly = {so_arena_copy(arena, same.at, same.size), same.size};
    if (!nearly.at || !make_plain(arena, &nearly))
        return false;
    if (rule != SO_KEYS_EXACT)
        take_account(&nearly);
    drop_leading_zeros(&nearly);
    *out = (struct so_name){same.at, nearly.at, same.size, nearly.size};
    return true;
}

/* The Latin character that a small Cyrillic or Greek one, or its capital, resembles; 0 for others. */
static char latin_twin(utf8proc_int32_t character)
{
    static const struct { uint16_t character; char latin; } twins[] = {
        {0x0430, 'a'}, {0x0432, 'b'}, {0x0433, 'r'}, {0x0435, 'e'}, {0x043a, 'k'}, {0x043c, 'm'}, {0x043d, 'h'}, {0x043e, 'o'}, {0x0440, 'p'},
        {0x0441, 'c'}, {0x0442, 't'}, {0x0443, 'y'}, {0x0445, 'x'}, {0x0455, 's'}, {0x0456, 'i'}, {0x0458, 'j'}, {0x0475, 'v'}, {0x04af, 'y'},
        {0x04bb, 'h'}, {0x04cf, 'l'}, {0x0501, 'd'}, {0x051b, 'q'}, {0x051d, 'w'}, {0x03b1, 'a'}, {0x03b2, 'b'}, {0x03b5, 'e'}, {0x03b6, 'z'},
        {0x03b7, 'h'}, {0x03b9, 'i'}, {0x03ba, 'k'}, {0x03bc, 'm'}, {0x03bd, 'n'}, {0x03bf, 'o'}, {0x03c1, 'p'}, {0x03c4, 't'}, {0x03c5, 'y'},
        {0x03c7, 'x'}, {0x03f3, 'j'}, {0x0570, 'h'}, {0x0578, 'n'}, {0x057d, 'u'}, {0x0585, 'o'},
    };
    for (size_t i = 0; i < sizeof twins / sizeof *twins; i++)
        if (twins[i].character == character)
            return twins[i].latin;
    return 0;
}

static utf8proc_int32_t shape(utf8proc_int32_t character)
{
    char twin = latin_twin(character);
    return twin ? twin : character;
}

/* The first character in which the names differ, if all differing characters look alike; otherwise 0. */
static utf8proc_int32_t find_twin(const struct so_name *a, const struct so_name *b)
{
    size_t i = 0, j = 0;
    utf8proc_int32_t first, second, found = 0;
    while (i < a->nearly_size && j < b->nearly_size) {
        i += read_character(a->nearly + i, a->nearly_size - i, &first);
        j += read_character(b->nearly + j, b->nearly_size - j, &second);
        if (shape(first) != shape(second))
            return 0;
        if (first != second && !found)
            found = first > second ? first : second; /* the same, whichever name comes first */
    }
    return i == a->nearly_size && j == b->nearly_size ? found : 0;
}

static bool are_equal(const char *a, size_t a_size, const char *b, size_t b_size)
{
    return a_size == b_size && !memcmp(a, b, a_size);
}

bool so_names_compare(struct so_arena *arena, const struct so_name *a, const struct so_name *b, struct so_comparison *out)
{
    *out = (struct so_comparison){SO_DIFFERENT, NULL};
    if (!a->nearly_size || !b->nearly_size) {
        out->notice = "a blank text names nobody";
        return true;
    }
    if (are_equal(a->same, a->same_size, b->same, b->same_size))
        out->likeness = SO_SAME;
    else if (are_equal(a->nearly, a->nearly_size, b->nearly, b->nearly_size))
        out->likeness = SO_NEARLY;
    utf8proc_int32_t twin = out->likeness == SO_DIFFERENT ? find_twin(a, b) : 0;
    if (!twin)
        return true;
    out->notice = so_arena_format(arena, "differs in a letter of another script: U+%04X looks like '%c'", (unsigned)twin, latin_twin(twin));
    return out->notice != NULL;
}
