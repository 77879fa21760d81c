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
    g_string_append(bytes, "OHDR\2");
    put_le(bytes, 0, 1);
    put_le(bytes, 100, 1);
    put_fill(bytes, 0, 1000);
    g_autoptr(Anatomy) anatomy = case_analyze("hdf5", "a.h5", bytes);
    ck_assert_str_eq(case_fact(anatomy, "superblock_version"), "2");
    ck_assert_uint_eq(case_segment(anatomy, "superblock")->offset_bytes, 512);
    case_check(anatomy, "root group", 560, 7 + 100 + 4);
    case_damage("hdf5", "a.h5", bytes);
}
END_TEST

/* Many groups, and a data set for each index of chunks; what is older or newer in it. */
static void given_groups(const char *directory)
{
    g_free(case_shell(
        directory, "conf() { printf 'PATH %s\\nINPUT-CLASS TEXTIN\\nRANK %s\\nDIMENSION-SIZES %s\\n"
                   "OUTPUT-CLASS IN\\nOUTPUT-SIZE 32\\nCHUNKED-DIMENSION-SIZES %s\\n"
                   "MAXIMUM-DIMENSIONS %s\\n' \"$@\" >\"$1.c\"; };"
                   "seq 1 4096 >in; conf fixed 1 4096 2 4096; conf ext 1 4096 8 -1;"
                   "conf tree 2 '64 64' '2 2' '-1 -1'; conf one 1 4096 4096 4096;"
                   "h5import in -c fixed.c in -c ext.c in -c tree.c in -c one.c -o old.h5;"
                   "h5mkgrp old.h5 $(seq -f group%g 1 150);"
                   "h5repack -L -c 8 -d 6 -f GZIP=1 old.h5 new.h5"));
}

/* What of it has a signature is where a segment of metadata begins. */
static void check_signatures(const Anatomy *anatomy, const GString *bytes, const char *signature,
                             guint least)
{
    guint n = 0;
    for (gsize at = 0; at + 4 <= bytes->len; at++) {
        if (memcmp(bytes->str + at, signature, 4) != 0)
            continue;
        ck_assert_msg(has_object(anatomy, at), "no %s at %zu", signature, at);
        n++;
    }
    ck_assert_msg(n >= least, "%u of %s", n, signature);
}

/* The sum that h5stat gives behind these words. */
static uint64_t stated(const char *said, const char *first, const char *word)
{
    const char *at = strstr(said, first);
    ck_assert_ptr_nonnull(at);
    return case_number(at + strlen(first), word);
}

START_TEST(as_h5stat_says)
{
    case_need("h5stat");
    case_need("h5repack");
    char *directory = unit_mkdir();
    given_groups(directory);
    g_autofree char *path = g_build_filename(directory, "new.h5", NULL);
    g_autoptr(Anatomy) anatomy = case_analyze_file("hdf5", path);
    g_autofree char *said = case_shell(directory, "h5stat new.h5");
    ck_assert_str_eq(case_fact(anatomy, "objects"), "155");
    ck_assert_uint_eq(case_sum(anatomy, "root group") + case_sum(anatomy, "object headers"),
                      stated(said, "Object headers:", "Groups: ") +
                          stated(said, "Object headers:", "data): "));
    /* It has the managers of free space with the heaps, which readers do without. */
    const uint64_t groups =
        stated(said, "Groups:\n", "B-tree/List: ") + stated(said, "Groups:\n", "Heap: ");
    ck_assert_uint_le(case_sum(anatomy, "groups"), groups);
    ck_assert_uint_ge(case_sum(anatomy, "groups"), groups - 512);
    /* Of an extensible array it forgets (1.10) the pointers of the first block. */
    const uint64_t index = stated(said, "Chunked datasets:", "Index: ");
    ck_assert_uint_ge(case_sum(anatomy, "chunk indexes"), index);
    ck_assert_uint_le(case_sum(anatomy, "chunk indexes"), index + 512);
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
}
END_TEST

START_TEST(nothing_with_a_signature_is_left_out)
{
    case_need("h5repack");
    static const char *const newer[] = {"FRHP", "FHIB", "FHDB", "BTHD", "BTIN", "BTLF", "FAHD",
                                        "FADB", "EAHD", "EAIB", "EASB", "EADB", "OHDR"};
    static const char *const older[] = {"TREE", "HEAP", "SNOD"};
    char *directory = unit_mkdir();
    given_groups(directory);
    for (int i = 0; i < 2; i++) {
        g_autofree char *path = g_build_filename(directory, i == 0 ? "old.h5" : "new.h5", NULL);
        g_autoptr(Anatomy) anatomy = case_analyze_file("hdf5", path);
        g_autoptr(GString) bytes = case_contents(path);
        ck_assert_str_eq(case_fact(anatomy, "objects"), "155");
        for (gsize j = 0; i == 0 && j < G_N_ELEMENTS(older); j++)
            check_signatures(anatomy, bytes, older[j], 1);
        for (gsize j = 0; i == 1 && j < G_N_ELEMENTS(newer); j++)
            check_signatures(anatomy, bytes, newer[j], 1);
    }
    unit_rmdir(directory);
}
END_TEST

/* Files of these are larger than what case_damage() goes through in a test's time. */
START_TEST(damaged_heaps_and_trees)
{
    case_need("h5repack");
    char *directory = unit_mkdir();
    g_free(case_shell(directory, "h5mkgrp a.h5 $(seq -f g%g 1 12);"
                                 "h5repack -L -c 1 -d 0 a.h5 b.h5"));
    g_autofree char *path = g_build_filename(directory, "b.h5", NULL);
    g_autoptr(GString) bytes = case_contents(path);
    g_autoptr(Anatomy) anatomy = case_analyze("hdf5", "b.h5", bytes);
    ck_assert_str_eq(case_fact(anatomy, "objects"), "13");
    case_damage("hdf5", "b.h5", bytes);
    unit_rmdir(directory);
}
END_TEST

static bool has_h5py(void)
{
    return system("/usr/bin/python3 -c 'import h5py' 2>/dev/null") == 0;
}

/* As h5py writes attributes and links. */
START_TEST(attributes_by_the_hundred)
{
    char *directory = unit_mkdir();
    g_free(case_shell(directory, "/usr/bin/python3 -c 'import h5py\n"
                                 "f = h5py.File(\"a.h5\", \"w\", libver=\"latest\")\n"
                                 "for i in range(100): f.attrs[\"a%d\" % i] = list(range(40))\n"
                                 "f[\"soft\"] = h5py.SoftLink(\"/gone\")\n"
                                 "f[\"group/data\"] = list(range(1000))\n"
                                 "f[\"hard\"] = f[\"group/data\"]'"));
    g_autofree char *path = g_build_filename(directory, "a.h5", NULL);
    g_autoptr(Anatomy) anatomy = case_analyze_file("hdf5", path);
    ck_assert_str_eq(case_fact(anatomy, "objects"), "3"); /* a link twice is one object */
    ck_assert_uint_gt(case_sum(anatomy, "attributes"), 30000);
    ck_assert_uint_eq(case_sum(anatomy, "data"), 8000);
    ck_assert(!anatomy->clipped);
    unit_rmdir(directory);
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
    UNIT_ADD(s, as_h5stat_says);
    UNIT_ADD(s, nothing_with_a_signature_is_left_out);
    UNIT_ADD(s, damaged_heaps_and_trees);
    /* Half of scientific Python: no test may depend on it. */
    if (has_h5py())
        UNIT_ADD(s, attributes_by_the_hundred);
    UNIT_ADD(s, no_such_sizes);
    return s;
}
