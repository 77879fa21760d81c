/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/mappings.h"
#include "proc-fixture.h"

#define PAGE 4096

/* A /proc with the process 7, and files outside of it: good/ is accepted, bad/ is not. */
typedef struct {
    char *path;
    char *proc;
    ScanRules rules;
    Viewer viewer;
    GString *maps;
} Fixture;

static void fixture_init(Fixture *f)
{
    *f = (Fixture){.path = unit_mkdir(), .maps = g_string_new(NULL)};
    g_autofree char *reject = g_strconcat("!", f->path, "/bad", NULL);
    const char *const items[] = {reject, NULL};
    f->proc = g_build_filename(f->path, "proc", NULL);
    ck_assert_int_eq(g_mkdir(f->proc, 0755), 0);
    f->rules.mapprefix = prefix_list_new(items);
    f->viewer = (Viewer){.root = proc_root_open(f->proc), .rules = &f->rules};
    ck_assert_ptr_nonnull(f->viewer.root);
}

static void fixture_clear(Fixture *f)
{
    proc_root_close(f->viewer.root);
    prefix_list_unref(f->rules.mapprefix);
    g_string_free(f->maps, TRUE);
    g_free(f->proc);
    unit_rmdir(f->path);
}

/* A file of so many pages, below the fixture. */
static char *make_file(const Fixture *f, const char *name, guint pages)
{
    g_autofree char *content = g_strnfill((gsize)pages * PAGE, 'x');
    return unit_write(f->path, name, content, (gssize)pages * PAGE);
}

static guint64 inode_of(const char *path)
{
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    return st.st_ino;
}

/* A line that maps `pages` from `offset` on of what is called `name` and has the inode. */
static void add_line(Fixture *f, guint offset, guint pages, guint64 ino, const char *name)
{
    g_string_append_printf(
        f->maps,
        "7f0000000000-%" G_GINT64_MODIFIER "x r-xp %08x 00:00 %" G_GUINT64_FORMAT "      %s\n",
        G_GUINT64_CONSTANT(0x7f0000000000) + (guint64)pages * PAGE, offset * PAGE, ino, name);
}

static Mappings read_maps(Fixture *f)
{
    g_autoptr(MappedFiles) files = mapped_files_new(&f->viewer);
    Mappings got = {0};
    proc_set_file(f->proc, "7", "maps", f->maps->str, (gssize)f->maps->len);
    ck_assert_int_eq(mappings_read(files, 7, &got), 0);
    return got;
}

static void check_region(const Mappings *got, guint i, const char *path, guint offset, guint pages)
{
    const Region *region = &g_array_index(got->regions, Region, i);
    ck_assert_str_eq(region->path, path);
    ck_assert_uint_eq(region->offset_bytes, (uint64_t)offset * PAGE);
    ck_assert_uint_eq(region->length_bytes, (uint64_t)pages * PAGE);
    ck_assert_uint_eq(region->id.ino, inode_of(path));
}

START_TEST(joins_neighbours)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *a = make_file(&f, "a", 10);
    g_autofree char *b = make_file(&f, "b", 10);
    add_line(&f, 0, 2, inode_of(a), a);
    add_line(&f, 2, 3, inode_of(a), a); /* continues */
    add_line(&f, 4, 2, inode_of(a), a); /* overlaps */
    add_line(&f, 1, 2, inode_of(a), a); /* lies within */
    add_line(&f, 8, 1, inode_of(a), a); /* leaves a gap */
    add_line(&f, 7, 1, inode_of(a), a); /* goes back */
    add_line(&f, 9, 1, inode_of(b), b); /* continues, but another file */
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, 4);
    check_region(&got, 0, a, 0, 6);
    check_region(&got, 1, a, 8, 1);
    check_region(&got, 2, a, 7, 1);
    check_region(&got, 3, b, 9, 1);
    ck_assert_uint_eq(got.mapped_bytes, 12 * PAGE);
    fixture_clear(&f);
}
END_TEST

static void check_span(const Mappings *got, guint i, guint address, guint offset, guint bytes,
                       guint region)
{
    const Span *span = &g_array_index(got->spans, Span, i);
    ck_assert_uint_eq(span->address, (uint64_t)address * PAGE);
    ck_assert_uint_eq(span->offset_bytes, (uint64_t)offset * PAGE);
    ck_assert_uint_eq(span->length_bytes, bytes);
    ck_assert_uint_eq(span->region, region);
}

/* A line that maps from the page `address` on. */
static void add_line_at(Fixture *f, guint address, guint offset, guint pages, const char *path)
{
    g_string_append_printf(f->maps, "%x-%x rw-p %08x 00:00 %" G_GUINT64_FORMAT " %s\n",
                           address * PAGE, (address + pages) * PAGE, offset * PAGE, inode_of(path),
                           path);
}

