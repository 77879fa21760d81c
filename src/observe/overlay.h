/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Overlay: of which directories an overlay file system is made, by its options in mountinfo
 * (Documentation/filesystems/overlayfs.rst; fs/overlayfs/params.c, ovl_show_options()). Pure,
 * bounded.
 *
 *   lowerdir=/c:/b\134:with\054comma:/a,upperdir=/u,workdir=/w      the first is the uppermost
 *   lowerdir+=/b,lowerdir+=/a,datadir+=/d                            one each (Linux 6.8)
 *
 * The kernel writes comma, '=', blank, '\' and others as \ooo; in a list a colon that is part of a
 * name has a '\' before it. What follows "::" holds data only, under other names.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>

typedef struct {
    GPtrArray *layers; /* char *, owned: absolute paths, as who mounted it saw them; the upper
                          directory first */
    bool metacopy;     /* what a layer has under a name may be no more than its owner and times */
} Overlay;

/* options: of the file system, as they stand in mountinfo. Relative paths are left out: relative to
 * what is not told. */
Overlay overlay_parse(Cursor options);
void overlay_clear(Overlay *overlay);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Overlay, overlay_clear)
