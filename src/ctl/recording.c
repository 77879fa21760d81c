/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/recording.h"
#include "base/fd.h"
#include "formats/census.h"
#include "observe/maps.h"
#include "observe/storage.h"
#include "observe/touched.h"
#include <errno.h>
#include <fcntl.h>
#include <limits.h>
#include <string.h>

/* Of a file that was opened and does not tell what of it is in memory. */
#define UNTOLD_MAX_BYTES (UINT64_C(16) << 20)
/* Chromium maps some 2000 parts of files. */
#define MAPS_LIMIT_BYTES ((size_t)16 << 20)
#define FILES_MAX 200000u
/* The kernel reads the header of whatever is mapped as a program or library. */
#define HEADER_BYTES 4096u

typedef struct {
    char *path;
    BlockSet touched; /* by mappings */
    bool mapped;
    bool opened;
} File;

struct Recording {
    ProcRoot *root;
    Touched *touched;
    GPtrArray *files; /* File, in the order of first touch */
    GHashTable *by_path;
    bool partial;
};

static void free_file(gpointer data)
{
    File *file = data;
    g_free(file->path);
    block_set_clear(&file->touched);
    g_free(file);
}

Recording *recording_new(void)
{
    ProcRoot *root = proc_root_open("/proc");
    if (root == NULL)
        return NULL;
    Recording *recording = g_new0(Recording, 1);
    recording->root = root;
    recording->touched = touched_new(root);
    recording->files = g_ptr_array_new_with_free_func(free_file);
    recording->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    return recording;
}

void recording_free(Recording *recording)
{
    if (recording == NULL)
        return;
    g_hash_table_unref(recording->by_path);
    g_ptr_array_unref(recording->files);
    touched_free(recording->touched);
    proc_root_close(recording->root);
    g_free(recording);
}

/* NULL if there are too many. */
static File *demand_file(Recording *recording, const char *path)
{
    File *file = g_hash_table_lookup(recording->by_path, path);
    if (file != NULL || recording->files->len >= FILES_MAX)
        return file;
    file = g_new0(File, 1);
    file->path = g_strdup(path);
    g_ptr_array_add(recording->files, file);
    g_hash_table_insert(recording->by_path, file->path, file);
    return file;
}

/* What is written only need not be read ahead. */
static bool is_read(Recording *recording, pid_t pid, int number)
{
    g_autofree char *name = g_strdup_printf("fdinfo/%d", number);
    GString *text = NULL;
    if (proc_read(recording->root, (uint32_t)pid, name, 4096, &text) < 0)
        return true;
    const char *flags = strstr(text->str, "flags:");
    guint64 value = flags != NULL ? g_ascii_strtoull(flags + strlen("flags:"), NULL, 8) : 0;
    g_string_free(text, TRUE);
    return (value & O_ACCMODE) != O_WRONLY && (value & O_PATH) == 0;
}

static void on_opened(pid_t pid, int number, gpointer data)
{
    Recording *recording = data;
    struct stat st;
    g_autofree char *path = NULL;
    g_autofree char *name = g_strdup_printf("fd/%d", number);
    if (proc_stat_link(recording->root, (uint32_t)pid, name, &st) < 0 || !S_ISREG(st.st_mode) ||
        proc_link(recording->root, (uint32_t)pid, name, &path) < 0 || path[0] != '/' ||
        !is_read(recording, pid, number))
        return;
    File *file = demand_file(recording, path);
    if (file != NULL)
        file->opened = true;
}

/* What one process has mapped: the files, and where. */
typedef struct {
    Mappings mappings;
    GPtrArray *files;  /* File, by region */
    GHashTable *known; /* File -> region + 1 */
} View;

static void add_span(Recording *recording, View *view, const MapsLine *line)
{
    MapsPath path = maps_path_read(line->path);
    File *file = path.plain != NULL && !path.deleted ? demand_file(recording, path.plain) : NULL;
    g_free(path.plain);
    if (file == NULL)
        return;
    guint region = GPOINTER_TO_UINT(g_hash_table_lookup(view->known, file));
    if (region == 0) {
        g_ptr_array_add(view->files, file);
        region = view->files->len;
        g_hash_table_insert(view->known, file, GUINT_TO_POINTER(region));
    }
    file->mapped = true;
    const Span span = {.address = line->start,
                       .offset_bytes = line->offset_bytes,
                       .length_bytes = line->length_bytes,
                       .region = region - 1};
    g_array_append_val(view->mappings.spans, span);
}

