/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/report.h"
#include "ctl/client.h"
#include "ctl/json.h"
#include "ctl/report-page.h"

#define LAUNCHES 1000

typedef ReportAnswers Owned;

static void owned_clear(Owned *answers)
{
    g_clear_pointer(&answers->status, g_variant_unref);
    g_clear_pointer(&answers->days, g_variant_unref);
    g_clear_pointer(&answers->health, g_variant_unref);
    g_clear_pointer(&answers->programs, g_variant_unref);
    g_clear_pointer(&answers->launches, g_variant_unref);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Owned, owned_clear)

/* NULL without an error if it is refused: who asks is not told names, or the daemon is older. */
static GVariant *ask_names(GDBusConnection *client, const char *method, GVariant *args,
                           GError **error)
{
    g_autoptr(GError) problem = NULL;
    GVariant *answer = client_call(client, method, args, &problem);
    if (answer == NULL && !g_error_matches(problem, CLIENT_ERROR, CLIENT_ERROR_REFUSED))
        g_propagate_error(error, g_steal_pointer(&problem));
    return answer;
}

static bool ask_all(GDBusConnection *client, Owned *answers, GError **error)
{
    g_autoptr(GError) problem = NULL;
    answers->status = client_call(client, "Status", NULL, error);
    answers->days = answers->status != NULL ? client_call(client, "Days", NULL, error) : NULL;
    answers->health = answers->days != NULL ? client_call(client, "Health", NULL, error) : NULL;
    if (answers->health == NULL)
        return false;
    answers->programs = ask_names(client, "Programs", NULL, &problem);
    if (problem == NULL)
        answers->launches = ask_names(client, "Launches", g_variant_new("(u)", LAUNCHES), &problem);
    if (problem == NULL)
        return true;
    g_propagate_error(error, g_steal_pointer(&problem));
    return false;
}

static void add(GVariantBuilder *all, const char *name, GVariant *answer)
{
    if (answer != NULL)
        g_variant_builder_add(all, "{sv}", name, answer);
}

static GString *json_page(const Owned *answers)
{
    GVariantBuilder all;
    g_variant_builder_init(&all, G_VARIANT_TYPE_VARDICT);
    add(&all, "status", answers->status);
    add(&all, "days", answers->days);
    add(&all, "health", answers->health);
    add(&all, "programs", answers->programs);
    add(&all, "launches", answers->launches);
    g_autoptr(GVariant) value = g_variant_ref_sink(g_variant_builder_end(&all));
    g_autofree char *json = json_of(value, TRUE);
    GString *text = g_string_new(json);
    return g_string_append_c(text, '\n');
}

GString *report_make(GDBusConnection *client, const Request *request, GError **error)
{
    g_auto(Owned) answers = {0};
    if (!ask_all(client, &answers, error))
        return NULL;
    if (request->json)
        return json_page(&answers);
    GString *page = g_string_new(NULL);
    report_page(&answers, g_get_real_time() / G_USEC_PER_SEC, page);
    return page;
}
