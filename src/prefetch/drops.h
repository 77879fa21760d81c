/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Drops: which files of a plan that is being read are no longer wanted, because the prediction
 * changed or the disk went. Any thread, several at once.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct Drops Drops;

Drops *drops_new(void);
void drops_free(Drops *drops);
void drops_add(Drops *drops, GRefString *path);
bool drops_has(Drops *drops, const char *path);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Drops, drops_free)
