/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/report.h"
#include "model/footprint.h"
#include "model/words.h"
#include "predict/explain.h"

char *report_bytes(uint64_t bytes)
{
    static const char *const units[] = {"KiB", "MiB", "GiB", "TiB"};
    double value = (double)bytes / 1024;
    gsize unit = 0;
    while (value >= 1000 && unit + 1 < G_N_ELEMENTS(units)) {
        value /= 1024;
        unit++;
    }
    return g_strdup_printf("%.*f %s", value < 10 && unit > 0 ? 1 : 0, value, units[unit]);
}

static const char *plural(uint64_t count)
{
    return count == 1 ? "" : "s";
}

char *report_counts(guint n_exes, guint n_maps, guint n_chains)
{
    return g_strdup_printf("%u program%s, %u file%s, %u chain%s", n_exes, plural(n_exes), n_maps,
                           plural(n_maps), n_chains, plural(n_chains));
}

static void append_names(GString *text, const char *verb, const GPtrArray *keys)
{
    enum { NAMED_MAX = 3 };
    for (guint i = 0; i < keys->len && i < NAMED_MAX; i++) {
        g_autofree char *label = exe_key_label(keys->pdata[i]);
        g_string_append_printf(text, "%s%s", i == 0 ? verb : ", ", label);
    }
    if (keys->len > NAMED_MAX)
        g_string_append_printf(text, " and %u more", keys->len - NAMED_MAX);
}

static guint count_running(const Model *model)
{
    guint n = 0;
    for (guint i = 0; i < model->exes->len; i++)
        n += ((const Exe *)model->exes->pdata[i])->running;
    return n;
}

char *report_observed(const Model *model, const Observation *observation)
{
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%u program%s known, %u running", model->exes->len,
                           plural(model->exes->len), count_running(model));
    append_names(text, "; started: ", observation->started);
    append_names(text, "; ended: ", observation->stopped);
    return g_string_free(text, FALSE);
}

char *report_predicted(const Prophecy *prophecy)
{
    enum { NAMED_MAX = 3 };
    if (prophecy->exes->len == 0)
        return g_strdup("next: no guess yet");
    GString *text = g_string_new("next: ");
    for (guint i = 0; i < prophecy->exes->len && i < NAMED_MAX; i++) {
        const Exe *exe = prophecy->exes->pdata[i];
        g_autofree char *label = exe_key_label(exe->key);
        double percent = (double)exe->chance * 100;
        g_string_append_printf(text, "%s%s %.*f %%", i > 0 ? ", " : "", label, percent < 1 ? 2 : 0,
                               percent);
    }
    return g_string_free(text, FALSE);
}

static void append_loaded(GString *text, const ReadaheadReport *report)
{
    g_autofree char *loaded = report_bytes(report->loaded_bytes);
    uint64_t telling_bytes = report->submitted_bytes - report->untold_bytes;
    if (report->loaded_bytes >= telling_bytes)
        g_string_append(text, report->untold_bytes > 0 ? "" : ", all of it loaded");
    else
        g_string_append_printf(text, ", of which %s loaded", loaded);
    if (report->untold_bytes > 0)
        g_string_append(text, ", some of it files whose residency we may not see");
}

static const char *why_stopped(LimiterLeave leave)
{
    switch (leave) {
    case LIMITER_GO:
    case LIMITER_CANCELLED:
        return "";
    case LIMITER_MEMORY:
        return ": memory is becoming short";
    case LIMITER_SPENT:
        return ": there is less memory than at the start";
    case LIMITER_BUSY:
        return ": others need the disk";
    }
    g_assert_not_reached();
}

char *report_read(const ReadaheadReport *report, const Budget *budget)
{
    if (budget->writeback)
        return g_strdup("nothing read ahead: the disk is busy writing");
    if (budget->read_bytes == 0)
        return g_strdup("nothing read ahead: memory is short");
    g_autofree char *planned = report_bytes(report->planned_bytes);
    g_autofree char *resident = report_bytes(report->resident_bytes);
    g_autofree char *submitted = report_bytes(report->submitted_bytes);
    g_autofree char *left = report_bytes(report->left_bytes);
    GString *text = g_string_new(NULL);
    g_string_append_printf(text, "%s wanted, %s in memory", planned, resident);
    if (report->submitted_bytes > 0) {
        g_string_append_printf(text, ", %s read from %u file%s in %.1f s", submitted,
                               report->n_files, plural(report->n_files),
                               (double)report->took_usec / G_USEC_PER_SEC);
        append_loaded(text, report);
    }
    if (report->left_bytes > 0)
        g_string_append_printf(text, ", %s left out: over the budget", left);
    if (report->n_failed > 0)
        g_string_append_printf(text, ", %u file%s failed", report->n_failed,
                               plural(report->n_failed));
    if (report->cancelled)
        g_string_append_printf(text, ", stopped early%s", why_stopped(report->stopped));
    return g_string_free(text, FALSE);
}

