/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/policy.h"
#include <glib.h>
#include <string.h>

static const char *const names[] = {
    [POLICY_FS] = "fs",     [POLICY_BLOB] = "blob", [POLICY_NONE] = "none",
    [POLICY_SLOW] = "slow", [POLICY_REST] = "rest", [POLICY_DIRECTORY] = "directory"};
G_STATIC_ASSERT(G_N_ELEMENTS(names) == POLICIES);

const char *policy_name(Policy policy)
{
    return names[policy];
}

bool policy_by_name(const char *name, Policy *ret)
{
    for (guint i = 0; i < POLICIES; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret = (Policy)i;
        return true;
    }
    return false;
}

const char *policy_help(void)
{
    return "of warm: fs, blob, none, slow, rest or directory";
}
