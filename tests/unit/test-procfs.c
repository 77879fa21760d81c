/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/procfs.h"
#include "proc-fixture.h"
#include <limits.h>

typedef struct {
    char *path;
    ProcRoot *root;
} Fixture;

static Fixture fixture(void)
{
    Fixture f = {.path = unit_mkdir()};
    f.root = proc_root_open(f.path);
    ck_assert_ptr_nonnull(f.root);
    return f;
}

static void fixture_clear(Fixture *f)
{
    proc_root_close(f->root);
    unit_rmdir(f->path);
}

START_TEST(opens_only_directories)
{
    g_autofree char *directory = unit_mkdir();
    g_autofree char *file = unit_write(directory, "file", "", 0);
    errno = 0;
    ck_assert_ptr_null(proc_root_open(file));
    ck_assert_int_eq(errno, ENOTDIR);
    ck_assert_ptr_null(proc_root_open("/nonexistent/proc"));
    proc_root_close(NULL);
    unit_rmdir(g_steal_pointer(&directory));
}
END_TEST

static bool listed(const GArray *entries, uint32_t pid, uint64_t ino)
{
    for (guint i = 0; i < entries->len; i++) {
        const ProcEntry *entry = &g_array_index(entries, ProcEntry, i);
        if (entry->pid == pid && entry->ino == ino)
            return true;
    }
    return false;
}

START_TEST(lists_pids)
{
    static const char *const names[] = {
        "1",    "4194304", "4294967295", "4294967296",           "0",  "1x",
        "self", "-1",      "+1",         "99999999999999999999", " 1", "meminfo.txt"};
    Fixture f = fixture();
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(ProcEntry));
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++) {
        g_autofree char *path = g_build_filename(f.path, names[i], NULL);
        ck_assert_int_eq(g_mkdir(path, 0755), 0);
    }
    for (int pass = 1; pass <= 2; pass++) { /* appended, and anew each time */
        ck_assert_int_eq(proc_list(f.root, entries), 0);
        ck_assert_uint_eq(entries->len, 3 * (guint)pass);
    }
    struct stat st;
    g_autofree char *one = g_build_filename(f.path, "1", NULL);
    ck_assert_int_eq(stat(one, &st), 0);
    ck_assert(listed(entries, 1, st.st_ino));
    fixture_clear(&f);
}
END_TEST

