/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/methods.h"
#include "model/pinned.h"
#include "model/words.h"
#include "service/control-error.h"
#include "service/cycle.h"
#include "service/grafting.h"
#include "service/pause.h"
#include "service/pinning.h"
#include "service/roll.h"
#include "service/saver.h"
#include "service/summary.h"
#include "service/warming.h"
#include <string.h>

static GVariant *run_status(const MethodCall *call, GVariant *args, GError **error)
{
    return g_variant_new("(@a{sv})", summary_status(call->daemon));
}

static GVariant *run_health(const MethodCall *call, GVariant *args, GError **error)
{
    return g_variant_new("(@aa{sv})", summary_health(call->daemon));
}

static GVariant *run_totals(const MethodCall *call, GVariant *args, GError **error)
{
    return g_variant_new("(@aa{sv})", summary_total(call->daemon));
}

static GVariant *run_days(const MethodCall *call, GVariant *args, GError **error)
{
    return g_variant_new("(@aa{sv})", summary_days(call->daemon));
}

static GVariant *run_programs(const MethodCall *call, GVariant *args, GError **error)
{
    return g_variant_new("(@aa{sv})", roll_stats(call->daemon));
}

static GVariant *run_predict(const MethodCall *call, GVariant *args, GError **error)
{
    guint32 n = 0;
    g_variant_get(args, "(u)", &n);
    return g_variant_new("(@aa{sv})", roll_predict(call->daemon, MIN(n, ROLL_MAX)));
}

static GVariant *run_launches(const MethodCall *call, GVariant *args, GError **error)
{
    guint32 n = 0;
    g_variant_get(args, "(u)", &n);
    return g_variant_new("(@aa{sv})", roll_launches(call->daemon, MIN(n, ROLL_MAX)));
}

static GVariant *run_explain(const MethodCall *call, GVariant *args, GError **error)
{
    const char *name = NULL;
    g_variant_get(args, "(&s)", &name);
    const Exe *exe = roll_find(call->daemon->model, name, error);
    return exe != NULL ? g_variant_new("(@a{sv})", roll_explain(call->daemon, exe)) : NULL;
}

static GVariant *run_show(const MethodCall *call, GVariant *args, GError **error)
{
    const char *name = NULL;
    g_variant_get(args, "(&s)", &name);
    const Exe *exe = roll_find(call->daemon->model, name, error);
    return exe != NULL ? g_variant_new("(@a{sv})", roll_show(call->daemon, exe)) : NULL;
}

static char *name_caller(const Caller *caller)
{
    return g_strdup_printf("user %u", (unsigned)caller->uid);
}

static GVariant *run_pause(const MethodCall *call, GVariant *args, GError **error)
{
    guint32 seconds = 0;
    g_variant_get(args, "(u)", &seconds);
    if (seconds == 0 || seconds > PAUSE_MAX_SEC) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_ARGUMENTS,
                    "a pause is 1 to %d seconds long; for longer, see dopredict in "
                    "preload.conf(5)",
                    PAUSE_MAX_SEC);
        return NULL;
    }
    g_autofree char *who = name_caller(call->caller);
    pause_begin(call->daemon, seconds, who);
    return g_variant_new("()");
}

static GVariant *run_resume(const MethodCall *call, GVariant *args, GError **error)
{
    g_autofree char *who = name_caller(call->caller);
    pause_end(call->daemon, who);
    return g_variant_new("()");
}

/*
 * The program that something is to be done to. A path need not be known: what is said of a program
 * holds also before its first launch. Who may not inspect gives a path, and is not told whether it
 * is known.
 */
static ExeKey *find_key(const MethodCall *call, const char *name, GError **error)
{
    g_autoptr(GError) problem = NULL;
    const Exe *exe = call->sees ? roll_find(call->daemon->model, name, &problem) : NULL;
    if (exe != NULL)
        return exe_key_ref(exe->key);
    bool ambiguous = g_error_matches(problem, CONTROL_ERROR, CONTROL_ERROR_AMBIGUOUS);
    if (!ambiguous && name[0] == '/' && strlen(name) < PATH_MAX)
        return exe_key_new(name, NULL);
    if (problem != NULL)
        g_propagate_error(error, g_steal_pointer(&problem));
    else
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_ARGUMENTS, "give the whole path of '%s'",
                    name);
    return NULL;
}