static unsigned percent_of(uint64_t part, uint64_t whole)
{
    return whole > 0 ? (unsigned)(100 * (double)part / (double)whole + 0.5) : 0;
}

/* What reading ahead was good for: ", of 3 launches 92 % in memory, 61 % read ahead, ...". */
static void append_metrics(GString *text, const Metrics *metrics)
{
    if (metrics->launches == 0 && metrics->wasted_bytes == 0)
        return;
    if (metrics->launches > 0)
        g_string_append_printf(text,
                               ", at %" G_GUINT64_FORMAT " launch%s %u %% in memory, %u %% because "
                               "read ahead, %u %% read too late",
                               metrics->launches, metrics->launches == 1 ? "" : "es",
                               percent_of(metrics->resident_bytes, metrics->footprint_bytes),
                               percent_of(metrics->ours_bytes, metrics->footprint_bytes),
                               percent_of(metrics->late_bytes, metrics->footprint_bytes));
    g_autofree char *wasted = report_bytes(metrics->wasted_bytes);
    if (metrics->wasted_bytes > 0)
        g_string_append_printf(text, ", %s read in vain", wasted);
}

char *report_footprint(const Exe *exe)
{
    GString *text = g_string_new(NULL);
    g_autofree char *size = report_bytes(footprint_bytes(exe));
    g_string_append_printf(text, "%u file%s of %s", exe->edges->len, plural(exe->edges->len), size);
    if (exe->n_learnt == 0)
        g_string_append(text, " as mapped");
    else
        g_string_append_printf(text, ", learnt from %s%u launch%s, %sconverged",
                               exe->n_learnt < TOUCH_LAUNCHES ? "" : "the last ", exe->n_learnt,
                               exe->n_learnt == 1 ? "" : "es",
                               exe->n_stable < FOOTPRINT_STABLE ? "not " : "");
    append_metrics(text, &exe->metrics);
    return g_string_free(text, FALSE);
}

static void report_exe(Log *log, const Model *model, const Exe *exe)
{
    g_autofree char *footprint = report_footprint(exe);
    g_autofree char *habit = explain_habit(model, exe);
    g_autofree char *path = log_printable(exe->key->path);
    g_autofree char *script = exe->key->script != NULL ? log_printable(exe->key->script) : NULL;
    log_write(log, LEVEL_NOTICE, MESSAGE_NONE,
              "  %s%s%s: %s, launched %" G_GUINT64_FORMAT
              " time%s, ran %.0f s, weight %.1f, %s pool, %s, %u chain%s, "
              "next: %.2f %%, within ten minutes: %.2f %%; %s",
              path, script != NULL ? " " : "", script != NULL ? script : "",
              exe->running ? "running" : "not running", exe->launches, plural(exe->launches),
              (double)exe_run_usec(model, exe) / G_USEC_PER_SEC, exe_weighted_launches(model, exe),
              pool_name(exe_pool(exe)), footprint, exe->chains->len, plural(exe->chains->len),
              (double)exe->chance * 100, (double)exe->bid[HORIZON_LATER] * 100, habit);
}

void report_model(Log *log, const Model *model)
{
    g_autofree char *counts = report_counts(model->exes->len, model->maps->len, model->n_chains);
    guint n_bad = g_hash_table_size(model->bad);
    GString *metrics = g_string_new(NULL);
    append_metrics(metrics, &model->metrics);
    log_write(log, LEVEL_NOTICE, MESSAGE_NONE,
              "model: %s; %u program%s too small to track; observed for %.0f s%s", counts, n_bad,
              plural(n_bad), (double)model->now_usec / G_USEC_PER_SEC, metrics->str);
    g_string_free(metrics, TRUE);
    for (guint i = 0; i < model->exes->len; i++)
        report_exe(log, model, model->exes->pdata[i]);
    log_write(log, LEVEL_NOTICE, MESSAGE_NONE, "end of model");
}
