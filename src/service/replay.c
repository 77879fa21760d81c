/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/replay.h"
#include "observe/trace.h"
#include "predict/explain.h"
#include "predict/prophet.h"
#include "service/cycle.h"
#include <errno.h>
#include <string.h>
#include <time.h>

/* Where programs are as large as they like, and all of them are tracked. */
#define ANY_SIZE 1

typedef struct {
    Model *model;
    Prophet *prophet;
    FILE *out;
    uint64_t cycle_sec;
    int64_t now_sec;  /* of the trace */
    int64_t next_sec; /* of the next cycle */
    bool begun;
    uint64_t n_execs;
    uint64_t n_events;
    uint64_t cpu_nsec; /* of taking events: what the daemon does at each */
    uint64_t n_cycles;
    uint64_t cycle_cpu_nsec;
    /* Of what is counted. */
    uint64_t n_launches;
    uint64_t n_hits[3]; /* among the first 1, 3, 5 */
    double sum_reciprocal;
} Replay;

static const guint hit_ranks[] = {1, 3, 5};

static uint64_t cpu_nsec(void)
{
    struct timespec now;
    if (clock_gettime(CLOCK_THREAD_CPUTIME_ID, &now) < 0)
        g_abort(); /* not possible on Linux with a valid clock and pointer */
    return (uint64_t)now.tv_sec * 1000000000 + (uint64_t)now.tv_nsec;
}

static Model *empty_model(void)
{
    ModelRules rules = {
        .minsize_bytes = ANY_SIZE,
        .exeprefix = prefix_list_new(NULL),
        .mapprefix = prefix_list_new(NULL),
        .fileprefix = prefix_list_new(NULL),
    };
    Model *model = model_new(&rules);
    prefix_list_unref(rules.exeprefix);
    prefix_list_unref(rules.mapprefix);
    prefix_list_unref(rules.fileprefix);
    return model;
}

static void advance_to(Replay *replay, int64_t sec)
{
    model_advance(replay->model, (uint64_t)(sec - replay->now_sec) * G_USEC_PER_SEC);
    replay->model->local_sec = sec;
    replay->now_sec = sec;
}

static void prophesy(Replay *replay)
{
    uint64_t before = cpu_nsec();
    prophecy_free(prophet_prophesy(replay->prophet));
    replay->cycle_cpu_nsec += cpu_nsec() - before;
    replay->n_cycles++;
}

/* Time passes, a cycle after the other, as long as the machine can be taken to be awake. */
static void pass_time(Replay *replay, int64_t sec)
{
    int64_t awake_until = MIN(sec, replay->now_sec + REPLAY_AWAKE_SEC);
    while (replay->next_sec < awake_until) {
        advance_to(replay, replay->next_sec);
        prophesy(replay);
        replay->next_sec += (int64_t)replay->cycle_sec;
    }
    advance_to(replay, sec);
    replay->next_sec = MAX(replay->next_sec, sec);
}

static Observation *observation_of(ExeKey *key, bool started, bool known)
{
    Observation *observation = observation_new();
    g_ptr_array_add(started ? observation->started : observation->stopped, exe_key_ref(key));
    if (started && !known) {
        Sighting *sighting = g_new0(Sighting, 1);
        sighting->key = exe_key_ref(key);
        sighting->mapped_bytes = ANY_SIZE;
        g_ptr_array_add(observation->sightings, sighting);
    }
    return observation;
}

static void take(Replay *replay, Observation *observation)
{
    uint64_t before = cpu_nsec();
    model_observe(replay->model, observation);
    replay->cpu_nsec += cpu_nsec() - before;
    replay->n_events++;
    observation_free(observation);
}

static void judge(Replay *replay, const Exe *exe)
{
    guint rank = prophet_rank(replay->prophet, exe);
    replay->n_launches++;
    replay->sum_reciprocal += 1.0 / rank;
    for (size_t i = 0; i < G_N_ELEMENTS(hit_ranks); i++)
        replay->n_hits[i] += rank <= hit_ranks[i];
}

static void take_exec(Replay *replay, ExeKey *key)
{
    const Exe *exe = model_find_exe(replay->model, key);
    replay->n_execs++;
    if (exe != NULL && !exe->running && replay->n_execs > REPLAY_WARM_UP)
        judge(replay, exe);
    if (exe == NULL || !exe->running)
        take(replay, observation_of(key, true, exe != NULL));
}

static void take_boot(Replay *replay)
{
    GPtrArray *running = replay->model->running;
    Observation *observation = observation_new();
    for (guint i = 0; i < running->len; i++)
        g_ptr_array_add(observation->stopped, exe_key_ref(((Exe *)running->pdata[i])->key));
    take(replay, observation);
    prophet_begin_session(replay->prophet, true);
}

static void begin(Replay *replay, int64_t sec)
{
    replay->begun = true;
    replay->now_sec = replay->next_sec = sec;
    replay->model->local_sec = sec;
    Observation *nothing = observation_new();
    model_observe(replay->model, nothing); /* what is told from now on is news */
    observation_free(nothing);
    prophet_begin_session(replay->prophet, true);
}

/* A time before the last one is taken for that: clocks are set. */
static void take_event(Replay *replay, const TraceEvent *event)
{
    if (!replay->begun)
        begin(replay, event->unix_sec);
    if (event->kind == TRACE_BOOT) {
        replay->now_sec = replay->next_sec = MAX(replay->now_sec, event->unix_sec);
        replay->model->local_sec = replay->now_sec;
        take_boot(replay);
        return;
    }
    if (event->unix_sec > replay->now_sec)
        pass_time(replay, event->unix_sec);
    g_autofree char *path = g_strndup(event->path.at, cursor_left(&event->path));
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    if (event->kind == TRACE_EXEC)
        take_exec(replay, key);
    else
        take(replay, observation_of(key, false, true));
}

