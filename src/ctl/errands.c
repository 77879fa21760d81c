/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/errands.h"
#include "ctl/exit.h"
#include "ctl/say.h"

int errand_run(const Errand *errand)
{
    static int (*const runs[])(const Errand *errand) = {[ERRAND_ANALYZE] = errand_analyze,
                                                        [ERRAND_RESIDENCY] = errand_residency,
                                                        [ERRAND_WARM] = errand_warm,
                                                        [ERRAND_RECORD] = errand_record,
                                                        [ERRAND_DISCOVER] = errand_discover};
    if (errand->help) {
        g_autofree char *help = errand_help();
        g_autoptr(GString) text = g_string_new(help);
        return say_text(text);
    }
    return runs[errand->kind](errand);
}
