/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/assist.h"
#include "predict/followers.h"
#include "predict/plan.h"
#include "service/control.h"
#include "service/cycle.h"
#include "service/pause.h"
#include "service/report.h"
#include "service/teach.h"

/* What was found in memory, or read, a moment ago is still there. Not longer: a look is cheap, and
 * where memory is short it goes within seconds. */
#define CHECKED_USEC (1 * G_USEC_PER_SEC)
/* More names than are launched within that time. */
#define CHECKED_MAX 1024

struct Assist {
    Daemon *daemon;
    GPtrArray *helps;    /* Help under way; borrowed */
    GHashTable *checked; /* ExeKey -> gint64 * */
    Followers *followers;
};

/* For one launch. */
typedef struct {
    Assist *assist;
    ExeKey *key;
    bool foreseen; /* it has not started yet: what it is a follower of has */
} Help;

Assist *assist_new(Daemon *daemon)
{
    Assist *assist = g_new0(Assist, 1);
    assist->daemon = daemon;
    assist->helps = g_ptr_array_new();
    assist->followers = followers_new();
    assist->checked = g_hash_table_new_full(exe_key_hash, exe_key_equal, exe_key_release, g_free);
    return assist;
}

/* What the queue knows the launch by. */
static char *reason_of(const ExeKey *key)
{
    return g_strconcat(key->path, "\n", key->script, NULL);
}

void assist_free(Assist *assist)
{
    if (assist == NULL)
        return;
    g_ptr_array_unref(assist->helps);
    g_hash_table_unref(assist->checked);
    followers_free(assist->followers);
    g_free(assist);
}

static void tell(const Daemon *daemon, const Help *help, const ReadaheadReport *report)
{
    g_autofree char *label = exe_key_label(help->key);
    g_autofree char *text = report_assist(label, report);
    log_write(daemon->log, report->submitted_bytes > 0 ? LEVEL_INFO : LEVEL_CYCLE,
              report->submitted_bytes > 0 ? MESSAGE_ASSISTED : MESSAGE_NONE, "%s", text);
}

static void help_done(const Plan *plan, const ReadaheadReport *report, gpointer data)
{
    (void)plan;
    Help *help = data;
    Daemon *daemon = help->assist->daemon;
    g_ptr_array_remove_fast(help->assist->helps, help);
    Exe *exe = model_find_exe(daemon->model, help->key);
    if (exe != NULL && report->took_usec > 0 && !help->foreseen)
        teach_launch(daemon, exe, report);
    if (help->foreseen)
        teach_reading(daemon, report);
    if (report->took_usec > 0)
        tell(daemon, help, report);
    if (!help->foreseen)
        control_launched(daemon->control, help->key, report);
    exe_key_unref(help->key);
    g_free(help);
}

/* Whether it is time to look again; notes that it is looked at now. */
static bool is_due(Assist *assist, ExeKey *key)
{
    /* What was in memory before the machine slept need not be there after that. */
    gint64 now_usec = (gint64)clock_lasting_usec(assist->daemon->clock);
    gint64 *checked_usec = g_hash_table_lookup(assist->checked, key);
    if (checked_usec != NULL && now_usec - *checked_usec < CHECKED_USEC)
        return false;
    if (checked_usec == NULL) {
        if (g_hash_table_size(assist->checked) >= CHECKED_MAX)
            g_hash_table_remove_all(assist->checked);
        checked_usec = g_new(gint64, 1);
        g_hash_table_insert(assist->checked, exe_key_ref(key), checked_usec);
    }
    *checked_usec = now_usec;
    return true;
}

static Help *find_help(const Assist *assist, const ExeKey *key)
{
    for (guint i = 0; i < assist->helps->len; i++) {
        Help *help = assist->helps->pdata[i];
        if (exe_key_equal(help->key, key))
            return help;
    }
    return NULL;
}

static void begin(Assist *assist, const Exe *exe, bool foreseen)
{
    const Daemon *daemon = assist->daemon;
    Help *help = g_new0(Help, 1);
    help->assist = assist;
    help->key = exe_key_ref(exe->key);
    help->foreseen = foreseen;
    const QueueOrder order = {.class = CLASS_ASSIST,
                              .reason = reason_of(exe->key),
                              .plan = plan_of_launch(exe, &daemon->budget),
                              .rules = cycle_read_rules(daemon, CLASS_ASSIST),
                              .done = help_done,
                              .data = help};
    if (queue_push(daemon->queue, &order)) {
        g_ptr_array_add(assist->helps, help);
        return;
    }
    exe_key_unref(help->key);
    g_free(help);
}

static void foresee(Assist *assist, const ExeKey *key)
{
    g_autoptr(GPtrArray) followers = followers_of(assist->followers, key);
    for (guint i = 0; i < followers->len; i++) {
        const Exe *exe = model_find_exe(assist->daemon->model, followers->pdata[i]);
        if (exe != NULL && !exe->running && exe->edges->len > 0 &&
            find_help(assist, exe->key) == NULL && is_due(assist, exe->key))
            begin(assist, exe, true);
    }
}

static void help_launch(Assist *assist, const ExeKey *key)
{
    const Exe *exe = model_find_exe(assist->daemon->model, key);
    Help *help = find_help(assist, key);
    if (help != NULL)
        help->foreseen = false; /* and it is being helped already */
    else if (exe != NULL && exe->edges->len > 0 && is_due(assist, exe->key))
        begin(assist, exe, false);
}

static void take_launch(Assist *assist, ExeKey *key, const Observation *observation)
{
    const Daemon *daemon = assist->daemon;
    followers_note(assist->followers, key, observation->starter, observation->starter_usec,
                   clock_awake_usec(daemon->clock));
    if (!daemon->config->assist || daemon->budget.read_bytes == 0 || pause_active(daemon))
        return;
    help_launch(assist, key);
    foresee(assist, key);
}

static void take_end(const Assist *assist, const ExeKey *key)
{
    if (find_help(assist, key) == NULL)
        return;
    g_autofree char *reason = reason_of(key);
    queue_cancel_reason(assist->daemon->queue, CLASS_ASSIST, reason);
}

void assist_take_event(Assist *assist, const Observation *observation)
{
    for (guint i = 0; i < observation->started->len; i++)
        take_launch(assist, observation->started->pdata[i], observation);
    for (guint i = 0; i < observation->stopped->len; i++)
        take_end(assist, observation->stopped->pdata[i]);
}