/* Each mapping has its own, with the region that it is part of; what is left out has none. */
START_TEST(tells_where_it_is_mapped)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *a = make_file(&f, "a", 10);
    g_autofree char *b = unit_write(f.path, "b", "xyz", 3);
    g_autofree char *bad = make_file(&f, "bad/a", 10);
    add_line_at(&f, 100, 0, 2, a);
    add_line_at(&f, 102, 2, 3, a);
    add_line_at(&f, 110, 9, 4, a); /* beyond the end */
    add_line_at(&f, 120, 0, 4, bad);
    add_line_at(&f, 130, 0, 1, b);
    add_line_at(&f, 140, 1, 1, b); /* behind the end */
    add_line_at(&f, 150, 1, 1, a);
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.spans->len, 5);
    check_span(&got, 0, 100, 0, 2 * PAGE, 0);
    check_span(&got, 1, 102, 2, 3 * PAGE, 0);
    check_span(&got, 2, 110, 9, PAGE, 1);
    check_span(&got, 3, 130, 0, 3, 2);
    check_span(&got, 4, 150, 1, PAGE, 3);
    ck_assert_uint_eq(got.regions->len, 4);
    fixture_clear(&f);
}
END_TEST

START_TEST(cuts_at_the_end_of_the_file)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *a = make_file(&f, "a", 2);
    add_line(&f, 1, 1000, inode_of(a), a);
    add_line(&f, 2, 1, inode_of(a), a); /* all of it behind the end */
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, 1);
    check_region(&got, 0, a, 1, 1);
    ck_assert_uint_eq(got.mapped_bytes, 1001 * PAGE); /* minsize counts mappings */
    fixture_clear(&f);
}
END_TEST

START_TEST(leaves_out_what_is_no_file)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *bad = make_file(&f, "bad/a", 1);
    g_autofree char *none = g_build_filename(f.path, "none", NULL);
    g_autofree char *fifo = g_build_filename(f.path, "fifo", NULL);
    g_autofree char *link = g_build_filename(f.path, "link", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    ck_assert_int_eq(symlink("/etc/passwd", link), 0);
    const char *const names[] = {bad,
                                 none,
                                 fifo,
                                 link,
                                 f.path,
                                 "/dev/zero (deleted)",
                                 "/dev/null",
                                 "[heap]",
                                 "[stack]",
                                 "",
                                 "/memfd:x (deleted)",
                                 "/SYSV00000000 (deleted)",
                                 "socket:[1]",
                                 "/proc/self/maps"};
    for (size_t i = 0; i < G_N_ELEMENTS(names); i++)
        add_line(&f, 0, 1, 5, names[i]);
    g_string_append(f.maps, "garbage\n\n7f-\n");
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, 0);
    ck_assert_uint_eq(got.mapped_bytes, 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(leaves_out_inode_0)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *a = make_file(&f, "a", 1);
    add_line(&f, 0, 1, 0, a);
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, 0);
    fixture_clear(&f);
}
END_TEST

/* The names of two files, what the line says, and which file is meant: 0 none, 1, 2. The line has
 * the inode of the file `ino_of`. */
static const struct {
    const char *first;
    const char *second;
    const char *text;
    int ino_of;
    int want;
} doubt_rows[] = {
    {"a", "a (deleted)", "a", 1, 1},
    {"a", "a (deleted)", "a (deleted)", 2, 2}, /* a file that is called so */
    {"a", "a (deleted)", "a (deleted)", 1, 0}, /* another one is called so; a itself was deleted */
    {"a", "b", "a (deleted)", 1, 0},
    {"a\nb", "a\\012b", "a\\012b", 1, 1}, /* the text fits both */
    {"a\nb", "a\\012b", "a\\012b", 2, 2},
    {"x", "a\\012b", "a\\012b", 2, 2},
    {"a\nb", "x", "a\\012b", 1, 1},
    {"a\nb", "x", "a\\012b", 2, 0},
    {"a\n (deleted)", "x", "a\\012 (deleted)", 1, 1},
    {"a", "a.#prelink#.X", "a.#prelink#.X", 2, 1},
};

