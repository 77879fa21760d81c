/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/scanner.h"
#include "unit.h"
#include <errno.h>
#include <fcntl.h>
#include <glib/gstdio.h>
#include <limits.h>
#include <signal.h>
#include <sys/mman.h>
#include <sys/wait.h>
#include <unistd.h>

/*
 * The scanner over the real /proc, and real processes: copies of cat(1), which tell that they run
 * by giving back the byte that they are given. Nothing outside of the test's directory is tracked.
 */
typedef struct {
    char *path;
    Scanner *scanner;
} Fixture;

typedef struct {
    GPid pid;
    int in;
    int out;
} Child;

static bool fixture_init(Fixture *f)
{
    ProcRoot *root = proc_root_open("/proc");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    if (root == NULL || self == NULL)
        return false;
    f->path = unit_mkdir();
    const char *const patterns[] = {"python*", "interpreter", NULL};
    const char *const exe_items[] = {f->path, self, "!/", NULL};
    g_autoptr(PrefixList) exeprefix = prefix_list_new(exe_items);
    g_autoptr(PrefixList) mapprefix = prefix_list_new(NULL);
    g_autoptr(Interpreters) interpreters = interpreters_new(patterns);
    ScanRules rules = {exeprefix, mapprefix, mapprefix, interpreters, 4096};
    f->scanner = scanner_new(root, &rules);
    return true;
}

static void fixture_clear(Fixture *f)
{
    scanner_free(f->scanner);
    unit_rmdir(f->path);
}

/* A copy of a program, below the fixture. */
static char *copy_of(const Fixture *f, const char *program, const char *name)
{
    g_autofree char *from = g_find_program_in_path(program);
    g_autofree char *content = NULL;
    gsize length = 0;
    ck_assert_ptr_nonnull(from);
    ck_assert(g_file_get_contents(from, &content, &length, NULL));
    char *path = unit_write(f->path, name, content, (gssize)length);
    ck_assert_int_eq(g_chmod(path, 0755), 0);
    return path;
}

/* What is written comes back: the program runs, and has mapped all that it maps at its start. */
static void echo(const Child *child, const char *text)
{
    g_autofree char *back = g_malloc0(strlen(text) + 1);
    ck_assert_int_eq(write(child->in, text, strlen(text)), (ssize_t)strlen(text));
    for (size_t got = 0; got < strlen(text);) {
        ssize_t n = read(child->out, back + got, strlen(text) - got);
        ck_assert_int_gt(n, 0);
        got += (size_t)n;
    }
    ck_assert_str_eq(back, text);
}

static Child start(const char *directory, const char *const *argv)
{
    Child child;
    g_autoptr(GError) error = NULL;
    GSpawnFlags flags = G_SPAWN_DO_NOT_REAP_CHILD;
    bool good = g_spawn_async_with_pipes(directory, (char **)argv, NULL, flags, NULL, NULL,
                                         &child.pid, &child.in, &child.out, NULL, &error);
    ck_assert_msg(good, "%s", good ? "" : error->message);
    return child;
}

static Child start_cat(const char *path)
{
    const char *const argv[] = {path, NULL};
    Child child = start(NULL, argv);
    echo(&child, "x");
    return child;
}

/* Closing its input ends it. */
static void stop(Child *child)
{
    close(child->in);
    close(child->out);
    ck_assert_int_eq(waitpid(child->pid, NULL, 0), child->pid);
}

static bool holds(const GPtrArray *keys, const char *path, const char *script)
{
    g_autoptr(ExeKey) key = exe_key_new(path, script);
    return g_ptr_array_find_with_equal_func((GPtrArray *)keys, key, exe_key_equal, NULL);
}

/* Whether a sighting of the program has a region of the file. */
static bool sighted(const Observation *observation, const char *program, const char *file)
{
    for (guint i = 0; i < observation->sightings->len; i++) {
        const Sighting *sighting = observation->sightings->pdata[i];
        for (guint j = 0; j < sighting->regions->len; j++) {
            const Region *region = &g_array_index(sighting->regions, Region, j);
            if (strcmp(sighting->key->path, program) == 0 && strcmp(region->path, file) == 0)
                return true;
        }
    }
    return false;
}

