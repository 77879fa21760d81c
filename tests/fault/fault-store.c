/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * A save on a disk that fails or loses its power at every single operation: what is found
 * afterwards is the old content or the new, whole, and the store goes on working.
 */
#include "base/durable.h"
#include "base/store.h"
#include "disk.h"
#include "unit.h"

#include <errno.h>
#include <fcntl.h>

#define NAME "state"
#define PATH "/d/" NAME
/* Some sectors and a bit, so that there is something to tear. */
#define CONTENT_BYTES (3 * DISK_SECTOR_BYTES + 77)
/* Far above the operations of a save: nothing fails. */
#define NEVER 10000

static GString *content_of(char letter)
{
    GString *content = g_string_sized_new(CONTENT_BYTES);
    for (int i = 0; i < CONTENT_BYTES; i++)
        g_string_append_c(content, letter);
    return content;
}

/* 0 for none, '?' for what nobody wrote, else the letter. */
static char letter_of(const GString *content)
{
    if (content == NULL)
        return 0;
    if (content->len != CONTENT_BYTES)
        return '?';
    for (gsize i = 1; i < content->len; i++) {
        if (content->str[i] != content->str[0])
            return '?';
    }
    return content->str[0] != '\0' ? content->str[0] : '?';
}

static bool save(Store *store, char letter)
{
    g_autoptr(GString) content = content_of(letter);
    return store_replace(store, content->str, content->len, NULL);
}

static char load(Store *store, StoreGeneration generation)
{
    g_autoptr(GString) content = store_load(store, generation, NULL);
    return letter_of(content);
}

/* What there was before: nothing, one generation, two. */
static const char *const histories[] = {"", "b", "ab"};

static Disk *disk_with(const char *history)
{
    Disk *disk = disk_new();
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    for (const char *letter = history; *letter != '\0'; letter++)
        ck_assert(save(store, *letter));
    return disk;
}

static char last_of(const char *history)
{
    return *history != '\0' ? history[strlen(history) - 1] : 0;
}

typedef bool (*Saver)(const Io *io, char letter);

static bool save_by_store(const Io *io, char letter)
{
    g_autoptr(Store) store = store_open(PATH, io, NULL);
    return store != NULL && save(store, letter);
}

/*
 * What is wrong with a disk after a power cut in a save of 'c', NULL if nothing. `saved`: the save
 * had been reported as done.
 */
static const char *judge(Disk *disk, const char *history, bool saved)
{
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    char current = load(store, STORE_CURRENT);
    char previous = load(store, STORE_PREVIOUS);
    if (current == '?' || previous == '?')
        return "torn";
    if (current != 'c' && (saved || current != last_of(history)))
        return "neither the old content nor the new";
    if (previous == 'c' || (previous == 0 && strlen(history) > 1))
        return "the previous generation is lost";
    if (!save(store, 'd') || load(store, STORE_CURRENT) != 'd')
        return "cannot save again";
    if (load(store, STORE_PREVIOUS) != (current != 0 ? current : previous))
        return "the generation before is not kept";
    if (disk_count_names(disk, ".tmp") != 0)
        return "temporary files are left";
    return NULL;
}

/* The first thing that is wrong with any disk that may be found after this one lost its power. */
static const char *judge_survivors(const Disk *disk, const char *history, bool saved, guint *found)
{
    guint choice = 0;
    for (;;) {
        g_autoptr(Disk) survivor = disk_survivor(disk, &choice);
        if (survivor == NULL)
            return NULL;
        (*found)++;
        const char *wrong = judge(survivor, history, saved);
        if (wrong != NULL)
            return wrong;
    }
}

/* Cuts the power before every operation of a save, and behind the last. */
static const char *cut_power_everywhere(Saver saver, const char *history, guint *found)
{
    int operations = NEVER;
    for (int n = 0; n <= operations; n++) {
        g_autoptr(Disk) disk = disk_with(history);
        disk_lose_power(disk, n);
        bool saved = saver(disk_io(disk), 'c');
        if (n == 0) { /* once without a cut, to count them */
            g_autoptr(Disk) whole = disk_with(history);
            disk_lose_power(whole, NEVER);
            (void)saver(disk_io(whole), 'c');
            operations = disk_operations(whole);
        }
        const char *wrong = judge_survivors(disk, history, saved, found);
        if (wrong != NULL)
            return wrong;
    }
    return NULL;
}

START_TEST(power_cut_at_every_operation)
{
    guint found = 0;
    const char *wrong = cut_power_everywhere(save_by_store, histories[_i], &found);
    ck_assert_msg(wrong == NULL, "after \"%s\": %s", histories[_i], wrong);
    ck_assert_uint_gt(found, 50);
}
END_TEST

