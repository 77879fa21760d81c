/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Values of the configuration: from the text of a key file into Config, and back. */
#include "config/config.h"
#include "config/keys.h"
#include <glib.h>
#include <stdbool.h>

/*
 * Puts the value that `keyfile` has for `name` (the key or its alias) into its member and appends
 * to `remarks` (char *) what there is to be said of it. False if it cannot be used: the member is
 * as it was then, and config_value_wanted() says what would have done.
 */
bool config_value_set(Config *config, const ConfigKey *key, GKeyFile *keyfile, const char *name,
                      GPtrArray *remarks);
/* Frees what the member holds, if it is a list. */
void config_value_clear(Config *config, const ConfigKey *key);
/* "a whole number from 1 to 86400 (seconds)"; to be freed. */
char *config_value_wanted(const ConfigKey *key);
/* The value of the member as one would write it in a key file; to be freed. */
char *config_value_text(const Config *config, const ConfigKey *key);
/* Foreign text for a message: in quotes, printable, some 80 bytes at most; to be freed. */
char *config_quote(const char *text);
