/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* A machine of the test's own below a directory: programs, libraries, homes. */
#include "elf-image.h"
#include "formats/launcher.h"
#include "unit.h"
#include <glib/gstdio.h>
#include <unistd.h>

typedef struct {
    char *directory; /* without links */
    Mounts *mounts;
    Interpreters *interpreters;
    PrefixList *all;
    char *bin;
    char *lib;
    const char *commands[2];
    const char *libraries[2];
} Mockup;

static inline Mockup mockup_new(void)
{
    static const char *const patterns[] = {"python*", "sh", "dash", "bash", NULL};
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autofree char *made = unit_mkdir();
    Mockup mockup = {.directory = realpath(made, NULL)};
    ck_assert(g_file_get_contents("/proc/self/mountinfo", &text, &length, NULL));
    mockup.mounts = mounts_parse(cursor_of(text, length));
    mockup.interpreters = interpreters_new(patterns);
    mockup.all = prefix_list_new(NULL);
    mockup.bin = g_build_filename(mockup.directory, "bin", NULL);
    mockup.lib = g_build_filename(mockup.directory, "lib", NULL);
    mockup.commands[0] = mockup.bin;
    mockup.libraries[0] = mockup.lib;
    return mockup;
}

static inline void mockup_free(Mockup *mockup)
{
    unit_rmdir(g_strdup(mockup->directory));
    free(mockup->directory); /* realpath(3)'s */
    mounts_free(mockup->mounts);
    interpreters_unref(mockup->interpreters);
    prefix_list_unref(mockup->all);
    g_free(mockup->bin);
    g_free(mockup->lib);
}

static inline Launcher mockup_launcher(const Mockup *mockup)
{
    return (Launcher){.directories = mockup->commands,
                      .interpreters = mockup->interpreters,
                      .exeprefix = mockup->all,
                      .needs = {mockup->mounts, NULL, mockup->libraries}};
}

static inline char *mockup_path(const Mockup *mockup, const char *name)
{
    return g_build_filename(mockup->directory, name, NULL);
}

/* Executable. */
static inline void mockup_write(const Mockup *mockup, const char *name, const char *content,
                                gssize length)
{
    g_autofree char *path = unit_write(mockup->directory, name, content, length);
    ck_assert_int_eq(g_chmod(path, 0755), 0);
}

/* A program or library of that size, that needs the others (names separated by blanks). */
static inline void mockup_elf(const Mockup *mockup, const char *name, gsize size_bytes,
                              const char *needed)
{
    g_auto(GStrv) names = g_strsplit(needed, " ", 3);
    ElfImage image = {.size_bytes = size_bytes};
    for (guint i = 0; i < 3 && names[i] != NULL && *names[i] != '\0'; i++)
        image.needed[i] = names[i];
    g_autoptr(GString) bytes = elf_image(&image);
    mockup_write(mockup, name, bytes->str, (gssize)bytes->len);
}

static inline void mockup_link(const Mockup *mockup, const char *name, const char *target)
{
    g_autofree char *path = mockup_path(mockup, name);
    g_autofree char *parent = g_path_get_dirname(path);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    ck_assert_int_eq(symlink(target, path), 0);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mockup, mockup_free)
