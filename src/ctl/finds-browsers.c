/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "ctl/finds.h"
#include <string.h>

#define MAGIC "SQLite format 3"
#define PROFILES_MAX 64
#define NAMES_MAX 4096

static const struct {
    const char *browser;
    const char *directory; /* of its profiles, below the home directory */
} places[] = {
    {"firefox", ".mozilla/firefox"},
    {"firefox", "snap/firefox/common/.mozilla/firefox"},
    {"firefox", ".var/app/org.mozilla.firefox/.mozilla/firefox"},
    {"thunderbird", ".thunderbird"},
    {"chromium", ".config/chromium"},
    {"chrome", ".config/google-chrome"},
    {"brave", ".config/BraveSoftware/Brave-Browser"},
    {"edge", ".config/microsoft-edge"},
};

/* By its first bytes: Chromium's databases have no suffix. */
static bool is_database(const char *path)
{
    char head[sizeof MAGIC];
    autofd fd = fd_open_foreign(path, NULL);
    return fd >= 0 && pread(fd, head, sizeof head, 0) == (ssize_t)sizeof head &&
           memcmp(head, MAGIC, sizeof head) == 0;
}

static void add_profile(const char *browser, const char *directory, const char *profile,
                        GPtrArray *finds)
{
    guint n = 0;
    g_autofree char *path = g_build_filename(directory, profile, NULL);
    g_autoptr(GDir) dir = g_dir_open(path, 0, NULL);
    for (const char *entry = dir != NULL ? g_dir_read_name(dir) : NULL;
         entry != NULL && n < NAMES_MAX; entry = g_dir_read_name(dir), n++) {
        g_autofree char *file = g_build_filename(path, entry, NULL);
        if (!is_database(file))
            continue;
        g_autofree char *name = g_strdup_printf("%s/%s/%s", browser, profile, entry);
        Find *find = find_new("browser", name);
        (void)find_add_file(find, file, 0);
        finds_take(finds, find);
    }
}

void finds_add_browsers(const char *home, GPtrArray *finds)
{
    for (guint i = 0; i < G_N_ELEMENTS(places); i++) {
        guint n = 0;
        g_autofree char *directory = g_build_filename(home, places[i].directory, NULL);
        g_autoptr(GDir) dir = g_dir_open(directory, 0, NULL);
        for (const char *entry = dir != NULL ? g_dir_read_name(dir) : NULL;
             entry != NULL && n < PROFILES_MAX; entry = g_dir_read_name(dir), n++)
            add_profile(places[i].browser, directory, entry, finds);
    }
}