static const char *const names[] = {
    "plain",          "with blank  s", "new\nline",         "end (deleted)", " (deleted)",
    "back\\012slash", "\xff\xfe",      "a/b (deleted)/cat", "tab\there ",
};

START_TEST(knows_programs_of_any_name)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *path = copy_of(&f, "cat", names[_i]);
    Child child = start_cat(path);
    g_autoptr(Observation) first = scanner_pass(f.scanner);
    ck_assert(holds(first->started, path, NULL));
    ck_assert(sighted(first, path, path));
    stop(&child);
    g_autoptr(Observation) second = scanner_pass(f.scanner);
    ck_assert(holds(second->stopped, path, NULL));
    fixture_clear(&f);
}
END_TEST

START_TEST(ignores_deleted_programs)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *path = copy_of(&f, "cat", "cat");
    g_autofree char *deleted = g_strconcat(path, " (deleted)", NULL);
    Child child = start_cat(path);
    ck_assert_int_eq(unlink(path), 0);
    g_autoptr(Observation) gone = scanner_pass(f.scanner);
    ck_assert(!holds(gone->started, path, NULL));
    g_free(copy_of(&f, "cat", "cat (deleted)")); /* another file that is called so */
    g_autoptr(Observation) other = scanner_pass(f.scanner);
    ck_assert(!holds(other->started, deleted, NULL));
    ck_assert(!holds(other->started, path, NULL));
    stop(&child);
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_an_upgrade)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *path = copy_of(&f, "cat", "cat");
    Child old = start_cat(path);
    observation_free(scanner_pass(f.scanner));
    g_free(copy_of(&f, "cat", "cat")); /* by rename, as a package manager does */
    g_autoptr(Observation) deleted = scanner_pass(f.scanner);
    ck_assert(holds(deleted->stopped, path, NULL));
    Child new = start_cat(path);
    g_autoptr(Observation) again = scanner_pass(f.scanner);
    ck_assert(holds(again->started, path, NULL));
    stop(&old);
    stop(&new);
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_an_exec)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *shell = copy_of(&f, "sh", "shell");
    g_autofree char *cat = copy_of(&f, "cat", "cat");
    const char *const argv[] = {shell, "-c", "echo ready; read line; exec \"$0\"", cat, NULL};
    Child child = start(NULL, argv);
    char ready[6];
    ck_assert_int_eq(read(child.out, ready, sizeof ready), sizeof ready);
    g_autoptr(Observation) before = scanner_pass(f.scanner);
    ck_assert(holds(before->started, shell, NULL));
    ck_assert_int_eq(write(child.in, "\n", 1), 1);
    echo(&child, "x");
    g_autoptr(Observation) after = scanner_pass(f.scanner);
    ck_assert(holds(after->stopped, shell, NULL));
    ck_assert(holds(after->started, cat, NULL));
    ck_assert(sighted(after, cat, cat));
    stop(&child);
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_a_script)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *interpreter = copy_of(&f, "sh", "interpreter");
    g_autofree char *script = unit_write(f.path, "dir/script", "echo ready; read line\n", -1);
    g_autofree char *cwd = g_path_get_dirname(script);
    const char *const argv[] = {interpreter, "../dir/script", NULL};
    Child child = start(cwd, argv);
    char ready[6];
    ck_assert_int_eq(read(child.out, ready, sizeof ready), sizeof ready);
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    ck_assert(holds(got->started, interpreter, script));
    stop(&child);
    fixture_clear(&f);
}
END_TEST

/* In the child: maps the file when told to, and waits for its end. */
static void map_when_told(const char *file, int in, int out)
{
    char byte = 0;
    (void)!read(in, &byte, 1);
    int fd = open(file, O_RDONLY | O_CLOEXEC);
    void *map = mmap(NULL, 4096, PROT_READ, MAP_PRIVATE, fd, 0);
    (void)!write(out, map == MAP_FAILED ? "-" : "+", 1);
    (void)!read(in, &byte, 1);
    _exit(0);
}

