/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/roll.h"
#include "model/footprint.h"
#include "model/words.h"
#include "predict/explain.h"
#include "service/answer.h"
#include "service/control-error.h"
#include <string.h>

static void answer_name(GVariantBuilder *row, const Exe *exe)
{
    g_autofree char *label = exe_key_label(exe->key);
    answer_text(row, "program", label);
    answer_text(row, "path", exe->key->path);
    answer_text(row, "script", exe->key->script != NULL ? exe->key->script : "");
    answer_bool(row, "running", exe->running);
    answer_text(row, "pool", pool_name(exe_pool(exe)));
}

static void answer_chances(GVariantBuilder *row, const Exe *exe)
{
    answer_double(row, "chance", (double)exe->chance);
    answer_double(row, "within_cycle", (double)exe->bid[HORIZON_SOON]);
    answer_double(row, "within_ten_minutes", (double)exe->bid[HORIZON_LATER]);
}

static gint by_use(gconstpointer a, gconstpointer b)
{
    const Exe *x = *(const Exe *const *)a;
    const Exe *y = *(const Exe *const *)b;
    if (x->metrics.ours_bytes != y->metrics.ours_bytes)
        return x->metrics.ours_bytes > y->metrics.ours_bytes ? -1 : 1;
    if (x->launches != y->launches)
        return x->launches > y->launches ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static gint by_chance(gconstpointer a, gconstpointer b)
{
    const Exe *x = *(const Exe *const *)a;
    const Exe *y = *(const Exe *const *)b;
    if (x->chance < y->chance || x->chance > y->chance)
        return x->chance > y->chance ? -1 : 1;
    return x->index < y->index ? -1 : x->index > y->index;
}

static GPtrArray *sorted(const Model *model, GCompareFunc order)
{
    GPtrArray *exes = g_ptr_array_sized_new(model->exes->len);
    for (guint i = 0; i < model->exes->len; i++)
        g_ptr_array_add(exes, model->exes->pdata[i]);
    g_ptr_array_sort(exes, order);
    return exes;
}

GVariant *roll_stats(const Daemon *daemon)
{
    const Day speed = days_all(&daemon->model->days);
    g_autoptr(GPtrArray) exes = sorted(daemon->model, by_use);
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < exes->len && i < ROLL_MAX; i++) {
        const Exe *exe = exes->pdata[i];
        GVariantBuilder row;
        answer_begin(&row);
        answer_name(&row, exe);
        answer_u64(&row, "launches_known", exe->launches);
        answer_metrics(&row, &exe->metrics);
        answer_u64(&row, "saved_usec_estimate", answer_saved_usec(exe->metrics.ours_bytes, &speed));
        g_variant_builder_add_value(&rows, answer_end(&row));
    }
    return g_variant_builder_end(&rows);
}

GVariant *roll_predict(const Daemon *daemon, uint32_t n)
{
    g_autoptr(GPtrArray) exes = sorted(daemon->model, by_chance);
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < exes->len && i < n; i++) {
        const Exe *exe = exes->pdata[i];
        if (exe->chance <= 0)
            break;
        GVariantBuilder row;
        g_autofree char *habit = explain_habit(daemon->model, exe);
        answer_begin(&row);
        answer_name(&row, exe);
        answer_chances(&row, exe);
        answer_text(&row, "habit", habit);
        answer_u64(&row, "wanted_bytes", footprint_bytes(exe));
        g_variant_builder_add_value(&rows, answer_end(&row));
    }
    return g_variant_builder_end(&rows);
}

GVariant *roll_launches(const Daemon *daemon, uint32_t n)
{
    const Launches *launches = &daemon->model->launches;
    uint64_t oldest = launches_oldest(launches);
    uint64_t begin = launches->n_launches >= n ? launches->n_launches - n + 1 : 1;
    GVariantBuilder rows;
    g_variant_builder_init(&rows, G_VARIANT_TYPE("aa{sv}"));
    for (uint64_t serial = MAX(oldest, begin); serial <= launches->n_launches; serial++) {
        const Launch *launch = launches_get(launches, serial);
        if (launch == NULL || !launch->used || launch->exe == NULL)
            continue;
        GVariantBuilder row;
        g_autofree char *label = exe_key_label(launch->exe->key);
        answer_begin(&row);
        answer_text(&row, "program", label);
        answer_i64(&row, "local_sec", launch->local_sec);
        g_variant_builder_add_value(&rows, answer_end(&row));
    }
    return g_variant_builder_end(&rows);
}

