/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"
#include "prefetch/pins.h"
#include "unit.h"
#include <stdio.h>

#define MIB ((size_t)1 << 20)

typedef struct {
    char *directory;
    Storage *storage;
    Pins *pins;
    GArray *wishes;
} Given;

static Given given_pins(void)
{
    Given given = {disk_mkdir(), storage_new("/sys", "/proc/self/mountinfo"), pins_new(),
                   pins_wishes_new()};
    ck_assert_ptr_nonnull(given.directory);
    return given;
}

static void given_clear(Given *given)
{
    pins_free(given->pins);
    storage_free(given->storage);
    g_array_unref(given->wishes);
    unit_rmdir(given->directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Given, given_clear)

static void wish(Given *given, const char *name)
{
    PinWish made = {.path = g_build_filename(given->directory, name, NULL)};
    g_array_append_val(given->wishes, made);
}

static void make(const Given *given, const char *name, size_t size_bytes)
{
    g_free(disk_file(given->directory, name, size_bytes));
}

static bool closed(gpointer data)
{
    return false;
}

/* What came of the wishes, a letter each: L locked, G gone, R refused, X limit, S stopped. */
static char *settle_with(Given *given, uint64_t limit_bytes, const PinGate *gate)
{
    static const char letters[] = {
        [PIN_LOCKED] = 'L',  [PIN_GONE] = 'G',    [PIN_REFUSED] = 'R', [PIN_EMPTY] = 'E',
        [PIN_CHANGED] = 'C', [PIN_STOPPED] = 'S', [PIN_LIMIT] = 'X'};
    g_autoptr(GArray) states =
        pins_settle(given->pins, given->wishes, limit_bytes, given->storage, gate);
    GString *text = g_string_new(NULL);
    ck_assert_uint_eq(states->len, given->wishes->len);
    for (guint i = 0; i < states->len; i++)
        g_string_append_c(text, letters[g_array_index(states, PinState, i).outcome]);
    return g_string_free(text, FALSE);
}

static void expect(Given *given, uint64_t limit_bytes, const char *outcomes, uint64_t bytes)
{
    const PinGate gate = {NULL, NULL};
    g_autofree char *text = settle_with(given, limit_bytes, &gate);
    ck_assert_str_eq(text, outcomes);
    ck_assert_uint_eq(pins_bytes(given->pins), bytes);
}

/* As the kernel counts it. */
static uint64_t locked_bytes(void)
{
    g_autofree char *status = NULL;
    unsigned long kib = 0;
    ck_assert(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
    const char *line = strstr(status, "VmLck:");
    ck_assert(line != NULL && sscanf(line, "VmLck: %lu kB", &kib) == 1);
    return (uint64_t)kib * 1024;
}

START_TEST(what_does_not_fit_is_left_out)
{
    g_auto(Given) given = given_pins();
    make(&given, "one", MIB);
    make(&given, "large", 3 * MIB);
    make(&given, "two", MIB);
    wish(&given, "one");
    wish(&given, "large");
    wish(&given, "two");
    wish(&given, "none");
    expect(&given, 2 * MIB, "LXLG", 2 * MIB);
    ck_assert_uint_eq(locked_bytes(), 2 * MIB);
    expect(&given, 5 * MIB, "LLLG", 5 * MIB);
    ck_assert_uint_eq(locked_bytes(), 5 * MIB);
    expect(&given, MIB, "LXXG", MIB); /* a lower limit holds at once */
    ck_assert_uint_eq(locked_bytes(), MIB);
    expect(&given, 0, "XXXG", 0);
    ck_assert_uint_eq(locked_bytes(), 0);
}
END_TEST

START_TEST(what_is_not_wished_for_any_more_goes_first)
{
    g_auto(Given) given = given_pins();
    make(&given, "old", 2 * MIB);
    make(&given, "new", 2 * MIB);
    wish(&given, "old");
    expect(&given, 2 * MIB, "L", 2 * MIB);
    g_array_set_size(given.wishes, 0);
    wish(&given, "new");
    expect(&given, 2 * MIB, "L", 2 * MIB);
    ck_assert_uint_eq(locked_bytes(), 2 * MIB);
    pins_release(given.pins);
    ck_assert_uint_eq(locked_bytes(), 0);
    ck_assert_uint_eq(pins_bytes(given.pins), 0);
    expect(&given, 2 * MIB, "L", 2 * MIB);
}
END_TEST

START_TEST(a_file_that_was_replaced_is_pinned_anew)
{
    g_auto(Given) given = given_pins();
    make(&given, "file", MIB);
    make(&given, "next", 2 * MIB);
    wish(&given, "file");
    expect(&given, 8 * MIB, "L", MIB);
    g_autofree char *file = g_build_filename(given.directory, "file", NULL);
    g_autofree char *next = g_build_filename(given.directory, "next", NULL);
    ck_assert_int_eq(rename(next, file), 0);
    disk_drop(file);
    expect(&given, 8 * MIB, "L", 2 * MIB);
    ck_assert_uint_eq(disk_resident(file, 0, 2 * MIB), 2 * MIB);
    ck_assert_uint_eq(locked_bytes(), 2 * MIB);
    ck_assert_int_eq(truncate(file, 0), 0);
    expect(&given, 8 * MIB, "E", 0);
    ck_assert_uint_eq(locked_bytes(), 0);
    ck_assert_int_eq(unlink(file), 0);
    expect(&given, 8 * MIB, "G", 0);
}
END_TEST

START_TEST(what_could_not_be_looked_at_stays)
{
    g_auto(Given) given = given_pins();
    const PinGate gate = {closed, NULL};
    make(&given, "file", MIB);
    wish(&given, "file");
    expect(&given, 8 * MIB, "L", MIB);
    wish(&given, "other");
    make(&given, "other", MIB);
    g_autofree char *text = settle_with(&given, 8 * MIB, &gate);
    ck_assert_str_eq(text, "LS");
    ck_assert_uint_eq(pins_bytes(given.pins), MIB);
}
END_TEST

START_TEST(relative_paths_and_other_file_systems_are_refused)
{
    g_auto(Given) given = given_pins();
    static const char *const paths[] = {"relative", "/proc/version", "/sys/kernel/uevent_seqnum",
                                        "/dev/null"};
    for (gsize i = 0; i < G_N_ELEMENTS(paths); i++) {
        PinWish made = {.path = g_strdup(paths[i])};
        g_array_append_val(given.wishes, made);
    }
    expect(&given, MIB, "RRRR", 0);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pins");
    UNIT_ADD(suite, what_does_not_fit_is_left_out);
    UNIT_ADD(suite, what_is_not_wished_for_any_more_goes_first);
    UNIT_ADD(suite, a_file_that_was_replaced_is_pinned_anew);
    UNIT_ADD(suite, what_could_not_be_looked_at_stays);
    UNIT_ADD(suite, relative_paths_and_other_file_systems_are_refused);
    return suite;
}
