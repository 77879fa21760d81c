/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Policies: what a list means. The first three are those of nydus, the others what it names as
 * future work. Pure. */
#include <stdbool.h>

typedef enum {
    POLICY_FS,        /* the files and directories of the list, in its order */
    POLICY_BLOB,      /* of each file one contiguous part, from its first range to its last */
    POLICY_NONE,      /* nothing: the list is only looked at */
    POLICY_SLOW,      /* all of each file, behind everybody else */
    POLICY_REST,      /* on a file's first use all of it */
    POLICY_DIRECTORY, /* on a file's first use all of its directory */
    POLICIES,
} Policy;

/* "fs", "blob", ...; static. */
const char *policy_name(Policy policy);
bool policy_by_name(const char *name, Policy *ret);
/* What each of them does, for --help; static. */
const char *policy_help(void);
