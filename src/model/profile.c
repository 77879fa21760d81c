/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/profile.h"
#include "model/words.h"
#include <string.h>

/* Each with what may follow it: a whole tree. */
static const char *const trees[] = {
    "/usr/",       "/opt/",       "/lib/", "/lib32/", "/lib64/",           "/libx32/",
    "/bin/",       "/sbin/",      "/etc/", "/snap/",  "/var/lib/flatpak/", "/var/lib/snapd/",
    "/nix/store/", "/gnu/store/",
};

static void file_clear(gpointer data)
{
    ProfileFile *file = data;
    g_clear_pointer(&file->path, g_ref_string_release);
    touch_set_clear(&file->touched);
}

ProfileProgram *profile_program_new(ExeKey *taken_key)
{
    ProfileProgram *program = g_new0(ProfileProgram, 1);
    program->key = taken_key;
    program->files = g_array_new(FALSE, FALSE, sizeof(ProfileFile));
    g_array_set_clear_func(program->files, file_clear);
    return program;
}

void profile_program_free(ProfileProgram *program)
{
    if (program == NULL)
        return;
    exe_key_unref(program->key);
    g_array_unref(program->files);
    g_free(program);
}

static void program_release(gpointer data)
{
    profile_program_free(data);
}

Profile *profile_new(void)
{
    Profile *profile = g_new0(Profile, 1);
    profile->programs = g_ptr_array_new_with_free_func(program_release);
    return profile;
}

void profile_free(Profile *profile)
{
    if (profile == NULL)
        return;
    g_ptr_array_unref(profile->programs);
    g_free(profile);
}

/* No way out of the tree. */
static bool is_plain(const char *path)
{
    for (const char *slash = path; slash != NULL; slash = strchr(slash + 1, '/')) {
        size_t length = strcspn(slash + 1, "/");
        if (length == 0 || (length <= 2 && strspn(slash + 1, ".") == length))
            return false;
    }
    return true;
}

bool profile_is_portable(const char *path)
{
    for (gsize i = 0; i < G_N_ELEMENTS(trees); i++) {
        if (g_str_has_prefix(path, trees[i]))
            return is_plain(path);
    }
    return false;
}

/* The name of a module may be anybody's. */
static bool is_portable_key(const ExeKey *key)
{
    return profile_is_portable(key->path) &&
           (key->script == NULL || profile_is_portable(key->script));
}

static void take_edge(Profile *profile, ProfileProgram *const *programs, const Image *image,
                      const ImageEdge *edge)
{
    const ImageMap *map = &g_array_index(image->maps, ImageMap, edge->map);
    ProfileProgram *program = programs[edge->exe];
    if (program == NULL || !profile_is_portable(map->path))
        return;
    TouchSet touched = image_touched(image, edge);
    ProfileFile file = {.path = g_ref_string_acquire(map->path),
                        .touched = touch_set_copy(&touched),
                        .rank = edge->rank,
                        .launches = edge->launches,
                        .directory = map->directory};
    if (!map->directory)
        file.id = (FileId){0, 0, map->id.size_bytes, map->id.mtime_nsec};
    g_array_append_val(program->files, file);
}

static gint by_path(gconstpointer a, gconstpointer b)
{
    return strcmp(((const ProfileFile *)a)->path, ((const ProfileFile *)b)->path);
}

Profile *profile_of_image(const Image *image)
{
    Profile *profile = profile_new();
    g_autofree ProfileProgram **programs = g_new0(ProfileProgram *, image->exes->len + 1);
    for (guint i = 0; i < image->exes->len; i++) {
        const ImageExe *exe = &g_array_index(image->exes, ImageExe, i);
        if (exe->n_learnt == 0 || !file_id_known(&exe->id) || !is_portable_key(exe->key))
            continue;
        programs[i] = profile_program_new(exe_key_ref(exe->key));
        programs[i]->n_learnt = exe->n_learnt;
        programs[i]->id = (FileId){0, 0, exe->id.size_bytes, exe->id.mtime_nsec};
        g_ptr_array_add(profile->programs, programs[i]);
    }
    for (guint i = 0; i < image->edges->len; i++)
        take_edge(profile, programs, image, &g_array_index(image->edges, ImageEdge, i));
    for (guint i = 0; i < profile->programs->len; i++)
        g_array_sort(((ProfileProgram *)profile->programs->pdata[i])->files, by_path);
    return profile;
}

/* Something was learnt of it here; not from a profile, before it ever ran. */
static bool is_learnt(const Exe *exe)
{
    return exe->n_learnt > 0 && (exe->launches > 0 || exe->run_usec > 0 || exe->running);
}

static bool is_accepted(const Model *model, const ProfileProgram *program)
{
    bool known = model_find_exe(model, program->key) != NULL;
    return model_rules_accept(&model->rules, program->key) &&
           model_word(model, program->key) != WORD_IGNORE &&
           (known || model->exes->len < MODEL_EXES_MAX) &&
           (uint64_t)model->n_edges + program->files->len <= MODEL_EDGES_MAX;
}

static void graft_file(Model *model, Exe *exe, const ProfileFile *file)
{
    const PrefixList *extra = model->rules.fileprefix;
    if (!prefix_list_accepts(model->rules.mapprefix, file->path) &&
        (extra == NULL || !prefix_list_accepts(extra, file->path)))
        return;
    Edge *edge = model_add_file(model, exe, file->path, &file->id, file->directory);
    if (edge == NULL)
        return;
    Edge given = {.rank = file->rank, .launches = file->launches};
    edge_give_touched(&given, touch_set_copy(&file->touched));
    edge_unite(edge, &given);
    edge_clear(&given);
}

static void graft(Model *model, const ProfileProgram *program, const char *source)
{
    Exe *exe = model_add_exe(model, program->key, &program->id);
    model_drop_edges(model, exe); /* whole mappings, a seed's, or an older profile's */
    exe->id = program->id;
    exe->n_learnt = program->n_learnt;
    for (guint i = 0; i < program->files->len; i++)
        graft_file(model, exe, &g_array_index(program->files, ProfileFile, i));
    if (exe->seed_weight > 0)
        return; /* it says already why the program is expected */
    g_clear_pointer(&exe->seed_source, g_ref_string_release);
    exe->seed_source = g_ref_string_new(source);
}

GraftReport model_graft(Model *model, const Profile *profile, const char *source)
{
    GraftReport report = {0};
    for (guint i = 0; i < profile->programs->len; i++) {
        const ProfileProgram *program = profile->programs->pdata[i];
        const Exe *exe = model_find_exe(model, program->key);
        if (exe != NULL && is_learnt(exe)) {
            report.n_known++;
        } else if (!is_accepted(model, program)) {
            report.n_rejected++;
        } else {
            graft(model, program, source);
            report.n_taken++;
        }
    }
    if (report.n_taken > 0)
        model->generation++;
    return report;
}
