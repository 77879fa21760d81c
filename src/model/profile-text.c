/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/profile-text.h"
#include "model/state-append.h"
#include "model/state-take.h"
#include <inttypes.h>
#include <string.h>

#define MAGIC "PRELOAD-PROFILE"
#define VERSION 1
#define PROGRAM "PROGRAM"
#define FILE_TAG "FILE"

static void append_program(GString *out, const ProfileProgram *program)
{
    g_string_append_printf(out, PROGRAM "\t%u\t%" PRIu64 "\t%" PRId64, program->n_learnt,
                           program->id.size_bytes, program->id.mtime_nsec);
    state_append_key(out, program->key);
}

static void append_file(GString *out, const ProfileFile *file)
{
    g_string_append_printf(out, FILE_TAG "\t%s\t%" PRIu64 "\t%" PRId64 "\t%u\t%x\t",
                           file->directory ? STATE_DIRECTORY : STATE_FILE, file->id.size_bytes,
                           file->id.mtime_nsec, file->rank, file->launches);
    if (file->touched.n_runs > 0)
        touch_set_print(&file->touched, out);
    else
        g_string_append(out, STATE_NONE);
    g_string_append_c(out, '\t');
    state_append_text(out, file->path);
    g_string_append_c(out, '\n');
}

GString *profile_encode(const Profile *profile)
{
    uint64_t records = 0;
    GString *out = g_string_new(NULL);
    g_string_append_printf(out, MAGIC "\t%d\n", VERSION);
    for (guint i = 0; i < profile->programs->len; i++) {
        const ProfileProgram *program = profile->programs->pdata[i];
        append_program(out, program);
        for (guint j = 0; j < program->files->len; j++)
            append_file(out, &g_array_index(program->files, ProfileFile, j));
        records += 1 + program->files->len;
    }
    state_append_trailer(out, records);
    return out;
}

typedef struct {
    Profile *profile;
    GHashTable *keys; /* set, borrowed from profile */
    uint64_t n_files;
    uint64_t records;
} Reader;

/* Size and time. */
static bool take_identity(Cursor *fields, FileId *ret)
{
    return state_take_u64(fields, INT64_MAX, &ret->size_bytes) &&
           state_take_i64(fields, &ret->mtime_nsec);
}

static const char *read_program(Reader *reader, Cursor fields)
{
    uint64_t n_learnt = 0;
    FileId id = {0};
    if (reader->profile->programs->len >= PROFILE_PROGRAMS_MAX)
        return "more programs than are taken";
    if (!state_take_u64(&fields, TOUCH_LAUNCHES, &n_learnt) || n_learnt == 0)
        return "not a number of launches";
    if (!take_identity(&fields, &id))
        return "not a size and a time";
    g_autoptr(ExeKey) key = state_take_key(&fields);
    if (key == NULL || fields.at != fields.end)
        return "not a script and an absolute path";
    if (!profile_is_portable(key->path) ||
        (key->script != NULL && !profile_is_portable(key->script)))
        return "a program that is none of the system's";
    if (g_hash_table_contains(reader->keys, key))
        return "a program that came before";
    ProfileProgram *program = profile_program_new(g_steal_pointer(&key));
    program->n_learnt = (uint8_t)n_learnt;
    program->id = id;
    g_ptr_array_add(reader->profile->programs, program);
    g_hash_table_add(reader->keys, program->key);
    return NULL;
}

/* A directory has no blocks, and no identity. No launch is older than the first that was learnt. */
static bool adds_up(const ProfileProgram *program, const ProfileFile *file)
{
    if (file->directory &&
        (file->touched.n_runs > 0 || file->id.size_bytes > 0 || file->id.mtime_nsec != 0))
        return false;
    for (uint32_t i = 0; i < file->touched.n_runs; i++) {
        if ((file->touched.runs[i].launches & ~file->launches) != 0)
            return false;
    }
    return file->launches >> program->n_learnt == 0;
}

