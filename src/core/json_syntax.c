/* SPDX-License-Identifier: MIT */
#include <stdint.h>
#include <string.h>
#ifdef __SSE2__
#include <emmintrin.h>
#endif

#include "json_syntax.h"
#include "text.h"

static const char malformed[] = "is not valid JSON";

/* DIGITS_MAX: of one run. EXPONENT_MAX: the largest double is 1.79e308. */
enum { DIGITS_MAX = 200, EXPONENT_MAX = 308 };

struct reader {
    const char *at, *end;
    size_t values; /* left */
    char open[SO_JSON_DEPTH_MAX]; /* what closes each array and object that the reader is in */
    int depth, deepest;
    bool escaped; /* the string that was read last has an escape */
    const char *refusal, *detail;
    const char *const *arrays, *no_array; /* members that must be arrays; the first that is none */
    struct so_json_members members;
};

static bool refuse(struct reader *reader, const char *why)
{
    bool ends = reader->at < reader->end && !*reader->at; /* to lua-cjson, a NUL is the end */
    reader->refusal = ends ? "holds a NUL byte" : why;
    return false;
}

/* `what`: what the line has where the reader is. */
static bool refuse_syntax(struct reader *reader, const char *what)
{
    refuse(reader, malformed);
    reader->detail = reader->refusal == malformed ? what : NULL;
    return false;
}

static void skip_blanks(struct reader *reader)
{
    while (reader->at < reader->end && (*reader->at == ' ' || *reader->at == '\n' || *reader->at == '\r' || *reader->at == '\t'))
        reader->at++;
}

/* Takes that byte, if it comes next behind blanks. */
static bool take(struct reader *reader, char byte)
{
    skip_blanks(reader);
    if (reader->at == reader->end || *reader->at != byte)
        return false;
    reader->at++;
    return true;
}

/* Strings */

/* The next eight bytes, the first of them lowest. */
static uint64_t word_at(const char *at)
{
    uint64_t word;
    memcpy(&word, at, sizeof word);
#if __BYTE_ORDER__ == __ORDER_BIG_ENDIAN__
    word = __builtin_bswap64(word);
#endif
    return word;
}

/* Marks the first byte of a word that is '"', '\\', NUL or no ASCII, and maybe some behind it. */
static uint64_t special_in(uint64_t word)
{
    const uint64_t ones = 0x0101010101010101u, high = 0x8080808080808080u;
    return (word | (word - ones) | ((word ^ '"' * ones) - ones) | ((word ^ '\\' * ones) - ones)) & high;
}

/* How many bytes of a word are characters of two bytes each. */
static size_t size_of_pairs(uint64_t word)
{
    const uint64_t lanes = 0x0001000100010001u;
    uint64_t other = (word ^ 0x80c0 * lanes) & 0xc0e0 * lanes;            /* no two bytes of a character */
    other |= ~((word & 0x1e * lanes) + 0x7fff * lanes) & 0x8000 * lanes; /* of ASCII, overlong */
    return other ? (size_t)__builtin_ctzll(other) / 16 * 2 : 8;
}

/* Skips bytes that need no unescaping. */
static const char *skip_plain(const char *at, const char *end)
{
#ifdef __SSE2__
    const __m128i quote = _mm_set1_epi8('"'), backslash = _mm_set1_epi8('\\'), nul = _mm_setzero_si128();
    for (; end - at >= 16; at += 16) {
        __m128i bytes = _mm_loadu_si128((const void *)at), marked = _mm_or_si128(bytes, _mm_cmpeq_epi8(bytes, nul));
        marked = _mm_or_si128(marked, _mm_or_si128(_mm_cmpeq_epi8(bytes, quote), _mm_cmpeq_epi8(bytes, backslash)));
        int special = _mm_movemask_epi8(marked); /* a byte beyond ASCII has its highest bit set */
        if (special)
            return at + __builtin_ctz((unsigned)special);
    }
#endif
    for (; end - at >= 8; at += 8) {
        uint64_t special = special_in(word_at(at));
        if (special)
            return at + __builtin_ctzll(special) / 8;
    }
    while (at < end && *at != '"' && *at != '\\' && *at && !(*at & 0x80))
        at++;
    return at;
}

