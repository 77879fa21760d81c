/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/sample-table.h"
#include "formats/stream.h"
#include "observe/residency.h"
#include <string.h>

/*
 * MP4, MOV and their kin (ISO/IEC 14496-12): boxes in boxes. Players want the index (moov, of
 * fragmented files sidx and mfra), which may stand at the end, then the first samples of each
 * track: where they are is in the tables of moov, or in sidx, or behind the first moof. Who seeks
 * in a fragmented file that has neither sidx nor mfra goes from moof to moof.
 */
#define BOXES_MAX 20000u
#define DEPTH_MAX 6
#define TRACKS_MAX 32u
/* What is played from the beginning on until readahead has caught up. */
#define SAMPLES_SECONDS 5u
#define SAMPLES_BYTES ((uint64_t)16 << 20)
/* Where nothing tells how much that is. */
#define SAMPLES_GUESS_BYTES ((uint64_t)4 << 20)
#define TIMES_BYTES 32u

enum {
    PRIORITY_TYPE,
    PRIORITY_INDEX,
    PRIORITY_SAMPLES,
    PRIORITY_FRAGMENTS,
    PRIORITY_MEDIA,
};

typedef struct {
    uint64_t at;
    uint64_t length;
    uint64_t body; /* where its contents begin */
    char type[5];
} Box;

typedef struct {
    Window *window;
    Anatomy *anatomy;
    uint32_t left_boxes;
    uint32_t tracks;
    uint32_t fragments;
    uint64_t first_media;    /* where the first mdat begins; UINT64_MAX: none yet */
    uint64_t first_fragment; /* where the first moof begins */
    bool indexed;            /* there is a sidx or mfra */
    SampleTable table;       /* of the track that is walked */
    GArray *samples;         /* Range: the first ones */
    GArray *headers;         /* Range: of fragments */
} Movie;

static bool mp4_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                           const char *name)
{
    static const char *const types[] = {"ftyp", "moov", "mdat", "wide", "styp"};
    (void)size_bytes;
    (void)name;
    for (gsize i = 0; n_head >= 16 && i < G_N_ELEMENTS(types); i++)
        if (memcmp(head + 4, types[i], 4) == 0)
            return true;
    return false;
}

/* The box at this place; false if there is none before end. */
static bool take_box(Movie *movie, uint64_t at, uint64_t end, Box *ret)
{
    uint8_t bytes[16];
    if (end - at < 8 || movie->left_boxes == 0)
        return false;
    movie->left_boxes--;
    if (window_read(movie->window, at, bytes, 8) < 0)
        return false;
    *ret = (Box){.at = at, .length = window_be32(bytes), .body = at + 8};
    memcpy(ret->type, bytes + 4, 4);
    if (ret->length == 1) { /* it has 64 bits */
        if (end - at < 16 || window_read(movie->window, at, bytes, 16) < 0)
            return false;
        ret->length = window_be64(bytes + 8);
        ret->body = at + 16;
    } else if (ret->length == 0) { /* all the rest */
        ret->length = end - at;
    }
    if (ret->length < ret->body - at)
        return false;
    if (ret->length > end - at) {
        movie->anatomy->clipped = true;
        ret->length = end - at;
    }
    return true;
}

static bool is_container(const char *type)
{
    static const char *const types[] = {"moov", "trak", "mdia", "minf", "stbl"};
    for (gsize i = 0; i < G_N_ELEMENTS(types); i++)
        if (strcmp(type, types[i]) == 0)
            return true;
    return false;
}

/* mvhd: how long it plays. */
static void take_times(Movie *movie, const Box *box)
{
    uint8_t bytes[TIMES_BYTES];
    if (box->length < box->body - box->at + sizeof bytes ||
        window_read(movie->window, box->body, bytes, sizeof bytes) < 0)
        return;
    uint64_t scale = window_be32(bytes + (bytes[0] == 1 ? 20 : 12));
    uint64_t duration = bytes[0] == 1 ? window_be64(bytes + 24) : window_be32(bytes + 16);
    if (scale > 0)
        anatomy_add_fact_u64(movie->anatomy, "duration_seconds", duration / scale);
}

