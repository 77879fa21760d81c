/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* preloadctl, as tests call it. */
#include "rig.h"
#include <glib.h>

/* For a child between fork(2) and exec(2): it goes on as the user nobody. */
void ctl_become_nobody(gpointer data);
/*
 * Runs "preloadctl WORDS", with the rig's socket unless rig is NULL, as whom `who` makes of the
 * child (NULL: us); asserts the exit status. What it said on standard output; to be freed, as is
 * *ret_err, what it said on standard error.
 */
char *ctl_run(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words,
              char **ret_err);
/* The same of words that may have blanks in them; NULL-terminated. */
char *ctl_run_words(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *const *words,
                    char **ret_err);
/* As ctl_run(); where it said nothing on standard output, what it said on standard error. */
char *ctl_as(const Rig *rig, GSpawnChildSetupFunc who, int status, const char *words);
