/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Heads: what was measured of disks (prefetch/seek.h): whether to go to another place costs time,
 * so that they have a moving head or behave so. It counts for more than what a disk says of itself.
 *
 * A disk is known by its number and its identity, as numbers are given again: kept in memory only,
 * as a number is not the same disk after the next boot. Any thread, several at once.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

/* More disks than this were never seen on one machine: those that come then are not remembered. */
#define HEADS_MAX 256

typedef struct Heads Heads;

Heads *heads_new(void);
void heads_free(Heads *heads);
/* The last word counts. */
void heads_note(Heads *heads, uint32_t major, uint32_t minor, uint64_t identity, bool has_head);
/* False: it was not measured. */
bool heads_find(Heads *heads, uint32_t major, uint32_t minor, uint64_t identity, bool *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Heads, heads_free)
