/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/scanner.h"
#include "observe/sight.h"
#include "proc-fixture.h"
#include <fcntl.h>

#define PAGES 100
#define PAGE_BYTES UINT64_C(4096)
#define MAP_START UINT64_C(0x7f0000000000) /* as proc_maps_line() has it */
#define PRESENT (UINT64_C(1) << 63)

/* A scanner over a directory of the shape of /proc, with page tables that are read(2). */
typedef struct {
    char *path;
    char *proc;
    char *a;
    char *b;
    char *c;
    Clock clock;
    uint64_t now_usec;
    uint64_t tick_usec; /* that each look at the clock takes */
    ProcRoot *touched_root;
    Touched *touched;
    Scanner *scanner;
} Fixture;

static uint64_t fixture_now_usec(void *data)
{
    Fixture *f = data;
    f->now_usec += f->tick_usec;
    return f->now_usec;
}

static void fixture_init(Fixture *f)
{
    g_autofree char *content = g_strnfill(PAGES * PAGE_BYTES, 'x');
    *f = (Fixture){.path = unit_mkdir(), .now_usec = 1000};
    g_autofree char *accept = g_strconcat(f->path, "/", NULL);
    const char *const items[] = {accept, "!/", NULL};
    g_autoptr(PrefixList) prefixes = prefix_list_new(items);
    g_autoptr(Interpreters) interpreters = interpreters_new((const char *const[]){NULL});
    ScanRules rules = {prefixes, prefixes, prefixes, interpreters, PAGE_BYTES};
    f->proc = g_build_filename(f->path, "proc", NULL);
    g_free(unit_write(f->proc, "meminfo", PROC_MEMINFO, -1));
    f->a = unit_write(f->path, "a", content, PAGES * PAGE_BYTES);
    f->b = unit_write(f->path, "b", content, PAGES * PAGE_BYTES);
    f->c = unit_write(f->path, "c", content, PAGES * PAGE_BYTES);
    f->clock = (Clock){.awake_usec = fixture_now_usec, .data = f};
    f->touched_root = proc_root_open(f->proc);
    f->touched = touched_new_mode(f->touched_root, TOUCHED_READ);
    f->scanner = scanner_new(proc_root_open(f->proc), &rules);
    scanner_set_clock(f->scanner, &f->clock);
    scanner_set_touched(f->scanner, f->touched);
}

static void fixture_clear(Fixture *f)
{
    scanner_free(f->scanner);
    touched_free(f->touched);
    proc_root_close(f->touched_root);
    g_free(f->a);
    g_free(f->b);
    g_free(f->c);
    g_free(f->proc);
    unit_rmdir(f->path);
}

/* In the page table: that page behind MAP_START is present. */
static void touch_page(const Fixture *f, const char *pid, uint64_t page)
{
    g_autofree char *path = g_build_filename(f->proc, pid, "pagemap", NULL);
    const uint64_t entry = PRESENT;
    int fd = open(path, O_WRONLY | O_CREAT | O_CLOEXEC, 0600);
    off_t at = (off_t)((MAP_START / PAGE_BYTES + page) * sizeof entry);
    off_t end = (off_t)((MAP_START / PAGE_BYTES + PAGES) * sizeof entry);
    ck_assert_int_ge(fd, 0);
    ck_assert_int_eq(ftruncate(fd, end), 0);
    ck_assert_int_eq(pwrite(fd, &entry, sizeof entry, at), sizeof entry);
    ck_assert_int_eq(close(fd), 0);
}

/* A pass that tells one sighting, which stays the observation's. */
static const Sighting *sighted(Fixture *f, Observation **ret_observation)
{
    *ret_observation = scanner_pass(f->scanner);
    ck_assert_uint_eq((*ret_observation)->sightings->len, 1);
    return (*ret_observation)->sightings->pdata[0];
}

static void check_file(const Sighting *sighting, guint i, const char *path, const char *touched)
{
    g_autoptr(GString) text = g_string_new(NULL);
    ck_assert_uint_lt(i, sighting->files->len);
    const SightedFile *file = &g_array_index(sighting->files, SightedFile, i);
    touch_set_print(&file->touched, text);
    ck_assert_str_eq(file->path, path);
    ck_assert_str_eq(text->str, touched);
    ck_assert_uint_eq(file->rank, i);
    ck_assert(file_id_known(&file->id));
    ck_assert(!file->directory);
}

