/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/observation.h"
#include "unit.h"

/* That all is freed, and once only, is what the address sanitizer tells. */
START_TEST(owns_what_is_in_it)
{
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", "script");
    Observation *observation = observation_new();
    Sighting *sighting = g_new0(Sighting, 1);
    sighting->key = exe_key_ref(key);
    g_ptr_array_add(observation->stopped, exe_key_ref(key));
    g_ptr_array_add(observation->started, exe_key_ref(key));
    g_ptr_array_add(observation->sightings, sighting); /* without regions */
    ck_assert_int_eq(observation->error, 0);
    ck_assert(!observation->memory_known);
    observation_free(observation);
    ck_assert_str_eq(key->path, "/bin/a");
}
END_TEST

/* Whoever adds keys alone does not know. */
START_TEST(has_the_origins_of_what_started)
{
    g_autoptr(ExeKey) key = exe_key_new("/bin/a", NULL);
    g_autoptr(Observation) observation = observation_new();
    ck_assert_int_eq(observation_origin(observation, 0), ORIGIN_UNKNOWN);
    observation_add_started(observation, key, ORIGIN_USER);
    g_ptr_array_add(observation->started, exe_key_ref(key));
    g_ptr_array_add(observation->started, exe_key_ref(key));
    observation_add_started(observation, key, ORIGIN_AUTOMATED);
    ck_assert_uint_eq(observation->started->len, 4);
    const Origin expected[] = {ORIGIN_USER, ORIGIN_UNKNOWN, ORIGIN_UNKNOWN, ORIGIN_AUTOMATED};
    for (guint i = 0; i < G_N_ELEMENTS(expected); i++)
        ck_assert_int_eq(observation_origin(observation, i), expected[i]);
}
END_TEST

START_TEST(frees_nothing_too)
{
    Region region = {.path = g_ref_string_new("/lib/x")};
    region_clear(&region);
    ck_assert_ptr_null(region.path);
    region_clear(&region);
    sighting_free(NULL);
    observation_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("observation");
    UNIT_ADD(suite, owns_what_is_in_it);
    UNIT_ADD(suite, has_the_origins_of_what_started);
    UNIT_ADD(suite, frees_nothing_too);
    return suite;
}
