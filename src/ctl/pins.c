/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/pins.h"
#include "ctl/client.h"
#include "ctl/exit.h"
#include "ctl/say.h"
#include <stdio.h>
#include <stdlib.h>
#include <string.h>

/* The daemon follows no link: what a link leads to now is what is meant. NULL: it is a name. */
static char *path_of(const char *name)
{
    if (strchr(name, '/') == NULL)
        return NULL;
    char *resolved = realpath(name, NULL); /* its memory is malloc's, as is GLib's */
    if (resolved != NULL)
        return resolved;
    /* What is gone can be unpinned; "python3 /a/script" is a program's name. */
    return name[0] == '/' || name[0] == '.' ? g_canonicalize_filename(name, NULL) : NULL;
}

static char *change(GDBusConnection *client, const Request *request, const char *name)
{
    g_autoptr(GError) error = NULL;
    const char *method = request->command == COMMAND_PIN ? "Pin" : "Unpin";
    g_autofree char *path = path_of(name);
    g_autoptr(GVariant) answer =
        client_call(client, method, g_variant_new("(s)", path != NULL ? path : name), &error);
    if (answer != NULL)
        return g_variant_dup_string(answer, NULL);
    say_problem("%s", error->message);
    return NULL;
}

static int print_json(const Request *request, char **done)
{
    GVariantBuilder all;
    g_variant_builder_init(&all, G_VARIANT_TYPE_VARDICT);
    g_variant_builder_add(&all, "{sv}", request->command == COMMAND_PIN ? "pinned" : "unpinned",
                          g_variant_new_strv((const char *const *)done, -1));
    return say_json(g_variant_builder_end(&all));
}

static int print_text(const Request *request, char **done)
{
    for (char **path = done; *path != NULL; path++)
        printf("%s %s\n", *path,
               request->command == COMMAND_PIN
                   ? "is to stay in memory; preloadctl pins tells what came of it"
                   : "is no longer pinned");
    return fflush(stdout) == 0 ? EXIT_SUCCESS : EXIT_REFUSED;
}

int pins_change(GDBusConnection *client, const Request *request)
{
    g_autoptr(GStrvBuilder) builder = g_strv_builder_new();
    bool all = true;
    for (char **name = request->names; *name != NULL; name++) {
        g_autofree char *path = change(client, request, *name);
        if (path != NULL)
            g_strv_builder_add(builder, path);
        all = all && path != NULL;
    }
    g_auto(GStrv) done = g_strv_builder_end(builder);
    int said = request->json ? print_json(request, done) : print_text(request, done);
    return all ? said : EXIT_REFUSED;
}
