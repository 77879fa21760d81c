/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "ctl/client.h"
#include "ctl/dict.h"
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/say.h"
#include "ctl/text.h"
#include "ctl/view-warm.h"
#include <fcntl.h>
#include <stdio.h>
#include <unistd.h>

/* Files of one order that is made by descriptors: as many as the daemon takes with a call. */
#define OPEN_MAX_FILES 16u
/* Each look costs half a call of what the daemon allows. */
#define LOOK_USEC 500000
#define LINE_CLEAR "\r\033[K"

static GVariant *ranges_of(const Goal *goal)
{
    GVariantBuilder ranges;
    g_variant_builder_init(&ranges, G_VARIANT_TYPE("a(tt)"));
    for (guint i = 0; i < goal->ranges->len; i++) {
        const Range *range = &g_array_index(goal->ranges, Range, i);
        g_variant_builder_add(&ranges, "(tt)", range->offset_bytes, range->length_bytes);
    }
    return g_variant_builder_end(&ranges);
}

static GVariant *files_of(const Goals *goals)
{
    GVariantBuilder files;
    g_variant_builder_init(&files, G_VARIANT_TYPE("a(sa(tt))"));
    for (guint i = 0; i < goals->all->len; i++) {
        const Goal *goal = goals->all->pdata[i];
        if (goal->ranges->len == 0 || !g_utf8_validate(goal->path, -1, NULL))
            continue; /* D-Bus cannot say that path */
        g_variant_builder_add(&files, "(s@a(tt))", goal->path, ranges_of(goal));
    }
    return g_variant_builder_end(&files);
}

static int complain(const GError *error)
{
    say_problem("%s", error->message);
    return g_error_matches(error, CLIENT_ERROR, CLIENT_ERROR_ABSENT) ? EXIT_ABSENT : EXIT_REFUSED;
}

static void show(const Paint *paint, GVariant *status, uint64_t took_usec)
{
    uint64_t goal_bytes = dict_u64(status, "goal_bytes");
    uint64_t read_bytes = dict_u64(status, "read_bytes");
    uint64_t done_bytes = read_bytes + dict_u64(status, "resident_bytes");
    const WarmProgress progress = {goal_bytes, MIN(done_bytes, goal_bytes), read_bytes, took_usec};
    g_autoptr(GString) line = g_string_new(LINE_CLEAR);
    view_progress(paint, &progress, line);
    (void)fputs(line->str, stderr);
}

/* Floating; NULL with error set. */
static GVariant *await(GDBusConnection *client, const Errand *errand, guint32 order, GError **error)
{
    const Paint paint = paint_for_stdout();
    bool shown = !errand->json && isatty(STDERR_FILENO) == 1;
    gint64 begun_usec = g_get_monotonic_time();
    for (;;) {
        g_autoptr(GVariant) status =
            client_call(client, "WarmStatus", g_variant_new("(u)", order), error);
        if (status == NULL || dict_bool(status, "ended")) {
            if (shown)
                (void)fputs(LINE_CLEAR, stderr);
            return g_steal_pointer(&status);
        }
        if (shown)
            show(&paint, status, (uint64_t)(g_get_monotonic_time() - begun_usec));
        g_usleep(LOOK_USEC);
    }
}

static int show_end(const Errand *errand, GVariant *status)
{
    if (errand->json)
        return say_json(status);
    WarmOutcome outcome = {.resident_bytes = dict_u64(status, "resident_bytes"),
                           .loaded_bytes = dict_u64(status, "loaded_bytes"),
                           .left_bytes = dict_u64(status, "left_bytes"),
                           .n_skipped = (uint32_t)dict_u64(status, "skipped"),
                           .n_failed = (uint32_t)dict_u64(status, "failed")};
    outcome.progress.goal_bytes = dict_u64(status, "goal_bytes");
    outcome.progress.read_bytes = dict_u64(status, "read_bytes");
    const Paint paint = paint_for_stdout();
    g_autoptr(GString) text = g_string_new(NULL);
    view_outcome(&paint, &outcome, text);
    if (dict_bool(status, "cancelled"))
        g_string_append(text, "  the daemon ended it: a pause, or memory became short\n");
    return say_text(text);
}

