/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Allowances: how much each user may ask for: a token bucket for each. What is asked for costs the
 * main loop time, so nobody may have all of it. Bounded, also in the number of users: those who did
 * not ask for longest are forgotten.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

/* preloadctl makes one to four calls a command, and "top" two a second. */
#define ALLOWANCE_BURST 60.0
#define ALLOWANCE_PER_SEC 20.0
#define ALLOWANCE_USERS_MAX 64

typedef struct Allowances Allowances;

Allowances *allowances_new(void);
void allowances_free(Allowances *allowances);
/* Takes `cost` calls' worth; false, and nothing is taken, if there is not as much. */
bool allowances_take(Allowances *allowances, uid_t uid, double cost, uint64_t now_usec);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Allowances, allowances_free)