/* mdhd: the track's units of time. */
static uint32_t take_scale(Movie *movie, const Box *box)
{
    uint8_t bytes[TIMES_BYTES] = {0};
    if (window_read(movie->window, box->body, bytes, 24) < 0)
        return 0;
    return window_be32(bytes + (bytes[0] == 1 ? 20 : 12));
}

static void take_table(Movie *movie, const Box *box)
{
    SampleTable *table = &movie->table;
    if (strcmp(box->type, "mdhd") == 0)
        table->scale = take_scale(movie, box);
    else if (strcmp(box->type, "stts") == 0)
        table->times_at = box->body;
    else if (strcmp(box->type, "stsc") == 0)
        table->chunks_at = box->body;
    else if (strcmp(box->type, "stsz") == 0 || strcmp(box->type, "stz2") == 0)
        table->sizes_at = box->body;
    else if (strcmp(box->type, "stco") == 0 || strcmp(box->type, "co64") == 0)
        table->offsets_at = box->body;
    table->compact |= strcmp(box->type, "stz2") == 0;
    table->wide |= strcmp(box->type, "co64") == 0;
}

static void walk(Movie *movie, const Box *outer, int depth);

static void take_track(Movie *movie, const Box *box, int depth)
{
    movie->table = (SampleTable){0};
    walk(movie, box, depth + 1);
    if (movie->tracks++ < TRACKS_MAX)
        movie->anatomy->clipped |= !sample_table_first(
            &movie->table, movie->window, SAMPLES_SECONDS, SAMPLES_BYTES, movie->samples);
}

/* The boxes within one, down to those with the tables of samples. */
static void walk(Movie *movie, const Box *outer, int depth)
{
    const uint64_t end = outer->at + outer->length;
    Box box;
    for (uint64_t at = outer->body; at < end && take_box(movie, at, end, &box); at += box.length) {
        if (strcmp(box.type, "mvhd") == 0)
            take_times(movie, &box);
        else if (strcmp(box.type, "trak") == 0 && depth < DEPTH_MAX)
            take_track(movie, &box, depth);
        else if (is_container(box.type) && depth < DEPTH_MAX)
            walk(movie, &box, depth + 1);
        else
            take_table(movie, &box);
    }
}

static void take_type(Movie *movie, const Box *box)
{
    char brand[5] = "";
    if (box->length >= box->body - box->at + 4 &&
        window_read(movie->window, box->body, brand, 4) == 0)
        anatomy_add_fact(movie->anatomy, "brand", brand);
}

/* sidx: how long, in bytes and in time, each of the pieces behind it is. */
static void take_pieces(Movie *movie, const Box *box)
{
    g_autofree Stream *stream = g_new0(Stream, 1);
    stream_open(stream, movie->window, box->body);
    stream->big_endian = true;
    const bool wide = stream_u8(stream) == 1;
    (void)stream_skip(stream, 7);
    const uint64_t end = (uint64_t)stream_u32(stream) * SAMPLES_SECONDS;
    (void)stream_skip(stream, wide ? 8 : 4);
    const uint64_t gap = wide ? stream_u64(stream) : stream_u32(stream);
    (void)stream_skip(stream, 2);
    uint64_t time = 0;
    Range range = {box->at + box->length, 0};
    for (uint16_t n = stream_u16(stream); n > 0 && time < end && range.length_bytes < SAMPLES_BYTES;
         n--) {
        range.length_bytes += stream_u32(stream) & INT32_MAX;
        time += stream_u32(stream);
        (void)stream_skip(stream, 4);
    }
    range.offset_bytes += MIN(gap, UINT64_MAX - range.offset_bytes);
    if (stream->error == 0 && movie->samples->len < SAMPLE_TABLE_SAMPLES_MAX)
        g_array_append_val(movie->samples, range);
    movie->anatomy->clipped |= stream->error < 0;
}

static void take_fragment(Movie *movie, const Box *box)
{
    const Range range = {box->at, box->length};
    if (movie->fragments++ == 0)
        movie->first_fragment = box->at;
    g_array_append_val(movie->headers, range);
}

