/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/follow.h"
#include "unit.h"
#include <errno.h>
#include <unistd.h>

/* Below '~', which is a directory on a disk by the mounts: dir/file, and the links. */
static const char *const links[][2] = {
    {"link", "dir"},         {"dir/up", "../dir"},     {"absolute", "~/dir"},
    {"twice", "link/up"},    {"loop", "loop"},         {"loop2", "dir/../loop2/x"},
    {"to-file", "dir/file"}, {"dangling", "nowhere"},  {"remote", "~/nfs/dir"},
    {"odd", ".//dir/./"},    {"memory", "~/tmp/dir"},  {"proc", "/proc/self/cwd"},
    {"top", "/tmp/.."},      {"dir/deep", "~/remote"},
};

typedef struct {
    char *path;
    Mounts *mounts;
} Fixture;

static char *fill(const Fixture *f, const char *text)
{
    g_auto(GStrv) parts = g_strsplit(text, "~", -1);
    return g_strjoinv(f->path, parts);
}

static void fixture_init(Fixture *f)
{
    g_autofree char *made = unit_mkdir();
    f->path = realpath(made, NULL);
    g_autofree char *mounts = fill(f, "1 0 8:1 / / rw - ext4 /dev/sda1 rw\n"
                                      "2 1 0:5 / /proc rw - proc proc rw\n"
                                      "3 1 0:6 / ~/nfs rw - nfs s:/ rw\n"
                                      "4 1 0:7 / ~/tmp rw - tmpfs none rw\n");
    f->mounts = mounts_parse(cursor_of(mounts, strlen(mounts)));
    const char *const files[] = {"dir/file", "nfs/dir/file", "tmp/dir/file"};
    for (guint i = 0; i < G_N_ELEMENTS(files); i++)
        g_free(unit_write(f->path, files[i], "x", 1));
    for (guint i = 0; i < G_N_ELEMENTS(links); i++) {
        g_autofree char *from = g_build_filename(f->path, links[i][0], NULL);
        g_autofree char *to = fill(f, links[i][1]);
        ck_assert_int_eq(symlink(to, from), 0);
    }
}

static void fixture_clear(Fixture *f)
{
    mounts_free(f->mounts);
    char *path = g_strdup(f->path);
    free(f->path);
    unit_rmdir(path);
}

static const struct {
    const char *path;
    const char *want; /* NULL: nowhere */
} rows[] = {
    {"~/dir", "~/dir"},
    {"~/link", "~/dir"},
    {"~/absolute", "~/dir"},
    {"~/twice", "~/dir"},
    {"~/dir/up", "~/dir"},
    {"~/odd", "~/dir"},
    {"~/link/up/up/up", "~/dir"},
    {"~/memory", "~/tmp/dir"},
    {"~/top", "/"},
    {"/", "/"},
    {"~/loop", NULL},
    {"~/loop2", NULL},
    {"~/to-file", NULL},
    {"~/dir/file", NULL},
    {"~/dangling", NULL},
    {"~/none", NULL},
    {"~/remote", NULL}, /* though it is there */
    {"~/dir/deep", NULL},
    {"~/nfs/dir", NULL},
    {"~/proc", NULL},
    {"/proc/self/cwd", NULL},
    {"relative", NULL},
    {"~/dir/../dir", NULL},
};

START_TEST(follows_links)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *path = fill(&f, rows[_i].path);
    g_autofree char *want = rows[_i].want == NULL ? NULL : fill(&f, rows[_i].want);
    g_autofree char *got = follow_links(f.mounts, path);
    ck_assert_pstr_eq(got, want);
    fixture_clear(&f);
}
END_TEST

static const struct {
    const char *path;
    int want;
} stat_rows[] = {
    {"~/dir/file", 0},          {"~/dir", 0},
    {"~/link/file", -ELOOP},    {"~/to-file", 0}, /* the link itself */
    {"~/dir/none", -ENOENT},    {"~/dir/file/x", -ENOTDIR},
    {"/proc/self/cwd", -ELOOP}, {"/proc/self/exe", -ELOOP},
};

START_TEST(stats_without_links)
{
    Fixture f;
    struct stat st;
    fixture_init(&f);
    g_autofree char *path = fill(&f, stat_rows[_i].path);
    int got = follow_stat(AT_FDCWD, path, &st);
    ck_assert_int_eq(got, stat_rows[_i].want);
    if (got == 0)
        ck_assert_int_eq(S_ISLNK(st.st_mode), g_str_has_suffix(path, "to-file"));
    fixture_clear(&f);
}
END_TEST

START_TEST(knows_local_places)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *nfs = fill(&f, "~/nfs/x");
    g_autofree char *tmp = fill(&f, "~/tmp/x");
    ck_assert(follow_is_local(f.mounts, f.path));
    ck_assert(!follow_is_local(f.mounts, nfs));
    ck_assert(!follow_is_local(f.mounts, tmp));
    ck_assert(!follow_is_local(f.mounts, ""));
    fixture_clear(&f);
}
END_TEST

static const struct {
    const char *path;
    const char *want; /* NULL: nowhere */
} file_rows[] = {
    {"~/dir/file", "~/dir/file"},
    {"~/to-file", "~/dir/file"},
    {"~/link/file", "~/dir/file"},
    {"~/absolute/../dir/file", "~/dir/file"},
    {"~/dir", NULL},
    {"~/link", NULL},
    {"~/loop", NULL},
    {"~/dangling", NULL},
    {"~/none", NULL},
    {"~/remote", NULL},
    {"~/nfs/dir", NULL},
    {"/proc/self/exe", NULL},
    {"/dev/null", NULL},
};

START_TEST(follows_links_to_files)
{
    Fixture f;
    struct stat st;
    fixture_init(&f);
    g_autofree char *path = fill(&f, file_rows[_i].path);
    g_autofree char *want = file_rows[_i].want == NULL ? NULL : fill(&f, file_rows[_i].want);
    g_autofree char *got = follow_file(f.mounts, path, &st);
    ck_assert_pstr_eq(got, want);
    g_autoptr(GString) text = follow_read(f.mounts, path, 1000);
    ck_assert_int_eq(text != NULL, want != NULL);
    ck_assert(got == NULL || S_ISREG(st.st_mode));
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("follow");
    UNIT_ADD_ROWS(suite, follows_links, rows);
    UNIT_ADD_ROWS(suite, stats_without_links, stat_rows);
    UNIT_ADD_ROWS(suite, follows_links_to_files, file_rows);
    UNIT_ADD(suite, knows_local_places);
    return suite;
}
