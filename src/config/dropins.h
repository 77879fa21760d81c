/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Drop-ins: which files of the preload.conf.d directories count, and in which order. */
#include <glib.h>

/*
 * The files *.conf in the directories, sorted by name; of those of one name the one in the last
 * directory that has it. directories: NULL-terminated. A directory that does not exist is empty;
 * NULL with CONFIG_ERROR_READ set if one cannot be read.
 */
GPtrArray *dropins_list(const char *const *directories, GError **error);
