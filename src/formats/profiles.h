/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Profiles as files: read, and compared with what is installed here. All of it reads the disk, and
 * waits for it: a worker's work, or preloadctl's.
 */
#include "model/profile-text.h"

#define PROFILES_LIMIT_BYTES ((size_t)32 << 20)
/* Of one directory; names end in PROFILES_SUFFIX. */
#define PROFILES_MAX 256
#define PROFILES_SUFFIX ".profile"

/* From a descriptor, which it takes, at most PROFILES_LIMIT_BYTES. NULL with error set. */
Profile *profiles_read(int taken_fd, GError **error);
/* The files of that suffix, by name: full paths, to be freed. Empty if there is no directory. */
GPtrArray *profiles_list(const char *directory);

/*
 * Leaves out programs that are not here as they were there, and files that are not; fills in the
 * identities of what is left. cancel: may be NULL. How many programs went.
 */
uint32_t profiles_match(Profile *profile, const int *cancel);
