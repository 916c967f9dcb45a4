/* SPDX-License-Identifier: MIT */
#include <stdio.h>
#include <string.h>
#include <utf8proc.h>

#include "display.h"
#include "names.h"

static bool is_printable(char byte)
{
    return byte >= ' ' && byte < 127;
}

/* The size of a character in UTF-8, 0 where there is none. */
static size_t read_character(const char *text, size_t size, utf8proc_int32_t *out)
{
    utf8proc_ssize_t read = utf8proc_iterate((const utf8proc_uint8_t *)text, (utf8proc_ssize_t)(size < 4 ? size : 4), out);
    return read > 0 ? (size_t)read : 0;
}

static bool is_hidden(utf8proc_int32_t character)
{
    utf8proc_category_t category = utf8proc_category(character);
    return category == UTF8PROC_CATEGORY_ZL || category == UTF8PROC_CATEGORY_ZP || so_name_is_invisible(character);
}

static void write_escape(utf8proc_int32_t character, char room[SO_DISPLAY_ESCAPE])
{
    const char *name = character < ' ' ? strchr("\tt\nn\rr", (char)character) : NULL;
    if (name && *name)
        snprintf(room, SO_DISPLAY_ESCAPE, "\\%c", name[1]);
    else
        snprintf(room, SO_DISPLAY_ESCAPE, "\\u{%x}", (unsigned)character);
}

size_t so_display_character(const char *text, size_t size, char room[SO_DISPLAY_ESCAPE], const char **out, size_t *out_size)
{
    utf8proc_int32_t character;
    size_t read = read_character(text, size, &character);
    *out = text, *out_size = read;
    if (!read) {
        *out = "\xef\xbf\xbd", *out_size = 3;
        return 1;
    }
    if (!is_printable(*text) && is_hidden(character)) {
        write_escape(character, room);
        *out = room, *out_size = strlen(room);
    }
    return read;
}

bool so_display_is_plain(const char *text, size_t size)
{
    for (size_t at = 0; at < size;) {
        utf8proc_int32_t character;
        size_t read = is_printable(text[at]) ? 1 : read_character(text + at, size - at, &character);
        if (!read || (!is_printable(text[at]) && is_hidden(character)))
            return false;
        at += read;
    }
    return true;
}

/* Vowels and final consonants of Hangul, which a terminal draws into the cells of the character before. */
static bool is_joining_jamo(utf8proc_int32_t character)
{
    return (character >= 0x1160 && character <= 0x11ff) || (character >= 0xd7b0 && character <= 0xd7fb);
}

/* Counts as terminals do: a spacing mark has a cell of its own, other marks have none. */
static size_t cells_of(utf8proc_int32_t character)
{
    if (is_joining_jamo(character))
        return 0;
    return utf8proc_category(character) == UTF8PROC_CATEGORY_MC ? 1 : (size_t)utf8proc_charwidth(character);
}

/* The size of the character, and how many cells it takes. */
static size_t measure(const char *text, size_t size, size_t *cells)
{
    utf8proc_int32_t character;
    *cells = 1;
    if (is_printable(*text))
        return 1;
    size_t read = read_character(text, size, &character);
    if (!read)
        return 1;
    *cells = cells_of(character);
    return read;
}

size_t so_display_cut(const char *text, size_t size, size_t cells)
{
    size_t at = 0, taken = 0;
    while (at < size) {
        size_t more, read = measure(text + at, size - at, &more);
        if (taken + more > cells)
            break;
        at += read, taken += more;
    }
    return at;
}

size_t so_display_width(const char *text, size_t size)
{
    size_t width = 0;
    for (size_t at = 0; at < size;) {
        size_t cells;
        at += measure(text + at, size - at, &cells);
        width += cells;
    }
    return width;
}
