/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/mappings.h"
#include "observe/maps.h"
#include <string.h>
#include <sys/sysmacros.h>

/* vm.max_map_count is 65530 by default (Documentation/admin-guide/sysctl/vm.rst), some games raise
 * it; what is beyond these bounds is not looked at. */
#define MAPS_BYTES ((size_t)16 << 20)
#define MAPS_LINES 65536

/* Multiplier of FNV-1a, 64 bits: spreads what is multiplied. */
#define FINGERPRINT_PRIME UINT64_C(0x100000001b3)

typedef struct {
    GRefString *path;
    FileId id;
    uint64_t fingerprint; /* of all the above */
    bool accepted;        /* by mapprefix */
    bool regular;         /* a regular file is there */
} MappedFile;

struct MappedFiles {
    const Viewer *viewer;
    GHashTable *by_path; /* GRefString -> MappedFile */
    GHashTable *foreign; /* mount namespace, inode and path in it -> MappedFile; NULL: none here */
};

static void mapped_file_free(gpointer data)
{
    MappedFile *file = data;
    g_ref_string_release(file->path);
    g_free(file);
}

MappedFiles *mapped_files_new(const Viewer *viewer)
{
    MappedFiles *files = g_new0(MappedFiles, 1);
    files->viewer = viewer;
    files->by_path = g_hash_table_new_full(g_str_hash, g_str_equal, NULL, mapped_file_free);
    files->foreign = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    return files;
}

void mapped_files_free(MappedFiles *files)
{
    if (files == NULL)
        return;
    g_hash_table_unref(files->foreign);
    g_hash_table_unref(files->by_path);
    g_free(files);
}

static uint64_t mix(uint64_t print, uint64_t value)
{
    return (print ^ value) * FINGERPRINT_PRIME;
}

static void look_at_file(const Viewer *viewer, MappedFile *file)
{
    struct stat st;
    file->accepted = file->path[0] == '/' && !look_is_pseudo(file->path) &&
                     prefix_list_accepts(viewer->rules->mapprefix, file->path);
    if (!file->accepted || !look_may_touch(viewer, file->path) || lstat(file->path, &st) < 0)
        return;
    file->regular = S_ISREG(st.st_mode);
    file->id = file_id_of(&st);
    file->fingerprint = mix(mix(g_str_hash(file->path), file->id.ino), file->id.size_bytes);
    file->fingerprint = mix(file->fingerprint, (uint64_t)file->id.mtime_nsec);
}

static const MappedFile *find_file(MappedFiles *files, const char *path)
{
    MappedFile *file = g_hash_table_lookup(files->by_path, path);
    if (file != NULL)
        return file;
    file = g_new0(MappedFile, 1);
    file->path = g_ref_string_new(path);
    look_at_file(files->viewer, file);
    g_hash_table_insert(files->by_path, file->path, file);
    return file;
}

/* The reading of one process's maps. */
typedef struct {
    MappedFiles *files;
    uint32_t pid;
    bool foreign;
    char *space;      /* its mount namespace; NULL: there is none to look into */
    Cursor last_path; /* of the last line with a file: the segments of one stand together */
    uint64_t last_ino;
    const MappedFile *last_file; /* NULL: not to be had */
    Mappings mappings;
} Reading;

static bool is_mapped(const MapsLine *line, const MappedFile *file)
{
    return look_same_file(line->ino, makedev(line->dev_major, line->dev_minor), file->id.ino,
                          file->id.dev);
}

static const MappedFile *ask_resolver(Reading *reading, const MapsLine *line, const char *path)
{
    struct stat st;
    const Viewer *viewer = reading->files->viewer;
    g_autofree char *here =
        resolver_find_accepted(viewer->resolver, viewer->rules->mapprefix, reading->pid, path,
                               makedev(line->dev_major, line->dev_minor), line->ino, &st);
    const MappedFile *file = here == NULL ? NULL : find_file(reading->files, here);
    bool same =
        file != NULL && file->regular && file->id.ino == st.st_ino && file->id.dev == st.st_dev;
    return same ? file : NULL;
}

/* The file that the process calls so, by its path here. */
static const MappedFile *find_elsewhere(Reading *reading, const MapsLine *line, const char *path)
{
    gpointer known = NULL;
    if (reading->space == NULL || look_is_pseudo(path))
        return NULL;
    g_autofree char *key =
        g_strdup_printf("%s %" G_GUINT64_FORMAT " %s", reading->space, line->ino, path);
    if (g_hash_table_lookup_extended(reading->files->foreign, key, NULL, &known))
        return known;
    const MappedFile *file = ask_resolver(reading, line, path);
    g_hash_table_insert(reading->files->foreign, g_steal_pointer(&key), (gpointer)file);
    return file;
}

/* `doubtful`: the path may mean another file than the mapped one; the inode decides. */
static const MappedFile *try_path(Reading *reading, const MapsLine *line, const char *path,
                                  bool doubtful)
{
    const MappedFile *file = find_file(reading->files, path);
    bool there = file->regular && (!doubtful || is_mapped(line, file));
    if (there)
        return file;
    const MappedFile *elsewhere = find_elsewhere(reading, line, path);
    if (elsewhere == NULL && reading->foreign && file->accepted)
        reading->mappings.n_foreign++;
    return elsewhere;
}

