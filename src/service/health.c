/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/health.h"
#include "service/report.h"

static void item_free(gpointer data)
{
    HealthItem *item = data;
    g_free(item->what);
    g_free(item->cost);
    g_free(item->remedy);
    g_free(item);
}

/* The rest of the line is for what is wrong; all is well if `cost` is NULL. */
static void add(GPtrArray *items, const char *name, HealthLevel level, const char *what,
                const char *cost, const char *remedy)
{
    HealthItem *item = g_new(HealthItem, 1);
    *item = (HealthItem){name, level, g_strdup(what), g_strdup(cost != NULL ? cost : ""),
                         g_strdup(remedy != NULL ? remedy : "")};
    g_ptr_array_add(items, item);
}

static void judge(GPtrArray *items, const char *name, const char *what, bool well,
                  HealthLevel level, const char *cost, const char *remedy)
{
    add(items, name, well ? HEALTH_OK : level, what, well ? NULL : cost, well ? NULL : remedy);
}

static void add_rights(GPtrArray *items, const HealthFacts *facts)
{
    for (gsize i = 0; i < RIGHTS_NEEDED; i++) {
        const Right *right = &rights_needed[i];
        bool has = (facts->rights.effective >> right->number & 1) != 0;
        g_autofree char *what =
            g_strdup_printf("capability %s%s", right->name, has ? "" : " is missing");
        g_autofree char *remedy =
            facts->service
                ? g_strdup_printf("systemctl edit preload: [Service] AmbientCapabilities=%s, and "
                                  "the same for CapabilityBoundingSet=",
                                  right->name)
                : g_strdup("run it as root, or by systemctl start preload");
        judge(items, right->name, what, has, HEALTH_DEGRADED, right->loss, remedy);
    }
}

static void add_events(GPtrArray *items, const HealthFacts *facts)
{
    if (!facts->looked || !facts->events.asked)
        return;
    g_autofree char *missing = report_events(&facts->events);
    const char *what = missing == NULL                  ? "events of processes and files"
                       : facts->events.execs_error != 0 ? "no events of processes"
                       : facts->events.opens_error != 0 ? "no events of files"
                                                        : "no events of some file systems";
    judge(items, "events", what, missing == NULL, HEALTH_DEGRADED, missing,
          facts->service ? "systemctl start preload-events.socket; systemctl restart preload; in a "
                           "container: run it on the host"
                         : "run it as root, in the host's own network namespace");
    g_autofree char *lost = g_strdup_printf("events lost %u times", facts->events.n_overruns);
    if (facts->events.n_overruns > 0)
        add(items, "overruns", HEALTH_DEGRADED, lost,
            "after each, all of /proc is looked at anew; a few short launches are missed",
            "none is needed if they are rare; see net.core.rmem_max");
}

static void add_state(GPtrArray *items, const HealthFacts *facts)
{
    const char *what = !facts->keeps  ? "no state is kept, as asked for"
                       : facts->saves ? "the state is kept"
                                      : "the state cannot be saved";
    judge(items, "state", what, !facts->keeps || facts->saves, HEALTH_DEGRADED,
          "what is learnt is lost when preload ends",
          "see the log for why; most often the directory is missing, full or not writable");
}

static void add_config(GPtrArray *items, const HealthFacts *facts)
{
    judge(items, "scanning", facts->scans ? "programs are watched" : "programs are not watched",
          facts->scans, HEALTH_BROKEN, "nothing is learnt",
          "set doscan = true in preload.conf; preloadctl reload");
    judge(items, "prediction",
          facts->predicts ? "predictions are read ahead" : "predictions are not read ahead",
          facts->predicts, HEALTH_BROKEN, "programs start as slowly as without preload",
          "set dopredict = true in preload.conf; preloadctl reload");
    judge(items, "assistance",
          facts->assists ? "launches are helped" : "launches that were not foreseen are not helped",
          facts->assists, HEALTH_DEGRADED, "what was not foreseen starts slowly",
          "set assist = true in preload.conf; preloadctl reload");
}

