/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"
#include "prefetch/pin.h"
#include "unit.h"

#define MIB ((size_t)1 << 20)

static const PinGate open_gate = {NULL, NULL};

/* The file of a test, with a directory of its own. */
typedef struct {
    char *directory;
    char *path;
} Given;

static Given given_file(size_t size_bytes)
{
    char *directory = disk_mkdir();
    ck_assert_ptr_nonnull(directory);
    return (Given){directory, disk_file(directory, "file", size_bytes)};
}

static void given_clear(Given *given)
{
    g_free(given->path);
    unit_rmdir(given->directory);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Given, given_clear)

static void drop(const char *path)
{
    int fd = open(path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(posix_fadvise(fd, 0, 0, POSIX_FADV_DONTNEED), 0);
    (void)close(fd);
}

START_TEST(what_is_pinned_cannot_be_dropped)
{
    g_auto(Given) given = given_file(2 * MIB);
    g_auto(PinLook) look = {0};
    PinOutcome outcome = PIN_STOPPED;
    disk_drop(given.path);
    ck_assert_int_eq(pin_look(given.path, NULL, &look), PIN_LOCKED);
    ck_assert_uint_eq(look.bytes, 2 * MIB);
    Pin *pin = pin_new(given.path, &look, &open_gate, &outcome);
    ck_assert_int_eq(outcome, PIN_LOCKED);
    ck_assert_uint_eq(disk_resident(given.path, 0, 2 * MIB), 2 * MIB);
    drop(given.path);
    ck_assert_uint_eq(disk_resident(given.path, 0, 2 * MIB), 2 * MIB);
    ck_assert(pin_is(pin, &look));
    ck_assert_uint_eq(pin_bytes(pin), 2 * MIB);
    pin_free(pin);
    drop(given.path);
    ck_assert_uint_eq(disk_resident(given.path, 0, 2 * MIB), 0);
}
END_TEST

START_TEST(only_the_blocks_that_are_wanted_are_pinned)
{
    g_auto(Given) given = given_file(2 * MIB);
    g_auto(PinLook) look = {0};
    PinOutcome outcome = PIN_STOPPED;
    BlockSet blocks = BLOCK_SET_NULL;
    (void)block_set_add_run(&blocks, 0, 1);
    (void)block_set_add_run(&blocks, 16, 2);
    (void)block_set_add_run(&blocks, 1000, 5); /* behind the end */
    ck_assert_int_eq(pin_look(given.path, &blocks, &look), PIN_LOCKED);
    ck_assert_uint_eq(look.bytes, 3 * BLOCK_BYTES);
    g_autoptr(Pin) pin = pin_new(given.path, &look, &open_gate, &outcome);
    ck_assert_int_eq(outcome, PIN_LOCKED);
    ck_assert_uint_eq(pin_runs(pin), 2);
    drop(given.path);
    ck_assert_uint_eq(disk_resident(given.path, 0, BLOCK_BYTES), BLOCK_BYTES);
    ck_assert_uint_eq(disk_resident(given.path, 16 * BLOCK_BYTES, 2 * BLOCK_BYTES),
                      2 * BLOCK_BYTES);
    ck_assert_uint_lt(disk_resident(given.path, 0, 2 * MIB), 2 * MIB);
    block_set_clear(&blocks);
}
END_TEST

/* A file that ends in the middle of a page. */
START_TEST(a_last_page_counts_as_a_whole)
{
    g_auto(Given) given = given_file(65536);
    ck_assert_int_eq(truncate(given.path, 5000), 0);
    g_auto(PinLook) look = {0};
    PinOutcome outcome = PIN_STOPPED;
    ck_assert_int_eq(pin_look(given.path, NULL, &look), PIN_LOCKED);
    ck_assert_uint_eq(look.bytes % (uint64_t)sysconf(_SC_PAGESIZE), 0);
    ck_assert_uint_ge(look.bytes, 5000);
    g_autoptr(Pin) pin = pin_new(given.path, &look, &open_gate, &outcome);
    ck_assert_int_eq(outcome, PIN_LOCKED);
    ck_assert_ptr_nonnull(pin);
}
END_TEST

typedef struct {
    const char *path;
    guint n_asked;
} Cutting;

static bool cut_off_at_the_second(gpointer data)
{
    Cutting *cutting = data;
    if (++cutting->n_asked == 2)
        ck_assert_int_eq(truncate(cutting->path, 4096), 0);
    return true;
}

/* While it is being locked: mlock(2) fails, and no signal comes. */
START_TEST(a_file_that_is_cut_off_meanwhile_is_an_error_and_no_signal)
{
    g_auto(Given) given = given_file(3 * MIB);
    g_auto(PinLook) look = {0};
    PinOutcome outcome = PIN_STOPPED;
    Cutting cutting = {given.path, 0};
    const PinGate gate = {cut_off_at_the_second, &cutting};
    ck_assert_int_eq(pin_look(given.path, NULL, &look), PIN_LOCKED);
    ck_assert_ptr_null(pin_new(given.path, &look, &gate, &outcome));
    ck_assert_int_eq(outcome, PIN_CHANGED);
    ck_assert_uint_eq(cutting.n_asked, 2);
}
END_TEST

START_TEST(a_file_that_is_cut_off_later_is_another_one)
{
    g_auto(Given) given = given_file(MIB);
    g_auto(PinLook) look = {0};
    g_auto(PinLook) later = {0};
    PinOutcome outcome = PIN_STOPPED;
    ck_assert_int_eq(pin_look(given.path, NULL, &look), PIN_LOCKED);
    g_autoptr(Pin) pin = pin_new(given.path, &look, &open_gate, &outcome);
    ck_assert_int_eq(truncate(given.path, 4096), 0);
    ck_assert_int_eq(pin_look(given.path, NULL, &later), PIN_LOCKED);
    ck_assert(!pin_is(pin, &later));
    ck_assert_ptr_null(pin_new(given.path, &look, &open_gate, &outcome));
    ck_assert_int_eq(outcome, PIN_CHANGED);
    ck_assert_int_eq(truncate(given.path, 0), 0);
    g_auto(PinLook) empty = {0};
    ck_assert_int_eq(pin_look(given.path, NULL, &empty), PIN_EMPTY);
}
END_TEST

static bool never(gpointer data)
{
    guint *n_asked = data;
    (*n_asked)++;
    return false;
}

START_TEST(it_stops_before_the_next_slice)
{
    g_auto(Given) given = given_file(2 * MIB);
    g_auto(PinLook) look = {0};
    PinOutcome outcome = PIN_LOCKED;
    guint n_asked = 0;
    const PinGate gate = {never, &n_asked};
    ck_assert_int_eq(pin_look(given.path, NULL, &look), PIN_LOCKED);
    ck_assert_ptr_null(pin_new(given.path, &look, &gate, &outcome));
    ck_assert_int_eq(outcome, PIN_STOPPED);
    ck_assert_uint_eq(n_asked, 1);
}
END_TEST

START_TEST(only_regular_files_are_pinned)
{
    g_auto(Given) given = given_file(65536);
    g_autofree char *link = g_build_filename(given.directory, "link", NULL);
    g_autofree char *fifo = g_build_filename(given.directory, "fifo", NULL);
    g_autofree char *none = g_build_filename(given.directory, "none", NULL);
    PinLook look = {0};
    ck_assert_int_eq(symlink(given.path, link), 0);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(pin_look(link, NULL, &look), PIN_REFUSED);
    ck_assert_int_eq(pin_look(fifo, NULL, &look), PIN_REFUSED);
    ck_assert_int_eq(pin_look(given.directory, NULL, &look), PIN_REFUSED);
    ck_assert_int_eq(pin_look("/dev/zero", NULL, &look), PIN_REFUSED);
    ck_assert_int_eq(pin_look("/proc/version", NULL, &look), PIN_REFUSED);
    ck_assert_int_eq(pin_look(none, NULL, &look), PIN_GONE);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("pin");
    UNIT_ADD(suite, what_is_pinned_cannot_be_dropped);
    UNIT_ADD(suite, only_the_blocks_that_are_wanted_are_pinned);
    UNIT_ADD(suite, a_last_page_counts_as_a_whole);
    UNIT_ADD(suite, a_file_that_is_cut_off_meanwhile_is_an_error_and_no_signal);
    UNIT_ADD(suite, a_file_that_is_cut_off_later_is_another_one);
    UNIT_ADD(suite, it_stops_before_the_next_slice);
    UNIT_ADD(suite, only_regular_files_are_pinned);
    return suite;
}
