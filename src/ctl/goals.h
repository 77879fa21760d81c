/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Goals: what a command line or a list comes to: files, with what belongs to them; directories,
 * with all that is in them; each file once.
 */
#include "ctl/policy.h"
#include "formats/goal.h"
#include "formats/list.h"
#include <glib.h>

typedef struct {
    GPtrArray *all;      /* Goal, in the order of reading */
    GPtrArray *problems; /* char *: for people, of files that were left out */
    guint n_unfit;       /* in directories: files that have no such parts as the strategy wants */
    GHashTable *seen;    /* of what is in `all`, by device and inode */
} Goals;

Goals *goals_new(void);
void goals_free(Goals *goals);
/* A file, with its companions, or a directory. What is wrong becomes a problem. */
void goals_add(Goals *goals, const char *path, const GoalRules *rules);
/* What a list says, by its policy (fs or blob; of the others what fs has). */
void goals_add_list(Goals *goals, const List *list, Policy policy, const GoalRules *rules);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Goals, goals_free)
