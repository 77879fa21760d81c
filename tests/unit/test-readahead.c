/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include <sys/stat.h>
#include <sys/syscall.h>
#include <sys/sysmacros.h>
#include <sys/wait.h>

static const uint32_t thread_counts[] = {0, 1, 30};

START_TEST(test_whole)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    fixture.rules.maxprocs = thread_counts[_i];
    g_autofree char *path = cold_file(&fixture, "file", 64 * MIB);
    want_all(&fixture, path);
    run(&fixture);
    ck_assert_uint_eq(resident(path, 64 * MIB), 64 * MIB);
    ck_assert_uint_eq(fixture.report.n_files, 1);
    ck_assert_uint_ge(fixture.report.n_requests, 64);
    ck_assert_uint_eq(fixture.report.planned_bytes, 64 * MIB);
    ck_assert_uint_eq(fixture.report.resident_bytes, 0);
    ck_assert_uint_eq(fixture.report.submitted_bytes, 64 * MIB);
    ck_assert_uint_eq(fixture.report.loaded_bytes, 64 * MIB);
    ck_assert_uint_eq(fixture.report.untold_bytes, 0);
    ck_assert_uint_eq(fixture.report.left_bytes, 0);
    ck_assert_uint_eq(fixture.report.n_failed, 0);
    ck_assert_uint_gt(fixture.report.took_usec, 0);
    ck_assert(!fixture.report.cancelled);
    /* Again: all is there, nothing is asked for. */
    run(&fixture);
    ck_assert_uint_eq(fixture.report.resident_bytes, 64 * MIB);
    ck_assert_uint_eq(fixture.report.n_requests, 0);
    ck_assert_uint_eq(fixture.report.n_files, 0);
    fixture_clear(&fixture);
}
END_TEST

/* Exactly the blocks that were asked for, and not what lies between; the end of the file is cut. */
START_TEST(test_blocks)
{
    static const BlockRun runs[] = {{0, 1}, {5, 3}, {20, 1}, {32, 100}};
    const size_t size_bytes = 33 * BLOCK_BYTES + 5000;
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *path = cold_file(&fixture, "file", size_bytes);
    want(&fixture, path, runs, G_N_ELEMENTS(runs));
    run(&fixture);
    const uint64_t wanted_bytes = 6 * BLOCK_BYTES + 5000;
    ck_assert_uint_eq(fixture.report.planned_bytes, wanted_bytes);
    ck_assert_uint_eq(fixture.report.loaded_bytes, wanted_bytes);
    ck_assert_uint_eq(disk_resident(path, 0, BLOCK_BYTES), BLOCK_BYTES);
    ck_assert_uint_eq(disk_resident(path, 5 * BLOCK_BYTES, 3 * BLOCK_BYTES), 3 * BLOCK_BYTES);
    ck_assert_uint_eq(disk_resident(path, 20 * BLOCK_BYTES, BLOCK_BYTES), BLOCK_BYTES);
    ck_assert_uint_eq(disk_resident(path, 32 * BLOCK_BYTES, BLOCK_BYTES), BLOCK_BYTES);
    ck_assert_uint_eq(resident(path, size_bytes), 6 * BLOCK_BYTES + 8192);
    fixture_clear(&fixture);
}
END_TEST

/* Three cold files of 1 MiB, one after the other; so much of each is in memory then. */
static const struct {
    uint64_t read_bytes;
    uint64_t keep_bytes;
    uint64_t warm_bytes; /* of the first file, resident before */
    uint64_t loaded_bytes[3];
    uint64_t left_bytes;
} budgets[] = {
    {3 * MIB, 3 * MIB, 0, {MIB, MIB, MIB}, 0},
    {MIB, 3 * MIB, 0, {MIB, 0, 0}, 2 * MIB},
    {MIB + MIB / 2, 3 * MIB, 0, {MIB, MIB / 2, 0}, MIB + MIB / 2},
    {MIB + MIB / 2 + 1000, 3 * MIB, 0, {MIB, MIB / 2, 0}, MIB + MIB / 2},
    {2 * MIB, 3 * MIB, MIB, {MIB, MIB, MIB}, 0}, /* what is resident costs nothing */
    {2 * MIB, 3 * MIB, MIB / 2, {MIB, MIB, MIB / 2}, MIB / 2},
    {3 * MIB, 2 * MIB, 0, {MIB, MIB, 0}, MIB},
    {3 * MIB, 2 * MIB, MIB, {MIB, MIB, 0}, MIB}, /* but it counts among what is kept */
    {3 * MIB, MIB, MIB, {MIB, 0, 0}, 2 * MIB},
    {65535, 3 * MIB, 0, {0, 0, 0}, 3 * MIB},
    {0, 0, 0, {0, 0, 0}, 3 * MIB},
};

