/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/touch.h"
#include "observe/learner.h"
#include "unit.h"
#include <fcntl.h>
#include <glib/gstdio.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The learner on real processes: copies of cat(1), of which it is known that they run and have
 * mapped what they map, as they give back what they are given. Time is what the test says.
 */
typedef struct {
    char *path;
    ProcRoot *root;
    ScanRules rules;
    char *mount_namespace;
    Resolver *resolver;
    Viewer viewer;
    Scanner *scanner;
    Touched *touched;
    Residency *residency;
    Learner *learner;
    GPtrArray *told; /* Sighting */
    char *program;
} Fixture;

typedef struct {
    GPid pid;
    int in;
    int out;
} Child;

#define SEC UINT64_C(1000000)
#define BEGIN (UINT64_C(1000) * SEC)

static void take(Sighting *sighting, gpointer data)
{
    g_ptr_array_add(((Fixture *)data)->told, sighting);
}

static char *copy_cat(const Fixture *f, const char *name)
{
    g_autofree char *from = g_find_program_in_path("cat");
    g_autofree char *content = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(from, &content, &length, NULL));
    char *path = unit_write(f->path, name, content, (gssize)length);
    ck_assert_int_eq(g_chmod(path, 0755), 0);
    return path;
}

static void fixture_init(Fixture *f, uint64_t minsize_bytes)
{
    *f = (Fixture){.path = unit_mkdir(), .root = proc_root_open("/proc")};
    g_autofree char *inside = g_strconcat(f->path, "/", NULL);
    g_autofree char *private = g_strconcat("!", f->path, "/private", NULL);
    const char *const items[] = {inside, "!/", NULL};
    const char *const file_items[] = {private, inside, "!/", NULL};
    f->rules = (ScanRules){prefix_list_new(items), prefix_list_new(items),
                           prefix_list_new(file_items), interpreters_new(NULL), minsize_bytes};
    (void)proc_link_global(f->root, "self/ns/mnt", &f->mount_namespace);
    f->resolver = resolver_new(f->root);
    f->viewer = (Viewer){f->root, &f->rules, f->mount_namespace, NULL, f->resolver};
    f->scanner = scanner_new(proc_root_open("/proc"), &f->rules);
    scanner_set_events(f->scanner, true);
    f->touched = touched_new(f->root);
    f->residency = residency_new();
    f->told = g_ptr_array_new_with_free_func((GDestroyNotify)sighting_free);
    const LearnerSetup setup = {&f->viewer, f->scanner, f->touched, f->residency, take, f};
    f->learner = learner_new(&setup);
    f->program = copy_cat(f, "program");
}

static void fixture_clear(Fixture *f)
{
    learner_free(f->learner);
    g_ptr_array_unref(f->told);
    residency_free(f->residency);
    touched_free(f->touched);
    scanner_free(f->scanner);
    resolver_free(f->resolver);
    scan_rules_clear(&f->rules);
    proc_root_close(f->root);
    g_free(f->mount_namespace);
    g_free(f->program);
    unit_rmdir(f->path);
}

static Child start(const char *path)
{
    Child child;
    const char *const argv[] = {path, NULL};
    char byte = 'x';
    ck_assert(g_spawn_async_with_pipes(NULL, (char **)argv, NULL, G_SPAWN_DO_NOT_REAP_CHILD, NULL,
                                       NULL, &child.pid, &child.in, &child.out, NULL, NULL));
    ck_assert_int_eq(write(child.in, &byte, 1), 1);
    ck_assert_int_eq(read(child.out, &byte, 1), 1);
    return child;
}

/* A process of the program, whose exec is told. */
static Child exec_at(Fixture *f, const char *path, uint64_t usec)
{
    Child child = start(path);
    ScannedExec exec = scanner_exec(f->scanner, (uint32_t)child.pid);
    learner_exec(f->learner, (uint32_t)child.pid, &exec, usec);
    observation_free(scanner_report(f->scanner));
    return child;
}

