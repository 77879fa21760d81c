/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/keys.h"
#include "config/config.h"
#include <glib.h>
#include <string.h>

#define KEY_OF(group, member, key, type) group, key, NULL, type, offsetof(Config, member)

/*
 * Of a home directory only what is hidden counts, as that is configuration, caches and programs;
 * and of that not what is secret, and not what has names that tell of documents, mail and visited
 * sites.
 */
#define HOME_LEFT_OUT(home)                                                                        \
    "!" home "/.ssh;!" home "/.gnupg;!" home "/.password-store;!" home "/.pki;!" home              \
    "/.local/share/keyrings;!" home "/.local/share/kwalletd;!" home "/.local/share/Trash;!" home   \
    "/.cache/thumbnails;!" home "/.thumbnails;!" home "/.mozilla/firefox/*/storage/;!" home        \
    "/.config/*/*/IndexedDB/;!" home "/.thunderbird/*/*Mail/;!" home "/.var/app/*/data/;!" home    \
    "/.var/app/*/.mozilla/firefox/*/storage/;!" home "/.var/app/*/config/*/*/IndexedDB/;!" home    \
    "/.var/app/*/.thunderbird/*/*Mail/;"
#define HOMES_LEFT_OUT HOME_LEFT_OUT("/home/*") HOME_LEFT_OUT("/var/home/*") HOME_LEFT_OUT("/root")

/* Of all users, and of one (flatpak(1), --user); fileprefix has the latter among what is hidden. */
#define FLATPAKS                                                                                   \
    "/var/lib/flatpak/;/home/*/.local/share/flatpak/;/var/home/*/.local/share/flatpak/;"

/*
 * A cycle longer than a day would be no cycle. autosave has the range of preload 0.6.4: a huge
 * number is how its users turned saving off. A trillion bytes are more than any process maps for
 * real. More directories than a million are more than fs.inotify.max_user_watches allows at its
 * largest default.
 */
