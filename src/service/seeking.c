/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/seeking.h"
#include "service/upkeep.h"

/* So that a disk that cannot be measured does not stand before another for ever. */
#define STRIDE 257

typedef struct {
    Daemon *daemon;
    GPtrArray *paths; /* GRefString */
    guint from;
    SeekReport report;
} Measuring;

bool seeking_take(Seeking *seeking)
{
    if (seeking->under_way)
        return false;
    if (seeking->n_rests > 0) {
        seeking->n_rests--;
        return false;
    }
    return true;
}

static bool is_decided(const SeekReport *report)
{
    return report->outcome == SEEK_MEASURED && report->verdict != SEEK_UNKNOWN;
}

void seeking_note(Seeking *seeking, const SeekReport *report)
{
    bool decided = is_decided(report);
    seeking->rest = decided ? 0 : CLAMP(seeking->rest * 2, 1, SEEKING_REST_MAX);
    seeking->n_rests = seeking->rest;
    seeking->from += decided ? 0 : STRIDE;
}

static char *measured_sentence(const SeekReport *report)
{
    static const char *const verdicts[] = {
        [SEEK_UNKNOWN] = "which may mean anything",
        [SEEK_FREE] = "it has no moving head",
        [SEEK_DEAR] = "it has a moving head",
    };
    const Disk *disk = &report->disk;
    uint64_t far_usec = 0;
    uint64_t near_usec = 0;
    seek_typical(&report->times, &far_usec, &near_usec);
    bool otherwise = is_decided(report) && (report->verdict == SEEK_DEAR) != disk->rotational;
    return g_strdup_printf("disk %u:%u: a block far away takes %.2f ms, one nearby %.2f ms: %s%s",
                           disk->major, disk->minor, (double)far_usec / 1000,
                           (double)near_usec / 1000, verdicts[report->verdict],
                           otherwise ? ", whatever it says" : "");
}

char *seeking_sentence(const SeekReport *report)
{
    static const char *const reasons[] = {
        [SEEK_NOWHERE] = "too few places are known on it",
        [SEEK_BUSY] = "others use it",
        [SEEK_UNSURE] = "it does not tell what it does",
        [SEEK_FAILED] = "a block could not be read",
    };
    if (report->outcome == SEEK_NOTHING || report->outcome == SEEK_CANCELLED)
        return NULL;
    if (report->outcome == SEEK_MEASURED)
        return measured_sentence(report);
    return g_strdup_printf("disk %u:%u: whether it has a head was not measured: %s",
                           report->disk.major, report->disk.minor, reasons[report->outcome]);
}

static void measure(gpointer job)
{
    Measuring *measuring = job;
    const Daemon *daemon = measuring->daemon;
    g_autoptr(Storage) storage = storage_new("/sys", "/proc/self/mountinfo");
    const SeekSetup setup = {.storage = storage,
                             .residency = daemon->residency,
                             .heads = daemon->heads,
                             .host = machine_host(daemon->machine),
                             .way_bytes = SEEK_WAY_BYTES,
                             .read = seek_read_block,
                             .cancel = &daemon->cancel};
    seek_measure(measuring->paths, measuring->from, &setup, &measuring->report);
}

static void measured(gpointer job)
{
    Measuring *measuring = job;
    Daemon *daemon = measuring->daemon;
    const SeekReport *report = &measuring->report;
    g_autofree char *sentence = seeking_sentence(report);
    daemon->seeking.under_way = false;
    seeking_note(&daemon->seeking, report);
    if (is_decided(report))
        heads_note(daemon->heads, report->disk.major, report->disk.minor, report->disk.identity,
                   report->verdict == SEEK_DEAR);
    if (sentence != NULL)
        log_write(daemon->log, is_decided(report) ? LEVEL_INFO : LEVEL_DEBUG, MESSAGE_NONE, "%s",
                  sentence);
    g_ptr_array_unref(measuring->paths);
    g_free(measuring);
}

static void release_path(gpointer data)
{
    g_ref_string_release(data);
}

static GPtrArray *paths_of(const Model *model)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(release_path);
    for (guint i = 0; i < model->maps->len; i++) {
        const Map *map = model->maps->pdata[i];
        if (!map->directory)
            g_ptr_array_add(paths, g_ref_string_acquire(map->path));
    }
    return paths;
}

void seeking_idle(Daemon *daemon, const ReadaheadReport *report)
{
    if (daemon->config->rotational != CONFIG_HEAD_AUTO || !upkeep_may(daemon, report) ||
        !seeking_take(&daemon->seeking))
        return;
    Measuring *measuring = g_new0(Measuring, 1);
    measuring->daemon = daemon;
    measuring->paths = paths_of(daemon->model);
    measuring->from = daemon->seeking.from;
    daemon->seeking.under_way = true;
    queue_call(daemon->queue, CLASS_BULK, measure, measured, measuring);
}
