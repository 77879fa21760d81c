/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/maps.h"
#include "unit.h"
#include <limits.h>

typedef struct {
    const char *line;
    bool good;
    MapsLine want; /* but the path */
    const char *path;
} LineRow;

#define LIB "7f12a000-7f12b000 r-xp 00001000 fd:01 1234"

static const LineRow line_rows[] = {
    {LIB "     /usr/lib/libc.so.6",
     true,
     {0x7f12a000, 0x1000, 0x1000, 0xfd, 1, 1234, {0}},
     "/usr/lib/libc.so.6"},
    {LIB " /a b  c", true, {0x7f12a000, 0x1000, 0x1000, 0xfd, 1, 1234, {0}}, "/a b  c"},
    {LIB " /a\\012b (deleted)",
     true,
     {0x7f12a000, 0x1000, 0x1000, 0xfd, 1, 1234, {0}},
     "/a\\012b (deleted)"},
    {LIB " /trailing ", true, {0x7f12a000, 0x1000, 0x1000, 0xfd, 1, 1234, {0}}, "/trailing "},
    {LIB, true, {0x7f12a000, 0x1000, 0x1000, 0xfd, 1, 1234, {0}}, ""},
    {LIB " ", true, {0x7f12a000, 0x1000, 0x1000, 0xfd, 1, 1234, {0}}, ""},
    {"0-1000 rwxs 0 0:0 0 [heap]", true, {0, 0x1000, 0, 0, 0, 0, {0}}, ""},
    {"0-1000 ---p 0 0:0 0 anon_inode:[perf_event]", true, {0, 0x1000, 0, 0, 0, 0, {0}}, ""},
    {"0-1000 ---p 0 0:0 0 (unreachable)/x", true, {0, 0x1000, 0, 0, 0, 0, {0}}, ""},
    {"ffffffffff600000-ffffffffff601000 --xp 00000000 00:00 0 [vsyscall]",
     true,
     {UINT64_C(0xffffffffff600000), 0x1000, 0, 0, 0, 0, {0}},
     ""},
    {"0-ffffffffffffffff r--p 0 ffffffff:ffffffff 18446744073709551615 /x",
     true,
     {0, UINT64_MAX, 0, UINT32_MAX, UINT32_MAX, UINT64_MAX, {0}},
     "/x"},
    {.line = ""},
    {.line = "1000-1000 r--p 0 0:0 1 /x"}, /* empty */
    {.line = "2000-1000 r--p 0 0:0 1 /x"}, /* backwards */
    {.line = "-1000 r--p 0 0:0 1 /x"},
    {.line = "1000 r--p 0 0:0 1 /x"},
    {.line = "1000- r--p 0 0:0 1 /x"},
    {.line = "1000-2000r--p 0 0:0 1 /x"},
    {.line = "1000-2000 r--q 0 0:0 1 /x"},
    {.line = "1000-2000 x--p 0 0:0 1 /x"},
    {.line = "1000-2000 rw 0 0:0 1 /x"},
    {.line = "1000-2000 r--p0 0:0 1 /x"},
    {.line = "1000-2000 r--p  0:0 1 /x"},
    {.line = "1000-2000 r--p 0 0-0 1 /x"},
    {.line = "1000-2000 r--p 0 :0 1 /x"},
    {.line = "1000-2000 r--p 0 0: 1 /x"},
    {.line = "1000-2000 r--p 0 100000000:0 1 /x"}, /* a device number of 33 bits */
    {.line = "1000-2000 r--p 0 0:100000000 1 /x"},
    {.line = "1000-2000 r--p 0 0:0 x /x"},
    {.line = "1000-2000 r--p 0 0:0 1x /x"},
    {.line = "1000-2000 r--p 0 0:0 1/x"},
    {.line = "1000-2000 r--p 0 0:0 18446744073709551616 /x"},
    {.line = "1000-10000000000000000 r--p 0 0:0 1 /x"},   /* 65 bits */
    {.line = "1000-3000 r--p ffffffffffffffff 0:0 1 /x"}, /* offset + length */
};