const ConfigKey config_keys[] = {
    {KEY_OF("model", cycle_sec, "cycle", KEY_U32), "20", 1, 86400, "seconds",
     "time between two looks at what runs, each followed by a prediction"},
    {KEY_OF("model", usecorrelation, "usecorrelation", KEY_BOOL), "true", 0, 0, "",
     "whether programs vote for one another by how much their use is correlated"},
    {KEY_OF("model", minsize_bytes, "minsize", KEY_U64), "2000000", 0, 1000000000000, "bytes",
     "a program that maps less than this is not tracked"},
    {KEY_OF("model", memtotal_percent, "memtotal", KEY_PERCENT), "-10", -100, 100, "percent",
     "share of all memory to read ahead into"},
    {KEY_OF("model", memfree_percent, "memfree", KEY_PERCENT), "50", -100, 100, "percent",
     "share of available memory to read ahead into"},
    {KEY_OF("model", memcached_percent, "memcached", KEY_PERCENT), "0", -100, 100, "percent",
     "share of the page cache to read ahead into"},
    {KEY_OF("model", minchance_percent, "minchance", KEY_U32), "1", 0, 100, "percent",
     "a program less likely to be started next, or within ten minutes, is not read ahead"},
    {KEY_OF("model", launchbase_percent, "launchbase", KEY_U32), "100", 0, 10000, "percent",
     "what a launch weighs, before all that follows"},
    {"model", "launchdivisor", "weight_duration_divisor", KEY_U32,
     offsetof(Config, launchdivisor_sec), "60", 1, 86400, "seconds",
     "a launch weighs ln(1 + its duration / this)"},
    {"model", "userfactor", "weight_user_multiplier_x100", KEY_U32,
     offsetof(Config, userfactor_percent), "200", 0, 10000, "percent",
     "by what the weight of the user's launches is multiplied"},
    {KEY_OF("model", automatedfactor_percent, "automatedfactor", KEY_U32), "100", 0, 10000,
     "percent", "the same for all other launches"},
    {KEY_OF("model", shortpenalty_percent, "shortpenalty", KEY_U32), "30", 0, 100, "percent",
     "the same for launches that end soon"},
    {KEY_OF("model", shortlived_sec, "shortlived", KEY_U32), "5", 0, 86400, "seconds",
     "how soon that is"},
    {KEY_OF("model", observationshare_percent, "observationshare", KEY_U32), "25", 0, 100,
     "percent", "share of the budget for programs that are not the user's applications"},
    {KEY_OF("system", doscan, "doscan", KEY_BOOL), "true", 0, 0, "",
     "whether to look at what runs and learn from it"},
    {KEY_OF("system", learn, "learn", KEY_BOOL), "true", 0, 0, "",
     "whether to learn which pages and files a launch needs, and not only what it maps"},
    {KEY_OF("system", dopredict, "dopredict", KEY_BOOL), "true", 0, 0, "",
     "whether to predict and read ahead"},
    {KEY_OF("system", assist, "assist", KEY_BOOL), "true", 0, 0, "",
     "whether to read ahead what a program is known to need at the moment that it starts"},
    {KEY_OF("system", seed, "seed", KEY_BOOL), "true", 0, 0, "",
     "whether a first run is prepared with the programs that people here are known to use"},
    {KEY_OF("system", autosave_sec, "autosave", KEY_U32), "3600", 1, INT32_MAX, "seconds",
     "time between two saves of the state"},
    {KEY_OF("system", mapprefix, "mapprefix", KEY_PREFIXES),
     "/usr/;/lib;/var/cache/;/opt/;/nix/store/;/gnu/store/;/snap/;" FLATPAKS "!/", 0, 0, "",
     "which mapped files may be read ahead; the first item that fits decides, '!' rejects"},
    {KEY_OF("system", exeprefix, "exeprefix", KEY_PREFIXES),
     "!/usr/sbin/;!/usr/local/sbin/;/usr/;/opt/;/nix/store/;/gnu/store/;/snap/;" FLATPAKS "!/", 0,
     0, "", "which programs may be tracked; the first item that fits decides, '!' rejects"},
    {KEY_OF("system", fileprefix, "fileprefix", KEY_PREFIXES),
     "!/etc/shadow;!/etc/gshadow;!/etc/ssh/ssh_host;!/etc/ssl/private;" HOMES_LEFT_OUT
     "/usr/;/lib;/bin/;/sbin/;/etc/;/opt/;/var/cache/;/nix/store/;/gnu/store/;/snap/;"
     "/var/lib/flatpak/;/home/*/.;/var/home/*/.;/root/.;!/",
     0, 0, "",
     "which files that programs read, and directories that they list, may be recorded and read "
     "ahead; the first item that fits decides, '!' rejects"},
    {KEY_OF("system", interpreters, "interpreters", KEY_GLOBS),
     "python*;pypy*;perl*;ruby*;node;nodejs;java;bash;sh;dash;zsh;ksh*;mksh;fish;lua*;php*;guile*;"
     "tclsh*;wish*;mono;gjs*;Rscript;deno;bun",
     0, 0, "", "names of programs that are told apart by the script that they run"},
    {"system", "appprefix", "user_app_paths", KEY_PREFIXES, offsetof(Config, appprefix),
     "/opt/;/snap/;" FLATPAKS "!/", 0, 0, "",
     "where the user's applications are; the first item that fits decides, '!' rejects"},
    {KEY_OF("system", promote, "promote", KEY_PATTERNS), "", 0, 0, "",
     "programs that count as the user's applications, whatever is observed"},
    {KEY_OF("system", ignore, "ignore", KEY_PATTERNS), "", 0, 0, "",
     "programs that are neither learnt nor read ahead"},
    {"system", "maxprocs", "processes threads_count", KEY_U32, offsetof(Config, maxprocs), "30", 0,
     1024, "", "how many threads may read at once; 0 for one after the other"},
    {"system", "bandwidth", "bandwidth_rate", KEY_U64, offsetof(Config, bandwidth_bytes), "0", 0,
     INT64_MAX, "bytes a second",
     "how much may be read ahead of what is predicted; what others read is taken from it; 0: no "
     "limit"},
    {KEY_OF("system", yield, "yield", KEY_BOOL), "true", 0, 0, "",
     "whether reading ahead waits until nobody else uses the disk"},
    {"system", "mergingsize", "merging_size", KEY_U64, offsetof(Config, mergingsize_bytes),
     "1048576", 0, 1073741824, "bytes",
     "most that is asked for at once; gaps of a 128th of it, a fourth on disks with a head, are "
     "read over"},
    {KEY_OF("system", sortstrategy, "sortstrategy", KEY_SORT), "auto", 0, 0, "",
     "order of reading: 0 or none, 1 or path, 2 or inode, 3 or block, auto"},
    {KEY_OF("system", rotational, "rotational", KEY_HEAD), "auto", 0, 0, "",
     "whether disks have a moving head: auto, yes or no"},
    {KEY_OF("system", maxwatches, "maxwatches", KEY_U32), "4096", 0, 1048576, "directories",
     "how many directories may be watched for changed files"},
    {KEY_OF("system", sessionwindow_sec, "sessionwindow", KEY_U32), "180", 0, 3600, "seconds",
     "how long after a boot or a login the programs that a session begins with are read ahead; 0 "
     "for no such time"},
    {KEY_OF("system", sessiontop, "sessiontop", KEY_U32), "5", 0, 100, "programs",
     "how many programs that are; 0 for those only that are at any time"},
    {KEY_OF("system", sessionmemory_percent, "sessionmemory", KEY_U32), "20", 0, 100, "percent",
     "share of all memory that must be available for that"},
    {KEY_OF("system", sessionapart_sec, "sessionapart", KEY_U32), "600", 0, 86400, "seconds",
     "how far apart two logins are that begin a session each"},
    {KEY_OF("system", busypressure_percent, "busypressure", KEY_U32), "20", 0, 101, "percent",
     "share of time that tasks wait (PSI) from which on a machine that starts is left alone; 101 "
     "for never"},
    {KEY_OF("system", busyload_percent, "busyload", KEY_U32), "100", 0, 100000, "percent",
     "the same by the load of a processor, where the kernel does not tell PSI"},
    {KEY_OF("system", onbattery, "onbattery", KEY_BATTERY), "reduced", 0, 0, "",
     "what is read ahead for predicted programs on battery: full, reduced or paused"},
    {KEY_OF("system", pinlimit_percent, "pinlimit", KEY_U32), "5", 0, 50, "percent",
     "share of all memory that may be locked for what is pinned; 0: nothing is"},
    {KEY_OF("system", pinlists, "pinlists", KEY_PREFIXES), "/etc/preload/pins.d/", 0, 0, "",
     "directories with lists, NAME.list, of files and programs that are pinned"},
    {KEY_OF("system", pinshared, "pinshared", KEY_U32), "0", 0, 100, "files",
     "how many of the files that most programs need are pinned as well"},
};
const size_t config_n_keys = G_N_ELEMENTS(config_keys);

