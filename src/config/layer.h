/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Layer: one configuration file, read and split but not yet judged, and on which line what stands.
 * What it costs is linear in the size of the file, and that is bounded by LAYER_LIMIT_BYTES.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

#define LAYER_LIMIT_BYTES (1024 * 1024) /* preload 0.6.4's own file, mostly comments, has 5 KiB */

typedef struct {
    char *label; /* the path, printable */
    GKeyFile *keyfile;
    GHashTable *lines; /* where a key stands -> line, counted from 1; see layer_line() */
} Layer;

/*
 * NULL with a CONFIG_ERROR set. With `optional`, a file that does not exist gives NULL without an
 * error, and so does /dev/null: a symbolic link to it masks a file, as for systemd.
 */
Layer *layer_read(const char *path, bool optional, GError **error);
/* As layer_read, from text; NULL with CONFIG_ERROR_SYNTAX set if it is no key file. */
Layer *layer_parse(const char *label, const char *text, size_t length, GError **error);
void layer_free(Layer *layer);
/* The line of the last `key` in `group`, or of the group's head if key is NULL; 0 if there is none.
 */
uint32_t layer_line(const Layer *layer, const char *group, const char *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Layer, layer_free)