/* Savers that are wrong in one way each: if the sweep finds nothing in them, it can find nothing.
 */
static bool save_in_place(const Io *io, char letter)
{
    g_autoptr(GString) content = content_of(letter);
    int fd = io->openat(io->data, 0, NAME, O_WRONLY | O_CREAT | O_TRUNC, 0600);
    if (fd < 0)
        return false;
    bool written = io->write(io->data, fd, content->str, content->len) > 0;
    bool synced = io->fsync(io->data, fd) == 0;
    durable_close(io, &fd);
    return written && synced;
}

static bool save_without_fsync(const Io *io, char letter)
{
    g_autoptr(GString) content = content_of(letter);
    int dirfd = io->openat(io->data, 0, "/d", O_DIRECTORY, 0);
    int fd = io->openat(io->data, dirfd, NAME ".tmp", O_WRONLY | O_CREAT | O_EXCL, 0600);
    if (fd < 0)
        return false;
    bool written = io->write(io->data, fd, content->str, content->len) > 0;
    durable_close(io, &fd);
    return written && io->renameat(io->data, dirfd, NAME ".tmp", NAME) == 0 &&
           io->fsync(io->data, dirfd) == 0;
}

static bool save_without_directory_fsync(const Io *io, char letter)
{
    g_autoptr(GString) content = content_of(letter);
    return durable_create(io, 0, NAME ".tmp", content->str, content->len) == 0 &&
           io->renameat(io->data, 0, NAME ".tmp", NAME) == 0;
}

static bool save_with_a_gap(const Io *io, char letter)
{
    g_autoptr(GString) content = content_of(letter);
    int dirfd = io->openat(io->data, 0, "/d", O_DIRECTORY, 0);
    return durable_create(io, dirfd, NAME ".tmp", content->str, content->len) == 0 &&
           io->renameat(io->data, dirfd, NAME, NAME ".prev") == 0 &&
           io->renameat(io->data, dirfd, NAME ".tmp", NAME) == 0 && io->fsync(io->data, dirfd) == 0;
}

static const Saver wrong_savers[] = {save_in_place, save_without_fsync,
                                     save_without_directory_fsync, save_with_a_gap};

START_TEST(the_sweep_finds_wrong_savers)
{
    guint found = 0;
    ck_assert_ptr_nonnull(cut_power_everywhere(wrong_savers[_i], "b", &found));
}
END_TEST

static const int errors[] = {-ENOSPC, -EIO, -EINTR, -EDQUOT, -EROFS, -EACCES, -ENOMEM};

/* One save of 'c' with the n-th operation failing. False once n is behind its last operation. */
static bool fail_operation(const char *history, int n, int error, bool lasting)
{
    g_autoptr(Disk) disk = disk_with(history);
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    int open_files = disk_open_files(disk);
    disk_fail(disk, n, error, lasting);
    bool saved = save(store, 'c');
    bool reached = disk_operations(disk) > n;
    disk_heal(disk);
    char current = load(store, STORE_CURRENT);
    ck_assert_int_eq(disk_open_files(disk), open_files);
    /* The one error behind the rename is that of the directory's fsync. */
    ck_assert(saved ? current == 'c' : current == last_of(history) || current == 'c');
    if (!lasting)
        ck_assert_int_eq(disk_count_names(disk, ".tmp"), 0);
    guint found = 0;
    const char *wrong = judge_survivors(disk, history, saved, &found);
    ck_assert_msg(wrong == NULL, "operation %d, %s: %s", n, g_strerror(-error), wrong);
    ck_assert(save(store, 'd'));
    ck_assert_int_eq(load(store, STORE_CURRENT), 'd');
    ck_assert_int_eq(disk_count_names(disk, ".tmp"), 0);
    return reached;
}

START_TEST(every_operation_fails)
{
    for (size_t h = 0; h < G_N_ELEMENTS(histories); h++) {
        int n = 0;
        while (fail_operation(histories[h], n, errors[_i], false))
            n++;
        ck_assert_int_ge(n, 8); /* unlink, open, write, fsync, close, unlink, link, ... */
        for (n = 0; fail_operation(histories[h], n, errors[_i], true);)
            n++;
    }
}
END_TEST

static const size_t most_bytes[] = {1, 7, 511, 512, 1000};

START_TEST(short_counts_and_interruptions_fail_nothing)
{
    g_autoptr(Disk) disk = disk_with("ab");
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    disk_count_short(disk, most_bytes[_i]);
    ck_assert(save(store, 'c'));
    ck_assert_int_eq(load(store, STORE_CURRENT), 'c');
    ck_assert_int_eq(load(store, STORE_PREVIOUS), 'b');
}
END_TEST

