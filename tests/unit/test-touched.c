/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/touched.h"
#include "proc-fixture.h"
#include <fcntl.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>

#define KIB (UINT64_C(1) << 10)
#define MIB (UINT64_C(1) << 20)
#define TIB (UINT64_C(1) << 40)
#define FILE_BYTES (160 * MIB + 100) /* sparse; the last page is short */
#define ENDLESS UINT64_MAX

/* One mapping and what is touched of it: `n` pages, `apart` from each other. */
typedef struct {
    int flags;
    uint64_t offset_bytes;
    uint64_t length_bytes;
    uint64_t first_bytes; /* in the mapping */
    uint64_t apart_bytes;
    unsigned n;
    bool written;
} Use;

/* A process that has done so with a file, and waits. */
typedef struct {
    char *directory;
    char *file;
    ProcRoot *root;
    ScanRules rules;
    Viewer viewer;
    MappedFiles *files;
    pid_t pid;
    int stop_fd; /* closed: it ends */
} Fixture;

/* Where its blocks are the kernel's blocks of fault-around, which are aligned by address. */
static char *map_aligned(int fd, const Use *use)
{
    size_t room = use->length_bytes + 2 * MIB;
    char *free_room =
        mmap(NULL, room, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS | MAP_NORESERVE, -1, 0);
    if (free_room == MAP_FAILED)
        return NULL;
    char *at = (char *)(((uintptr_t)free_room + 2 * MIB - 1) & ~(uintptr_t)(2 * MIB - 1));
    int protection = PROT_READ | (use->written ? PROT_WRITE : 0);
    char *map = mmap(at, use->length_bytes, protection, use->flags | MAP_FIXED | MAP_NORESERVE, fd,
                     (off_t)use->offset_bytes);
    return map == MAP_FAILED || madvise(map, use->length_bytes, MADV_RANDOM) != 0 ? NULL : map;
}

static bool use_file(int fd, const Use *use)
{
    volatile char *map = map_aligned(fd, use);
    if (map == NULL)
        return false;
    for (unsigned i = 0; i < use->n; i++) {
        volatile char *at = map + use->first_bytes + i * use->apart_bytes;
        if (use->written)
            *at = 'x';
        else
            (void)*at;
    }
    return true;
}

/* The child: says when it is done, and waits for the end. */
static void live(const Fixture *f, const Use *uses, size_t n, int ready_fd, int stop_fd)
{
    char byte = 0;
    int fd = open(f->file, O_RDWR | O_CLOEXEC);
    bool done = fd >= 0;
    for (size_t i = 0; i < n && uses[i].length_bytes > 0; i++)
        done = done && use_file(fd, &uses[i]);
    byte = done ? 'y' : 'n';
    if (write(ready_fd, &byte, 1) == 1)
        (void)!read(stop_fd, &byte, 1);
    _exit(0);
}

static void start(Fixture *f, const Use *uses, size_t n)
{
    int ready[2];
    int stop[2];
    char byte = 0;
    ck_assert_int_eq(pipe2(ready, O_CLOEXEC), 0);
    ck_assert_int_eq(pipe2(stop, O_CLOEXEC), 0);
    f->pid = fork();
    if (f->pid == 0) {
        (void)close(stop[1]); /* so that the end of the test is the end of the child */
        live(f, uses, n, ready[1], stop[0]);
    }
    ck_assert_int_gt(f->pid, 0);
    ck_assert_int_eq(read(ready[0], &byte, 1), 1);
    ck_assert_int_eq(byte, 'y');
    (void)close(ready[0]);
    (void)close(ready[1]);
    (void)close(stop[0]);
    f->stop_fd = stop[1];
}

static void fixture_init(Fixture *f, uint64_t file_bytes, const Use *uses, size_t n)
{
    *f = (Fixture){.directory = unit_mkdir(), .root = proc_root_open("/proc")};
    ck_assert_ptr_nonnull(f->root);
    const char *const items[] = {f->directory, "!/", NULL};
    f->file = unit_write(f->directory, "file", "", 0);
    ck_assert_int_eq(truncate(f->file, (off_t)file_bytes), 0);
    f->rules.mapprefix = prefix_list_new(items);
    f->viewer.root = f->root;
    f->viewer.rules = &f->rules;
    f->files = mapped_files_new(&f->viewer);
    start(f, uses, n);
}

static void end_process(Fixture *f)
{
    if (f->pid > 0) {
        ck_assert_int_eq(kill(f->pid, SIGKILL), 0);
        ck_assert_int_eq(waitpid(f->pid, NULL, 0), f->pid);
    }
    f->pid = 0;
}

static void fixture_clear(Fixture *f)
{
    end_process(f);
    (void)close(f->stop_fd);
    mapped_files_free(f->files);
    prefix_list_unref(f->rules.mapprefix);
    proc_root_close(f->root);
    g_free(f->file);
    unit_rmdir(f->directory);
}

static Mappings read_mappings(Fixture *f)
{
    Mappings mappings = {0};
    ck_assert_int_eq(mappings_read(f->files, (uint32_t)f->pid, &mappings), 0);
    return mappings;
}

