/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/view-warm.h"

#define BAR_COLUMNS 24
/* Before that a rate says nothing. */
#define RATE_MIN_USEC 200000

static double rate_of(const WarmProgress *progress)
{
    if (progress->took_usec == 0)
        return 0;
    return (double)progress->read_bytes * G_USEC_PER_SEC / (double)progress->took_usec;
}

static void append_rate(const WarmProgress *progress, GString *out)
{
    double rate = rate_of(progress);
    if (progress->took_usec < RATE_MIN_USEC || rate < 1)
        return;
    g_autofree char *text = text_bytes((uint64_t)rate);
    uint64_t rest_bytes = progress->goal_bytes - progress->done_bytes;
    g_autofree char *left = text_span((uint64_t)((double)rest_bytes / rate * G_USEC_PER_SEC));
    g_string_append_printf(out, "  %s/s  %s left", text, left);
}

void view_progress(const Paint *paint, const WarmProgress *progress, GString *out)
{
    double ratio =
        progress->goal_bytes > 0 ? (double)progress->done_bytes / (double)progress->goal_bytes : 1;
    g_autofree char *done = text_bytes(progress->done_bytes);
    g_autofree char *goal = text_bytes(progress->goal_bytes);
    g_string_append_printf(out, "%3u %% ", (unsigned)(ratio * 100));
    if (paint->bars && paint->columns >= 80)
        text_bar(out, ratio, BAR_COLUMNS);
    g_string_append_printf(out, " %s of %s", done, goal);
    append_rate(progress, out);
}

static void append_bytes(GString *out, const char *before, uint64_t bytes, const char *after)
{
    g_autofree char *text = text_bytes(bytes);
    g_string_append_printf(out, "%s%s%s", before, text, after);
}

static const char *const stops[] = {
    [LIMITER_GO] = "",
    [LIMITER_CANCELLED] = "",
    [LIMITER_MEMORY] = "memory became short: the rest was not read (--force would)",
    [LIMITER_SPENT] = "what memory allows was read: the rest was not (--force would)",
    [LIMITER_BUSY] = "the disk did not become free: the rest was not read",
};

static const char *reason_of(const WarmOutcome *outcome)
{
    if (outcome->interrupted)
        return "interrupted: the rest was not read";
    if (outcome->stopped != LIMITER_GO)
        return stops[outcome->stopped];
    return outcome->left_bytes > 0 ? "the budget was used up" : "";
}

/* "  3 files could not be read". */
static void append_files(GString *out, uint64_t n, const char *what)
{
    g_autofree char *files = text_count(n, "file");
    if (n > 0)
        g_string_append_printf(out, "  %s %s\n", files, what);
}

static void append_counts(const WarmOutcome *outcome, GString *out)
{
    append_files(out, outcome->n_skipped, "gone, or on no disk of this machine");
    append_files(out, outcome->n_failed, "could not be read");
    if (outcome->untold_bytes > 0)
        append_bytes(out, "  of ", outcome->untold_bytes,
                     " the kernel does not tell whether it is in memory: not your files\n");
}

void view_outcome(const Paint *paint, const WarmOutcome *outcome, GString *out)
{
    const WarmProgress *progress = &outcome->progress;
    g_autofree char *took = text_span(progress->took_usec);
    const char *reason = reason_of(outcome);
    append_bytes(out, "", progress->read_bytes, " read");
    append_bytes(out, ", ", outcome->resident_bytes, " were in memory before");
    append_bytes(out, ", of ", progress->goal_bytes, "");
    g_string_append_printf(out, "; %s", took);
    if (progress->read_bytes > 0)
        append_bytes(out, ", ", (uint64_t)rate_of(progress), "/s");
    g_string_append_c(out, '\n');
    if (*reason != '\0') {
        g_string_append(out, "  ");
        paint_append(paint, out, INK_POOR, reason);
        g_string_append_c(out, '\n');
    }
    if (outcome->left_bytes > 0)
        append_bytes(out, "  ", outcome->left_bytes, " are over the budget\n");
    append_counts(outcome, out);
}

static void put_u64(GVariantBuilder *dict, const char *key, uint64_t value)
{
    g_variant_builder_add(dict, "{sv}", key, g_variant_new_uint64(value));
}

GVariant *outcome_account(const WarmOutcome *outcome, GVariant *files)
{
    GVariantBuilder dict;
    g_variant_builder_init(&dict, G_VARIANT_TYPE_VARDICT);
    put_u64(&dict, "goal_bytes", outcome->progress.goal_bytes);
    put_u64(&dict, "done_bytes", outcome->progress.done_bytes);
    put_u64(&dict, "read_bytes", outcome->progress.read_bytes);
    put_u64(&dict, "took_usec", outcome->progress.took_usec);
    put_u64(&dict, "resident_bytes", outcome->resident_bytes);
    put_u64(&dict, "loaded_bytes", outcome->loaded_bytes);
    put_u64(&dict, "untold_bytes", outcome->untold_bytes);
    put_u64(&dict, "gap_bytes", outcome->gap_bytes);
    put_u64(&dict, "left_bytes", outcome->left_bytes);
    put_u64(&dict, "requests", outcome->n_requests);
    put_u64(&dict, "skipped", outcome->n_skipped);
    put_u64(&dict, "failed", outcome->n_failed);
    g_variant_builder_add(&dict, "{sv}", "reason", g_variant_new_string(reason_of(outcome)));
    g_variant_builder_add(&dict, "{sv}", "files", files);
    return g_variant_builder_end(&dict);
}
