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

/* A whole box of a table: version and flags, then numbers of 4 bytes. */
static void table(GString *stbl, const char *type, const uint32_t *numbers, gsize n)
{
    g_autoptr(GString) body = g_string_new(NULL);
    put_be(body, 0, 4);
    for (gsize i = 0; i < n; i++)
        put_be(body, numbers[i], 4);
    box(stbl, type, body);
}

/* A second lasts ten units; the samples have 10, 20, 30... bytes. */
static void track(GString *moov, const uint32_t *chunks, uint32_t n_chunks)
{
    const uint32_t times[] = {2, 3, 10, 97, 10};   /* 3 s, then a second each */
    const uint32_t runs[] = {2, 1, 2, 1, 3, 1, 1}; /* 2 samples a chunk, 1 from the third on */
    uint32_t offsets[8] = {n_chunks};
    uint32_t sizes[12] = {0, 10};
    g_autoptr(GString) part = g_string_new(NULL);
    g_autoptr(GString) stbl = g_string_new(NULL);
    g_autoptr(GString) mdia = g_string_new(NULL);
    memcpy(offsets + 1, chunks, n_chunks * sizeof *chunks);
    for (uint32_t i = 0; i < 10; i++)
        sizes[2 + i] = 10 * (i + 1);
    put_fill(part, 0, 12);
    put_be(part, 10, 4);
    put_fill(part, 0, 8);
    box(mdia, "mdhd", part);
    table(stbl, "stts", times, G_N_ELEMENTS(times));
    table(stbl, "stsc", runs, G_N_ELEMENTS(runs));
    table(stbl, "stsz", sizes, G_N_ELEMENTS(sizes));
    table(stbl, "stco", offsets, n_chunks + 1);
    box_around(stbl, "stbl");
    box_around(stbl, "minf");
    g_string_append_len(mdia, stbl->str, (gssize)stbl->len);
    box_around(mdia, "mdia");
    box(moov, "trak", mdia);
}

/* 5 s: the three samples of the first 3 s and two more, which are those of the first three chunks.
 */
START_TEST(first_samples_by_their_tables)
{
    const uint32_t one[] = {3000, 5000, 1000, 7000};
    const uint32_t other[] = {3030, 9000, 9500, 8000};
    g_autoptr(GString) bytes = g_string_new(NULL);
    g_autoptr(GString) part = g_string_new(NULL);
    track(part, one, 4);
    track(part, other, 4);
    box(bytes, "moov", part);
    g_string_truncate(part, 0);
    put_fill(part, 'm', 20000);
    box(bytes, "mdat", part);
    g_autoptr(Anatomy) anatomy = case_analyze("mp4", "a.mp4", bytes);
    static const Segment wanted[] = {{NULL, 1000, 50, 0, 0, 0},
                                     {NULL, 3000, 60, 0, 0, 0}, /* of both tracks, side by side */
                                     {NULL, 5000, 70, 0, 0, 0},
                                     {NULL, 9000, 70, 0, 0, 0},
                                     {NULL, 9500, 50, 0, 0, 0}};
    gsize n = 0;
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        if (strcmp(segment->name, "first samples") != 0)
            continue;
        ck_assert_uint_lt(n, G_N_ELEMENTS(wanted));
        ck_assert_uint_eq(segment->offset_bytes, wanted[n].offset_bytes);
        ck_assert_uint_eq(segment->length_bytes, wanted[n++].length_bytes);
    }
    ck_assert_uint_eq(n, G_N_ELEMENTS(wanted));
    ck_assert(!anatomy->clipped);
    g_string_truncate(bytes, 3000);
    case_damage("mp4", "a.mp4", bytes);
}
END_TEST

