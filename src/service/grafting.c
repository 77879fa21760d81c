/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/grafting.h"
#include "base/fd.h"
#include "build-config.h"
#include "formats/profiles.h"
#include "service/control-error.h"
#include "service/lean.h"

const char *const grafting_directories[] = {
    PRELOAD_DATADIR "/preload/profiles.d",
    PRELOAD_SYSCONFDIR "/preload/profiles.d",
    NULL,
};

/* What the worker gets and gives: one profile. */
typedef struct {
    Daemon *daemon;
    char *name; /* for people */
    int fd;
    uint32_t n_absent;
    Profile *profile; /* NULL: error has why, or it was stopped */
    GError *error;
} Graft;

static void graft_run(gpointer job)
{
    Graft *graft = job;
    graft->profile = profiles_read(fd_steal(&graft->fd), &graft->error);
    if (graft->profile != NULL)
        graft->n_absent = profiles_match(graft->profile, &graft->daemon->cancel);
}

static void take_over(const Graft *graft)
{
    const Daemon *daemon = graft->daemon;
    g_autofree char *source = g_strconcat(PROFILE_SOURCE, graft->name, NULL);
    GraftReport report = model_graft(daemon->model, graft->profile, source);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_PROFILE,
              "profile %s: %u programs taken over; left out: %u learnt here already, %u not "
              "installed as they were there, %u not wanted",
              graft->name, report.n_taken, report.n_known, graft->n_absent, report.n_rejected);
}

static void graft_done(gpointer job)
{
    Graft *graft = job;
    Daemon *daemon = graft->daemon;
    bool stopped = g_atomic_int_get(&daemon->cancel) != 0;
    if (graft->error != NULL)
        log_write(daemon->log, LEVEL_WARNING, MESSAGE_PROFILE, "profile %s is left out: %s",
                  graft->name, graft->error->message);
    else if (graft->profile != NULL && !stopped)
        take_over(graft);
    fd_close(&graft->fd);
    g_clear_error(&graft->error);
    profile_free(graft->profile);
    g_free(graft->name);
    g_free(graft);
    lean_give_back();
}

/* Takes the descriptor. */
static void push(Daemon *daemon, const char *path, int fd)
{
    Graft *graft = g_new0(Graft, 1);
    graft->daemon = daemon;
    g_autofree char *name = g_path_get_basename(path);
    graft->name = log_printable(name);
    graft->fd = fd;
    if (daemon->grafter == NULL)
        daemon->grafter = worker_new("grafter", NULL, daemon_idle, daemon);
    worker_push(daemon->grafter, graft_run, graft_done, graft);
}

void grafting_start(Daemon *daemon, const char *const *directories)
{
    for (; *directories != NULL; directories++) {
        g_autoptr(GPtrArray) paths = profiles_list(*directories);
        for (guint i = 0; i < paths->len; i++) {
            int fd = fd_open_foreign(paths->pdata[i], NULL);
            if (fd >= 0)
                push(daemon, paths->pdata[i], fd);
            else
                log_write(daemon->log, LEVEL_WARNING, MESSAGE_PROFILE, "profile %s is left out: %s",
                          (const char *)paths->pdata[i], g_strerror(-fd));
        }
    }
}

bool grafting_import(Daemon *daemon, const char *path, GError **error)
{
    int fd = fd_open_foreign(path, NULL);
    if (fd < 0) {
        g_set_error(error, CONTROL_ERROR, CONTROL_ERROR_FAILED, "the profile cannot be opened: %s",
                    g_strerror(-fd));
        return false;
    }
    push(daemon, path, fd);
    return true;
}

void grafting_stop(Daemon *daemon)
{
    g_clear_pointer(&daemon->grafter, worker_free);
}
