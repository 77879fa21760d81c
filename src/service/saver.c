/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/saver.h"
#include "base/fd.h"
#include "build-config.h"
#include "model/import.h"
#include "model/state.h"
#include "service/cycle.h"
#include "service/lean.h"
#include "service/report.h"

/* Where the states of the programs that we replace lie, for a first start with the default state
 * file. */
static const char *const ancestors[] = {
    "/var/lib/preload/preload.state",
    "/usr/local/var/lib/preload/preload.state",
    "/var/lib/preheat/preheat.state",
    "/usr/local/var/lib/preheat/preheat.state",
};
/* An imported state stays beside ours under this suffix: one may want to go back. */
#define IMPORTED_SUFFIX "before-1.0"

typedef struct {
    Daemon *daemon;
    Store *store;
    Image *image;
    const char *why;
    uint64_t generation;
    uint64_t model_usec;
    gsize length_bytes;
    GError *error;
    bool done;
} Saving;

static void save_run(gpointer job)
{
    Saving *saving = job;
    GString *text = state_encode(saving->image);
    saving->length_bytes = text->len;
    saving->done = store_replace(saving->store, text->str, text->len, &saving->error);
    g_string_free(text, TRUE);
}

static void tell_saved(const Daemon *daemon, const Saving *saving)
{
    const Image *image = saving->image;
    g_autofree char *counts = report_counts(image->exes->len, image->maps->len, image->chains->len);
    g_autofree char *size = report_bytes(saving->length_bytes);
    log_write(daemon->log, LEVEL_INFO, MESSAGE_STATE_SAVED, "saved %s (%s) to %s (%s)", counts,
              size, store_path(saving->store), saving->why);
}

static void save_done(gpointer job)
{
    Saving *saving = job;
    Daemon *daemon = saving->daemon;
    daemon->save_failed = !saving->done;
    if (saving->done) {
        daemon->saved_generation = saving->generation;
        daemon->saved_usec = saving->model_usec;
        tell_saved(daemon, saving);
    } else {
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_STATE_NOT_SAVED,
                  "%s; what was learnt since the last save is kept in memory and saved next time",
                  saving->error != NULL ? saving->error->message : "the state was not saved");
    }
    g_clear_error(&saving->error);
    image_free(saving->image);
    g_free(saving);
    lean_give_back();
}

static bool is_dirty(const Daemon *daemon)
{
    return daemon->scanning_done && (daemon->model->generation != daemon->saved_generation ||
                                     daemon->model->now_usec != daemon->saved_usec);
}

void saver_save(Daemon *daemon, const char *why)
{
    cycle_advance(daemon);
    if (daemon->store == NULL || !is_dirty(daemon) || worker_busy(daemon->saver))
        return;
    Saving *saving = g_new0(Saving, 1);
    saving->daemon = daemon;
    saving->store = daemon->store;
    saving->image = image_of_model(daemon->model, clock_unix_sec(daemon->clock));
    saving->why = why;
    saving->generation = daemon->model->generation;
    saving->model_usec = daemon->model->now_usec;
    worker_push(daemon->saver, save_run, save_done, saving);
}

static void wait_for_saver(Daemon *daemon)
{
    while (worker_busy(daemon->saver))
        g_main_context_iteration(NULL, TRUE);
}

void saver_finish(Daemon *daemon)
{
    wait_for_saver(daemon);
    saver_save(daemon, "stopping");
    wait_for_saver(daemon);
}

static gboolean autosave(gpointer data)
{
    saver_save(data, "autosave");
    return G_SOURCE_CONTINUE;
}

void saver_start(Daemon *daemon)
{
    if (daemon->autosave_source != 0)
        g_source_remove(daemon->autosave_source);
    daemon->autosave_source = 0;
    if (daemon->config->autosave_sec > 0)
        daemon->autosave_source =
            g_timeout_add_seconds(daemon->config->autosave_sec, autosave, daemon);
}

/* Takes over a checked image. */
static void fill_model(Daemon *daemon, const Image *image)
{
    uint32_t n_rejected = image_to_model(image, daemon->model);
    daemon->saved_generation = daemon->model->generation;
    daemon->saved_usec = daemon->model->now_usec;
    if (n_rejected > 0)
        log_write(daemon->log, LEVEL_NOTICE, MESSAGE_FILES_GONE,
                  "%u programs and files of the state are not accepted by exeprefix and mapprefix "
                  "(any more) and were dropped",
                  n_rejected);
}

static void tell_loaded(Daemon *daemon, const char *from)
{
    const Model *model = daemon->model;
    g_autofree char *counts = report_counts(model->exes->len, model->maps->len, model->n_chains);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_STATE_LOADED, "loaded %s from %s", counts, from);
}