static void clear_set(gpointer set)
{
    block_set_clear(set);
}

static GArray *sets_for(const Mappings *mappings)
{
    GArray *blocks = g_array_new(FALSE, TRUE, sizeof(BlockSet));
    g_array_set_clear_func(blocks, clear_set);
    g_array_set_size(blocks, mappings->regions->len);
    return blocks;
}

/* All that was touched of the file, as text; how many calls it took, in *ret_calls. */
static char *look(Fixture *f, TouchedMode mode, uint64_t slice_usec, unsigned *ret_calls)
{
    g_auto(Mappings) mappings = read_mappings(f);
    g_autoptr(GArray) blocks = sets_for(&mappings);
    g_autoptr(Touched) touched = touched_new_mode(f->root, mode);
    g_autoptr(GString) text = g_string_new(NULL);
    TouchedPlace place = {0};
    BlockSet all = BLOCK_SET_NULL;
    int result = 0;
    for (*ret_calls = 0; result == 0; ++*ret_calls) {
        ck_assert_uint_lt(*ret_calls, 1000000);
        result = touched_look(touched, (uint32_t)f->pid, &mappings, slice_usec, &place, blocks);
    }
    ck_assert_int_eq(result, 1);
    for (guint i = 0; i < blocks->len; i++)
        (void)block_set_unite(&all, &g_array_index(blocks, BlockSet, i));
    block_set_print(&all, text);
    block_set_clear(&all);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

static bool lacks_scan(const Fixture *f)
{
    g_autoptr(Touched) touched = touched_new(f->root);
    return touched_mode(touched) != TOUCHED_SCAN;
}

static const struct {
    Use uses[3];
    const char *want;
} rows[] = {
    {{{MAP_PRIVATE, 0, FILE_BYTES, 0, 0, 0, false}}, ""}, /* mapped, not touched */
    {{{MAP_PRIVATE, 0, FILE_BYTES, 0, 1 * MIB, 3, false}}, "0,16,32"},
    {{{MAP_SHARED, 0, FILE_BYTES, 0, 1 * MIB, 3, false}}, "0,16,32"},
    {{{MAP_PRIVATE, 0, FILE_BYTES, 5 * MIB, 2 * MIB, 2, true}}, "80,112"}, /* a copy of our own */
    {{{MAP_SHARED, 0, FILE_BYTES, 5 * MIB, 2 * MIB, 2, true}}, "80,112"},
    {{{MAP_PRIVATE, 0, FILE_BYTES, 64 * KIB, 64 * KIB, 4, false}}, "1-4"},
    {{{MAP_PRIVATE, 0, FILE_BYTES, 160 * MIB, 0, 1, false}}, "2560"}, /* the short page */
    {{{MAP_PRIVATE, 0, 170 * MIB, 160 * MIB, 0, 1, true}}, "2560"},   /* longer than the file */
    {{{MAP_PRIVATE, 3 * MIB, 8 * MIB, 1 * MIB, 1 * MIB, 2, false}}, "64,80"},
    {{{MAP_PRIVATE, 64 * KIB, 64 * KIB, 0, 0, 1, false}}, "1"},
    {{{MAP_PRIVATE, 0, 4 * MIB, 0, 1 * MIB, 1, false},
      {MAP_PRIVATE, 8 * MIB, 4 * MIB, 1 * MIB, 0, 1, true},
      {MAP_SHARED, 0, 4 * MIB, 2 * MIB, 0, 1, false}}, /* the same part a second time */
     "0,32,144"},
};

START_TEST(finds_what_was_touched)
{
    Fixture f;
    fixture_init(&f, FILE_BYTES, rows[_i].uses, G_N_ELEMENTS(rows[_i].uses));
    bool scans = !lacks_scan(&f);
    for (TouchedMode mode = scans ? TOUCHED_SCAN : TOUCHED_READ; mode <= TOUCHED_READ; mode++) {
        unsigned calls = 0;
        g_autofree char *got = look(&f, mode, ENDLESS, &calls);
        ck_assert_str_eq(got, rows[_i].want);
        ck_assert_uint_eq(calls, 1);
        g_autofree char *sliced = look(&f, mode, 0, &calls);
        ck_assert_str_eq(sliced, rows[_i].want);
    }
    fixture_clear(&f);
}
END_TEST

/* More than one answer of the kernel holds, of either kind. */
static const Use many = {MAP_PRIVATE, 0, FILE_BYTES, 0, 128 * KIB, 1000, false};

START_TEST(goes_on_in_slices)
{
    Fixture f;
    fixture_init(&f, FILE_BYTES, &many, 1);
    g_autoptr(GString) want = g_string_new("0");
    for (unsigned i = 1; i < many.n; i++)
        g_string_append_printf(want, ",%u", 2 * i);
    bool scans = !lacks_scan(&f);
    for (TouchedMode mode = scans ? TOUCHED_SCAN : TOUCHED_READ; mode <= TOUCHED_READ; mode++) {
        unsigned calls = 0;
        g_autofree char *whole = look(&f, mode, ENDLESS, &calls);
        ck_assert_str_eq(whole, want->str);
        ck_assert_uint_eq(calls, 1);
        g_autofree char *sliced = look(&f, mode, 0, &calls);
        ck_assert_str_eq(sliced, want->str);
        ck_assert_uint_ge(calls, 2);
        ck_assert_uint_le(calls, 160 * MIB / (64 * KIB)); /* each gets somewhere */
    }
    fixture_clear(&f);
}
END_TEST

/* 20 TiB of a sparse file, of which each mapping's first page was touched. */
START_TEST(survives_huge_mappings)
{
    enum { N = 20 };
    Use uses[N];
    Fixture f;
    for (guint i = 0; i < N; i++)
        uses[i] = (Use){MAP_SHARED, 0, TIB, i * MIB, 0, 1, false};
    fixture_init(&f, TIB, uses, N);
    unsigned calls = 0;
    g_autofree char *read = look(&f, TOUCHED_READ, 1000, &calls);
    ck_assert(*read != '\0' && strchr(read, ',') == NULL); /* the first 256 GiB by address */
    ck_assert_uint_gt(calls, 1);
    if (!lacks_scan(&f)) {
        g_autofree char *scanned = look(&f, TOUCHED_SCAN, 1000, &calls);
        ck_assert(g_str_has_prefix(scanned, "0,16,32,48,64,80,"));
        ck_assert(g_str_has_suffix(scanned, ",304"));
    }
    fixture_clear(&f);
}
END_TEST

static void check_gone(Fixture *f, const Mappings *mappings, TouchedPlace place)
{
    for (TouchedMode mode = TOUCHED_SCAN; mode <= TOUCHED_READ; mode++) {
        g_autoptr(GArray) blocks = sets_for(mappings);
        g_autoptr(Touched) touched = touched_new_mode(f->root, mode);
        int error = touched_look(touched, (uint32_t)f->pid, mappings, ENDLESS, &place, blocks);
        ck_assert_msg(error == -ESRCH || error == -ENOENT, "%d", error);
        for (guint i = 0; i < blocks->len; i++)
            ck_assert_uint_eq(g_array_index(blocks, BlockSet, i).n_runs, 0);
    }
}

START_TEST(says_when_the_process_ended)
{
    Fixture f;
    siginfo_t info;
    fixture_init(&f, FILE_BYTES, &many, 1);
    g_auto(Mappings) mappings = read_mappings(&f);
    ck_assert_int_eq(kill(f.pid, SIGKILL), 0);
    ck_assert_int_eq(waitid(P_PID, (id_t)f.pid, &info, WEXITED | WNOWAIT), 0);
    check_gone(&f, &mappings, (TouchedPlace){0}); /* a zombie */
    check_gone(&f, &mappings, (TouchedPlace){0, 64 * MIB});
    ck_assert_int_eq(waitpid(f.pid, NULL, 0), f.pid);
    check_gone(&f, &mappings, (TouchedPlace){0});
    f.pid = 0;
    fixture_clear(&f);
}
END_TEST

/* Nothing mapped, or the end reached before: done without looking, whether the process lives. */
START_TEST(is_done_at_the_end)
{
    Fixture f;
    fixture_init(&f, FILE_BYTES, &many, 1);
    g_auto(Mappings) mappings = read_mappings(&f);
    g_autoptr(GArray) blocks = sets_for(&mappings);
    g_autoptr(Touched) touched = touched_new(f.root);
    uint32_t pid = (uint32_t)f.pid;
    TouchedPlace place = {mappings.spans->len, 0};
    end_process(&f);
    ck_assert_int_eq(touched_look(touched, pid, &mappings, 0, &place, blocks), 1);
    g_array_set_size(mappings.spans, 0);
    place = (TouchedPlace){0};
    ck_assert_int_eq(touched_look(touched, pid, &mappings, 0, &place, blocks), 1);
    touched_free(NULL);
    fixture_clear(&f);
}
END_TEST

START_TEST(says_when_it_is_denied)
{
    if (geteuid() != 0)
        unit_skip("only root can become another user");
    Fixture f;
    fixture_init(&f, FILE_BYTES, &many, 1);
    g_auto(Mappings) mappings = read_mappings(&f);
    g_autoptr(GArray) blocks = sets_for(&mappings);
    g_autoptr(Touched) touched = touched_new(f.root);
    TouchedPlace place = {0};
    ck_assert_int_eq(seteuid(65534), 0);
    int error = touched_look(touched, (uint32_t)f.pid, &mappings, ENDLESS, &place, blocks);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_int_eq(error, -EACCES);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("touched");
    UNIT_ADD_ROWS(suite, finds_what_was_touched, rows);
    UNIT_ADD(suite, goes_on_in_slices);
    UNIT_ADD(suite, survives_huge_mappings);
    UNIT_ADD(suite, says_when_the_process_ended);
    UNIT_ADD(suite, is_done_at_the_end);
    UNIT_ADD(suite, says_when_it_is_denied);
    return suite;
}
