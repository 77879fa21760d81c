/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/*
 * What an event and a cycle cost, and how much memory it takes, by the number of programs: CPU time
 * of what the main loop does at each, over the last half of a life of forty launches for each
 * program.
 *
 *   scale [PROGRAMS...]     100 300 1000 3000 5000 if none are said
 *
 * A few programs are launched often and most hardly ever; up to 64 run at a time, and a session has
 * 80 launches. Of no program is a footprint known: these cost by themselves, and not here. Judges
 * nothing.
 */
#include "model/model.h"
#include "predict/prophet.h"
#include <glib.h>
#include <stdio.h>
#include <stdlib.h>
#include <sys/resource.h>
#include <sys/wait.h>
#include <time.h>
#include <unistd.h>

enum { LAUNCHES_EACH = 40, RUNNING = 64, SESSION = 80, CYCLE_LAUNCHES = 50, GAP_SEC = 240 };

typedef struct {
    Model *model;
    Prophet *prophet;
    GRand *rand;
    GPtrArray *keys;         /* ExeKey */
    ExeKey *ending[RUNNING]; /* who ends when this place comes round again; NULL: nobody */
    uint64_t n_events;
    uint64_t events_nsec;
    uint64_t n_cycles;
    uint64_t cycles_nsec;
} Life;

static uint64_t cpu_nsec(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) < 0)
        abort();
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static Model *new_model(void)
{
    ModelRules rules = {
        .minsize_bytes = 1, .exeprefix = prefix_list_new(NULL), .mapprefix = prefix_list_new(NULL)};
    Model *model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    return model;
}

static void take(Life *life, ExeKey *key, bool starts)
{
    Observation *observation = observation_new();
    g_ptr_array_add(starts ? observation->started : observation->stopped, exe_key_ref(key));
    if (starts && model_find_exe(life->model, key) == NULL) {
        Sighting *sighting = g_new0(Sighting, 1);
        sighting->key = exe_key_ref(key);
        sighting->mapped_bytes = 1;
        g_ptr_array_add(observation->sightings, sighting);
    }
    uint64_t before = cpu_nsec();
    model_observe(life->model, observation);
    life->events_nsec += cpu_nsec() - before;
    life->n_events++;
    observation_free(observation);
}

static void cycle(Life *life)
{
    uint64_t before = cpu_nsec();
    prophecy_free(prophet_prophesy(life->prophet));
    life->cycles_nsec += cpu_nsec() - before;
    life->n_cycles++;
}

/* Of ten programs one is launched as often as all others; all are in the first round. */
static ExeKey *choose(const Life *life, uint64_t n)
{
    double u = g_rand_double(life->rand);
    guint place = n < life->keys->len ? (guint)n : (guint)(u * u * u * life->keys->len);
    return life->keys->pdata[place];
}

static void launch(Life *life, uint64_t n)
{
    uint64_t gap_usec = (uint64_t)g_rand_int_range(life->rand, 1, 2 * GAP_SEC) * G_USEC_PER_SEC;
    model_advance(life->model, gap_usec);
    life->model->local_sec += (int64_t)(gap_usec / G_USEC_PER_SEC);
    ExeKey **ending = &life->ending[g_rand_int_range(life->rand, 0, RUNNING)];
    if (*ending != NULL)
        take(life, *ending, false);
    *ending = NULL;
    ExeKey *key = choose(life, n);
    const Exe *exe = model_find_exe(life->model, key);
    if (exe != NULL && exe->running)
        return;
    if (n % SESSION == 0)
        prophet_begin_session(life->prophet, false);
    take(life, key, true);
    *ending = key;
}

static void live(guint n_programs)
{
    const ProphetRules rules = {30, true, EXPERTS_ALL, 0.01};
    Life life = {.model = new_model(), .rand = g_rand_new_with_seed(1)};
    life.prophet = prophet_new(life.model, &rules);
    life.keys = g_ptr_array_new_with_free_func((GDestroyNotify)exe_key_unref);
    for (guint i = 0; i < n_programs; i++) {
        g_autofree char *path = g_strdup_printf("/usr/bin/program-%u", i);
        g_ptr_array_add(life.keys, exe_key_new(path, NULL));
    }
    Observation *nothing = observation_new();
    model_observe(life.model, nothing); /* what comes from now on is launched */
    observation_free(nothing);
    uint64_t n_launches = (uint64_t)n_programs * LAUNCHES_EACH;
    for (uint64_t n = 0; n < n_launches; n++) {
        if (n == n_launches / 2)
            life.n_events = life.events_nsec = life.n_cycles = life.cycles_nsec = 0;
        launch(&life, n);
        if (n % CYCLE_LAUNCHES == 0)
            cycle(&life);
    }
    struct rusage usage;
    if (getrusage(RUSAGE_SELF, &usage) < 0)
        abort();
    printf("| %u | %" G_GUINT64_FORMAT " | %.1f | %.2f | %.1f | %.2f |\n", life.model->exes->len,
           n_launches, (double)life.events_nsec / (double)life.n_events / 1e3,
           (double)life.cycles_nsec / (double)life.n_cycles / 1e6, (double)usage.ru_maxrss / 1024,
           (double)usage.ru_maxrss / n_programs);
    prophet_free(life.prophet);
    model_free(life.model);
    g_ptr_array_unref(life.keys);
    g_rand_free(life.rand);
}

/* A process each: the peak of memory is a process's own. */
static bool live_apart(guint n_programs)
{
    (void)fflush(stdout); /* else the child has it, too */
    pid_t pid = fork();
    if (pid == 0) {
        live(n_programs);
        (void)fflush(stdout); /* seen, or not */
        _exit(0);
    }
    int status = -1;
    return pid > 0 && waitpid(pid, &status, 0) == pid && status == 0;
}

int main(int argc, char **argv)
{
    static const guint usual[] = {100, 300, 1000, 3000, 5000};
    printf("| programs | launches | us an event | ms a cycle | peak MiB | KiB a program |\n"
           "|---|---|---|---|---|---|\n");
    bool done = true;
    for (int i = 1; i < argc; i++)
        done &= live_apart((guint)CLAMP(atoi(argv[i]), 1, MODEL_EXES_MAX));
    for (size_t i = 0; argc == 1 && i < G_N_ELEMENTS(usual); i++)
        done &= live_apart(usual[i]);
    return done ? EXIT_SUCCESS : EXIT_FAILURE;
}
