/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/learner.h"
#include "observe/launch.h"
#include "observe/resolver.h"
#include "observe/rests.h"

/* One look at one process of ordinary size takes less; a larger one is looked at in several. */
#define SLICE_USEC 5000
/* A look at a launch takes at most so long: what is left of it is seen at the next. */
#define LOOK_USEC 100000
/*
 * Looks may take 0.2 % of a processor in the long run, and so much at once: what a dozen large
 * applications that are new take in all. A build that starts ever new tools is not to pay for them.
 */
#define ALLOWANCE_SHARE 500
#define ALLOWANCE_MAX_USEC 2000000
/* It is said so early that a program is large, but only so late that it is small: it may still be
 * mapping its libraries. */
#define SMALL_STEP 10
/* Steps at whose end it is told what was gathered, the last one being the end of learning. */
#define TOLD_FIRST_STEP 12
#define TOLD_LAST_STEP 14

typedef struct {
    Launch *launch;
    GArray *pids; /* uint32_t */
    Origin origin;
    uint8_t step; /* at whose end it is looked at next */
    bool looked;
} Pupil;

struct Learner {
    LearnerSetup setup;
    GPtrArray *pupils;  /* Pupil */
    GHashTable *by_pid; /* pid -> Pupil */
    Rests *rests;
    int64_t allowance_usec; /* that looks may take */
    uint64_t allowed_usec;  /* up to when it was granted; 0: never yet */
};

static void pupil_free(gpointer data)
{
    Pupil *pupil = data;
    launch_free(pupil->launch);
    g_array_unref(pupil->pids);
    g_free(pupil);
}

Learner *learner_new(const LearnerSetup *setup)
{
    Learner *learner = g_new0(Learner, 1);
    learner->setup = *setup;
    learner->pupils = g_ptr_array_new_with_free_func(pupil_free);
    learner->by_pid = g_hash_table_new(NULL, NULL);
    learner->allowance_usec = ALLOWANCE_MAX_USEC;
    learner->rests = rests_new();
    return learner;
}

void learner_free(Learner *learner)
{
    if (learner == NULL)
        return;
    g_hash_table_unref(learner->by_pid);
    g_ptr_array_unref(learner->pupils);
    rests_free(learner->rests);
    g_free(learner);
}

uint32_t learner_active(const Learner *learner)
{
    return learner->pupils->len;
}

void learner_rest(Learner *learner, ExeKey *key, uint32_t n)
{
    rests_set(learner->rests, key, n);
}

static gpointer pid_key(uint32_t pid)
{
    return GUINT_TO_POINTER(pid);
}

static void add_pid(Learner *learner, Pupil *pupil, uint32_t pid)
{
    if (pupil->pids->len >= LEARNER_PROCESSES_MAX)
        return;
    g_array_append_val(pupil->pids, pid);
    g_hash_table_insert(learner->by_pid, pid_key(pid), pupil);
}

static void tell(Learner *learner, const Pupil *pupil)
{
    const LearnerSetup *setup = &learner->setup;
    Sighting *sighting = launch_sighting(pupil->launch, setup->residency);
    sighting->ended = pupil->pids->len == 0;
    sighting->origin = pupil->origin;
    setup->tell(sighting, setup->data);
}

static void end_pupil(Learner *learner, Pupil *pupil)
{
    for (guint i = 0; i < pupil->pids->len; i++)
        g_hash_table_remove(learner->by_pid, pid_key(g_array_index(pupil->pids, uint32_t, i)));
    g_ptr_array_remove_fast(learner->pupils, pupil);
}

void learner_forget(Learner *learner)
{
    g_hash_table_remove_all(learner->by_pid);
    g_ptr_array_set_size(learner->pupils, 0);
}

void learner_lost_events(Learner *learner)
{
    for (guint i = 0; i < learner->pupils->len; i++)
        launch_lost_events(((Pupil *)learner->pupils->pdata[i])->launch);
}

static bool is_small(const Learner *learner, const Launch *launch)
{
    return launch_mapped_bytes(launch) < learner->setup.viewer->rules->minsize_bytes;
}

/* The program of a launch turned out to be large, or, once that can be told, small. */
static void judge(Learner *learner, const Launch *launch)
{
    scanner_judge(learner->setup.scanner, launch_key(launch), launch_mapped_bytes(launch));
}

/* Its last process ended. One that nobody could look at tells little, and may come again at once.
 */
