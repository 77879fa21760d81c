/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/scanner.h"
#include "proc-fixture.h"

/* The scanner over a directory of the shape of /proc. See test-scanner-live.c for real processes.
 */
typedef struct {
    char *path;
    char *proc;
    char *exes[3];  /* a, b, c: programs of 10 pages */
    ProcRoot *root; /* the scanner's */
    Scanner *scanner;
} Fixture;

#define PAGES 10
#define MINSIZE_PAGES 5

/* Accepts what is below the fixture, but not below `rejected` (may be NULL). */
static void set_rules(Fixture *f, const char *rejected)
{
    const char *const patterns[] = {"python*", NULL};
    g_autofree char *accept = g_strconcat(f->path, "/", NULL);
    g_autofree char *reject = g_strdup_printf("!%s/%s", f->path, rejected);
    const char *const items[] = {rejected == NULL ? accept : reject, accept, "!/", NULL};
    g_autoptr(PrefixList) prefixes = prefix_list_new(items);
    g_autoptr(Interpreters) interpreters = interpreters_new(patterns);
    ScanRules rules = {prefixes, prefixes, prefixes, interpreters, MINSIZE_PAGES * 4096};
    if (f->scanner == NULL)
        f->scanner = scanner_new(f->root, &rules);
    else
        scanner_set_rules(f->scanner, &rules);
}

static Fixture fixture(void)
{
    static const char *const names[] = {"a", "b", "c"};
    g_autofree char *content = g_strnfill((gsize)100 * 4096, 'x');
    Fixture f = {.path = unit_mkdir()};
    f.proc = g_build_filename(f.path, "proc", NULL);
    g_free(unit_write(f.proc, "meminfo", PROC_MEMINFO, -1));
    for (size_t i = 0; i < G_N_ELEMENTS(f.exes); i++)
        f.exes[i] = unit_write(f.path, names[i], content, (gssize)100 * 4096);
    f.root = proc_root_open(f.proc);
    ck_assert_ptr_nonnull(f.root);
    set_rules(&f, NULL);
    return f;
}

static void fixture_clear(Fixture *f)
{
    scanner_free(f->scanner);
    for (size_t i = 0; i < G_N_ELEMENTS(f->exes); i++)
        g_free(f->exes[i]);
    g_free(f->proc);
    unit_rmdir(f->path);
}

static gint compare_names(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

/* The last components of the paths of the keys, sorted: "a b"; with the script's behind a colon. */
static char *names_of(GPtrArray *keys)
{
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GString) text = g_string_new(NULL);
    for (guint i = 0; i < keys->len; i++) {
        const ExeKey *key = keys->pdata[i];
        g_autofree char *exe = g_path_get_basename(key->path);
        g_autofree char *script = key->script == NULL ? NULL : g_path_get_basename(key->script);
        g_ptr_array_add(names, script == NULL ? g_strdup(exe) : g_strjoin(":", exe, script, NULL));
    }
    g_ptr_array_sort(names, compare_names);
    for (guint i = 0; i < names->len; i++)
        g_string_append_printf(text, "%s%s", i == 0 ? "" : " ", (char *)names->pdata[i]);
    return g_string_free(g_steal_pointer(&text), FALSE);
}

/* One pass, and what it must find: names of the stopped, the started and the sighted. */
static Observation *expect(Fixture *f, const char *stopped, const char *started,
                           const char *sighted)
{
    Observation *got = scanner_pass(f->scanner);
    g_autoptr(GPtrArray) keys = g_ptr_array_new();
    for (guint i = 0; i < got->sightings->len; i++)
        g_ptr_array_add(keys, ((Sighting *)got->sightings->pdata[i])->key);
    g_autofree char *got_stopped = names_of(got->stopped);
    g_autofree char *got_started = names_of(got->started);
    g_autofree char *got_sighted = names_of(keys);
    ck_assert_str_eq(got_stopped, stopped);
    ck_assert_str_eq(got_started, started);
    ck_assert_str_eq(got_sighted, sighted);
    ck_assert_int_eq(got->error, 0);
    return got;
}

static void expect_pass(Fixture *f, const char *stopped, const char *started, const char *sighted)
{
    observation_free(expect(f, stopped, started, sighted));
}

