/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Ancestry: reads from /proc what origin.h decides by: the ancestors of a process, its control
 * group, audit session and terminal.
 *
 * A walk is bounded: ORIGIN_DEPTH_MAX ancestors, each one small file. What a parent's children are
 * is remembered as long as it lives (its pid and start time), so that a shell's commands cost two
 * small files each. Whoever vanishes meanwhile, or may not be read, ends the walk: what is known by
 * then decides. Belongs to one thread.
 */
#include "observe/origin.h"
#include "observe/procfs.h"

typedef struct Ancestry Ancestry;

Ancestry *ancestry_new(void);
void ancestry_free(Ancestry *ancestry);
/* Whose launch the process is, that has begun to run a program just now. */
Origin ancestry_ask(Ancestry *ancestry, ProcRoot *root, uint32_t pid);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Ancestry, ancestry_free)
