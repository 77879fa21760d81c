/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Gather: the regular files below a directory, in the order of their names: symbolic links are not
 * followed, other file systems not entered, a file of several names comes once, and there is a
 * bound on how many there are and how deep they lie.
 */
#include <glib.h>
#include <stdbool.h>

#define GATHER_FILES_MAX 500000u
#define GATHER_DEPTH_MAX 64

/* Appends the paths (char *). False with errno if the directory itself cannot be read; *ret_cut:
 * there are more than are gathered. cancel: atomic; stops early when it is set. */
bool gather(const char *directory, const int *cancel, GPtrArray *files, bool *ret_cut);
