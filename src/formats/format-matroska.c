/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include <string.h>

/*
 * Matroska and WebM (RFC 9559, on EBML, RFC 8794): the table of what is where, the tracks, the
 * index of times (often at the end), fonts, the first cluster.
 */
#define ELEMENTS_MAX 20000u
#define SEEKS_MAX 64u
#define CLUSTER_BYTES ((uint64_t)4 << 20)
#define UNKNOWN UINT64_MAX

enum {
    ID_EBML = 0x1A45DFA3,
    ID_DOCTYPE = 0x4282,
    ID_SEGMENT = 0x18538067,
    ID_SEEKHEAD = 0x114D9B74,
    ID_SEEK = 0x4DBB,
    ID_SEEK_POSITION = 0x53AC,
    ID_INFO = 0x1549A966,
    ID_TRACKS = 0x1654AE6B,
    ID_TRACK = 0xAE,
    ID_CUES = 0x1C53BB6B,
    ID_CHAPTERS = 0x1043A770,
    ID_TAGS = 0x1254C367,
    ID_ATTACHMENTS = 0x1941A469,
    ID_CLUSTER = 0x1F43B675,
};

static const struct {
    uint32_t id;
    const char *name;
    SegmentKind kind;
    uint32_t priority;
} parts[] = {
    {ID_SEEKHEAD, "seek head", SEGMENT_METADATA, 1},  {ID_INFO, "info", SEGMENT_METADATA, 2},
    {ID_TRACKS, "tracks", SEGMENT_METADATA, 3},       {ID_CUES, "cues", SEGMENT_METADATA, 4},
    {ID_CHAPTERS, "chapters", SEGMENT_METADATA, 5},   {ID_TAGS, "tags", SEGMENT_METADATA, 6},
    {ID_ATTACHMENTS, "attachments", SEGMENT_DATA, 7},
};
enum {
    PRIORITY_HEADER = 0,
    PRIORITY_CLUSTER = 10,
};

typedef struct {
    uint32_t id;
    uint64_t at;
    uint64_t body;
    uint64_t length; /* of the body; UNKNOWN: of a stream that was written live */
} Element;

typedef struct {
    Window *window;
    Anatomy *anatomy;
    uint32_t left_elements;
    uint64_t clusters;
    uint64_t tracks;
    GHashTable *seen; /* where elements are that were taken: uint64_t */
    GArray *seeks;    /* uint64_t: where the seek head says that there are others */
} Film;

static bool matroska_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                                const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= 8 && window_be32(head) == ID_EBML;
}

/* A number whose length is that of the zeros before its first bit; with or without that bit. */
static size_t take_number(const uint8_t *bytes, size_t n, bool with_mark, uint64_t *ret)
{
    size_t length = 1;
    while (length <= 8 && (bytes[0] & 0x80 >> (length - 1)) == 0)
        length++;
    if (length > 8 || length > n)
        return 0;
    uint64_t value = with_mark ? bytes[0] : bytes[0] & (0xffu >> length);
    bool ones = (bytes[0] | (0xff00u >> length & 0xff)) == 0xff;
    for (size_t i = 1; i < length; i++) {
        value = value << 8 | bytes[i];
        ones &= bytes[i] == 0xff;
    }
    *ret = !with_mark && ones ? UNKNOWN : value;
    return length;
}

static bool take_element(Film *film, uint64_t at, uint64_t end, Element *ret)
{
    uint8_t bytes[12];
    uint64_t id = 0;
    if (at >= end || film->left_elements == 0)
        return false;
    film->left_elements--;
    size_t n = (size_t)MIN((uint64_t)sizeof bytes, end - at);
    if (window_read(film->window, at, bytes, n) < 0)
        return false;
    size_t id_bytes = take_number(bytes, MIN(n, (size_t)4), true, &id);
    if (id_bytes == 0 || id_bytes == n)
        return false;
    *ret = (Element){.id = (uint32_t)id, .at = at};
    size_t length_bytes = take_number(bytes + id_bytes, n - id_bytes, false, &ret->length);
    ret->body = at + id_bytes + length_bytes;
    if (length_bytes == 0)
        return false;
    if (ret->length != UNKNOWN && ret->length > end - ret->body) {
        film->anatomy->clipped = true;
        ret->length = end - ret->body;
    }
    return true;
}

static uint64_t end_of(const Element *element, uint64_t end)
{
    return element->length == UNKNOWN ? end : element->body + element->length;
}

static uint64_t take_value(Film *film, const Element *element)
{
    uint8_t bytes[8] = {0};
    if (element->length == 0 || element->length > 8 ||
        window_read(film->window, element->body, bytes + 8 - element->length,
                    (size_t)element->length) < 0)
        return UNKNOWN;
    return window_be64(bytes);
}