static void finish_pupil(Learner *learner, Pupil *pupil)
{
    rests_note_end(learner->rests, launch_key(pupil->launch), pupil->looked);
    if (pupil->looked)
        judge(learner, pupil->launch);
    tell(learner, pupil);
    end_pupil(learner, pupil);
}

/* The process goes on as something else, or ends. */
static void leave(Learner *learner, uint32_t pid)
{
    Pupil *pupil = g_hash_table_lookup(learner->by_pid, pid_key(pid));
    if (pupil == NULL)
        return;
    g_hash_table_remove(learner->by_pid, pid_key(pid));
    for (guint i = 0; i < pupil->pids->len; i++) {
        if (g_array_index(pupil->pids, uint32_t, i) == pid) {
            g_array_remove_index_fast(pupil->pids, i);
            break;
        }
    }
    if (pupil->pids->len == 0)
        finish_pupil(learner, pupil);
}

void learner_exit(Learner *learner, uint32_t pid)
{
    leave(learner, pid);
}

void learner_fork(Learner *learner, uint32_t parent_pid, uint32_t pid)
{
    Pupil *pupil = g_hash_table_lookup(learner->by_pid, pid_key(parent_pid));
    if (pupil != NULL)
        add_pid(learner, pupil, pid);
}

static void begin(Learner *learner, uint32_t pid, const Program *program, uint64_t usec)
{
    Pupil *pupil = g_new0(Pupil, 1);
    pupil->launch = launch_new(program->key, &program->id, program->launch, usec);
    pupil->origin = program->origin;
    pupil->pids = g_array_new(FALSE, FALSE, sizeof(uint32_t));
    g_ptr_array_add(learner->pupils, pupil);
    add_pid(learner, pupil, pid);
}

void learner_exec(Learner *learner, uint32_t pid, const ScannedExec *exec, uint64_t usec)
{
    const Program *program = exec->program;
    if (program == NULL && exec->stormy)
        leave(learner, pid); /* a program of its own, whichever */
    if (program == NULL || program->small)
        return; /* a helper of whoever started it */
    /* One of several processes of the program that is being learnt, if it descends from it. */
    const Pupil *pupil = g_hash_table_lookup(learner->by_pid, pid_key(pid));
    if (pupil != NULL && !exec->launched && exe_key_equal(launch_key(pupil->launch), program->key))
        return;
    leave(learner, pid);
    if (exec->launched && learner->pupils->len < LEARNER_LAUNCHES_MAX &&
        rests_take_turn(learner->rests, program->key, usec))
        begin(learner, pid, program, usec);
}

bool learner_wants(const Learner *learner, uint32_t pid)
{
    return g_hash_table_contains(learner->by_pid, pid_key(pid));
}

/* A directory is judged as what lies in it would be: "/etc/" is the prefix of "/etc", too. */
static bool may_record(const Learner *learner, const char *path, const struct stat *st)
{
    g_autofree char *inside = S_ISDIR(st->st_mode) ? g_strconcat(path, "/", NULL) : NULL;
    return prefix_list_accepts(learner->setup.viewer->rules->fileprefix,
                               inside != NULL ? inside : path);
}

/* The path at which the opened file is found from here; NULL if it is not, or may not be recorded.
 */
static char *path_from_here(const Learner *learner, const OpenEvent *event)
{
    const Viewer *viewer = learner->setup.viewer;
    struct stat st;
    if (!may_record(learner, event->path, &event->st))
        return NULL;
    if (look_may_touch(viewer, event->path) && lstat(event->path, &st) == 0 &&
        st.st_ino == event->st.st_ino && st.st_dev == event->st.st_dev)
        return g_strdup(event->path);
    if (viewer->resolver == NULL || !look_is_foreign(viewer, event->pid))
        return NULL;
    g_autofree char *found = resolver_find(viewer->resolver, event->pid, event->path,
                                           event->st.st_dev, event->st.st_ino, &st);
    if (found == NULL || !may_record(learner, found, &st))
        return NULL;
    return g_steal_pointer(&found);
}

void learner_open(Learner *learner, const OpenEvent *event, uint64_t now_usec)
{
    const Pupil *pupil = g_hash_table_lookup(learner->by_pid, pid_key(event->pid));
    if (pupil == NULL || launch_opened(pupil->launch, event->path))
        return;
    g_autofree char *path = path_from_here(learner, event);
    uint64_t begun_usec = launch_begun_usec(pupil->launch);
    if (path != NULL)
        launch_open(pupil->launch, path, &event->st, event->fd,
                    touch_step(now_usec > begun_usec ? now_usec - begun_usec : 0),
                    learner->setup.residency);
}