/* An order of the next files, opened by us: what we may not read, the daemon is not told of. */
static GVariant *order_open(GDBusConnection *client, const Goals *goals, guint *at, GError **error)
{
    GVariantBuilder files;
    g_autoptr(GUnixFDList) fds = g_unix_fd_list_new();
    g_variant_builder_init(&files, G_VARIANT_TYPE("a(ha(tt))"));
    for (; *at < goals->all->len && g_unix_fd_list_get_length(fds) < (gint)OPEN_MAX_FILES; ++*at) {
        const Goal *goal = goals->all->pdata[*at];
        autofd fd = open(goal->path, O_RDONLY | O_CLOEXEC | O_NONBLOCK | O_NOFOLLOW);
        if (goal->ranges->len == 0 || fd < 0)
            continue; /* it was readable a moment ago, when its goal was found */
        gint handle = g_unix_fd_list_append(fds, fd, error);
        if (handle < 0) {
            g_variant_builder_clear(&files);
            return NULL;
        }
        g_variant_builder_add(&files, "(h@a(tt))", handle, ranges_of(goal));
    }
    return client_call_with(client, "WarmOpen", g_variant_new("(a(ha(tt)))", &files), fds, error);
}

/* False with error set. */
static bool await_open(GDBusConnection *client, const GArray *orders, bool *ret_cancelled,
                       GError **error)
{
    for (guint i = 0; i < orders->len;) {
        g_autoptr(GVariant) progress = client_call(
            client, "WarmProgress", g_variant_new("(u)", g_array_index(orders, guint32, i)), error);
        if (progress == NULL)
            return false;
        *ret_cancelled |= dict_bool(progress, "cancelled");
        if (dict_bool(progress, "ended"))
            i++;
        else
            g_usleep(LOOK_USEC);
    }
    return true;
}

static int say_orders(const Errand *errand, const GArray *orders, bool cancelled)
{
    g_autoptr(GString) text = g_string_new(NULL);
    g_autofree char *count = text_count(orders->len, "order");
    g_string_append_printf(text,
                           errand->wait ? "the daemon has read it: %s\n"
                                        : "the daemon reads it, when nobody else does: %s\n",
                           count);
    if (cancelled)
        g_string_append(text, "the daemon ended some of it: a pause, or memory became short\n");
    return errand->json ? say_json(g_variant_new_parsed("{'orders': <%u>}", orders->len))
                        : say_text(text);
}

/* Of those who are not root: what was in memory before is not for them to know. */
static int warm_by_descriptors(const Errand *errand, const Goals *goals)
{
    bool cancelled = false;
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) client = client_connect(errand->socket, &error);
    g_autoptr(GArray) orders = g_array_new(FALSE, FALSE, sizeof(guint32));
    for (guint at = 0; client != NULL && error == NULL && at < goals->all->len;) {
        g_autoptr(GVariant) number = order_open(client, goals, &at, &error);
        guint32 order = number != NULL ? g_variant_get_uint32(number) : 0;
        if (number != NULL)
            g_array_append_val(orders, order);
    }
    if (error != NULL || (errand->wait && !await_open(client, orders, &cancelled, &error)))
        return complain(error);
    return say_orders(errand, orders, cancelled);
}

int warm_by_daemon(const Errand *errand, const Goals *goals)
{
    if (geteuid() != 0)
        return warm_by_descriptors(errand, goals);
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) client = client_connect(errand->socket, &error);
    GVariant *args = g_variant_new("(@a(sa(tt)))", files_of(goals));
    g_autoptr(GVariant) owned_args = g_variant_ref_sink(args);
    g_autoptr(GVariant) number =
        client != NULL ? client_call(client, "Warm", owned_args, &error) : NULL;
    if (number == NULL)
        return complain(error);
    guint32 order = g_variant_get_uint32(number);
    if (!errand->wait) {
        g_autoptr(GString) text = g_string_new(NULL);
        g_string_append_printf(text, "the daemon reads it, when nobody else does: order %u\n",
                               order);
        return errand->json ? say_json(g_variant_new_parsed("{'order': <%u>}", order))
                            : say_text(text);
    }
    g_autoptr(GVariant) status = await(client, errand, order, &error);
    return status != NULL ? show_end(errand, status) : complain(error);
}
