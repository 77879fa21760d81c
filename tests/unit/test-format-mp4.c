/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

static void box(GString *bytes, const char *type, const GString *body)
{
    put_be(bytes, body->len + 8, 4);
    g_string_append_len(bytes, type, 4);
    g_string_append_len(bytes, body->str, (gssize)body->len);
}

static void box_around(GString *body, const char *type)
{
    g_autoptr(GString) inner = g_string_new_len(body->str, (gssize)body->len);
    g_string_truncate(body, 0);
    box(body, type, inner);
}

/* ftyp, mdat with a length of 64 bits, moov with two tracks. */
static GString *given_film(gsize *media, gsize *index)
{
    GString *bytes = g_string_new(NULL);
    g_autoptr(GString) moov = g_string_new(NULL);
    g_autoptr(GString) part = g_string_new("isom\0\0\2\0isomiso2");
    g_string_truncate(part, 4);
    put_be(part, 512, 4);
    box(bytes, "ftyp", part);
    *media = bytes->len;
    put_be(bytes, 1, 4);
    g_string_append(bytes, "mdat");
    put_be(bytes, 16 + 3000, 8);
    put_fill(bytes, 'm', 3000);
    *index = bytes->len;
    g_string_truncate(part, 0);
    put_fill(part, 0, 12);
    put_be(part, 1000, 4);
    put_be(part, 42500, 4);
    put_fill(part, 0, 80);
    box(moov, "mvhd", part);
    for (int i = 0; i < 2; i++) {
        g_string_truncate(part, 0);
        put_be(part, 0, 8);
        box_around(part, "stco");
        box_around(part, "stbl");
        box_around(part, "minf");
        box_around(part, "mdia");
        box(moov, "trak", part);
    }
    box(bytes, "moov", moov);
    return bytes;
}

START_TEST(the_index_comes_first)
{
    gsize media = 0;
    gsize index = 0;
    g_autoptr(GString) bytes = given_film(&media, &index);
    g_autoptr(Anatomy) anatomy = case_analyze("mp4", "a.mp4", bytes);
    case_check(anatomy, "ftyp", 0, media);
    case_check(anatomy, "moov", index, bytes->len - index);
    case_check(anatomy, "mdat", media, 3016);
    case_check(anatomy, "first samples", media, bytes->len - media);
    ck_assert_uint_lt(case_segment(anatomy, "moov")->priority,
                      case_segment(anatomy, "first samples")->priority);
    ck_assert_str_eq(case_fact(anatomy, "brand"), "isom");
    ck_assert_str_eq(case_fact(anatomy, "tracks"), "2");
    ck_assert_str_eq(case_fact(anatomy, "duration_seconds"), "42");
    ck_assert(!anatomy->clipped);
}
END_TEST

START_TEST(boxes_without_end)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    for (int i = 0; i < 30000; i++) {
        put_be(bytes, 8, 4);
        g_string_append(bytes, "moov");
    }
    g_autoptr(Anatomy) anatomy = case_analyze("mp4", "a.mp4", bytes);
    ck_assert(anatomy->clipped);
    g_string_truncate(bytes, 0);
    put_be(bytes, 3, 4);
    g_string_append(bytes, "moov12345678");
    case_check_refused("mp4", "a.mp4", bytes, "no length");
}
END_TEST

START_TEST(damaged_anywhere)
{
    gsize media = 0;
    gsize index = 0;
    g_autoptr(GString) bytes = given_film(&media, &index);
    case_damage("mp4", "a.mp4", bytes);
}
END_TEST

START_TEST(as_ffprobe_says)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "a.mp4", NULL);
    g_free(case_shell(
        directory, "ffmpeg -v error -f lavfi -i testsrc=d=3:s=64x64 -f lavfi -i sine=d=3 a.mp4"));
    g_autofree char *said =
        case_shell(directory, "ffprobe -v error -show_entries format=nb_streams,duration a.mp4;"
                              "ffprobe -v trace a.mp4 2>&1 | grep \"type:'m[od]\" | head -n 9");
    g_autoptr(Anatomy) anatomy = case_analyze_file("mp4", path);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "tracks"), NULL, 10),
                      case_number(said, "nb_streams="));
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "duration_seconds"), NULL, 10),
                      case_number(said, "duration="));
    ck_assert_uint_eq(case_segment(anatomy, "moov")->length_bytes,
                      case_number(strstr(said, "type:'moov'"), "sz: "));
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-mp4");
    UNIT_ADD(s, the_index_comes_first);
    UNIT_ADD(s, boxes_without_end);
    UNIT_ADD(s, damaged_anywhere);
    /* Half a gigabyte of packages: no test may depend on it. */
    if (case_has("ffmpeg"))
        UNIT_ADD(s, as_ffprobe_says);
    return s;
}
