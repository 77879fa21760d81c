/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/seeds.h"
#include "formats/favourites.h"
#include "formats/history.h"
#include "formats/mimeapps.h"
#include "formats/recent.h"
#include "formats/tallies.h"
#include "observe/follow.h"
#include <math.h>
#include <string.h>

const char *const seeds_chosen[] = {
    "/etc/xdg/mimeapps.list",
    "/usr/local/share/applications/mimeapps.list",
    "/usr/share/applications/gnome-mimeapps.list",
    "/usr/share/applications/kde-mimeapps.list",
    "/usr/share/applications/mimeapps.list",
    "/usr/share/applications/defaults.list",
    NULL,
};
const char *const seeds_capable[] = {
    "/usr/local/share/applications/mimeinfo.cache",
    "/usr/share/applications/mimeinfo.cache",
    NULL,
};

/*
 * What each counts for, in launches before the first. They are guesses, in this order: what was
 * done counts for more than what was chosen, that for more than what is merely installed. What was
 * done often counts by the logarithm, for no count here is one of launches; what was done long ago
 * for half as much each month.
 */
#define COUNTED_MAX 3.0
#define PROFILE_WEIGHT 2.0
#define BROWSER_WEIGHT 2.0
#define BROWSER_CAPABLE_WEIGHT 1.0
#define FAVOURITE_WEIGHT 1.0
#define AUTOSTART_WEIGHT 1.0
#define DEFAULT_WEIGHT 0.5
#define DEFAULT_CAPABLE_WEIGHT 0.25
#define HALF_SEC (30.0 * 24 * 3600)
/* Entries of ~/.config/autostart. */
#define AUTOSTART_MAX 64

typedef struct {
    const SeedRoots *roots;
    const Launcher *launcher;
    const int *cancel;
    Tallies *tallies;
    GPtrArray *chosen; /* Mimeapps of the system */
    GPtrArray *capable;
} Gathering;

/* One person's. */
typedef struct {
    Gathering *gathering;
    const Home *home;
    const Applications *applications;
} Person;

static bool count_application(const Person *person, const Application *application, Source source,
                              double weight)
{
    if (application == NULL)
        return false;
    tallies_count(person->gathering->tallies, application->key, &application->id, source, weight);
    return true;
}

/* What a number of uses counts for that ended so long ago. */
static double faded(double weight, int64_t used_sec, int64_t now_sec)
{
    double age_sec = (double)MAX(now_sec - used_sec, 0);
    return weight * exp2(-age_sec / HALF_SEC);
}

static double counted(double n)
{
    return MIN(log2(1 + n), COUNTED_MAX);
}

/* By the name of the command, or by the id that is named as it. */
static const Application *find_command(const Person *person, const char *word)
{
    g_autofree char *name = g_path_get_basename(word);
    const Application *found = applications_find_command(person->applications, name);
    g_autofree char *id = g_strconcat(name, ".desktop", NULL);
    return found != NULL ? found : applications_find_id(person->applications, id);
}

static void gather_recent(const Person *person)
{
    g_autoptr(GString) text =
        home_read(person->home, ".local/share/recently-used.xbel", RECENT_LIMIT_BYTES, HOME_WHOLE);
    if (text == NULL)
        return;
    g_autoptr(GArray) used = recent_parse(cursor_of(text->str, text->len));
    for (guint i = 0; i < used->len; i++) {
        const RecentApplication *recent = &g_array_index(used, RecentApplication, i);
        double weight =
            faded(counted(recent->count), recent->used_sec, person->gathering->roots->now_sec);
        (void)count_application(person, find_command(person, recent->program), SOURCE_RECENT,
                                weight); /* what is not installed any more is nobody's */
    }
}

static void count_favourites(const Person *person, const GPtrArray *ids)
{
    for (guint i = 0; i < ids->len; i++)
        (void)count_application(person, applications_find_id(person->applications, ids->pdata[i]),
                                SOURCE_FAVOURITE, FAVOURITE_WEIGHT); /* as above */
}

static void gather_favourites(const Person *person)
{
    static const struct {
        const char *path;
        GPtrArray *(*parse)(Cursor text);
    } keepers[] = {
        {".config/dconf/user", favourites_of_dconf},
        {".config/plasma-org.kde.plasma.desktop-appletsrc", favourites_of_plasma},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(keepers); i++) {
        g_autoptr(GString) text =
            home_read(person->home, keepers[i].path, FAVOURITES_LIMIT_BYTES, HOME_WHOLE);
        if (text == NULL)
            continue;
        g_autoptr(GPtrArray) ids = keepers[i].parse(cursor_of(text->str, text->len));
        count_favourites(person, ids);
    }
}

