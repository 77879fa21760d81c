/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/seeds.h"
#include "gvdb.h"
#include "mockup.h"
#include <fcntl.h>

/* 2026-01-31. */
#define NOW_SEC INT64_C(1769817600)
#define DAY_SEC 86400

#define ENTRY(exec) "[Desktop Entry]\nType=Application\nExec=" exec "\n"
#define RECENT(exec, modified, count)                                                              \
    "<?xml version=\"1.0\"?><xbel version=\"1.0\""                                                 \
    " xmlns:bookmark=\"http://www.freedesktop.org/standards/desktop-bookmarks\""                   \
    " xmlns:mime=\"http://www.freedesktop.org/standards/shared-mime-info\">"                       \
    "<bookmark href=\"file:///home/anna/diary.txt\" added=\"2026-01-01T00:00:00Z\""                \
    " modified=\"2026-01-01T00:00:00Z\" visited=\"2026-01-01T00:00:00Z\">"                         \
    "<info><metadata owner=\"http://freedesktop.org\"><mime:mime-type type=\"text/plain\"/>"       \
    "<bookmark:applications><bookmark:application name=\"x\" exec=\"" exec                         \
    "\" modified=\"" modified "\" count=\"" count "\"/></bookmark:applications></metadata></info>" \
    "</bookmark></xbel>"

/* With applications that are installed, and nobody who uses them. */
static Mockup given_mockup(void)
{
    static const char *const programs[] = {"editor", "viewer", "firefox", "web", "mailer"};
    Mockup mockup = mockup_new();
    mockup_elf(&mockup, "lib/libc.so", 10, "");
    for (gsize i = 0; i < G_N_ELEMENTS(programs); i++) {
        g_autofree char *program = g_strconcat("bin/", programs[i], NULL);
        g_autofree char *entry = g_strconcat("share/", programs[i], ".desktop", NULL);
        g_autofree char *text = g_strdup_printf(ENTRY("%s %%u"), programs[i]);
        mockup_elf(&mockup, program, 10, "libc.so");
        mockup_write(&mockup, entry, text, -1);
    }
    mockup_elf(&mockup, "bin/tool", 10, ""); /* no application */
    mockup_write(&mockup, "home/empty", "", -1);
    return mockup;
}

/* "program weight source; ...", the heaviest first. */
static char *seeds_of(const Mockup *mockup)
{
    const Launcher launcher = mockup_launcher(mockup);
    g_autofree char *share = mockup_path(mockup, "share");
    g_autofree char *list = mockup_path(mockup, "mimeapps.list");
    g_autofree char *cache = mockup_path(mockup, "mimeinfo.cache");
    g_autofree char *path = mockup_path(mockup, "home");
    const char *const chosen[] = {list, NULL};
    const char *const capable[] = {cache, NULL};
    const int cancel = 0;
    g_autoptr(Applications) system = applications_new(NULL);
    applications_scan(system, &launcher, share);
    g_autoptr(GPtrArray) homes = g_ptr_array_new_with_free_func((GDestroyNotify)home_free);
    g_ptr_array_add(homes, home_open(mockup->mounts, path, getuid()));
    const SeedRoots roots = {system, chosen, capable, homes, NOW_SEC};
    g_autoptr(GPtrArray) seeds = seeds_find(&roots, &launcher, &cancel);
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < seeds->len; i++) {
        const Seed *seed = seeds->pdata[i];
        g_string_append_printf(text, "%s%s %.2f %s", i > 0 ? "; " : "",
                               strrchr(seed->key->path, '/') + 1, seed->weight, seed->source);
        ck_assert_uint_eq(seed->files->len, 2); /* the program and its library */
        ck_assert_uint_gt(seed->mapped_bytes, 0);
    }
    return g_string_free(text, FALSE);
}

static const struct {
    const char *name; /* of a file, below the machine's directory */
    const char *content;
    const char *seeds;
} evidence[] = {
    {"home/.local/share/recently-used.xbel",
     RECENT("&apos;editor %u&apos;", "2026-01-31T00:00:00Z", "3"), "editor 2.00 recently used"},
    {"home/.local/share/recently-used.xbel",
     RECENT("&apos;editor %u&apos;", "2026-01-01T00:00:00Z", "3"), "editor 1.00 recently used"},
    {"home/.local/share/recently-used.xbel",
     RECENT("&apos;editor %u&apos;", "2036-01-01T00:00:00Z", "1000000"),
     "editor 3.00 recently used"},
    {"home/.local/share/recently-used.xbel",
     RECENT("&apos;editor %u&apos;", "2016-01-01T00:00:00Z", "3"), ""},
    {"home/.local/share/recently-used.xbel",
     RECENT("&apos;tool %u&apos;", "2026-01-31T00:00:00Z", "3"), ""},
    {"home/.local/share/recently-used.xbel", "<xbel", ""},
    {"home/.bash_history", "editor a\neditor b\neditor c\ntool\nls\n", "editor 2.00 shell history"},
    {"home/.zsh_history", ": 1769817600:0;viewer x\n", "viewer 1.00 shell history"},
    {"home/.local/share/fish/fish_history", "- cmd: viewer x\n", "viewer 1.00 shell history"},
    {"home/.config/autostart/x.desktop", ENTRY("mailer --hidden"), "mailer 1.00 autostart"},
    {"home/.config/autostart/x.desktop", ENTRY("mailer") "Hidden=true\n", ""},
    {"home/.config/plasma-org.kde.plasma.desktop-appletsrc",
     "[a][b]\nlaunchers=applications:viewer.desktop,applications:missing.desktop\n",
     "viewer 1.00 favourites"},
    {"home/.config/mimeapps.list",
     "[Default Applications]\nx-scheme-handler/http=missing.desktop;web.desktop;\n",
     "web 2.00 default browser"},
    {"mimeapps.list",
     "[Default Applications]\nx-scheme-handler/http=web.desktop\ntext/plain=editor.desktop\n",
     "web 2.00 default browser; editor 0.50 default application"},
    {"mimeinfo.cache",
     "[MIME "
     "Cache]\nx-scheme-handler/http=web.desktop;firefox.desktop;\ntext/plain=editor.desktop;\n",
     "web 1.00 default browser; editor 0.25 default application"},
};