START_TEST(test_budget)
{
    static const char *const names[] = {"a", "b", "c"};
    static const BlockRun all = {0, 16};
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_auto(GStrv) paths = g_new0(char *, G_N_ELEMENTS(names) + 1);
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        paths[i] = cold_file(&fixture, names[i], MIB);
        want(&fixture, paths[i], &all, 1);
    }
    if (budgets[_i].warm_bytes > 0)
        disk_load(paths[0], 0, budgets[_i].warm_bytes);
    set_budget(&fixture, budgets[_i].read_bytes, budgets[_i].keep_bytes);
    run(&fixture);
    uint64_t total_bytes = 0;
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        ck_assert_uint_eq(resident(paths[i], MIB), budgets[_i].loaded_bytes[i]);
        total_bytes += budgets[_i].loaded_bytes[i];
    }
    ck_assert_uint_eq(fixture.report.loaded_bytes, total_bytes - budgets[_i].warm_bytes);
    ck_assert_uint_eq(fixture.report.left_bytes, budgets[_i].left_bytes);
    ck_assert_uint_eq(fixture.report.planned_bytes, 3 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* Pages here and there are resident: only those between are charged and read. */
START_TEST(test_scattered)
{
    Fixture fixture;
    if (sysconf(_SC_PAGESIZE) != 4096 || !fixture_init(&fixture))
        unit_skip("no directory on a disk, or no pages of 4 KiB");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    for (off_t page = 1; page < 256; page += 8)
        disk_load(path, page * 4096, 4096);
    want_all(&fixture, path);
    set_budget(&fixture, MIB - 32 * 4096, MIB);
    run(&fixture);
    ck_assert_uint_eq(fixture.report.resident_bytes, 32 * 4096);
    ck_assert_uint_eq(fixture.report.loaded_bytes, MIB - 32 * 4096);
    ck_assert_uint_eq(fixture.report.left_bytes, 0);
    ck_assert_uint_eq(resident(path, MIB), MIB);
    fixture_clear(&fixture);
}
END_TEST

/* A file that does not fit is cut, one that is gone is passed over: a later one that fits is read.
 */
START_TEST(test_goes_on)
{
    static const BlockRun small = {0, 1};
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *large = cold_file(&fixture, "large", 8 * MIB);
    g_autofree char *gone = g_build_filename(fixture.directory, "gone", NULL);
    g_autofree char *later = cold_file(&fixture, "later", 16384);
    static const BlockRun runs[] = {{0, 1}, {3, 2}};
    want(&fixture, large, runs, G_N_ELEMENTS(runs));
    want_all(&fixture, gone);
    want(&fixture, later, &small, 1);
    /* One block, then two of which one fits and 20,480 bytes stay: too few to go on. */
    set_budget(&fixture, 2 * BLOCK_BYTES + 20480, UINT64_MAX);
    run(&fixture);
    ck_assert_uint_eq(resident(large, 8 * MIB), 2 * BLOCK_BYTES);
    ck_assert_uint_eq(resident(later, 16384), 0);
    /* Now with a block more: all of the large one's, then the later one. */
    set_budget(&fixture, 2 * BLOCK_BYTES + 20480, UINT64_MAX);
    run(&fixture);
    ck_assert_uint_eq(fixture.report.n_skipped, 1);
    ck_assert_uint_eq(resident(large, 8 * MIB), 3 * BLOCK_BYTES);
    ck_assert_uint_eq(resident(later, 16384), 16384);
    fixture_clear(&fixture);
}
END_TEST

static void make_directory(const char *path)
{
    ck_assert_int_eq(mkdir(path, 0755), 0);
}

static void make_fifo(const char *path)
{
    ck_assert_int_eq(mkfifo(path, 0644), 0);
}

static void make_link(const char *path)
{
    ck_assert_int_eq(symlink("good", path), 0);
}

static void make_nothing(const char *path)
{
}

static void make_empty(const char *path)
{
    ck_assert(g_file_set_contents(path, "", 0, NULL));
}

/* Under the name of a tracked file there is now something else. */
static const struct {
    void (*make)(const char *path);
    const char *path; /* NULL: one in the directory */
    uint32_t n_skipped;
} strangers[] = {
    {make_directory, NULL, 1},     {make_fifo, NULL, 1},
    {make_link, NULL, 1},          {make_nothing, NULL, 1},
    {make_empty, NULL, 0},         {make_nothing, "/dev/zero", 1},
    {make_nothing, "/dev/tty", 1}, {make_nothing, "/proc/self/maps", 1},
    {make_nothing, "relative", 1}, {make_nothing, "", 1},
    {make_nothing, "/", 1},        {make_nothing, "/proc/../etc/passwd", 1},
};

START_TEST(test_stranger)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *stranger = strangers[_i].path != NULL
                                    ? g_strdup(strangers[_i].path)
                                    : g_build_filename(fixture.directory, "stranger", NULL);
    g_autofree char *good = cold_file(&fixture, "good", MIB);
    strangers[_i].make(stranger);
    want_all(&fixture, stranger);
    want_all(&fixture, good);
    run(&fixture);
    ck_assert_uint_eq(fixture.report.n_skipped, strangers[_i].n_skipped);
    ck_assert_uint_eq(fixture.report.n_files, 1);
    ck_assert_uint_eq(fixture.report.n_failed, 0);
    ck_assert_uint_eq(resident(good, MIB), MIB);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_device_node)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *node = g_build_filename(fixture.directory, "node", NULL);
    bool made = mknod(node, S_IFCHR | 0644, makedev(1, 5)) == 0;
    want_all(&fixture, node);
    run(&fixture);
    fixture_clear(&fixture);
    if (!made)
        unit_skip("no device node can be made");
    ck_assert_uint_eq(fixture.report.n_skipped, 1);
}
END_TEST

