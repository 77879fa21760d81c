/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Anatomy: what a provider found out about a file: of which segments it consists and which of them
 * are wanted first, what else is worth knowing, and which other files belong to it.
 *
 * Whatever a provider adds, the anatomy stays sound: segments are cut at the end of the file, empty
 * ones are left out, names and values are printable UTF-8 of bounded length, and there is a bound
 * on how many there are.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define ANATOMY_SEGMENTS_MAX 100000u
#define ANATOMY_FACTS_MAX 256u
#define ANATOMY_COMPANIONS_MAX 4096u
#define ANATOMY_NAME_MAX 128u /* bytes, of names and values of facts */

typedef enum {
    SEGMENT_METADATA, /* headers, indexes, directories: what metadata-only reads */
    SEGMENT_DATA,
    SEGMENT_UNUSED, /* free pages and the like: never read but with the whole file */
} SegmentKind;

/* Offsets and lengths are those within the file. Segments may overlap one another. */
typedef struct {
    char *name;
    uint64_t offset_bytes;
    uint64_t length_bytes;
    uint32_t priority; /* the lower, the earlier; equal ones as they were added */
    int32_t layer;     /* of first-n-layers, from 0; -1: of none, but needed with the first one */
    SegmentKind kind;
} Segment;

typedef struct {
    char *name;
    char *value;
} Fact;

typedef struct {
    const char *format; /* the provider's name; static */
    uint64_t size_bytes;
    GArray *segments;      /* Segment */
    GArray *facts;         /* Fact */
    GPtrArray *companions; /* char *: names of files beside this one, without a slash, that are
                              wanted with it (a database's WAL, the other parts of a model) */
    bool clipped;          /* something lay outside the file, or was too much */
} Anatomy;

Anatomy *anatomy_new(uint64_t size_bytes);
void anatomy_free(Anatomy *anatomy);

void anatomy_add(Anatomy *anatomy, SegmentKind kind, uint32_t priority, int32_t layer,
                 uint64_t offset_bytes, uint64_t length_bytes, const char *name);
/* As anatomy_add(), but where the last segment has the same kind, priority, layer and name, and
 * ends where this begins, it is made longer. */
void anatomy_extend(Anatomy *anatomy, SegmentKind kind, uint32_t priority, int32_t layer,
                    uint64_t offset_bytes, uint64_t length_bytes, const char *name);
void anatomy_add_fact(Anatomy *anatomy, const char *name, const char *value);
void anatomy_add_fact_u64(Anatomy *anatomy, const char *name, uint64_t value);
/* A name with a slash, "." or ".." is not taken. */
void anatomy_add_companion(Anatomy *anatomy, const char *name);
/* By priority; the order of equal ones stays. */
void anatomy_sort(Anatomy *anatomy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Anatomy, anatomy_free)
