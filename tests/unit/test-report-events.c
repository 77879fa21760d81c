/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "given.h"
#include "service/report.h"
#include "unit.h"
#include <errno.h>

static const struct {
    ReadaheadReport report;
    const char *text;
} launches[] = {
    {{0}, "vi starts: 100 % of its 0 KiB in memory"},
    {{.planned_bytes = 10 * MIB, .resident_bytes = 10 * MIB},
     "vi starts: 100 % of its 10 MiB in memory"},
    {{.planned_bytes = 1024 * MIB, .resident_bytes = 1024 * MIB - 1},
     "vi starts: 99 % of its 1.0 GiB in memory"},
    {{.planned_bytes = 10 * MIB, .resident_bytes = 4 * MIB, .left_bytes = 6 * MIB},
     "vi starts: 40 % of its 10 MiB in memory"},
    {{.planned_bytes = 10 * MIB,
      .resident_bytes = 4 * MIB,
      .submitted_bytes = 6 * MIB,
      .took_usec = 1234567},
     "vi starts: 40 % of its 10 MiB in memory, 6.0 MiB asked for in 1.23 s"},
    {{.planned_bytes = 10 * MIB, .submitted_bytes = MIB, .took_usec = 10000, .cancelled = true},
     "vi starts: 0 % of its 10 MiB in memory, 1.0 MiB asked for in 0.01 s, until it ended"},
};

START_TEST(a_launch)
{
    g_autofree char *text = report_assist("vi", &launches[_i].report);
    ck_assert_str_eq(text, launches[_i].text);
}
END_TEST

/* What is said of the events, by its beginning and its end; NULL: nothing. */
static const struct {
    ObserverHealth health;
    const char *begin;
    const char *end;
} healths[] = {
    {{0}, NULL, NULL},
    {{.asked = true}, NULL, NULL},
    {{.asked = true, .n_overruns = 9, .n_learning = 3}, NULL, NULL},
    {{.execs_error = -EPERM, .opens_error = -EPERM, .n_unmarked = 1}, NULL, NULL},
    {{.asked = true, .execs_error = -EPERM, .opens_error = -ENOSYS, .n_unmarked = 1},
     "programs that start are not told (proc connector: not permitted): ",
     "nothing is read ahead at the start of a program"},
    {{.asked = true, .execs_error = -EOPNOTSUPP},
     "programs that start are not told (proc connector: no answer: in a container, or the kernel "
     "has none): ",
     "nothing is read ahead at the start of a program"},
    {{.asked = true, .opens_error = -EACCES, .n_unmarked = 1, .unmarked_why = "/: x"},
     "files that are opened are not told (fanotify: not permitted): ",
     "those that are read but not mapped are not learnt"},
    {{.asked = true, .opens_error = -ENOSYS},
     "files that are opened are not told (fanotify: Function not implemented): ",
     "are not learnt"},
    {{.asked = true, .n_unmarked = 1, .unmarked_why = "/mnt: said no"},
     "on 1 file system opens are not told (/mnt: said no): ",
     "are not learnt"},
    {{.asked = true, .n_unmarked = 2, .unmarked_why = "/mnt: said no"},
     "on 2 file systems opens are not told (/mnt: said no): ",
     "are not learnt"},
};

START_TEST(the_events)
{
    g_autofree char *text = report_events(&healths[_i].health);
    ck_assert_int_eq(text == NULL, healths[_i].begin == NULL);
    if (text == NULL)
        return;
    ck_assert_msg(g_str_has_prefix(text, healths[_i].begin), "%s", text);
    ck_assert_msg(g_str_has_suffix(text, healths[_i].end), "%s", text);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("report-events");
    UNIT_ADD_ROWS(suite, a_launch, launches);
    UNIT_ADD_ROWS(suite, the_events, healths);
    return suite;
}
