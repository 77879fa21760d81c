/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Mappings: what one process has mapped, of the files that mapprefix accepts and that are what
 * their path leads to here.
 *
 * A path that is rejected is never touched. Each other file is looked at once in a pass, however
 * many processes map it. Of a process in another mount namespace the path is the one from here.
 */
#include "observe/look.h"
#include "observe/observation.h"

typedef struct MappedFiles MappedFiles;

/* What a pass knows of files; holds the viewer by reference. */
MappedFiles *mapped_files_new(const Viewer *viewer);
void mapped_files_free(MappedFiles *files);

/* One mapping: where the process sees a part of a region's file. */
typedef struct {
    uint64_t address;
    uint64_t offset_bytes; /* in the file */
    uint64_t length_bytes; /* never behind the end of the file */
    uint32_t region;       /* index of a region of that file */
} Span;

typedef struct {
    GArray *regions;       /* Region, owned; neighbours in the same file are one */
    GArray *spans;         /* Span, owned, rising by address */
    uint64_t mapped_bytes; /* sum of the lengths of the mappings */
    uint32_t n_foreign;    /* files left out, though accepted by their path in the process's mount
                              namespace: not to be found here, or not accepted by their path here */
    uint64_t fingerprint;  /* equal for equal mappings of unchanged files, also in another pass */
} Mappings;

/* 0 or a negative errno, *ret is set in the first case only. */
int mappings_read(MappedFiles *files, uint32_t pid, Mappings *ret);
void mappings_clear(Mappings *mappings);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(MappedFiles, mapped_files_free)
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Mappings, mappings_clear)
