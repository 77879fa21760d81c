/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <errno.h>
#include <string.h>

/*
 * TIFF and BigTIFF, GeoTIFF and cloud optimized ones (COG): a list of directories, one an image;
 * then the images, overviews (the smallest) first.
 */
#define DIRECTORIES_MAX 1024u
#define ENTRIES_MAX 4096u
#define PIECES_MAX 200000u /* tiles or strips, of all images */

enum {
    TAG_SUBFILE = 254,
    TAG_WIDTH = 256,
    TAG_HEIGHT = 257,
    TAG_STRIP_AT = 273,
    TAG_STRIP_BYTES = 279,
    TAG_TILE_AT = 324,
    TAG_TILE_BYTES = 325,
    TAG_GEO = 34735,
};

enum {
    PRIORITY_HEADER,
    PRIORITY_DIRECTORIES,
    PRIORITY_TABLES,
    PRIORITY_IMAGES = 10,
};

/* An entry of a directory: count values of some type, here or elsewhere. */
typedef struct {
    uint64_t count;
    uint64_t at; /* of the first value, in the file */
    uint32_t value_bytes;
} Values;

typedef struct {
    uint64_t width;
    uint64_t height;
    Values at;
    Values bytes;
} Image;

typedef struct {
    Window *window;
    Anatomy *anatomy;
    bool big_endian;
    bool large;
    uint64_t left_pieces;
    GHashTable *seen; /* uint64_t, where directories are */
    GArray *images;   /* Image */
    bool geographic;
} Tiff;

static bool tiff_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                            const char *name)
{
    (void)size_bytes;
    (void)name;
    if (n_head < 8)
        return false;
    return memcmp(head, "II*\0", 4) == 0 || memcmp(head, "MM\0*", 4) == 0 ||
           memcmp(head, "II+\0", 4) == 0 || memcmp(head, "MM\0+", 4) == 0;
}

static uint64_t number_of(const Tiff *tiff, const uint8_t *at, uint32_t n)
{
    uint64_t value = 0;
    for (uint32_t i = 0; i < n; i++)
        value = value << 8 | at[tiff->big_endian ? i : n - 1 - i];
    return value;
}

/* Of a type: 0 for unknown ones. */
static uint32_t bytes_of(uint64_t type)
{
    static const uint8_t bytes[] = {0, 1, 1, 2, 4, 8, 1, 1, 2, 4, 8, 4, 8, 4, 0, 0, 8, 8, 8};
    return type < G_N_ELEMENTS(bytes) ? bytes[type] : 0;
}

static bool read_values(Tiff *tiff, const Values *values, uint64_t from, uint8_t *ret, size_t n)
{
    return window_read(tiff->window, values->at + from * values->value_bytes, ret,
                       n * values->value_bytes) == 0;
}

static uint64_t first_value(Tiff *tiff, const Values *values)
{
    uint8_t bytes[8];
    if (values->count == 0 || !read_values(tiff, values, 0, bytes, 1))
        return 0;
    return number_of(tiff, bytes, values->value_bytes);
}

/* entry_at: where the entry is in the file. */
static Values take_values(Tiff *tiff, const uint8_t *entry, uint64_t entry_at)
{
    const uint32_t word = tiff->large ? 8 : 4;
    Values values = {.value_bytes = bytes_of(number_of(tiff, entry + 2, 2)),
                     .count = number_of(tiff, entry + 4, word)};
    const uint64_t size = tiff->anatomy->size_bytes;
    if (values.value_bytes == 0 || values.count > size / values.value_bytes)
        return (Values){0};
    const uint64_t length = values.count * values.value_bytes;
    bool here = length <= word;
    values.at = here ? entry_at + 4 + word : number_of(tiff, entry + 4 + word, word);
    if (values.at > size || length > size - values.at)
        return (Values){0};
    if (!here)
        anatomy_add(tiff->anatomy, SEGMENT_METADATA, PRIORITY_TABLES, -1, values.at, length,
                    "tables");
    return values;
}

static void take_entry(Tiff *tiff, const uint8_t *entry, uint64_t at, Image *image)
{
    const Values values = take_values(tiff, entry, at);
    tiff->anatomy->clipped |= values.value_bytes == 0;
    switch (number_of(tiff, entry, 2)) {
    case TAG_WIDTH:
        image->width = first_value(tiff, &values);
        break;
    case TAG_HEIGHT:
        image->height = first_value(tiff, &values);
        break;
    case TAG_STRIP_AT:
    case TAG_TILE_AT:
        image->at = values;
        break;
    case TAG_STRIP_BYTES:
    case TAG_TILE_BYTES:
        image->bytes = values;
        break;
    case TAG_GEO:
        tiff->geographic = true;
        break;
    default:
        break;
    }
}

/* Where the next directory is; 0 after the last one, UINT64_MAX where they go in a circle or out of
 * the file. */