START_TEST(test_truncated)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    static const BlockRun runs[] = {{0, 2}, {100, 50}};
    g_autofree char *path = cold_file(&fixture, "file", 100000);
    ck_assert_int_eq(truncate(path, 70000), 0);
    disk_drop(path);
    want(&fixture, path, runs, G_N_ELEMENTS(runs));
    run(&fixture);
    ck_assert_uint_eq(fixture.report.planned_bytes, 70000);
    ck_assert_uint_eq(fixture.report.loaded_bytes, 70000);
    ck_assert_uint_eq(fixture.report.n_failed, 0);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_memory)
{
    Fixture fixture;
    if (disk_has_cache("/dev/shm") || access("/dev/shm", W_OK) != 0 || !fixture_init(&fixture))
        unit_skip("no file system in memory");
    g_autofree char *path = g_strdup_printf("/dev/shm/preload-unit-%d", (int)getpid());
    ck_assert(g_file_set_contents(path, "x", 1, NULL));
    want_all(&fixture, path);
    run(&fixture);
    (void)unlink(path);
    ck_assert_uint_eq(fixture.report.n_skipped, 1);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_cancelled)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    want_all(&fixture, path);
    fixture.cancel = 1;
    run(&fixture);
    ck_assert(fixture.report.cancelled);
    ck_assert_uint_eq(fixture.report.n_requests, 0);
    ck_assert_uint_eq(resident(path, MIB), 0);
    fixture_clear(&fixture);
}
END_TEST

static const SortStrategy sorts[] = {SORT_NONE, SORT_PATH, SORT_INODE, SORT_BLOCK, SORT_AUTO};

