/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/launch.h"
#include "base/fd.h"

typedef struct {
    GRefString *path;
    FileId id;
    TouchSet touched; /* by page tables */
    uint16_t rank;
    uint8_t opened_step;
    bool directory;
    bool opened;
    bool warm; /* it was in memory as a whole when it was opened */
} LaunchFile;

struct Launch {
    ExeKey *key;
    FileId id;
    uint64_t serial;
    uint64_t begun_usec;
    uint64_t mapped_bytes;
    GHashTable *files; /* GRefString -> LaunchFile */
    bool partial;
};

static void launch_file_free(gpointer data)
{
    LaunchFile *file = data;
    touch_set_clear(&file->touched);
    g_ref_string_release(file->path);
    g_free(file);
}

Launch *launch_new(ExeKey *key, const FileId *id, uint64_t serial, uint64_t begun_usec)
{
    Launch *launch = g_new0(Launch, 1);
    launch->key = exe_key_ref(key);
    launch->id = *id;
    launch->serial = serial;
    launch->begun_usec = begun_usec;
    launch->files = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, launch_file_free);
    return launch;
}

void launch_free(Launch *launch)
{
    if (launch == NULL)
        return;
    exe_key_unref(launch->key);
    g_hash_table_unref(launch->files);
    g_free(launch);
}

ExeKey *launch_key(const Launch *launch)
{
    return launch->key;
}

uint64_t launch_begun_usec(const Launch *launch)
{
    return launch->begun_usec;
}

uint64_t launch_mapped_bytes(const Launch *launch)
{
    return launch->mapped_bytes;
}

void launch_lost_events(Launch *launch)
{
    launch->partial = true;
}

/* NULL if there are too many. A path whose file is another one now is begun anew. */
static LaunchFile *demand_file(Launch *launch, const char *path, const FileId *id)
{
    LaunchFile *file = g_hash_table_lookup(launch->files, path);
    if (file != NULL && !file_id_same(&file->id, id)) {
        touch_set_clear(&file->touched);
        file->opened = false;
        file->id = *id;
    }
    guint n_files = g_hash_table_size(launch->files);
    if (file != NULL || n_files >= LAUNCH_FILES_MAX)
        return file;
    file = g_new0(LaunchFile, 1);
    file->path = g_ref_string_new(path);
    file->id = *id;
    file->rank = (uint16_t)n_files;
    g_hash_table_insert(launch->files, file->path, file);
    return file;
}

void launch_touch(Launch *launch, const Mappings *mappings, const GArray *blocks, uint8_t step)
{
    launch->mapped_bytes = MAX(launch->mapped_bytes, mappings->mapped_bytes);
    for (guint i = 0; i < mappings->regions->len; i++) {
        const Region *region = &g_array_index(mappings->regions, Region, i);
        const BlockSet *touched = &g_array_index(blocks, BlockSet, i);
        LaunchFile *file =
            touched->n_runs > 0 ? demand_file(launch, region->path, &region->id) : NULL;
        if (file != NULL)
            (void)touch_set_add(&file->touched, touched, 1, step);
    }
}

bool launch_opened(const Launch *launch, const char *path)
{
    const LaunchFile *file = g_hash_table_lookup(launch->files, path);
    return file != NULL && file->opened;
}

/* What of the file is in memory. */
static BlockSet resident_blocks(const Residency *residency, int fd, const struct stat *st)
{
    BlockSet blocks = BLOCK_SET_NULL;
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(Range));
    const Range whole = {0, (uint64_t)st->st_size};
    (void)residency_missing(residency, fd, st, whole, false, missing);
    uint64_t at_bytes = 0;
    for (guint i = 0; i < missing->len; i++) {
        const Range *hole = &g_array_index(missing, Range, i);
        (void)block_set_add_bytes(&blocks, at_bytes, hole->offset_bytes - at_bytes);
        at_bytes = hole->offset_bytes + hole->length_bytes;
    }
    if (at_bytes < whole.length_bytes)
        (void)block_set_add_bytes(&blocks, at_bytes, whole.length_bytes - at_bytes);
    return blocks;
}

