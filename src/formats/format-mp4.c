/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <string.h>

/*
 * MP4, MOV and their kin (ISO/IEC 14496-12): boxes in boxes. Players want the index (moov, of
 * fragmented files sidx and mfra), which may stand at the end, then the first samples.
 */
#define BOXES_MAX 20000u
#define DEPTH_MAX 6
/* What is played from the beginning on until readahead has caught up. */
#define SAMPLES_BYTES ((uint64_t)4 << 20)
#define TIMES_BYTES 32u

enum {
    PRIORITY_TYPE,
    PRIORITY_INDEX,
    PRIORITY_SAMPLES,
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
    uint64_t first_media; /* where the first mdat begins; UINT64_MAX: none yet */
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

static void take_index(Movie *movie, const Box *box)
{
    if (strcmp(box->type, "mvhd") == 0)
        take_times(movie, box);
    movie->tracks += strcmp(box->type, "trak") == 0 ? 1 : 0;
}

/* The boxes within one, down to those with the tables of samples. */
static void walk(Movie *movie, const Box *outer, int depth)
{
    const uint64_t end = outer->at + outer->length;
    Box box;
    for (uint64_t at = outer->body; at < end && take_box(movie, at, end, &box); at += box.length) {
        take_index(movie, &box);
        if (is_container(box.type) && depth < DEPTH_MAX)
            walk(movie, &box, depth + 1);
    }
}

static void take_type(Movie *movie, const Box *box)
{
    char brand[5] = "";
    if (box->length >= box->body - box->at + 4 &&
        window_read(movie->window, box->body, brand, 4) == 0)
        anatomy_add_fact(movie->anatomy, "brand", brand);
}

static void take_top(Movie *movie, const Box *box)
{
    static const char *const index[] = {"moov", "sidx", "mfra", "ssix", "meta"};
    Anatomy *anatomy = movie->anatomy;
    bool typed = strcmp(box->type, "ftyp") == 0;
    for (gsize i = 0; i < G_N_ELEMENTS(index); i++)
        if (strcmp(box->type, index[i]) == 0)
            anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_INDEX, -1, box->at, box->length,
                        box->type);
    if (typed) {
        anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_TYPE, -1, box->at, box->length, box->type);
        take_type(movie, box);
    }
    if (strcmp(box->type, "moov") == 0)
        walk(movie, box, 0);
    movie->fragments += strcmp(box->type, "moof") == 0 ? 1 : 0;
    if (strcmp(box->type, "moof") == 0 && movie->fragments == 1)
        movie->first_media = MIN(movie->first_media, box->at);
    if (strcmp(box->type, "mdat") == 0) {
        movie->first_media = MIN(movie->first_media, box->at);
        anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_MEDIA, -1, box->at, box->length, "mdat");
    }
}

static bool mp4_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    Movie movie = {
        .window = window, .anatomy = anatomy, .left_boxes = BOXES_MAX, .first_media = UINT64_MAX};
    Box box;
    uint64_t at = 0;
    for (; at < anatomy->size_bytes && take_box(&movie, at, anatomy->size_bytes, &box);
         at += box.length)
        take_top(&movie, &box);
    if (at == 0)
        return provider_damaged(error, "its first box has no length");
    anatomy->clipped |= at < anatomy->size_bytes;
    if (movie.first_media < anatomy->size_bytes)
        anatomy_add(anatomy, SEGMENT_DATA, PRIORITY_SAMPLES, -1, movie.first_media,
                    MIN(SAMPLES_BYTES, anatomy->size_bytes - movie.first_media), "first samples");
    anatomy_add_fact_u64(anatomy, "tracks", movie.tracks);
    anatomy_add_fact_u64(anatomy, "fragments", movie.fragments);
    return true;
}

const Provider provider_mp4 = {"mp4", "MP4 or QuickTime film", mp4_recognizes, mp4_analyze};
