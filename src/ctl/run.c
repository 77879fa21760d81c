/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/run.h"
#include "ctl/client.h"
#include "ctl/exit.h"
#include "ctl/live.h"
#include "ctl/metrics-text.h"
#include "ctl/pins.h"
#include "ctl/report.h"
#include "ctl/say.h"
#include "ctl/transfer.h"
#include "ctl/view.h"
#include <errno.h>
#include <stdio.h>
#include <unistd.h>

static int complain(const Request *request, const GError *error)
{
    say_problem("%s", error->message);
    if (g_error_matches(error, CLIENT_ERROR, CLIENT_ERROR_ABSENT))
        return request->command == COMMAND_HEALTH ? EXIT_BROKEN : EXIT_ABSENT;
    return EXIT_REFUSED;
}

static const char *const stats_methods[] = {
    [STATS_TOTAL] = "Totals", [STATS_BY_EXE] = "Programs", [STATS_BY_DAY] = "Days"};

static GVariant *ask(GDBusConnection *client, const Request *request, GError **error)
{
    switch ((int)request->command) {
    case COMMAND_STATUS:
        return client_call(client, "Status", NULL, error);
    case COMMAND_STATS:
        return client_call(client, stats_methods[request->by], NULL, error);
    case COMMAND_HEALTH:
        return client_call(client, "Health", NULL, error);
    case COMMAND_PREDICT:
        return client_call(client, "Predict", g_variant_new("(u)", request->count), error);
    case COMMAND_PINS:
        return client_call(client, "Pins", NULL, error);
    case COMMAND_EXPLAIN:
        return client_call(client, "Explain", g_variant_new("(s)", request->program), error);
    default:
        return client_call(client, "Show", g_variant_new("(s)", request->program), error);
    }
}

static void view(const Request *request, GVariant *answer, GString *out)
{
    const Paint paint = paint_for_stdout();
    switch ((int)request->command) {
    case COMMAND_STATUS:
        view_status(&paint, answer, out);
        break;
    case COMMAND_STATS:
        view_stats(&paint, answer, request->by, request->count, out);
        if (request->by == STATS_BY_EXE && g_variant_n_children(answer) > request->count)
            g_string_append(out, "--count=1000 shows more of them\n");
        break;
    case COMMAND_HEALTH:
        view_health(&paint, answer, out);
        break;
    case COMMAND_PREDICT:
        view_predict(&paint, answer, out);
        break;
    case COMMAND_PINS:
        view_pins(&paint, answer, out);
        break;
    case COMMAND_EXPLAIN:
        view_explain(&paint, answer, out);
        break;
    default:
        view_show(&paint, answer, out);
    }
}

static int run_question(GDBusConnection *client, const Request *request)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) answer = ask(client, request, &error);
    if (answer == NULL)
        return complain(request, error);
    g_autoptr(GString) text = g_string_new(NULL);
    if (!request->json)
        view(request, answer, text);
    int status = request->json ? say_json(answer) : say_text(text);
    if (request->command == COMMAND_HEALTH && status == EXIT_SUCCESS)
        return view_health_status(answer);
    return status;
}

static const struct {
    const char *method;
    const char *done; /* what is said then; %s: the program */
} deeds[COMMANDS] = {
    [COMMAND_PAUSE] = {"Pause", "nothing is read ahead until then, or until preloadctl resume"},
    [COMMAND_RESUME] = {"Resume", "reading ahead"},
    [COMMAND_PROMOTE] = {"Promote", "is read ahead before others"},
    [COMMAND_DEMOTE] = {"Demote", "is read ahead after others"},
    [COMMAND_IGNORE] = {"Ignore", "is ignored; what was learnt of it is forgotten"},
    [COMMAND_FORGET] = {"Forget", "is forgotten; it is learnt anew when it runs"},
    [COMMAND_DUMP] = {"Dump", "all that is known is in the log: journalctl -u preload"},
    [COMMAND_SAVE] = {"Save", "the state is being saved"},
    [COMMAND_RELOAD] = {"Reload", "the configuration was read again"},
};

static GVariant *arguments(const Request *request)
{
    if (request->command == COMMAND_PAUSE)
        return g_variant_new("(u)", request->pause_sec);
    return request->program != NULL ? g_variant_new("(s)", request->program) : NULL;
}