START_TEST(what_speaks_for_programs)
{
    g_auto(Mockup) mockup = given_mockup();
    g_free(unit_write(mockup.directory, evidence[_i].name, evidence[_i].content, -1));
    g_autofree char *seeds = seeds_of(&mockup);
    ck_assert_str_eq(seeds, evidence[_i].seeds);
}
END_TEST

START_TEST(favourites_of_gnome)
{
    static const char *const key[] = {"/", "org/", "gnome/", "shell/", "favorite-apps", NULL};
    static const char *const ids[] = {"viewer.desktop", "missing.desktop", NULL};
    g_auto(Mockup) mockup = given_mockup();
    g_autoptr(GString) database = gvdb_of(key, g_variant_new_strv(ids, -1));
    g_free(unit_write(mockup.directory, "home/.config/dconf/user", database->str,
                      (gssize)database->len));
    g_autofree char *seeds = seeds_of(&mockup);
    ck_assert_str_eq(seeds, "viewer 1.00 favourites");
}
END_TEST

/* Used a month ago: half. */
START_TEST(a_browsers_profile)
{
    g_auto(Mockup) mockup = given_mockup();
    g_free(unit_write(mockup.directory, "home/.mozilla/firefox/x.default/places", "", -1));
    const struct timespec used[2] = {{.tv_sec = NOW_SEC - 30 * DAY_SEC},
                                     {.tv_sec = NOW_SEC - 30 * DAY_SEC}};
    static const char *const directories[] = {"home/.mozilla/firefox/x.default",
                                              "home/.mozilla/firefox"};
    for (gsize i = 0; i < G_N_ELEMENTS(directories); i++) {
        g_autofree char *path = mockup_path(&mockup, directories[i]);
        ck_assert_int_eq(utimensat(AT_FDCWD, path, used, 0), 0);
    }
    g_autofree char *seeds = seeds_of(&mockup);
    ck_assert_str_eq(seeds, "firefox 1.00 browser profile");
}
END_TEST

START_TEST(sources_add_up)
{
    g_auto(Mockup) mockup = given_mockup();
    g_free(unit_write(mockup.directory, "home/.bash_history", "web\nviewer\n", -1));
    g_free(unit_write(mockup.directory, "home/.config/mimeapps.list",
                      "[Default Applications]\nx-scheme-handler/http=web.desktop\n", -1));
    g_autofree char *seeds = seeds_of(&mockup);
    ck_assert_str_eq(seeds, "web 3.00 default browser, shell history; viewer 1.00 shell history");
}
END_TEST

/* Links, too much of everything: nothing comes of it, and nothing breaks. */
START_TEST(a_hostile_home)
{
    g_auto(Mockup) mockup = given_mockup();
    g_autoptr(GString) huge =
        g_string_new("[Default Applications]\nx-scheme-handler/http=web.desktop\n");
    while (huge->len <= (1 << 20))
        g_string_append(huge, "text/plain=editor.desktop;\n");
    g_free(unit_write(mockup.directory, "home/.config/mimeapps.list", huge->str, -1));
    g_free(unit_write(mockup.directory, "elsewhere", "editor\n", -1));
    mockup_link(&mockup, "home/.bash_history", "../elsewhere");
    mockup_link(&mockup, "home/.mozilla", "/");
    g_autofree char *fifo = mockup_path(&mockup, "home/.zsh_history");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    g_autofree char *seeds = seeds_of(&mockup);
    ck_assert_str_eq(seeds, "");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seeds");
    UNIT_ADD_ROWS(suite, what_speaks_for_programs, evidence);
    UNIT_ADD(suite, favourites_of_gnome);
    UNIT_ADD(suite, a_browsers_profile);
    UNIT_ADD(suite, sources_add_up);
    UNIT_ADD(suite, a_hostile_home);
    return suite;
}
