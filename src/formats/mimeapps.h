/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Mimeapps: which application opens what: mimeapps.list ("Association between MIME types and
 * applications" of freedesktop.org), and mimeinfo.cache, which lists those that can. Pure.
 */
#include "base/parse.h"
#include <glib.h>

/* mimeinfo.cache of a full desktop has 200 KiB. */
#define MIMEAPPS_LIMIT_BYTES ((size_t)1 << 20)

typedef enum {
    MIMEAPPS_CHOSEN,  /* mimeapps.list, [Default Applications] */
    MIMEAPPS_CAPABLE, /* mimeinfo.cache, [MIME Cache] */
} MimeappsKind;

typedef struct Mimeapps Mimeapps;

/* NULL if it is no such file. */
Mimeapps *mimeapps_parse(MimeappsKind kind, Cursor text);
void mimeapps_free(Mimeapps *mimeapps);
/* The desktop ids ("firefox.desktop") for a type, best first, to be freed by g_strfreev(); NULL for
 * none. */
char **mimeapps_find(const Mimeapps *mimeapps, const char *type);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Mimeapps, mimeapps_free)
