/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/view.h"

static char *event_launched(GVariant *args)
{
    const char *program = NULL;
    guint64 wanted = 0;
    guint64 resident = 0;
    guint64 asked = 0;
    g_variant_get(args, "(&sttt)", &program, &wanted, &resident, &asked);
    g_autofree char *share =
        text_share(wanted > 0 ? (double)resident / (double)wanted : 0, wanted > 0);
    g_autofree char *size = text_bytes(wanted);
    g_autofree char *more = text_bytes(asked);
    return g_strdup_printf("launched    %s: %s of its %s in memory%s%s%s", program, share, size,
                           asked > 0 ? ", " : "", asked > 0 ? more : "",
                           asked > 0 ? " asked for" : "");
}

static char *event_predicted(GVariant *args)
{
    const char *program = NULL;
    double chance = 0;
    g_variant_get(args, "(&sd)", &program, &chance);
    g_autofree char *share = text_share(chance, true);
    return g_strdup_printf("predicted   %s next: %s", program, share);
}

static char *event_read(GVariant *args)
{
    guint64 wanted = 0;
    guint64 resident = 0;
    guint64 loaded = 0;
    guint64 took_usec = 0;
    g_variant_get(args, "(tttt)", &wanted, &resident, &loaded, &took_usec);
    g_autofree char *size = text_bytes(loaded);
    g_autofree char *span = text_span(took_usec);
    g_autofree char *all = text_bytes(wanted);
    return g_strdup_printf("read ahead  %s in %s, of %s wanted", size, span, all);
}

static char *event_changed(GVariant *args)
{
    g_autoptr(GVariant) changed = g_variant_get_child_value(args, 1);
    gboolean paused = FALSE;
    const char *level = "";
    guint32 programs = 0;
    if (!g_variant_lookup(changed, "Paused", "b", &paused) ||
        !g_variant_lookup(changed, "Level", "&s", &level) ||
        !g_variant_lookup(changed, "Programs", "u", &programs))
        return NULL;
    return g_strdup_printf("state       %s, health %s, %u programs known",
                           paused ? "paused" : "active", level, programs);
}

char *view_event(const char *signal, GVariant *args)
{
    static const struct {
        const char *signal;
        const char *type;
        char *(*view)(GVariant *args);
    } events[] = {
        {"Launched", "(sttt)", event_launched},
        {"Predicted", "(sd)", event_predicted},
        {"ReadAhead", "(tttt)", event_read},
        {"PropertiesChanged", "(sa{sv}as)", event_changed},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(events); i++)
        if (g_str_equal(events[i].signal, signal) &&
            g_variant_is_of_type(args, G_VARIANT_TYPE(events[i].type)))
            return events[i].view(args);
    return NULL;
}