/* SeekHead / Seek / SeekPosition, relative to where the contents of the segment begin. */
static void take_seeks(Film *film, const Element *head, uint64_t base)
{
    Element seek;
    Element field;
    const uint64_t end = end_of(head, film->anatomy->size_bytes);
    for (uint64_t at = head->body; take_element(film, at, end, &seek); at = end_of(&seek, end)) {
        const uint64_t seek_end = end_of(&seek, end);
        for (uint64_t in = seek.body; take_element(film, in, seek_end, &field);
             in = end_of(&field, seek_end)) {
            uint64_t position = field.id == ID_SEEK_POSITION ? take_value(film, &field) : UNKNOWN;
            if (position >= film->anatomy->size_bytes - base || film->seeks->len >= SEEKS_MAX)
                continue;
            position += base;
            g_array_append_val(film->seeks, position);
        }
    }
}

static void count_tracks(Film *film, const Element *tracks)
{
    Element track;
    const uint64_t end = end_of(tracks, film->anatomy->size_bytes);
    for (uint64_t at = tracks->body; take_element(film, at, end, &track); at = end_of(&track, end))
        film->tracks += track.id == ID_TRACK ? 1 : 0;
}

static void take_cluster(Film *film, const Element *element)
{
    const uint64_t size = film->anatomy->size_bytes;
    if (film->clusters++ == 0)
        anatomy_add(film->anatomy, SEGMENT_DATA, PRIORITY_CLUSTER, -1, element->at,
                    MIN(CLUSTER_BYTES, size - element->at), "first clusters");
}

/* An element of the segment, once. */
static void take_part(Film *film, const Element *element, uint64_t base)
{
    const uint64_t size = film->anatomy->size_bytes;
    if (!g_hash_table_add(film->seen, g_memdup2(&element->at, sizeof element->at)))
        return;
    if (element->id == ID_CLUSTER)
        take_cluster(film, element);
    if (element->id == ID_SEEKHEAD)
        take_seeks(film, element, base);
    if (element->id == ID_TRACKS)
        count_tracks(film, element);
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        if (parts[i].id == element->id)
            anatomy_add(film->anatomy, parts[i].kind, parts[i].priority, -1, element->at,
                        end_of(element, size) - element->at, parts[i].name);
}

/* From the beginning to the first cluster, then what the seek head tells of. */
static void take_segment(Film *film, const Element *segment)
{
    const uint64_t end = end_of(segment, film->anatomy->size_bytes);
    Element element;
    for (uint64_t at = segment->body; film->clusters == 0 && take_element(film, at, end, &element);
         at = end_of(&element, end))
        take_part(film, &element, segment->body);
    for (guint i = 0; i < film->seeks->len; i++) {
        uint64_t at = g_array_index(film->seeks, uint64_t, i);
        if (take_element(film, at, end, &element))
            take_part(film, &element, segment->body);
    }
}

static void take_doctype(Film *film, const Element *header)
{
    Element field;
    char text[16] = "";
    const uint64_t end = end_of(header, film->anatomy->size_bytes);
    for (uint64_t at = header->body; take_element(film, at, end, &field); at = end_of(&field, end))
        if (field.id == ID_DOCTYPE && field.length < sizeof text &&
            window_read(film->window, field.body, text, (size_t)field.length) == 0)
            anatomy_add_fact(film->anatomy, "doctype", text);
}

static bool matroska_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_int64_hash, g_int64_equal, g_free, NULL);
    g_autoptr(GArray) seeks = g_array_new(FALSE, FALSE, sizeof(uint64_t));
    Film film = {.window = window,
                 .anatomy = anatomy,
                 .left_elements = ELEMENTS_MAX,
                 .seen = seen,
                 .seeks = seeks};
    Element header;
    Element segment;
    if (!take_element(&film, 0, anatomy->size_bytes, &header) || header.id != ID_EBML ||
        header.length == UNKNOWN)
        return provider_damaged(error, "it does not begin with an EBML header");
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_HEADER, -1, 0, end_of(&header, 0), "header");
    take_doctype(&film, &header);
    if (!take_element(&film, end_of(&header, 0), anatomy->size_bytes, &segment) ||
        segment.id != ID_SEGMENT)
        return provider_damaged(error, "there is no segment behind its header");
    take_segment(&film, &segment);
    anatomy_add_fact_u64(anatomy, "tracks", film.tracks);
    return true;
}

const Provider provider_matroska = {"matroska", "Matroska or WebM film", matroska_recognizes,
                                    matroska_analyze};