/* Passes in which nothing happens that matters here. */
static void pass_times(Fixture *f, int times)
{
    for (int i = 0; i < times; i++)
        observation_free(scanner_pass(f->scanner));
}

START_TEST(tells_starts_and_stops)
{
    Fixture f = fixture();
    expect_pass(&f, "", "", "");
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_add(f.proc, "9", f.exes[1], PAGES, 1);
    expect_pass(&f, "", "a b", "a b");
    proc_add(f.proc, "11", f.exes[0], PAGES, 1); /* a second process of a program that runs */
    g_autoptr(Observation) second = expect(&f, "", "", "");
    ck_assert_uint_eq(second->n_tracked, 3);
    ck_assert_uint_eq(second->n_processes, 3);
    proc_remove(f.proc, "10");
    proc_remove(f.proc, "9");
    expect_pass(&f, "b", "", "");
    proc_remove(f.proc, "11");
    expect_pass(&f, "a", "", "");
    expect_pass(&f, "", "", "");
    fixture_clear(&f);
}
END_TEST

START_TEST(tells_a_restart)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_add(f.proc, "12", f.exes[1], PAGES, 1);
    expect_pass(&f, "", "a b", "a b");
    proc_remove(f.proc, "10"); /* with another pid */
    proc_add(f.proc, "11", f.exes[0], PAGES, 2);
    proc_remove(f.proc, "12"); /* with the same one */
    proc_add(f.proc, "12", f.exes[1], PAGES, 3);
    expect_pass(&f, "a b", "a b", "");
    proc_remove(f.proc, "12"); /* the pid becomes another program's */
    proc_add(f.proc, "12", f.exes[2], PAGES, 4);
    expect_pass(&f, "b", "c", "c");
    fixture_clear(&f);
}
END_TEST

START_TEST(survives_reclaimed_inodes)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 77);
    proc_add(f.proc, "11", f.exes[1], PAGES, 77);
    expect_pass(&f, "", "a b", "a b");
    proc_remove(f.proc, "10"); /* another inode, the same start time */
    proc_add(f.proc, "10", f.exes[0], PAGES, 77);
    proc_remove(f.proc, "11"); /* a start time that is not told is no proof */
    proc_add(f.proc, "11", f.exes[1], PAGES, 77);
    proc_set_file(f.proc, "11", "stat", "garbage", -1);
    expect_pass(&f, "b", "b", "");
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_an_exec_of_a_young_process)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    expect_pass(&f, "", "a", "a");
    for (int i = 1; i <= 4; i++) { /* each exec makes it young again */
        const char *from = i % 2 == 1 ? "a" : "b";
        const char *to = i % 2 == 1 ? "b" : "a";
        pass_times(&f, 2);
        proc_set_link(f.proc, "10", "exe", f.exes[i % 2]);
        expect_pass(&f, from, to, to);
    }
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_an_exec_of_any_process_in_turn)
{
    enum { PROCESSES = 40, ROUND = 40 / 16 + 2 };
    Fixture f = fixture();
    for (int pid = 1; pid <= PROCESSES; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        proc_add(f.proc, name, f.exes[0], PAGES, 1);
    }
    pass_times(&f, 10);
    proc_set_link(f.proc, "1", "exe", f.exes[1]);
    proc_set_link(f.proc, "20", "exe", f.exes[1]);
    proc_set_link(f.proc, "40", "exe", f.exes[1]);
    guint looked = 0;
    for (int i = 0; i < ROUND; i++) {
        g_autoptr(Observation) got = scanner_pass(f.scanner);
        looked += got->n_looked_into;
        ck_assert_uint_eq(got->stopped->len, 0);
    }
    ck_assert_uint_ge(looked, 3);
    for (int pid = 1; pid <= PROCESSES; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        if (pid != 1 && pid != 20 && pid != 40)
            proc_remove(f.proc, name);
    }
    expect_pass(&f, "a", "", ""); /* all three are b's by now */
    fixture_clear(&f);
}
END_TEST

/* With events a pass asks no more of young processes than of old ones; after lost ones it asks all.
 */
static const struct {
    bool told;
    bool lost;
    guint asked;
} told_rows[] = {{false, false, 64}, {true, false, 16}, {true, true, 64}};