/* Whether it begins with a character of three bytes: none that is overlong (behind 0xe0), or half of a pair (behind 0xed). */
static bool is_triple(uint64_t word)
{
    uint64_t begins = word & 0x200f;
    return (word & 0xc0c0f0) == 0x8080e0 && begins != 0x0000 && begins != 0x200d;
}

/* Whether it begins with a character of four bytes, U+10000 to U+10FFFF. */
static bool is_quadruple(uint64_t word)
{
    uint64_t lead = word & 7, begins = word & 0x3000;
    return (word & 0xc0c0c0f8) == 0x808080f0 && (lead ? lead < 4 || (lead == 4 && !begins) : begins != 0);
}

/* How many of the eight bytes at `at` are characters, as far as that is soon told; 0 where it is not. */
static size_t usual_size(const char *at)
{
    uint64_t word = word_at(at);
    if ((word & 0xf0) == 0xf0)
        return is_quadruple(word) ? 4 : 0;
    if ((word & 0xf0) == 0xe0)
        return !is_triple(word) ? 0 : is_triple(word >> 24) ? 6 : 3;
    bool alone = (word & 0x80c0e0) == 0x80c0 && (word & 0x1e); /* among ASCII, as in most languages of Europe */
    return alone ? 2 : size_of_pairs(word);
}

/* Skips characters that are no ASCII, and the blanks between their words; NULL where something else is none. */
static const char *skip_characters(const char *at, const char *end)
{
    while (at < end && (*at & 0x80 || *at == ' ')) {
        size_t size = *at == ' ' ? 1 : end - at >= 8 ? usual_size(at) : 0;
        if (!size)
            size = so_text_character(at, (size_t)(end - at));
        if (!size)
            return NULL;
        at += size;
    }
    return at;
}

static bool is_hex(char byte)
{
    char lower = byte | 0x20;
    return (byte >= '0' && byte <= '9') || (lower >= 'a' && lower <= 'f');
}

/* Whether it is "\\u" with four digits. */
static bool is_unit(const char *at, const char *end)
{
    return end - at >= 6 && at[0] == '\\' && at[1] == 'u' && is_hex(at[2]) && is_hex(at[3]) && is_hex(at[4]) && is_hex(at[5]);
}

/* Whether that unit is one of 0x400 surrogates: from 0xd800 on, or from 0xdc00 on. */
static bool is_surrogate(const char *at, const char *seconds)
{
    return (at[2] | 0x20) == 'd' && strchr(seconds, at[3]);
}

/* How many bytes an escape has; 0 where it is none. */
static size_t escape_size(const char *at, const char *end)
{
    static const char high[] = "89abAB", low[] = "cdefCDEF";
    static const bool escapable[256] = {['"'] = true, ['\\'] = true, ['/'] = true, ['b'] = true, ['f'] = true,
                                      ['n'] = true, ['r'] = true,   ['t'] = true};
    if (end - at >= 2 && escapable[(unsigned char)at[1]])
        return 2;
    if (!is_unit(at, end) || is_surrogate(at, low))
        return 0;
    if (!is_surrogate(at, high))
        return 6;
    return is_unit(at + 6, end) && is_surrogate(at + 6, low) ? 12 : 0;
}

/* Skips a run of escapes: a text in another script may consist of them. */
static bool skip_escapes(struct reader *reader)
{
    size_t size;
    reader->escaped = true;
    do {
        size = escape_size(reader->at, reader->end);
        reader->at += size;
    } while (size && reader->at < reader->end && *reader->at == '\\');
    return size;
}

/* Behind the quote, up to and with the next one. */
static bool read_string(struct reader *reader)
{
    reader->escaped = false;
    for (;;) {
        const char *at = reader->at = skip_plain(reader->at, reader->end);
        if (at == reader->end)
            return refuse_syntax(reader, "has a text that does not end");
        if (*at & 0x80) {
            reader->at = skip_characters(at, reader->end);
        } else if (*at == '"') {
            reader->at++;
            return true;
        } else if (*at != '\\' || !skip_escapes(reader)) {
            return refuse_syntax(reader, "has an escape that is none");
        }
        if (!reader->at) {
            reader->at = at;
            return refuse(reader, "is not valid UTF-8");
        }
    }
}

