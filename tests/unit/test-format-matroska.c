/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

/* An element whose length has eight bytes. */
static void element(GString *bytes, uint64_t id, gsize id_bytes, const GString *body)
{
    put_be(bytes, id, id_bytes);
    put_be(bytes, 1ull << 56 | body->len, 8);
    g_string_append_len(bytes, body->str, (gssize)body->len);
}

static void text(GString *bytes, uint64_t id, gsize id_bytes, const char *value)
{
    g_autoptr(GString) body = g_string_new(value);
    element(bytes, id, id_bytes, body);
}

static void seek(GString *bytes, uint64_t position)
{
    g_autoptr(GString) inner = g_string_new(NULL);
    g_autoptr(GString) value = g_string_new(NULL);
    put_be(value, position, 8);
    element(inner, 0x53AC, 2, value);
    element(bytes, 0x4DBB, 2, inner);
}

#define SEEK_BYTES (10 + 10 + 8)

/* A header, and a segment with a seek head, tracks, two clusters and, behind them, cues, to which
 * the seek head leads, as it leads to itself. */
static GString *given_film(gsize *segment, gsize *cluster, gsize *cues)
{
    GString *bytes = g_string_new(NULL);
    g_autoptr(GString) header = g_string_new(NULL);
    g_autoptr(GString) body = g_string_new(NULL);
    g_autoptr(GString) seeks = g_string_new(NULL);
    g_autoptr(GString) tracks = g_string_new(NULL);
    text(header, 0x4282, 2, "webm");
    element(bytes, 0x1A45DFA3, 4, header);
    text(tracks, 0xAE, 1, "one");
    text(tracks, 0xAE, 1, "two");
    const gsize clusters = 12 + 3 * SEEK_BYTES + 12 + tracks->len;
    seek(seeks, clusters + 2 * (12 + 4));
    seek(seeks, 0);
    seek(seeks, 1ull << 60);
    element(body, 0x114D9B74, 4, seeks);
    element(body, 0x1654AE6B, 4, tracks);
    text(body, 0x1F43B675, 4, "data");
    text(body, 0x1F43B675, 4, "data");
    text(body, 0x1C53BB6B, 4, "times");
    element(bytes, 0x18538067, 4, body);
    *segment = bytes->len - body->len;
    *cluster = *segment + clusters;
    *cues = *cluster + 2 * (12 + 4);
    return bytes;
}

START_TEST(the_index_behind_the_clusters_is_found)
{
    gsize segment = 0;
    gsize cluster = 0;
    gsize cues = 0;
    g_autoptr(GString) bytes = given_film(&segment, &cluster, &cues);
    g_autoptr(Anatomy) anatomy = case_analyze("matroska", "a.webm", bytes);
    case_check(anatomy, "header", 0, segment - 12);
    case_check(anatomy, "seek head", segment, 12 + 3 * SEEK_BYTES);
    case_check(anatomy, "cues", cues, 12 + 5);
    case_check(anatomy, "first clusters", cluster, bytes->len - cluster);
    ck_assert_int_eq(case_segment(anatomy, "cues")->kind, SEGMENT_METADATA);
    ck_assert_str_eq(case_fact(anatomy, "doctype"), "webm");
    ck_assert_str_eq(case_fact(anatomy, "tracks"), "2");
}
END_TEST

START_TEST(no_header)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    put_be(bytes, 0x1A45DFA3, 4);
    put_fill(bytes, '\xff', 12);
    case_check_refused("matroska", "a.mkv", bytes, "EBML header");
}
END_TEST

START_TEST(damaged_anywhere)
{
    gsize at[3];
    g_autoptr(GString) bytes = given_film(&at[0], &at[1], &at[2]);
    case_damage("matroska", "a.mkv", bytes);
}
END_TEST

START_TEST(as_ffprobe_says)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "a.mkv", NULL);
    g_free(case_shell(
        directory, "ffmpeg -v error -f lavfi -i testsrc=d=3:s=64x64 -f lavfi -i sine=d=3 a.mkv"));
    g_autofree char *said =
        case_shell(directory, "ffprobe -v error -show_entries format=nb_streams a.mkv;"
                              "ffprobe -v error -show_entries packet=pos a.mkv | grep pos=");
    g_autoptr(Anatomy) anatomy = case_analyze_file("matroska", path);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "tracks"), NULL, 10),
                      case_number(said, "nb_streams="));
    ck_assert_ptr_nonnull(case_find(anatomy, "cues"));
    /* The first packet is in the first cluster, behind its head. */
    const uint64_t cluster = case_segment(anatomy, "first clusters")->offset_bytes;
    const uint64_t packet = case_number(said, "pos=");
    ck_assert(packet > cluster && packet < cluster + 64);
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-matroska");
    UNIT_ADD(s, the_index_behind_the_clusters_is_found);
    UNIT_ADD(s, no_header);
    UNIT_ADD(s, damaged_anywhere);
    /* Half a gigabyte of packages: no test may depend on it. */
    if (case_has("ffmpeg"))
        UNIT_ADD(s, as_ffprobe_says);
    return s;
}
