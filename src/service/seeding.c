/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/seeding.h"
#include "base/fd.h"
#include "formats/seeds.h"
#include "observe/follow.h"
#include "service/lean.h"

/* How often it is asked whether applications came or left: a few stat(2). */
#define LOOK_SEC 600
/* While a machine starts its disk has better things to do. */
#define BOOT_SEC 180
#define MOUNTINFO_LIMIT_BYTES ((size_t)16 << 20)

const SeedingPlaces seeding_system = {
    .mountinfo_path = "/proc/self/mountinfo",
    .ldcache_path = "/etc/ld.so.cache",
    .application_directories = applications_directories,
    .commands = launcher_directories,
    .libraries = needs_directories,
    .chosen = seeds_chosen,
    .capable = seeds_capable,
    .homes = homes_of_people,
};

typedef struct Seeding {
    const SeedingPlaces *places;
    Worker *worker;
    GHashTable *applications; /* set of ExeKey; NULL: not known yet */
    uint64_t stamp;           /* of the directories that these are of; the worker's */
    guint source;
    bool anew; /* the rules changed: all is looked at again */
} Seeding;

/* What the worker gets and gives. */
typedef struct {
    Daemon *daemon;
    Seeding *seeding;
    PrefixList *exeprefix;
    Interpreters *interpreters;
    int64_t now_sec;
    bool seeds; /* a first run: they are wanted */
    bool anew;
    GHashTable *applications; /* NULL: as before */
    guint n_contained;
    guint n_homes;
    GPtrArray *found; /* Seed; NULL: none were wanted, or it was stopped */
} Look;

static Mounts *read_mounts(const char *path)
{
    g_autoptr(GString) text = fd_read_file(AT_FDCWD, path, MOUNTINFO_LIMIT_BYTES);
    return text != NULL ? mounts_parse(cursor_of(text->str, text->len)) : NULL;
}

static LdCache *read_ldcache(const Mounts *mounts, const char *path)
{
    g_autoptr(GString) text = follow_read(mounts, path, LDCACHE_LIMIT_BYTES);
    return text != NULL ? ldcache_parse(cursor_of(text->str, text->len)) : NULL;
}

/* Those of the system and of all people. */
static void find_applications(Look *look, const Applications *system, const Launcher *launcher,
                              const GPtrArray *homes)
{
    look->applications = g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, NULL);
    look->n_contained = applications_contained(system);
    applications_add_keys(system, look->applications);
    for (guint i = 0; i < homes->len; i++) {
        g_autoptr(Applications) own = applications_new(system);
        for (const char *const *d = applications_home_directories; *d != NULL; d++)
            applications_scan_home(own, launcher, homes->pdata[i], *d);
        applications_add_keys(own, look->applications);
        look->n_contained += applications_contained(own);
    }
}

static void look_further(Look *look, const Launcher *launcher, const GPtrArray *homes)
{
    const SeedingPlaces *places = look->seeding->places;
    g_autoptr(Applications) system = applications_new(NULL);
    for (const char *const *d = places->application_directories;
         *d != NULL && !g_atomic_int_get(&look->daemon->cancel); d++)
        applications_scan(system, launcher, *d);
    find_applications(look, system, launcher, homes);
    if (!look->seeds)
        return;
    const SeedRoots roots = {system, places->chosen, places->capable, homes, look->now_sec};
    g_autoptr(GPtrArray) found = seeds_find(&roots, launcher, &look->daemon->cancel);
    if (!g_atomic_int_get(&look->daemon->cancel))
        look->found = g_steal_pointer(&found);
}

static void look_run(gpointer job)
{
    Look *look = job;
    const SeedingPlaces *places = look->seeding->places;
    g_autoptr(Mounts) mounts = read_mounts(places->mountinfo_path);
    if (mounts == NULL)
        return;
    g_autoptr(GPtrArray) homes = places->homes(mounts);
    look->n_homes = homes->len;
    uint64_t stamp = applications_stamp(mounts, places->application_directories, homes);
    if (stamp == look->seeding->stamp && !look->seeds && !look->anew)
        return;
    look->seeding->stamp = stamp;
    g_autoptr(LdCache) cache = read_ldcache(mounts, places->ldcache_path);
    const Launcher launcher = {.directories = places->commands,
                               .interpreters = look->interpreters,
                               .exeprefix = look->exeprefix,
                               .needs = {mounts, cache, places->libraries}};
    look_further(look, &launcher, homes);
}

