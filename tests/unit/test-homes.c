/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "observe/homes.h"
#include "unit.h"
#include <fcntl.h>
#include <sys/mount.h>
#include <unistd.h>

/* The machine's mounts, and a home directory of who runs the test. */
typedef struct {
    char *directory;
    Mounts *mounts;
    Home *home;
} Given;

static Given given_home(void)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    Given given = {.directory = unit_mkdir()};
    ck_assert(g_file_get_contents("/proc/self/mountinfo", &text, &length, NULL));
    given.mounts = mounts_parse(cursor_of(text, length));
    g_free(unit_write(given.directory, "home/.config/file", "content", -1));
    g_free(unit_write(given.directory, "secret", "secret", -1));
    g_autofree char *path = g_build_filename(given.directory, "home", NULL);
    given.home = home_open(given.mounts, path, getuid());
    ck_assert_ptr_nonnull(given.home);
    return given;
}

static void given_clear(Given *given)
{
    home_free(given->home);
    mounts_free(given->mounts);
    unit_rmdir(given->directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Given, given_clear)

static void make_link(const Given *given, const char *target, const char *name)
{
    g_autofree char *path = g_build_filename(given->directory, "home", name, NULL);
    ck_assert_int_eq(symlink(target, path), 0);
}

START_TEST(a_file_of_its_owners)
{
    g_auto(Given) given = given_home();
    g_autoptr(GString) text = home_read(given.home, ".config/file", 7, HOME_WHOLE);
    ck_assert_str_eq(text->str, "content");
    ck_assert_ptr_null(home_read(given.home, ".config/file", 6, HOME_WHOLE));
    g_autoptr(GString) tail = home_read(given.home, ".config/file", 3, HOME_TAIL);
    ck_assert_str_eq(tail->str, "ent");
}
END_TEST

static const char *const nothings[] = {
    "missing",     ".config",    "../secret", "/etc/passwd",          "link",
    "linked/file", "out/secret", "fifo",      ".config/../../secret", "",
};

START_TEST(nothing_else)
{
    g_auto(Given) given = given_home();
    make_link(&given, ".config/file", "link");
    make_link(&given, ".config", "linked");
    make_link(&given, "..", "out");
    g_autofree char *fifo = g_build_filename(given.directory, "home", "fifo", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_ptr_null(home_read(given.home, nothings[_i], 100, HOME_WHOLE));
    ck_assert_ptr_null(home_read(given.home, nothings[_i], 100, HOME_TAIL));
}
END_TEST

START_TEST(nothing_of_others)
{
    g_auto(Given) given = given_home();
    if (geteuid() != 0)
        unit_skip("cannot give a file away: not root");
    g_autofree char *path = g_build_filename(given.directory, "home/.config/file", NULL);
    ck_assert_int_eq(chown(path, 1234, 1234), 0);
    ck_assert_ptr_null(home_read(given.home, ".config/file", 100, HOME_WHOLE));
    g_autofree char *config = g_build_filename(given.directory, "home/.config", NULL);
    ck_assert_int_gt(home_changed_sec(given.home, ".config"), 0);
    ck_assert_int_eq(chown(config, 1234, 1234), 0);
    ck_assert_ptr_null(home_list(given.home, ".config", 10));
    ck_assert_int_eq(home_changed_sec(given.home, ".config"), 0);
}
END_TEST

START_TEST(a_home_is_its_owners)
{
    g_auto(Given) given = given_home();
    ck_assert_ptr_null(home_open(given.mounts, given.home->path, getuid() + 1));
    ck_assert_ptr_null(home_open(given.mounts, "relative", getuid()));
    ck_assert_ptr_null(home_open(given.mounts, "/proc", getuid()));
    g_autofree char *file = g_build_filename(given.directory, "secret", NULL);
    ck_assert_ptr_null(home_open(given.mounts, file, getuid()));
}
END_TEST

START_TEST(names_and_times)
{
    g_auto(Given) given = given_home();
    g_free(unit_write(given.directory, "home/d/b", "", -1));
    g_free(unit_write(given.directory, "home/d/a/x", "", -1));
    g_free(unit_write(given.directory, "home/d/.hidden", "", -1));
    g_autoptr(GPtrArray) names = home_list(given.home, "d", 10);
    ck_assert_uint_eq(names->len, 2);
    ck_assert_str_eq(names->pdata[0], "a");
    g_autoptr(GPtrArray) one = home_list(given.home, "d", 1);
    ck_assert_uint_eq(one->len, 1);
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    const struct timespec newer[2] = {{.tv_sec = 2000}, {.tv_sec = 2000}};
    ck_assert_int_eq(utimensat(given.home->fd, "d", old, 0), 0);
    ck_assert_int_eq(utimensat(given.home->fd, "d/a", newer, 0), 0);
    ck_assert_int_eq(home_changed_sec(given.home, "d"), 2000);
    ck_assert_int_eq(home_changed_sec(given.home, "missing"), 0);
}
END_TEST

START_TEST(the_people_of_this_machine)
{
    g_auto(Given) given = given_home();
    g_autoptr(GPtrArray) homes = homes_of_people(given.mounts);
    for (guint i = 0; i < homes->len; i++)
        ck_assert_uint_ge(((const Home *)homes->pdata[i])->uid, HOMES_UID_MIN);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("homes");
    UNIT_ADD(suite, a_file_of_its_owners);
    UNIT_ADD_ROWS(suite, nothing_else, nothings);
    UNIT_ADD(suite, nothing_of_others);
    UNIT_ADD(suite, a_home_is_its_owners);
    UNIT_ADD(suite, names_and_times);
    UNIT_ADD(suite, the_people_of_this_machine);
    return suite;
}