static void answer_program(GVariantBuilder *answer, const Daemon *daemon, const Exe *exe)
{
    const Model *model = daemon->model;
    g_autofree char *habit = explain_habit(model, exe);
    answer_name(answer, exe);
    answer_text(answer, "word", word_name(exe->word));
    answer_chances(answer, exe);
    answer_text(answer, "habit", habit);
    answer_text(answer, "source", exe->seed_source != NULL ? exe->seed_source : "");
    answer_u64(answer, "launches_known", exe->launches);
    answer_u64(answer, "user_launches", exe->user_launches);
    answer_u64(answer, "ran_usec", exe_run_usec(model, exe));
    answer_u64(answer, "unused_usec", model->now_usec - exe_active_usec(model, exe));
    answer_u32(answer, "learnt_launches", exe->n_learnt);
    answer_bool(answer, "converged", exe->n_stable >= FOOTPRINT_STABLE);
    answer_u64(answer, "wanted_bytes", footprint_bytes(exe));
    answer_metrics(answer, &exe->metrics);
}

/* explain_exe() says lines, which are for people as they are. */
GVariant *roll_explain(const Daemon *daemon, const Exe *exe)
{
    g_autofree char *text = explain_exe(daemon->prophet, exe);
    g_auto(GStrv) lines = g_strsplit(g_strchomp(text), "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        char *printable = log_printable(*line);
        g_free(*line);
        *line = printable;
    }
    GVariantBuilder answer;
    answer_begin(&answer);
    answer_program(&answer, daemon, exe);
    answer_put(&answer, "reasons", g_variant_new_strv((const char *const *)lines, -1));
    return answer_end(&answer);
}

static GVariant *answer_file(const Exe *exe, const Edge *edge)
{
    BlockSet wanted = BLOCK_SET_NULL;
    bool any = footprint_wanted(exe, edge, &wanted);
    GVariantBuilder row;
    answer_begin(&row);
    answer_text(&row, "path", edge->map->path);
    answer_bool(&row, "directory", edge->map->directory);
    answer_bool(&row, "wanted", any);
    answer_u64(&row, "wanted_bytes", block_set_bytes(&wanted));
    answer_u64(&row, "file_bytes", edge->map->id.size_bytes);
    answer_u32(&row, "rank", edge->rank);
    answer_u32(&row, "programs", edge->map->n_exes);
    block_set_clear(&wanted);
    return answer_end(&row);
}

GVariant *roll_show(const Daemon *daemon, const Exe *exe)
{
    GVariantBuilder answer;
    GVariantBuilder files;
    g_variant_builder_init(&files, G_VARIANT_TYPE("aa{sv}"));
    for (guint i = 0; i < exe->edges->len; i++)
        g_variant_builder_add_value(&files, answer_file(exe, &g_array_index(exe->edges, Edge, i)));
    answer_begin(&answer);
    answer_program(&answer, daemon, exe);
    answer_u32(&answer, "files_known", exe->edges->len);
    answer_put(&answer, "files", g_variant_builder_end(&files));
    return answer_end(&answer);
}

/* All names are compared as they are shown: a file may be called anything. */
static bool is_name_of(const char *name, const char *path)
{
    if (path == NULL)
        return false;
    g_autofree char *printable = log_printable(path);
    const char *slash = strrchr(printable, '/');
    return strcmp(name, printable) == 0 || (slash != NULL && strcmp(name, slash + 1) == 0);
}

/* An interpreter that runs a script goes by that one's name, not by its own. */
static bool is_meant(const char *name, const ExeKey *key)
{
    g_autofree char *label = exe_key_label(key);
    g_autofree char *printable_label = log_printable(label);
    if (strcmp(name, printable_label) == 0)
        return true;
    if (key->script == NULL)
        return is_name_of(name, key->path);
    g_autofree char *both = g_strdup_printf("%s %s", key->path, key->script);
    g_autofree char *printable = log_printable(both);
    return strcmp(name, printable) == 0 || is_name_of(name, key->script);
}

static void add_meant(GString *text, const ExeKey *key)
{
    g_autofree char *path = log_printable(key->path);
    g_autofree char *script = key->script != NULL ? log_printable(key->script) : NULL;
    g_string_append_printf(text, "%s%s%s%s", text->len > 0 ? ", " : "", path,
                           script != NULL ? " " : "", script != NULL ? script : "");
}

Exe *roll_find(const Model *model, const char *name, GError **error)
{
    enum { NAMED_MAX = 5 };
    g_autofree char *shown = log_printable(name);
    Exe *found = NULL;
    guint n_meant = 0;
    g_autoptr(GString) meant = g_string_new(NULL);
    for (guint i = 0; i < model->exes->len; i++) {
        Exe *exe = model->exes->pdata[i];
        if (!is_meant(shown, exe->key))
            continue;
        found = exe;
        if (n_meant++ < NAMED_MAX)
            add_meant(meant, exe->key);
    }
    if (n_meant == 1)
        return found;
    if (n_meant == 0)
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_UNKNOWN,
                    "no program '%s' is known: preloadctl stats --by exe names those that are",
                    shown);
    else
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_AMBIGUOUS,
                    "'%s' may be any of %u programs: %s%s; give the whole path", shown, n_meant,
                    meant->str, n_meant > NAMED_MAX ? ", ..." : "");
    return NULL;
}
