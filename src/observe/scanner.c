/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/scanner.h"
#include "observe/look.h"
#include "observe/mappings.h"
#include "observe/processes.h"
#include "observe/sight.h"

/* A program is started by wrappers that exec; after some passes that is over. */
#define YOUNG_PASSES 3
/* Of the others so many are asked each pass whether they still run the same: all in 32 passes. */
#define CHECKS_MIN 16
#define CHECKS_SHARE 32
#define STAT_BYTES ((size_t)4096)
#define MEMINFO_BYTES ((size_t)64 << 10)

struct Scanner {
    ProcRoot *root;
    ScanRules rules;
    char *mount_namespace;
    char *host_namespace;
    Resolver *resolver;
    const Clock *clock;
    Touched *touched;           /* borrowed; may be NULL */
    const CgroupMemory *groups; /* borrowed; may be NULL */
    GArray *entries;            /* ProcEntry, of this pass */
    Processes *processes;
    uint32_t n_passes;
    uint32_t turn_pid; /* the last that was asked in turn */
    bool told;         /* of events */
    bool synchronized; /* a pass was made since it is told of them and since rules are the same */
    bool review;       /* rules are new: all must be looked at again */
    bool recheck;      /* all links must be read again */
};

/* One pass. */
typedef struct {
    Scanner *scanner;
    Viewer viewer;
    Observation *observation;
    Sight sight;
    uint32_t checks_left;
    bool review;
    bool recheck;
} Pass;

Scanner *scanner_new(ProcRoot *root, const ScanRules *rules)
{
    Scanner *scanner = g_new0(Scanner, 1);
    scanner->root = root;
    scanner->rules = scan_rules_copy(rules);
    scanner->clock = &clock_system;
    look_namespaces(root, &scanner->mount_namespace, &scanner->host_namespace);
    scanner->resolver = resolver_new(root);
    scanner->entries = g_array_new(FALSE, FALSE, sizeof(ProcEntry));
    scanner->processes = processes_new();
    return scanner;
}

void scanner_free(Scanner *scanner)
{
    if (scanner == NULL)
        return;
    scan_rules_clear(&scanner->rules);
    g_array_unref(scanner->entries);
    processes_free(scanner->processes);
    g_free(scanner->mount_namespace);
    g_free(scanner->host_namespace);
    resolver_free(scanner->resolver);
    proc_root_close(scanner->root);
    g_free(scanner);
}

void scanner_set_clock(Scanner *scanner, const Clock *clock)
{
    scanner->clock = clock;
}

void scanner_set_groups(Scanner *scanner, const CgroupMemory *groups)
{
    scanner->groups = groups;
}

void scanner_set_touched(Scanner *scanner, Touched *touched)
{
    scanner->touched = touched;
}

void scanner_set_rules(Scanner *scanner, const ScanRules *rules)
{
    ScanRules taken = scan_rules_copy(rules);
    scan_rules_clear(&scanner->rules);
    scanner->rules = taken;
    processes_forget_verdicts(scanner->processes);
    scanner->review = true;
    scanner->synchronized = false;
}

void scanner_forget(Scanner *scanner)
{
    processes_forget(scanner->processes);
    scanner->synchronized = false;
}

void scanner_skip(Scanner *scanner, ExeKey *key)
{
    programs_set_small(processes_programs(scanner->processes), key);
}

/* Events that were lost before are made up for by one pass that looks at all. */
void scanner_set_events(Scanner *scanner, bool told)
{
    scanner->told = told;
    scanner->synchronized = false;
    scanner->recheck = true;
    processes_expect_nothing(scanner->processes);
}

static Viewer viewer_of(const Scanner *scanner)
{
    return (Viewer){.root = scanner->root,
                    .rules = &scanner->rules,
                    .mount_namespace = scanner->mount_namespace,
                    .host_namespace = scanner->host_namespace,
                    .resolver = scanner->resolver};
}

ScannedExec scanner_exec(Scanner *scanner, uint32_t pid)
{
    const Viewer viewer = viewer_of(scanner);
    return processes_exec(scanner->processes, &viewer, pid, clock_awake_usec(scanner->clock));
}

