/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Source: a file or directory of a plan, opened only if its content comes from a disk of this
 * machine. Any thread.
 */
#include "base/blocks.h"
#include "observe/residency.h"
#include <stdbool.h>
#include <sys/stat.h>

/*
 * Descriptor, or a negative errno: those of fd_open_foreign(), and -EXDEV for what is not on a disk
 * of this machine, whatever the mount table said a moment ago. The caller has asked
 * storage_is_local().
 */
int source_open(const char *path, struct stat *ret_st);
/* As source_open(), but -EAGAIN instead of waiting for the disk (fd.h). */
int source_open_cached(const char *path, struct stat *ret_st);
int source_open_directory(const char *path, struct stat *ret_st);
/* Whether the file is accessed directly (DAX): it has no page cache, nothing is to be read ahead.
 */
bool source_is_direct(int fd);
/* The run of blocks in bytes, cut at the end of the file; false if it lies behind that. */
bool source_range(const BlockRun *run, const struct stat *st, Range *ret);
/* Cuts any range at the end of the file; false if it lies behind that, or is empty. */
bool source_clip(const struct stat *st, Range *range);
