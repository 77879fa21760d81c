/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "disk.h"
#include "observe/resolver.h"
#include "proc-fixture.h"

/* A /proc with the process 7, which is in the namespace 2 and has its root at ~/root; '~' stands
 * for the fixture's directory. */
typedef struct {
    char *path;
    char *proc;
    ProcRoot *root;
    Resolver *resolver;
} Fixture;

static char *fill(const Fixture *f, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "~", -1);
    return g_strjoinv(f->path, parts);
}

static void set_mounts(const Fixture *f, const char *pid, const char *text)
{
    g_autofree char *filled = fill(f, text);
    proc_set_file(f->proc, pid, "mountinfo", filled, -1);
}

static void copy_of(const Fixture *f, const char *from_name, const char *to_name, bool same_time)
{
    g_autofree char *from = g_build_filename(f->path, from_name, NULL);
    struct stat st;
    g_autofree char *to = unit_write(f->path, to_name, "12345", 5);
    ck_assert_int_eq(stat(from, &st), 0);
    const struct timespec times[] = {st.st_atim,
                                     {st.st_mtim.tv_sec - (same_time ? 0 : 1), st.st_mtim.tv_nsec}};
    ck_assert_int_eq(utimensat(AT_FDCWD, to, times, 0), 0);
}

#define OURS "1 0 8:1 / / rw - ext4 /dev/x rw\n2 1 0:9 / ~/nfs rw - nfs s:/ rw\n"
#define ROOT "1 0 0:7 / / rw - tmpfs none rw\n"
#define OVERLAY(options) ROOT "2 1 0:40 / /app rw - overlay overlay rw," options "\n"

/* What the process sees as /app/dir/file is real/dir/file here, by a second name of it. */
static void fixture_init(Fixture *f)
{
    g_autofree char *made = unit_mkdir();
    char *canonical = realpath(made, NULL);
    *f = (Fixture){.path = g_strdup(canonical)};
    free(canonical);
    f->proc = g_build_filename(f->path, "proc", NULL);
    g_autofree char *real = unit_write(f->path, "real/dir/file", "12345", 5);
    g_autofree char *root = g_build_filename(f->path, "root", NULL);
    g_autofree char *there_dir = g_build_filename(root, "app/dir", NULL);
    g_autofree char *there = g_build_filename(there_dir, "file", NULL);
    ck_assert_int_eq(g_mkdir_with_parents(there_dir, 0755), 0);
    ck_assert_int_eq(link(real, there), 0);
    proc_set_link(f->proc, "7", "ns/mnt", "mnt:[2]");
    proc_set_link(f->proc, "7", "root", root);
    set_mounts(f, "self", OURS);
    set_mounts(f, "7", ROOT "2 1 8:1 ~/real /app rw - ext4 /dev/x rw\n");
    f->root = proc_root_open(f->proc);
    f->resolver = resolver_new(f->root);
}

static void fixture_clear(Fixture *f)
{
    resolver_free(f->resolver);
    proc_root_close(f->root);
    g_free(f->proc);
    unit_rmdir(f->path);
}

static void check_find(Fixture *f, const char *path_text, uint64_t ino, const char *want_text)
{
    struct stat st = {0};
    struct stat here;
    g_autofree char *path = fill(f, path_text);
    g_autofree char *want = want_text == NULL ? NULL : fill(f, want_text);
    g_autofree char *real = fill(f, "~/real/dir/file");
    ck_assert_int_eq(stat(real, &here), 0);
    uint64_t dev = ino == 0 ? 0 : here.st_dev;
    g_autofree char *got =
        resolver_find(f->resolver, 7, path, dev, ino == 1 ? here.st_ino : ino, &st);
    ck_assert_pstr_eq(got, want);
    if (want == NULL)
        return;
    ck_assert_int_eq(lstat(want, &here), 0);
    ck_assert_uint_eq(st.st_ino, here.st_ino);
}