static bool take_line(Replay *replay, char *line, size_t length, uint64_t number, GError **error)
{
    if (length > 0 && line[length - 1] == '\n')
        length--;
    if (length == 0)
        return true;
    TraceEvent event;
    const char *wrong = trace_parse(cursor_of(line, length), &event);
    if (wrong != NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "line %" G_GUINT64_FORMAT ": %s",
                    number, wrong);
        return false;
    }
    take_event(replay, &event);
    return true;
}

static bool take_lines(Replay *replay, FILE *in, GError **error)
{
    /* Two more: for the newline and the NUL. A line that does not fit is refused as too long. */
    g_autofree char *line = g_malloc(TRACE_LINE_MAX + 2);
    for (uint64_t number = 1; fgets(line, TRACE_LINE_MAX + 2, in) != NULL; number++) {
        size_t length = strlen(line);
        if (length > TRACE_LINE_MAX && line[length - 1] != '\n')
            length = TRACE_LINE_MAX + 1;
        if (!take_line(replay, line, length, number, error))
            return false;
    }
    if (ferror(in) == 0)
        return true;
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s", g_strerror(errno));
    return false;
}

static double share(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (double)part / (double)whole : 0;
}

static void print_calibration(const Replay *replay, Horizon horizon, const char *name)
{
    const Calibration *calibration = &replay->prophet->windows.of[horizon].calibration;
    fprintf(replay->out, "calibration %s: brier=%.5f bids=%" G_GUINT64_FORMAT "\n", name,
            calibration_brier(calibration), calibration->n);
    for (int i = 0; i < RELIABILITY_BINS; i++) {
        const Reliability *bin = &calibration->bins[i];
        if (bin->n > 0)
            fprintf(replay->out,
                    "  %3d-%3d %%: bid %5.1f %%, came true %5.1f %% of %" G_GUINT64_FORMAT "\n",
                    i * 10, i * 10 + 10, 100 * bin->sum_p / (double)bin->n,
                    100 * share(bin->n_launched, bin->n), bin->n);
    }
}

static void print_result(const Replay *replay)
{
    const Windows *windows = &replay->prophet->windows;
    uint64_t n = replay->n_launches;
    for (size_t i = 0; i < G_N_ELEMENTS(hit_ranks); i++)
        fprintf(replay->out, "hit@%u=%.4f ", hit_ranks[i], share(replay->n_hits[i], n));
    fprintf(replay->out,
            "mrr=%.4f brier=%.5f launches=%" G_GUINT64_FORMAT " cpu_us_per_event=%.2f\n",
            n > 0 ? replay->sum_reciprocal / (double)n : 0,
            calibration_brier(&windows->of[HORIZON_LATER].calibration), n,
            share(replay->cpu_nsec, replay->n_events) / 1000);
    fprintf(replay->out,
            "events=%" G_GUINT64_FORMAT " programs=%u cycles=%" G_GUINT64_FORMAT
            " cpu_us_per_cycle=%.2f\n",
            replay->n_events, replay->model->exes->len, replay->n_cycles,
            share(replay->cycle_cpu_nsec, replay->n_cycles) / 1000);
    print_calibration(replay, HORIZON_SOON, "1.5 cycles");
    print_calibration(replay, HORIZON_LATER, "10 minutes");
}

static bool explain(const Replay *replay, const char *path, GError **error)
{
    g_autoptr(ExeKey) key = exe_key_new(path, NULL);
    const Exe *exe = model_find_exe(replay->model, key);
    if (exe == NULL) {
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "%s is not in the trace", path);
        return false;
    }
    g_autofree char *text = explain_exe(replay->prophet, exe);
    fputs(text, replay->out);
    return true;
}

static FILE *open_trace(const char *file, GError **error)
{
    FILE *in = strcmp(file, "-") == 0 ? stdin : fopen(file, "re");
    if (in == NULL)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s", g_strerror(errno));
    return in;
}

static bool replay_trace(Replay *replay, const ReplayChoice *choice, GError **error)
{
    FILE *in = open_trace(choice->file, error);
    if (in == NULL)
        return false;
    bool done = take_lines(replay, in, error);
    if (in != stdin)
        (void)fclose(in); /* read only: nothing is lost */
    if (!done)
        return false;
    print_result(replay);
    return choice->explain == NULL || explain(replay, choice->explain, error);
}

bool replay_run(const ReplayChoice *choice, const Config *config, FILE *out, GError **error)
{
    ProphetRules rules = cycle_prophet_rules(config);
    if (choice->experts != NULL && !experts_parse(choice->experts, &rules.experts)) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "no such experts: %s (known: markov, slow, fast, recency, context, corunning, "
                    "daytime, renewal, session)",
                    choice->experts);
        return false;
    }
    g_autoptr(Model) model = empty_model();
    g_autoptr(Prophet) prophet = prophet_new(model, &rules);
    Replay replay = {
        .model = model, .prophet = prophet, .out = out, .cycle_sec = config->cycle_sec};
    bool done = replay_trace(&replay, choice, error);
    if (!done)
        g_prefix_error(error, "%s: ", choice->file);
    return done;
}