/* At each operation in turn. */
START_TEST(a_short_count_once_fails_nothing)
{
    int operations = NEVER;
    for (int n = 0; n < operations; n++) {
        g_autoptr(Disk) disk = disk_with("ab");
        g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
        disk_count_short_once(disk, n, most_bytes[_i]);
        ck_assert(save(store, 'c'));
        ck_assert_int_eq(load(store, STORE_CURRENT), 'c');
        ck_assert_int_eq(load(store, STORE_PREVIOUS), 'b');
        operations = disk_operations(disk);
    }
}
END_TEST

/* What cannot be read is not there; nothing of it is taken, and what is before it can be read. */
static bool load_with_failure(int n, int error, bool lasting)
{
    g_autoptr(Disk) disk = disk_with("ab");
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    int open_files = disk_open_files(disk);
    disk_fail(disk, n, error, lasting);
    char current = load(store, STORE_CURRENT);
    bool reached = disk_operations(disk) > n;
    ck_assert(current == 'b' || current == 0);
    ck_assert_int_eq(disk_open_files(disk), open_files);
    disk_heal(disk);
    ck_assert_int_eq(load(store, STORE_PREVIOUS), 'a');
    ck_assert(save(store, 'c'));
    ck_assert_int_eq(load(store, STORE_CURRENT), 'c');
    return reached;
}

START_TEST(loading_fails_at_every_operation)
{
    int n = 0;
    while (load_with_failure(n, errors[_i], false))
        n++;
    ck_assert_int_ge(n, 5); /* open, fstat, read, read to the end, close */
    for (n = 0; load_with_failure(n, errors[_i], true);)
        n++;
}
END_TEST

START_TEST(the_old_content_stays_when_a_save_fails_before_the_rename)
{
    g_autoptr(Disk) disk = disk_with("ab");
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    disk_fail(disk, 2, -ENOSPC, true); /* unlink and open work, the write does not */
    ck_assert(!save(store, 'c'));
    disk_heal(disk);
    ck_assert_int_eq(load(store, STORE_CURRENT), 'b');
    ck_assert_int_eq(load(store, STORE_PREVIOUS), 'a');
}
END_TEST

/* NFS and quotas report at close what write could not know; after EINTR the file is closed and was
 * synced. */
START_TEST(an_error_of_close_counts_but_for_an_interruption)
{
    enum { CLOSE = 4 }; /* behind unlink, open, write and fsync */
    g_autoptr(Disk) disk = disk_with("ab");
    g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
    disk_fail(disk, CLOSE, -EDQUOT, false);
    ck_assert(!save(store, 'c'));
    ck_assert_int_eq(load(store, STORE_CURRENT), 'b');
    disk_fail(disk, CLOSE, -EINTR, false);
    ck_assert(save(store, 'c'));
    ck_assert_int_eq(load(store, STORE_CURRENT), 'c');
}
END_TEST

/* store_open() is never held up by a broken disk, and the next save finds what is missing. */
START_TEST(opening_fails_at_every_operation)
{
    bool reached = true;
    for (int n = 0; reached; n++) {
        g_autoptr(Disk) disk = disk_with("b");
        disk_fail(disk, n, errors[_i], false);
        g_autoptr(Store) store = store_open(PATH, disk_io(disk), NULL);
        reached = disk_operations(disk) > n;
        disk_heal(disk);
        ck_assert_ptr_nonnull(store);
        ck_assert_int_eq(load(store, STORE_CURRENT), 'b');
        ck_assert(save(store, 'c'));
        ck_assert(store_writable(store));
        ck_assert_int_eq(load(store, STORE_CURRENT), 'c');
        store_close(g_steal_pointer(&store));
        ck_assert_int_eq(disk_open_files(disk), 0);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("fault-store");
    UNIT_ADD_ROWS(suite, power_cut_at_every_operation, histories);
    UNIT_ADD_ROWS(suite, the_sweep_finds_wrong_savers, wrong_savers);
    UNIT_ADD_ROWS(suite, every_operation_fails, errors);
    UNIT_ADD_ROWS(suite, short_counts_and_interruptions_fail_nothing, most_bytes);
    UNIT_ADD_ROWS(suite, a_short_count_once_fails_nothing, most_bytes);
    UNIT_ADD_ROWS(suite, loading_fails_at_every_operation, errors);
    UNIT_ADD(suite, the_old_content_stays_when_a_save_fails_before_the_rename);
    UNIT_ADD(suite, an_error_of_close_counts_but_for_an_interruption);
    UNIT_ADD_ROWS(suite, opening_fails_at_every_operation, errors);
    return suite;
}
