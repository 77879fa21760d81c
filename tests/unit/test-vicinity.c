/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "plan-fixture.h"

#include "prefetch/vicinity.h"

static void plan_path(Plan *plan, const char *path, bool directory)
{
    const PlanItem item = {.path = g_ref_string_new(path), .directory = directory};
    g_array_append_val(plan->items, item);
}

static guint count(const GArray *all, const char *path, VicinityKind kind)
{
    guint n = 0;
    for (guint i = 0; i < all->len; i++) {
        const Vicinity *one = &g_array_index(all, Vicinity, i);
        n += one->kind == kind && strcmp(one->path, path) == 0;
    }
    return n;
}

START_TEST(test_of_nothing)
{
    Plan *plan = new_plan(0, 0);
    g_autoptr(GArray) all = vicinity_of(plan);
    ck_assert_uint_eq(all->len, 0);
    plan_free(plan);
}
END_TEST

/* The directories of a plan and those that they are in, once each; where programs are; what comes
 * before /usr. */
START_TEST(test_directories)
{
    static const struct {
        const char *path;
        VicinityKind kind;
        guint n;
    } rows[] = {
        {"/usr/share/emacs/lisp/org", VICINITY_DIRECTORY, 1},
        {"/usr/share/emacs/lisp", VICINITY_DIRECTORY, 1},
        {"/usr/share", VICINITY_DIRECTORY, 1},
        {"/", VICINITY_DIRECTORY, 1},
        {"/etc/fonts", VICINITY_DIRECTORY, 1},
        {"/etc/fonts/conf", VICINITY_DIRECTORY, 0}, /* is a file */
        {"/usr/local/share/emacs", VICINITY_DIRECTORY, 1},
        {"/usr/local/share/emacs", VICINITY_TREE, 1},
        {"/usr/bin", VICINITY_DIRECTORY, 1},
        {"/etc/alternatives", VICINITY_LINKS, 1},
        {"/usr/share/emacs/lisp", VICINITY_TREE, 0},
    };
    Plan *plan = new_plan(0, 0);
    plan_path(plan, "/usr/share/emacs/lisp/org/org.elc", false);
    plan_path(plan, "/usr/share/emacs/lisp/org/ol.elc", false);
    plan_path(plan, "/usr/share/emacs/lisp", true);
    plan_path(plan, "/etc/fonts/conf", false);
    g_autoptr(GArray) all = vicinity_of(plan);
    for (guint i = 0; i < G_N_ELEMENTS(rows); i++)
        ck_assert_msg(count(all, rows[i].path, rows[i].kind) == rows[i].n, "row %u", i);
    plan_free(plan);
}
END_TEST

/* So many directories of the plan in one; then it is a search path or not. */
static const struct {
    guint n;
    guint n_trees;
} crowds[] = {{1, 0}, {VICINITY_TREE_MIN - 1, 0}, {VICINITY_TREE_MIN, 1}, {100, 1}};

START_TEST(test_tree)
{
    Plan *plan = new_plan(0, 0);
    for (guint i = 0; i < crowds[_i].n; i++) {
        g_autofree char *path = g_strdup_printf("/opt/lisp/d%u/file", i);
        plan_path(plan, path, false);
        plan_path(plan, path, false);
    }
    g_autoptr(GArray) all = vicinity_of(plan);
    ck_assert_uint_eq(count(all, "/opt/lisp", VICINITY_TREE), crowds[_i].n_trees);
    plan_free(plan);
}
END_TEST

START_TEST(test_is_bounded)
{
    Plan *plan = new_plan(0, 0);
    for (guint i = 0; i < 2 * VICINITY_MAX; i++) {
        g_autofree char *path = g_strdup_printf("/opt/d%u/file", i);
        plan_path(plan, path, false);
    }
    g_autoptr(GArray) all = vicinity_of(plan);
    ck_assert_uint_eq(all->len, VICINITY_MAX);
    plan_free(plan);
}
END_TEST

static void make_directories(const char *directory, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("%s/d%u", directory, i);
        ck_assert_int_eq(mkdir(path, 0755), 0);
    }
}