static void stop(const Child *child)
{
    close(child->in);
    close(child->out);
    ck_assert_int_eq(waitpid(child->pid, NULL, 0), child->pid);
}

static void end_child(Fixture *f, const Child *child)
{
    stop(child);
    scanner_exit(f->scanner, (uint32_t)child->pid);
    learner_exit(f->learner, (uint32_t)child->pid);
    observation_free(scanner_report(f->scanner));
}

static void open_at(Fixture *f, uint32_t pid, const char *path, uint64_t usec)
{
    OpenEvent event = {pid, open(path, O_RDONLY | O_CLOEXEC), path, {0}};
    ck_assert_int_eq(fstat(event.fd, &event.st), 0);
    learner_open(f->learner, &event, usec);
    (void)close(event.fd);
}

static const Sighting *told(const Fixture *f, guint i)
{
    ck_assert_uint_lt(i, f->told->len);
    return f->told->pdata[i];
}

/* Its blocks, "" if it has none; NULL: it was not sighted. */
static char *blocks_of(const Sighting *sighting, const char *path)
{
    for (guint i = 0; i < sighting->files->len; i++) {
        const SightedFile *file = &g_array_index(sighting->files, SightedFile, i);
        GString *text = g_string_new(NULL);
        if (file->touched.n_runs > 0)
            touch_set_print(&file->touched, text);
        if (strcmp(file->path, path) == 0)
            return g_string_free(text, FALSE);
        g_string_free(text, TRUE);
    }
    return NULL;
}

/* Given a launch that goes on; then it is looked at at the end of each step for 30 s, and told of
 * after 2, 10 and 30 s. */
START_TEST(looks_at_each_step)
{
    Fixture f;
    fixture_init(&f, 0);
    ck_assert_uint_eq(learner_due_usec(f.learner), UINT64_MAX);
    Child child = exec_at(&f, f.program, BEGIN);
    ck_assert(learner_wants(f.learner, (uint32_t)child.pid));
    ck_assert_uint_eq(learner_active(f.learner), 1);
    guint n_told = 0;
    for (uint8_t step = 0; touch_step_end_usec(step) <= LEARNER_USEC; step++) {
        uint64_t due_usec = BEGIN + touch_step_end_usec(step);
        ck_assert_uint_eq(learner_due_usec(f.learner), due_usec);
        learner_look(f.learner, due_usec - 1); /* too early: nothing happens */
        ck_assert_uint_eq(learner_due_usec(f.learner), due_usec);
        learner_look(f.learner, due_usec);
        n_told += due_usec >= BEGIN + 2 * SEC ? 1 : 0;
        ck_assert_uint_eq(f.told->len, n_told);
    }
    ck_assert_uint_eq(n_told, 3);
    ck_assert_uint_eq(learner_active(f.learner), 0);
    ck_assert(!learner_wants(f.learner, (uint32_t)child.pid));
    ck_assert_uint_eq(learner_due_usec(f.learner), UINT64_MAX);
    for (guint i = 0; i < 3; i++) {
        const Sighting *sighting = told(&f, i);
        g_autofree char *blocks = blocks_of(sighting, f.program);
        ck_assert_str_eq(sighting->key->path, f.program);
        ck_assert(!sighting->ended && !sighting->partial);
        ck_assert_uint_ne(sighting->launch, 0);
        ck_assert_uint_eq(sighting->launch, told(&f, 0)->launch);
        ck_assert_msg(blocks != NULL && g_str_has_prefix(blocks, "0"), "%s", blocks);
        ck_assert_ptr_nonnull(strstr(blocks, ":1.0")); /* touched at the first step */
    }
    end_child(&f, &child);
    ck_assert_uint_eq(f.told->len, 3);
    fixture_clear(&f);
}
END_TEST

