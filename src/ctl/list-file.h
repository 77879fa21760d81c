/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Lists in files: the lines of formats/list.h, or the JSON of nydusify, which the first character
 * tells:
 *
 *     {"version": "v1", "files": [{"path": "/abs", "ranges": [[OFFSET, LENGTH], ...]}, ...]}
 *
 * where ranges are null, or are missing, if the whole file is meant.
 */
#include "formats/list.h"
#include <glib.h>

/* path: "-" is standard input. NULL with error set. */
List *list_load(const char *path, GError **error);
/* By json-glib; NULL with error set if it is none of version v1. Entries that are none are left out
 * and counted. */
List *list_of_json(const char *text, gssize length, GError **error);
/* The JSON; to be freed. */
char *list_to_json(const List *list);
