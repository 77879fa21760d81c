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
} Machine;

static inline Machine machine_new(void)
{
    static const char *const patterns[] = {"python*", "sh", "dash", "bash", NULL};
    g_autofree char *text = NULL;
    gsize length = 0;
    g_autofree char *made = unit_mkdir();
    Machine machine = {.directory = realpath(made, NULL)};
    ck_assert(g_file_get_contents("/proc/self/mountinfo", &text, &length, NULL));
    machine.mounts = mounts_parse(cursor_of(text, length));
    machine.interpreters = interpreters_new(patterns);
    machine.all = prefix_list_new(NULL);
    machine.bin = g_build_filename(machine.directory, "bin", NULL);
    machine.lib = g_build_filename(machine.directory, "lib", NULL);
    machine.commands[0] = machine.bin;
    machine.libraries[0] = machine.lib;
    return machine;
}

static inline void machine_free(Machine *machine)
{
    unit_rmdir(g_strdup(machine->directory));
    free(machine->directory); /* realpath(3)'s */
    mounts_free(machine->mounts);
    interpreters_unref(machine->interpreters);
    prefix_list_unref(machine->all);
    g_free(machine->bin);
    g_free(machine->lib);
}

static inline Launcher machine_launcher(const Machine *machine)
{
    return (Launcher){.directories = machine->commands,
                      .interpreters = machine->interpreters,
                      .exeprefix = machine->all,
                      .needs = {machine->mounts, NULL, machine->libraries}};
}

static inline char *machine_path(const Machine *machine, const char *name)
{
    return g_build_filename(machine->directory, name, NULL);
}

/* Executable. */
static inline void machine_write(const Machine *machine, const char *name, const char *content,
                                 gssize length)
{
    g_autofree char *path = unit_write(machine->directory, name, content, length);
    ck_assert_int_eq(g_chmod(path, 0755), 0);
}

/* A program or library of that size, that needs the others (names separated by blanks). */
static inline void machine_elf(const Machine *machine, const char *name, gsize size_bytes,
                               const char *needed)
{
    g_auto(GStrv) names = g_strsplit(needed, " ", 3);
    ElfImage image = {.size_bytes = size_bytes};
    for (guint i = 0; i < 3 && names[i] != NULL && *names[i] != '\0'; i++)
        image.needed[i] = names[i];
    g_autoptr(GString) bytes = elf_image(&image);
    machine_write(machine, name, bytes->str, (gssize)bytes->len);
}

static inline void machine_link(const Machine *machine, const char *name, const char *target)
{
    g_autofree char *path = machine_path(machine, name);
    g_autofree char *parent = g_path_get_dirname(path);
    ck_assert_int_eq(g_mkdir_with_parents(parent, 0755), 0);
    ck_assert_int_eq(symlink(target, path), 0);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Machine, machine_free)