/* Looks that come late take the steps that have passed in one. */
START_TEST(catches_up)
{
    Fixture f;
    fixture_init(&f, 0);
    Child child = exec_at(&f, f.program, BEGIN);
    learner_look(f.learner, BEGIN + 5 * SEC);
    ck_assert_uint_eq(f.told->len, 1);
    ck_assert_uint_eq(learner_due_usec(f.learner), BEGIN + 10 * SEC);
    learner_look(f.learner, BEGIN + 100 * SEC);
    ck_assert_uint_eq(f.told->len, 2);
    ck_assert_uint_eq(learner_active(f.learner), 0);
    end_child(&f, &child);
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_at_the_end)
{
    Fixture f;
    fixture_init(&f, 0);
    Child child = exec_at(&f, f.program, BEGIN);
    learner_look(f.learner, BEGIN + SEC / 10);
    ck_assert_uint_eq(f.told->len, 0);
    learner_lost_events(f.learner);
    end_child(&f, &child);
    ck_assert_uint_eq(f.told->len, 1);
    g_autofree char *blocks = blocks_of(told(&f, 0), f.program);
    ck_assert(told(&f, 0)->ended);
    ck_assert(told(&f, 0)->partial);
    ck_assert_ptr_nonnull(blocks);
    ck_assert_uint_gt(told(&f, 0)->mapped_bytes, 0);
    ck_assert_uint_eq(learner_active(f.learner), 0);
    Child next = exec_at(&f, f.program, BEGIN + SEC);
    end_child(&f, &next);
    ck_assert_uint_ne(told(&f, 1)->launch, told(&f, 0)->launch);
    ck_assert(!told(&f, 1)->partial);
    fixture_clear(&f);
}
END_TEST

/* Children belong to it, and it lasts as long as one of them lives. */
START_TEST(is_all_that_descends)
{
    Fixture f;
    fixture_init(&f, 0);
    g_autofree char *other = copy_cat(&f, "other");
    Child child = exec_at(&f, f.program, BEGIN);
    const uint32_t fork_pid = 4000001; /* above the largest there can be */
    const uint32_t helper_pid = 4000002;
    learner_fork(f.learner, (uint32_t)child.pid, fork_pid);
    learner_fork(f.learner, fork_pid, helper_pid);
    learner_fork(f.learner, 4000003, 4000004); /* nobody's */
    ck_assert(learner_wants(f.learner, fork_pid));
    ck_assert(learner_wants(f.learner, helper_pid));
    ck_assert(!learner_wants(f.learner, 4000004));
    const ScannedExec untracked = {NULL, false, false};
    learner_exec(f.learner, helper_pid, &untracked, BEGIN); /* a helper that nobody tracks */
    ck_assert(learner_wants(f.learner, helper_pid));
    const uint32_t compiler_pid = 4000005;
    const ScannedExec stormy = {NULL, false, true};
    learner_fork(f.learner, fork_pid, compiler_pid);
    ck_assert(learner_wants(f.learner, compiler_pid));
    learner_exec(f.learner, compiler_pid, &stormy, BEGIN); /* some program of a build's */
    ck_assert(!learner_wants(f.learner, compiler_pid));
    end_child(&f, &child);
    ck_assert_uint_eq(f.told->len, 0);
    /* one of them becomes a program of its own */
    Child own = start(other);
    ScannedExec exec = scanner_exec(f.scanner, (uint32_t)own.pid);
    learner_exec(f.learner, helper_pid, &exec, BEGIN + SEC);
    ck_assert_uint_eq(learner_active(f.learner), 2);
    learner_exit(f.learner, fork_pid);
    ck_assert_uint_eq(f.told->len, 1);
    ck_assert_str_eq(told(&f, 0)->key->path, f.program);
    learner_exit(f.learner, helper_pid);
    ck_assert_uint_eq(f.told->len, 2);
    ck_assert_str_eq(told(&f, 1)->key->path, other);
    ck_assert_uint_eq(learner_active(f.learner), 0);
    stop(&own);
    fixture_clear(&f);
}
END_TEST

