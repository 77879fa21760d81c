/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/health.h"
#include "unit.h"
#include <errno.h>

static HealthFacts well(void)
{
    HealthFacts facts = {.service = true,
                         .proc = true,
                         .memory = true,
                         .looked = true,
                         .events = {.asked = true},
                         .scans = true,
                         .predicts = true,
                         .assists = true,
                         .keeps = true,
                         .saves = true,
                         .watches = true,
                         .kernel = {true, true, true, true, true}};
    for (gsize i = 0; i < RIGHTS_NEEDED; i++)
        facts.rights.effective |= UINT64_C(1) << rights_needed[i].number;
    return facts;
}

static void no_proc(HealthFacts *facts)
{
    facts->proc = false;
}
static void no_memory(HealthFacts *facts)
{
    facts->memory = false;
}
static void no_scans(HealthFacts *facts)
{
    facts->scans = false;
}
static void no_predictions(HealthFacts *facts)
{
    facts->predicts = false;
}
static void no_assistance(HealthFacts *facts)
{
    facts->assists = false;
}
static void no_saves(HealthFacts *facts)
{
    facts->saves = false;
}
static void no_rights(HealthFacts *facts)
{
    facts->rights.effective = 0;
}
static void no_execs(HealthFacts *facts)
{
    facts->events.execs_error = -EPERM;
}
static void no_opens(HealthFacts *facts)
{
    facts->events.opens_error = -EPERM;
}
static void unmarked(HealthFacts *facts)
{
    facts->events.n_unmarked = 2;
}
static void overruns(HealthFacts *facts)
{
    facts->events.n_overruns = 3;
}
static void unwatched(HealthFacts *facts)
{
    facts->n_unwatched = 7;
}
static void unpinned(HealthFacts *facts)
{
    facts->n_pins = 5;
    facts->n_locked = 3;
}

static void no_inotify(HealthFacts *facts)
{
    facts->watches = false;
}
static void no_fadvise(HealthFacts *facts)
{
    facts->kernel.fadvise = false;
}
static void no_mincore(HealthFacts *facts)
{
    facts->kernel.mincore = false;
}
static void no_pagemap(HealthFacts *facts)
{
    facts->kernel.pagemap = false;
}
static void no_mlock(HealthFacts *facts)
{
    facts->kernel.mlock = false;
}

static const struct {
    void (*change)(HealthFacts *facts);
    const char *name;
    HealthLevel level;
} lacks[] = {
    {no_proc, "proc", HEALTH_BROKEN},
    {no_memory, "meminfo", HEALTH_BROKEN},
    {no_scans, "scanning", HEALTH_BROKEN},
    {no_predictions, "prediction", HEALTH_BROKEN},
    {no_assistance, "assistance", HEALTH_DEGRADED},
    {no_saves, "state", HEALTH_DEGRADED},
    {no_rights, "CAP_FOWNER", HEALTH_DEGRADED},
    {no_execs, "events", HEALTH_DEGRADED},
    {no_opens, "events", HEALTH_DEGRADED},
    {unmarked, "events", HEALTH_DEGRADED},
    {overruns, "overruns", HEALTH_DEGRADED},
    {unwatched, "watches", HEALTH_DEGRADED},
    {no_inotify, "watches", HEALTH_DEGRADED},
    {no_fadvise, "reading", HEALTH_BROKEN},
    {no_mincore, "residency", HEALTH_DEGRADED},
    {no_pagemap, "pagemap", HEALTH_DEGRADED},
    {no_mlock, "locking", HEALTH_DEGRADED},
    {unpinned, "pins", HEALTH_DEGRADED},
};

static const HealthItem *find(const GPtrArray *items, const char *name)
{
    for (guint i = 0; i < items->len; i++) {
        const HealthItem *item = items->pdata[i];
        if (strcmp(item->name, name) == 0)
            return item;
    }
    return NULL;
}

START_TEST(all_is_well)
{
    const HealthFacts facts = well();
    g_autoptr(GPtrArray) items = health_of(&facts);
    ck_assert_int_eq(health_worst(items), HEALTH_OK);
    for (guint i = 0; i < items->len; i++) {
        const HealthItem *item = items->pdata[i];
        ck_assert_str_ne(item->what, "");
        ck_assert_str_eq(item->cost, "");
        ck_assert_str_eq(item->remedy, "");
    }
}
END_TEST

START_TEST(what_is_lacking_has_a_cost_and_a_remedy)
{
    HealthFacts facts = well();
    lacks[_i].change(&facts);
    for (int service = 0; service < 2; service++) {
        facts.service = service == 1;
        g_autoptr(GPtrArray) items = health_of(&facts);
        const HealthItem *item = find(items, lacks[_i].name);
        ck_assert_ptr_nonnull(item);
        ck_assert_int_eq(item->level, lacks[_i].level);
        ck_assert_int_eq(health_worst(items), lacks[_i].level);
        ck_assert_str_ne(item->cost, "");
        ck_assert_str_ne(item->remedy, "");
    }
}
END_TEST

/* Said, but no fault. */
START_TEST(the_load_is_gone_by_where_pressure_is_not_told)
{
    HealthFacts facts = well();
    facts.kernel.pressure = false;
    g_autoptr(GPtrArray) items = health_of(&facts);
    ck_assert_int_eq(health_worst(items), HEALTH_OK);
    ck_assert_ptr_nonnull(strstr(find(items, "pressure")->what, "no /proc/pressure"));
}
END_TEST

START_TEST(of_pins_it_is_said_where_there_are_some)
{
    HealthFacts facts = well();
    g_autoptr(GPtrArray) none = health_of(&facts);
    ck_assert_ptr_null(find(none, "pins"));
    facts.n_pins = 2;
    facts.n_locked = 2;
    g_autoptr(GPtrArray) locked = health_of(&facts);
    ck_assert_str_eq(find(locked, "pins")->what, "what is pinned is locked in memory");
    ck_assert_int_eq(health_worst(locked), HEALTH_OK);
    unpinned(&facts);
    g_autoptr(GPtrArray) loose = health_of(&facts);
    ck_assert_str_eq(find(loose, "pins")->what, "2 of 5 pinned files are not locked in memory");
}
END_TEST

START_TEST(nothing_is_said_before_it_is_known)
{
    HealthFacts facts = well();
    facts.looked = false;
    facts.memory = false;
    facts.events = (ObserverHealth){.asked = true, .execs_error = -EPERM};
    g_autoptr(GPtrArray) items = health_of(&facts);
    ck_assert_int_eq(health_worst(items), HEALTH_OK);
    facts.keeps = false; /* asked for: no fault */
    facts.saves = false;
    g_autoptr(GPtrArray) stateless = health_of(&facts);
    ck_assert_int_eq(health_worst(stateless), HEALTH_OK);
    ck_assert_str_eq(health_name(HEALTH_DEGRADED), "degraded");
    ck_assert_str_eq(health_name((HealthLevel)9), "broken");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("health");
    UNIT_ADD(suite, all_is_well);
    UNIT_ADD_ROWS(suite, what_is_lacking_has_a_cost_and_a_remedy, lacks);
    UNIT_ADD(suite, the_load_is_gone_by_where_pressure_is_not_told);
    UNIT_ADD(suite, of_pins_it_is_said_where_there_are_some);
    UNIT_ADD(suite, nothing_is_said_before_it_is_known);
    return suite;
}
