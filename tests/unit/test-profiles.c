/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "formats/profiles.h"
#include "unit.h"
#include <fcntl.h>

/* A file of the system that is none of ours: there is a shell everywhere, by whatever name. */
static char *system_file(struct stat *ret)
{
    g_autofree char *found = g_find_program_in_path("sh");
    char *path = realpath(found != NULL ? found : "/bin/sh", NULL);
    ck_assert_ptr_nonnull(path);
    ck_assert_int_eq(lstat(path, ret), 0);
    return path;
}

static ProfileProgram *add_program(Profile *profile, const char *path, const FileId *id)
{
    ProfileProgram *program = profile_program_new(exe_key_new(path, NULL));
    program->id = (FileId){0, 0, id->size_bytes, id->mtime_nsec};
    program->n_learnt = 1;
    g_ptr_array_add(profile->programs, program);
    return program;
}

static void add_file(ProfileProgram *program, const char *path, const FileId *id, bool directory)
{
    ProfileFile file = {.path = g_ref_string_new(path), .launches = 1, .directory = directory};
    file.id = (FileId){0, 0, id->size_bytes, id->mtime_nsec};
    g_array_append_val(program->files, file);
}

START_TEST(what_is_here_is_found)
{
    struct stat st;
    char *path = system_file(&st);
    FileId id = file_id_of(&st);
    FileId other = {0, 0, id.size_bytes + 1, id.mtime_nsec};
    FileId later = {0, 0, id.size_bytes, id.mtime_nsec + 1};
    const FileId none = {0};
    g_autoptr(Profile) profile = profile_new();
    ProfileProgram *program = add_program(profile, path, &id);
    add_file(program, path, &other, false);
    add_file(program, path, &id, false);
    add_file(program, "/usr", &none, true);
    add_file(program, path, &none, true);
    add_file(program, "/usr/no/such/file", &id, false);
    add_file(program, "/usr", &none, false);
    (void)add_program(profile, path, &later);
    (void)add_program(profile, "/usr/no/such/program", &id);
    ck_assert_uint_eq(profiles_match(profile, NULL), 2);
    ck_assert_uint_eq(profile->programs->len, 1);
    ck_assert_uint_eq(program->files->len, 2);
    ck_assert(file_id_equal(&program->id, &id));
    ck_assert(file_id_equal(&g_array_index(program->files, ProfileFile, 0).id, &id));
    free(path);
}
END_TEST

START_TEST(it_can_be_stopped)
{
    struct stat st;
    char *path = system_file(&st);
    FileId id = file_id_of(&st);
    int cancel = 1;
    g_autoptr(Profile) profile = profile_new();
    (void)add_program(profile, path, &id);
    ck_assert_uint_eq(profiles_match(profile, &cancel), 1);
    free(path);
}
END_TEST

START_TEST(a_directory_is_listed_by_name)
{
    char *dir = unit_mkdir();
    g_free(unit_write(dir, "20-b.profile", "", 0));
    g_free(unit_write(dir, "10-a.profile", "", 0));
    g_free(unit_write(dir, "notes", "", 0));
    g_free(unit_write(dir, ".hidden.profile", "", 0));
    g_autoptr(GPtrArray) paths = profiles_list(dir);
    ck_assert_uint_eq(paths->len, 2);
    ck_assert(g_str_has_suffix(paths->pdata[0], "/10-a.profile"));
    unit_rmdir(dir);
    g_autoptr(GPtrArray) none = profiles_list("/no/such/directory");
    ck_assert_uint_eq(none->len, 0);
}
END_TEST

START_TEST(one_is_read_whole_or_not_at_all)
{
    char *dir = unit_mkdir();
    g_autoptr(Profile) empty = profile_new();
    g_autoptr(GString) text = profile_encode(empty);
    g_autofree char *path = unit_write(dir, "x.profile", text->str, -1);
    g_autofree char *cut = unit_write(dir, "y.profile", text->str, (gssize)text->len - 1);
    g_autoptr(GError) error = NULL;
    g_autoptr(Profile) profile = profiles_read(open(path, O_RDONLY | O_CLOEXEC), &error);
    ck_assert_ptr_nonnull(profile);
    ck_assert_ptr_null(profiles_read(open(cut, O_RDONLY | O_CLOEXEC), &error));
    ck_assert_ptr_nonnull(error);
    g_clear_error(&error);
    ck_assert_ptr_null(profiles_read(open(dir, O_RDONLY | O_CLOEXEC), &error));
    ck_assert_ptr_nonnull(error);
    unit_rmdir(dir);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("profiles");
    UNIT_ADD(suite, what_is_here_is_found);
    UNIT_ADD(suite, it_can_be_stopped);
    UNIT_ADD(suite, a_directory_is_listed_by_name);
    UNIT_ADD(suite, one_is_read_whole_or_not_at_all);
    return suite;
}