static const MappedFile *resolve(Reading *reading, const MapsLine *line)
{
    MapsPath path = maps_path_read(line->path);
    g_autofree char *plain = path.plain;
    bool doubtful = reading->foreign || path.deleted || path.escaped;
    const MappedFile *file = plain == NULL ? NULL : try_path(reading, line, plain, doubtful);
    if (file != NULL || !path.escaped || cursor_left(&line->path) >= PATH_MAX)
        return file;
    g_autofree char *raw = g_strndup(line->path.at, cursor_left(&line->path));
    return try_path(reading, line, raw, true);
}

static bool same_as_last(const Reading *reading, const MapsLine *line)
{
    return line->ino == reading->last_ino &&
           cursor_left(&line->path) == cursor_left(&reading->last_path) &&
           memcmp(line->path.at, reading->last_path.at, cursor_left(&line->path)) == 0;
}

static const MappedFile *file_of_line(Reading *reading, const MapsLine *line)
{
    if (!same_as_last(reading, line)) {
        reading->last_file = resolve(reading, line);
        reading->last_path = line->path;
        reading->last_ino = line->ino;
    }
    return reading->last_file;
}

/* True if the part continues the last region, or overlaps it from behind. */
static bool extend_last(GArray *regions, const MappedFile *file, uint64_t offset_bytes,
                        uint64_t length_bytes)
{
    if (regions->len == 0)
        return false;
    Region *last = &g_array_index(regions, Region, regions->len - 1);
    uint64_t last_end = last->offset_bytes + last->length_bytes;
    if (last->path != file->path || offset_bytes < last->offset_bytes || offset_bytes > last_end)
        return false;
    last->length_bytes = MAX(last_end, offset_bytes + length_bytes) - last->offset_bytes;
    return true;
}

static void add_region(GArray *regions, const MappedFile *file, const MapsLine *line,
                       uint64_t length_bytes)
{
    if (extend_last(regions, file, line->offset_bytes, length_bytes))
        return;
    Region region = {
        .path = g_ref_string_acquire(file->path),
        .id = file->id,
        .offset_bytes = line->offset_bytes,
        .length_bytes = length_bytes,
    };
    g_array_append_val(regions, region);
}

/* What lies behind the end of the file is no part of it. */
static void add_span(Mappings *mappings, const MappedFile *file, const MapsLine *line)
{
    if (line->offset_bytes >= file->id.size_bytes)
        return;
    uint64_t length_bytes = MIN(line->length_bytes, file->id.size_bytes - line->offset_bytes);
    add_region(mappings->regions, file, line, length_bytes);
    const Span span = {line->start, line->offset_bytes, length_bytes, mappings->regions->len - 1};
    g_array_append_val(mappings->spans, span);
}

static void read_line(Reading *reading, Cursor text)
{
    MapsLine line;
    Mappings *mappings = &reading->mappings;
    if (!maps_line_parse(text, &line) || line.ino == 0 || cursor_left(&line.path) == 0)
        return;
    const MappedFile *file = file_of_line(reading, &line);
    if (file == NULL)
        return;
    if (__builtin_add_overflow(mappings->mapped_bytes, line.length_bytes, &mappings->mapped_bytes))
        mappings->mapped_bytes = UINT64_MAX;
    mappings->fingerprint = mix(mappings->fingerprint, file->fingerprint);
    mappings->fingerprint = mix(mappings->fingerprint, line.offset_bytes);
    mappings->fingerprint = mix(mappings->fingerprint, line.length_bytes);
    add_span(mappings, file, &line);
}

static void clear_region(gpointer region)
{
    region_clear(region);
}

int mappings_read(MappedFiles *files, uint32_t pid, Mappings *ret)
{
    g_autoptr(GString) text = NULL;
    int error = proc_read_maps(files->viewer->root, pid, MAPS_BYTES, &text);
    if (error < 0)
        return error;
    const Viewer *viewer = files->viewer;
    g_autofree char *space = NULL;
    Reading reading = {.files = files, .pid = pid, .foreign = look_is_foreign(viewer, pid)};
    if (reading.foreign && viewer->resolver != NULL &&
        proc_link(viewer->root, pid, "ns/mnt", &space) == 0)
        reading.space = space;
    reading.mappings.spans = g_array_new(FALSE, FALSE, sizeof(Span));
    reading.mappings.regions = g_array_new(FALSE, FALSE, sizeof(Region));
    g_array_set_clear_func(reading.mappings.regions, clear_region);
    Cursor rest = cursor_of(text->str, text->len);
    Cursor line;
    for (guint i = 0; i < MAPS_LINES && parse_line(&rest, &line); i++)
        read_line(&reading, line);
    *ret = reading.mappings;
    return 0;
}

void mappings_clear(Mappings *mappings)
{
    g_clear_pointer(&mappings->regions, g_array_unref);
    g_clear_pointer(&mappings->spans, g_array_unref);
}
