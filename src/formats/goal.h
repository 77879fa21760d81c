/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Goal: what is to be read of one file, in which order, and what is known of the file.
 */
#include "formats/anatomy.h"
#include "formats/strategy.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    Strategy strategy;
    uint32_t n_layers;
    const GArray *ranges; /* Range: these and nothing else; NULL: by the strategy */
    const char *manifest; /* NULL: the one beside the file */
} GoalRules;

typedef struct {
    char *path;  /* absolute; its last component is no symbolic link */
    char *given; /* as it was given: its name tells the format, and its companions are beside it */
    uint64_t size_bytes;
    uint64_t dev; /* with ino: to tell files of several names */
    uint64_t ino;
    Anatomy *anatomy;    /* NULL: its format is not known */
    GArray *ranges;      /* Range, in the order of reading */
    uint64_t goal_bytes; /* in them */
    uint64_t seen_bytes; /* read of the file in order to find that out; 0 if it is not told */
    char *note;          /* what is to be told of it; NULL: nothing */
} Goal;

/*
 * NULL with an error that names the file. What the strategy needs and the file does not have is an
 * error; with STRATEGY_AUTO a file that contradicts its format is read from the beginning, and a
 * note says so.
 */
Goal *goal_new(const char *path, const GoalRules *rules, GError **error);
void goal_free(Goal *goal);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Goal, goal_free)
