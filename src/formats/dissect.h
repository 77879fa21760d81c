/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Dissect: the anatomy of a file: as its manifest has it, if there is one beside it
 * (manifest.h), else as the provider of its format finds it.
 */
#include "formats/anatomy.h"
#include <glib.h>

/* path: of the file behind fd; its name may tell the format. manifest: a path; NULL: the one beside
 * the file, if there is one. NULL with the error of manifest.h or provider.h, which says what it is
 * about. */
Anatomy *dissect(int fd, const char *path, const char *manifest, GError **error);
