/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl.h"
#include "unit.h"
#include <grp.h>
#include <sys/wait.h>
#include <unistd.h>

#define NOBODY 65534

void ctl_become_nobody(gpointer data)
{
    const gid_t group = NOBODY;
    if (setgroups(1, &group) < 0 || setgid(NOBODY) < 0 || setuid(NOBODY) < 0)
        _exit(99);
}

char *ctl_run(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words,
              char **ret_err)
{
    g_autofree char *line =
        rig != NULL
            ? g_strdup_printf("%s --socket %s %s", g_getenv("PRELOAD_CTL"), rig->socket, words)
            : g_strdup_printf("%s %s", g_getenv("PRELOAD_CTL"), words);
    g_auto(GStrv) argv = g_strsplit(line, " ", -1);
    g_autoptr(GError) error = NULL;
    char *out = NULL;
    int wait_status = 0;
    ck_assert_msg(g_spawn_sync(NULL, argv, NULL, 0, who, NULL, &out, ret_err, &wait_status, &error),
                  "%s", error != NULL ? error->message : "");
    ck_assert_msg(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == status,
                  "'%s' ended with %d, not %d; it said: %s%s", words, WEXITSTATUS(wait_status),
                  status, out, *ret_err);
    return out;
}

char *ctl_as(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words)
{
    g_autofree char *err = NULL;
    g_autofree char *out = ctl_run(rig, who, status, words, &err);
    return *out != '\0' ? g_steal_pointer(&out) : g_steal_pointer(&err);
}