START_TEST(tells_touched_blocks)
{
    Fixture f;
    fixture_init(&f);
    g_autofree char *b_first = proc_maps_line(f.b, 0, 20);
    g_autofree char *a = proc_maps_line(f.a, 20, 20);
    g_autofree char *b_again = proc_maps_line(f.b, 40, PAGES - 40);
    g_autofree char *maps = g_strconcat(b_first, a, b_again, NULL);
    proc_add(f.proc, "10", f.a, PAGES, 1);
    proc_set_file(f.proc, "10", "maps", maps, -1);
    touch_page(&f, "10", 0);
    touch_page(&f, "10", 1);
    touch_page(&f, "10", 70);
    g_autoptr(Observation) got = NULL;
    const Sighting *sighting = sighted(&f, &got);
    ck_assert_uint_eq(sighting->files->len, 2); /* in the order of the addresses, each once */
    check_file(sighting, 0, f.b, "0:1.15,4");
    check_file(sighting, 1, f.a, "");
    ck_assert_uint_eq(sighting->regions->len, 3);
    ck_assert_uint_eq(sighting->launch, 0);
    ck_assert(!sighting->partial);
    fixture_clear(&f);
}
END_TEST

/* How long ago the launch was, if that was told, and the step that is known by that. */
static const struct {
    uint64_t since_usec;
    const char *touched;
    bool told;
} step_rows[] = {
    {14999, "0:1.0", true},     {15000, "0:1.1", true},     {400000, "0:1.8", true},
    {10000000, "0:1.14", true}, {60000000, "0:1.15", true}, {0, "0:1.15", false},
};

START_TEST(knows_when_it_was_launched)
{
    Fixture f;
    fixture_init(&f);
    proc_add(f.proc, "10", f.a, PAGES, 1);
    touch_page(&f, "10", 3);
    if (step_rows[_i].told)
        ck_assert(scanner_exec(f.scanner, 10).launched);
    f.now_usec += step_rows[_i].since_usec;
    g_autoptr(Observation) got = NULL;
    const Sighting *sighting = sighted(&f, &got);
    check_file(sighting, 0, f.a, step_rows[_i].touched);
    ck_assert_uint_eq(sighting->launch, step_rows[_i].told ? 1 : 0);
    fixture_clear(&f);
}
END_TEST

START_TEST(does_without)
{
    Fixture f;
    fixture_init(&f);
    proc_add(f.proc, "10", f.a, PAGES, 1); /* has no page table that could be read */
    g_autoptr(Observation) unreadable = NULL;
    ck_assert_ptr_null(sighted(&f, &unreadable)->files);
    scanner_set_touched(f.scanner, NULL);
    proc_add(f.proc, "11", f.b, PAGES, 1);
    touch_page(&f, "11", 3);
    g_autoptr(Observation) off = NULL;
    const Sighting *sighting = sighted(&f, &off);
    ck_assert_str_eq(sighting->key->path, f.b);
    ck_assert_ptr_null(sighting->files);
    ck_assert_uint_eq(sighting->regions->len, 1);
    fixture_clear(&f);
}
END_TEST

/* The first look takes all the time there is: the others' touched pages come in the next passes. */
START_TEST(bounds_the_time_of_a_pass)
{
    Fixture f;
    fixture_init(&f);
    f.tick_usec = 60000;
    const char *const exes[] = {f.a, f.b, f.c};
    for (gsize i = 0; i < G_N_ELEMENTS(exes); i++) {
        g_autofree char *pid = g_strdup_printf("%d", 10 + (int)i);
        proc_add(f.proc, pid, exes[i], PAGES, 1);
        touch_page(&f, pid, 3);
    }
    for (guint pass = 0; pass < G_N_ELEMENTS(exes); pass++) {
        g_autoptr(Observation) got = scanner_pass(f.scanner);
        ck_assert_uint_eq(got->sightings->len, G_N_ELEMENTS(exes) - pass);
        check_file(got->sightings->pdata[0], 0, exes[pass], "0:1.15");
        for (guint i = 1; i < got->sightings->len; i++)
            ck_assert_ptr_null(((Sighting *)got->sightings->pdata[i])->files);
    }
    g_autoptr(Observation) last = scanner_pass(f.scanner);
    ck_assert_uint_eq(last->sightings->len, 0);
    fixture_clear(&f);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("sight");
    UNIT_ADD(suite, tells_touched_blocks);
    UNIT_ADD_ROWS(suite, knows_when_it_was_launched, step_rows);
    UNIT_ADD(suite, does_without);
    UNIT_ADD(suite, bounds_the_time_of_a_pass);
    return suite;
}