static void tell_word(const MethodCall *call, const ExeKey *key, const char *what)
{
    g_autofree char *path = log_printable(key->script != NULL ? key->script : key->path);
    log_write(call->daemon->log, LEVEL_NOTICE, MESSAGE_WORD, "%s is %s, says user %u", path, what,
              (unsigned)call->caller->uid);
}

static GVariant *say(const MethodCall *call, GVariant *args, Word word, const char *what,
                     GError **error)
{
    const char *name = NULL;
    Model *model = call->daemon->model;
    g_variant_get(args, "(&s)", &name);
    g_autoptr(ExeKey) key = find_key(call, name, error);
    if (key == NULL)
        return NULL;
    bool was_ignored = model_word(model, key) == WORD_IGNORE;
    if (!model_say(model, key, word)) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_LIMITS,
                    "too much was said of other programs already: forget some of them");
        return NULL;
    }
    Exe *exe = model_find_exe(model, key);
    if (word == WORD_NONE && exe != NULL)
        model_remove_exe(model, exe);
    if (was_ignored && word != WORD_IGNORE)
        cycle_look_anew(call->daemon);
    tell_word(call, key, what);
    g_autofree char *label = exe_key_label(key);
    return g_variant_new("(s)", label);
}

static GVariant *run_promote(const MethodCall *call, GVariant *args, GError **error)
{
    return say(call, args, WORD_PROMOTE, "promoted", error);
}

static GVariant *run_demote(const MethodCall *call, GVariant *args, GError **error)
{
    return say(call, args, WORD_DEMOTE, "demoted", error);
}

static GVariant *run_ignore(const MethodCall *call, GVariant *args, GError **error)
{
    return say(call, args, WORD_IGNORE, "ignored", error);
}

static GVariant *run_forget(const MethodCall *call, GVariant *args, GError **error)
{
    return say(call, args, WORD_NONE, "forgotten", error);
}

/* What is pinned is told by its whole path: it may be a file. */
static GVariant *pinned_answer(const MethodCall *call, const ExeKey *key, const char *what)
{
    g_autofree char *path = log_printable(key->script != NULL ? key->script : key->path);
    tell_word(call, key, what);
    pinning_update(call->daemon->pinning);
    return g_variant_new("(s)", path);
}

static GVariant *run_pin(const MethodCall *call, GVariant *args, GError **error)
{
    const char *name = NULL;
    g_variant_get(args, "(&s)", &name);
    g_autoptr(ExeKey) key = find_key(call, name, error);
    if (key == NULL)
        return NULL;
    if (model_pin(call->daemon->model, key))
        return pinned_answer(call, key, "pinned");
    g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_LIMITS,
                "%u files and programs are pinned already: unpin some of them",
                (unsigned)MODEL_PINNED_MAX);
    return NULL;
}

static GVariant *run_unpin(const MethodCall *call, GVariant *args, GError **error)
{
    const char *name = NULL;
    g_variant_get(args, "(&s)", &name);
    g_autoptr(ExeKey) key = find_key(call, name, error);
    if (key == NULL)
        return NULL;
    if (model_unpin(call->daemon->model, key))
        return pinned_answer(call, key, "no longer pinned");
    g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_UNKNOWN,
                "'%s' was not pinned by preloadctl; what a list pins is unpinned there", name);
    return NULL;
}

static GVariant *run_pins(const MethodCall *call, GVariant *args, GError **error)
{
    return g_variant_new("(@aa{sv})", pinning_answer(call->daemon->pinning));
}

static GVariant *run_dump(const MethodCall *call, GVariant *args, GError **error)
{
    daemon_dump(call->daemon);
    return g_variant_new("()");
}

static GVariant *run_save(const MethodCall *call, GVariant *args, GError **error)
{
    if (call->daemon->store == NULL) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_FAILED,
                    "no state is kept: see preloadctl health");
        return NULL;
    }
    saver_save(call->daemon, "asked for");
    return g_variant_new("()");
}

static GVariant *run_reload(const MethodCall *call, GVariant *args, GError **error)
{
    g_autoptr(GError) problem = NULL;
    if (daemon_reload(call->daemon, &problem))
        return g_variant_new("()");
    g_autofree char *text = log_printable(problem->message);
    g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_FAILED, "%s; the configuration stays as it was",
                text);
    return NULL;
}

