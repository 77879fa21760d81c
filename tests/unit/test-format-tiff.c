/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

static const struct {
    const char *command;
    const char *offsets; /* the tag in what tiffdump says */
    const char *kind;
} kinds[] = {
    {"cp raw.tif a.tif", "StripOffsets", "TIFF"},
    {"tiffcp -c none -t -w 64 -l 64 raw.tif a.tif", "TileOffsets", "TIFF"},
    {"tiffcp -c none -8 raw.tif a.tif", "StripOffsets", "BigTIFF"},
    {"tiffcp -c none -B raw.tif a.tif", "StripOffsets", "TIFF"},
};

/* The sum of a list "TAG (279) LONG (4) 16<4160 4160>"; the first number of it in *first. */
static uint64_t sum_of(const char *said, const char *tag, uint64_t *first)
{
    uint64_t sum = 0;
    const char *at = strstr(said, tag);
    ck_assert_msg(at != NULL, "no %s in: %s", tag, said);
    at = strchr(at, '<') + 1;
    *first = g_ascii_strtoull(at, NULL, 10);
    for (char *end = NULL; *at != '>' && *at != '.'; at = end + strspn(end, " "))
        sum += g_ascii_strtoull(at, &end, 10);
    return sum;
}

static char *given_image(const char *directory, const char *command)
{
    g_autofree char *all = g_strdup_printf("head -c 40000 /dev/zero > raw;"
                                           "raw2tiff -c none -w 200 -l 200 -d byte raw raw.tif;%s",
                                           command);
    g_free(case_shell(directory, all));
    return g_build_filename(directory, "a.tif", NULL);
}

START_TEST(as_tiffdump_says)
{
    case_need("raw2tiff");
    uint64_t first = 0;
    uint64_t ignored = 0;
    char *directory = unit_mkdir();
    g_autofree char *path = given_image(directory, kinds[_i].command);
    g_autofree char *said = case_shell(directory, "tiffdump -m 1000 a.tif");
    g_autoptr(Anatomy) anatomy = case_analyze_file("tiff", path);
    ck_assert_str_eq(case_fact(anatomy, "kind"), kinds[_i].kind);
    ck_assert_str_eq(case_fact(anatomy, "width"), "200");
    ck_assert_uint_eq(case_segment(anatomy, "directories")->offset_bytes,
                      case_number(said, "Directory 0: offset"));
    sum_of(said, kinds[_i].offsets, &first);
    ck_assert_uint_eq(case_segment(anatomy, "image 200x200")->offset_bytes, first);
    ck_assert_uint_eq(case_sum(anatomy, "image 200x200"), sum_of(said, "ByteCounts", &ignored));
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
}
END_TEST

START_TEST(overviews_before_the_image)
{
    case_need("raw2tiff");
    char *directory = unit_mkdir();
    g_autofree char *path =
        given_image(directory, "head -c 400 /dev/zero > raw; raw2tiff -c none -w 20 -l 20 -d byte "
                               "raw small.tif; tiffcp raw.tif small.tif a.tif");
    g_autoptr(Anatomy) anatomy = case_analyze_file("tiff", path);
    ck_assert_str_eq(case_fact(anatomy, "images"), "2");
    ck_assert_uint_lt(case_segment(anatomy, "image 20x20")->priority,
                      case_segment(anatomy, "image 200x200")->priority);
    unit_rmdir(directory);
}
END_TEST

static void entry(GString *bytes, uint16_t tag, uint16_t type, uint32_t count, uint32_t value)
{
    put_be(bytes, tag, 2);
    put_be(bytes, type, 2);
    put_be(bytes, count, 4);
    put_be(bytes, value, 4);
}

/* A directory whose next one it is itself, with strips outside of the file. */
static GString *given_circle(void)
{
    GString *bytes = g_string_new("MM");
    put_be(bytes, 42, 2);
    put_be(bytes, 8, 4);
    put_be(bytes, 5, 2);
    entry(bytes, 256, 4, 1, 16);
    entry(bytes, 257, 4, 1, 16);
    entry(bytes, 273, 4, 1, 1u << 31);
    entry(bytes, 279, 4, 1, 256);
    entry(bytes, 34735, 3, 1u << 31, 8);
    put_be(bytes, 8, 4);
    return bytes;
}

START_TEST(directories_in_a_circle)
{
    g_autoptr(GString) bytes = given_circle();
    g_autoptr(Anatomy) anatomy = case_analyze("tiff", "a.tif", bytes);
    ck_assert(anatomy->clipped);
    ck_assert_str_eq(case_fact(anatomy, "images"), "1");
    ck_assert_str_eq(case_fact(anatomy, "geographic"), "yes");
    ck_assert_ptr_null(case_find(anatomy, "image 16x16"));
    case_damage("tiff", "a.tif", bytes);
}
END_TEST

START_TEST(no_directory)
{
    g_autoptr(GString) bytes = given_circle();
    bytes->str[4] = 0x10;
    case_check_refused("tiff", "a.tif", bytes, "first directory");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-tiff");
    UNIT_ADD_ROWS(s, as_tiffdump_says, kinds);
    UNIT_ADD(s, overviews_before_the_image);
    UNIT_ADD(s, directories_in_a_circle);
    UNIT_ADD(s, no_directory);
    return s;
}
