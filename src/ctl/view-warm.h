/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Views of warming. Pure: text is appended to `out`. */
#include "ctl/text.h"
#include "ctl/warmer.h"
#include <glib.h>

/* A line that fits the terminal, without a newline. */
void view_progress(const Paint *paint, const WarmProgress *progress, GString *out);
/* What was read, and why not all. */
void view_outcome(const Paint *paint, const WarmOutcome *outcome, GString *out);
/* The same as a{sv}, floating. */
GVariant *outcome_account(const WarmOutcome *outcome, GVariant *files);
