/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * A year of a busy machine in virtual time: what the main loop knows must not grow with the time
 * that it runs.
 *
 *   year [DAYS [SEED]]     365 days if none are said
 *
 * Somebody logs in each working day and launches programs by habit; a new program is built and run
 * a few times each hour under a name that never comes back; packages are upgraded weekly and some
 * are removed; the clock on the wall jumps, forwards and back; each night the state is saved, and
 * the machine boots anew from it each Monday. At the end of each month: memory in use, descriptors,
 * and the size of the state. The last three months are held against the three in the middle; 1 if
 * any of it grew by more than a tenth.
 */
#include "model/image.h"
#include "model/state.h"
#include "predict/prophet.h"
#include <dirent.h>
#include <glib.h>
#include <malloc.h>
#include <stdio.h>
#include <stdlib.h>

enum {
    PROGRAMS = 300,
    FILES_EACH = 40,
    LIBRARIES = 800,
    LAUNCHES_A_DAY = 150,
    ONCE_A_DAY = 20, /* programs that never come back */
    CYCLES_A_LAUNCH = 4,
    DAYS_A_MONTH = 30,
    DAY_SEC = 86400,
};

typedef struct {
    uint64_t heap_bytes;
    uint64_t state_bytes;
    uint32_t n_fds;
} Month;

typedef struct {
    Model *model;
    Prophet *prophet;
    GRand *rand;
    GPtrArray *running; /* ExeKey */
    GArray *months;     /* Month */
    uint64_t versions[PROGRAMS];
    uint64_t n_launches;
    uint64_t state_bytes;
} Year;

static Model *new_model(void)
{
    ModelRules rules = {
        .minsize_bytes = 1, .exeprefix = prefix_list_new(NULL), .mapprefix = prefix_list_new(NULL)};
    Model *model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    return model;
}

static const ProphetRules prophet_rules = {
    .horizon_sec = 30, .usecorrelation = true, .experts = EXPERTS_ALL, .least = 0.01};

static FileId identity(uint64_t inode, uint64_t version)
{
    return (FileId){.dev = 1, .ino = inode, .size_bytes = 1 << 20, .mtime_nsec = (int64_t)version};
}

/* What a launch touched of one of its files; most of it is the same each time. */
static void sight_file(Year *year, Sighting *sighting, guint program, guint place)
{
    guint library = (program * 7 + place * place) % LIBRARIES;
    g_autofree char *path = g_strdup_printf("/usr/lib/library-%u.so", library);
    SightedFile file = {
        .path = g_ref_string_new(path), .id = identity(1000 + library, 0), .rank = (uint16_t)place};
    for (uint32_t first = 0; first < 16; first += 2)
        if (first < 10 || g_rand_boolean(year->rand))
            touch_set_add_run(&file.touched, (TouchRun){first, 1, 1, (uint8_t)(place % 16)});
    g_array_append_val(sighting->files, file);
}

static Sighting *sight(Year *year, ExeKey *key, guint program, uint64_t version)
{
    Sighting *sighting = g_new0(Sighting, 1);
    sighting->key = exe_key_ref(key);
    sighting->id = identity(100000 + program, version);
    sighting->mapped_bytes = 1 << 22;
    sighting->launch = ++year->n_launches;
    sighting->files = g_array_new(FALSE, TRUE, sizeof(SightedFile));
    g_array_set_clear_func(sighting->files, (GDestroyNotify)sighted_file_clear);
    for (guint i = 0; i < FILES_EACH; i++)
        sight_file(year, sighting, program, i);
    return sighting;
}

static void stop_one(Year *year)
{
    if (year->running->len == 0)
        return;
    guint place = (guint)g_rand_int_range(year->rand, 0, (gint32)year->running->len);
    Observation *observation = observation_new();
    g_ptr_array_add(observation->stopped, exe_key_ref(year->running->pdata[place]));
    model_observe(year->model, observation);
    observation_free(observation);
    g_ptr_array_remove_index_fast(year->running, place);
}