static uint64_t pupil_due_usec(const Pupil *pupil)
{
    return launch_begun_usec(pupil->launch) + touch_step_end_usec(pupil->step);
}

uint64_t learner_due_usec(const Learner *learner)
{
    uint64_t due_usec = UINT64_MAX;
    for (guint i = 0; i < learner->pupils->len; i++)
        due_usec = MIN(due_usec, pupil_due_usec(learner->pupils->pdata[i]));
    return due_usec;
}

static GArray *block_sets(guint n)
{
    GArray *sets = g_array_sized_new(FALSE, TRUE, sizeof(BlockSet), n);
    g_array_set_clear_func(sets, (GDestroyNotify)block_set_clear);
    g_array_set_size(sets, n);
    return sets;
}

/* What one process has touched. Where its page tables may not be seen, nothing is known. */
static void look_at_process(const Learner *learner, Pupil *pupil, MappedFiles *files, uint32_t pid)
{
    g_auto(Mappings) mappings = {0};
    if (mappings_read(files, pid, &mappings) < 0)
        return;
    g_autoptr(GArray) blocks = block_sets(mappings.regions->len);
    TouchedPlace place = {0};
    int result = 0;
    while (result == 0)
        result = touched_look(learner->setup.touched, pid, &mappings, SLICE_USEC, &place, blocks);
    if (result < 0)
        return;
    pupil->looked = true;
    launch_touch(pupil->launch, &mappings, blocks, pupil->step);
}

static void look_at_launch(const Learner *learner, Pupil *pupil)
{
    gint64 end_usec = g_get_monotonic_time() + LOOK_USEC;
    g_autoptr(MappedFiles) files = mapped_files_new(learner->setup.viewer);
    for (guint i = 0; i < pupil->pids->len && g_get_monotonic_time() < end_usec; i++)
        look_at_process(learner, pupil, files, g_array_index(pupil->pids, uint32_t, i));
}

/* The steps whose end has passed are done with one look. */
static void skip_steps(Pupil *pupil, uint64_t now_usec)
{
    while (pupil->step < TOLD_LAST_STEP &&
           launch_begun_usec(pupil->launch) + touch_step_end_usec(pupil->step + 1) <= now_usec)
        pupil->step++;
}

static void grant(Learner *learner, uint64_t now_usec)
{
    uint64_t since_usec = now_usec - MIN(learner->allowed_usec, now_usec);
    int64_t more_usec = (int64_t)MIN(since_usec / ALLOWANCE_SHARE, ALLOWANCE_MAX_USEC);
    if (more_usec == 0)
        return;
    learner->allowed_usec = now_usec;
    learner->allowance_usec = MIN(learner->allowance_usec + more_usec, ALLOWANCE_MAX_USEC);
}

/* Where that cannot be afforded, what is not seen may have been touched all the same. */
static void look_if_affordable(Learner *learner, Pupil *pupil, uint64_t now_usec)
{
    grant(learner, now_usec);
    if (learner->allowance_usec < 0) {
        launch_lost_events(pupil->launch);
        return;
    }
    gint64 begun_usec = g_get_monotonic_time();
    look_at_launch(learner, pupil);
    learner->allowance_usec -= g_get_monotonic_time() - begun_usec;
}

static void look_at_pupil(Learner *learner, Pupil *pupil, uint64_t now_usec)
{
    skip_steps(pupil, now_usec);
    look_if_affordable(learner, pupil, now_usec);
    bool small = pupil->looked && is_small(learner, pupil->launch);
    if (pupil->looked && (!small || pupil->step >= SMALL_STEP))
        judge(learner, pupil->launch);
    if (pupil->step >= TOLD_FIRST_STEP)
        tell(learner, pupil);
    if (pupil->step++ >= TOLD_LAST_STEP || (small && pupil->step > SMALL_STEP))
        end_pupil(learner, pupil);
}

void learner_look(Learner *learner, uint64_t now_usec)
{
    /* From behind: a pupil that ends is replaced by the last. */
    for (guint i = learner->pupils->len; i > 0; i--) {
        Pupil *pupil = learner->pupils->pdata[i - 1];
        if (pupil_due_usec(pupil) <= now_usec)
            look_at_pupil(learner, pupil, now_usec);
    }
}
