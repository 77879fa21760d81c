/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Inodes: a set of files by what they are, whatever they are called: each is dealt with once. */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* Freed by g_hash_table_unref(). */
GHashTable *inodes_new(void);
/* False if it was in already. */
bool inodes_add(GHashTable *inodes, uint64_t dev, uint64_t ino);
