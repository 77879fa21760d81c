/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/say.h"
#include <errno.h>
#include <poll.h>
#include <signal.h>
#include <sys/inotify.h>
#include <sys/signalfd.h>

typedef struct {
    const Errand *errand;
    const Goals *goals;
    GHashTable *by_watch;    /* watch -> number of the goal + 1 */
    GHashTable *directories; /* set of those that were read */
    int inotify_fd;
    int status;
} Vigil;

/* Each is told once: then the kernel removes the watch. */
static guint watch_all(Vigil *vigil)
{
    guint n_failed = 0;
    for (guint i = 0; i < vigil->goals->all->len; i++) {
        const Goal *goal = vigil->goals->all->pdata[i];
        int watch = inotify_add_watch(vigil->inotify_fd, goal->path, IN_OPEN | IN_ONESHOT);
        if (watch >= 0)
            g_hash_table_insert(vigil->by_watch, GINT_TO_POINTER(watch), GUINT_TO_POINTER(i + 1));
        else
            n_failed++;
    }
    return n_failed;
}

static void read_goals(Vigil *vigil, const Goals *goals)
{
    int status = warm_goals(vigil->errand, goals);
    if (status != EXIT_SUCCESS)
        vigil->status = status;
}

static void on_used(Vigil *vigil, const Goal *goal)
{
    const GoalRules rules = {.strategy = vigil->errand->strategy,
                             .n_layers = vigil->errand->n_layers};
    g_autoptr(Goals) wanted = goals_new();
    g_autofree char *directory = g_path_get_dirname(goal->path);
    if (vigil->errand->policy == POLICY_REST)
        goals_add(wanted, goal->path, &rules);
    else if (g_hash_table_add(vigil->directories, g_strdup(directory)))
        goals_add(wanted, directory, &rules);
    if (wanted->all->len > 0)
        read_goals(vigil, wanted);
}

static void on_event(Vigil *vigil, const struct inotify_event *event)
{
    gpointer key = GINT_TO_POINTER(event->wd);
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(vigil->by_watch, key));
    if (number == 0)
        return;
    if ((event->mask & IN_OPEN) != 0)
        on_used(vigil, vigil->goals->all->pdata[number - 1]);
    g_hash_table_remove(vigil->by_watch, key);
}

static void read_events(Vigil *vigil)
{
    char buffer[4096] __attribute__((aligned(__alignof__(struct inotify_event))));
    ssize_t n = read(vigil->inotify_fd, buffer, sizeof buffer);
    for (ssize_t at = 0; at + (ssize_t)sizeof(struct inotify_event) <= n;) {
        const struct inotify_event *event =
            (const void *)(buffer + at); /* the kernel pads names to that */
        on_event(vigil, event);
        at += (ssize_t)(sizeof *event + event->len);
    }
}

/* Until all were used, or a signal comes. */
static void keep(Vigil *vigil, int signal_fd)
{
    struct pollfd fds[] = {{.fd = vigil->inotify_fd, .events = POLLIN},
                           {.fd = signal_fd, .events = POLLIN}};
    while (g_hash_table_size(vigil->by_watch) > 0 && vigil->status != EXIT_INTERRUPTED) {
        if (poll(fds, G_N_ELEMENTS(fds), -1) < 0 && errno != EINTR)
            break;
        if ((fds[1].revents & POLLIN) != 0)
            vigil->status = EXIT_INTERRUPTED;
        else if ((fds[0].revents & POLLIN) != 0)
            read_events(vigil);
    }
}

int warm_on_first_use(const Errand *errand, const Goals *goals)
{
    sigset_t wanted;
    sigset_t before;
    Vigil vigil = {.errand = errand, .goals = goals};
    autofd inotify_fd = inotify_init1(IN_CLOEXEC);
    if (inotify_fd < 0) {
        say_problem("cannot watch files: %s", g_strerror(errno));
        return EXIT_REFUSED;
    }
    vigil.inotify_fd = inotify_fd;
    vigil.by_watch = g_hash_table_new(g_direct_hash, g_direct_equal);
    vigil.directories = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    guint n_failed = watch_all(&vigil);
    if (n_failed > 0)
        say_problem("%u files cannot be watched (fs.inotify.max_user_watches)", n_failed);
    (void)sigemptyset(&wanted);
    (void)sigaddset(&wanted, SIGINT);
    (void)sigaddset(&wanted, SIGTERM);
    (void)sigaddset(&wanted, SIGHUP);
    (void)pthread_sigmask(SIG_BLOCK, &wanted, &before);
    autofd signal_fd = signalfd(-1, &wanted, SFD_CLOEXEC);
    keep(&vigil, signal_fd);
    (void)pthread_sigmask(SIG_SETMASK, &before, NULL);
    g_hash_table_unref(vigil.by_watch);
    g_hash_table_unref(vigil.directories);
    return vigil.status;
}
