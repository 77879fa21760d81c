/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

static char *given_data(const char *directory)
{
    g_free(case_shell(directory,
                      "seq 1 100 > in; h5import in -d 10,10 -p one/two/data -t TEXTFP "
                      "-s 64 -o a.h5; h5import in -d 100 -p other -t TEXTFP -s 32 -o b.h5"));
    return g_build_filename(directory, "a.h5", NULL);
}

/* Whether a segment of metadata begins there. */
static bool has_object(const Anatomy *anatomy, uint64_t at)
{
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        if (segment->offset_bytes == at && segment->kind == SEGMENT_METADATA)
            return true;
    }
    return false;
}

START_TEST(as_h5ls_says)
{
    case_need("h5ls");
    case_need("h5import");
    char *directory = unit_mkdir();
    g_autofree char *path = given_data(directory);
    g_autoptr(Anatomy) anatomy = case_analyze_file("hdf5", path);
    g_autofree char *said = case_shell(directory, "h5ls -va -r a.h5");
    guint objects = 0;
    for (const char *at = said; (at = strstr(at, "Location:  1:")) != NULL; objects++) {
        at += strlen("Location:  1:");
        ck_assert_msg(has_object(anatomy, g_ascii_strtoull(at, NULL, 10)), "no object: %s", at);
    }
    ck_assert_uint_eq(objects, 4); /* the root, two groups, the data */
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "objects"), NULL, 10), objects);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "end_of_file"), NULL, 10),
                      anatomy->size_bytes);
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
}
END_TEST

START_TEST(damaged_anywhere)
{
    case_need("h5import");
    char *directory = unit_mkdir();
    g_autofree char *path = given_data(directory);
    g_autoptr(GString) bytes = case_contents(path);
    case_damage("hdf5", "a.h5", bytes);
    unit_rmdir(directory);
}
END_TEST

/* The superblock of version 2, behind a user block. */
START_TEST(the_newer_layout)
{
    g_autoptr(GString) bytes = g_string_new(NULL);
    put_fill(bytes, 'u', 512);
    g_string_append(bytes, "\211HDF\r\n\032\n");
    put_le(bytes, 2, 1);
    put_le(bytes, 8, 1);
    put_le(bytes, 8, 1);
    put_le(bytes, 0, 1);
    put_le(bytes, 512, 8);
    put_le(bytes, UINT64_MAX, 8);
    put_le(bytes, 4096, 8);
    put_le(bytes, 48, 8);
    put_le(bytes, 0, 4);
    g_string_append(bytes, "OHDR");
    put_fill(bytes, 0, 1000);
    g_autoptr(Anatomy) anatomy = case_analyze("hdf5", "a.h5", bytes);
    ck_assert_str_eq(case_fact(anatomy, "superblock_version"), "2");
    ck_assert_uint_eq(case_segment(anatomy, "superblock")->offset_bytes, 512);
    case_check(anatomy, "root group", 560, 512);
    case_damage("hdf5", "a.h5", bytes);
}
END_TEST

START_TEST(no_such_sizes)
{
    g_autoptr(GString) bytes = g_string_new("\211HDF\r\n\032\n");
    put_fill(bytes, 0, 5);
    put_fill(bytes, 99, 2);
    put_fill(bytes, 0, 100);
    case_check_refused("hdf5", "a.h5", bytes, "99 bytes");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-hdf5");
    UNIT_ADD(s, as_h5ls_says);
    UNIT_ADD(s, damaged_anywhere);
    UNIT_ADD(s, the_newer_layout);
    UNIT_ADD(s, no_such_sizes);
    return s;
}
