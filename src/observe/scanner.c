/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/scanner.h"
#include "observe/look.h"
#include "observe/mappings.h"
#include "observe/programs.h"
#include <string.h>

/* A program is started by wrappers that exec; after some passes that is over. */
#define YOUNG_PASSES 3
/* Of the others so many are asked each pass whether they still run the same: all in 32 passes. */
#define CHECKS_MIN 16
#define CHECKS_SHARE 32
/* Mappings are read again 1, 5, 21, 85... passes after the first time (at 20 s a pass: 20 s, 2 min,
 * 7 min, half an hour), and then at least once an hour: what a program loads late, it loads soon.
 */
#define REFRESH_GAP_GROWTH 4
#define REFRESH_GAP_MAX 180
/* Sooner for a program that has mapped little yet. */
#define URGENT_GAP_GROWTH 2
/* 0.1 ms each for a large program (6.18): a pass stays short when many are due. A program that it
 * is not known of whether it is large enough does not wait. */
#define REFRESHES_MAX 16

#define STAT_BYTES ((size_t)4096)
#define MEMINFO_BYTES ((size_t)64 << 10)

typedef struct {
    uint64_t ino;         /* of /proc/PID */
    uint64_t start_ticks; /* 0: not known */
    Program *program;     /* NULL: not tracked */
    uint32_t pid;
    uint32_t link_hash;
    uint8_t result; /* LookResult */
    uint8_t age;    /* passes that it was young for */
    uint8_t gap;    /* passes between the last two readings of its mappings; 0: not read yet */
    uint8_t wait;   /* passes till the next */
    bool interpreted;
} Process;

struct Scanner {
    ProcRoot *root;
    ScanRules rules;
    char *mount_namespace;
    GArray *entries;   /* ProcEntry, of this pass */
    GArray *processes; /* Process, by pid */
    Programs *programs;
    uint32_t n_passes;
    uint32_t turn_pid; /* the last that was asked in turn */
    bool review;       /* rules are new: all must be looked at again */
    bool recheck;      /* all links must be read again */
};

/* One pass. */
typedef struct {
    Scanner *scanner;
    Viewer viewer;
    MappedFiles *files;
    Observation *observation;
    GArray *next; /* Process: the table after this pass */
    uint32_t checks_left;
    uint32_t refreshes_left;
    bool review;
    bool recheck;
} Pass;

Scanner *scanner_new(ProcRoot *root, const ScanRules *rules)
{
    Scanner *scanner = g_new0(Scanner, 1);
    scanner->root = root;
    scanner->rules = scan_rules_copy(rules);
    /* Without it (a kernel without namespaces) all processes see the same files. */
    (void)proc_link_global(root, "self/ns/mnt", &scanner->mount_namespace);
    scanner->entries = g_array_new(FALSE, FALSE, sizeof(ProcEntry));
    scanner->processes = g_array_new(FALSE, FALSE, sizeof(Process));
    scanner->programs = programs_new();
    return scanner;
}

void scanner_free(Scanner *scanner)
{
    if (scanner == NULL)
        return;
    scan_rules_clear(&scanner->rules);
    g_array_unref(scanner->entries);
    g_array_unref(scanner->processes);
    programs_free(scanner->programs);
    g_free(scanner->mount_namespace);
    proc_root_close(scanner->root);
    g_free(scanner);
}

void scanner_set_rules(Scanner *scanner, const ScanRules *rules)
{
    ScanRules taken = scan_rules_copy(rules);
    scan_rules_clear(&scanner->rules);
    scanner->rules = taken;
    programs_forget_mappings(scanner->programs);
    scanner->review = true;
}

void scanner_forget(Scanner *scanner)
{
    g_array_set_size(scanner->processes, 0);
    programs_free(scanner->programs);
    scanner->programs = programs_new();
}

void scanner_skip(Scanner *scanner, ExeKey *key)
{
    programs_set_small(scanner->programs, key);
}

static uint64_t read_start_ticks(const Pass *pass, uint32_t pid)
{
    g_autoptr(GString) stat = NULL;
    uint64_t ticks = 0;
    if (proc_read(pass->scanner->root, pid, "stat", STAT_BYTES, &stat) == 0)
        (void)proc_stat_start_time(cursor_of(stat->str, stat->len), &ticks); /* 0: not known */
    return ticks;
}