static void gather_autostart(const Person *person)
{
    static const char directory[] = ".config/autostart";
    g_autoptr(GPtrArray) names = home_list(person->home, directory, AUTOSTART_MAX);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        g_autofree char *path = g_build_filename(directory, names->pdata[i], NULL);
        g_auto(Program) program = {0};
        if (applications_read_home(person->gathering->launcher, person->home, path, &program))
            tallies_count(person->gathering->tallies, program.key, &program.id, SOURCE_AUTOSTART,
                          AUTOSTART_WEIGHT);
    }
}

static GHashTable *names_to_count(const Person *person)
{
    GHashTable *counts = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autoptr(GPtrArray) commands = applications_commands(person->applications);
    for (guint i = 0; i < commands->len; i++)
        g_hash_table_insert(counts, g_strdup(commands->pdata[i]), GUINT_TO_POINTER(0));
    return counts;
}

static void gather_history(const Person *person)
{
    static const struct {
        const char *path;
        HistoryKind kind;
    } shells[] = {
        {".bash_history", HISTORY_PLAIN},
        {".zsh_history", HISTORY_PLAIN},
        {".local/share/fish/fish_history", HISTORY_FISH},
    };
    g_autoptr(GHashTable) counts = names_to_count(person);
    for (gsize i = 0; i < G_N_ELEMENTS(shells); i++) {
        g_autoptr(GString) text =
            home_read(person->home, shells[i].path, HISTORY_LIMIT_BYTES, HOME_TAIL);
        if (text != NULL)
            history_count(shells[i].kind, cursor_of(text->str, text->len), counts);
    }
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, counts);
    for (gpointer name = NULL, n = NULL; g_hash_table_iter_next(&iter, &name, &n);) {
        if (GPOINTER_TO_UINT(n) > 0)
            (void)count_application(person, find_command(person, name), SOURCE_HISTORY,
                                    counted(GPOINTER_TO_UINT(n)));
    }
}

/* Where browsers, and a mailer of their kind, keep what is theirs, and what starts them. */
static const struct {
    const char *directory;
    const char *commands[4];
} profiles[] = {
    {".mozilla/firefox", {"firefox", "firefox-esr", NULL}},
    {".config/mozilla/firefox", {"firefox", "firefox-esr", NULL}},
    {".config/chromium", {"chromium", "chromium-browser", NULL}},
    {".config/google-chrome", {"google-chrome-stable", "google-chrome", NULL}},
    {".config/BraveSoftware/Brave-Browser", {"brave-browser-stable", "brave-browser", "brave"}},
    {".config/microsoft-edge", {"microsoft-edge-stable", "microsoft-edge", NULL}},
    {".config/vivaldi", {"vivaldi-stable", "vivaldi", NULL}},
    {".config/opera", {"opera", NULL}},
    {".librewolf", {"librewolf", NULL}},
    {".local/share/epiphany", {"epiphany", "epiphany-browser", NULL}},
    {".local/share/falkon", {"falkon", NULL}},
    {".thunderbird", {"thunderbird", NULL}},
};

static void count_profile(const Person *person, const char *const *commands, double weight)
{
    for (; *commands != NULL; commands++) {
        const char *const words[] = {*commands, NULL};
        g_auto(Program) program = {0};
        if (count_application(person, applications_find_command(person->applications, *commands),
                              SOURCE_PROFILE, weight))
            return;
        if (launcher_find(person->gathering->launcher, words, &program) == LAUNCHER_FOUND) {
            tallies_count(person->gathering->tallies, program.key, &program.id, SOURCE_PROFILE,
                          weight);
            return;
        }
    }
}

static void gather_profiles(const Person *person)
{
    for (gsize i = 0; i < G_N_ELEMENTS(profiles); i++) {
        int64_t used_sec = home_changed_sec(person->home, profiles[i].directory);
        double weight = faded(PROFILE_WEIGHT, used_sec, person->gathering->roots->now_sec);
        if (used_sec > 0 && weight >= TALLIES_WEIGHT_MIN)
            count_profile(person, profiles[i].commands, weight);
    }
}

/* What people open most; the web counts for more. */
static const struct {
    const char *type;
    Source source;
} defaults[] = {
    {"x-scheme-handler/http", SOURCE_BROWSER},
    {"x-scheme-handler/mailto", SOURCE_DEFAULT},
    {"inode/directory", SOURCE_DEFAULT},
    {"text/plain", SOURCE_DEFAULT},
    {"application/pdf", SOURCE_DEFAULT},
    {"image/png", SOURCE_DEFAULT},
    {"video/mp4", SOURCE_DEFAULT},
    {"audio/mpeg", SOURCE_DEFAULT},
};

/* The first of them that is installed. */
static const Application *find_default(const Person *person, const GPtrArray *lists,
                                       const char *type)
{
    for (guint i = 0; i < lists->len; i++) {
        g_auto(GStrv) ids = mimeapps_find(lists->pdata[i], type);
        for (char **id = ids; id != NULL && *id != NULL; id++) {
            const Application *found = applications_find_id(person->applications, *id);
            if (found != NULL)
                return found;
        }
    }
    return NULL;
}