START_TEST(asks_the_inode_when_in_doubt)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *first = make_file(&f, doubt_rows[_i].first, 1);
    g_autofree char *second = make_file(&f, doubt_rows[_i].second, 1);
    g_autofree char *text = g_build_filename(f.path, doubt_rows[_i].text, NULL);
    int want = doubt_rows[_i].want;
    add_line(&f, 0, 1, inode_of(doubt_rows[_i].ino_of == 1 ? first : second), text);
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, want == 0 ? 0 : 1);
    if (want != 0)
        check_region(&got, 0, want == 1 ? first : second, 0, 1);
    ck_assert_uint_eq(got.n_foreign, 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(compares_files_of_other_namespaces)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *same = make_file(&f, "same", 1);
    g_autofree char *other = make_file(&f, "other", 1);
    g_autofree char *none = g_build_filename(f.path, "none", NULL);
    g_autofree char *bad = make_file(&f, "bad/a", 1);
    add_line(&f, 0, 1, inode_of(same), same);
    add_line(&f, 0, 1, inode_of(same), other); /* the name is taken by another file here */
    add_line(&f, 1, 1, inode_of(same), other); /* which counts once */
    add_line(&f, 0, 1, 5, none);
    add_line(&f, 0, 1, 5, bad); /* was not wanted anyway */
    f.viewer.mount_namespace = "mnt:[1]";
    proc_set_link(f.proc, "7", "ns/mnt", "mnt:[2]");
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, 1);
    check_region(&got, 0, same, 0, 1);
    ck_assert_uint_eq(got.n_foreign, 2);
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_equal_ones)
{
    Fixture f;
    fixture_init(&f);
    g_autoptr(MappedFiles) files = mapped_files_new(&f.viewer);
    g_autofree char *a = make_file(&f, "a", 4);
    uint64_t prints[3];
    for (guint i = 0; i < 3; i++) {
        g_auto(Mappings) got = {0};
        g_string_truncate(f.maps, 0);
        add_line(&f, 0, i == 2 ? 3 : 2, inode_of(a), a);
        proc_set_file(f.proc, "7", "maps", f.maps->str, -1);
        ck_assert_int_eq(mappings_read(files, 7, &got), 0);
        prints[i] = got.fingerprint;
    }
    ck_assert_uint_eq(prints[0], prints[1]);
    ck_assert_uint_ne(prints[0], prints[2]);
    fixture_clear(&f);
}
END_TEST

START_TEST(bounds_lines_and_sums)
{
    enum { LINES = 65536 };
    Fixture f;
    fixture_init(&f);
    g_autofree char *a = make_file(&f, "a", 1);
    g_autofree char *b = make_file(&f, "b", 1);
    g_string_append_printf(f.maps, "0-ffffffffffffffff r--p 0 0:0 %" G_GUINT64_FORMAT " %s\n",
                           inode_of(a), a);
    for (guint i = 1; i < LINES; i++)
        add_line(&f, 0, 1, inode_of(a), a);
    add_line(&f, 0, 1, inode_of(b), b); /* one too many */
    g_auto(Mappings) got = read_maps(&f);
    ck_assert_uint_eq(got.regions->len, 1);
    check_region(&got, 0, a, 0, 1);
    ck_assert_uint_eq(got.mapped_bytes, UINT64_MAX);
    ck_assert_uint_eq(got.spans->len, LINES);
    fixture_clear(&f);
}
END_TEST

START_TEST(says_when_the_process_is_gone)
{
    Fixture f;
    fixture_init(&f);
    g_autoptr(MappedFiles) files = mapped_files_new(&f.viewer);
    g_auto(Mappings) got = {0};
    ck_assert_int_eq(mappings_read(files, 8, &got), -ENOENT);
    ck_assert_ptr_null(got.regions);
    mapped_files_free(NULL);
    fixture_clear(&f);
}
END_TEST

START_TEST(reads_this_process)
{
    Fixture f;
    fixture_init(&f);
    proc_root_close(f.viewer.root);
    f.viewer.root = proc_root_open("/proc");
    if (f.viewer.root == NULL) {
        f.viewer.root = proc_root_open(f.proc);
        fixture_clear(&f);
        unit_skip("no /proc");
    }
    g_autoptr(MappedFiles) files = mapped_files_new(&f.viewer);
    g_auto(Mappings) got = {0};
    g_autofree char *exe = g_file_read_link("/proc/self/exe", NULL);
    bool found = false;
    ck_assert_int_eq(mappings_read(files, (uint32_t)getpid(), &got), 0);
    for (guint i = 0; i < got.regions->len; i++)
        found |= strcmp(g_array_index(got.regions, Region, i).path, exe) == 0;
    ck_assert(found);
    ck_assert_uint_gt(got.mapped_bytes, 1000000); /* libc and GLib */
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("mappings");
    UNIT_ADD(suite, joins_neighbours);
    UNIT_ADD(suite, tells_where_it_is_mapped);
    UNIT_ADD(suite, cuts_at_the_end_of_the_file);
    UNIT_ADD(suite, leaves_out_what_is_no_file);
    UNIT_ADD(suite, leaves_out_inode_0);
    UNIT_ADD_ROWS(suite, asks_the_inode_when_in_doubt, doubt_rows);
    UNIT_ADD(suite, compares_files_of_other_namespaces);
    UNIT_ADD(suite, tells_equal_ones);
    UNIT_ADD(suite, bounds_lines_and_sums);
    UNIT_ADD(suite, says_when_the_process_is_gone);
    UNIT_ADD(suite, reads_this_process);
    return suite;
}
