/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "format-case.h"

static char *given_archive(const char *directory, const char *command)
{
    g_free(case_shell(directory, command));
    return g_build_filename(directory, "a.zip", NULL);
}

START_TEST(as_unzip_says)
{
    case_need("zip");
    case_need("unzip");
    char *directory = unit_mkdir();
    g_autofree char *path = given_archive(
        directory, "mkdir -p d; seq 1 9999 > d/numbers; echo hello > first; : > empty;"
                   "zip -q -r a.zip first d empty -z <<E\na comment\nE");
    g_autoptr(Anatomy) anatomy = case_analyze_file("zip", path);
    g_autofree char *said = case_shell(directory, "unzip -v a.zip | tail -n 1; unzip -Z a.zip");
    unsigned long packed = 0;
    unsigned long entries = 0;
    ck_assert_int_eq(sscanf(said, "%*u %lu %*s %lu file", &packed, &entries), 2);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "packed_bytes"), NULL, 10), packed);
    ck_assert_uint_eq(g_ascii_strtoull(case_fact(anatomy, "entries"), NULL, 10), entries);
    ck_assert_ptr_nonnull(case_find(anatomy, "d/numbers"));
    ck_assert(!anatomy->clipped);
    /* All of the file is in one of them. */
    uint64_t sum = 0;
    for (guint i = 0; i < anatomy->segments->len; i++)
        sum += g_array_index(anatomy->segments, Segment, i).length_bytes;
    ck_assert_uint_eq(sum, anatomy->size_bytes);
    unit_rmdir(directory);
}
END_TEST

static const struct {
    const char *files;
    const char *kind;
    const char *first;
} kinds[] = {
    {"META-INF/MANIFEST.MF a.class", "JAR", "META-INF/MANIFEST.MF"},
    {"[Content_Types].xml _rels/.rels word/document.xml", "OOXML", "[Content_Types].xml"},
    {"mimetype META-INF/manifest.xml content.xml", "ODF", "mimetype"},
    {"META-INF/MANIFEST.MF AndroidManifest.xml classes.dex", "APK", "META-INF/MANIFEST.MF"},
    {"x/y.py x-1.dist-info/METADATA x-1.dist-info/RECORD", "wheel", "x-1.dist-info/METADATA"},
    {"one two", "ZIP", "one"},
};

START_TEST(what_is_in_it_tells_what_it_is)
{
    case_need("zip");
    char *directory = unit_mkdir();
    g_autofree char *command =
        g_strdup_printf("set -f; for f in zzz %s; do mkdir -p \"$(dirname \"$f\")\";"
                        "seq 1 99 > \"$f\"; echo \"$f\" >> list; done; zip -q a.zip -@ < list",
                        kinds[_i].files);
    g_autofree char *path = given_archive(directory, command);
    g_autoptr(Anatomy) anatomy = case_analyze_file("zip", path);
    ck_assert_str_eq(case_fact(anatomy, "kind"), kinds[_i].kind);
    ck_assert_str_eq(g_array_index(anatomy->segments, Segment, 0).name, "directory");
    if (strcmp(kinds[_i].kind, "ZIP") != 0)
        ck_assert_str_eq(g_array_index(anatomy->segments, Segment, 1).name, kinds[_i].first);
    unit_rmdir(directory);
}
END_TEST

START_TEST(with_numbers_of_64_bits)
{
    case_need("zip");
    char *directory = unit_mkdir();
    /* What comes from a pipe has a size that zip does not know before. */
    g_autofree char *path = given_archive(
        directory, "seq 1 999 | zip -q -fz a.zip - ; seq 1 99 > b; zip -q -fz a.zip b");
    g_autoptr(Anatomy) anatomy = case_analyze_file("zip", path);
    ck_assert_str_eq(case_fact(anatomy, "entries"), "2");
    ck_assert(!anatomy->clipped);
    g_autoptr(GString) bytes = case_contents(path);
    case_damage("zip", "a.zip", bytes);
    unit_rmdir(directory);
}
END_TEST

START_TEST(an_end_record_that_lies)
{
    g_autoptr(GString) bytes = g_string_new("PK\5\6");
    put_le(bytes, 0, 4);
    put_le(bytes, 0xffff, 2);
    put_le(bytes, 0xffff, 2);
    put_le(bytes, 0x7fffffff, 4);
    put_le(bytes, 0x7fffffff, 4);
    put_le(bytes, 0, 2);
    case_check_refused("zip", "a.zip", bytes, "outside the file");
    g_string_truncate(bytes, 21);
    case_check_refused("zip", "a.zip", bytes, "no directory");
}
END_TEST

START_TEST(members_that_overlap)
{
    g_autoptr(GString) bytes = g_string_new("PK\3\4");
    put_fill(bytes, 0, 60);
    for (int i = 0; i < 3; i++) {
        g_string_append(bytes, "PK\1\2");
        put_fill(bytes, 0, 16);
        put_le(bytes, 30, 4);
        put_le(bytes, 30, 4);
        put_le(bytes, 1, 2);
        put_fill(bytes, 0, 12);
        put_le(bytes, i == 2 ? 1u << 31 : 0, 4);
        g_string_append_c(bytes, (char)('a' + i));
    }
    g_string_append(bytes, "PK\5\6");
    put_le(bytes, 0, 4);
    put_le(bytes, 3, 2);
    put_le(bytes, 3, 2);
    put_le(bytes, 3 * 47, 4);
    put_le(bytes, 64, 4);
    put_le(bytes, 0, 2);
    g_autoptr(Anatomy) anatomy = case_analyze("zip", "a.zip", bytes);
    ck_assert(anatomy->clipped);
    ck_assert_str_eq(case_fact(anatomy, "entries"), "3");
    ck_assert_uint_eq(anatomy->segments->len, 2);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *s = suite_create("format-zip");
    UNIT_ADD(s, as_unzip_says);
    UNIT_ADD_ROWS(s, what_is_in_it_tells_what_it_is, kinds);
    UNIT_ADD(s, with_numbers_of_64_bits);
    UNIT_ADD(s, an_end_record_that_lies);
    UNIT_ADD(s, members_that_overlap);
    return s;
}