static const struct {
    const char *theirs; /* their mounts; NULL: as in the fixture */
    const char *path;
    uint64_t ino; /* 0: not told, 1: that of real/dir/file */
    const char *want;
} rows[] = {
    {NULL, "~/root/app/dir/file", 1, "~/real/dir/file"},
    {NULL, "~/root/app/dir/file", 0, "~/real/dir/file"},
    {NULL, "~/root/app/dir/file", 2, NULL}, /* replaced since */
    {NULL, "~/root/app/dir", 0, NULL},      /* another directory is there */
    {NULL, "~/root/app/dir/none", 0, NULL},
    {NULL, "~/root/app/dir/none", 1, NULL},
    {NULL, "~/app/dir/file", 1, NULL}, /* not below its root */
    {NULL, "~/rooted/app/dir/file", 1, NULL},
    {NULL, "~/root", 1, NULL},
    {NULL, "app/dir/file", 1, NULL},
    {NULL, "", 1, NULL},
    {NULL, "~/root/app/link/file", 1, NULL}, /* links are not followed */
    {NULL, "~/root/app/fifo", 0, NULL},
    {ROOT, "~/root/app/dir/file", 1, NULL}, /* on the tmpfs */
    {"", "~/root/app/dir/file", 1, NULL},
    {ROOT "2 1 0:9 / /app rw - nfs s:/ rw\n", "~/root/app/dir/file", 1, NULL},
    {ROOT "2 1 8:1 ~/real /app rw - fuse.x x rw\n", "~/root/app/dir/file", 1, NULL},
    {OVERLAY("lowerdir=~/none:~/same:~/real"), "~/root/app/dir/file", 0, "~/same/dir/file"},
    {OVERLAY("lowerdir=~/real:~/same"), "~/root/app/dir/file", 0, "~/real/dir/file"},
    {OVERLAY("lowerdir=~/later:~/same"), "~/root/app/dir/file", 0, "~/same/dir/file"},
    {OVERLAY("lowerdir=~/later,upperdir=~/same"), "~/root/app/dir/file", 2, "~/same/dir/file"},
    {OVERLAY("lowerdir=~/later"), "~/root/app/dir/file", 0, NULL},
    {OVERLAY("lowerdir=~/later:~/real"), "~/root/app/dir/file", 1, "~/real/dir/file"},
    {OVERLAY("lowerdir=~/layer-link"), "~/root/app/dir/file", 0, "~/same/dir/file"},
    {OVERLAY("lowerdir=~/nfs"), "~/root/app/dir/file", 0, NULL}, /* it would fit */
    {OVERLAY("lowerdir=~/linked-dir"), "~/root/app/dir/file", 0, NULL},
    {OVERLAY("lowerdir=~/same"), "~/root/app/gone/file", 0, NULL}, /* not there any more */
    {OVERLAY("lowerdir=~/hole:~/same"), "~/root/app/dir/file", 0, "~/hole/dir/file"},
    {OVERLAY("lowerdir=~/hole:~/same,metacopy=on"), "~/root/app/dir/file", 0, "~/same/dir/file"},
};

static void make_layers(const Fixture *f)
{
    copy_of(f, "real/dir/file", "same/dir/file", true);
    copy_of(f, "real/dir/file", "same/gone/file", true);
    copy_of(f, "real/dir/file", "later/dir/file", false);
    copy_of(f, "real/dir/file", "nfs/dir/file", true);
    static const char *const links[][2] = {
        {"~/layer-link", "same"}, {"~/linked-dir/dir", "../same/dir"}, {"~/real/link", "dir"}};
    g_autofree char *parent = fill(f, "~/linked-dir");
    ck_assert_int_eq(g_mkdir(parent, 0755), 0);
    for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *path = fill(f, links[i][0]);
        ck_assert_int_eq(symlink(links[i][1], path), 0);
    }
    g_autofree char *fifo = fill(f, "~/real/fifo");
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    /* All its size and its time, and no data. */
    copy_of(f, "real/dir/file", "hole/dir/file", true);
    g_autofree char *hole = fill(f, "~/hole/dir/file");
    g_autofree char *same = fill(f, "~/same/dir/file");
    struct stat st;
    ck_assert_int_eq(stat(same, &st), 0);
    const struct timespec times[] = {st.st_atim, st.st_mtim};
    ck_assert_int_eq(truncate(hole, 0), 0);
    ck_assert_int_eq(truncate(hole, st.st_size), 0);
    ck_assert_int_eq(utimensat(AT_FDCWD, hole, times, 0), 0);
}

START_TEST(finds_by_mounts)
{
    Fixture f;
    fixture_init(&f);
    make_layers(&f);
    if (rows[_i].theirs != NULL)
        set_mounts(&f, "7", rows[_i].theirs);
    check_find(&f, rows[_i].path, rows[_i].ino, rows[_i].want);
    fixture_clear(&f);
}
END_TEST

START_TEST(judges_by_the_path_here)
{
    Fixture f;
    struct stat st;
    fixture_init(&f);
    make_layers(&f);
    set_mounts(&f, "7", OVERLAY("lowerdir=~/real:~/same"));
    g_autofree char *path = fill(&f, "~/root/app/dir/file");
    g_autofree char *here = fill(&f, "~/same/");
    const char *const only_same[] = {here, "!/", NULL};
    const char *const only_there[] = {path, "!/", NULL};
    g_autoptr(PrefixList) same = prefix_list_new(only_same);
    g_autoptr(PrefixList) there = prefix_list_new(only_there);
    g_autofree char *found = resolver_find_accepted(f.resolver, same, 7, path, 0, 0, &st);
    ck_assert(found != NULL && g_str_has_prefix(found, here));
    ck_assert_ptr_null(resolver_find_accepted(f.resolver, there, 7, path, 0, 0, &st));
    fixture_clear(&f);
}
END_TEST

