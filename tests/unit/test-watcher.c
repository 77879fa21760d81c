/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "unit.h"

#include <fcntl.h>
#include <poll.h>
#include <stdio.h>
#include <sys/stat.h>
#include <unistd.h>

#include "observe/watcher.h"

typedef struct {
    Watcher *watcher;
    char *directory;
    GString *told; /* "gone a;replaced b;" */
    bool untrack;  /* in the callback, as the daemon does */
} Fixture;

static const char *const event_names[] = {
    [WATCH_GONE] = "gone",
    [WATCH_REPLACED] = "replaced",
    [WATCH_DIRECTORY] = "directory",
    [WATCH_OVERFLOW] = "overflow",
};

static void note(WatchEvent event, const char *path, gpointer data)
{
    Fixture *fixture = data;
    const char *shown = path == NULL ? "-" : path;
    if (path != NULL && g_str_has_prefix(path, fixture->directory))
        shown = path + strlen(fixture->directory);
    g_string_append_printf(fixture->told, "%s %s;", event_names[event], shown);
    if (fixture->untrack && event != WATCH_DIRECTORY && path != NULL)
        watcher_untrack(fixture->watcher, path);
}

static Fixture fixture_new(uint32_t max_watches)
{
    Fixture fixture = {
        .watcher = watcher_new(max_watches), .directory = unit_mkdir(), .told = g_string_new(NULL)};
    ck_assert_ptr_nonnull(fixture.watcher);
    return fixture;
}

static void fixture_free(Fixture *fixture)
{
    watcher_free(fixture->watcher);
    g_string_free(fixture->told, TRUE);
    unit_rmdir(fixture->directory);
}

static char *path_of(const Fixture *fixture, const char *name)
{
    return g_strconcat(fixture->directory, "/", name, NULL);
}

static void make(const Fixture *fixture, const char *name)
{
    g_autofree char *path = path_of(fixture, name);
    int fd = open(path, O_WRONLY | O_CREAT | O_TRUNC | O_CLOEXEC, 0644);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(close(fd), 0);
}

static void drop(const Fixture *fixture, const char *name)
{
    g_autofree char *path = path_of(fixture, name);
    ck_assert_int_eq(remove(path), 0);
}

static void move(const Fixture *fixture, const char *from, const char *to)
{
    g_autofree char *from_path = path_of(fixture, from);
    g_autofree char *to_path = path_of(fixture, to);
    ck_assert_int_eq(rename(from_path, to_path), 0);
}

static void make_directory(const Fixture *fixture, const char *name)
{
    g_autofree char *path = path_of(fixture, name);
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void track(const Fixture *fixture, const char *name)
{
    g_autofree char *path = path_of(fixture, name);
    watcher_track(fixture->watcher, path);
}

static void untrack(const Fixture *fixture, const char *name)
{
    g_autofree char *path = path_of(fixture, name);
    watcher_untrack(fixture->watcher, path);
}

/* What was told since the last time. As long as somebody else on this machine has it open, the
 * kernel does not tell that a directory is gone: so it is waited for. */
static void expect(Fixture *fixture, const char *told)
{
    GPollFD awaited = {.fd = watcher_fd(fixture->watcher), .events = G_IO_IN};
    do
        watcher_dispatch(fixture->watcher, note, fixture);
    while (fixture->told->len < strlen(told) && g_poll(&awaited, 1, 10000) > 0);
    ck_assert_str_eq(fixture->told->str, told);
    g_string_truncate(fixture->told, 0);
}

static void do_delete(const Fixture *fixture)
{
    drop(fixture, "a");
}

static void do_move_away(const Fixture *fixture)
{
    move(fixture, "a", "c");
}

static void do_move_over(const Fixture *fixture)
{
    move(fixture, "b", "a");
}

static void do_rewrite(const Fixture *fixture)
{
    make(fixture, "a");
}

static void do_recreate(const Fixture *fixture)
{
    drop(fixture, "a");
    make(fixture, "a");
}

static void do_read(const Fixture *fixture)
{
    g_autofree char *path = path_of(fixture, "a");
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(close(fd), 0);
    ck_assert_int_eq(chmod(path, 0755), 0);
}

static void do_untracked(const Fixture *fixture)
{
    drop(fixture, "b");
    make(fixture, "c");
    make(fixture, "aa");
    move(fixture, "c", "d");
}

static void do_nothing(const Fixture *fixture)
{
}

static const struct {
    void (*act)(const Fixture *fixture);
    const char *told;
} acts[] = {
    {do_delete, "gone /a;"},
    {do_move_away, "gone /a;"},
    {do_move_over, "replaced /a;"},
    {do_rewrite, "replaced /a;"},
    {do_recreate, "gone /a;replaced /a;replaced /a;"}, /* made, and written to its end */
    {do_read, ""},
    {do_untracked, ""},
    {do_nothing, ""},
};

/* Given the files a, tracked, and b; when something happens to them; then so much is told. */
START_TEST(test_act)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, "a");
    make(&fixture, "b");
    track(&fixture, "a");
    acts[_i].act(&fixture);
    expect(&fixture, acts[_i].told);
    fixture_free(&fixture);
}
END_TEST