static void make_links(const char *directory, guint n)
{
    for (guint i = 0; i < n; i++) {
        g_autofree char *path = g_strdup_printf("%s/l%u", directory, i);
        ck_assert_int_eq(symlink("nowhere", path), 0);
    }
}

/* A directory with so many directories and links in it; then so many are visited. */
static const struct {
    guint n_directories;
    guint n_links;
    VicinityKind kind;
    guint n;
} visits[] = {
    {0, 0, VICINITY_DIRECTORY, 1},
    {3, 2, VICINITY_DIRECTORY, 1},
    {3, 2, VICINITY_TREE, 3},
    {VICINITY_TREE_MAX, 0, VICINITY_TREE, VICINITY_TREE_MAX},
    {VICINITY_TREE_MAX + 1, 0, VICINITY_TREE, 0},
    {3, 2, VICINITY_LINKS, 2},
    {0, VICINITY_LINKS_MAX + 1, VICINITY_LINKS, 0},
};

START_TEST(test_visit)
{
    Fixture fixture;
    if (!fixture_init_disk(&fixture, false))
        unit_skip("no directory on a disk of its own");
    make_directories(fixture.directory, visits[_i].n_directories);
    make_links(fixture.directory, visits[_i].n_links);
    Run of_it;
    begin(&fixture, &of_it);
    const Vicinity vicinity = {fixture.directory, visits[_i].kind};
    ck_assert_uint_eq(vicinity_visit(&of_it, &vicinity), visits[_i].n);
    fixture.cancel = 1;
    if (visits[_i].kind != VICINITY_DIRECTORY)
        ck_assert_uint_eq(vicinity_visit(&of_it, &vicinity), 0);
    run_end(&of_it);
    fixture_clear(&fixture);
}
END_TEST

/* What is no directory of a disk is left alone. */
START_TEST(test_elsewhere)
{
    static const char *const paths[] = {"/dev/null", "/proc/self", "/nowhere/at/all"};
    Fixture fixture;
    if (!fixture_init(&fixture))
        unit_skip("no directory on a disk");
    Run of_it;
    begin(&fixture, &of_it);
    for (guint i = 0; i < G_N_ELEMENTS(paths); i++) {
        const Vicinity vicinity = {(char *)paths[i], VICINITY_DIRECTORY};
        ck_assert_uint_eq(vicinity_visit(&of_it, &vicinity), 0);
    }
    run_end(&of_it);
    fixture_clear(&fixture);
}
END_TEST

static const struct {
    const char *path;
    const char *names[COMPANIONS_MAX];
} companions[] = {
    {"/usr/lib/python3/x/__pycache__/m.cpython-311.pyc", {"/usr/lib/python3/x/m.py"}},
    {"/d/__pycache__/m.cpython-311.opt-1.pyc", {"/d/m.py"}},
    {"/d/__pycache__/m.txt", {NULL}},
    {"/d/__pycache__/e/m.pyc", {NULL}},
    {"/d/m.pyc", {NULL}},
    {"/lib/libx.so", {NULL}},
    {"/lib/libx.so.1", {NULL}},
    {"/lib/libx.so.1.2", {"/lib/libx.so.1"}},
    {"/lib/libx.so.1.2.3", {"/lib/libx.so.1.2", "/lib/libx.so.1"}},
    {"/lib/libx.so.1.2.3.4", {"/lib/libx.so.1.2.3", "/lib/libx.so.1.2"}},
    {"/lib.so.1.2/libx", {NULL}},
    {"", {NULL}},
};

START_TEST(test_companions)
{
    char *names[COMPANIONS_MAX];
    companions_of(companions[_i].path, names);
    for (guint i = 0; i < COMPANIONS_MAX; i++) {
        ck_assert_pstr_eq(names[i], companions[_i].names[i]);
        g_free(names[i]);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("vicinity");
    UNIT_ADD(suite, test_of_nothing);
    UNIT_ADD(suite, test_directories);
    UNIT_ADD_ROWS(suite, test_tree, crowds);
    UNIT_ADD(suite, test_is_bounded);
    UNIT_ADD_ROWS(suite, test_visit, visits);
    UNIT_ADD(suite, test_elsewhere);
    UNIT_ADD_ROWS(suite, test_companions, companions);
    return suite;
}