START_TEST(lists_more_than_a_buffer)
{
    enum { PROCESSES = 2500 };
    Fixture f = fixture();
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(ProcEntry));
    for (int i = 1; i <= PROCESSES; i++) {
        g_autofree char *path = g_strdup_printf("%s/%d", f.path, i);
        ck_assert_int_eq(g_mkdir(path, 0755), 0);
    }
    ck_assert_int_eq(proc_list(f.root, entries), 0);
    ck_assert_uint_eq(entries->len, PROCESSES);
    ck_assert_uint_eq(proc_root_opens(f.root), 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(knows_this_process)
{
    g_autoptr(ProcRoot) root = proc_root_open("/proc");
    if (root == NULL)
        unit_skip("no /proc");
    g_autoptr(GArray) entries = g_array_new(FALSE, FALSE, sizeof(ProcEntry));
    g_autofree char *name = g_strdup_printf("/proc/%d", (int)getpid());
    struct stat st;
    ck_assert_int_eq(stat(name, &st), 0);
    ck_assert_int_eq(proc_list(root, entries), 0);
    ck_assert(listed(entries, (uint32_t)getpid(), st.st_ino));
}
END_TEST

START_TEST(reads_links)
{
    Fixture f = fixture();
    g_autofree char *longest = g_strnfill(PATH_MAX - 1, 'x');
    g_autofree char *target = NULL;
    g_autofree char *global = NULL;
    proc_set_link(f.path, "7", "exe", "/a b\n (deleted)");
    proc_set_link(f.path, "self", "ns/mnt", "mnt:[1]");
    ck_assert_int_eq(proc_link(f.root, 7, "exe", &target), 0);
    ck_assert_str_eq(target, "/a b\n (deleted)");
    ck_assert_int_eq(proc_link_global(f.root, "self/ns/mnt", &global), 0);
    ck_assert_str_eq(global, "mnt:[1]");
    char buffer[sizeof "/a b\n (deleted)"];
    ck_assert_int_eq(proc_link_into(f.root, 7, "exe", buffer, sizeof buffer), 0);
    ck_assert_str_eq(buffer, target);
    ck_assert_int_eq(proc_link_into(f.root, 7, "exe", buffer, sizeof buffer - 1), -ENAMETOOLONG);
    ck_assert_int_eq(proc_link_into(f.root, 8, "exe", buffer, sizeof buffer), -ENOENT);
    ck_assert_int_eq(proc_link_into(f.root, 7, longest, buffer, sizeof buffer), -ENAMETOOLONG);
    char *untouched = NULL;
    ck_assert_int_eq(proc_link(f.root, 8, "exe", &untouched), -ENOENT);
    ck_assert_int_eq(proc_link(f.root, 7, longest, &untouched), -ENAMETOOLONG);
    ck_assert_ptr_null(untouched);
    fixture_clear(&f);
}
END_TEST

START_TEST(reads_a_link_of_4095_bytes)
{
    Fixture f = fixture();
    g_autofree char *longest = g_strnfill(PATH_MAX - 1, 'x');
    g_autofree char *target = NULL;
    g_autofree char *path = g_build_filename(f.path, "7", NULL);
    ck_assert_int_eq(g_mkdir(path, 0755), 0);
    g_autofree char *link = g_build_filename(path, "exe", NULL);
    if (symlink(longest, link) < 0) {
        int error = errno;
        fixture_clear(&f);
        unit_skip("no such long links here: %s", g_strerror(error));
    }
    ck_assert_int_eq(proc_link(f.root, 7, "exe", &target), 0);
    ck_assert_str_eq(target, longest);
    fixture_clear(&f);
}
END_TEST

START_TEST(stats_through_links)
{
    Fixture f = fixture();
    g_autofree char *file = unit_write(f.path, "file", "12345", 5);
    g_autofree char *longest = g_strnfill(PATH_MAX, 'x');
    struct stat st = {0};
    proc_set_link(f.path, "7", "exe", file);
    ck_assert_int_eq(proc_stat_link(f.root, 7, "exe", &st), 0);
    ck_assert_int_eq(st.st_size, 5);
    ck_assert_int_eq(proc_stat_link(f.root, 7, "cwd", &st), -ENOENT);
    ck_assert_int_eq(proc_stat_link(f.root, 7, longest, &st), -ENAMETOOLONG);
    fixture_clear(&f);
}
END_TEST

START_TEST(cuts_what_is_too_long)
{
    Fixture f = fixture();
    g_autofree char *big = g_strnfill(10000, 'x');
    g_autofree char *longest = g_strnfill(PATH_MAX, 'x');
    g_autoptr(GString) cut = NULL;
    g_autoptr(GString) whole = NULL;
    GString *none = NULL;
    proc_set_file(f.path, "7", "cmdline", big, 10000);
    ck_assert_int_eq(proc_read(f.root, 7, "cmdline", 9999, &cut), 0);
    ck_assert_uint_eq(cut->len, 9999);
    ck_assert_int_eq(proc_read(f.root, 7, "cmdline", 10001, &whole), 0);
    ck_assert_uint_eq(whole->len, 10000);
    ck_assert_uint_eq(proc_root_opens(f.root), 2);
    ck_assert_int_eq(proc_read(f.root, 7, "none", 10, &none), -ENOENT);
    ck_assert_int_eq(proc_read(f.root, 7, longest, 10, &none), -ENAMETOOLONG);
    ck_assert_int_eq(proc_read(f.root, 7, "", 10, &none), -EISDIR);
    ck_assert_ptr_null(none);
    fixture_clear(&f);
}
END_TEST

static const struct {
    const char *maps;
    size_t limit;
    const char *want;
} maps_rows[] = {
    {"", 100, ""},
    {"one\ntwo\n", 100, "one\ntwo\n"},
    {"one\ntwo\n", 9, "one\ntwo\n"},
    {"one\ntwo\n", 8, "one\ntwo\n"},
    {"one\ntwo\n", 7, "one\n"},
    {"one\ntwo\n", 4, "one\n"},
    {"one\ntwo\n", 3, ""},
    {"one\ntwo", 100, "one\ntwo"},
};

START_TEST(cuts_maps_at_a_line)
{
    Fixture f = fixture();
    g_autoptr(GString) maps = NULL;
    proc_set_file(f.path, "7", "maps", maps_rows[_i].maps, -1);
    ck_assert_int_eq(proc_read_maps(f.root, 7, maps_rows[_i].limit, &maps), 0);
    ck_assert_str_eq(maps->str, maps_rows[_i].want);
    fixture_clear(&f);
}
END_TEST

START_TEST(says_when_maps_are_gone)
{
    Fixture f = fixture();
    GString *maps = NULL;
    ck_assert_int_eq(proc_read_maps(f.root, 7, 100, &maps), -ENOENT);
    ck_assert_ptr_null(maps);
    fixture_clear(&f);
}
END_TEST

START_TEST(keeps_global_files_open)
{
    Fixture f = fixture();
    g_free(unit_write(f.path, "meminfo", "one", 3));
    static const char *const contents[] = {"one", "one", "two", "two"};
    static const guint opens[] = {1, 1, 2, 2};
    for (size_t i = 0; i < G_N_ELEMENTS(contents); i++) {
        g_autoptr(GString) text = NULL;
        if (i == 2) /* another file takes the name */
            g_free(unit_write(f.path, "meminfo", "two", 3));
        ck_assert_int_eq(proc_read_global(f.root, "meminfo", 100, &text), 0);
        ck_assert_str_eq(text->str, contents[i]);
        ck_assert_uint_eq(proc_root_opens(f.root), opens[i]);
    }
    GString *none = NULL;
    ck_assert_int_eq(proc_read_global(f.root, "nothing", 100, &none), -ENOENT);
    fixture_clear(&f);
}
END_TEST

#define BEFORE " S 1 2 3 4 5 6 7 8 9 10 11 12 13 14 15 16 17 18 "

static const struct {
    const char *text;
    bool good;
    uint64_t ticks;
} stat_rows[] = {
    {"1 (init)" BEFORE "4711 20 21\n", true, 4711},
    {"1 (a b) c)" BEFORE "4711 20\n", true, 4711},
    {"1 ("
     "\n) R 1 1"
     ")" BEFORE "18446744073709551615 2",
     true, UINT64_MAX},
    {"1 ()" BEFORE "5", true, 5},
    {"", false, 0},
    {"1 (init", false, 0},
    {"1 (init)", false, 0},
    {"1 (init)S" BEFORE "4711", false, 0},
    {"1 (init)" BEFORE, false, 0},
    {"1 (init)" BEFORE " 4711", false, 0},
    {"1 (init)" BEFORE "-1 2", false, 0},
    {"1 (init)" BEFORE "18446744073709551616 2", false, 0},
    {"1 (init) S 1 2 3\n", false, 0},
};

START_TEST(finds_the_start_time)
{
    uint64_t ticks = 0;
    const char *text = stat_rows[_i].text;
    g_autofree char *exact = g_memdup2(text, MAX(strlen(text), 1));
    ck_assert_int_eq(proc_stat_start_time(cursor_of(exact, strlen(text)), &ticks),
                     stat_rows[_i].good);
    ck_assert_uint_eq(ticks, stat_rows[_i].ticks);
}
END_TEST

static const struct {
    const char *text;
    bool good;
    ProcStat stat;
} parse_rows[] = {
    {"7 (bash) S 6 7 7 34816 7 4194304 1 2 3 4 5 6 7 8 20 0 1 0 99 5\n",
     true,
     {"bash", 6, true, false, 99}},
    {"7 (kworker/u8:0-events_unbound) I 2 0 0 0 -1 69238880 0 0 0 0 0 0 0 0 20 0 1 0 9 0\n",
     true,
     {"kworker/u8:0-ev", 2, false, true, 9}},
    {"1 (a b) c)" BEFORE "4711 20\n", true, {"a b) c", 1, true, false, 4711}},
    {"1 ()" BEFORE "5", true, {"", 1, true, false, 5}},
    {"1 )" BEFORE "5", true, {"", 1, true, false, 5}},
    {"1 (()" BEFORE "5", true, {"(", 1, true, false, 5}},
    {"1 (x) S 1 2 3 -1 5 6 7 8 9 10 11 12 13 14 15 16 17 18 5", true, {"x", 1, true, false, 5}},
    {"1 (x) S -1 2 3 0 5 6 7 8 9 10 11 12 13 14 15 16 17 18 5", false, {.ppid = 0}},
    {"1 (x) S 4294967296 2 3 0 5 6 7 8 9 10 11 12 13 14 15 16 17 18 5", false, {.ppid = 0}},
    {"1 (x) S 1 2 3  5 6 7 8 9 10 11 12 13 14 15 16 17 18 5", false, {.ppid = 0}},
    {"1 (x) S 1 2 3 0 5 x 7 8 9 10 11 12 13 14 15 16 17 18 5", false, {.ppid = 0}},
    {"1 (x) S 1 2 3 0 5 6 7", false, {.ppid = 0}},
    {"1 (x) S 1", false, {.ppid = 0}},
    {"", false, {.ppid = 0}},
};

START_TEST(finds_parent_terminal_and_kind)
{
    ProcStat stat = {0};
    const char *text = parse_rows[_i].text;
    const ProcStat *expected = &parse_rows[_i].stat;
    g_autofree char *exact = g_memdup2(text, MAX(strlen(text), 1));
    ck_assert_int_eq(proc_stat_parse(cursor_of(exact, strlen(text)), &stat), parse_rows[_i].good);
    ck_assert_str_eq(stat.name, expected->name);
    ck_assert_uint_eq(stat.ppid, expected->ppid);
    ck_assert_int_eq(stat.terminal, expected->terminal);
    ck_assert_int_eq(stat.kernel, expected->kernel);
    ck_assert_uint_eq(stat.start_ticks, expected->start_ticks);
}
END_TEST

START_TEST(opens_files_and_places)
{
    Fixture f = fixture();
    g_free(unit_write(f.path, "there/inside", "x", 1));
    g_autofree char *there = g_build_filename(f.path, "there", NULL);
    struct stat st;
    char byte = 0;
    proc_set_file(f.path, "7", "pagemap", "z", 1);
    proc_set_link(f.path, "7", "root", there);
    int fd = proc_open(f.root, 7, "pagemap");
    ck_assert_int_eq(read(fd, &byte, 1), 1);
    ck_assert_int_eq(byte, 'z');
    (void)close(fd);
    fd = proc_open_place(f.root, 7, "root");
    ck_assert_int_eq(fstatat(fd, "inside", &st, 0), 0);
    (void)close(fd);
    ck_assert_uint_eq(proc_root_opens(f.root), 2);
    ck_assert_int_eq(proc_open(f.root, 7, "root"), -ELOOP); /* no links */
    ck_assert_int_eq(proc_open(f.root, 8, "pagemap"), -ENOENT);
    ck_assert_int_eq(proc_open_place(f.root, 8, "root"), -ENOENT);
    fixture_clear(&f);
}
END_TEST

START_TEST(says_what_fails)
{
    g_autoptr(ProcRoot) root = proc_root_open("/proc");
    if (root == NULL || geteuid() != 0)
        unit_skip("not root: cannot give up rights");
    ck_assert_int_eq(seteuid(65534), 0);
    char *target = NULL;
    int error = proc_link(root, 1, "exe", &target);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(error, -EACCES);
    ck_assert_ptr_null(target);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("procfs");
    UNIT_ADD(suite, opens_only_directories);
    UNIT_ADD(suite, lists_pids);
    UNIT_ADD(suite, lists_more_than_a_buffer);
    UNIT_ADD(suite, knows_this_process);
    UNIT_ADD(suite, reads_links);
    UNIT_ADD(suite, reads_a_link_of_4095_bytes);
    UNIT_ADD(suite, stats_through_links);
    UNIT_ADD(suite, cuts_what_is_too_long);
    UNIT_ADD_ROWS(suite, cuts_maps_at_a_line, maps_rows);
    UNIT_ADD(suite, says_when_maps_are_gone);
    UNIT_ADD(suite, keeps_global_files_open);
    UNIT_ADD_ROWS(suite, finds_the_start_time, stat_rows);
    UNIT_ADD_ROWS(suite, finds_parent_terminal_and_kind, parse_rows);
    UNIT_ADD(suite, opens_files_and_places);
    UNIT_ADD(suite, says_what_fails);
    return suite;
}