START_TEST(asks_few_when_events_are_told)
{
    Fixture f = fixture();
    g_autoptr(ExeKey) a = exe_key_new(f.exes[0], NULL);
    g_autoptr(ExeKey) b = exe_key_new(f.exes[1], NULL);
    scanner_skip(f.scanner, a); /* so that nobody looks at their mappings */
    scanner_skip(f.scanner, b);
    scanner_set_events(f.scanner, told_rows[_i].told);
    for (int pid = 1; pid <= 64; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        proc_add(f.proc, name, f.exes[0], PAGES, 1);
    }
    pass_times(&f, 1);
    for (int pid = 1; pid <= 64; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        proc_set_link(f.proc, name, "exe", f.exes[1]);
    }
    if (told_rows[_i].lost)
        scanner_set_events(f.scanner, true);
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    ck_assert_uint_eq(got->n_looked_into, told_rows[_i].asked);
    pass_times(&f, 4); /* in turn it comes to all */
    for (int pid = 1; pid <= 64; pid++)
        ck_assert_str_eq(scanner_program(f.scanner, (uint32_t)pid)->key->path, f.exes[1]);
    fixture_clear(&f);
}
END_TEST

/* A process that an event told of is looked into as one that a pass found. */
START_TEST(takes_in_what_events_told)
{
    Fixture f = fixture();
    scanner_set_events(f.scanner, true);
    pass_times(&f, 1);
    proc_add(f.proc, "10", f.exes[0], PAGES, 77);
    proc_add(f.proc, "11", f.exes[0], PAGES, 78);
    ck_assert(scanner_exec(f.scanner, 10).launched);
    ck_assert_uint_gt(scanner_exec_usec(f.scanner, 10), 0);
    scanner_fork(f.scanner, 10, 11);
    ck_assert_uint_eq(scanner_exec_usec(f.scanner, 11), scanner_exec_usec(f.scanner, 10));
    ck_assert_uint_eq(scanner_exec_usec(f.scanner, 12), 0);
    observation_free(scanner_report(f.scanner));
    uint64_t opens = proc_root_opens(f.root);
    g_autoptr(Observation) got = expect(&f, "", "", "a");
    ck_assert_uint_eq(got->n_tracked, 2);
    ck_assert_uint_eq(((Sighting *)got->sightings->pdata[0])->launch, 1);
    ck_assert_uint_eq(proc_root_opens(f.root), opens + 4); /* two times stat and maps */
    pass_times(&f, 22);                                    /* behind the refreshes */
    opens = proc_root_opens(f.root);
    proc_remove(f.proc, "10"); /* another inode, the same start time */
    proc_add(f.proc, "10", f.exes[0], PAGES, 77);
    proc_remove(f.proc, "11"); /* another process; the end of the first was not told */
    proc_add(f.proc, "11", f.exes[1], PAGES, 79);
    g_autoptr(Observation) then = expect(&f, "", "b", "b");
    ck_assert_uint_eq(then->n_missed, 0); /* it may still be told */
    g_autoptr(Observation) last = expect(&f, "", "", "");
    ck_assert_uint_eq(last->n_missed, 1);
    fixture_clear(&f);
}
END_TEST

/* A process's parent, and how it is found: both by a pass and by an event the origin is told. */
START_TEST(tells_whose_a_launch_is)
{
    static const struct {
        const char *parent;
        Origin origin;
    } rows[] = {{"xterm", ORIGIN_USER}, {"crond", ORIGIN_AUTOMATED}, {"x", ORIGIN_UNKNOWN}};
    for (gsize i = 0; i < G_N_ELEMENTS(rows); i++) {
        Fixture f = fixture();
        g_autofree char *parent = g_strdup_printf(
            "1 (%s) S 0 1 1 0 -1 0 1 2 3 4 5 6 7 8 20 0 1 0 1 1000 10\n", rows[i].parent);
        proc_set_file(f.proc, "1", "stat", parent, -1);
        proc_add(f.proc, "10", f.exes[0], PAGES, 77);
        g_autoptr(Observation) pass = expect(&f, "", "a", "a");
        ck_assert_int_eq(observation_origin(pass, 0), rows[i].origin);
        ck_assert_int_eq(((Sighting *)pass->sightings->pdata[0])->origin, rows[i].origin);
        scanner_set_events(f.scanner, true);
        pass_times(&f, 1);
        proc_add(f.proc, "11", f.exes[1], PAGES, 78);
        ck_assert(scanner_exec(f.scanner, 11).launched);
        g_autoptr(Observation) event = scanner_report(f.scanner);
        ck_assert_int_eq(observation_origin(event, 0), rows[i].origin);
        fixture_clear(&f);
    }
}
END_TEST

