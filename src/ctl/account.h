/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Accounts: what is known of a file, as the dictionaries (a{sv}) that --json prints and views show.
 * All are floating. Pure. */
#include "formats/anatomy.h"
#include "formats/census.h"
#include <glib.h>

/* anatomy: NULL if the format is not known. */
GVariant *account_analysis(const char *path, const Anatomy *anatomy);
/* With what of each segment is in memory, if there is an anatomy. */
GVariant *account_residency(const char *path, const Census *census, const Anatomy *anatomy);
/* For people. */
GVariant *account_text(const char *text);
