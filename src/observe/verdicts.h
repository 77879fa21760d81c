/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Verdicts: the executables that are of no interest, by the text of the link /proc/PID/exe, so that
 * the exec of one costs no more than to look it up. Bounded: what does not fit in is looked into
 * again. A verdict can grow old (a file is replaced, rules change): who asks clears them in time.
 */
#include <glib.h>
#include <stdbool.h>

typedef struct Verdicts Verdicts;

Verdicts *verdicts_new(void);
void verdicts_free(Verdicts *verdicts);

bool verdicts_has(const Verdicts *verdicts, const char *link);
void verdicts_add(Verdicts *verdicts, const char *link);
void verdicts_clear(Verdicts *verdicts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Verdicts, verdicts_free)
