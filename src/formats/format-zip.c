/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/stream.h"
#include <string.h>

/*
 * ZIP (PKWARE's APPNOTE.TXT), with zip64, and what is built upon it: JAR, APK, wheels, OOXML, ODF.
 * First its directory, which is at the end, then the files that programs open first, then the
 * others as they lie.
 */
#define END_BYTES 22u
#define COMMENT_MAX_BYTES 65535u
#define LOCATOR_BYTES 20u
#define END64_BYTES 56u
#define ENTRY_BYTES 46u
#define DIRECTORY_MAX_BYTES ((uint64_t)32 << 20)
#define NAME_BYTES 128

enum {
    PRIORITY_DIRECTORY = 0,
    PRIORITY_FIRST = 1, /* those of `firsts`, in their order */
    PRIORITY_OTHERS = 100,
};

typedef struct {
    uint64_t end_at; /* the end record itself */
    uint64_t entries;
    uint64_t size_bytes;
    uint64_t at;    /* of the directory, in the file */
    uint64_t ahead; /* bytes before the archive, which its offsets do not count */
} Directory;

typedef struct {
    uint64_t offset_bytes;
    uint64_t length_bytes; /* of the data, without the header before it */
    uint32_t priority;
    SegmentKind kind;
    char *name; /* owned */
} Member;

static bool zip_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                           const char *name)
{
    (void)size_bytes;
    (void)name;
    return n_head >= END_BYTES &&
           (memcmp(head, "PK\3\4", 4) == 0 || memcmp(head, "PK\5\6", 4) == 0);
}

/* Names that programs open first, by their end; and what an archive with such a file is. */
static const struct {
    const char *suffix;
    const char *kind; /* NULL: says nothing */
    SegmentKind segment;
} firsts[] = {
    {"mimetype", NULL, SEGMENT_METADATA},
    {"META-INF/MANIFEST.MF", "JAR", SEGMENT_METADATA},
    {"AndroidManifest.xml", "APK", SEGMENT_METADATA},
    {"[Content_Types].xml", "OOXML", SEGMENT_METADATA},
    {"META-INF/manifest.xml", "ODF", SEGMENT_METADATA},
    {".dist-info/METADATA", "wheel", SEGMENT_METADATA},
    {".dist-info/RECORD", NULL, SEGMENT_METADATA},
    {"_rels/.rels", NULL, SEGMENT_METADATA},
    {"word/document.xml", NULL, SEGMENT_DATA},
    {"xl/workbook.xml", NULL, SEGMENT_DATA},
    {"ppt/presentation.xml", NULL, SEGMENT_DATA},
    {"styles.xml", NULL, SEGMENT_DATA},
    {"content.xml", NULL, SEGMENT_DATA},
    {"resources.arsc", NULL, SEGMENT_DATA},
    {"classes.dex", NULL, SEGMENT_DATA},
};

/* The last end record whose comment ends where the file does; false if there is none. */
static bool find_end(Window *window, Directory *ret, uint8_t end[END_BYTES])
{
    const uint64_t size = window->size_bytes;
    const size_t n = (size_t)MIN(size, (uint64_t)(END_BYTES + COMMENT_MAX_BYTES));
    g_autofree uint8_t *tail = g_malloc(n);
    if (n < END_BYTES || window_read(window, size - n, tail, n) < 0)
        return false;
    for (size_t at = n - END_BYTES + 1; at-- > 0;) {
        if (memcmp(tail + at, "PK\5\6", 4) != 0 || window_le16(tail + at + 20) > n - END_BYTES - at)
            continue;
        memcpy(end, tail + at, END_BYTES);
        ret->end_at = size - n + at;
        return true;
    }
    return false;
}

/* The end record of zip64, if there is one before the other. */
static bool find_end64(Window *window, const Directory *directory, uint8_t end[END64_BYTES],
                       uint64_t *ret)
{
    uint8_t locator[LOCATOR_BYTES];
    if (directory->end_at < LOCATOR_BYTES ||
        window_read(window, directory->end_at - LOCATOR_BYTES, locator, LOCATOR_BYTES) < 0 ||
        memcmp(locator, "PK\6\7", 4) != 0)
        return false;
    *ret = window_le64(locator + 8);
    return window_read(window, *ret, end, END64_BYTES) == 0 && memcmp(end, "PK\6\6", 4) == 0;
}

static bool find_directory(Window *window, Directory *ret, GError **error)
{
    uint8_t end[END_BYTES];
    uint8_t end64[END64_BYTES];
    uint64_t directory_end = 0;
    *ret = (Directory){.end_at = 0};
    if (!find_end(window, ret, end))
        return provider_damaged(error, "it has no directory at its end");
    ret->entries = window_le16(end + 10);
    ret->size_bytes = window_le32(end + 12);
    uint64_t offset = window_le32(end + 16);
    directory_end = ret->end_at;
    if (find_end64(window, ret, end64, &directory_end)) {
        ret->entries = window_le64(end64 + 32);
        ret->size_bytes = window_le64(end64 + 40);
        offset = window_le64(end64 + 48);
    } else {
        directory_end = ret->end_at;
    }
    if (ret->size_bytes > directory_end || ret->size_bytes > DIRECTORY_MAX_BYTES ||
        offset > directory_end - ret->size_bytes)
        return provider_damaged(error,
                                "its directory of %" G_GUINT64_FORMAT
                                " bytes would be outside the file or is too much",
                                ret->size_bytes);
    ret->at = directory_end - ret->size_bytes;
    ret->ahead = ret->at - offset;
    return true;
}