START_TEST(sees_what_a_process_maps_later)
{
    Fixture f;
    int to_child[2];
    int from_child[2];
    char answer = 0;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *self = g_file_read_link("/proc/self/exe", NULL);
    g_autofree char *file = unit_write(f.path, "a plugin\n.so", "x", 1);
    ck_assert_int_eq(pipe(to_child) | pipe(from_child), 0);
    pid_t pid = fork();
    if (pid == 0) {
        close(to_child[1]);
        map_when_told(file, to_child[0], from_child[1]);
    }
    g_autoptr(Observation) before = scanner_pass(f.scanner);
    ck_assert(!sighted(before, self, file));
    ck_assert_int_eq(write(to_child[1], "x", 1), 1);
    ck_assert_int_eq(read(from_child[0], &answer, 1), 1);
    ck_assert_int_eq(answer, '+');
    g_autoptr(Observation) after = scanner_pass(f.scanner);
    ck_assert(sighted(after, self, file));
    close(to_child[1]);
    ck_assert_int_eq(waitpid(pid, NULL, 0), pid);
    fixture_clear(&f);
}
END_TEST

/* Makes directories below the fixture and goes there, so that a file `name` there has a path of
 * `length` bytes; gives that path. Nothing can be opened by a path of 4096, hence the going there.
 */
static char *go_deep(const Fixture *f, size_t length, const char *name)
{
    g_autoptr(GString) path = g_string_new(f->path);
    ck_assert_int_eq(chdir(f->path), 0);
    while (path->len + 1 + strlen(name) < length) {
        size_t left = length - path->len - 2 - strlen(name); /* for one directory more */
        g_autofree char *directory = g_strnfill(left > 201 ? 200 : left, 'd');
        ck_assert_int_eq(g_mkdir(directory, 0755) | chdir(directory), 0);
        g_string_append_printf(path, "/%s", directory);
    }
    g_string_append_printf(path, "/%s", name);
    ck_assert_uint_eq(path->len, length);
    return g_string_free(g_steal_pointer(&path), FALSE);
}

/* The tree is removed from within, as its paths are too long for others. */
static void remove_deep(const Fixture *f, const char *name)
{
    (void)unlink(name);
    for (int i = 0; i < 30; i++) {
        g_autofree char *here = g_get_current_dir();
        if (strcmp(here, f->path) == 0)
            return;
        g_autofree char *directory = g_path_get_basename(here);
        if (chdir("..") < 0 || rmdir(directory) < 0)
            return;
    }
}

static const struct {
    size_t length;
    bool tracked;
} length_rows[] = {{PATH_MAX - 1, true}, {PATH_MAX, false}, {PATH_MAX + 50, false}};

START_TEST(bounds_paths)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *cat = copy_of(&f, "cat", "cat");
    g_autofree char *path = go_deep(&f, length_rows[_i].length, "cat");
    g_autofree char *content = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(cat, &content, &length, NULL));
    ck_assert(g_file_set_contents("cat", content, (gssize)length, NULL));
    ck_assert_int_eq(g_chmod("cat", 0755), 0);
    Child child = start_cat("./cat");
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    ck_assert_int_eq(holds(got->started, path, NULL), length_rows[_i].tracked);
    ck_assert_int_eq(sighted(got, path, path), length_rows[_i].tracked);
    stop(&child);
    remove_deep(&f, "cat");
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_what_is_denied)
{
    Fixture f;
    if (!fixture_init(&f))
        unit_skip("no /proc");
    if (geteuid() != 0) {
        fixture_clear(&f);
        unit_skip("not root: cannot give up rights");
    }
    g_autofree char *path = copy_of(&f, "cat", "cat");
    Child child = start_cat(path);
    ck_assert_int_eq(seteuid(65534), 0);
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    ck_assert_int_eq(seteuid(0), 0);
    ck_assert_uint_gt(got->n_denied, 0);
    ck_assert(!holds(got->started, path, NULL));
    g_autoptr(Observation) then = scanner_pass(f.scanner); /* permitted by now */
    ck_assert(holds(then->started, path, NULL));
    stop(&child);
    fixture_clear(&f);
}
END_TEST