static bool is_all_resident(const Residency *residency, int fd, const struct stat *st)
{
    g_autoptr(GArray) missing = g_array_new(FALSE, FALSE, sizeof(Range));
    (void)residency_missing(residency, fd, st, (Range){0, (uint64_t)st->st_size}, false, missing);
    return missing->len == 0;
}

void launch_open(Launch *launch, const char *path, const struct stat *st, int fd, uint8_t step,
                 const Residency *residency)
{
    const FileId id = file_id_of(st);
    LaunchFile *file = demand_file(launch, path, &id);
    if (file == NULL || file->opened)
        return;
    file->opened = true;
    file->opened_step = step;
    file->directory = S_ISDIR(st->st_mode);
    if (!file->directory && id.size_bytes > READ_SMALL_BYTES && residency_tells(residency, st))
        file->warm = is_all_resident(residency, fd, st);
}

/* The first so many bytes of a set. */
static void cut_blocks(BlockSet *blocks, uint64_t limit_bytes)
{
    uint64_t left = limit_bytes / BLOCK_BYTES;
    uint32_t n_runs = 0;
    while (n_runs < blocks->n_runs && left > 0) {
        BlockRun *run = &blocks->runs[n_runs++];
        run->count = (uint32_t)MIN(run->count, left);
        left -= run->count;
    }
    blocks->n_runs = n_runs;
}

/* A large file that was read: what of it is in memory now. */
static void add_resident(const LaunchFile *file, const Residency *residency, TouchSet *out)
{
    struct stat st;
    autofd fd = fd_open_foreign(file->path, &st);
    if (fd < 0 || !residency_tells(residency, &st))
        return;
    const FileId id = file_id_of(&st);
    if (!file_id_same(&id, &file->id))
        return;
    BlockSet blocks = resident_blocks(residency, fd, &st);
    if (file->warm)
        cut_blocks(&blocks, READ_WARM_BYTES);
    (void)touch_set_add(out, &blocks, 1, file->opened_step);
    block_set_clear(&blocks);
}

static void add_read(const LaunchFile *file, const Residency *residency, TouchSet *out)
{
    if (file->directory || !file->opened || file->id.size_bytes == 0 || file->touched.n_runs > 0)
        return;
    if (file->id.size_bytes > READ_SMALL_BYTES) {
        add_resident(file, residency, out);
        return;
    }
    const uint32_t n_blocks = (uint32_t)((file->id.size_bytes + BLOCK_BYTES - 1) / BLOCK_BYTES);
    (void)touch_set_add_run(out, (TouchRun){0, n_blocks, 1, file->opened_step});
}

static gint by_rank(gconstpointer a, gconstpointer b)
{
    return ((const SightedFile *)a)->rank - ((const SightedFile *)b)->rank;
}

static void clear_file(gpointer file)
{
    sighted_file_clear(file);
}

Sighting *launch_sighting(Launch *launch, const Residency *residency)
{
    Sighting *sighting = g_new0(Sighting, 1);
    sighting->key = exe_key_ref(launch->key);
    sighting->id = launch->id;
    sighting->mapped_bytes = launch->mapped_bytes;
    sighting->launch = launch->serial;
    sighting->partial = launch->partial;
    sighting->files = g_array_new(FALSE, FALSE, sizeof(SightedFile));
    g_array_set_clear_func(sighting->files, clear_file);
    GHashTableIter iter;
    g_hash_table_iter_init(&iter, launch->files);
    for (gpointer value = NULL; g_hash_table_iter_next(&iter, NULL, &value);) {
        const LaunchFile *file = value;
        SightedFile sighted = {g_ref_string_acquire(file->path), file->id,
                               touch_set_copy(&file->touched), file->rank, file->directory};
        add_read(file, residency, &sighted.touched);
        g_array_append_val(sighting->files, sighted);
    }
    g_array_sort(sighting->files, by_rank);
    return sighting;
}
