/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"

#include "prefetch/extents.h"
#include "prefetch/placement.h"

typedef struct {
    char *directory;
    char *path;
    int fd;
    struct stat st;
    Placement *placement;
} Fixture;

static bool fixture_init(Fixture *f)
{
    *f = (Fixture){.directory = disk_mkdir(), .fd = -1};
    if (f->directory == NULL)
        return false;
    f->path = disk_file(f->directory, "file", 1 << 20);
    f->fd = open(f->path, O_RDONLY | O_CLOEXEC);
    ck_assert_int_eq(fstat(f->fd, &f->st), 0);
    f->placement = placement_new();
    return true;
}

static void fixture_clear(Fixture *f)
{
    placement_free(f->placement);
    (void)close(f->fd);
    g_free(f->path);
    unit_rmdir(f->directory);
}

static const uint64_t offsets[] = {0, 4096, 65536, (1 << 20) - 4096};

START_TEST(is_where_the_file_system_says)
{
    Fixture f;
    uint64_t expected = 0;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    uint64_t physical = 0;
    uint64_t piece = 0;
    bool told = extents_physical(f.fd, offsets[_i], &expected);
    ck_assert_int_eq(placement_find(f.placement, f.fd, &f.st, offsets[_i], &physical, &piece),
                     told);
    if (told)
        ck_assert_uint_eq(physical, expected);
    ck_assert_uint_gt(piece, 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(is_asked_once_for_each_state_of_a_file)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    uint64_t physical = 0;
    uint64_t piece = 0;
    for (guint i = 0; i < 3; i++)
        (void)placement_find(f.placement, f.fd, &f.st, i * 4096, &physical, &piece);
    ck_assert_uint_eq(placement_n_asked(f.placement), 1);
    f.st.st_mtim.tv_nsec ^= 1;
    (void)placement_find(f.placement, f.fd, &f.st, 0, &physical, &piece);
    ck_assert_uint_eq(placement_n_asked(f.placement), 2);
    f.st.st_size++;
    (void)placement_find(f.placement, f.fd, &f.st, 0, &physical, &piece);
    ck_assert_uint_eq(placement_n_asked(f.placement), 3);
    fixture_clear(&f);
}
END_TEST

/* A pipe has no extents; that is remembered as well. */
START_TEST(tells_that_nothing_is_told)
{
    int ends[2];
    ck_assert_int_eq(pipe2(ends, O_CLOEXEC), 0);
    struct stat st;
    ck_assert_int_eq(fstat(ends[0], &st), 0);
    g_autoptr(Placement) placement = placement_new();
    uint64_t physical = 0;
    uint64_t piece = 0;
    for (guint i = 0; i < 2; i++) {
        ck_assert(!placement_find(placement, ends[0], &st, 0, &physical, &piece));
        ck_assert_uint_eq(piece, UINT64_MAX);
    }
    ck_assert_uint_eq(placement_n_asked(placement), 1);
    (void)close(ends[0]);
    (void)close(ends[1]);
}
END_TEST

/* Behind a hole the file goes on: how far it is to there is told. */
START_TEST(holes_have_no_place)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no directory on a disk");
    g_autofree char *path = g_build_filename(f.directory, "sparse", NULL);
    int fd = open(path, O_RDWR | O_CREAT | O_CLOEXEC, 0644);
    char page[4096] = {1};
    ck_assert_int_eq(pwrite(fd, page, sizeof page, 1 << 20), (ssize_t)sizeof page);
    ck_assert_int_eq(fsync(fd), 0);
    struct stat st;
    ck_assert_int_eq(fstat(fd, &st), 0);
    uint64_t physical = 0;
    uint64_t piece = 0;
    bool behind = placement_find(f.placement, fd, &st, 1 << 20, &physical, &piece);
    ck_assert(!placement_find(f.placement, fd, &st, 0, &physical, &piece));
    ck_assert_uint_eq(piece, behind ? 1 << 20 : UINT64_MAX);
    (void)close(fd);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("placement");
    UNIT_ADD_ROWS(suite, is_where_the_file_system_says, offsets);
    UNIT_ADD(suite, is_asked_once_for_each_state_of_a_file);
    UNIT_ADD(suite, tells_that_nothing_is_told);
    UNIT_ADD(suite, holes_have_no_place);
    return suite;
}