/* Fragments of 1000 bytes: the first one, or so many as sidx says that last 5 s. */
static GString *given_fragments(bool indexed)
{
    GString *bytes = g_string_new(NULL);
    g_autoptr(GString) part = g_string_new(NULL);
    put_fill(part, 0, 32);
    box(bytes, "moov", part);
    g_string_truncate(part, 0);
    put_be(part, 0, 4);
    put_be(part, 1, 4);
    put_be(part, 100, 4); /* units of time to a second */
    put_be(part, 0, 8);
    put_be(part, 4, 4); /* how many */
    for (int i = 0; i < 4; i++) {
        put_be(part, 1000, 4);
        put_be(part, 200, 4);
        put_be(part, 0, 4);
    }
    if (indexed)
        box(bytes, "sidx", part);
    for (int i = 0; i < 4; i++) {
        g_string_truncate(part, 0);
        put_fill(part, 0, 92);
        box(bytes, "moof", part);
        g_string_truncate(part, 0);
        put_fill(part, 'm', 892);
        box(bytes, "mdat", part);
    }
    return bytes;
}

START_TEST(of_fragments_the_first)
{
    g_autoptr(GString) bytes = given_fragments(false);
    g_autoptr(Anatomy) anatomy = case_analyze("mp4", "a.mp4", bytes);
    case_check(anatomy, "first samples", 40, 1000);
    ck_assert_uint_eq(case_sum(anatomy, "first samples"), 1000);
    ck_assert_uint_eq(case_sum(anatomy, "moof"), 400); /* nothing else tells where things are */
    ck_assert_str_eq(case_fact(anatomy, "fragments"), "4");
    g_autoptr(GString) told = given_fragments(true);
    g_autoptr(Anatomy) indexed = case_analyze("mp4", "a.mp4", told);
    case_check(indexed, "sidx", 40, 80);
    const Segment *first = case_segment(indexed, "first samples");
    ck_assert_uint_eq(first->offset_bytes, 120);
    ck_assert_ptr_null(case_find(indexed, "moof"));
    case_damage("mp4", "a.mp4", told);
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

/* Whether this lies within the first samples. */
static bool is_first(const Anatomy *anatomy, uint64_t at, uint64_t length)
{
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        if (strcmp(segment->name, "first samples") == 0 && at >= segment->offset_bytes &&
            at + length <= segment->offset_bytes + segment->length_bytes)
            return true;
    }
    return false;
}

/* Each packet of the first seconds, as ffprobe finds it, is among them, and none of the last. */
static void check_packets(const char *options)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "a.mp4", NULL);
    g_autofree char *command = g_strdup_printf(
        "ffmpeg -v error -f lavfi -i testsrc=d=20:s=64x64 -f lavfi -i sine=d=20 %s a.mp4", options);
    g_free(case_shell(directory, command));
    g_autofree char *said = case_shell(
        directory, "ffprobe -v error -show_entries packet=dts_time,size,pos -of csv=p=0 a.mp4");
    g_autoptr(Anatomy) anatomy = case_analyze_file("mp4", path);
    g_auto(GStrv) lines = g_strsplit(said, "\n", -1);
    guint n = 0;
    for (char **line = lines; *line != NULL; line++) {
        double time = 0;
        unsigned long size = 0;
        unsigned long at = 0;
        if (sscanf(*line, "%lf,%lu,%lu", &time, &size, &at) != 3)
            continue;
        if (time < 1.5 || time > 15)
            ck_assert_msg(is_first(anatomy, at, size) == (time < 1.5), "%s: %s", options, *line);
        n++;
    }
    ck_assert_uint_gt(n, 500);
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
}

START_TEST(samples_as_ffprobe_says)
{
    check_packets("-c:v mpeg4");
    check_packets("-c:v mpeg4 -movflags faststart");
}
END_TEST

START_TEST(fragments_as_ffprobe_says)
{
    check_packets("-c:v mpeg4 -movflags +frag_keyframe+empty_moov -g 50");
    check_packets("-c:v mpeg4 -movflags +dash+global_sidx -frag_duration 2000000 -g 25");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-mp4");
    UNIT_ADD(s, the_index_comes_first);
    UNIT_ADD(s, first_samples_by_their_tables);
    UNIT_ADD(s, of_fragments_the_first);
    UNIT_ADD(s, boxes_without_end);
    UNIT_ADD(s, damaged_anywhere);
    /* Half a gigabyte of packages: no test may depend on it. */
    if (case_has("ffmpeg")) {
        UNIT_ADD(s, as_ffprobe_says);
        UNIT_ADD(s, samples_as_ffprobe_says);
        UNIT_ADD(s, fragments_as_ffprobe_says);
    }
    return s;
}