static void lose_program(Pass *pass, Process *process)
{
    if (process->program != NULL)
        programs_lose(pass->scanner->programs, process->program);
    process->program = NULL;
}

static bool runs_same(const Process *process, const Look *look)
{
    return process->program != NULL && look->result == LOOK_TRACKED &&
           exe_key_equal(process->program->key, look->key);
}

/* A program that overwrote its command line (setproctitle) still runs the script that it ran. */
static bool hides_script(const Pass *pass, const Process *process, const Look *look)
{
    if (process->program == NULL || look->result != LOOK_TRACKED || !look->interpreted ||
        look->key->script != NULL || look->link_hash != process->link_hash)
        return false;
    const char *script = process->program->key->script;
    return script != NULL &&
           (script[0] != '/' || prefix_list_accepts(pass->viewer.rules->exeprefix, script));
}

/* The process was found to run something else than before. */
static void switch_program(Pass *pass, Process *process, const Look *look)
{
    lose_program(pass, process);
    if (look->result == LOOK_TRACKED)
        process->program = programs_gain(pass->scanner->programs, look->key, &look->id);
    process->age = 0;
    process->gap = 0;
}

static void identify(Pass *pass, Process *process)
{
    g_auto(Look) look = look_at(&pass->viewer, process->pid);
    pass->observation->n_looked_into++;
    pass->observation->n_foreign += look.foreign ? 1 : 0;
    if (look.result == LOOK_FAILED || hides_script(pass, process, &look))
        return;
    bool nothing_before = process->program == NULL && look.result != LOOK_TRACKED &&
                          look.link_hash == process->link_hash;
    if (!nothing_before && !runs_same(process, &look))
        switch_program(pass, process, &look);
    process->link_hash = look.link_hash;
    process->result = (uint8_t)look.result;
    process->interpreted = look.interpreted;
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
    if (process->age >= YOUNG_PASSES)
        return is_in_turn(pass, process) && link_changed(pass, process);
    process->age++;
    /* An interpreter may have gone on to another script, or its look may have failed. */
    return process->interpreted || process->result == LOOK_FAILED || link_changed(pass, process);
}

/* Whether the mappings are due, and if so, when next. */
static bool is_due(Pass *pass, Process *process)
{
    if (process->program == NULL || process->program->small)
        return false;
    if (process->gap == 0) {
        process->gap = process->wait = 1;
        return true;
    }
    process->wait -= process->wait > 0 ? 1 : 0;
    bool urgent = !process->program->large;
    if (process->wait > 0 || (pass->refreshes_left == 0 && !urgent))
        return false;
    pass->refreshes_left -= urgent ? 0 : 1;
    int growth = urgent ? URGENT_GAP_GROWTH : REFRESH_GAP_GROWTH;
    process->gap = (uint8_t)MIN(process->gap * growth, REFRESH_GAP_MAX);
    process->wait = process->gap;
    return true;
}

/* Nothing mapped is a program that has just been started, or that ends. One that is seen for the
 * first time may still be mapping its libraries: whether it is small is told by the second look. */
static bool is_telling(Pass *pass, Program *program, const Mappings *mappings, bool first)
{
    bool small = mappings->mapped_bytes < pass->viewer.rules->minsize_bytes;
    if (mappings->regions->len == 0 || (small && first && !program->large))
        return false;
    if (small && !program->large)
        programs_set_small(pass->scanner->programs, program->key);
    program->large = program->large || !small;
    /* The same again, or of another process, tells nothing new; who forgot it is told in time. */
    return program->sighted_pass == 0 || program->fingerprint != mappings->fingerprint ||
           pass->scanner->n_passes - program->sighted_pass >= REFRESH_GAP_MAX;
}

static void read_mappings(Pass *pass, Process *process, bool first)
{
    g_auto(Mappings) mappings = {0};
    Program *program = process->program;
    pass->observation->n_looked_into += first ? 0 : 1;
    if (mappings_read(pass->files, process->pid, &mappings) < 0)
        return; /* gone, or it is tried again when next due */
    pass->observation->n_foreign += mappings.n_foreign;
    if (!is_telling(pass, program, &mappings, first))
        return;
    program->sighted_pass = pass->scanner->n_passes;
    program->fingerprint = mappings.fingerprint;
    Sighting *sighting = g_new0(Sighting, 1);
    sighting->key = exe_key_ref(program->key);
    sighting->id = program->id;
    sighting->regions = g_steal_pointer(&mappings.regions);
    sighting->mapped_bytes = mappings.mapped_bytes;
    g_ptr_array_add(pass->observation->sightings, sighting);
}