START_TEST(parses_a_line)
{
    const LineRow *row = &line_rows[_i];
    MapsLine got = {.ino = 4711};
    ck_assert_int_eq(maps_line_parse(cursor_of(row->line, strlen(row->line)), &got), row->good);
    if (!row->good) {
        ck_assert_uint_eq(got.ino, 4711); /* untouched */
        return;
    }
    ck_assert_uint_eq(got.start, row->want.start);
    ck_assert_uint_eq(got.length_bytes, row->want.length_bytes);
    ck_assert_uint_eq(got.offset_bytes, row->want.offset_bytes);
    ck_assert_uint_eq(got.dev_major, row->want.dev_major);
    ck_assert_uint_eq(got.dev_minor, row->want.dev_minor);
    ck_assert_uint_eq(got.ino, row->want.ino);
    ck_assert(cursor_is(&got.path, row->path));
}
END_TEST

START_TEST(refuses_a_nul_in_the_name)
{
    const char line[] = LIB " /a\0b";
    MapsLine got;
    ck_assert(!maps_line_parse(cursor_of(line, sizeof line - 1), &got));
}
END_TEST

START_TEST(never_reads_behind_the_end)
{
    const char line[] = LIB " /x";
    for (size_t length = 0; length < sizeof line; length++) {
        g_autofree char *exact = g_memdup2(line, MAX(length, 1));
        MapsLine got = {0};
        if (maps_line_parse(cursor_of(exact, length), &got))
            ck_assert(cursor_left(&got.path) == 0 || *got.path.at == '/');
    }
}
END_TEST

static const struct {
    const char *text;
    const char *plain;
    bool deleted;
    bool escaped;
} path_rows[] = {
    {"/usr/bin/a", "/usr/bin/a", false, false},
    {"/usr/bin/a b", "/usr/bin/a b", false, false},
    {"/a (deleted)", "/a (deleted)", true, false},
    {"/a (deleted)b", "/a (deleted)b", false, false},
    {"/a(deleted)", "/a(deleted)", false, false},
    {"/a (deleted) (deleted)", "/a (deleted) (deleted)", true, false},
    {"/a\\012b", "/a\nb", false, true},
    {"/\\012\\012", "/\n\n", false, true},
    {"/a\\01", "/a\\01", false, false},
    {"/a\\0123 (deleted)", "/a\n3 (deleted)", true, true},
    {"/a\\134", "/a\\134", false, false}, /* a backslash is not escaped */
    {"/bin/a.#prelink#.Xy12", "/bin/a", false, false},
    {"/bin/a.#prelink#.Xy12 (deleted)", "/bin/a", false, false},
    {"/bin/a.#prelink#", "/bin/a.#prelink#", false, false},
};

START_TEST(reads_a_path)
{
    const char *text = path_rows[_i].text;
    MapsPath got = maps_path_read(cursor_of(text, strlen(text)));
    ck_assert_str_eq(got.plain, path_rows[_i].plain);
    ck_assert_int_eq(got.deleted, path_rows[_i].deleted);
    ck_assert_int_eq(got.escaped, path_rows[_i].escaped);
    g_free(got.plain);
}
END_TEST

/* unit: one byte or one escaped newline; whether a path of 1 + n of them is taken. */
static void check_long(const char *unit, size_t n, bool taken)
{
    g_autoptr(GString) text = g_string_new("/");
    for (size_t i = 0; i < n; i++)
        g_string_append(text, unit);
    MapsPath got = maps_path_read(cursor_of(text->str, text->len));
    ck_assert_int_eq(got.plain != NULL, taken);
    if (taken)
        ck_assert_uint_eq(strlen(got.plain), n + 1);
    g_free(got.plain);
}

START_TEST(bounds_the_length)
{
    check_long("x", PATH_MAX - 2, true);
    check_long("x", PATH_MAX - 1, false);
    check_long("\\012", PATH_MAX - 2, true);
    check_long("\\012", PATH_MAX - 1, false);
    check_long("x", (size_t)PATH_MAX * 5, false);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("maps");
    UNIT_ADD_ROWS(suite, parses_a_line, line_rows);
    UNIT_ADD(suite, refuses_a_nul_in_the_name);
    UNIT_ADD(suite, never_reads_behind_the_end);
    UNIT_ADD_ROWS(suite, reads_a_path, path_rows);
    UNIT_ADD(suite, bounds_the_length);
    return suite;
}
