/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Manifest: FILE.prefetch.toml, in which somebody wrote down the parts of a file (the format is
 * that of darkfault/prefetch):
 *
 *     format = "custom"
 *     file = "FILE"            # which file it is about; may be missing
 *     [[segments]]
 *     name = "index"
 *     offset = 0
 *     length = 4096
 *     priority = 0             # the lower, the earlier; its place in the list, if missing
 *
 * It is held to what it says: what lies behind the end of the file, overlaps, overflows or is not
 * known is an error that names the line. For first-n-layers the first segment belongs to all
 * layers, and each further one is a layer. Pure.
 */
#include "base/parse.h"
#include "formats/anatomy.h"
#include <glib.h>
#include <stdint.h>

#define MANIFEST_SUFFIX ".prefetch.toml"
#define MANIFEST_LIMIT_BYTES ((size_t)4 << 20)
#define MANIFEST_SEGMENTS_MAX 50000u

typedef enum {
    MANIFEST_ERROR_SYNTAX, /* the line is none of the format */
    MANIFEST_ERROR_FILE,   /* it does not fit the file */
} ManifestError;
#define MANIFEST_ERROR (manifest_error_quark())
GQuark manifest_error_quark(void);

/* Of the file of that name (without its directory) and size; sorted; to be freed. NULL with an
 * error that begins with "line N: ". */
Anatomy *manifest_parse(Cursor text, const char *name, uint64_t size_bytes, GError **error);