/* Files that are opened, below the fixture's directory but for "/". */
static const struct {
    const char *path;
    const char *blocks; /* NULL: is not recorded */
} opens[] = {
    {"file", "0:1.9"},     {"private", NULL}, {"private/file", NULL},
    {"dir/file", "0:1.9"}, {"dir", ""},       {"/etc/hostname", NULL},
    {"/", NULL},           {"", ""},
};

START_TEST(records_what_may_be)
{
    Fixture f;
    fixture_init(&f, 0);
    const char *const made[] = {"file", "private/file", "dir/file"};
    for (gsize i = 0; i < G_N_ELEMENTS(made); i++)
        g_free(unit_write(f.path, made[i], "x", 1));
    const char *row = opens[_i].path;
    g_autofree char *path = *row == '/'    ? g_strdup(row)
                            : *row == '\0' ? g_strdup(f.path)
                                           : g_build_filename(f.path, row, NULL);
    Child child = exec_at(&f, f.program, BEGIN);
    open_at(&f, 4000001, path, BEGIN); /* somebody else's */
    if (g_file_test(path, G_FILE_TEST_EXISTS)) {
        open_at(&f, (uint32_t)child.pid, path, BEGIN + SEC / 2);
        open_at(&f, (uint32_t)child.pid, path, BEGIN + 20 * SEC);
    }
    end_child(&f, &child);
    g_autofree char *blocks = blocks_of(told(&f, 0), path);
    ck_assert_int_eq(blocks == NULL, opens[_i].blocks == NULL);
    if (blocks != NULL)
        ck_assert_str_eq(blocks, opens[_i].blocks);
    fixture_clear(&f);
}
END_TEST

static bool is_learnt(Fixture *f, bool looked)
{
    Child child = exec_at(f, f->program, BEGIN);
    bool learnt = learner_wants(f->learner, (uint32_t)child.pid);
    if (looked)
        learner_look(f->learner, BEGIN + SEC / 10);
    end_child(f, &child);
    return learnt;
}

/* The same of a launch that the scanner has not counted: so many at once would be a storm. */
static bool is_begun_at(Fixture *f, uint32_t pid, uint64_t usec)
{
    g_autoptr(ExeKey) key = exe_key_new(f->program, NULL);
    const Program program = {.key = key, .launch = 1000};
    const ScannedExec exec = {&program, true, false};
    learner_exec(f->learner, pid, &exec, usec);
    bool begun = learner_wants(f->learner, pid);
    learner_look(f->learner, usec + SEC / 10);
    learner_exit(f->learner, pid);
    return begun;
}

START_TEST(rests_when_told_to)
{
    Fixture f;
    fixture_init(&f, 0);
    g_autoptr(ExeKey) key = exe_key_new(f.program, NULL);
    learner_rest(f.learner, key, 5);
    learner_rest(f.learner, key, 2); /* the last word counts */
    const bool learnt[] = {false, false, true, true};
    for (gsize i = 0; i < G_N_ELEMENTS(learnt); i++)
        ck_assert_int_eq(is_learnt(&f, true), learnt[i]);
    learner_rest(f.learner, key, 1);
    learner_rest(f.learner, key, 0);
    ck_assert(is_learnt(&f, true));
    fixture_clear(&f);
}
END_TEST

/* Launches that end before anybody looks, three in a row; then it is left alone for a while. */
START_TEST(leaves_the_hasty_alone)
{
    Fixture f;
    fixture_init(&f, 0);
    const bool looked[] = {false, false, true, false, false, false};
    for (gsize i = 0; i < G_N_ELEMENTS(looked); i++)
        ck_assert(is_learnt(&f, looked[i]));
    guint n_told = f.told->len;
    ck_assert_uint_eq(n_told, G_N_ELEMENTS(looked)); /* what it opened is known all the same */
    guint n_left_out = 0;
    while (n_left_out < 1000 && !is_begun_at(&f, 4000001, BEGIN))
        n_left_out++;
    ck_assert_uint_eq(n_left_out, 64);
    fixture_clear(&f);
}
END_TEST

