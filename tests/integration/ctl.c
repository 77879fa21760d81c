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

char *ctl_run_words(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *const *words,
                    char **ret_err)
{
    g_autoptr(GPtrArray) argv = g_ptr_array_new();
    g_ptr_array_add(argv, (char *)g_getenv("PRELOAD_CTL"));
    if (rig != NULL) {
        g_ptr_array_add(argv, (char *)"--socket");
        g_ptr_array_add(argv, rig->socket);
    }
    for (gsize i = 0; words[i] != NULL; i++)
        g_ptr_array_add(argv, (char *)words[i]);
    g_ptr_array_add(argv, NULL);
    g_autofree char *line = g_strjoinv(" ", (char **)words);
    g_autoptr(GError) error = NULL;
    char *out = NULL;
    int wait_status = 0;
    ck_assert_msg(g_spawn_sync(NULL, (char **)argv->pdata, NULL, 0, who, NULL, &out, ret_err,
                               &wait_status, &error),
                  "%s", error != NULL ? error->message : "");
    ck_assert_msg(WIFEXITED(wait_status) && WEXITSTATUS(wait_status) == status,
                  "'%s' ended with %d, not %d; it said: %s%s", line, WEXITSTATUS(wait_status),
                  status, out, *ret_err);
    return out;
}

char *ctl_run(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words,
              char **ret_err)
{
    g_auto(GStrv) parts = g_strsplit(words, " ", -1);
    return ctl_run_words(rig, who, status, (const char *const *)parts, ret_err);
}

char *ctl_as(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words)
{
    g_autofree char *err = NULL;
    g_autofree char *out = ctl_run(rig, who, status, words, &err);
    return *out != '\0' ? g_steal_pointer(&out) : g_steal_pointer(&err);
}