static void clear_member(gpointer data)
{
    g_free(((Member *)data)->name);
}

/* The numbers that do not fit into 32 bits are in the extra field, in this order. */
static void take_zip64(Stream *stream, uint16_t extra_bytes, uint64_t *numbers[], gsize n)
{
    while (extra_bytes >= 4 && stream->error == 0) {
        uint16_t id = stream_u16(stream);
        uint16_t length = stream_u16(stream);
        extra_bytes -= 4;
        if (length > extra_bytes)
            break;
        extra_bytes -= length;
        for (gsize i = 0; id == 1 && i < n && length >= 8; i++) {
            if (*numbers[i] != UINT32_MAX)
                continue;
            *numbers[i] = stream_u64(stream);
            length -= 8;
        }
        stream_skip(stream, length);
    }
    stream_skip(stream, extra_bytes);
}

static void judge(Member *member, const char **kind)
{
    member->priority = PRIORITY_OTHERS;
    member->kind = SEGMENT_DATA;
    for (gsize i = 0; i < G_N_ELEMENTS(firsts); i++) {
        if (!g_str_has_suffix(member->name, firsts[i].suffix))
            continue;
        member->priority = PRIORITY_FIRST + (uint32_t)i;
        member->kind = firsts[i].segment;
        /* An APK is a JAR as well, and a JAR may hold an ODF's names: the more special one. */
        if (firsts[i].kind != NULL && (*kind == NULL || strcmp(*kind, "JAR") == 0))
            *kind = firsts[i].kind;
        return;
    }
}

/* One entry of the directory; false if there is none. */
static bool take_member(Stream *stream, const Directory *directory, Member *ret)
{
    uint8_t bytes[ENTRY_BYTES];
    if (!stream_read(stream, bytes, sizeof bytes) || memcmp(bytes, "PK\1\2", 4) != 0)
        return false;
    uint64_t packed = window_le32(bytes + 20);
    uint64_t plain = window_le32(bytes + 24);
    uint64_t offset = window_le32(bytes + 42);
    char name[NAME_BYTES];
    stream_text(stream, window_le16(bytes + 28), name, sizeof name);
    take_zip64(stream, window_le16(bytes + 30), (uint64_t *[]){&plain, &packed, &offset}, 3);
    stream_skip(stream, window_le16(bytes + 32));
    if (stream->error < 0)
        return false;
    offset = offset <= directory->at ? offset + directory->ahead : UINT64_MAX;
    *ret = (Member){.offset_bytes = offset, .length_bytes = packed, .name = g_strdup(name)};
    return true;
}

static int by_offset(gconstpointer a, gconstpointer b)
{
    const Member *x = a;
    const Member *y = b;
    return x->offset_bytes < y->offset_bytes ? -1 : x->offset_bytes > y->offset_bytes;
}

/* A file ends where the next one begins: how long the header before its data is stands only there.
 */
static void add_members(GArray *members, const Directory *directory, Anatomy *anatomy)
{
    uint64_t packed = 0;
    g_array_sort(members, by_offset);
    for (guint i = 0; i < members->len; i++) {
        const Member *member = &g_array_index(members, Member, i);
        uint64_t end =
            i + 1 < members->len ? MIN(member[1].offset_bytes, directory->at) : directory->at;
        if (member->offset_bytes >= directory->at || end <= member->offset_bytes ||
            member->length_bytes > end - member->offset_bytes) {
            anatomy->clipped = true;
            continue;
        }
        packed += member->length_bytes;
        anatomy_add(anatomy, member->kind, member->priority, -1, member->offset_bytes,
                    end - member->offset_bytes, member->name);
    }
    anatomy_add_fact_u64(anatomy, "packed_bytes", packed);
}

static bool zip_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    Directory directory;
    if (!find_directory(window, &directory, error))
        return false;
    const char *kind = NULL;
    g_autofree Stream *stream = g_new(Stream, 1);
    g_autoptr(GArray) members = g_array_new(FALSE, FALSE, sizeof(Member));
    g_array_set_clear_func(members, clear_member);
    window_allow(window, directory.size_bytes + STREAM_BUFFER_BYTES);
    stream_open(stream, window, directory.at);
    Member member;
    while (members->len < MIN(directory.entries, (uint64_t)ANATOMY_SEGMENTS_MAX) &&
           take_member(stream, &directory, &member)) {
        judge(&member, &kind);
        g_array_append_val(members, member);
    }
    anatomy->clipped |= members->len < directory.entries;
    anatomy_add(anatomy, SEGMENT_METADATA, PRIORITY_DIRECTORY, -1, directory.at,
                anatomy->size_bytes - directory.at, "directory");
    anatomy_add_fact(anatomy, "kind", kind != NULL ? kind : "ZIP");
    anatomy_add_fact_u64(anatomy, "entries", members->len);
    add_members(members, &directory, anatomy);
    return true;
}

const Provider provider_zip = {"zip", "ZIP archive", zip_recognizes, zip_analyze};
