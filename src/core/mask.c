/* SPDX-License-Identifier: MIT */
#include <string.h>

#include "buffer.h"
#include "locale.h"
#include "needles.h"
#include "text.h"
#include "unescape.h"

static const char replacement[] = "***";

/* LAYERS: nested escapes that are undone. ESCAPE_MAX: bytes of the longest escape of one byte, with another around it. WORK:
   the most bytes that are compared for each byte of a text; a text that only consists of beginnings of secrets is hidden whole. */
enum { LAYERS = 4, LAYERS_OF_KINDS = 3, ESCAPE_MAX = 64, WORK = 64, WORK_LEAST = 128 * 1024 };

/* The shortest form of a secret: a number may have one digit, a GUID may be without hyphens and braces. */
static size_t least_of(const char *text, size_t size)
{
    if (strspn(text, "0123456789+-.eE") == size)
        return 1;
    size_t less = text[0] == '{' || text[0] == '(' ? 2 : 0;
    for (const char *at = text, *end = text + size; (at = memchr(at, '-', (size_t)(end - at))); at++)
        less++;
    return size < SO_MASK_SHORTEST + less ? SO_MASK_SHORTEST : size - less;
}

bool so_mask_add(struct so_arena *arena, struct so_masked **list, const char *text, size_t size)
{
    if (size < SO_MASK_SHORTEST)
        return true;
    struct so_masked *masked = so_arena_alloc(arena, sizeof *masked);
    if (!masked)
        return false;
    *masked = (struct so_masked){text, size, least_of(text, size), *list};
    *list = masked;
    return true;
}

struct so_mask *so_mask_make(struct so_arena *arena, const struct so_masked *list, const struct so_mask *base)
{
    struct so_mask *mask = so_arena_alloc(arena, sizeof *mask);
    if (!mask)
        return NULL;
    if (base)
        *mask = *base; /* new needles go before the old ones */
    else
        mask->shortest = SIZE_MAX;
    for (; list; list = list->next)
        if (!so_needles_add(arena, mask, list))
            return NULL;
    return mask;
}

bool so_mask_needed(const struct so_masked *list, size_t size)
{
    while (list && list->least > size)
        list = list->next;
    return list != NULL;
}

/* Searching */

/* The search of one text, as it is and with its escapes undone. */
struct search {
    const struct so_mask *mask;
    struct so_arena *arena;
    size_t size;           /* of the text */
    bool cut;              /* it goes on behind that */
    size_t left;           /* of the work */
    bool found, failed;    /* something is to be hidden; memory is out */
    char *hidden;          /* a byte for each of its bytes; NULL without an arena */
    struct so_layer spare; /* made when it is first needed */
};

/* A view: the text, or the text without its escapes. */
struct view {
    const char *bytes;
    const size_t *from, *to; /* as in a layer; NULL: it is the text */
    size_t size;
};

static struct view view_of(const struct so_layer *layer)
{
    return (struct view){layer->bytes, layer->from, layer->to, layer->size};
}

static size_t from_of(const struct view *view, size_t index)
{
    return view->from ? view->from[index] : index;
}

static size_t to_of(const struct view *view, size_t index)
{
    return view->to ? view->to[index] : index + 1;
}

/* Hides the bytes of the text from `from` to `to`. */
static void hide(struct search *search, size_t from, size_t to)
{
    search->found = true;
    if (!search->arena)
        return;
    if (!search->hidden)
        search->hidden = so_arena_alloc(search->arena, search->size);
    search->failed |= !search->hidden;
    if (search->hidden)
        memset(search->hidden + from, 1, to - from);
}

static bool is_base64(char byte)
{
    char lower = so_text_lower(byte);
    return (lower >= 'a' && lower <= 'z') || (byte >= '0' && byte <= '9') || (byte && strchr("+/-_", byte));
}

/* Hides bytes of a view; with Base64 also the digits beside them that hold some of their bits, and the padding. */
static void hide_found(struct search *search, const struct view *view, const struct so_needle *needle, size_t first, size_t end)
{
    if (needle->shares[0] && first > 0 && to_of(view, first - 1) == from_of(view, first) && is_base64(view->bytes[first - 1]))
        first--;
    bool shared = needle->shares[1];
    for (; needle->exact && end < view->size && from_of(view, end) == to_of(view, end - 1); end++, shared = false)
        if (view->bytes[end] != '=' && !(shared && is_base64(view->bytes[end])))
            break;
    hide(search, from_of(view, first), to_of(view, end - 1));
}

/* How many bytes of the needle match there. */
static size_t agreement(const struct so_needle *needle, const char *at, size_t most)
{
    size_t size = 0;
    if (needle->exact)
        while (size < most && at[size] == needle->text[size])
            size++;
    else
        while (size < most && so_text_lower(at[size]) == needle->text[size])
            size++;
    return size;
}