/* As the daemon has it: what is gone is untracked on the spot, so what follows is not told. */
START_TEST(test_untrack_in_callback)
{
    Fixture fixture = fixture_new(10);
    fixture.untrack = true;
    make(&fixture, "a");
    track(&fixture, "a");
    do_recreate(&fixture);
    expect(&fixture, "gone /a;");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 0);
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_descriptor)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, "a");
    track(&fixture, "a");
    struct pollfd poll_fd = {.fd = watcher_fd(fixture.watcher), .events = POLLIN};
    ck_assert_int_eq(poll(&poll_fd, 1, 0), 0);
    drop(&fixture, "a");
    ck_assert_int_eq(poll(&poll_fd, 1, 0), 1);
    expect(&fixture, "gone /a;");
    ck_assert_int_eq(poll(&poll_fd, 1, 0), 0);
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_counted)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, "a");
    make(&fixture, "b");
    track(&fixture, "a");
    track(&fixture, "a");
    track(&fixture, "b");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 1);
    untrack(&fixture, "a");
    untrack(&fixture, "b");
    untrack(&fixture, "b");
    drop(&fixture, "b");
    drop(&fixture, "a");
    expect(&fixture, "gone /a;");
    untrack(&fixture, "a");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 0);
    make(&fixture, "a");
    expect(&fixture, "");
    fixture_free(&fixture);
}
END_TEST

/* All names that a file can have. */
static const char *const names[] = {
    "with blank",
    "with\nline",
    "\xff\xfe",
    "%s%n",
    "a (deleted)",
    ";",
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
    "456789"
    "0123456789012345678901234567890123456789012345678901234567890123456789012345678901234567890123"
    "456789"
    "0123456789012345678901234567890123456789012345678901234",
};

START_TEST(test_name)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, names[_i]);
    track(&fixture, names[_i]);
    drop(&fixture, names[_i]);
    g_autofree char *told = g_strdup_printf("gone /%s;", names[_i]);
    expect(&fixture, told);
    fixture_free(&fixture);
}
END_TEST

/* No paths of files: ignored, and nothing is counted. */
static const char *const bad_paths[] = {"", "/", "relative", "relative/file", "/directory/", "a/"};