START_TEST(opens_nothing_when_nothing_changes)
{
    Fixture f = fixture();
    for (int pid = 1; pid <= 50; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        proc_add(f.proc, name, f.exes[pid % 3], PAGES, 1);
    }
    pass_times(&f, 40); /* behind the refresh due at 21, taken in slices; the next is due at 85 */
    uint64_t opens = proc_root_opens(f.root);
    for (int i = 40; i < 85; i++) {
        g_autoptr(Observation) got = expect(&f, "", "", "");
        ck_assert_uint_eq(got->n_looked_into, 0);
        ck_assert_uint_eq(got->n_tracked, 50);
        ck_assert(got->memory_known);
    }
    ck_assert_uint_eq(proc_root_opens(f.root), opens);
    pass_times(&f, 5);
    ck_assert_uint_eq(proc_root_opens(f.root), opens + 50);
    fixture_clear(&f);
}
END_TEST

START_TEST(reads_mappings_at_growing_intervals)
{
    Fixture f = fixture();
    g_autoptr(GString) passes = g_string_new(NULL);
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    for (int i = 0; i < 800; i++) {
        g_autoptr(Observation) got = scanner_pass(f.scanner);
        if (got->n_looked_into > 0)
            g_string_append_printf(passes, "%d%s ", i, got->sightings->len > 0 ? "!" : "");
    }
    /* What has not changed is told again from time to time. */
    ck_assert_str_eq(passes->str, "0! 1 5 21 85 265! 445! 625! ");
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_what_is_mapped_later)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    expect_pass(&f, "", "a", "a");
    g_autofree char *own = proc_maps_line(f.exes[0], 0, PAGES);
    g_autofree char *more = proc_maps_line(f.exes[1], 1, 2);
    g_autofree char *maps = g_strconcat(own, more, NULL);
    proc_set_file(f.proc, "10", "maps", maps, -1);
    g_autoptr(Observation) got = expect(&f, "", "", "a");
    const Sighting *sighting = got->sightings->pdata[0];
    ck_assert_uint_eq(sighting->regions->len, 2);
    const Region *region = &g_array_index(sighting->regions, Region, 1);
    ck_assert_str_eq(region->path, f.exes[1]);
    ck_assert_uint_eq(region->offset_bytes, 4096);
    ck_assert_uint_eq(region->length_bytes, 2 * 4096);
    ck_assert_uint_eq(sighting->mapped_bytes, (PAGES + 2) * 4096);
    ck_assert(file_id_known(&sighting->id));
    fixture_clear(&f);
}
END_TEST

START_TEST(bounds_the_refreshes_of_a_pass)
{
    enum { PROCESSES = 100 };
    Fixture f = fixture();
    for (int pid = 1; pid <= PROCESSES; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        proc_add(f.proc, name, f.exes[0], PAGES, 1);
    }
    g_autoptr(Observation) first = expect(&f, "", "a", "a"); /* equal ones are told once */
    ck_assert_uint_eq(first->n_looked_into, PROCESSES);
    g_autoptr(Observation) second = expect(&f, "", "", "");
    ck_assert_uint_eq(second->n_looked_into, 16);
    g_autoptr(Observation) third = expect(&f, "", "", ""); /* those that had to wait */
    ck_assert_uint_eq(third->n_looked_into, 16);
    fixture_clear(&f);
}
END_TEST

