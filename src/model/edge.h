/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Edge: that an Exe needs a Map, in which of its recent launches, and which blocks of it.
 *
 * There are a hundred thousand of them where 300 programs are known, and most have a single run of
 * blocks: a small file, whole. That one is kept in place: 24 bytes an edge, and no allocation.
 */
#include "base/touch.h"
#include <stdbool.h>
#include <stdint.h>

typedef struct Map Map;

typedef struct {
    Map *map;
    union {
        TouchRun *many; /* owned, if n_runs is not 1 */
        struct {
            uint32_t first;
            uint32_t count;
        } one;
    } runs; /* private: see edge_touched() */
    uint16_t n_runs;
    uint16_t rank;        /* of its file among those of the last of these launches */
    uint8_t launches;     /* that opened, listed or mapped it: bits as of TouchRun */
    uint8_t one_launches; /* private, as is the next */
    uint8_t one_step;
    bool renewed; /* its file was replaced: the blocks that are touched next stand for those that
                     all these launches touched of the one before */
} Edge;

/* The blocks, borrowed until the edge changes: to be read only. A single run is put into *room. */
TouchSet edge_touched(const Edge *edge, TouchRun *room);
/* Moves the blocks out to the caller, who owns them, and in. */
TouchSet edge_take_touched(Edge *edge);
void edge_give_touched(Edge *edge, TouchSet set);
void edge_forget_touched(Edge *edge);
/* For arrays of them: frees what the Edge owns. */
void edge_clear(Edge *edge);
/* Adds the history of another edge to the same file; neither needs to have any. */
void edge_unite(Edge *edge, const Edge *other);