static const char *take_file(const ProfileProgram *program, Cursor *fields, ProfileFile *ret)
{
    uint64_t rank = 0;
    if (!state_take_kind(fields, &ret->directory))
        return "neither file nor directory";
    if (!take_identity(fields, &ret->id))
        return "not a size and a time";
    if (!state_take_u64(fields, UINT16_MAX, &rank) || !state_take_launches(fields, &ret->launches))
        return "not a rank and launches";
    ret->rank = (uint16_t)rank;
    if (!state_take_touched(fields, &ret->touched))
        return "not a list of blocks";
    g_autofree char *path = state_take_path(fields);
    if (path == NULL || fields->at != fields->end)
        return "not an absolute path";
    if (!profile_is_portable(path))
        return "a file that is none of the system's";
    guint n = program->files->len;
    if (n > 0 && strcmp(g_array_index(program->files, ProfileFile, n - 1).path, path) >= 0)
        return "a file out of order";
    if (!adds_up(program, ret))
        return "launches that do not add up";
    ret->path = g_ref_string_new(path);
    return NULL;
}

static const char *read_file(Reader *reader, Cursor fields)
{
    ProfileFile file = {0};
    const GPtrArray *programs = reader->profile->programs;
    ProfileProgram *program = programs->len > 0 ? programs->pdata[programs->len - 1] : NULL;
    if (program == NULL)
        return "a file of no program";
    if (program->files->len >= MODEL_EDGES_PER_EXE_MAX || reader->n_files >= PROFILE_FILES_MAX)
        return "more files than are taken";
    const char *wrong = take_file(program, &fields, &file);
    if (wrong != NULL) {
        touch_set_clear(&file.touched);
        return wrong;
    }
    g_array_append_val(program->files, file);
    reader->n_files++;
    return NULL;
}

static const char *read_record(Reader *reader, Cursor line)
{
    Cursor tag;
    if (!parse_field(&line, '\t', &tag) || line.at == line.end || line.end[-1] == '\t')
        return "not a record";
    if (cursor_is(&tag, PROGRAM))
        return read_program(reader, line);
    if (cursor_is(&tag, FILE_TAG))
        return read_file(reader, line);
    return "a record of no known kind";
}

static bool read_records(Reader *reader, Cursor body, GError **error)
{
    uint32_t number = 1;
    for (Cursor line; parse_line(&body, &line);) {
        number++;
        const char *wrong = read_record(reader, line);
        if (wrong != NULL)
            return state_damaged(error, number, "%s", wrong);
        reader->records++;
    }
    return true;
}

Profile *profile_decode(const char *bytes, size_t length, GError **error)
{
    Cursor text = cursor_of(bytes, length);
    uint64_t version = 0;
    uint64_t records = 0;
    if (!parse_literal(&text, MAGIC "\t") || !parse_u64(&text, &version) || version == 0) {
        g_set_error(error, STATE_ERROR, STATE_ERROR_FOREIGN, "not a profile of preload");
        return NULL;
    }
    if (version > VERSION) {
        g_set_error(error, STATE_ERROR, STATE_ERROR_NEWER,
                    "a profile of version %" G_GUINT64_FORMAT "; this preload knows version %d",
                    version, VERSION);
        return NULL;
    }
    if (!state_check_trailer(&text, bytes, &records, error))
        return NULL;
    if (!parse_char(&text, '\n')) {
        state_damaged(error, 1, "not a header");
        return NULL;
    }
    g_autoptr(Profile) profile = profile_new();
    g_autoptr(GHashTable) keys = g_hash_table_new(exe_key_hash, exe_key_equal);
    Reader reader = {.profile = profile, .keys = keys};
    if (!read_records(&reader, text, error))
        return NULL;
    if (reader.records != records) {
        state_damaged(error, 1, "the number of records is not that of the content");
        return NULL;
    }
    return g_steal_pointer(&profile);
}