/* Many files at once: whatever the order, all is read, and descriptors do not pile up. */
START_TEST(test_many)
{
    enum { FILES = 200 };
    const size_t size_bytes = 20000;
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_auto(GStrv) paths = g_new0(char *, FILES + 1);
    for (guint i = 0; i < FILES; i++) {
        g_autofree char *name = g_strdup_printf("f%u", i * 7919 % FILES);
        paths[i] = cold_file(&fixture, name, size_bytes);
        want_all(&fixture, paths[i]);
    }
    fixture.rules.sort = sorts[_i];
    run(&fixture);
    ck_assert_uint_eq(fixture.report.n_files, FILES);
    ck_assert_uint_eq(fixture.report.n_requests, FILES);
    ck_assert_uint_eq(fixture.report.loaded_bytes, FILES * size_bytes);
    for (guint i = 0; i < FILES; i++)
        ck_assert_uint_eq(resident(paths[i], size_bytes), 20480);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(test_empty_plan)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    run(&fixture);
    ck_assert_uint_eq(fixture.report.planned_bytes, 0);
    ck_assert_uint_eq(fixture.report.n_files, 0);
    fixture_clear(&fixture);
}
END_TEST

/* Reads what belongs to root as nobody. 0: it was read, and no claim was made about it. */
static int read_as_nobody(Fixture *fixture)
{
    const uid_t nobody = 65534;
    if (setresuid(nobody, nobody, nobody) != 0)
        return 2;
    residency_free(fixture->residency);
    fixture->residency = residency_new();
    run(fixture);
    if (fixture->report.untold_bytes != MIB || fixture->report.submitted_bytes != MIB)
        return 3;
    return fixture->report.loaded_bytes == 0 && fixture->report.resident_bytes == 0 ? 0 : 4;
}

START_TEST(test_untold)
{
    if (geteuid() != 0)
        unit_skip("only root can become another user");
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    ck_assert_int_eq(chmod(fixture.directory, 0755), 0);
    want_all(&fixture, path);
    pid_t pid = fork();
    if (pid == 0)
        _exit(read_as_nobody(&fixture));
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert_uint_eq(resident(path, MIB), MIB);
    fixture_clear(&fixture);
}
END_TEST

/* What is told of each file: what of it was missing and what is there now, whatever the items. */
START_TEST(test_files)
{
    static const BlockRun early[] = {{0, 2}, {6, 1}};
    static const BlockRun late[] = {{1, 3}, {15, 1}};
    static const BlockRun cut[] = {{0, 4}};
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *twice = cold_file(&fixture, "twice", MIB);
    g_autofree char *warm = disk_file(fixture.directory, "warm", MIB);
    g_autofree char *tail = cold_file(&fixture, "tail", MIB);
    disk_load(twice, 6 * BLOCK_BYTES, BLOCK_BYTES);
    want(&fixture, twice, early, G_N_ELEMENTS(early));
    want_all(&fixture, warm);
    want(&fixture, twice, late, G_N_ELEMENTS(late));
    want(&fixture, tail, cut, G_N_ELEMENTS(cut));
    /* Two blocks for the first item, four for its second, which asks for the one that is on its way
     * once more; two of the last one's. */
    set_budget(&fixture, 8 * BLOCK_BYTES, UINT64_MAX);
    run(&fixture);
    ck_assert_uint_eq(fixture.report.files->len, 2);
    g_autofree char *of_twice = told_of(&fixture, twice);
    g_autofree char *of_tail = told_of(&fixture, tail);
    ck_assert_str_eq(of_twice, "0-3,15 0-3,15");
    ck_assert_str_eq(of_tail, "0-3 0-1");
    ck_assert_uint_eq(fixture.report.n_files, 2);
    fixture_clear(&fixture);
}
END_TEST

/* Two items of one file that is gone are one file that was passed over. */
START_TEST(test_skipped_twice)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *gone = g_build_filename(fixture.directory, "gone", NULL);
    want_all(&fixture, gone);
    want_name(&fixture, gone, false);
    want_all(&fixture, gone);
    run(&fixture);
    ck_assert_uint_eq(fixture.report.n_skipped, 1);
    fixture_clear(&fixture);
}
END_TEST

/* Names only: nothing of the files is read. Directories are listed when a name was not in memory,
 * by helpers where the disk has no head. */
static const struct {
    bool rotational;
    uint32_t maxprocs;
    bool cold;
    uint32_t n_primed;
} names[] = {
    {false, 30, true, 2}, {false, 0, true, 1},   {true, 30, true, 1},
    {true, 0, true, 1},   {false, 30, false, 0}, {true, 30, false, 0},
};

