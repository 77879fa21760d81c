/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "build-config.h"
#include "ctl/exit.h"
#include "ctl/request.h"
#include "ctl/run.h"
#include <locale.h>
#include <stdio.h>

int main(int argc, char **argv)
{
    (void)setlocale(LC_ALL, ""); /* else as in C */
    g_autoptr(GError) error = NULL;
    g_auto(Request) request = {0};
    if (!request_parse(&request, argc, argv, &error)) {
        fprintf(stderr, "preloadctl: %s\n", error->message);
        return EXIT_USAGE;
    }
    if (request.command == COMMAND_HELP) {
        g_autofree char *help = request_help();
        fputs(help, stdout);
        return EXIT_SUCCESS;
    }
    if (request.command == COMMAND_VERSION) {
        puts("preloadctl " PRELOAD_VERSION);
        return EXIT_SUCCESS;
    }
    return request_run(&request);
}
