/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Btree: the pages of an SQLite database (sqlite.org/fileformat2.html) that hold one table or
 * index, found by its interior pages alone: those are less than a hundredth of it, and all leaves
 * are equally deep.
 */
#include "formats/window.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define BTREE_DEPTH_MAX 20
/* Of all trees of a database. */
#define BTREE_INTERIOR_MAX 65536u
#define BTREE_LEAVES_MAX (2u << 20)

typedef enum {
    BTREE_INTERIOR_INDEX = 0x02,
    BTREE_INTERIOR_TABLE = 0x05,
    BTREE_LEAF_INDEX = 0x0a,
    BTREE_LEAF_TABLE = 0x0d,
} BtreeType;

/* A database, as far as its trees need it. Page numbers are from 1. */
typedef struct {
    Window *window;
    uint32_t page_bytes;
    uint32_t usable_bytes;
    uint32_t n_pages;
    GHashTable *visited; /* page numbers that were read, against circles */
    uint32_t left_leaves;
    bool clipped;
    uint8_t *page; /* page_bytes of room */
} Database;

/* Where the header of the tree's page is in it: behind that of the file in the first one. */
static inline uint32_t btree_header_at(uint32_t number)
{
    return number == 1 ? 100 : 0;
}

/* Reads a page into database->page; false if it is none, was read already or cannot be. */
bool btree_read_page(Database *database, uint32_t number);
/*
 * Adds the page numbers (uint32_t) of a tree's interior pages, level by level, and of its leaves,
 * in their order, to the arrays. The root is of the first kind if there are leaves below it.
 */
void btree_walk(Database *database, uint32_t root, GArray *interior, GArray *leaves);
