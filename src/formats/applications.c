/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/applications.h"
#include "base/fd.h"
#include "formats/entry.h"
#include "observe/follow.h"
#include <string.h>

#define SUFFIX ".desktop"

const char *const applications_directories[] = {
    "/usr/local/share/applications", "/usr/share/applications",
    "/var/lib/flatpak/exports/share/applications", "/var/lib/snapd/desktop/applications", NULL};

const char *const applications_home_directories[] = {
    ".local/share/applications", ".local/share/flatpak/exports/share/applications", NULL};

struct Applications {
    const Applications *above;
    GHashTable *by_id;      /* char * -> Application, NULL for one that has none */
    GHashTable *by_command; /* char * -> Application, owned by by_id */
    GHashTable *shown;      /* set of ExeKey, referenced */
    guint n_contained;
};

static void application_free(gpointer data)
{
    Application *application = data;
    if (application == NULL)
        return;
    exe_key_unref(application->key);
    g_free(application);
}

Applications *applications_new(const Applications *above)
{
    Applications *applications = g_new0(Applications, 1);
    applications->above = above;
    applications->by_id = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, application_free);
    applications->by_command = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    applications->shown = g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, NULL);
    return applications;
}

void applications_free(Applications *applications)
{
    if (applications == NULL)
        return;
    g_hash_table_unref(applications->by_command);
    g_hash_table_unref(applications->by_id);
    g_hash_table_unref(applications->shown);
    g_free(applications);
}

static void add_command(Applications *applications, const char *word, Application *application)
{
    g_autofree char *name = g_path_get_basename(word);
    if (!g_hash_table_contains(applications->by_command, name))
        g_hash_table_insert(applications->by_command, g_steal_pointer(&name), application);
}

static void add_program(Applications *applications, const char *id, const Entry *entry,
                        const Program *program)
{
    Application *application = g_new(Application, 1);
    *application = (Application){exe_key_ref(program->key), program->id};
    g_hash_table_insert(applications->by_id, g_strdup(id), application);
    add_command(applications, entry->words[0], application);
    if (entry->shown)
        g_hash_table_add(applications->shown, exe_key_ref(program->key));
}

static LauncherResult find(const Launcher *launcher, const Entry *entry, Program *ret)
{
    return entry->words != NULL ? launcher_find(launcher, (const char *const *)entry->words, ret)
                                : LAUNCHER_NOT_FOUND;
}

static bool is_known(const Applications *applications, const char *id)
{
    return g_hash_table_size(applications->by_id) >= APPLICATIONS_MAX ||
           g_hash_table_contains(applications->by_id, id);
}

/* An entry without a program stands in the way of one of that id, too. */
static void add(Applications *applications, const Launcher *launcher, const char *id,
                const GString *text)
{
    g_auto(Entry) entry = entry_parse(cursor_of(text->str, text->len));
    g_auto(Program) program = {0};
    LauncherResult result = find(launcher, &entry, &program);
    applications->n_contained += result == LAUNCHER_CONTAINED;
    if (result == LAUNCHER_FOUND)
        add_program(applications, id, &entry, &program);
    else
        g_hash_table_insert(applications->by_id, g_strdup(id), NULL);
}

/* NULL if there is no such directory. */
static GPtrArray *list(const Mounts *mounts, const char *directory)
{
    g_autofree char *straight = follow_links(mounts, directory);
    autofd fd = straight != NULL ? fd_open_foreign_directory(straight, NULL) : -1;
    return fd >= 0 ? fd_list(fd_steal(&fd), APPLICATIONS_MAX) : NULL;
}

static bool is_entry(const char *name)
{
    return g_str_has_suffix(name, SUFFIX);
}

