/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/sight.h"
#include "base/touch.h"

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

/* So long is touched pages looked for in one pass, and then at the rest in the next ones; events
 * wait meanwhile. */
#define PASS_USEC (UINT64_C(50) * 1000)
/* And so long at one process: ten times what a large browser needs (6.18). */
#define LOOK_USEC (UINT64_C(50) * 1000)

Sight sight_new(const Viewer *viewer, MappedFiles *files, Programs *programs, uint32_t pass)
{
    return (Sight){
        .viewer = viewer,
        .files = files,
        .programs = programs,
        .pass = pass,
        .refreshes_left = REFRESHES_MAX,
    };
}

void sight_set_touched(Sight *sight, Touched *touched, const Clock *clock)
{
    sight->touched = touched;
    sight->clock = clock;
    sight->left_usec = PASS_USEC;
}

static void clear_blocks(gpointer blocks)
{
    block_set_clear(blocks);
}

static void clear_file(gpointer file)
{
    sighted_file_clear(file);
}

/* The file of the region: one that is there, or a new one, which comes last. */
static SightedFile *file_of(GArray *files, GHashTable *places, const Region *region)
{
    gpointer place = NULL;
    if (g_hash_table_lookup_extended(places, region->path, NULL, &place))
        return &g_array_index(files, SightedFile, GPOINTER_TO_UINT(place));
    if (files->len > UINT16_MAX)
        return NULL;
    const SightedFile file = {
        .path = g_ref_string_acquire(region->path),
        .id = region->id,
        .rank = (uint16_t)files->len,
    };
    (void)g_hash_table_insert(places, region->path, GUINT_TO_POINTER(files->len)); /* new */
    g_array_append_val(files, file);
    return &g_array_index(files, SightedFile, files->len - 1);
}

static GArray *files_of(const GArray *regions, const GArray *blocks, uint8_t step)
{
    g_autoptr(GHashTable) places = g_hash_table_new(g_str_hash, g_str_equal);
    GArray *files = g_array_new(FALSE, FALSE, sizeof(SightedFile));
    g_array_set_clear_func(files, clear_file);
    for (guint i = 0; i < regions->len; i++) {
        SightedFile *file = file_of(files, places, &g_array_index(regions, Region, i));
        if (file != NULL)
            (void)touch_set_add(&file->touched, &g_array_index(blocks, BlockSet, i), 1, step);
    }
    return files;
}

/* How long ago the launch was, at which the process touched what it touched, or before. */
static uint8_t step_of(const Program *program, uint64_t now_usec)
{
    return program->launch == 0 ? TOUCH_STEPS - 1 : touch_step(now_usec - program->launch_usec);
}

static void add_touched(Sight *sight, uint32_t pid, const Program *program,
                        const Mappings *mappings, Sighting *sighting)
{
    g_autoptr(GArray) blocks = g_array_new(FALSE, TRUE, sizeof(BlockSet));
    TouchedPlace place = {0};
    uint64_t begun_usec = clock_awake_usec(sight->clock);
    g_array_set_clear_func(blocks, clear_blocks);
    g_array_set_size(blocks, mappings->regions->len);
    int result = touched_look(sight->touched, pid, mappings, LOOK_USEC, &place, blocks);
    uint64_t now_usec = clock_awake_usec(sight->clock);
    sight->left_usec -= MIN(sight->left_usec, now_usec - begun_usec);
    if (result < 0)
        return; /* it has ended, or we may not: what it maps is told all the same */
    sighting->files = files_of(mappings->regions, blocks, step_of(program, now_usec));
    sighting->partial = result == 0;
}

static Sighting *make_sighting(Sight *sight, uint32_t pid, Program *program, Mappings *mappings)
{
    Sighting *sighting = g_new0(Sighting, 1);
    sighting->key = exe_key_ref(program->key);
    sighting->id = program->id;
    sighting->mapped_bytes = mappings->mapped_bytes;
    sighting->launch = program->launch;
    sighting->origin = program->origin;
    program->untouched = sight->touched != NULL && sight->left_usec == 0;
    if (sight->touched != NULL && !program->untouched)
        add_touched(sight, pid, program, mappings, sighting);
    sighting->regions = g_steal_pointer(&mappings->regions);
    return sighting;
}

/* Whether the mappings are due, and if so, when next. */
static bool is_due(Sight *sight, Process *process)
{
    if (process->program == NULL || process->program->small)
        return false;
    if (process->gap == 0) {
        process->gap = process->wait = 1;
        return true;
    }
    process->wait -= process->wait > 0 ? 1 : 0;
    bool urgent = !process->program->large;
    if (process->wait > 0 || (sight->refreshes_left == 0 && !urgent))
        return false;
    sight->refreshes_left -= urgent ? 0 : 1;
    int growth = urgent ? URGENT_GAP_GROWTH : REFRESH_GAP_GROWTH;
    if (process->program->untouched)
        growth = 1; /* to be told completely soon */
    process->gap = (uint8_t)MIN(process->gap * growth, REFRESH_GAP_MAX);
    process->wait = process->gap;
    return true;
}

/* Nothing mapped is a program that has just been started, or that ends. One that is seen for the
 * first time may still be mapping its libraries: whether it is small is told by the second look. */
static bool is_telling(Sight *sight, Program *program, const Mappings *mappings, bool first)
{
    bool small = mappings->mapped_bytes < sight->viewer->rules->minsize_bytes;
    if (mappings->regions->len == 0 || (small && first && !program->large))
        return false;
    if (small && !program->large)
        programs_set_small(sight->programs, program->key);
    program->large = program->large || !small;
    /* The same again, or of another process, tells nothing new; who forgot it is told in time. */
    return program->sighted_pass == 0 || program->untouched ||
           program->fingerprint != mappings->fingerprint ||
           sight->pass - program->sighted_pass >= REFRESH_GAP_MAX;
}

static void read_mappings(Sight *sight, Process *process, bool first, Observation *observation)
{
    g_auto(Mappings) mappings = {0};
    Program *program = process->program;
    observation->n_looked_into += first ? 0 : 1;
    if (mappings_read(sight->files, process->pid, &mappings) < 0)
        return; /* gone, or it is tried again when next due */
    observation->n_foreign += mappings.n_foreign;
    if (!is_telling(sight, program, &mappings, first))
        return;
    program->sighted_pass = sight->pass;
    program->fingerprint = mappings.fingerprint;
    Sighting *sighting = make_sighting(sight, process->pid, program, &mappings);
    g_ptr_array_add(observation->sightings, sighting);
}

void sight_process(Sight *sight, Process *process, Observation *observation)
{
    bool first = process->gap == 0;
    if (is_due(sight, process))
        read_mappings(sight, process, first, observation);
}