static void finish_process(Pass *pass, Process *process)
{
    bool first = process->gap == 0;
    if (is_due(pass, process))
        read_mappings(pass, process, first);
    g_array_append_val(pass->next, *process);
}

static void meet(Pass *pass, const ProcEntry *entry)
{
    Process process = {.ino = entry->ino, .pid = entry->pid};
    process.start_ticks = read_start_ticks(pass, entry->pid);
    identify(pass, &process);
    finish_process(pass, &process);
}

/* The inode may be another because the kernel reclaimed it (vm.drop_caches): the start time tells.
 */
static bool is_same(const Pass *pass, const Process *process, const ProcEntry *entry)
{
    return process->ino == entry->ino ||
           (process->start_ticks != 0 &&
            process->start_ticks == read_start_ticks(pass, entry->pid));
}

static void meet_again(Pass *pass, const ProcEntry *entry, Process process)
{
    if (!is_same(pass, &process, entry)) {
        lose_program(pass, &process);
        meet(pass, entry);
        return;
    }
    process.ino = entry->ino;
    if (pass->review)
        process.gap = 0;
    if (pass->review || is_in_doubt(pass, &process))
        identify(pass, &process);
    finish_process(pass, &process);
}

/* Both lists are sorted by pid. */
static void merge(Pass *pass)
{
    GArray *old = pass->scanner->processes;
    GArray *entries = pass->scanner->entries;
    guint at = 0;
    for (guint i = 0; i < entries->len; i++) {
        const ProcEntry *entry = &g_array_index(entries, ProcEntry, i);
        while (at < old->len && g_array_index(old, Process, at).pid < entry->pid)
            lose_program(pass, &g_array_index(old, Process, at++));
        if (at < old->len && g_array_index(old, Process, at).pid == entry->pid)
            meet_again(pass, entry, g_array_index(old, Process, at++));
        else
            meet(pass, entry);
    }
    while (at < old->len)
        lose_program(pass, &g_array_index(old, Process, at++));
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

static void count(const GArray *processes, Observation *observation)
{
    for (guint i = 0; i < processes->len; i++) {
        const Process *process = &g_array_index(processes, Process, i);
        observation->n_processes +=
            process->result == LOOK_TRACKED || process->result == LOOK_UNTRACKED ? 1 : 0;
        observation->n_tracked += process->program != NULL ? 1 : 0;
        observation->n_denied += process->result == LOOK_DENIED ? 1 : 0;
    }
}

static void read_memory(Scanner *scanner, Observation *observation)
{
    g_autoptr(GString) text = NULL;
    if (proc_read_global(scanner->root, "meminfo", MEMINFO_BYTES, &text) == 0)
        observation->memory_known =
            meminfo_parse(cursor_of(text->str, text->len), &observation->memory);
}

static void pass_over(Scanner *scanner, Observation *observation)
{
    Viewer viewer = {scanner->root, &scanner->rules, scanner->mount_namespace};
    g_autoptr(MappedFiles) files = mapped_files_new(&viewer);
    guint n = scanner->entries->len;
    Pass pass = {
        .scanner = scanner,
        .viewer = viewer,
        .files = files,
        .observation = observation,
        .next = g_array_sized_new(FALSE, FALSE, sizeof(Process), n),
        .checks_left = MAX(CHECKS_MIN, n / CHECKS_SHARE),
        .refreshes_left = REFRESHES_MAX,
        .review = scanner->review,
        .recheck = scanner->recheck,
    };
    scanner->review = false;
    merge(&pass);
    if (pass.checks_left > 0) /* the end was reached */
        scanner->turn_pid = 0;
    scanner->recheck = programs_take_replaced(scanner->programs);
    g_array_unref(scanner->processes);
    scanner->processes = pass.next;
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
    programs_report(scanner->programs, observation);
    count(scanner->processes, observation);
    return observation;
}