/* prefix: what the id of an entry in a directory below begins with: "kde4-". */
static void scan(Applications *applications, const Launcher *launcher, const char *directory,
                 const char *prefix)
{
    g_autoptr(GPtrArray) names = list(launcher->needs.mounts, directory);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autofree char *id = g_strconcat(prefix, name, NULL);
        if (!is_entry(name) && *prefix == '\0' && strchr(name, '.') == NULL) {
            g_autofree char *below = g_strconcat(name, "-", NULL);
            scan(applications, launcher, path, below);
        }
        if (!is_entry(name) || is_known(applications, id))
            continue;
        g_autoptr(GString) text = follow_read(launcher->needs.mounts, path, ENTRY_LIMIT_BYTES);
        if (text != NULL)
            add(applications, launcher, id, text);
    }
}

void applications_scan(Applications *applications, const Launcher *launcher, const char *directory)
{
    scan(applications, launcher, directory, "");
}

void applications_scan_home(Applications *applications, const Launcher *launcher, const Home *home,
                            const char *directory)
{
    g_autoptr(GPtrArray) names = home_list(home, directory, APPLICATIONS_MAX);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        const char *name = names->pdata[i];
        if (!is_entry(name) || is_known(applications, name))
            continue;
        g_autofree char *path = g_build_filename(directory, name, NULL);
        g_autoptr(GString) text = home_read(home, path, ENTRY_LIMIT_BYTES, HOME_WHOLE);
        if (text != NULL)
            add(applications, launcher, name, text);
    }
}

bool applications_read_home(const Launcher *launcher, const Home *home, const char *path,
                            Program *ret)
{
    g_autoptr(GString) text = home_read(home, path, ENTRY_LIMIT_BYTES, HOME_WHOLE);
    if (text == NULL)
        return false;
    g_auto(Entry) entry = entry_parse(cursor_of(text->str, text->len));
    return find(launcher, &entry, ret) == LAUNCHER_FOUND;
}

const Application *applications_find_id(const Applications *applications, const char *id)
{
    for (; applications != NULL; applications = applications->above) {
        gpointer found = NULL;
        if (g_hash_table_lookup_extended(applications->by_id, id, NULL, &found))
            return found;
    }
    return NULL;
}

const Application *applications_find_command(const Applications *applications, const char *name)
{
    const Application *found = NULL;
    for (; applications != NULL && found == NULL; applications = applications->above)
        found = g_hash_table_lookup(applications->by_command, name);
    return found;
}

GPtrArray *applications_commands(const Applications *applications)
{
    g_autoptr(GHashTable) all = g_hash_table_new(g_str_hash, g_str_equal);
    for (; applications != NULL; applications = applications->above) {
        GHashTableIter iter;
        g_hash_table_iter_init(&iter, applications->by_command);
        for (gpointer name = NULL; g_hash_table_iter_next(&iter, &name, NULL);)
            g_hash_table_add(all, name);
    }
    GPtrArray *commands = g_ptr_array_new();
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, all);
    for (gpointer name = NULL; g_hash_table_iter_next(&iter, &name, NULL);)
        g_ptr_array_add(commands, name);
    return commands;
}

void applications_add_keys(const Applications *applications, GHashTable *keys)
{
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, applications->shown);
    for (gpointer key = NULL; g_hash_table_iter_next(&iter, &key, NULL);)
        g_hash_table_add(keys, exe_key_ref(key));
}

guint applications_contained(const Applications *applications)
{
    return applications->n_contained;
}

static uint64_t mix(uint64_t stamp, int64_t changed)
{
    return (stamp ^ (uint64_t)changed) * UINT64_C(0x100000001b3); /* FNV-1a, by words */
}

uint64_t applications_stamp(const Mounts *mounts, const char *const *directories,
                            const GPtrArray *homes)
{
    uint64_t stamp = UINT64_C(0xcbf29ce484222325);
    for (; *directories != NULL; directories++) {
        struct stat st;
        g_autofree char *straight = follow_links(mounts, *directories);
        bool found = straight != NULL && follow_stat(AT_FDCWD, straight, &st) == 0;
        stamp = mix(stamp, found ? file_id_of(&st).mtime_nsec : 0);
    }
    for (guint i = 0; i < homes->len; i++) {
        for (const char *const *d = applications_home_directories; *d != NULL; d++)
            stamp = mix(stamp, home_changed_sec(homes->pdata[i], *d));
    }
    return stamp;
}
