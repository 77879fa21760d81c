/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Storms: which programs are launched again and again, such as the compiler in a build.
 *
 * More than 10 launches within 10 seconds make a program stormy, and it stays so until it was not
 * launched for a minute. Bounded: a machine that launches ever new names forgets. Belongs to one
 * thread.
 */
#include "base/exekey.h"
#include <stdint.h>

typedef struct Storms Storms;

Storms *storms_new(void);
void storms_free(Storms *storms);

/* One launch more, at a time that never goes back. Returns until when the program is stormy unless
 * it is launched again; 0 if it is not. */
uint64_t storms_note(Storms *storms, ExeKey *key, uint64_t now_usec);
/* What the last note of it returned. */
uint64_t storms_until_usec(const Storms *storms, const ExeKey *key);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Storms, storms_free)
