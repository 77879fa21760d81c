/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/report.h"
#include "unit.h"

static const struct {
    Stance stance;
    const char *text; /* NULL: as usual */
} rows[] = {
    {{.kind = STANCE_NORMAL, .began = BEGAN_BOOT, .since_sec = 9999, .top = 5}, NULL},
    {{.kind = STANCE_NORMAL, .reduced = true}, "on battery, reduced"},
    {{.kind = STANCE_PAUSED}, "paused: on battery"},
    {{.kind = STANCE_WINDOW, .began = BEGAN_LOGIN, .since_sec = 20, .top = 5},
     "session began 20 s ago: the 5 most likely programs in any case"},
    {{.kind = STANCE_WINDOW, .began = BEGAN_BOOT, .since_sec = 0, .top = 1, .reduced = true},
     "session began with the machine, 0 s ago: the 1 most likely program in any case; on battery, "
     "reduced"},
    {{.kind = STANCE_SHORT, .began = BEGAN_LOGIN, .since_sec = 7, .percent = 12.3},
     "session began 7 s ago: memory is short, 12 % of it available"},
    {{.kind = STANCE_QUIET, .began = BEGAN_BOOT, .by_pressure = PRESSURE_IO, .percent = 45.4},
     "quiet: the machine is still starting (disk pressure 45 %)"},
    {{.kind = STANCE_QUIET, .began = BEGAN_LOGIN, .by_pressure = PRESSURE_CPU, .percent = 20},
     "quiet: the session is still starting (processor pressure 20 %)"},
    {{.kind = STANCE_QUIET, .began = BEGAN_WAKE, .by_load = true, .percent = 250, .reduced = true},
     "quiet: the machine is still waking up (load 250 %); on battery, reduced"},
};

START_TEST(texts)
{
    g_autofree char *text = report_stance(&rows[_i].stance);
    if (rows[_i].text == NULL)
        ck_assert_ptr_null(text);
    else
        ck_assert_str_eq(text, rows[_i].text);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("report-stance");
    UNIT_ADD_ROWS(suite, texts, rows);
    return suite;
}