static int run_deed(GDBusConnection *client, const Request *request)
{
    g_autoptr(GError) error = NULL;
    const char *method = deeds[request->command].method;
    g_autoptr(GVariant) answer = client_call(client, method, arguments(request), &error);
    if (error != NULL)
        return complain(request, error);
    const char *program = answer != NULL && g_variant_is_of_type(answer, G_VARIANT_TYPE_STRING)
                              ? g_variant_get_string(answer, NULL)
                              : "";
    if (request->json) {
        GVariantBuilder done;
        g_variant_builder_init(&done, G_VARIANT_TYPE_VARDICT);
        g_variant_builder_add(&done, "{sv}", "done", g_variant_new_boolean(TRUE));
        g_variant_builder_add(&done, "{sv}", "program", g_variant_new_string(program));
        g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(&done));
        return say_json(value);
    }
    g_autoptr(GString) text = g_string_new(program);
    if (request->command == COMMAND_PAUSE) {
        g_autofree char *span = text_span((uint64_t)request->pause_sec * G_USEC_PER_SEC);
        g_string_append_printf(text, "paused for %s:", span);
    }
    g_string_append_printf(text, "%s%s\n", text->len > 0 ? " " : "", deeds[request->command].done);
    return say_text(text);
}

/* As a whole: who reads the file never sees half of it. */
static int deliver(const Request *request, const GString *text, int mode)
{
    g_autoptr(GError) error = NULL;
    if (request->output == NULL)
        return say_text(text);
    if (g_file_set_contents_full(request->output, text->str, (gssize)text->len,
                                 G_FILE_SET_CONTENTS_CONSISTENT, mode, &error))
        return EXIT_SUCCESS;
    say_problem("%s", error->message);
    return EXIT_REFUSED;
}

/* That the daemon does not answer is a metric, too. */
static int run_metrics(GDBusConnection *client, const Request *request)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GVariant) status =
        client != NULL ? client_call(client, "Status", NULL, &error) : NULL;
    g_autoptr(GVariant) totals =
        status != NULL ? client_call(client, "Totals", NULL, &error) : NULL;
    g_autoptr(GVariant) items = totals != NULL ? client_call(client, "Health", NULL, &error) : NULL;
    if (error != NULL)
        return complain(request, error);
    if (request->json && status != NULL) {
        g_autoptr(GVariant) all = g_variant_ref_sink(g_variant_new_parsed(
            "{'status': <%@a{sv}>, 'totals': <%@aa{sv}>, 'health': <%@aa{sv}>}", status, totals,
            items));
        return say_json(all);
    }
    g_autoptr(GString) text = g_string_new(NULL);
    metrics_text(status, totals, items, text);
    int delivered = deliver(request, text, 0644);
    return delivered != EXIT_SUCCESS || client != NULL ? delivered : EXIT_ABSENT;
}

/* Only for who asked: it says what people run. */
static int run_report(GDBusConnection *client, const Request *request)
{
    g_autoptr(GError) error = NULL;
    if (request->output == NULL && !request->json && isatty(STDOUT_FILENO)) {
        say_problem("a report is for a browser: give --output FILE.html");
        return EXIT_USAGE;
    }
    g_autoptr(GString) text = report_make(client, request, &error);
    return text != NULL ? deliver(request, text, 0600) : complain(request, error);
}

int request_run(const Request *request)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GDBusConnection) client = client_connect(request->socket, &error);
    if (request->command == COMMAND_EXPORT)
        return transfer_export(client, request);
    if (request->command == COMMAND_IMPORT)
        return transfer_import(client, request);
    if (client == NULL) {
        int status = complain(request, error);
        return request->command == COMMAND_METRICS ? run_metrics(NULL, request) : status;
    }
    if (request->command == COMMAND_METRICS)
        return run_metrics(client, request);
    if (request->command == COMMAND_REPORT)
        return run_report(client, request);
    if (request->command == COMMAND_TOP)
        return live_top(client, request);
    if (request->command == COMMAND_WATCH)
        return live_watch(client, request);
    if (request->names != NULL)
        return pins_change(client, request);
    if (deeds[request->command].method != NULL)
        return run_deed(client, request);
    return run_question(client, request);
}