/* Numbers */

/* How many digits come next; 0 where there is none, or too many. */
static size_t read_digits(struct reader *reader)
{
    const char *start = reader->at;
    while (reader->at < reader->end && *reader->at >= '0' && *reader->at <= '9')
        reader->at++;
    size_t size = (size_t)(reader->at - start);
    if (!size)
        refuse_syntax(reader, "has a number without a digit where one must stand");
    else if (size > DIGITS_MAX)
        refuse(reader, "holds a number that is too long");
    return reader->refusal ? 0 : size;
}

/* Whether a number that begins so is less than 1.7 times a power of ten. */
static bool is_small(const char *number)
{
    char second = number[1] == '.' ? number[2] : number[1];
    return *number == '0' || (*number == '1' && (second < '7' || second > '9'));
}

/* Reads the exponent behind the 'e' of a number with so many digits before its point. */
static bool read_exponent(struct reader *reader, const char *number, size_t digits)
{
    bool negative = reader->at < reader->end && *reader->at == '-';
    if (negative || (reader->at < reader->end && *reader->at == '+'))
        reader->at++;
    const char *start = reader->at;
    size_t size = read_digits(reader), exponent = 0;
    for (size_t i = 0; i < size && exponent <= EXPONENT_MAX; i++)
        exponent = exponent * 10 + (size_t)(start[i] - '0');
    exponent += digits - 1;
    if (size && !negative && exponent >= EXPONENT_MAX + (size_t)is_small(number))
        refuse(reader, "holds a number that is too large");
    return !reader->refusal;
}

static bool read_number(struct reader *reader)
{
    reader->at += *reader->at == '-';
    const char *start = reader->at;
    size_t digits = read_digits(reader);
    if (!digits)
        return false;
    if (*start == '0' && digits > 1)
        return refuse_syntax(reader, "has a number that begins with a 0");
    if (reader->at < reader->end && *reader->at == '.') {
        reader->at++;
        if (!read_digits(reader))
            return false;
    }
    if (reader->at == reader->end || (*reader->at | 0x20) != 'e')
        return true;
    reader->at++;
    return read_exponent(reader, start, digits);
}

/* Values */

static bool read_word(struct reader *reader)
{
    const char *at = reader->at;
    size_t left = (size_t)(reader->end - at);
    if (left >= 4 && (!memcmp(at, "true", 4) || !memcmp(at, "null", 4)))
        reader->at += 4;
    else if (left >= 5 && !memcmp(at, "false", 5))
        reader->at += 5;
    else
        return refuse_syntax(reader, "has something else where a value must stand");
    return true;
}

/* Notes a member that must be an array, where neither an array nor null comes next. */
static void check_array(struct reader *reader, const char *name, size_t size)
{
    const char *const *wanted = reader->arrays;
    while (*wanted && (strlen(*wanted) != size || memcmp(*wanted, name, size)))
        wanted++;
    skip_blanks(reader);
    if (*wanted && reader->at < reader->end && *reader->at != '[' && *reader->at != 'n')
        reader->no_array = *wanted;
}

static bool read_name(struct reader *reader)
{
    if (!take(reader, '"'))
        return refuse_syntax(reader, "has something else where a member's name must stand");
    const char *text = reader->at;
    if (!read_string(reader))
        return false;
    size_t size = (size_t)(reader->at - 1 - text);
    so_json_members_add(&reader->members, text, size, reader->escaped);
    if (!take(reader, ':'))
        return refuse_syntax(reader, "has no ':' behind a member's name");
    if (reader->arrays && !reader->no_array)
        check_array(reader, text, size);
    return true;
}

static bool read_scalar(struct reader *reader)
{
    char byte = *reader->at;
    if (byte == '"') {
        reader->at++;
        return read_string(reader);
    }
    return byte == '-' || (byte >= '0' && byte <= '9') ? read_number(reader) : read_word(reader);
}

