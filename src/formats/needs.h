/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Needs: what the loader will want of a program that never ran here: its executable, its loader,
 * and all libraries that these name, directly and by one another (ld.so(8)).
 *
 * Of each file only a guess at what a launch touches is taken, and a modest one, for it is read
 * before anything is known: of what can be written, all, as relocation touches each page of it (at
 * most 8 MiB); of the rest of the executable the first 32 MiB, of a library the first 2 MiB of each
 * part, where its headers, symbols and relocations are. The whole comes to at most 192 MiB.
 */
#include "formats/ldcache.h"
#include "model/seed.h"
#include "observe/mounts.h"
#include <glib.h>
#include <stdint.h>

#define NEEDS_WRITABLE_MAX_BYTES (UINT64_C(8) << 20)
#define NEEDS_EXECUTABLE_MAX_BYTES (UINT64_C(32) << 20)
#define NEEDS_LIBRARY_MAX_BYTES (UINT64_C(2) << 20)
#define NEEDS_TOTAL_MAX_BYTES (UINT64_C(192) << 20)
/* Chromium has 150, LibreOffice 180. */
#define NEEDS_FILES_MAX 512
/* Paths that are tried in all. */
#define NEEDS_TRIES_MAX 16384

/* Where libraries are looked for. */
typedef struct {
    const Mounts *mounts;
    const LdCache *cache;           /* NULL: none */
    const char *const *directories; /* NULL-terminated, after the cache: needs_directories */
} NeedsRules;

extern const char *const needs_directories[];

/*
 * GArray of SeedFile, the executable first, in the order of search; empty if it is no ELF file that
 * can be read. *ret_mapped_bytes: the length of all that is mapped of these files, for it is what
 * minsize is about.
 */
GArray *needs_find(const NeedsRules *rules, const char *exe_path, uint64_t *ret_mapped_bytes);