START_TEST(test_bad_path)
{
    Fixture fixture = fixture_new(10);
    watcher_track(fixture.watcher, bad_paths[_i]);
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 0);
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 0);
    watcher_untrack(fixture.watcher, bad_paths[_i]);
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_untrack_unknown)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, "a");
    track(&fixture, "a");
    untrack(&fixture, "b");
    untrack(&fixture, "elsewhere/a");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 1);
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_root)
{
    Fixture fixture = fixture_new(10);
    watcher_track(fixture.watcher, "/no-such-file");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 1);
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 0);
    watcher_untrack(fixture.watcher, "/no-such-file");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 0);
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_directory_removed)
{
    Fixture fixture = fixture_new(10);
    make_directory(&fixture, "sub");
    make(&fixture, "sub/a");
    track(&fixture, "sub/a");
    drop(&fixture, "sub/a");
    drop(&fixture, "sub");
    expect(&fixture, "gone /sub/a;directory /sub;");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 1);
    untrack(&fixture, "sub/a");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 0);
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 0);
    fixture_free(&fixture);
}
END_TEST

/* A new directory under the old name is watched in place of the old one. */
START_TEST(test_directory_replaced)
{
    Fixture fixture = fixture_new(10);
    make_directory(&fixture, "sub");
    make(&fixture, "sub/a");
    track(&fixture, "sub/a");
    move(&fixture, "sub", "old");
    make_directory(&fixture, "sub");
    make(&fixture, "sub/a");
    expect(&fixture, "directory /sub;");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 0);
    drop(&fixture, "old/a");
    expect(&fixture, "");
    drop(&fixture, "sub/a");
    expect(&fixture, "gone /sub/a;");
    fixture_free(&fixture);
}
END_TEST

/* One directory by two paths has one watch in the kernel; both are told, and one can go alone. */
START_TEST(test_two_paths)
{
    Fixture fixture = fixture_new(10);
    make_directory(&fixture, "sub");
    make(&fixture, "sub/a");
    g_autofree char *link = path_of(&fixture, "link");
    ck_assert_int_eq(symlink("sub", link), 0);
    track(&fixture, "sub/a");
    track(&fixture, "link/a");
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 2);
    make(&fixture, "sub/a");
    expect(&fixture, "replaced /link/a;replaced /sub/a;");
    untrack(&fixture, "sub/a");
    make(&fixture, "sub/a");
    expect(&fixture, "replaced /link/a;");
    track(&fixture, "sub/a");
    untrack(&fixture, "link/a");
    make(&fixture, "sub/a");
    expect(&fixture, "replaced /sub/a;");
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_two_paths_removed)
{
    Fixture fixture = fixture_new(10);
    make_directory(&fixture, "sub");
    g_autofree char *link = path_of(&fixture, "link");
    ck_assert_int_eq(symlink("sub", link), 0);
    track(&fixture, "sub/a");
    track(&fixture, "link/a");
    drop(&fixture, "sub");
    expect(&fixture, "directory /link;directory /sub;");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 2);
    fixture_free(&fixture);
}
END_TEST

START_TEST(test_bound)
{
    Fixture fixture = fixture_new(2);
    static const char *const subs[] = {"s0", "s1", "s2", "s3"};
    static const char *const files[] = {"s0/a", "s1/a", "s2/a", "s3/a"};
    for (guint i = 0; i < G_N_ELEMENTS(subs); i++) {
        make_directory(&fixture, subs[i]);
        make(&fixture, files[i]);
        track(&fixture, files[i]);
    }
    ck_assert_uint_eq(watcher_directories(fixture.watcher), 4);
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 2);
    drop(&fixture, "s1/a");
    drop(&fixture, "s2/a");
    expect(&fixture, "gone /s1/a;");
    /* What comes free goes to the next file of a directory without. */
    untrack(&fixture, "s1/a");
    track(&fixture, "s3/b");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 1);
    drop(&fixture, "s3/a");
    expect(&fixture, "gone /s3/a;");
    untrack(&fixture, "s2/a");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 0);
    fixture_free(&fixture);
}
END_TEST

/* Not a directory, or none: cannot be watched, but is counted. */
START_TEST(test_unwatchable)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, "file");
    track(&fixture, "file/a");
    track(&fixture, "none/a");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 2);
    expect(&fixture, "");
    fixture_free(&fixture);
}
END_TEST

