/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/report.h"
#include <inttypes.h>

static char *quiet(const Stance *stance)
{
    static const char *const starting[] = {
        [BEGAN_NOTHING] = "something",
        [BEGAN_BOOT] = "the machine is still starting",
        [BEGAN_LOGIN] = "the session is still starting",
        [BEGAN_WAKE] = "the machine is still waking up",
    };
    if (stance->by_load)
        return g_strdup_printf("quiet: %s (load %.0f %%)", starting[stance->began],
                               stance->percent);
    return g_strdup_printf("quiet: %s (%s pressure %.0f %%)", starting[stance->began],
                           pressure_name(stance->by_pressure), stance->percent);
}

static char *in_window(const Stance *stance)
{
    const char *with = stance->began == BEGAN_BOOT ? " with the machine," : "";
    if (stance->kind == STANCE_SHORT)
        return g_strdup_printf("session began%s %" PRIu64 " s ago: memory is short, %.0f %% of it "
                               "available",
                               with, stance->since_sec, stance->percent);
    return g_strdup_printf("session began%s %" PRIu64 " s ago: the %" PRIu32
                           " most likely program%s in any case",
                           with, stance->since_sec, stance->top, stance->top == 1 ? "" : "s");
}

char *report_stance(const Stance *stance)
{
    g_autofree char *kind = NULL;
    switch (stance->kind) {
    case STANCE_NORMAL:
        return stance->reduced ? g_strdup("on battery, reduced") : NULL;
    case STANCE_PAUSED:
        return g_strdup("paused: on battery");
    case STANCE_QUIET:
        kind = quiet(stance);
        break;
    case STANCE_WINDOW:
    case STANCE_SHORT:
        kind = in_window(stance);
        break;
    }
    return g_strconcat(kind, stance->reduced ? "; on battery, reduced" : "", NULL);
}