START_TEST(leaves_small_programs_alone)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], MINSIZE_PAGES - 1, 1);
    expect_pass(&f, "", "a", ""); /* it may just have begun */
    g_autoptr(Observation) got = expect(&f, "", "", "a");
    ck_assert_uint_eq(((Sighting *)got->sightings->pdata[0])->mapped_bytes,
                      (MINSIZE_PAGES - 1) * 4096);
    for (int i = 0; i < 10; i++)
        expect_pass(&f, "", "", "");
    proc_remove(f.proc, "10");
    expect_pass(&f, "a", "", "");
    proc_add(f.proc, "11", f.exes[0], PAGES, 1); /* known by now */
    expect_pass(&f, "", "a", "");
    expect_pass(&f, "", "", "");
    fixture_clear(&f);
}
END_TEST

START_TEST(waits_for_a_program_to_map)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], MINSIZE_PAGES - 1, 1);
    proc_add(f.proc, "11", f.exes[1], PAGES, 1);
    proc_set_file(f.proc, "11", "maps", "", 0);
    expect_pass(&f, "", "a b", "");
    g_autofree char *a = proc_maps_line(f.exes[0], 0, PAGES);
    g_autofree char *b = proc_maps_line(f.exes[1], 0, PAGES);
    proc_set_file(f.proc, "10", "maps", a, -1);
    expect_pass(&f, "", "", "a");
    proc_set_file(f.proc, "11", "maps", b, -1);
    expect_pass(&f, "", "", "");
    expect_pass(&f, "", "", "b");
    fixture_clear(&f);
}
END_TEST

START_TEST(keeps_small_processes_of_a_large_program)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_add(f.proc, "11", f.exes[0], MINSIZE_PAGES - 1, 1);
    expect_pass(&f, "", "a", "a a");
    expect_pass(&f, "", "", "a a");
    fixture_clear(&f);
}
END_TEST

START_TEST(skips_what_is_known_to_be_small)
{
    Fixture f = fixture();
    g_autoptr(ExeKey) key = exe_key_new(f.exes[0], NULL);
    scanner_skip(f.scanner, key);
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    expect_pass(&f, "", "a", "");
    pass_times(&f, 3);
    set_rules(&f, NULL); /* minsize may be another now */
    expect_pass(&f, "", "", "a");
    fixture_clear(&f);
}
END_TEST

START_TEST(forgets_what_runs)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    expect_pass(&f, "", "a", "a");
    scanner_forget(f.scanner);
    expect_pass(&f, "", "a", "a");
    fixture_clear(&f);
}
END_TEST

START_TEST(applies_new_rules)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_add(f.proc, "11", f.exes[1], PAGES, 1);
    expect_pass(&f, "", "a b", "a b");
    pass_times(&f, 10);
    set_rules(&f, "a");
    g_autoptr(Observation) got = expect(&f, "a", "", "b");
    ck_assert_uint_eq(got->n_processes, 2);
    ck_assert_uint_eq(got->n_tracked, 1);
    set_rules(&f, "b");
    expect_pass(&f, "b", "a", "a");
    set_rules(&f, NULL);
    expect_pass(&f, "", "b", "a b");
    fixture_clear(&f);
}
END_TEST

static void set_cmdline(const Fixture *f, const char *pid, const char *script)
{
    g_autoptr(GString) cmdline = g_string_new("python3");
    g_string_append_c(cmdline, '\0');
    if (script != NULL)
        g_string_append_len(cmdline, script, (gssize)strlen(script) + 1);
    proc_set_file(f->proc, pid, "cmdline", cmdline->str, (gssize)cmdline->len);
}

START_TEST(tells_scripts_apart)
{
    Fixture f = fixture();
    g_autofree char *python = unit_write(f.path, "python3", "x", 1);
    g_autofree char *one = unit_write(f.path, "one.py", "", 0);
    g_autofree char *two = unit_write(f.path, "two.py", "", 0);
    g_autofree char *home = unit_write(f.path, "home/three.py", "", 0);
    proc_add(f.proc, "10", python, PAGES, 1);
    proc_add(f.proc, "11", python, PAGES, 1);
    proc_add(f.proc, "12", python, PAGES, 1);
    set_cmdline(&f, "10", one);
    set_cmdline(&f, "11", home);
    set_cmdline(&f, "12", NULL);
    set_rules(&f, "home");
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    g_autofree char *started = names_of(got->started);
    ck_assert_str_eq(started, "python3 python3:one.py"); /* nothing of what is in home */
    ck_assert_uint_eq(got->n_processes, 3);
    ck_assert_uint_eq(got->n_tracked, 2);
    set_cmdline(&f, "10", two); /* exec of the same interpreter */
    g_autoptr(Observation) then = scanner_pass(f.scanner);
    g_autofree char *stopped_then = names_of(then->stopped);
    g_autofree char *started_then = names_of(then->started);
    ck_assert_str_eq(stopped_then, "python3:one.py");
    ck_assert_str_eq(started_then, "python3:two.py");
    fixture_clear(&f);
}
END_TEST