static bool same(const char *a, const char *b)
{
    return a != NULL && b != NULL && strcmp(a, b) == 0;
}

static bool is_among(const char *names, const char *name)
{
    if (names == NULL || name == NULL)
        return false;
    g_auto(GStrv) all = g_strsplit(names, " ", -1);
    return g_strv_contains((const char *const *)all, name);
}

static bool goes_by(const ConfigKey *key, const char *name)
{
    return same(key->name, name) || is_among(key->aliases, name);
}

const ConfigKey *config_key_find(const char *group, const char *name)
{
    for (size_t i = 0; i < config_n_keys; i++) {
        if (same(config_keys[i].group, group) && goes_by(&config_keys[i], name))
            return &config_keys[i];
    }
    return NULL;
}

bool config_group_known(const char *group)
{
    for (size_t i = 0; i < config_n_keys; i++) {
        if (same(config_keys[i].group, group))
            return true;
    }
    return false;
}

/* Longer than any name of ours may be mistyped: a hostile name of a megabyte costs nothing. */
enum { NAME_MAX_CHARS = 32 };

/* One row of the table of distances between the first characters of a and b (optimal alignment). */
static void distance_row(const char *a, const char *b, size_t i, size_t row[][NAME_MAX_CHARS + 1])
{
    row[i][0] = i;
    for (size_t j = 1; j <= strlen(b); j++) {
        size_t replaced = row[i - 1][j - 1] + (a[i - 1] != b[j - 1] ? 1 : 0);
        size_t best = MIN(replaced, 1 + MIN(row[i - 1][j], row[i][j - 1]));
        if (i > 1 && j > 1 && a[i - 1] == b[j - 2] && a[i - 2] == b[j - 1])
            best = MIN(best, row[i - 2][j - 2] + 1);
        row[i][j] = best;
    }
}

