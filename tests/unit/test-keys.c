/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/keys.h"
#include "unit.h"

static const struct {
    const char *a;
    const char *b;
    size_t distance;
} distance_rows[] = {
    {"", "", 0},
    {"cycle", "cycle", 0},
    {"", "cycle", 5},
    {"cycle", "", 5},
    {"cycle", "cycl", 1},
    {"cycle", "ccycle", 1},
    {"cycle", "cicle", 1},
    {"cylce", "cycle", 1},
    {"kitten", "sitting", 3},
    {"12345678901234567890123456789012", "12345678901234567890123456789012", 0},
    {"123456789012345678901234567890123", "123456789012345678901234567890123", 33},
};

START_TEST(distances)
{
    ck_assert_uint_eq(config_edit_distance(distance_rows[_i].a, distance_rows[_i].b),
                      distance_rows[_i].distance);
}
END_TEST

static const struct {
    const char *group;
    const char *name;
    const char *hint;
} hint_rows[] = {
    {"model", "cylce", "did you mean cycle?"},
    {"model", "MinSize", "did you mean minsize?"},
    {"model", "use_correlation", "did you mean usecorrelation?"},
    {"model", "memtotals", "did you mean memtotal?"},
    {"system", "process", "did you mean processes?"},
    {"system", "thread_count", "did you mean threads_count?"},
    {"system", "max_procs", "did you mean maxprocs?"},
    {"system", "memfree", "it belongs into [model]"},
    {"model", "processes", "it belongs into [system]"},
    {"model", "x",
     "known keys of [model]: cycle usecorrelation minsize memtotal memfree memcached minchance "
     "launchbase launchdivisor userfactor automatedfactor shortpenalty shortlived "
     "observationshare"},
    {"system", "",
     "known keys of [system]: doscan learn dopredict assist seed autosave mapprefix exeprefix "
     "fileprefix "
     "interpreters appprefix promote ignore maxprocs bandwidth yield mergingsize sortstrategy "
     "rotational maxwatches "
     "sessionwindow sessiontop sessionmemory sessionapart busypressure busyload onbattery pinlimit "
     "pinlists pinshared"},
    {"system", "file_prefix", "did you mean fileprefix?"},
    {"model", "learn", "it belongs into [system]"},
};

START_TEST(hints)
{
    g_autofree char *hint = config_key_hint(hint_rows[_i].group, hint_rows[_i].name);
    ck_assert_str_eq(hint, hint_rows[_i].hint);
}
END_TEST

static const struct {
    const char *group;
    const char *hint;
} group_rows[] = {
    {"Model", "did you mean [model]?"},
    {" system ", "did you mean [system]?"},
    {"sytsem", "did you mean [system]?"},
    {"general", "known groups: [model] [system]"},
};

START_TEST(group_hints)
{
    g_autofree char *hint = config_group_hint(group_rows[_i].group);
    ck_assert_str_eq(hint, group_rows[_i].hint);
    ck_assert(!config_group_known(group_rows[_i].group));
}
END_TEST

START_TEST(find)
{
    const ConfigKey *maxprocs = config_key_find("system", "maxprocs");
    ck_assert_ptr_nonnull(maxprocs);
    ck_assert_ptr_eq(config_key_find("system", "processes"), maxprocs);
    ck_assert_ptr_null(config_key_find("model", "maxprocs"));
    ck_assert_ptr_null(config_key_find("system", ""));
    ck_assert(config_group_known("model"));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("keys");
    UNIT_ADD_ROWS(suite, distances, distance_rows);
    UNIT_ADD_ROWS(suite, hints, hint_rows);
    UNIT_ADD_ROWS(suite, group_hints, group_rows);
    UNIT_ADD(suite, find);
    return suite;
}