static void check_report(Scanner *scanner, const char *stopped, const char *started)
{
    g_autoptr(Observation) got = scanner_report(scanner);
    ck_assert_int_eq(got != NULL, stopped != NULL || started != NULL);
    if (got == NULL)
        return;
    ck_assert_uint_eq(got->stopped->len, stopped != NULL ? 1 : 0);
    ck_assert_uint_eq(got->started->len, started != NULL ? 1 : 0);
    ck_assert(stopped == NULL || holds(got->stopped, stopped, NULL));
    ck_assert(started == NULL || holds(got->started, started, NULL));
}

static void check_exec(Scanner *scanner, GPid pid, const char *path, bool launched)
{
    ScannedExec exec = scanner_exec(scanner, (uint32_t)pid);
    ck_assert_ptr_nonnull(exec.program);
    ck_assert_str_eq(exec.program->key->path, path);
    ck_assert_int_eq(exec.launched, launched);
    ck_assert_ptr_eq(scanner_program(scanner, (uint32_t)pid), exec.program);
}

/* Nothing is repeated by a pass, and nothing is found to be missing by the next. */
static void check_quiet_passes(Scanner *scanner, const char *path)
{
    for (int i = 0; i < 2; i++) {
        g_autoptr(Observation) got = scanner_pass(scanner);
        ck_assert(!holds(got->started, path, NULL));
        ck_assert(!holds(got->stopped, path, NULL));
        ck_assert_uint_eq(got->n_missed, 0);
    }
}

static bool events_fixture_init(Fixture *f)
{
    if (!fixture_init(f))
        return false;
    scanner_set_events(f->scanner, true);
    observation_free(scanner_pass(f->scanner));
    return true;
}