/* Hides the needle if it is at `at`, or may be: the last bytes of a text that is cut may be half an escape. */
static void compare(struct search *search, const struct view *view, const struct so_needle *needle, size_t at)
{
    size_t left = view->size - at;
    size_t same = agreement(needle, view->bytes + at, needle->size < left ? needle->size : left);
    search->left -= same < search->left ? same : search->left;
    if (same == needle->size)
        hide_found(search, view, needle, at, at + same);
    else if (search->cut && same >= SO_NEEDLE_START && to_of(view, at + same - 1) + ESCAPE_MAX >= search->size)
        hide(search, from_of(view, at), search->size);
}

/* Bytes that need another search. */
enum { ESCAPE = 1, LINE_BREAK = 2, HYPHEN = 4 };

/* Gives which of these bytes the view has. */
static int search_view(struct search *search, const struct view *view, bool bare)
{
    static const unsigned char kinds[256] = {
        ['%'] = ESCAPE, ['&'] = ESCAPE, ['\\'] = ESCAPE, ['\n'] = LINE_BREAK, ['\r'] = LINE_BREAK, ['-'] = HYPHEN,
    };
    uint32_t start = 0;
    int seen = 0;
    for (size_t i = 0; i < view->size && search->left; i++) {
        seen |= kinds[(unsigned char)view->bytes[i]];
        start = so_needle_roll(start, view->bytes[i]);
        const struct so_needle *needle = i + 1 >= SO_NEEDLE_START ? so_needle_find(search->mask, start) : NULL;
        for (; needle; needle = needle->next)
            if (!bare || needle->bare)
                compare(search, view, needle, i + 1 - SO_NEEDLE_START);
    }
    return seen;
}

static bool new_layer(struct search *search, struct so_layer *out)
{
    search->failed |= !so_layer_new(search->arena, out, search->size);
    return !search->failed;
}

static bool make_spare(struct search *search)
{
    return search->spare.bytes || new_layer(search, &search->spare);
}

/* Adds a byte of a view to a layer. */
static void add_byte(struct so_layer *out, const struct view *view, size_t index)
{
    out->bytes[out->size] = view->bytes[index];
    out->from[out->size] = from_of(view, index);
    out->to[out->size++] = to_of(view, index);
}

/* Searches a view without the bytes of a set, and without those of another set behind one of them. */
static void search_without(struct search *search, const struct view *view, const char *set, const char *behind, bool bare)
{
    struct so_layer *out = &search->spare;
    bool after = false;
    if (!make_spare(search))
        return;
    out->size = 0;
    for (size_t i = 0; i < view->size; i++) {
        char byte = view->bytes[i];
        after = byte && (strchr(set, byte) || (after && strchr(behind, byte)));
        if (!after)
            add_byte(out, view, i);
    }
    struct view without = view_of(out);
    search_view(search, &without, bare);
}

/* Searches the view as it is, without line breaks, which Base64 has, and without the hyphens of GUIDs. Gives whether it has
   escapes. */
static bool search_forms(struct search *search, const struct view *view)
{
    int seen = search_view(search, view, false);
    if (seen & LINE_BREAK)
        search_without(search, view, "\r\n", " \t", false);
    if (seen & HYPHEN && search->mask->has_bare)
        search_without(search, view, "-", "", true);
    return seen & ESCAPE;
}

/* The needles that may begin with four bytes. */
static const struct so_needle *needles_at(const struct so_mask *mask, const char *bytes)
{
    uint32_t start = 0;
    for (int i = 0; i < SO_NEEDLE_START; i++)
        start = so_needle_roll(start, bytes[i]);
    return so_needle_find(mask, start);
}

static bool may_begin(const struct so_mask *mask, const char *bytes)
{
    const struct so_needle *needle = needles_at(mask, bytes);
    while (needle && agreement(needle, bytes, SO_NEEDLE_START) < SO_NEEDLE_START)
        needle = needle->next;
    return needle != NULL;
}

/* Compares the text from `at` on, with that many layers of escapes undone. */
static void compare_unescaped(struct search *search, const struct view *view, size_t at, int layers)
{
    struct so_layer *out = &search->spare;
    size_t work = 4 * (view->size - at); /* which takes longer than comparing */
    search->left -= work < search->left ? work : search->left;
    if (!make_spare(search))
        return;
    for (out->size = 0; at < view->size; at++)
        add_byte(out, view, at);
    while (layers-- && so_unescape(out, SO_ANY_ESCAPE))
        continue;
    struct view unescaped = view_of(out);
    for (const struct so_needle *needle = needles_at(search->mask, out->bytes); needle; needle = needle->next)
        compare(search, &unescaped, needle, 0);
}