START_TEST(sees_through_a_rewritten_title)
{
    Fixture f = fixture();
    g_autofree char *python = unit_write(f.path, "python3", "x", 1);
    g_autofree char *one = unit_write(f.path, "one.py", "", 0);
    proc_add(f.proc, "10", python, PAGES, 1);
    set_cmdline(&f, "10", one);
    observation_free(scanner_pass(f.scanner));
    proc_set_file(f.proc, "10", "cmdline", "one: working\0\0", 14);
    for (int i = 0; i < 5; i++) {
        g_autoptr(Observation) got = scanner_pass(f.scanner);
        ck_assert_uint_eq(got->stopped->len + got->started->len, 0);
    }
    set_rules(&f, "one.py"); /* which it still is */
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    g_autofree char *stopped = names_of(got->stopped);
    ck_assert_str_eq(stopped, "python3:one.py");
    fixture_clear(&f);
}
END_TEST

START_TEST(counts_what_it_cannot_track)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_add(f.proc, "11", "/bin/sh", PAGES, 1);               /* rejected */
    proc_set_file(f.proc, "12", "stat", "12 (kworker) I", -1); /* no exe */
    set_rules(&f, NULL);
    for (int i = 0; i < 6; i++) {
        g_autoptr(Observation) got = scanner_pass(f.scanner);
        ck_assert_uint_eq(got->n_processes, 2);
        ck_assert_uint_eq(got->n_tracked, 1);
        ck_assert_uint_eq(got->n_denied, 0);
        ck_assert_uint_eq(got->n_foreign, 0);
    }
    fixture_clear(&f);
}
END_TEST

START_TEST(counts_foreign_files)
{
    Fixture f = fixture();
    g_autofree char *maps = g_strdup_printf("1000-9000 r-xp 0 0:0 5 %s\n", f.exes[1]);
    proc_set_link(f.proc, "self", "ns/mnt", "mnt:[1]");
    proc_set_link(f.proc, "10", "ns/mnt", "mnt:[2]");
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_set_file(f.proc, "10", "maps", maps, -1); /* b, but with another inode */
    scanner_free(f.scanner);
    f.scanner = NULL;
    f.root = proc_root_open(f.proc);
    set_rules(&f, NULL);
    g_autoptr(Observation) got = expect(&f, "", "a", "");
    ck_assert_uint_eq(got->n_foreign, 1);
    fixture_clear(&f);
}
END_TEST

START_TEST(reads_memory)
{
    Fixture f = fixture();
    g_autoptr(Observation) good = expect(&f, "", "", "");
    ck_assert(good->memory_known);
    ck_assert_uint_eq(good->memory.available_bytes, 500 * 1024);
    g_free(unit_write(f.proc, "meminfo", "garbage", -1));
    g_autoptr(Observation) bad = expect(&f, "", "", "");
    ck_assert(!bad->memory_known);
    fixture_clear(&f);
}
END_TEST

START_TEST(asks_all_after_an_upgrade)
{
    enum { PROCESSES = 60 };
    Fixture f = fixture();
    for (int pid = 1; pid <= PROCESSES; pid++) {
        g_autofree char *name = g_strdup_printf("%d", pid);
        proc_add(f.proc, name, f.exes[0], PAGES, 1);
    }
    pass_times(&f, 10);
    for (int pid = 1; pid <= PROCESSES; pid++) { /* the file is replaced: all run a deleted one */
        g_autofree char *name = g_strdup_printf("%d", pid);
        g_autofree char *deleted = g_strconcat(f.exes[0], " (deleted)", NULL);
        proc_set_link(f.proc, name, "exe", deleted);
    }
    g_free(unit_write(f.path, "a", "new", 3));
    proc_add(f.proc, "100", f.exes[0], PAGES, 1);
    pass_times(&f, 2);
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    ck_assert_uint_eq(got->n_tracked, 1);
    fixture_clear(&f);
}
END_TEST

