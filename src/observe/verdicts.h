/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Verdicts: the executables that need not be looked into, by the text of the link /proc/PID/exe, so
 * that the exec of one costs no more than to look it up. Bounded: what does not fit in is looked
 * into again. A verdict can grow old (a file is replaced, rules change): who asks clears them in
 * time.
 */
#include <glib.h>
#include <stdint.h>

typedef enum {
    VERDICT_NONE,
    VERDICT_IGNORED, /* of no interest */
    VERDICT_STORMY,  /* of a program that is launched again and again (storms.h) */
} Verdict;

typedef struct Verdicts Verdicts;

Verdicts *verdicts_new(void);
void verdicts_free(Verdicts *verdicts);

Verdict verdicts_find(const Verdicts *verdicts, const char *link, uint64_t now_usec);
/* The last word counts. */
void verdicts_ignore(Verdicts *verdicts, const char *link);
/* It is looked into again from then on. */
void verdicts_pass_over(Verdicts *verdicts, const char *link, uint64_t until_usec);
void verdicts_clear(Verdicts *verdicts);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Verdicts, verdicts_free)