/* Launches that are learnt as long as they come, of a program that is started twice a second. */
START_TEST(leaves_the_frequent_alone)
{
    Fixture f;
    fixture_init(&f, 0);
    guint n_begun = 0;
    for (guint i = 0; i < 2 * 60 * 60; i++) /* this process, as one that can be looked at */
        n_begun += is_begun_at(&f, (uint32_t)getpid(), BEGIN + i * SEC / 2) ? 1 : 0;
    ck_assert_uint_eq(n_begun, 8 + 59);
    fixture_clear(&f);
}
END_TEST

/* A program that maps too little is followed no longer, once that can be told. */
START_TEST(leaves_the_small_alone)
{
    Fixture f;
    fixture_init(&f, 1 << 30);
    Child child = exec_at(&f, f.program, BEGIN);
    ck_assert_uint_eq(learner_active(f.learner), 1);
    learner_look(f.learner, BEGIN + SEC / 10);
    ck_assert_uint_eq(learner_active(f.learner), 1);
    learner_look(f.learner, BEGIN + SEC);
    ck_assert_uint_eq(learner_active(f.learner), 0);
    ck_assert_uint_eq(f.told->len, 0);
    end_child(&f, &child);
    ck_assert(!is_learnt(&f, false)); /* the scanner was told */
    fixture_clear(&f);
}
END_TEST

START_TEST(forgets)
{
    Fixture f;
    fixture_init(&f, 0);
    Child child = exec_at(&f, f.program, BEGIN);
    learner_forget(f.learner);
    ck_assert_uint_eq(learner_active(f.learner), 0);
    ck_assert(!learner_wants(f.learner, (uint32_t)child.pid));
    ck_assert_uint_eq(learner_due_usec(f.learner), UINT64_MAX);
    end_child(&f, &child);
    ck_assert_uint_eq(f.told->len, 0);
    ck_assert(is_learnt(&f, true));
    fixture_clear(&f);
}
END_TEST

START_TEST(is_bounded)
{
    Fixture f;
    fixture_init(&f, 0);
    Child child = exec_at(&f, f.program, BEGIN);
    uint32_t n_wanted = 1;
    for (uint32_t i = 0; i < LEARNER_PROCESSES_MAX + 10; i++) {
        learner_fork(f.learner, (uint32_t)child.pid, 4000000 + i);
        n_wanted += learner_wants(f.learner, 4000000 + i);
    }
    ck_assert_uint_eq(n_wanted, LEARNER_PROCESSES_MAX);
    learner_forget(f.learner);
    for (uint32_t i = 0; i < LEARNER_LAUNCHES_MAX + 10; i++) {
        g_autofree char *path = g_strdup_printf("/p%u", i);
        g_autoptr(ExeKey) key = exe_key_new(path, NULL);
        const Program program = {.key = key, .launch = i + 1};
        const ScannedExec exec = {&program, true, false};
        learner_exec(f.learner, 4000000 + i, &exec, BEGIN);
    }
    ck_assert_uint_eq(learner_active(f.learner), LEARNER_LAUNCHES_MAX);
    end_child(&f, &child);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("learner");
    UNIT_ADD(suite, looks_at_each_step);
    UNIT_ADD(suite, catches_up);
    UNIT_ADD(suite, tells_at_the_end);
    UNIT_ADD(suite, is_all_that_descends);
    UNIT_ADD_ROWS(suite, records_what_may_be, opens);
    UNIT_ADD(suite, rests_when_told_to);
    UNIT_ADD(suite, leaves_the_hasty_alone);
    UNIT_ADD(suite, leaves_the_frequent_alone);
    UNIT_ADD(suite, leaves_the_small_alone);
    UNIT_ADD(suite, forgets);
    UNIT_ADD(suite, is_bounded);
    return suite;
}
