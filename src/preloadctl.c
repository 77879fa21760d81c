/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "build-config.h"
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/request.h"
#include "ctl/run.h"
#include <locale.h>
#include <stdio.h>

/* Commands that work on files, whether or not a daemon runs. */
static int run_errand(int argc, char **argv)
{
    g_autoptr(GError) error = NULL;
    g_auto(Errand) errand = {0};
    if (errand_parse(&errand, argc, argv, &error))
        return errand_run(&errand);
    fprintf(stderr, "preloadctl: %s\n", error->message);
    return EXIT_USAGE;
}

int main(int argc, char **argv)
{
    (void)setlocale(LC_ALL, ""); /* else as in C */
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = {0};
    if (errand_is(argc, argv))
        return run_errand(argc, argv);
    if (!request_parse(&request, argc, argv, &error)) {
        fprintf(stderr, "preloadctl: %s\n", error->message);
        return EXIT_USAGE;
    }
    if (request.command == COMMAND_HELP) {
        g_autofree char *help = request_help();
        g_autoptr(GString) errands = g_string_new("\n");
        errand_append_summary(errands);
        fputs(help, stdout);
        fputs(errands->str, stdout);
        return EXIT_SUCCESS;
    }
    if (request.command == COMMAND_VERSION) {
        puts("preloadctl " PRELOAD_VERSION);
        return EXIT_SUCCESS;
    }
    return request_run(&request);
}
