/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Followers: which programs a program starts, or becomes, at once: what a wrapper script wraps,
 * what a launcher launches. Told by descent, not by coincidence: a program follows the one that its
 * process ran, or that its parent did. Pure but for its own memory, which is not saved: two
 * launches tell it again.
 */
#include "base/exekey.h"
#include <glib.h>
#include <stdint.h>

/* Who comes later than this after its starter is none of its followers. */
#define FOLLOWERS_USEC (UINT64_C(3) * G_USEC_PER_SEC)
/* Of one program. Those that follow it no longer make room. */
#define FOLLOWERS_MAX 8
/* Programs that are remembered; all are learnt anew when there are more. */
#define FOLLOWERS_STARTERS_MAX 1024
/* A follower's followers, and theirs. */
#define FOLLOWERS_DEPTH 3

typedef struct Followers Followers;

Followers *followers_new(void);
void followers_free(Followers *followers);

/* A launch, as it happens. starter: what the process or its parent ran before, NULL: nobody knows;
 * and since when that very process did, 0: nobody saw. An interpreter that has been running for
 * hours is not the one that started a second ago. */
void followers_note(Followers *followers, ExeKey *key, const ExeKey *starter, uint64_t starter_usec,
                    uint64_t now_usec);
/* The programs that followed at least half of its last launches before the present one, with their
 * own followers, each once: ExeKey, borrowed until the next note. To be freed. */
GPtrArray *followers_of(const Followers *followers, const ExeKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Followers, followers_free)
