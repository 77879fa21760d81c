/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* On a disk with a head, what lies in pieces all over it is read in one sweep. */
#include "plan-fixture.h"

#include <glib/gstdio.h>
#include <sched.h>
#include <sys/mount.h>

#include "prefetch/extents.h"
#include "prefetch/reading.h"

#define N_FILES 16
#define N_PIECES 24

static bool run_tool(const char *const *argv)
{
    int status = -1;
    return g_spawn_sync(NULL, (char **)argv, NULL, G_SPAWN_SEARCH_PATH, NULL, NULL, NULL, NULL,
                        &status, NULL) &&
           g_spawn_check_wait_status(status, NULL);
}

/* A small ext4 file system in a file, in a mount namespace that ends with the test. */
static bool mount_image(const char *image, const char *directory)
{
    const char *const make[] = {"mkfs.ext4", "-q", "-O", "^has_journal", image, "64M", NULL};
    const char *const attach[] = {"mount", "-o", "loop", image, directory, NULL};
    return unshare(CLONE_NEWNS) == 0 && mount(NULL, "/", NULL, MS_REC | MS_PRIVATE, NULL) == 0 &&
           run_tool(make) && g_mkdir(directory, 0755) == 0 && run_tool(attach);
}

static void append_piece(const char *path)
{
    static const char piece[BLOCK_BYTES] = {1};
    int fd = open(path, O_WRONLY | O_CREAT | O_APPEND | O_CLOEXEC, 0644);
    ck_assert_int_ge(fd, 0);
    disk_write_all(fd, piece, sizeof piece);
    ck_assert_int_eq(fsync(fd), 0); /* where it lies is decided now */
    ck_assert_int_eq(close(fd), 0);
}

/* The files grow in turns, each time in another order. */
static void interleave(const GStrv paths)
{
    for (guint piece = 0; piece < N_PIECES; piece++)
        for (guint i = 0; i < N_FILES; i++)
            append_piece(paths[(i * 7 + piece * 5) % N_FILES]);
}

/* The way of the head. */
typedef struct {
    uint64_t at_bytes;
    uint64_t way_bytes;
    uint64_t asked_bytes;
} Head;

static int note_request(gpointer data, int fd, Range range)
{
    Head *head = data;
    for (uint64_t done = 0; done < range.length_bytes; done += 4096) {
        uint64_t place = 0;
        ck_assert(extents_physical(fd, range.offset_bytes + done, &place));
        head->way_bytes += place > head->at_bytes ? place - head->at_bytes : head->at_bytes - place;
        head->at_bytes = place + 4096;
    }
    head->asked_bytes += range.length_bytes;
    return posix_fadvise(fd, (off_t)range.offset_bytes, (off_t)range.length_bytes,
                         POSIX_FADV_WILLNEED);
}

static Head read_by(Fixture *f, SortStrategy sort)
{
    Run run_of_it;
    Head head = {0};
    f->rules.sort = sort;
    begin(f, &run_of_it);
    run_of_it.ask = note_request;
    run_of_it.ask_data = &head;
    Reading reading = reading_make();
    Walk walk;
    walk_begin(&walk, &run_of_it, &reading, sort);
    walk_plan(&walk);
    guint n_headless = order_portions(&reading, sort);
    ck_assert_uint_eq(n_headless, 0);
    submit_reading(&run_of_it, &reading, n_headless);
    walk_end(&walk);
    reading_clear(&reading);
    run_end(&run_of_it);
    return head;
}

/* As the machine has it, but with a head. */
static void give_head(Fixture *f, const char *directory)
{
    struct stat st;
    ck_assert_int_eq(stat(directory, &st), 0);
    f->sys = unit_mkdir();
    put_attribute(f, st.st_dev, "queue/rotational", "1\n");
    put_attribute(f, st.st_dev, "queue/max_sectors_kb", "1024\n");
    put_attribute(f, st.st_dev, "queue/read_ahead_kb", "128\n");
    storage_free(f->storage);
    f->storage = storage_new(f->sys, "/proc/self/mountinfo");
}

START_TEST(interleaved_files_are_read_in_one_sweep)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    g_autofree char *image = g_build_filename(f.directory, "image", NULL);
    g_autofree char *mounted = g_build_filename(f.directory, "mounted", NULL);
    if (!mount_image(image, mounted)) {
        fixture_clear(&f);
        unit_skip("no loop device, no ext4, or not root");
    }
    give_head(&f, mounted);
    g_auto(GStrv) paths = g_new0(char *, N_FILES + 1);
    for (guint i = 0; i < N_FILES; i++)
        paths[i] = g_strdup_printf("%s/file-%02u", mounted, i);
    interleave(paths);
    for (guint i = 0; i < N_FILES; i++)
        want_all(&f, paths[i]);
    Head heads[2];
    static const SortStrategy sorts[] = {SORT_PATH, SORT_AUTO};
    for (guint i = 0; i < G_N_ELEMENTS(sorts); i++) {
        for (guint j = 0; j < N_FILES; j++)
            disk_drop(paths[j]);
        heads[i] = read_by(&f, sorts[i]);
        /* What the kernel dropped is asked for again. */
        ck_assert_uint_ge(heads[i].asked_bytes, N_FILES * N_PIECES * BLOCK_BYTES);
        ck_assert_uint_eq(f.report.loaded_bytes, N_FILES * N_PIECES * BLOCK_BYTES);
        ck_assert_uint_eq(f.report.n_failed, 0);
    }
    ck_assert_msg(heads[1].way_bytes * 10 <= heads[0].way_bytes,
                  "by path %" G_GUINT64_FORMAT " MiB, by place %" G_GUINT64_FORMAT " MiB",
                  heads[0].way_bytes / MIB, heads[1].way_bytes / MIB);
    ck_assert_int_eq(umount2(mounted, MNT_DETACH), 0);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("seeks");
    UNIT_ADD(suite, interleaved_files_are_read_in_one_sweep);
    return suite;
}