static bool import(Daemon *daemon, const char *path, const GString *text)
{
    ImportReport report;
    g_autoptr(Image) image = import_decode(text->str, text->len, &report, NULL);
    if (image == NULL)
        return false;
    fill_model(daemon, image);
    daemon->saved_usec = 0; /* ours is not written yet */
    g_autofree char *version = log_printable(report.version);
    g_autofree char *bad =
        report.n_bad > 0
            ? g_strdup_printf("; %u line%s could not be used, the first is line %u", report.n_bad,
                              report.n_bad == 1 ? "" : "s", report.first_bad)
            : g_strdup("");
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_STATE_IMPORTED,
              "imported the state of version %s from %s: %u MAP, %u EXE, %u EXEMAP, %u MARKOV "
              "lines%s",
              version, path, report.n_maps, report.n_exes, report.n_edges, report.n_chains, bad);
    return true;
}

static void import_ancestor(Daemon *daemon)
{
    if (daemon->options->statefile != NULL)
        return; /* a state file of one's own starts empty */
    for (gsize i = 0; i < G_N_ELEMENTS(ancestors); i++) {
        autofd fd = fd_open_foreign(ancestors[i], NULL);
        if (fd < 0)
            continue;
        GString *text = fd_read_all(fd, STORE_LIMIT_BYTES);
        bool imported = text != NULL && import(daemon, ancestors[i], text);
        if (text != NULL)
            g_string_free(text, TRUE);
        if (imported)
            return;
    }
}

static void set_aside(Daemon *daemon, StoreGeneration generation, const char *why)
{
    g_autoptr(GError) error = NULL;
    g_autofree char *name =
        store_set_aside(daemon->store, generation, clock_unix_sec(daemon->clock), &error);
    g_autofree char *what = log_printable(why);
    log_write(daemon->log, LEVEL_ERROR, MESSAGE_STATE_DAMAGED, "%s state is damaged (%s); %s%s",
              generation == STORE_CURRENT ? "the" : "the previous", what,
              name != NULL ? "set aside as " : "it could not be set aside: ",
              name != NULL ? name : error->message);
}

typedef enum { LOAD_DONE, LOAD_NONE, LOAD_FORBIDDEN } LoadOutcome;

/* The state is of a later preload: it is neither read nor written. */
static LoadOutcome leave_untouched(Daemon *daemon, const GError *error)
{
    log_write(daemon->log, LEVEL_ERROR, MESSAGE_STATE_DAMAGED,
              "%s; it is left untouched, and what is learnt now is not saved", error->message);
    g_clear_pointer(&daemon->store, store_close);
    return LOAD_FORBIDDEN;
}

static LoadOutcome take_bytes(Daemon *daemon, StoreGeneration generation, const GString *text)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Image) image = state_decode(text->str, text->len, &error);
    if (image != NULL) {
        fill_model(daemon, image);
        tell_loaded(daemon, generation == STORE_CURRENT ? store_path(daemon->store)
                                                        : "the previous generation of the state");
        return LOAD_DONE;
    }
    if (g_error_matches(error, STATE_ERROR, STATE_ERROR_NEWER))
        return leave_untouched(daemon, error);
    if (g_error_matches(error, STATE_ERROR, STATE_ERROR_FOREIGN) &&
        import(daemon, store_path(daemon->store), text)) {
        (void)store_keep_copy(daemon->store, IMPORTED_SUFFIX, NULL); /* a courtesy */
        return LOAD_DONE;
    }
    set_aside(daemon, generation, error->message);
    return LOAD_NONE;
}

static LoadOutcome load(Daemon *daemon, StoreGeneration generation)
{
    g_autoptr(GError) error = NULL;
    GString *text = store_load(daemon->store, generation, &error);
    if (text != NULL) {
        LoadOutcome outcome = take_bytes(daemon, generation, text);
        g_string_free(text, TRUE);
        return outcome;
    }
    /* In the way of the next save, or at the cost of the generation before. */
    if (g_error_matches(error, STORE_ERROR, STORE_ERROR_TOO_BIG) ||
        g_error_matches(error, STORE_ERROR, STORE_ERROR_KIND))
        set_aside(daemon, generation, error->message);
    else if (!g_error_matches(error, STORE_ERROR, STORE_ERROR_MISSING))
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_STATE_DAMAGED, "%s; going on without it",
                  error->message);
    return LOAD_NONE;
}

bool saver_open(Daemon *daemon, GError **error)
{
    const char *path = daemon->options->statefile;
    if (path == NULL)
        path = PRELOAD_STATEFILE;
    if (path[0] == '\0')
        return true;
    g_autoptr(GError) problem = NULL;
    daemon->store = store_open(path, &io_system, &problem);
    if (g_error_matches(problem, STORE_ERROR, STORE_ERROR_BUSY)) {
        g_propagate_error(error, g_steal_pointer(&problem));
        return false;
    }
    if (daemon->store == NULL) {
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_STATE_NOT_SAVED,
                  "%s; going on without a state: what is learnt is lost when preload ends",
                  problem->message);
        return true;
    }
    if (load(daemon, STORE_CURRENT) == LOAD_NONE && load(daemon, STORE_PREVIOUS) == LOAD_NONE)
        import_ancestor(daemon);
    if (daemon->store != NULL && !store_writable(daemon->store))
        log_write(daemon->log, LEVEL_ERROR, MESSAGE_STATE_NOT_SAVED,
                  "the directory of %s is not writable: what is learnt is lost when preload ends",
                  path);
    return true;
}