START_TEST(hears_of_an_exec)
{
    Fixture f;
    if (!events_fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *cat = copy_of(&f, "cat", "cat");
    Child child = start_cat(cat);
    check_exec(f.scanner, child.pid, cat, true);
    check_report(f.scanner, NULL, cat);
    check_quiet_passes(f.scanner, cat);
    Child other = start_cat(cat);
    check_exec(f.scanner, other.pid, cat, false);
    check_report(f.scanner, NULL, NULL);
    stop(&child);
    scanner_exit(f.scanner, (uint32_t)child.pid);
    check_report(f.scanner, NULL, NULL);
    stop(&other);
    scanner_exit(f.scanner, (uint32_t)other.pid);
    check_report(f.scanner, cat, NULL);
    check_quiet_passes(f.scanner, cat);
    fixture_clear(&f);
}
END_TEST

START_TEST(hears_of_a_wrapper)
{
    Fixture f;
    if (!events_fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *interpreter = copy_of(&f, "sh", "interpreter");
    g_autofree char *script =
        unit_write(f.path, "wrapper", "echo ready; read line; exec \"$1\"\n", -1);
    g_autofree char *cat = copy_of(&f, "cat", "cat");
    const char *const argv[] = {interpreter, script, cat, NULL};
    Child child = start(NULL, argv);
    char ready[6];
    ck_assert_int_eq(read(child.out, ready, sizeof ready), sizeof ready);
    ScannedExec wrapper = scanner_exec(f.scanner, (uint32_t)child.pid);
    ck_assert(wrapper.launched);
    ck_assert_str_eq(wrapper.program->key->script, script);
    observation_free(scanner_report(f.scanner));
    ck_assert_int_eq(write(child.in, "\n", 1), 1);
    echo(&child, "x");
    check_exec(f.scanner, child.pid, cat, true);
    g_autoptr(Observation) got = scanner_report(f.scanner);
    ck_assert(holds(got->stopped, interpreter, script));
    ck_assert(holds(got->started, cat, NULL));
    check_quiet_passes(f.scanner, cat);
    stop(&child);
    fixture_clear(&f);
}
END_TEST

/* A daemon: its first process ends, its child runs on. */
START_TEST(hears_of_a_fork)
{
    Fixture f;
    if (!events_fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *shell = copy_of(&f, "sh", "shell");
    const char *const argv[] = {shell, "-c",
                                "exec 3<&0; (read line <&3; :) & echo $!; kill -STOP $$", NULL};
    Child child = start(NULL, argv);
    char text[32] = "";
    ck_assert_int_gt(read(child.out, text, sizeof text - 1), 0);
    uint32_t background = (uint32_t)strtoul(text, NULL, 10);
    ck_assert_int_eq(waitpid(child.pid, NULL, WUNTRACED), child.pid);
    check_exec(f.scanner, child.pid, shell, true);
    check_report(f.scanner, NULL, shell);
    scanner_fork(f.scanner, (uint32_t)child.pid, background);
    ck_assert_int_eq(kill(child.pid, SIGCONT), 0);
    ck_assert_int_eq(waitpid(child.pid, NULL, 0), child.pid);
    scanner_exit(f.scanner, (uint32_t)child.pid);
    check_report(f.scanner, NULL, NULL);
    ck_assert_str_eq(scanner_program(f.scanner, background)->key->path, shell);
    check_quiet_passes(f.scanner, shell);
    close(child.in); /* the end of the child in the background */
    while (read(child.out, text, sizeof text) > 0)
        ;
    close(child.out);
    scanner_exit(f.scanner, background);
    check_report(f.scanner, shell, NULL);
    fixture_clear(&f);
}
END_TEST

START_TEST(hears_of_what_is_gone)
{
    Fixture f;
    if (!events_fixture_init(&f))
        unit_skip("no /proc");
    g_autofree char *cat = copy_of(&f, "cat", "cat");
    Child child = start_cat(cat);
    close(child.in);
    close(child.out);
    siginfo_t ended;
    ck_assert_int_eq(waitid(P_PID, (id_t)child.pid, &ended, WEXITED | WNOWAIT), 0);
    for (int i = 0; i < 2; i++) { /* a zombie, and nothing */
        ck_assert_ptr_null(scanner_exec(f.scanner, (uint32_t)child.pid).program);
        check_report(f.scanner, NULL, NULL);
        (void)waitpid(child.pid, NULL, 0); /* the second time there is none */
    }
    scanner_exit(f.scanner, (uint32_t)child.pid);
    check_report(f.scanner, NULL, NULL);
    check_quiet_passes(f.scanner, cat);
    fixture_clear(&f);
}
END_TEST

START_TEST(passes_over_all_of_this_machine)
{
    g_autoptr(PrefixList) all = prefix_list_new(NULL);
    const char *const patterns[] = {"*", NULL};
    g_autoptr(Interpreters) interpreters = interpreters_new(patterns);
    ScanRules rules = {all, all, all, interpreters, 0};
    ProcRoot *root = proc_root_open("/proc");
    if (root == NULL)
        unit_skip("no /proc");
    g_autoptr(Scanner) scanner = scanner_new(root, &rules);
    for (int i = 0; i < 5; i++) {
        g_autoptr(Observation) got = scanner_pass(scanner);
        ck_assert_int_eq(got->error, 0);
        ck_assert(got->memory_known);
        ck_assert_uint_gt(got->n_processes, 0);
        ck_assert_uint_le(got->n_tracked, got->n_processes);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("scanner-live");
    UNIT_ADD_ROWS(suite, knows_programs_of_any_name, names);
    UNIT_ADD(suite, ignores_deleted_programs);
    UNIT_ADD(suite, sees_an_upgrade);
    UNIT_ADD(suite, sees_an_exec);
    UNIT_ADD(suite, sees_a_script);
    UNIT_ADD(suite, sees_what_a_process_maps_later);
    UNIT_ADD_ROWS(suite, bounds_paths, length_rows);
    UNIT_ADD(suite, tells_what_is_denied);
    UNIT_ADD(suite, hears_of_an_exec);
    UNIT_ADD(suite, hears_of_a_wrapper);
    UNIT_ADD(suite, hears_of_a_fork);
    UNIT_ADD(suite, hears_of_what_is_gone);
    UNIT_ADD(suite, passes_over_all_of_this_machine);
    return suite;
}
