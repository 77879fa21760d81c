/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * A first run: a program that never ran is in memory before it is launched, because its user is
 * known to use it. The daemon looks where it always looks; the test has a mount namespace in which
 * the machine has one person, whose home is in the rig's directory.
 */
#include "rig.h"
#include "unit.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sched.h>
#include <sys/mount.h>
#include <sys/stat.h>
#include <unistd.h>

#define PERSON 1234

static const char recently_used[] =
    "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n"
    "<xbel version=\"1.0\"\n"
    " xmlns:bookmark=\"http://www.freedesktop.org/standards/desktop-bookmarks\"\n"
    " xmlns:mime=\"http://www.freedesktop.org/standards/shared-mime-info\">\n"
    "<bookmark href=\"file:///home/anna/letter-to-the-bank.odt\" added=\"%s\" modified=\"%s\""
    " visited=\"%s\"><info><metadata owner=\"http://freedesktop.org\">\n"
    "<mime:mime-type type=\"text/plain\"/><bookmark:applications>\n"
    "<bookmark:application name=\"App\" exec=\"&apos;application %%u&apos;\" modified=\"%s\""
    " count=\"5\"/>\n"
    "</bookmark:applications></metadata></info></bookmark></xbel>\n";

static void give_to_person(const char *path)
{
    ck_assert_int_eq(lchown(path, PERSON, PERSON), 0);
}

static void write_home(const Rig *rig, const char *name, const char *content)
{
    g_autofree char *path = unit_write(rig->dir, name, content, -1);
    give_to_person(path);
}

/* A person who used "application" five times, a while ago. */
static void make_home(const Rig *rig)
{
    static const char *const directories[] = {"home", "home/.local", "home/.local/share",
                                              "home/.local/share/applications"};
    for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = rig_path(rig, directories[i]);
        ck_assert_int_eq(g_mkdir(path, 0700), 0);
        give_to_person(path);
    }
    g_autoptr(GDateTime) now = g_date_time_new_now_utc();
    g_autoptr(GDateTime) then = g_date_time_add_hours(now, -3);
    g_autofree char *when = g_date_time_format(then, "%Y-%m-%dT%H:%M:%SZ");
    g_autofree char *xbel = g_strdup_printf(recently_used, when, when, when, when);
    write_home(rig, "home/.local/share/recently-used.xbel", xbel);
    g_autofree char *entry = g_strdup_printf("[Desktop Entry]\nType=Application\nName=App\n"
                                             "Exec=env LANG=C %s/application %%u\n",
                                             rig->dir);
    write_home(rig, "home/.local/share/applications/app.desktop", entry);
}

/* False if that is not permitted. */
static bool make_machine(const Rig *rig)
{
    g_autofree char *text = g_strdup_printf("root:x:0:0::/root:/bin/sh\n"
                                            "anna:x:%d:%d::%s/home:/bin/sh\n",
                                            PERSON, PERSON, rig->dir);
    g_autofree char *passwd = unit_write(rig->dir, "passwd", text, -1);
    return geteuid() == 0 && unshare(CLONE_NEWNS) == 0 &&
           mount("none", "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           mount(passwd, "/etc/passwd", NULL, MS_BIND, NULL) == 0;
}

/* A program of some size, that nobody starts. */
static char *make_program(const Rig *rig)
{
    g_autofree char *content = NULL;
    gsize length = 0;
    char *path = rig_path(rig, "application");
    ck_assert(g_file_get_contents(g_getenv("PRELOAD_DAEMON"), &content, &length, NULL));
    ck_assert(g_file_set_contents_full(path, content, (gssize)length, G_FILE_SET_CONTENTS_DURABLE,
                                       0755, NULL));
    rig_drop(path);
    return path;
}

START_TEST(a_program_that_never_ran_is_read_ahead)
{
    g_autorig rig = rig_new(NULL);
    if (!make_machine(rig))
        unit_skip("no mount namespace of one's own: not root");
    make_home(rig);
    g_autofree char *program = make_program(rig);
    rig_start(rig);
    rig_expect(rig, "seeded with 1 program");
    g_autofree char *line = rig_await(rig, "read from");
    ck_assert_msg(strstr(line, "next: application") != NULL, "%s", line);
    for (guint block = 0; block < 5; block++)
        ck_assert_double_eq(rig_resident_block(program, block), 1.0);
    rig_expect(rig, "in memory");
    g_autofree char *dump = rig_dump(rig);
    ck_assert_msg(strstr(dump, "expected because of: recently used") != NULL, "%s", dump);
    ck_assert_ptr_nonnull(strstr(dump, "priority pool"));
    /* Once: and of the document nothing is known. */
    g_autofree char *state = rig_saved(rig);
    ck_assert_ptr_nonnull(strstr(state, "SEEDED"));
    ck_assert_ptr_nonnull(strstr(state, "recently%20used"));
    ck_assert_ptr_null(strstr(state, "letter"));
    rig_stop(rig);
    rig_start(rig);
    rig_expect(rig, "loaded 1 program");
    rig_expect(rig, "in memory");
    ck_assert_uint_eq(rig_count(rig, "a first run: seeded"), 1);
    rig_stop(rig);
}
END_TEST

START_TEST(nothing_is_seeded_with_seed_off)
{
    g_autorig rig = rig_new("seed = false");
    if (!make_machine(rig))
        unit_skip("no mount namespace of one's own: not root");
    make_home(rig);
    g_autofree char *program = make_program(rig);
    rig_start(rig);
    rig_expect(rig, "0 programs known");
    rig_expect(rig, "0 programs known");
    ck_assert_uint_eq(rig_count(rig, "a first run: seeded"), 0);
    ck_assert_double_lt(rig_resident_block(program, 4), 0.5);
    /* Turned on it is made up for. */
    rig_configure(rig, "seed = true");
    rig_signal(rig, SIGHUP);
    rig_expect(rig, "seeded with 1 program");
    rig_stop(rig);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seeding");
    UNIT_ADD(suite, a_program_that_never_ran_is_read_ahead);
    UNIT_ADD(suite, nothing_is_seeded_with_seed_off);
    return suite;
}
