/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Hdf5: an HDF5 file (the file format specification, version 3.0) while it is analyzed, for the
 * files that know its parts: object headers and their messages, the heaps and trees that groups
 * and attributes are kept in, and the indexes of chunks.
 *
 * Whatever points to something may lie, or point back: each place is taken once, and there is a
 * bound on how many places there are. What cannot be read is left out, and the anatomy clipped.
 */
#include "formats/anatomy.h"
#include "formats/window.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* What an address is that is not defined: all ones, of whatever size. */
#define HDF5_NOWHERE UINT64_MAX
/* Of one node, block or message; those of the library's writing have a few KiB. */
#define HDF5_PIECE_MAX 65536u

enum {
    HDF5_SUPERBLOCK,
    HDF5_ROOT,
    HDF5_GROUPS,
    HDF5_OBJECTS,
    HDF5_INDEXES,
    HDF5_FIRST,
    HDF5_DATA,
};

typedef struct {
    Window *window;
    Anatomy *anatomy;
    uint64_t base; /* to which addresses are relative */
    uint32_t address_bytes;
    uint32_t length_bytes;
    uint32_t left_nodes;
    GHashTable *seen; /* uint64_t: places that were taken */
    GArray *objects;  /* uint64_t: addresses of object headers, in the order of being found */
} Hdf5;

/* Numbers out of bytes that were read; after their end: 0, and failed. */
typedef struct {
    const uint8_t *at;
    size_t left;
    bool failed;
} Hdf5Fields;

/* Little-endian, of 0 to 8 bytes; HDF5_NOWHERE where all bits of an address or length are ones. */
uint64_t hdf5_number(Hdf5Fields *fields, uint32_t n_bytes);
uint64_t hdf5_address(const Hdf5 *hdf5, Hdf5Fields *fields);
uint64_t hdf5_length(const Hdf5 *hdf5, Hdf5Fields *fields);
void hdf5_skip(Hdf5Fields *fields, uint64_t n_bytes);
/* How many bytes a number up to this takes, at least 1. */
uint32_t hdf5_bytes_of(uint64_t most);
uint32_t hdf5_log2(uint64_t number);

/* Where in the file; HDF5_NOWHERE if it is outside. */
uint64_t hdf5_place(const Hdf5 *hdf5, uint64_t address);
/* As hdf5_place(), once for each place; HDF5_NOWHERE, too, if it was taken before. */
uint64_t hdf5_take(Hdf5 *hdf5, uint64_t address);
/* Adds metadata, cut at the end of the file. */
void hdf5_add(Hdf5 *hdf5, uint32_t priority, uint64_t at, uint64_t length, const char *name);
/* So many bytes there, to be freed, which begin with the signature (4 bytes, "" for any); NULL. */
uint8_t *hdf5_read(Hdf5 *hdf5, uint64_t at, uint64_t length, const char *signature);

/* hdf5-object.c: the header at this address and all that its messages tell of; false if there is
 * none, or it was taken before. */
bool hdf5_object(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name);
/* A link as it is stored in a header or heap: the object, if it is in this file, is queued. */
void hdf5_link(Hdf5 *hdf5, Hdf5Fields *fields);

/* hdf5-group.c: groups as they were before links: a tree of names and a heap. */
void hdf5_group(Hdf5 *hdf5, uint64_t tree_address, uint64_t heap_address);
/* The older tree of chunks, of so many dimensions and one. */
void hdf5_chunk_tree(Hdf5 *hdf5, uint64_t address, uint32_t dimensions);

/* hdf5-heap.c: a fractal heap, with where its blocks are. */
typedef struct {
    uint32_t offset_bytes; /* in the names of what it keeps */
    uint32_t length_bytes;
    uint32_t id_bytes;
    GArray *blocks; /* by offset */
} Hdf5Heap;
/* Adds its blocks as metadata of this name. False if it is none; to be cleared in any case. */
bool hdf5_heap(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name, Hdf5Heap *ret);
void hdf5_heap_clear(Hdf5Heap *heap);
/* What it keeps by this name, to be freed; NULL if that is elsewhere, or nowhere. */
uint8_t *hdf5_heap_get(Hdf5 *hdf5, const Hdf5Heap *heap, Hdf5Fields *id, size_t *ret_length);
G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Hdf5Heap, hdf5_heap_clear)

/* hdf5-tree.c: a b-tree of the second version. */
typedef void (*Hdf5Visit)(Hdf5 *hdf5, uint8_t type, Hdf5Fields *record, gpointer data);
/* Adds its nodes as metadata of this name; visit (or NULL) is called for each record. */
void hdf5_tree(Hdf5 *hdf5, uint64_t address, uint32_t priority, const char *name, Hdf5Visit visit,
               gpointer data);

/* hdf5-chunks.c: the index of chunks that a layout message (version 4 and later) names, and the
 * data, as far as they are in one place. */
void hdf5_layout(Hdf5 *hdf5, Hdf5Fields *message);