START_TEST(test_names)
{
    Fixture fixture;
    if (!fixture_init_disk(&fixture, names[_i].rotational))
        unit_skip("no directory on a disk of its own");
    fixture.rules.maxprocs = names[_i].maxprocs;
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    want_name(&fixture, fixture.directory, true);
    want_name(&fixture, path, false);
    if (names[_i].cold)
        want_unknown(&fixture);
    want_name(&fixture, fixture.directory, true);
    run(&fixture);
    ck_assert_uint_eq(fixture.report.n_primed, names[_i].n_primed);
    ck_assert_uint_eq(fixture.report.n_skipped, names[_i].cold ? 1 : 0);
    ck_assert_uint_eq(fixture.report.planned_bytes, 0);
    ck_assert_uint_eq(fixture.report.submitted_bytes, 0);
    ck_assert_uint_eq(fixture.report.files->len, 0);
    ck_assert_uint_eq(resident(path, MIB), 0);
    fixture_clear(&fixture);
}
END_TEST

static char *max_sectors_path(const Fixture *fixture)
{
    struct stat st;
    ck_assert_int_eq(stat(fixture->directory, &st), 0);
    const Disk *disk = storage_disk(fixture->storage, st.st_dev, fixture->directory);
    return g_strdup_printf("/sys/dev/block/%u:%u/queue/max_sectors_kb", disk->major, disk->minor);
}

/* sysfs takes a value in one write(2); g_file_set_contents() would make a new file. */
static bool put_value(const char *path, const char *value)
{
    int fd = open(path, O_WRONLY | O_CLOEXEC);
    if (fd < 0)
        return false;
    bool written = write(fd, value, strlen(value)) == (ssize_t)strlen(value);
    return close(fd) == 0 && written;
}

static const char *const limits[] = {"128", "1280"};

/* The disk takes so much at once: the whole file is read all the same. The limit is restored by the
 * parent whatever becomes of the child. */
START_TEST(test_limit)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    g_autofree char *path = cold_file(&fixture, "file", 64 * MIB);
    want_all(&fixture, path);
    g_autofree char *limit_path = max_sectors_path(&fixture);
    g_autofree char *before = NULL;
    if (!g_file_get_contents(limit_path, &before, NULL, NULL) ||
        !put_value(limit_path, limits[_i])) {
        fixture_clear(&fixture);
        unit_skip("the limit of the disk cannot be set by us");
    }
    pid_t pid = fork();
    if (pid == 0) {
        const unsigned int seconds = 30; /* before Check loses its patience with the parent */
        (void)alarm(seconds);
        run(&fixture);
        _exit(fixture.report.loaded_bytes == 64 * MIB ? 0 : 1);
    }
    int status = 0;
    (void)waitpid(pid, &status, 0);
    ck_assert(put_value(limit_path, before));
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
    ck_assert_uint_eq(resident(path, 64 * MIB), 64 * MIB);
    fixture_clear(&fixture);
}
END_TEST

/* ioprio_get(2): class in the upper three of 16 bits, 3 is idle. In a child: it cannot be undone.
 */
START_TEST(test_idle_class)
{
    pid_t pid = fork();
    if (pid == 0) {
        bool set = readahead_idle_class();
        _exit(set && syscall(SYS_ioprio_get, 1, 0) >> 13 == 3 ? 0 : 1);
    }
    int status = 0;
    ck_assert_int_eq(waitpid(pid, &status, 0), pid);
    ck_assert(WIFEXITED(status));
    ck_assert_int_eq(WEXITSTATUS(status), 0);
}
END_TEST

static char *missing_pages(const char *path, guint n_pages)
{
    GString *text = g_string_new(NULL);
    for (guint i = 0; i < n_pages; i++)
        g_string_append_c(text, disk_resident(path, i * 4096, 4096) > 0 ? 'x' : '-');
    return g_string_free(text, FALSE);
}