static void start(Year *year, const char *path, guint program, uint64_t version)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    const Exe *exe = model_find_exe(year->model, key);
    if (exe != NULL && exe->running)
        return;
    Observation *observation = observation_new();
    observation_add_started(observation, key, ORIGIN_USER);
    g_ptr_array_add(observation->sightings, sight(year, key, program, version));
    model_observe(year->model, observation);
    observation_free(observation);
    g_ptr_array_add(year->running, exe_key_ref(key));
    while (year->running->len > 40)
        stop_one(year);
}

static void pass(Year *year, int64_t sec)
{
    for (int i = 0; i < CYCLES_A_LAUNCH; i++) {
        model_advance(year->model, (uint64_t)(sec / CYCLES_A_LAUNCH) * G_USEC_PER_SEC);
        year->model->local_sec += sec / CYCLES_A_LAUNCH;
        prophecy_free(prophet_prophesy(year->prophet));
    }
    model_expire_bad(year->model);
    model_expire_exes(year->model);
}

/* A tenth of the programs is what is used most of the time. */
static void launch_by_habit(Year *year)
{
    double u = g_rand_double(year->rand);
    guint program = (guint)(u * u * u * PROGRAMS);
    g_autofree char *path = g_strdup_printf("/usr/bin/program-%u", program);
    start(year, path, program, year->versions[program]);
}

static void launch_once(Year *year, int day, int n)
{
    g_autofree char *path = g_strdup_printf("/usr/local/bin/build-%d-%d", day, n);
    start(year, path, PROGRAMS + (guint)(day * ONCE_A_DAY + n), 0);
    stop_one(year);
    if (n % 2 == 0) /* and half of them are deleted */
        model_forget_path(year->model, path);
}

static void upgrade(Year *year)
{
    for (int i = 0; i < PROGRAMS / 20; i++) {
        guint program = (guint)g_rand_int_range(year->rand, 0, PROGRAMS);
        year->versions[program]++;
        g_autofree char *library = g_strdup_printf("/usr/lib/library-%u.so", program);
        model_renew_path(year->model, library);
    }
    g_autofree char *removed = g_strdup_printf(
        "/usr/bin/program-%d", g_rand_int_range(year->rand, PROGRAMS / 2, PROGRAMS));
    model_forget_path(year->model, removed);
}

static void save(Year *year)
{
    g_autoptr(Image) image = image_of_model(year->model, year->model->local_sec);
    GString *state = state_encode(image);
    year->state_bytes = state->len;
    g_string_free(state, TRUE);
}

/* What a boot does: all that is known comes from the state. */
static void boot(Year *year)
{
    g_autoptr(Image) image = image_of_model(year->model, year->model->local_sec);
    GString *state = state_encode(image);
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) again = state_decode(state->str, state->len, &error);
    if (again == NULL)
        g_error("a state of our own is refused: %s", error->message);
    g_string_free(state, TRUE);
    int64_t local_sec = year->model->local_sec;
    prophet_free(year->prophet);
    model_free(year->model);
    year->model = new_model();
    image_to_model(again, year->model);
    year->model->local_sec = local_sec;
    year->prophet = prophet_new(year->model, &prophet_rules);
    g_ptr_array_set_size(year->running, 0);
    Observation *nothing = observation_new();
    model_observe(year->model, nothing);
    observation_free(nothing);
}

static uint32_t count_fds(void)
{
    uint32_t n = 0;
    DIR *directory = opendir("/proc/self/fd");
    for (; directory != NULL && readdir(directory) != NULL; n++)
        ;
    if (directory != NULL)
        (void)closedir(directory);
    return n;
}

