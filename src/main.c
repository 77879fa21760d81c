/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "build-config.h"
#include "config/config.h"
#include "config/options.h"
#include "service/daemon.h"
#include "service/replay.h"
#include "service/signals.h"
#include <errno.h>
#include <signal.h>
#include <stdio.h>
#include <stdlib.h>
#include <sysexits.h>
#include <unistd.h>
#if HAVE_MALLOPT
#include <malloc.h>
#endif

/* Wrong words on the command line: EXIT_INVALIDARGUMENT of systemd.exec(5). */
#define STATUS_USAGE 2

/* In the journal, which names us itself, with the priority of an error (sd-daemon(3)). */
static int complain(int status, const GError *error)
{
    bool journal = g_log_writer_is_journald(STDERR_FILENO);
    fprintf(stderr, "%s%s\n", journal ? "<3>" : "preload: ", error->message);
    return status;
}

static int check_config(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_load_chosen(options->conffile, &error);
    if (config == NULL)
        return complain(EX_CONFIG, error);
    for (guint i = 0; i < config->warnings->len; i++)
        fprintf(stderr, "%s\n", (const char *)config->warnings->pdata[i]);
    g_autofree char *text = config_print(config);
    fputs(text, stdout);
    return config->warnings->len == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

static int replay(const Options *options)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = config_load_chosen(options->conffile, &error);
    if (config == NULL)
        return complain(EX_CONFIG, error);
    const ReplayChoice choice = {options->replay, options->experts, options->explain};
    if (!replay_run(&choice, config, stdout, &error))
        return complain(EXIT_FAILURE, error);
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_FAILURE;
}

/* One arena for all threads: each other one would hold on to memory of its own. */
static void save_memory(void)
{
#if HAVE_MALLOPT
    (void)mallopt(M_ARENA_MAX, 1);
#endif
}

static int run(const Options *options)
{
    g_autoptr(GError) error = NULL;
    int status = EXIT_FAILURE;
    signals_hold(); /* until daemon_run() answers them */
    g_autoptr(Daemon) daemon_ = daemon_new(options, &error, &status);
    if (daemon_ == NULL)
        return complain(status, error);
    /* Before any thread is made, and after all that can be complained of here. What is asked to end
     * before it has begun ends here, where the word arrived. */
    if (!options->foreground && !signals_end_waits() && daemon(0, 0) < 0) {
        fprintf(stderr, "preload: cannot become a daemon: %s\n", g_strerror(errno));
        return EXIT_FAILURE;
    }
    daemon_run(daemon_);
    return EXIT_SUCCESS;
}

int main(int argc, char **argv)
{
    g_auto(Options) options = OPTIONS_NULL;
    g_autoptr(GError) error = NULL;
    if (!options_parse(&options, argc, argv, &error))
        return complain(STATUS_USAGE, error);
    save_memory();
    umask(0077);
    (void)signal(SIGPIPE, SIG_IGN); /* cannot fail for a valid signal */
    switch (options.action) {
    case OPTIONS_HELP: {
        g_autofree char *help = options_help();
        return fputs(help, stdout) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    }
    case OPTIONS_VERSION:
        return puts("preload " PRELOAD_VERSION) >= 0 ? EXIT_SUCCESS : EXIT_FAILURE;
    case OPTIONS_CHECK_CONFIG:
        return check_config(&options);
    case OPTIONS_REPLAY:
        return replay(&options);
    case OPTIONS_RUN:
        return run(&options);
    }
    return EXIT_FAILURE;
}