void scanner_fork(Scanner *scanner, uint32_t parent_pid, uint32_t pid)
{
    processes_fork(scanner->processes, parent_pid, pid);
}

void scanner_exit(Scanner *scanner, uint32_t pid)
{
    processes_exit(scanner->processes, pid);
}

Observation *scanner_report(Scanner *scanner)
{
    return programs_report_news(processes_programs(scanner->processes),
                                clock_awake_usec(scanner->clock));
}

const Program *scanner_program(const Scanner *scanner, uint32_t pid)
{
    const Process *process = processes_find(scanner->processes, pid);
    return process != NULL ? process->program : NULL;
}

uint64_t scanner_exec_usec(const Scanner *scanner, uint32_t pid)
{
    const Process *process = processes_find(scanner->processes, pid);
    return process != NULL ? process->exec_usec : 0;
}

void scanner_judge(Scanner *scanner, const ExeKey *key, uint64_t mapped_bytes)
{
    processes_judge(scanner->processes, key, mapped_bytes < scanner->rules.minsize_bytes);
}

static uint64_t read_start_ticks(const Pass *pass, uint32_t pid)
{
    g_autoptr(GString) stat = NULL;
    uint64_t ticks = 0;
    if (proc_read(pass->scanner->root, pid, "stat", STAT_BYTES, &stat) == 0)
        (void)proc_stat_start_time(cursor_of(stat->str, stat->len), &ticks); /* 0: not known */
    return ticks;
}

/* Of the old ones a few each pass, so that in time an exec of any is seen. */
static bool is_in_turn(Pass *pass, const Process *process)
{
    if (pass->recheck)
        return true;
    if (process->result == LOOK_NOTHING || pass->checks_left == 0 ||
        process->pid <= pass->scanner->turn_pid)
        return false;
    pass->checks_left--;
    pass->scanner->turn_pid = process->pid;
    return true;
}

static bool link_changed(const Pass *pass, const Process *process)
{
    uint32_t hash = 0;
    return look_link_hash(&pass->viewer, process->pid, &hash) && hash != process->link_hash;
}

/* Whether the process may run something else than at the last pass. */
static bool is_in_doubt(Pass *pass, Process *process)
{
    bool young = process->age < YOUNG_PASSES;
    process->age += young ? 1 : 0;
    if (young && process->result == LOOK_FAILED)
        return true;
    /* Of an exec an event would have told, be it that some were lost. */
    if (young && (!pass->scanner->told || pass->recheck))
        /* An interpreter may have gone on to another script. */
        return process->interpreted || link_changed(pass, process);
    return is_in_turn(pass, process) && link_changed(pass, process);
}

static void meet(Pass *pass, const ProcEntry *entry)
{
    Process *process = processes_add(pass->scanner->processes, entry->pid);
    process->ino = entry->ino;
    process->seen_pass = pass->scanner->n_passes;
    process->start_ticks = read_start_ticks(pass, entry->pid);
    processes_identify(pass->scanner->processes, &pass->viewer, process, pass->observation);
    sight_process(&pass->sight, process, pass->observation);
}

/* One that only events told of: had that one ended and its pid come to another, they would have
 * told that, too. */
static void adopt(const Pass *pass, const ProcEntry *entry, Process *process)
{
    process->ino = entry->ino;
    process->start_ticks = read_start_ticks(pass, entry->pid);
}

/* The inode may be another because the kernel reclaimed it (vm.drop_caches): the start time tells.
 */
static bool is_same(const Pass *pass, const Process *process, const ProcEntry *entry)
{
    return process->ino == entry->ino ||
           (process->start_ticks != 0 &&
            process->start_ticks == read_start_ticks(pass, entry->pid));
}

static void meet_again(Pass *pass, const ProcEntry *entry, Process *process)
{
    if (process->ino == 0)
        adopt(pass, entry, process);
    if (!is_same(pass, process, entry)) {
        processes_remove(pass->scanner->processes, process);
        meet(pass, entry);
        return;
    }
    process->ino = entry->ino;
    if (pass->review)
        process->gap = 0;
    if (pass->review || is_in_doubt(pass, process))
        processes_identify(pass->scanner->processes, &pass->viewer, process, pass->observation);
    sight_process(&pass->sight, process, pass->observation);
}