static void plant(Daemon *daemon, const Look *look)
{
    if (look->found == NULL || daemon->model->seeded)
        return;
    uint32_t n_planted = model_plant(daemon->model, look->found);
    g_autofree char *contained =
        look->n_contained > 0
            ? g_strdup_printf("; applications in containers, which are left out: %u",
                              look->n_contained)
            : g_strdup("");
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_SEEDED,
              "a first run: seeded with %u program%s, by what is known of %u home director%s%s",
              n_planted, n_planted == 1 ? "" : "s", look->n_homes, look->n_homes == 1 ? "y" : "ies",
              contained);
}

static void look_now(Daemon *daemon);

static void look_done(gpointer job)
{
    Look *look = job;
    Daemon *daemon = look->daemon;
    if (look->applications != NULL) {
        g_clear_pointer(&look->seeding->applications, g_hash_table_unref);
        look->seeding->applications = g_steal_pointer(&look->applications);
        lean_give_back(); /* hundreds of small files were taken apart */
    }
    plant(daemon, look);
    seeding_mark(daemon);
    if (look->seeding->anew && !g_atomic_int_get(&daemon->cancel))
        look_now(daemon);
    g_clear_pointer(&look->found, g_ptr_array_unref);
    prefix_list_unref(look->exeprefix);
    interpreters_unref(look->interpreters);
    g_free(look);
}

static void look_now(Daemon *daemon)
{
    Seeding *seeding = daemon->seeding;
    const Config *config = daemon->config;
    if (worker_busy(seeding->worker))
        return;
    Look *job = g_new0(Look, 1);
    job->daemon = daemon;
    job->seeding = seeding;
    job->exeprefix = prefix_list_new((const char *const *)config->exeprefix);
    job->interpreters = interpreters_new((const char *const *)config->interpreters);
    job->now_sec = clock_unix_sec(daemon->clock);
    job->seeds = config->seed && config->doscan && !daemon->model->seeded;
    job->anew = seeding->anew;
    seeding->anew = false;
    worker_push(seeding->worker, look_run, look_done, job);
}

static gboolean look_again(gpointer data)
{
    Daemon *daemon = data;
    look_now(daemon);
    daemon->seeding->source = g_timeout_add_seconds(LOOK_SEC, look_again, daemon);
    return G_SOURCE_REMOVE;
}

void seeding_start(Daemon *daemon, const SeedingPlaces *places)
{
    Seeding *seeding = g_new0(Seeding, 1);
    seeding->places = places;
    seeding->worker = worker_new("seeder", NULL, daemon_idle, daemon);
    daemon->seeding = seeding;
    uint64_t up_sec = clock_awake_usec(daemon->clock) / G_USEC_PER_SEC;
    bool first = daemon->config->seed && !daemon->model->seeded;
    if (first || up_sec >= BOOT_SEC)
        (void)look_again(daemon);
    else
        seeding->source = g_timeout_add_seconds((guint)(BOOT_SEC - up_sec), look_again, daemon);
}

void seeding_reconfigure(Daemon *daemon)
{
    daemon->seeding->anew = true;
    look_now(daemon);
}

void seeding_mark(Daemon *daemon)
{
    GHashTable *applications = daemon->seeding != NULL ? daemon->seeding->applications : NULL;
    if (applications == NULL)
        return;
    for (guint i = 0; i < daemon->model->exes->len; i++) {
        Exe *exe = daemon->model->exes->pdata[i];
        exe->application = g_hash_table_contains(applications, exe->key);
    }
}

void seeding_stop(Daemon *daemon)
{
    Seeding *seeding = daemon->seeding;
    if (seeding == NULL)
        return;
    if (seeding->source != 0)
        g_source_remove(seeding->source);
    seeding->source = 0;
    g_clear_pointer(&seeding->worker, worker_free);
    g_clear_pointer(&seeding->applications, g_hash_table_unref);
    g_free(seeding);
    daemon->seeding = NULL;
}