static bool may_touch(const char *directory, gpointer data)
{
    return *(const bool *)data || !g_str_has_suffix(directory, "/away");
}

/* A directory that may not be touched is counted, and watched when it may be. */
START_TEST(test_guard)
{
    bool here = false;
    Fixture fixture = fixture_new(10);
    watcher_set_guard(fixture.watcher, may_touch, &here);
    make_directory(&fixture, "away");
    make(&fixture, "away/a");
    make(&fixture, "b");
    track(&fixture, "away/a");
    track(&fixture, "b");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 1);
    here = true;
    track(&fixture, "away/c");
    ck_assert_uint_eq(watcher_unwatched(fixture.watcher), 0);
    drop(&fixture, "away/a");
    expect(&fixture, "gone /away/a;");
    fixture_free(&fixture);
}
END_TEST

static uint64_t queue_length(void)
{
    g_autofree char *text = NULL;
    if (!g_file_get_contents("/proc/sys/fs/inotify/max_queued_events", &text, NULL, NULL))
        return 0;
    return g_ascii_strtoull(text, NULL, 10);
}

static void flood(const Fixture *fixture, uint64_t n_events)
{
    g_autofree char *from = path_of(fixture, "x");
    g_autofree char *to = path_of(fixture, "y");
    /* Two events a rename; all different from the one before, or the kernel would merge them. */
    for (uint64_t i = 0; i < n_events; i += 4) {
        ck_assert_int_eq(rename(from, to), 0);
        ck_assert_int_eq(rename(to, from), 0);
    }
}

START_TEST(test_overflow)
{
    const uint64_t bearable = 200000;
    uint64_t n_queued = queue_length();
    if (n_queued == 0 || n_queued > bearable)
        unit_skip("the inotify queue holds %" G_GUINT64_FORMAT " events", n_queued);
    Fixture fixture = fixture_new(10);
    make(&fixture, "a");
    make(&fixture, "x");
    track(&fixture, "a");
    flood(&fixture, n_queued + 8);
    drop(&fixture, "a"); /* is lost */
    while (fixture.told->len == 0)
        watcher_dispatch(fixture.watcher, note, &fixture);
    expect(&fixture, "overflow -;");
    make(&fixture, "a");
    expect(&fixture, "replaced /a;replaced /a;");
    fixture_free(&fixture);
}
END_TEST

/* More than one call's worth of events: the rest is there at the next call. */
START_TEST(test_many)
{
    Fixture fixture = fixture_new(10);
    make(&fixture, "x");
    track(&fixture, "x");
    flood(&fixture, 4000);
    for (guint i = 0; i < 10; i++)
        watcher_dispatch(fixture.watcher, note, &fixture);
    g_auto(GStrv) told = g_strsplit(fixture.told->str, ";", 0);
    ck_assert_uint_eq(g_strv_length(told), 2000 + 1);
    fixture_free(&fixture);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("watcher");
    UNIT_ADD_ROWS(suite, test_act, acts);
    UNIT_ADD(suite, test_untrack_in_callback);
    UNIT_ADD(suite, test_descriptor);
    UNIT_ADD(suite, test_counted);
    UNIT_ADD_ROWS(suite, test_name, names);
    UNIT_ADD_ROWS(suite, test_bad_path, bad_paths);
    UNIT_ADD(suite, test_untrack_unknown);
    UNIT_ADD(suite, test_root);
    UNIT_ADD(suite, test_directory_removed);
    UNIT_ADD(suite, test_directory_replaced);
    UNIT_ADD(suite, test_two_paths);
    UNIT_ADD(suite, test_two_paths_removed);
    UNIT_ADD(suite, test_bound);
    UNIT_ADD(suite, test_unwatchable);
    UNIT_ADD(suite, test_guard);
    UNIT_ADD(suite, test_overflow);
    UNIT_ADD(suite, test_many);
    return suite;
}