/* Finds a needle that begins at `at`, inside bytes that only look like an escape: "41..." behind "100 %". */
static void search_inside(struct search *search, const struct view *view, size_t at, int layers)
{
    enum { NEAR = 48 };
    char bytes[NEAR];
    size_t from[NEAR], to[NEAR], size = view->size - at < NEAR ? view->size - at : NEAR;
    struct so_layer near = {bytes, from, to, 0};
    so_layer_fill(&near, view->bytes + at, size);
    for (int i = 1; i <= layers; i++) {
        bool changed = so_unescape(&near, SO_ANY_ESCAPE);
        if (near.size >= SO_NEEDLE_START && may_begin(search->mask, bytes))
            compare_unescaped(search, view, at, i);
        else if (!changed)
            return;
    }
}

static void search_escapes(struct search *search, const struct view *view, int layers)
{
    const char *end = view->bytes + view->size;
    for (size_t i = 0, size; i < view->size && search->left; i += size ? size : 1) {
        size = so_escape_size(view->bytes + i, end);
        for (size_t j = i + 1; j < i + size && search->left; j++)
            if (search->mask->first[(unsigned char)view->bytes[j]] && !(search->hidden && search->hidden[from_of(view, j)]))
                search_inside(search, view, j, layers);
    }
}

/* Undoes all escapes, layer by layer, whatever the order of their kinds. */
static void search_layers(struct search *search, struct so_layer *layer, const char *text)
{
    so_layer_fill(layer, text, search->size);
    for (int i = 0; i < LAYERS && so_unescape(layer, SO_ANY_ESCAPE); i++) {
        struct view view = view_of(layer);
        search_forms(search, &view);
    }
    so_layer_fill(layer, text, search->size);
    for (int i = LAYERS; i > 0; i--) {
        struct view view = view_of(layer);
        search_escapes(search, &view, i);
        if (!so_unescape(layer, SO_ANY_ESCAPE))
            break;
    }
}

/* Undoes one kind of escapes in each layer, in every order: bytes that look like another kind may belong to the secret. */
static void search_kinds(struct search *search, const struct view *view, int layers)
{
    static const int kinds[] = {SO_PERCENT, SO_ENTITY, SO_BACKSLASH};
    struct so_layer layer;
    if (!layers || !new_layer(search, &layer))
        return;
    for (size_t i = 0; i < sizeof kinds / sizeof *kinds; i++) {
        layer.size = 0;
        for (size_t j = 0; j < view->size; j++)
            add_byte(&layer, view, j);
        if (!so_unescape(&layer, kinds[i]))
            continue;
        struct view below = view_of(&layer);
        if (search_forms(search, &below))
            search_kinds(search, &below, layers - 1);
    }
}

static void search_text(struct search *search, const char *text)
{
    const struct view view = {text, NULL, NULL, search->size};
    struct so_layer layer;
    if (search_forms(search, &view) && new_layer(search, &layer)) {
        search_layers(search, &layer, text);
        search_kinds(search, &view, search->mask->has_escapes ? LAYERS_OF_KINDS : 0);
    }
    if (!search->left)
        hide(search, 0, search->size);
}

/* Replacing */

static bool replace(struct so_buffer *out, const char *text, size_t size, const char *hidden)
{
    bool fine = true;
    for (size_t i = 0, end; fine && i < size; i = end) {
        end = i + 1;
        while (end < size && hidden[end] == hidden[i])
            end++;
        fine = hidden[i] ? so_buffer_text(out, replacement) : so_buffer_append(out, text + i, end - i);
    }
    return fine;
}

const char *so_mask_apply(struct so_arena *arena, const struct so_mask *mask, const char *text, size_t size, size_t limit,
                          size_t *out_size)
{
    size_t shown = so_text_prefix(text, size, limit), searched = size - shown > SO_MASK_BEYOND ? shown + SO_MASK_BEYOND : size;
    struct search search = {.mask = mask, .arena = arena, .size = searched, .cut = searched < size,
                            .left = searched * WORK + WORK_LEAST};
    *out_size = shown;
    if (!search.cut && searched < mask->shortest)
        return text;
    search_text(&search, text);
    if (search.failed || !search.found || !memchr(search.hidden, 1, shown))
        return search.failed ? NULL : text;
    struct so_buffer masked = {0};
    const char *copy = NULL;
    if (replace(&masked, text, shown, search.hidden))
        copy = so_arena_copy(arena, masked.bytes, masked.size);
    *out_size = masked.size;
    so_buffer_free(&masked);
    return copy;
}

bool so_mask_hides_number(const struct so_mask *mask, double number)
{
    static const char *const formats[] = {"%.14g", "%.17g", "%.0f"};
    char text[400]; /* as long as a double can be */
    for (const struct so_needle_number *secret = mask->numbers; secret; secret = secret->next)
        if (secret->value == number)
            return true;
    for (size_t i = 0; mask->has_numeric && i < sizeof formats / sizeof *formats; i++) {
        struct search search = {.mask = mask, .left = WORK_LEAST};
        const struct view view = {text, NULL, NULL, so_number_write(text, sizeof text, formats[i], number)};
        search_view(&search, &view, false);
        if (search.found)
            return true;
    }
    return false;
}
