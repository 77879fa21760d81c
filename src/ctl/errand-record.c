/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/list-file.h"
#include "ctl/recording.h"
#include "ctl/say.h"
#include "ctl/text.h"
#include <errno.h>
#include <sys/wait.h>

static int deliver(const Errand *errand, const GString *text)
{
    g_autoptr(GError) error = NULL;
    if (errand->output == NULL)
        return say_text(text);
    /* Which files somebody uses is nobody else's business. */
    if (g_file_set_contents_full(errand->output, text->str, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, 0600, &error))
        return EXIT_SUCCESS;
    say_problem("%s", error->message);
    return EXIT_REFUSED;
}

static void say_what_was_recorded(const Recording *recording, const List *list)
{
    uint64_t bytes = 0;
    for (guint i = 0; i < list->entries->len; i++) {
        const ListEntry *entry = &g_array_index(list->entries, ListEntry, i);
        for (guint j = 0; entry->ranges != NULL && j < entry->ranges->len; j++)
            bytes += g_array_index(entry->ranges, Range, j).length_bytes;
    }
    g_autofree char *size = text_bytes(bytes);
    say_problem("%u files, %s: what was mapped by page tables, what was only opened by what of it "
                "is in memory",
                list->entries->len, size);
    if (recording_is_partial(recording))
        say_problem("some processes could not be looked at: it is not complete");
}

/* The command's own status, unless the list fails: as env(1) and nice(1) do. */
int errand_record(const Errand *errand)
{
    int wait_status = 0;
    g_autoptr(GError) error = NULL;
    g_autoptr(Recording) recording = recording_new();
    if (recording == NULL) {
        say_problem("cannot read /proc: %s", g_strerror(errno));
        return EXIT_REFUSED;
    }
    const TracerSink sink = recording_sink(recording);
    if (!tracer_run(errand->words, &sink, &wait_status, &error)) {
        say_problem("%s", error->message);
        return EXIT_REFUSED;
    }
    g_autoptr(List) list = recording_list(recording);
    g_autoptr(GString) text = g_string_new(NULL);
    if (errand->json) {
        g_autofree char *json = list_to_json(list);
        g_string_append_printf(text, "%s\n", json);
    } else {
        list_print(list, text);
    }
    say_what_was_recorded(recording, list);
    int status = deliver(errand, text);
    if (status != EXIT_SUCCESS)
        return status;
    return WIFSIGNALED(wait_status) ? 128 + WTERMSIG(wait_status) : WEXITSTATUS(wait_status);
}