/* Up to where the next value begins: behind the name of a member. */
static bool read_opening(struct reader *reader)
{
    if (reader->depth == SO_JSON_DEPTH_MAX)
        return refuse(reader, "is nested too deeply");
    char end = *reader->at++ == '{' ? '}' : ']';
    reader->open[reader->depth++] = end;
    reader->deepest = reader->depth > reader->deepest ? reader->depth : reader->deepest;
    so_json_members_open(&reader->members);
    return true;
}

static void leave(struct reader *reader)
{
    reader->depth--;
    so_json_members_close(&reader->members);
}

/* Behind a value: what closes, up to the comma that another value follows. */
static bool read_closings(struct reader *reader)
{
    for (; reader->depth; leave(reader)) {
        char end = reader->open[reader->depth - 1];
        if (take(reader, ','))
            return end == ']' || read_name(reader);
        if (!take(reader, end))
            return refuse_syntax(reader, "has neither ',' nor an end behind a value");
    }
    return true;
}

/* A scalar, or what opens an array or an object. True: another value comes next, without a comma. */
static bool read_value(struct reader *reader, bool *opened)
{
    skip_blanks(reader);
    if (reader->at == reader->end)
        return refuse_syntax(reader, "ends where a value must stand");
    if (!reader->values--)
        return refuse(reader, "has more members than any answer");
    *opened = *reader->at == '{' || *reader->at == '[';
    return *opened ? read_opening(reader) : read_scalar(reader);
}

static bool read_values(struct reader *reader)
{
    do {
        bool opened;
        if (!read_value(reader, &opened))
            return false;
        if (opened && !take(reader, reader->open[reader->depth - 1])) {
            if (reader->open[reader->depth - 1] == '}' && !read_name(reader))
                return false;
            continue;
        }
        if (opened)
            leave(reader);
        if (!read_closings(reader))
            return false;
    } while (reader->depth);
    skip_blanks(reader);
    return reader->at == reader->end || refuse_syntax(reader, "has something behind the end");
}

/* Whether a reply was cut, by its first and its last byte. */
static bool is_cut(const char *bytes, size_t size)
{
    so_text_trim(&bytes, &size);
    return size && ((bytes[0] == '{' && bytes[size - 1] != '}') || (bytes[0] == '[' && bytes[size - 1] != ']'));
}

/* The number of the line that ends at or behind `at`. */
static size_t line_of(const char *bytes, const char *at)
{
    size_t line = 1;
    while ((bytes = memchr(bytes, '\n', (size_t)(at - bytes)))) {
        bytes++;
        line++;
    }
    return line;
}

/* The reason with its line, as for XML. */
static const char *explain(const struct reader *reader, struct so_arena *arena, size_t line)
{
    const char *text = reader->detail ? so_arena_format(arena, "%s: line %zu %s", reader->refusal, line, reader->detail)
                                      : so_arena_format(arena, "%s (line %zu)", reader->refusal, line);
    return text ? text : reader->refusal;
}

const char *so_json_refuse(struct so_arena *arena, const char *bytes, size_t size, size_t values_max, const char *const *arrays,
                           struct so_json_shape *shape)
{
    struct reader reader; /* not zeroed: of the names, only those that were found are read */
    reader.at = bytes, reader.end = bytes + size, reader.values = values_max;
    reader.depth = reader.deepest = reader.members.count = reader.members.levels = 0;
    reader.members.repeated = false;
    reader.refusal = reader.detail = reader.no_array = NULL;
    reader.arrays = arrays;
    if (is_cut(bytes, size) && bytes[size - 1]) {
        reader.at = reader.end;
        refuse_syntax(&reader, "ends before what was opened is closed");
    } else {
        read_values(&reader);
    }
    *shape = (struct so_json_shape){reader.members.repeated, reader.deepest, reader.no_array};
    return reader.refusal && arena ? explain(&reader, arena, line_of(bytes, reader.at)) : reader.refusal;
}