size_t config_edit_distance(const char *a, const char *b)
{
    size_t a_length = strlen(a);
    size_t b_length = strlen(b);
    if (a_length > NAME_MAX_CHARS || b_length > NAME_MAX_CHARS)
        return MAX(a_length, b_length);
    size_t row[NAME_MAX_CHARS + 1][NAME_MAX_CHARS + 1];
    for (size_t j = 0; j <= b_length; j++)
        row[0][j] = j;
    for (size_t i = 1; i <= a_length; i++)
        distance_row(a, b, i, row);
    return row[a_length][b_length];
}

/* The nearest so far. */
typedef struct {
    char *name; /* owned; NULL: none is near */
    size_t distance;
} Nearest;

/* A candidate is near if at most a third of it is wrong. */
static void consider(const char *name, const char *candidate, Nearest *nearest)
{
    g_autofree char *lower = g_strstrip(g_ascii_strdown(name, -1));
    size_t d = config_edit_distance(lower, candidate);
    if (d < nearest->distance && d <= strlen(candidate) / 3) {
        g_free(nearest->name);
        *nearest = (Nearest){g_strdup(candidate), d};
    }
}

static void consider_key(const char *name, const ConfigKey *key, Nearest *nearest)
{
    g_auto(GStrv) aliases = g_strsplit(key->aliases != NULL ? key->aliases : "", " ", -1);
    consider(name, key->name, nearest);
    for (char **alias = aliases; *alias != NULL; alias++)
        consider(name, *alias, nearest);
}

static char *nearest_key(const char *group, const char *name)
{
    Nearest nearest = {NULL, SIZE_MAX};
    for (size_t i = 0; i < config_n_keys; i++)
        if (same(config_keys[i].group, group))
            consider_key(name, &config_keys[i], &nearest);
    return nearest.name;
}

static const char *other_group_of(const char *name)
{
    for (size_t i = 0; i < config_n_keys; i++) {
        if (goes_by(&config_keys[i], name))
            return config_keys[i].group;
    }
    return NULL;
}

char *config_key_hint(const char *group, const char *name)
{
    const char *other = other_group_of(name);
    if (other != NULL)
        return g_strdup_printf("it belongs into [%s]", other);
    g_autofree char *near = nearest_key(group, name);
    if (near != NULL)
        return g_strdup_printf("did you mean %s?", near);
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, "known keys of [%s]:", group);
    for (size_t i = 0; i < config_n_keys; i++) {
        if (same(config_keys[i].group, group))
            g_string_append_printf(out, " %s", config_keys[i].name);
    }
    return g_string_free(out, FALSE);
}

char *config_group_hint(const char *group)
{
    Nearest nearest = {NULL, SIZE_MAX};
    for (size_t i = 0; i < config_n_keys; i++)
        consider(group, config_keys[i].group, &nearest);
    g_autofree char *near = nearest.name;
    if (near != NULL)
        return g_strdup_printf("did you mean [%s]?", near);
    return g_strdup("known groups: [model] [system]");
}