static void take_media(Movie *movie, const Box *box)
{
    const uint64_t end = box->at + box->length;
    movie->first_media = MIN(movie->first_media, box->at);
    anatomy_add(movie->anatomy, SEGMENT_DATA, PRIORITY_MEDIA, -1, box->at, box->length, "mdat");
    if (movie->fragments != 1 || movie->first_fragment >= end)
        return;
    const Range range = {movie->first_fragment, MIN(end - movie->first_fragment, SAMPLES_BYTES)};
    g_array_append_val(movie->samples, range);
}

static void take_top(Movie *movie, const Box *box)
{
    static const char *const index[] = {"moov", "sidx", "mfra", "ssix", "meta"};
    Anatomy *anatomy = movie->anatomy;
    for (gsize i = 0; i < G_N_ELEMENTS(index); i++)
        if (strcmp(box->type, index[i]) == 0)
            anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_INDEX, -1, box->at, box->length,
                        box->type);
    if (strcmp(box->type, "ftyp") == 0) {
        anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_TYPE, -1, box->at, box->length, box->type);
        take_type(movie, box);
    }
    movie->indexed |= strcmp(box->type, "sidx") == 0 || strcmp(box->type, "mfra") == 0;
    if (strcmp(box->type, "moov") == 0)
        walk(movie, box, 0);
    else if (strcmp(box->type, "sidx") == 0)
        take_pieces(movie, box);
    else if (strcmp(box->type, "moof") == 0)
        take_fragment(movie, box);
    else if (strcmp(box->type, "mdat") == 0)
        take_media(movie, box);
}

static int compare_places(gconstpointer a, gconstpointer b)
{
    const Range *x = a;
    const Range *y = b;
    return x->offset_bytes < y->offset_bytes ? -1 : x->offset_bytes > y->offset_bytes;
}

/* In the order of the file: the tracks lie between one another. */
static void add_samples(Movie *movie)
{
    const uint64_t size = movie->anatomy->size_bytes;
    if (movie->samples->len == 0 && movie->first_media < size) {
        const Range guess = {movie->first_media,
                             MIN(SAMPLES_GUESS_BYTES, size - movie->first_media)};
        g_array_append_val(movie->samples, guess);
    }
    g_array_sort(movie->samples, compare_places);
    for (guint i = 0; i < movie->samples->len; i++) {
        const Range *range = &g_array_index(movie->samples, Range, i);
        anatomy_extend(movie->anatomy, SEGMENT_DATA, PRIORITY_SAMPLES, -1, range->offset_bytes,
                       range->length_bytes, "first samples");
    }
}

static void add_fragments(Movie *movie)
{
    for (guint i = 0; i < movie->headers->len && !movie->indexed; i++) {
        const Range *range = &g_array_index(movie->headers, Range, i);
        anatomy_add(movie->anatomy, SEGMENT_METADATA, PRIORITY_FRAGMENTS, -1, range->offset_bytes,
                    range->length_bytes, "moof");
    }
}

static bool mp4_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    g_autoptr(GArray) samples = g_array_new(FALSE, FALSE, sizeof(Range));
    g_autoptr(GArray) headers = g_array_new(FALSE, FALSE, sizeof(Range));
    Movie movie = {.window = window,
                   .anatomy = anatomy,
                   .left_boxes = BOXES_MAX,
                   .first_media = UINT64_MAX,
                   .samples = samples,
                   .headers = headers};
    Box box;
    uint64_t at = 0;
    for (; at < anatomy->size_bytes && take_box(&movie, at, anatomy->size_bytes, &box);
         at += box.length)
        take_top(&movie, &box);
    if (at == 0)
        return provider_damaged(error, "its first box has no length");
    anatomy->clipped |= at < anatomy->size_bytes;
    add_samples(&movie);
    add_fragments(&movie);
    anatomy_add_fact_u64(anatomy, "tracks", movie.tracks);
    anatomy_add_fact_u64(anatomy, "fragments", movie.fragments);
    return true;
}

const Provider provider_mp4 = {"mp4", "MP4 or QuickTime film", mp4_recognizes, mp4_analyze};
