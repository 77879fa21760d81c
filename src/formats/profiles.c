/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/profiles.h"
#include "base/fd.h"
#include <errno.h>
#include <fcntl.h>

Profile *profiles_read(int taken_fd, GError **error)
{
    autofd fd = taken_fd;
    g_autoptr(GString) text = fd_read_all(fd, PROFILES_LIMIT_BYTES);
    if (text == NULL) {
        g_set_error(error, G_FILE_ERROR, (gint)g_file_error_from_errno(errno), "cannot be read: %s",
                    g_strerror(errno));
        return NULL;
    }
    return profile_decode(text->str, text->len, error);
}

GPtrArray *profiles_list(const char *directory)
{
    GPtrArray *paths = g_ptr_array_new_with_free_func(g_free);
    int fd = open(directory, O_RDONLY | O_DIRECTORY | O_CLOEXEC);
    if (fd < 0)
        return paths; /* most machines have none */
    g_autoptr(GPtrArray) names = fd_list(fd, PROFILES_MAX);
    for (guint i = 0; names != NULL && i < names->len; i++) {
        if (g_str_has_suffix(names->pdata[i], PROFILES_SUFFIX))
            g_ptr_array_add(paths, g_build_filename(directory, names->pdata[i], NULL));
    }
    return paths;
}

/* The file there, without following a link in its last component or mounting anything. */
static bool look(const char *path, bool directory, FileId *ret)
{
    struct stat st;
    if (fstatat(AT_FDCWD, path, &st, AT_SYMLINK_NOFOLLOW | AT_NO_AUTOMOUNT) < 0)
        return false;
    *ret = file_id_of(&st);
    return directory ? S_ISDIR(st.st_mode) : S_ISREG(st.st_mode);
}

/* Takes the identity over if it is of the same content. */
static bool match(const char *path, bool directory, FileId *id)
{
    FileId here;
    if (!look(path, directory, &here))
        return false;
    if (!directory && (here.size_bytes != id->size_bytes || here.mtime_nsec != id->mtime_nsec))
        return false;
    *id = here;
    return true;
}

static void match_files(ProfileProgram *program)
{
    for (guint i = program->files->len; i > 0; i--) {
        ProfileFile *file = &g_array_index(program->files, ProfileFile, i - 1);
        if (!match(file->path, file->directory, &file->id))
            g_array_remove_index(program->files, i - 1);
    }
}

static bool match_program(ProfileProgram *program)
{
    FileId script;
    return match(program->key->path, false, &program->id) &&
           (program->key->script == NULL || look(program->key->script, false, &script));
}

uint32_t profiles_match(Profile *profile, const int *cancel)
{
    uint32_t n_before = profile->programs->len;
    for (guint i = n_before; i > 0; i--) {
        bool stopped = cancel != NULL && g_atomic_int_get(cancel) != 0;
        if (stopped || !match_program(profile->programs->pdata[i - 1]))
            g_ptr_array_remove_index(profile->programs, i - 1);
        else
            match_files(profile->programs->pdata[i - 1]);
    }
    return n_before - profile->programs->len;
}