START_TEST(exact_ranges_are_not_rounded_to_blocks)
{
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no disk here");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    const Range wanted[] = {{40 * 4096, 8192}, {4096, 4096}, {MIB - 4096, 2 * MIB}, {MIB, 4096}};
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_vals(ranges, wanted, G_N_ELEMENTS(wanted));
    plan_add_ranges(fixture.plan, path, ranges);
    run(&fixture);
    g_autofree char *head = missing_pages(path, 48);
    ck_assert_str_eq(head, "-x--------------------------------------xx------");
    ck_assert_uint_eq(resident(path, MIB), 4 * 4096);
    ck_assert_uint_eq(fixture.report.planned_bytes, 4 * 4096);
    ck_assert_uint_eq(fixture.report.loaded_bytes, 4 * 4096);
    fixture_clear(&fixture);
}
END_TEST

START_TEST(another_file_of_that_name_is_not_read)
{
    Fixture fixture;
    struct stat st;
    if (!fixture_init(&fixture))
        unit_skip("no disk here");
    g_autofree char *path = cold_file(&fixture, "file", MIB);
    g_autofree char *other = cold_file(&fixture, "other", MIB);
    const Range all = {0, MIB};
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_val(ranges, all);
    ck_assert_int_eq(stat(other, &st), 0);
    plan_add_ranges_of(fixture.plan, path, st.st_dev, st.st_ino, ranges);
    plan_add_ranges_of(fixture.plan, other, st.st_dev, st.st_ino, ranges);
    run(&fixture);
    ck_assert_uint_eq(resident(path, MIB), 0);
    ck_assert_uint_eq(resident(other, MIB), MIB);
    ck_assert_uint_eq(fixture.report.n_skipped, 1);
    fixture_clear(&fixture);
}
END_TEST

/* A machine that tells nothing: only what is pressed counts. */
static uint64_t mute_now(gpointer data)
{
    (void)data;
    return (uint64_t)g_get_monotonic_time();
}

static void mute_sleep(gpointer data, uint64_t usec)
{
    (void)data;
    (void)usec;
}

static bool mute_disk(gpointer data, uint32_t major, uint32_t minor, Diskstat *ret)
{
    (void)data;
    (void)major;
    (void)minor;
    (void)ret;
    return false;
}

static bool mute_memory(gpointer data, Meminfo *ret)
{
    (void)data;
    (void)ret;
    return false;
}

static bool mute_waits(gpointer data, uint64_t *ret_disk_usec, uint64_t *ret_memory_usec)
{
    (void)data;
    (void)ret_disk_usec;
    (void)ret_memory_usec;
    return false;
}

static void mute_await(gpointer data, int fd, Range request)
{
    (void)data;
    (void)fd;
    (void)request;
}

/* Memory is short, says the kernel, behind that request. */
typedef struct {
    Fixture *fixture;
    int n_requests; /* g_atomic_int */
} Shortage;

enum { SHORT_AFTER = 5 };

/* As relief.c does. */
static void become_short(gpointer data, uint64_t submitted_bytes)
{
    Shortage *shortage = data;
    (void)submitted_bytes;
    if (g_atomic_int_add(&shortage->n_requests, 1) + 1 != SHORT_AFTER)
        return;
    if (shortage->fixture->rules.limiter != NULL)
        limiter_press(shortage->fixture->rules.limiter);
    else
        g_atomic_int_set(&shortage->fixture->cancel, 1);
}

static const struct {
    bool rotational;
    bool assist;
    uint32_t n_threads; /* each may have a request under way */
} shortages[] = {{false, false, 1}, {false, false, 4}, {true, false, 1}, {false, true, 1}};