static void add_watches(GPtrArray *items, const HealthFacts *facts)
{
    g_autofree char *unwatched =
        g_strdup_printf("%u directories are not watched", facts->n_unwatched);
    bool well = facts->watches && facts->n_unwatched == 0;
    judge(items, "watches",
          well             ? "directories are watched"
          : facts->watches ? unwatched
                           : "no inotify: directories are not watched",
          well, HEALTH_DEGRADED,
          "files that are deleted or replaced there are noticed by the hourly check only",
          facts->watches ? "raise maxwatches in preload.conf, or fs.inotify.max_user_watches"
                         : "raise fs.inotify.max_user_instances, or let inotify_init1(2) through "
                           "the filter on system calls");
}

#define LET_THROUGH(call) "let " call " through the filter on system calls"

static void add_kernel(GPtrArray *items, const HealthFacts *facts)
{
    const Kernel *kernel = &facts->kernel;
    judge(items, "reading",
          kernel->fadvise ? "pages can be asked for"
                          : "pages cannot be asked for: posix_fadvise(2)",
          kernel->fadvise, HEALTH_BROKEN, "nothing is read ahead", LET_THROUGH("fadvise64(2)"));
    judge(items, "residency",
          kernel->mincore ? "pages in memory are told" : "pages in memory are not told: mincore(2)",
          kernel->mincore, HEALTH_DEGRADED,
          "what is in memory is asked for again each cycle, and counts against the budget",
          LET_THROUGH("mincore(2)"));
    judge(items, "pagemap",
          kernel->pagemap ? "page tables are told" : "page tables are not told: /proc/PID/pagemap",
          kernel->pagemap, HEALTH_DEGRADED,
          "all that a program maps is read ahead, not only what it needs",
          "a kernel with CONFIG_PROC_PAGE_MONITOR");
    judge(items, "locking",
          kernel->mlock ? "pages can be pinned" : "pages cannot be pinned: mlock2(2)",
          kernel->mlock, HEALTH_DEGRADED, "preloadctl pin does nothing", LET_THROUGH("mlock2(2)"));
    /* Several distributions boot without: that is no fault. */
    add(items, "pressure", HEALTH_OK,
        kernel->pressure ? "/proc/pressure is told" : "no /proc/pressure: the load is gone by",
        NULL, NULL);
}

static void add_pins(GPtrArray *items, const HealthFacts *facts)
{
    if (facts->n_pins == 0)
        return;
    uint32_t n_loose = facts->n_pins - MIN(facts->n_locked, facts->n_pins);
    g_autofree char *what = n_loose == 0
                                ? g_strdup("what is pinned is locked in memory")
                                : g_strdup_printf("%u of %u pinned files are not locked in "
                                                  "memory",
                                                  n_loose, facts->n_pins);
    judge(items, "pins", what, n_loose == 0, HEALTH_DEGRADED,
          "they may be dropped from memory like any other",
          "preloadctl pins says why, file by file");
}

GPtrArray *health_of(const HealthFacts *facts)
{
    GPtrArray *items = g_ptr_array_new_with_free_func(item_free);
    judge(items, "proc", facts->proc ? "/proc is read" : "/proc cannot be read", facts->proc,
          HEALTH_BROKEN, "nothing is learnt or predicted", "mount /proc, without hidepid for us");
    if (facts->looked)
        judge(items, "meminfo",
              facts->memory ? "/proc/meminfo is read" : "/proc/meminfo cannot be read",
              facts->memory, HEALTH_BROKEN, "nothing is read ahead",
              "remove ProcSubset=pid from the unit");
    add_config(items, facts);
    add_rights(items, facts);
    add_events(items, facts);
    add_state(items, facts);
    add_watches(items, facts);
    add_kernel(items, facts);
    add_pins(items, facts);
    return items;
}

HealthLevel health_worst(const GPtrArray *items)
{
    HealthLevel worst = HEALTH_OK;
    for (guint i = 0; i < items->len; i++)
        worst = MAX(worst, ((const HealthItem *)items->pdata[i])->level);
    return worst;
}

const char *health_name(HealthLevel level)
{
    static const char *const names[] = {"ok", "degraded", "broken"};
    return (unsigned)level < G_N_ELEMENTS(names) ? names[level] : "broken";
}