/* Not one descriptor is left: nothing crashes, and nothing is taken for stopped. */
START_TEST(stands_a_lack_of_descriptors)
{
    Fixture f = fixture();
    g_autofree char *python = unit_write(f.path, "python3", "x", 1);
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    proc_add(f.proc, "11", python, PAGES, 1);
    set_cmdline(&f, "11", f.exes[1]);
    expect_pass(&f, "", "a python3:b", "a python3:b");
    proc_add(f.proc, "12", f.exes[2], PAGES, 1);
    g_autoptr(GArray) fds = g_array_new(FALSE, FALSE, sizeof(int));
    for (int fd = dup(0); fd >= 0; fd = dup(0))
        g_array_append_val(fds, fd);
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    for (guint i = 0; i < fds->len; i++)
        close(g_array_index(fds, int, i));
    ck_assert_int_eq(got->error, 0); /* the list of processes needs none */
    ck_assert_uint_eq(got->stopped->len, 0);
    ck_assert_uint_eq(got->started->len, 1);
    ck_assert_uint_eq(got->n_tracked, 3);
    ck_assert_uint_eq(got->sightings->len, 0);
    g_autoptr(Observation) then = scanner_pass(f.scanner);
    ck_assert_uint_ge(then->sightings->len, 1); /* made up for */
    fixture_clear(&f);
}
END_TEST

START_TEST(says_when_there_is_no_list)
{
    Fixture f = fixture();
    proc_add(f.proc, "10", f.exes[0], PAGES, 1);
    expect_pass(&f, "", "a", "a");
    /* A directory that was removed can be read no more: getdents64(2) says ENOENT. */
    g_autofree char *graves = g_build_filename(f.path, "proc2", NULL);
    ck_assert_int_eq(rename(f.proc, graves), 0);
    g_free(unit_write(f.proc, "meminfo", PROC_MEMINFO, -1));
    g_autofree char *command = g_strdup_printf("rm -r '%s'", graves);
    ck_assert_int_eq(system(command), 0);
    g_autoptr(Observation) got = scanner_pass(f.scanner);
    ck_assert_int_eq(got->error, -ENOENT);
    ck_assert_uint_eq(got->stopped->len, 0);
    scanner_free(NULL);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("scanner");
    UNIT_ADD(suite, tells_starts_and_stops);
    UNIT_ADD(suite, tells_a_restart);
    UNIT_ADD(suite, survives_reclaimed_inodes);
    UNIT_ADD(suite, sees_an_exec_of_a_young_process);
    UNIT_ADD(suite, sees_an_exec_of_any_process_in_turn);
    UNIT_ADD_ROWS(suite, asks_few_when_events_are_told, told_rows);
    UNIT_ADD(suite, takes_in_what_events_told);
    UNIT_ADD(suite, tells_whose_a_launch_is);
    UNIT_ADD(suite, opens_nothing_when_nothing_changes);
    UNIT_ADD(suite, reads_mappings_at_growing_intervals);
    UNIT_ADD(suite, sees_what_is_mapped_later);
    UNIT_ADD(suite, bounds_the_refreshes_of_a_pass);
    UNIT_ADD(suite, leaves_small_programs_alone);
    UNIT_ADD(suite, waits_for_a_program_to_map);
    UNIT_ADD(suite, keeps_small_processes_of_a_large_program);
    UNIT_ADD(suite, skips_what_is_known_to_be_small);
    UNIT_ADD(suite, forgets_what_runs);
    UNIT_ADD(suite, applies_new_rules);
    UNIT_ADD(suite, tells_scripts_apart);
    UNIT_ADD(suite, sees_through_a_rewritten_title);
    UNIT_ADD(suite, counts_what_it_cannot_track);
    UNIT_ADD(suite, counts_foreign_files);
    UNIT_ADD(suite, reads_memory);
    UNIT_ADD(suite, asks_all_after_an_upgrade);
    UNIT_ADD(suite, stands_a_lack_of_descriptors);
    UNIT_ADD(suite, says_when_there_is_no_list);
    return suite;
}