static void look(Year *year, int day)
{
    Month month = {mallinfo2().uordblks, year->state_bytes, count_fds()};
    g_array_append_val(year->months, month);
    printf("day %3d: heap %6.2f MiB  state %8.1f KiB  descriptors %u  programs %u  files %u  "
           "chains %u  launches %" G_GUINT64_FORMAT "\n",
           day + 1, (double)month.heap_bytes / (1 << 20), (double)month.state_bytes / 1024,
           month.n_fds, year->model->exes->len, year->model->maps->len, year->model->n_chains,
           year->n_launches);
    (void)fflush(stdout); /* for whoever watches it */
}

static void live_day(Year *year, int day)
{
    bool at_work = day % 7 < 5;
    prophet_begin_session(year->prophet, true);
    for (int i = 0; i < (at_work ? LAUNCHES_A_DAY : LAUNCHES_A_DAY / 3); i++) {
        pass(year, g_rand_int_range(year->rand, 8, 480));
        launch_by_habit(year);
        if (g_rand_boolean(year->rand))
            stop_one(year);
    }
    for (int i = 0; i < ONCE_A_DAY; i++)
        launch_once(year, day, i);
    while (year->running->len > 10)
        stop_one(year);
    if (day % 7 == 3)
        upgrade(year);
    if (day % 50 == 49) /* a wrong clock, that is set right some weeks later */
        year->model->local_sec += (day % 100 == 49 ? 40 : -40) * (int64_t)DAY_SEC;
    year->model->local_sec += DAY_SEC / 3; /* asleep */
    model_resynchronize(year->model);
    save(year);
    if (day % 7 == 6)
        boot(year);
}

static Month worst_of(const Year *year, guint from, guint to)
{
    Month worst = {0};
    for (guint i = from; i < to; i++) {
        const Month *month = &g_array_index(year->months, Month, i);
        worst.heap_bytes = MAX(worst.heap_bytes, month->heap_bytes);
        worst.state_bytes = MAX(worst.state_bytes, month->state_bytes);
        worst.n_fds = MAX(worst.n_fds, month->n_fds);
    }
    return worst;
}

static bool is_flat(const char *what, uint64_t middle, uint64_t last)
{
    bool flat = last <= middle + middle / 10;
    printf("%s: %" G_GUINT64_FORMAT " in the middle, %" G_GUINT64_FORMAT " at the end: %s\n", what,
           middle, last, flat ? "flat" : "GROWS");
    return flat;
}

static bool judge(const Year *year)
{
    guint n = year->months->len;
    if (n < 6)
        return true;
    Month middle = worst_of(year, n / 2 - 1, n / 2 + 2);
    Month last = worst_of(year, n - 3, n);
    bool heap = is_flat("heap bytes", middle.heap_bytes, last.heap_bytes);
    bool state = is_flat("state bytes", middle.state_bytes, last.state_bytes);
    return is_flat("descriptors", middle.n_fds, last.n_fds) && heap && state;
}

int main(int argc, char **argv)
{
    int days = argc > 1 ? atoi(argv[1]) : 365;
    guint32 seed = argc > 2 ? (guint32)atoi(argv[2]) : 1;
    Year year = {.model = new_model(),
                 .rand = g_rand_new_with_seed(seed),
                 .running = g_ptr_array_new_with_free_func((GDestroyNotify)exe_key_unref),
                 .months = g_array_new(FALSE, TRUE, sizeof(Month))};
    year.prophet = prophet_new(year.model, &prophet_rules);
    year.model->local_sec = 20000 * (int64_t)DAY_SEC;
    Observation *nothing = observation_new();
    model_observe(year.model, nothing); /* what comes from now on is launched */
    observation_free(nothing);
    for (int day = 0; day < days; day++) {
        live_day(&year, day);
        if (day % DAYS_A_MONTH == DAYS_A_MONTH - 1)
            look(&year, day);
    }
    bool flat = judge(&year);
    prophet_free(year.prophet);
    model_free(year.model);
    g_ptr_array_unref(year.running);
    g_array_unref(year.months);
    g_rand_free(year.rand);
    return flat ? EXIT_SUCCESS : EXIT_FAILURE;
}