static int read_view(Recording *recording, pid_t pid, View *view)
{
    GString *text = NULL;
    int r = proc_read_maps(recording->root, (uint32_t)pid, MAPS_LIMIT_BYTES, &text);
    if (r < 0)
        return r;
    Cursor rest = cursor_of(text->str, text->len);
    for (Cursor line; parse_line(&rest, &line);) {
        MapsLine mapping;
        if (maps_line_parse(line, &mapping) && cursor_left(&mapping.path) > 0 && mapping.ino != 0)
            add_span(recording, view, &mapping);
    }
    g_string_free(text, TRUE);
    return 0;
}

static void clear_blocks(gpointer data)
{
    block_set_clear(data);
}

static int look(Recording *recording, pid_t pid, const View *view)
{
    TouchedPlace place = {0};
    g_autoptr(GArray) blocks = g_array_new(FALSE, TRUE, sizeof(BlockSet));
    g_array_set_clear_func(blocks, clear_blocks);
    g_array_set_size(blocks, view->files->len);
    int r = 0;
    while (r == 0)
        r = touched_look(recording->touched, (uint32_t)pid, &view->mappings, G_USEC_PER_SEC, &place,
                         blocks);
    for (guint i = 0; i < blocks->len; i++) {
        File *file = view->files->pdata[i];
        (void)block_set_unite(&file->touched, &g_array_index(blocks, BlockSet, i));
    }
    return r;
}

static void on_mapped(pid_t pid, gpointer data)
{
    Recording *recording = data;
    View view = {.mappings = {.regions = g_array_new(FALSE, FALSE, sizeof(Region)),
                              .spans = g_array_new(FALSE, FALSE, sizeof(Span))},
                 .files = g_ptr_array_new(),
                 .known = g_hash_table_new(g_direct_hash, g_direct_equal)};
    int r = read_view(recording, pid, &view);
    if (r >= 0 && view.files->len > 0)
        r = look(recording, pid, &view);
    if (r < 0 && r != -ENOENT && r != -ESRCH)
        recording->partial = true;
    g_hash_table_unref(view.known);
    g_ptr_array_unref(view.files);
    mappings_clear(&view.mappings);
}

TracerSink recording_sink(Recording *recording)
{
    return (TracerSink){.opened = on_opened, .mapped = on_mapped, .data = recording};
}

bool recording_is_partial(const Recording *recording)
{
    return recording->partial;
}

static void list_blocks(List *list, const File *file, uint64_t size_bytes)
{
    const Range header = {0, MIN(HEADER_BYTES, size_bytes)};
    const BlockSet *set = &file->touched;
    if (set->n_runs == 0 || set->runs[0].first > 0)
        (void)list_add(list, file->path, &header);
    for (uint32_t i = 0; i < set->n_runs; i++) {
        uint64_t offset_bytes = set->runs[i].first * BLOCK_BYTES;
        uint64_t length_bytes = set->runs[i].count * BLOCK_BYTES;
        if (offset_bytes >= size_bytes)
            break;
        const Range range = {offset_bytes, MIN(length_bytes, size_bytes - offset_bytes)};
        (void)list_add(list, file->path, &range);
    }
}

static void list_present(List *list, const File *file, const Census *census)
{
    g_autoptr(GArray) present = g_array_new(FALSE, FALSE, sizeof(Range));
    const Range beginning = {0, MIN(census->size_bytes, UNTOLD_MAX_BYTES)};
    if (census->told)
        census_present(census, present);
    else
        g_array_append_val(present, beginning);
    for (guint i = 0; i < present->len; i++)
        (void)list_add(list, file->path, &g_array_index(present, Range, i));
}

static void list_file(List *list, const File *file, const Residency *residency)
{
    g_auto(Census) census = {0};
    autofd fd = fd_open_foreign(file->path, NULL);
    if (fd < 0 || census_take(residency, fd, &census) < 0 || census.size_bytes == 0)
        return;
    if (file->mapped)
        list_blocks(list, file, census.size_bytes);
    else
        list_present(list, file, &census);
}

List *recording_list(Recording *recording)
{
    List *list = list_new();
    g_autoptr(Residency) residency = residency_new();
    g_autoptr(Storage) storage = storage_new("/sys", "/proc/self/mountinfo");
    storage_refresh(storage);
    for (guint i = 0; i < recording->files->len; i++) {
        const File *file = recording->files->pdata[i];
        if (storage_is_local(storage, file->path))
            list_file(list, file, residency);
    }
    return list;
}