static uint64_t take_directory(Tiff *tiff, uint64_t at)
{
    const uint32_t entry_bytes = tiff->large ? 20 : 12;
    const uint32_t count_bytes = tiff->large ? 8 : 2;
    const uint32_t word = tiff->large ? 8 : 4;
    uint8_t head[8];
    if (!g_hash_table_add(tiff->seen, g_memdup2(&at, sizeof at)) ||
        window_read(tiff->window, at, head, count_bytes) < 0)
        return UINT64_MAX;
    const uint64_t entries = number_of(tiff, head, count_bytes);
    if (entries == 0 || entries > ENTRIES_MAX)
        return UINT64_MAX;
    const size_t n = (size_t)entries * entry_bytes + word;
    g_autofree uint8_t *bytes = g_malloc(n);
    if (window_read(tiff->window, at + count_bytes, bytes, n) < 0)
        return UINT64_MAX;
    Image image = {0};
    for (uint64_t i = 0; i < entries; i++)
        take_entry(tiff, bytes + i * entry_bytes, at + count_bytes + i * entry_bytes, &image);
    g_array_append_val(tiff->images, image);
    anatomy_add(tiff->anatomy, SEGMENT_METADATA, PRIORITY_DIRECTORIES, -1, at, count_bytes + n,
                "directories");
    return number_of(tiff, bytes + n - word, word);
}

static uint64_t area_of(const Image *image)
{
    return MIN(image->width, UINT32_MAX) * MIN(image->height, UINT32_MAX);
}

static int by_area(gconstpointer a, gconstpointer b)
{
    const uint64_t x = area_of(a);
    const uint64_t y = area_of(b);
    return x < y ? -1 : x > y;
}

#define CHUNK 512u

static void add_image(Tiff *tiff, const Image *image, uint32_t priority)
{
    g_autofree char *name = g_strdup_printf("image %" G_GUINT64_FORMAT "x%" G_GUINT64_FORMAT,
                                            image->width, image->height);
    const uint64_t count = MIN(image->at.count, image->bytes.count);
    uint8_t places[CHUNK * 8];
    uint8_t lengths[CHUNK * 8];
    for (uint64_t i = 0; i < count; i += CHUNK) {
        const size_t n = (size_t)MIN(count - i, (uint64_t)CHUNK);
        if (tiff->left_pieces < n || !read_values(tiff, &image->at, i, places, n) ||
            !read_values(tiff, &image->bytes, i, lengths, n)) {
            tiff->anatomy->clipped = true;
            return;
        }
        tiff->left_pieces -= n;
        for (size_t k = 0; k < n; k++)
            anatomy_extend(
                tiff->anatomy, SEGMENT_DATA, priority, -1,
                number_of(tiff, places + k * image->at.value_bytes, image->at.value_bytes),
                number_of(tiff, lengths + k * image->bytes.value_bytes, image->bytes.value_bytes),
                name);
    }
}

static void tell(Tiff *tiff)
{
    const Image *image = NULL;
    g_array_sort(tiff->images, by_area);
    for (guint i = 0; i < tiff->images->len; i++) {
        image = &g_array_index(tiff->images, Image, i);
        add_image(tiff, image, PRIORITY_IMAGES + i);
    }
    if (image != NULL) { /* the largest */
        anatomy_add_fact_u64(tiff->anatomy, "width", image->width);
        anatomy_add_fact_u64(tiff->anatomy, "height", image->height);
    }
    anatomy_add_fact_u64(tiff->anatomy, "images", tiff->images->len);
    anatomy_add_fact(tiff->anatomy, "kind", tiff->large ? "BigTIFF" : "TIFF");
    anatomy_add_fact(tiff->anatomy, "geographic", tiff->geographic ? "yes" : "no");
}

static bool tiff_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    uint8_t head[16] = {0};
    int r = window_read(window, 0, head, 8);
    if (r < 0)
        return provider_fail(error, r, "header");
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GArray) images = g_array_new(FALSE, FALSE, sizeof(Image));
    Tiff tiff = {.window = window,
                 .anatomy = anatomy,
                 .big_endian = head[0] == 'M',
                 .left_pieces = PIECES_MAX,
                 .seen = seen,
                 .images = images};
    tiff.large = number_of(&tiff, head + 2, 2) == 43;
    if (tiff.large && (r = window_read(window, 0, head, 16)) < 0)
        return provider_fail(error, r, "header");
    uint64_t at = tiff.large ? number_of(&tiff, head + 8, 8) : number_of(&tiff, head + 4, 4);
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, 0, tiff.large ? 16 : 8, "header");
    while (at != 0 && at != UINT64_MAX && tiff.images->len < DIRECTORIES_MAX)
        at = take_directory(&tiff, at);
    if (tiff.images->len == 0)
        return provider_damaged(error, "its first directory is outside the file or empty");
    anatomy->clipped |= at != 0;
    tell(&tiff);
    return true;
}

const Provider provider_tiff = {"tiff", "TIFF image", tiff_recognizes, tiff_analyze};
