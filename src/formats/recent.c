/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/recent.h"
#include "formats/command.h"
#include <stdbool.h>
#include <string.h>

/* Of one document: nobody opens it a million times. */
#define COUNT_MAX 1000000

static void application_clear(gpointer data)
{
    RecentApplication *application = data;
    g_clear_pointer(&application->program, g_free);
}

static RecentApplication *find(GArray *applications, const char *program)
{
    for (guint i = 0; i < applications->len; i++) {
        RecentApplication *application = &g_array_index(applications, RecentApplication, i);
        if (strcmp(application->program, program) == 0)
            return application;
    }
    return NULL;
}

static void note(GArray *applications, const char *program, uint32_t count, int64_t used_sec)
{
    RecentApplication *known = find(applications, program);
    if (known != NULL) {
        known->count = MIN(known->count + count, COUNT_MAX);
        known->used_sec = MAX(known->used_sec, used_sec);
        return;
    }
    if (applications->len >= RECENT_APPLICATIONS_MAX)
        return;
    RecentApplication application = {g_strdup(program), count, used_sec};
    g_array_append_val(applications, application);
}

/* One application of one document. The command comes with the document's name in place of %u: it
 * goes no further than its first word. */
static void take(GBookmarkFile *file, const char *uri, const char *name, GArray *applications)
{
    g_autofree char *exec = NULL;
    guint count = 0;
    GDateTime *used = NULL; /* borrowed */
    if (!g_bookmark_file_get_application_info(file, uri, name, &exec, &count, &used, NULL))
        return;
    g_auto(GStrv) words = exec != NULL ? command_words(exec) : NULL;
    int64_t used_sec = used != NULL ? g_date_time_to_unix(used) : 0;
    if (words != NULL)
        note(applications, words[0], CLAMP(count, 1, COUNT_MAX), used_sec);
}

GArray *recent_parse(Cursor text)
{
    GArray *applications = g_array_new(FALSE, FALSE, sizeof(RecentApplication));
    g_array_set_clear_func(applications, application_clear);
    g_autoptr(GBookmarkFile) file = g_bookmark_file_new();
    if (cursor_left(&text) == 0 || cursor_left(&text) > RECENT_LIMIT_BYTES ||
        !g_bookmark_file_load_from_data(file, text.at, cursor_left(&text), NULL))
        return applications;
    g_auto(GStrv) uris = g_bookmark_file_get_uris(file, NULL);
    for (char **uri = uris; *uri != NULL; uri++) {
        g_auto(GStrv) names = g_bookmark_file_get_applications(file, *uri, NULL, NULL);
        for (char **name = names; name != NULL && *name != NULL; name++)
            take(file, *uri, *name, applications);
    }
    return applications;
}