/* Here the file has two paths, of which one is accepted. It is taken by that one if the process
 * calls it something else, but not if it calls it what is not accepted. */
START_TEST(keeps_what_is_rejected)
{
    Fixture f;
    struct stat st;
    fixture_init(&f);
    g_autofree char *path = fill(&f, "~/real/dir/file");
    g_autofree char *again = fill(&f, "~/again/dir/file");
    g_autofree char *parent = g_path_get_dirname(again);
    g_autofree char *item = fill(&f, "~/again/");
    const char *const items[] = {item, "!/", NULL};
    g_autoptr(PrefixList) accepted = prefix_list_new(items);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    ck_assert_int_eq(link(path, again), 0);
    ck_assert_int_eq(stat(path, &st), 0);
    proc_set_link(f.proc, "7", "root", "/");
    set_mounts(&f, "self", OURS "3 1 8:1 ~/real ~/again rw - ext4 /dev/x rw\n");
    set_mounts(&f, "7", OURS "3 1 8:1 ~/real /app rw - ext4 /dev/x rw\n");
    g_autofree char *other =
        resolver_find_accepted(f.resolver, accepted, 7, "/app/dir/file", st.st_dev, st.st_ino, &st);
    ck_assert_pstr_eq(other, again);
    ck_assert_ptr_null(
        resolver_find_accepted(f.resolver, accepted, 7, path, st.st_dev, st.st_ino, &st));
    fixture_clear(&f);
}
END_TEST

START_TEST(refreshes)
{
    Fixture f;
    fixture_init(&f);
    resolver_refresh(f.resolver); /* nothing was asked */
    check_find(&f, "~/root/app/dir/file", 1, "~/real/dir/file");
    set_mounts(&f, "7", ROOT);
    check_find(&f, "~/root/app/dir/file", 1, "~/real/dir/file"); /* known in this period */
    resolver_refresh(f.resolver);
    check_find(&f, "~/root/app/dir/file", 1, NULL);
    set_mounts(&f, "7", ROOT "2 1 8:1 ~/real /app rw - ext4 /dev/x rw\n");
    set_mounts(&f, "self", ROOT);
    resolver_refresh(f.resolver);
    check_find(&f, "~/root/app/dir/file", 1, NULL);
    fixture_clear(&f);
}
END_TEST

/* More namespaces than are kept, each with as many mounts as are read; and one with more. */
START_TEST(survives_many_mounts)
{
    Fixture f;
    fixture_init(&f);
    g_autoptr(GString) text = g_string_new(ROOT);
    g_autofree char *good = fill(&f, "2 1 8:1 ~/real /app rw - ext4 /dev/x rw\n");
    g_string_append(text, good);
    while (text->len < 1000000)
        g_string_append_printf(text, "9 1 0:8 / /m/%" G_GSIZE_FORMAT " rw - ext4 /dev/y rw\n",
                               text->len);
    set_mounts(&f, "7", text->str);
    for (int i = 0; i < 10; i++) {
        g_autofree char *space = g_strdup_printf("mnt:[%d]", i + 10);
        proc_set_link(f.proc, "7", "ns/mnt", space);
        check_find(&f, "~/root/app/dir/file", 1, "~/real/dir/file");
    }
    while (text->len < 2000000)
        g_string_append(text, "9 1 0:8 / /m rw - ext4 /dev/y rw\n");
    set_mounts(&f, "7", text->str);
    proc_set_link(f.proc, "7", "ns/mnt", "mnt:[9]");
    check_find(&f, "~/root/app/dir/file", 1, NULL);
    fixture_clear(&f);
}
END_TEST

/* Nothing of the process can be read: it has ended. */
START_TEST(says_when_nothing_is_known)
{
    static const char *const names[] = {"mountinfo", "root", "ns/mnt"};
    for (guint i = 0; i < G_N_ELEMENTS(names); i++) {
        Fixture f;
        fixture_init(&f);
        g_autofree char *path = g_build_filename(f.proc, "7", names[i], NULL);
        ck_assert_int_eq(unlink(path), 0);
        check_find(&f, "~/root/app/dir/file", 1, NULL);
        fixture_clear(&f);
    }
    resolver_free(NULL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("resolver");
    UNIT_ADD_ROWS(suite, finds_by_mounts, rows);
    UNIT_ADD(suite, judges_by_the_path_here);
    UNIT_ADD(suite, keeps_what_is_rejected);
    UNIT_ADD(suite, refreshes);
    UNIT_ADD(suite, survives_many_mounts);
    UNIT_ADD(suite, says_when_nothing_is_known);
    return suite;
}
