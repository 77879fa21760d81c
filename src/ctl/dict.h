/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Dictionaries (a{sv}) as the daemon answers: one key by its type. What is missing, or of another
 * type, is 0 or "": an older daemon says less. */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

uint64_t dict_u64(GVariant *dict, const char *key); /* of any unsigned */
int64_t dict_i64(GVariant *dict, const char *key);
double dict_double(GVariant *dict, const char *key);
bool dict_bool(GVariant *dict, const char *key);
/* Borrowed from the dictionary. */
const char *dict_text(GVariant *dict, const char *key);
/* To be released; an empty one of the type if it is missing. */
GVariant *dict_sub(GVariant *dict, const char *key, const char *type);