static void gather_default(const Person *person, const GPtrArray *own, gsize which)
{
    const char *type = defaults[which].type;
    Source source = defaults[which].source;
    bool is_browser = source == SOURCE_BROWSER;
    const Application *chosen = find_default(person, own, type);
    if (chosen == NULL)
        chosen = find_default(person, person->gathering->chosen, type);
    if (count_application(person, chosen, source, is_browser ? BROWSER_WEIGHT : DEFAULT_WEIGHT))
        return;
    (void)count_application(person, find_default(person, person->gathering->capable, type), source,
                            is_browser ? BROWSER_CAPABLE_WEIGHT
                                       : DEFAULT_CAPABLE_WEIGHT); /* there may be none */
}

static GPtrArray *lists_new(void)
{
    return g_ptr_array_new_with_free_func((GDestroyNotify)mimeapps_free);
}

static void add_list(GPtrArray *lists, MimeappsKind kind, const GString *text)
{
    Mimeapps *list = text != NULL ? mimeapps_parse(kind, cursor_of(text->str, text->len)) : NULL;
    if (list != NULL)
        g_ptr_array_add(lists, list);
}

static void gather_defaults(const Person *person)
{
    static const char *const own_paths[] = {".config/mimeapps.list",
                                            ".local/share/applications/mimeapps.list"};
    g_autoptr(GPtrArray) own = lists_new();
    for (gsize i = 0; i < G_N_ELEMENTS(own_paths); i++) {
        g_autoptr(GString) text =
            home_read(person->home, own_paths[i], MIMEAPPS_LIMIT_BYTES, HOME_WHOLE);
        add_list(own, MIMEAPPS_CHOSEN, text);
    }
    for (gsize i = 0; i < G_N_ELEMENTS(defaults); i++)
        gather_default(person, own, i);
}

static void gather_home(Gathering *gathering, const Home *home)
{
    static void (*const gather[])(const Person *person) = {
        gather_recent,  gather_favourites, gather_autostart,
        gather_history, gather_profiles,   gather_defaults,
    };
    g_autoptr(Applications) own = applications_new(gathering->roots->applications);
    for (const char *const *d = applications_home_directories; *d != NULL; d++)
        applications_scan_home(own, gathering->launcher, home, *d);
    const Person person = {gathering, home, own};
    for (gsize i = 0; i < G_N_ELEMENTS(gather) && !g_atomic_int_get(gathering->cancel); i++)
        gather[i](&person);
}

static GPtrArray *read_lists(const Mounts *mounts, MimeappsKind kind, const char *const *paths)
{
    GPtrArray *lists = lists_new();
    for (; *paths != NULL; paths++) {
        g_autoptr(GString) text = follow_read(mounts, *paths, MIMEAPPS_LIMIT_BYTES);
        add_list(lists, kind, text);
    }
    return lists;
}

/* An interpreter's script is one of the files. */
static void add_script(const Mounts *mounts, Seed *seed)
{
    struct stat st;
    const char *script = seed->key->script;
    g_autofree char *path =
        script != NULL && script[0] == '/' ? follow_file(mounts, script, &st) : NULL;
    if (path == NULL)
        return;
    SeedFile file = {g_ref_string_new(path), file_id_of(&st), BLOCK_SET_NULL};
    (void)block_set_add_bytes(&file.blocks, 0, MIN((uint64_t)st.st_size, NEEDS_LIBRARY_MAX_BYTES));
    g_array_append_val(seed->files, file);
}

GPtrArray *seeds_find(const SeedRoots *roots, const Launcher *launcher, const int *cancel)
{
    const Mounts *mounts = launcher->needs.mounts;
    g_autoptr(Tallies) tallies = tallies_new();
    g_autoptr(GPtrArray) chosen = read_lists(mounts, MIMEAPPS_CHOSEN, roots->chosen);
    g_autoptr(GPtrArray) capable = read_lists(mounts, MIMEAPPS_CAPABLE, roots->capable);
    Gathering gathering = {roots, launcher, cancel, tallies, chosen, capable};
    for (guint i = 0; i < roots->homes->len; i++)
        gather_home(&gathering, roots->homes->pdata[i]);
    GPtrArray *seeds = tallies_seeds(tallies, SEEDS_MAX);
    for (guint i = 0; i < seeds->len && !g_atomic_int_get(cancel); i++) {
        Seed *seed = seeds->pdata[i];
        g_array_unref(seed->files);
        seed->files = needs_find(&launcher->needs, seed->key->path, &seed->mapped_bytes);
        add_script(mounts, seed);
    }
    return seeds;
}
