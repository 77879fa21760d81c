/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/applications.h"
#include "mockup.h"
#include <fcntl.h>

#define ENTRY(exec) "[Desktop Entry]\nType=Application\nExec=" exec "\n"

static Mockup given_mockup(void)
{
    Mockup mockup = mockup_new();
    mockup_elf(&mockup, "bin/app", 10, "");
    mockup_elf(&mockup, "bin/editor", 10, "");
    mockup_elf(&mockup, "bin/helper", 10, "");
    mockup_write(&mockup, "share/org.app.desktop", ENTRY("app --new %u"), -1);
    mockup_write(&mockup, "share/helper.desktop", ENTRY("helper") "NoDisplay=true\n", -1);
    mockup_write(&mockup, "share/kde/editor.desktop", ENTRY("editor"), -1);
    mockup_write(&mockup, "share/missing.desktop", ENTRY("missing"), -1);
    mockup_write(&mockup, "share/packed.desktop", ENTRY("flatpak run x"), -1);
    mockup_write(&mockup, "share/mimeinfo.cache", ENTRY("app"), -1);
    mockup_link(&mockup, "share/linked.desktop", "org.app.desktop");
    mockup_link(&mockup, "share/gone.desktop", "nowhere");
    return mockup;
}

static Applications *scan(const Mockup *mockup)
{
    const Launcher launcher = mockup_launcher(mockup);
    g_autofree char *share = mockup_path(mockup, "share");
    Applications *applications = applications_new(NULL);
    applications_scan(applications, &launcher, share);
    applications_scan(applications, &launcher, "/nowhere");
    return applications;
}

static const char *path_of(const Mockup *mockup, const Application *application)
{
    return application != NULL ? application->key->path + strlen(mockup->directory) + 1 : NULL;
}

START_TEST(of_the_system)
{
    g_auto(Mockup) mockup = given_mockup();
    g_autoptr(Applications) applications = scan(&mockup);
    static const struct {
        const char *id;
        const char *path;
    } ids[] = {{"org.app.desktop", "bin/app"},
               {"helper.desktop", "bin/helper"},
               {"kde-editor.desktop", "bin/editor"},
               {"linked.desktop", "bin/app"},
               {"missing.desktop", NULL},
               {"packed.desktop", NULL},
               {"gone.desktop", NULL},
               {"mimeinfo.cache", NULL}};
    for (gsize i = 0; i < G_N_ELEMENTS(ids); i++)
        ck_assert_pstr_eq(path_of(&mockup, applications_find_id(applications, ids[i].id)),
                          ids[i].path);
    ck_assert_pstr_eq(path_of(&mockup, applications_find_command(applications, "app")), "bin/app");
    ck_assert_ptr_null(applications_find_command(applications, "missing"));
    g_autoptr(GPtrArray) commands = applications_commands(applications);
    ck_assert_uint_eq(commands->len, 3);
    ck_assert_uint_eq(applications_contained(applications), 1);
    g_autoptr(GHashTable) keys =
        g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, NULL);
    applications_add_keys(applications, keys);
    ck_assert_uint_eq(g_hash_table_size(keys), 2); /* the helper is in no menu */
}
END_TEST

START_TEST(a_persons_stand_above)
{
    g_auto(Mockup) mockup = given_mockup();
    const Launcher launcher = mockup_launcher(&mockup);
    g_autoptr(Applications) system = scan(&mockup);
    mockup_write(&mockup, "home/apps/org.app.desktop", ENTRY("editor"), -1);
    mockup_write(&mockup, "home/apps/helper.desktop", ENTRY("helper") "Hidden=true\n", -1);
    g_autofree char *path = mockup_path(&mockup, "home");
    g_autoptr(Home) home = home_open(mockup.mounts, path, getuid());
    g_autoptr(Applications) own = applications_new(system);
    applications_scan_home(own, &launcher, home, "apps");
    applications_scan_home(own, &launcher, home, "nowhere");
    ck_assert_pstr_eq(path_of(&mockup, applications_find_id(own, "org.app.desktop")), "bin/editor");
    ck_assert_ptr_null(applications_find_id(own, "helper.desktop"));
    ck_assert_pstr_eq(path_of(&mockup, applications_find_id(own, "linked.desktop")), "bin/app");
    ck_assert_pstr_eq(path_of(&mockup, applications_find_command(own, "app")), "bin/app");
    g_auto(Program) program = {0};
    ck_assert(applications_read_home(&launcher, home, "apps/org.app.desktop", &program));
    ck_assert(!applications_read_home(&launcher, home, "apps/helper.desktop", &program));
    ck_assert(!applications_read_home(&launcher, home, "apps/missing.desktop", &program));
}
END_TEST

START_TEST(a_stamp_tells_of_changes)
{
    g_auto(Mockup) mockup = given_mockup();
    g_autofree char *share = mockup_path(&mockup, "share");
    g_autofree char *path = mockup_path(&mockup, "home");
    const char *const directories[] = {share, "/nowhere", NULL};
    g_autoptr(GPtrArray) homes = g_ptr_array_new_with_free_func((GDestroyNotify)home_free);
    mockup_write(&mockup, "home/.local/share/applications/x.desktop", "", -1);
    g_ptr_array_add(homes, home_open(mockup.mounts, path, getuid()));
    uint64_t stamp = applications_stamp(mockup.mounts, directories, homes);
    ck_assert(stamp == applications_stamp(mockup.mounts, directories, homes));
    const struct timespec old[2] = {{.tv_sec = 1000}, {.tv_sec = 1000}};
    ck_assert_int_eq(utimensat(AT_FDCWD, share, old, 0), 0);
    uint64_t changed = applications_stamp(mockup.mounts, directories, homes);
    ck_assert(changed != stamp);
    g_autofree char *below = mockup_path(&mockup, "home/.local/share/applications");
    ck_assert_int_eq(utimensat(AT_FDCWD, below, old, 0), 0);
    ck_assert(applications_stamp(mockup.mounts, directories, homes) != changed);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("applications");
    UNIT_ADD(suite, of_the_system);
    UNIT_ADD(suite, a_persons_stand_above);
    UNIT_ADD(suite, a_stamp_tells_of_changes);
    return suite;
}