/* Those that ended go first: what began in their place is a restart. */
static void sweep(Pass *pass)
{
    Scanner *scanner = pass->scanner;
    for (guint i = 0; i < scanner->entries->len; i++) {
        uint32_t pid = g_array_index(scanner->entries, ProcEntry, i).pid;
        Process *process = processes_find(scanner->processes, pid);
        if (process != NULL)
            process->seen_pass = scanner->n_passes;
    }
    processes_sweep(scanner->processes, scanner->n_passes);
}

static void meet_all(Pass *pass)
{
    const GArray *entries = pass->scanner->entries;
    for (guint i = 0; i < entries->len; i++) {
        const ProcEntry *entry = &g_array_index(entries, ProcEntry, i);
        Process *process = processes_find(pass->scanner->processes, entry->pid);
        if (process != NULL)
            meet_again(pass, entry, process);
        else
            meet(pass, entry);
    }
}

static gint compare_pids(gconstpointer a, gconstpointer b)
{
    uint32_t x = ((const ProcEntry *)a)->pid;
    uint32_t y = ((const ProcEntry *)b)->pid;
    return (x > y) - (x < y);
}

/* /proc lists them in order; a directory of a test need not. */
static void sort_entries(GArray *entries)
{
    for (guint i = 1; i < entries->len; i++) {
        if (g_array_index(entries, ProcEntry, i - 1).pid >
            g_array_index(entries, ProcEntry, i).pid) {
            g_array_sort(entries, compare_pids);
            return;
        }
    }
}

static void read_memory(Scanner *scanner, Observation *observation)
{
    g_autoptr(GString) text = NULL;
    if (proc_read_global(scanner->root, "meminfo", MEMINFO_BYTES, &text) == 0)
        observation->memory_known =
            meminfo_parse(cursor_of(text->str, text->len), &observation->memory);
    if (observation->memory_known && scanner->groups != NULL)
        (void)cgroup_memory_limit(scanner->groups, &observation->memory); /* or none is there */
    observation->pressure = pressure_read(scanner->root);
}

/* What a pass makes of what it finds changed: nothing if nobody tells events. */
static Told found_by_pass(const Scanner *scanner)
{
    if (!scanner->told)
        return TOLD_KNOWN;
    return scanner->synchronized ? TOLD_UNTOLD : TOLD_AHEAD;
}

static void pass_over(Scanner *scanner, Observation *observation)
{
    resolver_refresh(scanner->resolver);
    const Viewer viewer = viewer_of(scanner);
    g_autoptr(MappedFiles) files = mapped_files_new(&viewer);
    Programs *programs = processes_programs(scanner->processes);
    Pass pass = {
        .scanner = scanner,
        .viewer = viewer,
        .observation = observation,
        .sight = sight_new(&viewer, files, programs, scanner->n_passes),
        .checks_left = MAX(CHECKS_MIN, scanner->entries->len / CHECKS_SHARE),
        .review = scanner->review,
        .recheck = programs_take_replaced(programs) || scanner->recheck,
    };
    sight_set_touched(&pass.sight, scanner->touched, scanner->clock);
    observation->n_missed = processes_begin_pass(scanner->processes, found_by_pass(scanner));
    scanner->review = false;
    sweep(&pass);
    meet_all(&pass);
    if (pass.checks_left > 0) /* the end was reached */
        scanner->turn_pid = 0;
    scanner->recheck = programs_take_replaced(programs);
    scanner->synchronized = true;
}

Observation *scanner_pass(Scanner *scanner)
{
    Observation *observation = observation_new();
    scanner->n_passes++;
    read_memory(scanner, observation);
    g_array_set_size(scanner->entries, 0);
    observation->error = proc_list(scanner->root, scanner->entries);
    if (observation->error < 0)
        return observation; /* nothing is known: nothing stopped */
    sort_entries(scanner->entries);
    pass_over(scanner, observation);
    programs_report(processes_programs(scanner->processes), observation);
    processes_count(scanner->processes, observation);
    return observation;
}