/* It is a matter of one request, which is at most 1 MiB, and not of the plan, of 200 here. */
START_TEST(test_memory_becomes_short)
{
    Fixture f;
    if (!fixture_init_disk(&f, shortages[_i].rotational))
        unit_skip("no directory on a disk of its own");
    const LimiterHost host = {mute_now,   mute_sleep, mute_disk, mute_memory,
                              mute_waits, mute_await, NULL};
    g_autoptr(Limiter) limiter = limiter_new(&host);
    Shortage shortage = {.fixture = &f};
    f.rules.assist = shortages[_i].assist;
    f.rules.maxprocs = shortages[_i].n_threads - 1;
    f.rules.limiter = shortages[_i].assist ? NULL : limiter;
    f.rules.limits.heedless = true;
    f.rules.progress = become_short;
    f.rules.progress_data = &shortage;
    g_autofree char *path = cold_file(&f, "file", 25 * MIB);
    want_all(&f, path);
    run(&f);
    ck_assert_uint_ge(f.report.n_requests, SHORT_AFTER);
    ck_assert_uint_le(f.report.n_requests, SHORT_AFTER + shortages[_i].n_threads - 1);
    ck_assert(f.report.cancelled);
    ck_assert_int_eq(f.report.stopped, shortages[_i].assist ? LIMITER_GO : LIMITER_MEMORY);
    ck_assert_uint_eq(f.report.cancelled_bytes, 25 * MIB - f.report.submitted_bytes);
    ck_assert_uint_le(resident(path, 25 * MIB), f.report.submitted_bytes);
    fixture_clear(&f);
}
END_TEST

static const struct {
    uint64_t merging_bytes;
    bool rotational;
    size_t gap_bytes; /* between two blocks that are not in memory */
    bool merged;
} gaps[] = {
    {MIB, false, 4096, true}, /* up to a 128th */
    {MIB, false, 8192, true},     {MIB, false, 12288, false},
    {MIB, true, 12288, true},                              /* a fourth with a head */
    {MIB, true, 65536, true},     {0, false, 4096, false}, /* none at all */
    {0, true, 4096, false},       {131072, true, 32768, true},
    {131072, true, 36864, false},
};

/* What lies between two missing ranges is in memory. */
START_TEST(test_gaps)
{
    Fixture f;
    if (sysconf(_SC_PAGESIZE) != 4096 || !fixture_init_disk(&f, gaps[_i].rotational))
        unit_skip("no directory on a disk of its own, or no pages of 4 KiB");
    g_autofree char *path = cold_file(&f, "file", 3 * BLOCK_BYTES);
    disk_load(path, BLOCK_BYTES, gaps[_i].gap_bytes);
    f.rules.merging_bytes = gaps[_i].merging_bytes;
    want_all(&f, path);
    run(&f);
    uint64_t missing_bytes = 3 * BLOCK_BYTES - gaps[_i].gap_bytes;
    ck_assert_uint_eq(f.report.n_merged, gaps[_i].merged ? 1 : 0);
    ck_assert_uint_eq(f.report.gap_bytes, gaps[_i].merged ? gaps[_i].gap_bytes : 0);
    ck_assert_uint_eq(f.report.submitted_bytes,
                      missing_bytes + (gaps[_i].merged ? gaps[_i].gap_bytes : 0));
    ck_assert_uint_eq(f.report.resident_bytes, gaps[_i].gap_bytes);
    ck_assert_uint_eq(resident(path, 3 * BLOCK_BYTES), 3 * BLOCK_BYTES);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("readahead");
    UNIT_ADD_ROWS(suite, test_whole, thread_counts);
    UNIT_ADD(suite, test_blocks);
    UNIT_ADD_ROWS(suite, test_budget, budgets);
    UNIT_ADD(suite, test_scattered);
    UNIT_ADD(suite, test_goes_on);
    UNIT_ADD_ROWS(suite, test_stranger, strangers);
    UNIT_ADD(suite, test_device_node);
    UNIT_ADD(suite, test_truncated);
    UNIT_ADD(suite, test_memory);
    UNIT_ADD(suite, test_cancelled);
    UNIT_ADD_ROWS(suite, test_many, sorts);
    UNIT_ADD(suite, test_empty_plan);
    UNIT_ADD(suite, test_untold);
    UNIT_ADD(suite, test_files);
    UNIT_ADD(suite, test_skipped_twice);
    UNIT_ADD_ROWS(suite, test_names, names);
    UNIT_ADD_ROWS(suite, test_limit, limits);
    UNIT_ADD(suite, test_idle_class);
    UNIT_ADD(suite, exact_ranges_are_not_rounded_to_blocks);
    UNIT_ADD(suite, another_file_of_that_name_is_not_read);
    UNIT_ADD_ROWS(suite, test_memory_becomes_short, shortages);
    UNIT_ADD_ROWS(suite, test_gaps, gaps);
    return suite;
}
