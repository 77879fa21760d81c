/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * A plan for files on a real disk, and what is needed to read it ahead. Whether that disk has a
 * head is what the test says, not what this machine's says.
 */
#include "disk.h"

#include "prefetch/readahead.h"
#include "prefetch/run.h"
#include <sys/sysmacros.h>

#define MIB (UINT64_C(1) << 20)

typedef struct {
    char *directory; /* for the files */
    char *sys;       /* NULL: this machine's */
    Plan *plan;
    Storage *storage;
    Residency *residency;
    ReadaheadRules rules;
    int cancel;
    ReadaheadReport report;
} Fixture;

static inline void clear_item(gpointer data)
{
    PlanItem *item = data;
    g_ref_string_release(item->path);
    block_set_clear(&item->blocks);
    g_clear_pointer(&item->ranges, g_array_unref);
}

static inline Plan *new_plan(uint64_t read_bytes, uint64_t keep_bytes)
{
    Plan *plan = g_new0(Plan, 1);
    plan->budget = (Budget){.read_bytes = read_bytes, .keep_bytes = keep_bytes};
    plan->items = g_array_new(FALSE, TRUE, sizeof(PlanItem));
    g_array_set_clear_func(plan->items, clear_item);
    return plan;
}

static inline void fixture_clear(Fixture *fixture)
{
    readahead_report_clear(&fixture->report);
    storage_free(fixture->storage);
    residency_free(fixture->residency);
    plan_free(fixture->plan);
    unit_rmdir(fixture->directory);
    if (fixture->sys != NULL)
        unit_rmdir(fixture->sys);
}

/* False if there is no disk here whose reading could be tested. */
static inline bool fixture_init(Fixture *fixture)
{
    *fixture = (Fixture){.directory = disk_mkdir()};
    if (fixture->directory == NULL)
        return false;
    fixture->storage = storage_new("/sys", "/proc/self/mountinfo");
    fixture->residency = residency_new();
    fixture->rules = (ReadaheadRules){.sort = SORT_AUTO, .maxprocs = 30};
    fixture->plan = new_plan(UINT64_MAX, UINT64_MAX);
    g_autofree char *probe = g_build_filename(fixture->directory, "probe", NULL);
    if (storage_is_local(fixture->storage, probe))
        return true;
    fixture_clear(fixture);
    return false;
}

static inline void put_attribute(const Fixture *fixture, dev_t dev, const char *name,
                                 const char *value)
{
    g_autofree char *path = g_strdup_printf("dev/block/%u:%u/%s", major(dev), minor(dev), name);
    g_free(unit_write(fixture->sys, path, value, -1));
}

/* As fixture_init(), with a disk that takes 128 KiB at once. False as well if the file system has
 * no disk of its own. */
static inline bool fixture_init_disk(Fixture *fixture, bool rotational)
{
    struct stat st;
    if (!fixture_init(fixture))
        return false;
    ck_assert_int_eq(stat(fixture->directory, &st), 0);
    if (major(st.st_dev) == 0) {
        fixture_clear(fixture);
        return false;
    }
    fixture->sys = unit_mkdir();
    put_attribute(fixture, st.st_dev, "queue/rotational", rotational ? "1\n" : "0\n");
    put_attribute(fixture, st.st_dev, "queue/max_sectors_kb", "128\n");
    put_attribute(fixture, st.st_dev, "queue/read_ahead_kb", "128\n");
    storage_free(fixture->storage);
    fixture->storage = storage_new(fixture->sys, "/proc/self/mountinfo");
    return true;
}

static inline void set_budget(Fixture *fixture, uint64_t read_bytes, uint64_t keep_bytes)
{
    fixture->plan->budget.read_bytes = read_bytes;
    fixture->plan->budget.keep_bytes = keep_bytes;
}

/* n_runs (first, count) pairs. */
static inline void want(Fixture *fixture, const char *path, const BlockRun *runs, guint n_runs)
{
    PlanItem item = {.path = g_ref_string_new(path)};
    for (guint i = 0; i < n_runs; i++)
        (void)block_set_add_run(&item.blocks, runs[i].first, runs[i].count);
    g_array_append_val(fixture->plan->items, item);
}

static inline void want_all(Fixture *fixture, const char *path)
{
    const BlockRun all = {0, 1 << 20};
    want(fixture, path, &all, 1);
}

/* Its metadata only. */
static inline void want_name(Fixture *fixture, const char *path, bool directory)
{
    const PlanItem item = {.path = g_ref_string_new(path), .directory = directory};
    g_array_append_val(fixture->plan->items, item);
}

/* A name that nobody has looked up: as cold as a name can be made without touching those of others.
 */
static inline void want_unknown(Fixture *fixture)
{
    g_autofree char *path =
        g_strdup_printf("%s/unknown-%u", fixture->directory, fixture->plan->items->len);
    want_all(fixture, path);
}

/* A file on the disk, but not in memory. */
static inline char *cold_file(const Fixture *fixture, const char *name, size_t size_bytes)
{
    char *path = disk_file(fixture->directory, name, size_bytes);
    disk_drop(path);
    return path;
}

static inline void run(Fixture *fixture)
{
    readahead_report_clear(&fixture->report);
    readahead_run(fixture->plan, &fixture->rules, fixture->storage, fixture->residency,
                  &fixture->cancel, &fixture->report);
}

static inline void begin(Fixture *fixture, Run *run_of_it)
{
    readahead_report_clear(&fixture->report);
    run_begin(run_of_it, fixture->plan, &fixture->rules, fixture->storage, fixture->residency,
              &fixture->cancel, &fixture->report);
}

static inline size_t resident(const char *path, size_t size_bytes)
{
    return disk_resident(path, 0, size_bytes);
}

/* What the report says of a file: "missing loaded"; NULL if nothing. */
static inline char *told_of(const Fixture *fixture, const char *path)
{
    for (guint i = 0; i < fixture->report.files->len; i++) {
        const ReadaheadFile *file = &g_array_index(fixture->report.files, ReadaheadFile, i);
        if (strcmp(file->path, path) != 0)
            continue;
        g_autoptr(GString) text = g_string_new(NULL);
        block_set_print(&file->missing, text);
        g_string_append_c(text, ' ');
        block_set_print(&file->loaded, text);
        return g_strdup(text->str);
    }
    return NULL;
}

/*
 * Waits until so much of a file is in memory: of reading ahead there is no event. The kernel may
 * give a request up (GFP_NORETRY), or take pages back: it is asked again from time to time. False
 * if that did not come, or if there is more.
 */
static inline bool await_resident(Fixture *fixture, const char *path, size_t size_bytes,
                                  size_t resident_bytes)
{
    enum { LOOKS = 10000, LOOKS_A_RUN = 1000 };
    for (guint i = 1; i <= LOOKS && resident(path, size_bytes) < resident_bytes; i++) {
        if (i % LOOKS_A_RUN == 0)
            run(fixture);
        g_usleep(1000);
    }
    return resident(path, size_bytes) == resident_bytes;
}
