/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/teach.h"
#include "model/footprint.h"
#include "model/metrics.h"
#include "model/words.h"

/* A reading that took less, or read less, says more of its beginning than of the disk. */
#define TIMED_USEC (20 * UINT64_C(1000))
#define TIMED_BYTES (UINT64_C(2) << 20)

/* Of what was stopped nobody looked what came of it. What is asked for is read, though, and is ours
 * from then on (ReadaheadFile.loaded): it counts here as it does there. What the kernel tells
 * nothing of may have been in memory before. */
static uint64_t read_bytes(const ReadaheadReport *report)
{
    if (!report->cancelled && report->stopped == LIMITER_GO)
        return report->loaded_bytes;
    uint64_t asked_bytes =
        report->submitted_bytes - MIN(report->untold_bytes, report->submitted_bytes);
    return MAX(report->loaded_bytes, asked_bytes);
}

static void note_speed(Model *model, const ReadaheadReport *report)
{
    uint64_t usec = 0;
    uint64_t bytes = read_bytes(report);
    if (bytes == 0)
        return;
    /* The whole at the speed of the part that was timed. */
    if (report->timed_usec >= TIMED_USEC && report->timed_bytes >= TIMED_BYTES)
        usec = (uint64_t)((double)bytes * (double)report->timed_usec / (double)report->timed_bytes);
    day_note_read(days_at(&model->days, days_of(model->local_sec)), bytes, usec);
    model->generation++;
}

void teach_reading(Daemon *daemon, const ReadaheadReport *report)
{
    note_speed(daemon->model, report);
    for (guint i = 0; report->files != NULL && i < report->files->len; i++) {
        const ReadaheadFile *file = &g_array_index(report->files, ReadaheadFile, i);
        metrics_note_missing(daemon->model, file->path, &file->missing);
        metrics_note_read(daemon->model, file->path, &file->loaded);
    }
}

void teach_launch(Daemon *daemon, Exe *exe, const ReadaheadReport *report)
{
    guint n = report->files != NULL ? report->files->len : 0;
    g_autofree MetricsFile *missing = g_new(MetricsFile, n);
    for (guint i = 0; i < n; i++) {
        const ReadaheadFile *file = &g_array_index(report->files, ReadaheadFile, i);
        missing[i] = (MetricsFile){file->path, &file->missing};
        metrics_note_missing(daemon->model, file->path, &file->missing);
    }
    metrics_note_launch(daemon->model, exe, report->planned_bytes, report->resident_bytes,
                        report->submitted_bytes, missing, n);
}

void teach_learnt(Daemon *daemon, const GPtrArray *sightings)
{
    for (guint i = 0; i < sightings->len; i++) {
        const Sighting *sighting = sightings->pdata[i];
        Exe *exe = model_find_exe(daemon->model, sighting->key);
        if (exe != NULL && sighting->launch != 0)
            exe->rest_told = 0;
        if (exe == NULL && model_word(daemon->model, sighting->key) == WORD_IGNORE)
            observer_skip(daemon->observer, sighting->key);
    }
}

void teach_observer(Daemon *daemon)
{
    for (guint i = 0; i < daemon->model->exes->len; i++) {
        Exe *exe = daemon->model->exes->pdata[i];
        uint32_t rest = footprint_rest(exe);
        if (rest == exe->rest_told)
            continue;
        exe->rest_told = rest;
        observer_rest(daemon->observer, exe->key, rest);
    }
}