static GVariant *run_import(const MethodCall *call, GVariant *args, GError **error)
{
    const char *path = NULL;
    g_variant_get(args, "(&s)", &path);
    if (path[0] != '/' || strlen(path) >= PATH_MAX) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_ARGUMENTS, "give the profile's whole path");
        return NULL;
    }
    return grafting_import(call->daemon, path, error) ? g_variant_new("()") : NULL;
}

static GVariant *run_warm(const MethodCall *call, GVariant *args, GError **error)
{
    g_autoptr(GVariant) files = g_variant_get_child_value(args, 0);
    uint32_t number =
        warming_order(call->daemon->warming, files, (uint32_t)call->caller->uid, error);
    return number > 0 ? g_variant_new("(u)", number) : NULL;
}

static GVariant *run_warm_status(const MethodCall *call, GVariant *args, GError **error)
{
    guint32 number = 0;
    g_variant_get(args, "(u)", &number);
    GVariant *status = warming_status(call->daemon->warming, number);
    if (status != NULL)
        return g_variant_new("(@a{sv})", status);
    g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_ARGUMENTS, "there is no order %u", number);
    return NULL;
}

static GVariant *run_warm_open(const MethodCall *call, GVariant *args, GError **error)
{
    g_autoptr(GVariant) files = g_variant_get_child_value(args, 0);
    uint32_t number = warming_order_open(call->daemon->warming, files, call->caller, error);
    return number > 0 ? g_variant_new("(u)", number) : NULL;
}

static GVariant *run_warm_progress(const MethodCall *call, GVariant *args, GError **error)
{
    guint32 number = 0;
    g_variant_get(args, "(u)", &number);
    GVariant *progress = warming_progress(call->daemon->warming, number, call->caller->uid);
    if (progress != NULL)
        return g_variant_new("(@a{sv})", progress);
    g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_ARGUMENTS, "you have no order %u", number);
    return NULL;
}

static const Method methods[] = {
    {"Status", "()", DEED_READ, 1, run_status},
    {"Health", "()", DEED_READ, 1, run_health},
    {"Totals", "()", DEED_READ, 1, run_totals},
    {"Days", "()", DEED_READ, 1, run_days},
    {"Programs", "()", DEED_INSPECT, 10, run_programs},
    {"Predict", "(u)", DEED_INSPECT, 3, run_predict},
    {"Launches", "(u)", DEED_INSPECT, 10, run_launches},
    {"Explain", "(s)", DEED_INSPECT, 3, run_explain},
    {"Show", "(s)", DEED_INSPECT, 3, run_show},
    {"Pause", "(u)", DEED_CHANGE, 1, run_pause},
    {"Resume", "()", DEED_CHANGE, 1, run_resume},
    {"Promote", "(s)", DEED_CHANGE, 3, run_promote},
    {"Demote", "(s)", DEED_CHANGE, 3, run_demote},
    {"Ignore", "(s)", DEED_CHANGE, 3, run_ignore},
    {"Forget", "(s)", DEED_CHANGE, 3, run_forget},
    {"Pin", "(s)", DEED_CHANGE, 3, run_pin},
    {"Unpin", "(s)", DEED_CHANGE, 3, run_unpin},
    {"Pins", "()", DEED_INSPECT, 3, run_pins},
    {"Dump", "()", DEED_CHANGE, 20, run_dump},
    {"Save", "()", DEED_CHANGE, 10, run_save},
    {"Reload", "()", DEED_CHANGE, 20, run_reload},
    {"Import", "(s)", DEED_CHANGE, 20, run_import},
    {"Warm", "(a(sa(tt)))", DEED_CHANGE, 10, run_warm},
    {"WarmOpen", "(a(ha(tt)))", DEED_READ, 3, run_warm_open},
    {"WarmProgress", "(u)", DEED_READ, 0.5, run_warm_progress},
    {"WarmStatus", "(u)", DEED_CHANGE, 0.5, run_warm_status},
};

const Method *method_find(const char *name)
{
    for (gsize i = 0; i < G_N_ELEMENTS(methods); i++)
        if (strcmp(methods[i].name, name) == 0)
            return &methods[i];
    return NULL;
}
