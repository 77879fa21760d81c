/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Relief: when memory is short, by the kernel's word (triggers.h) or by what reading found
 * (limiter.h), all reading stops, what we read ahead is given back, and nothing that is predicted
 * is read for half a minute: what was short a moment ago is short again when it is filled again.
 */
#include "service/daemon.h"

typedef struct Relief Relief;

/* Has the kernel tell; where it does not, only reading finds out. */
Relief *relief_new(Daemon *daemon);
/* What is being given back must have ended, so after the reader. NULL-safe. */
void relief_free(Relief *relief);
/* Memory is short. */
void relief_press(Relief *relief);
/* Whether nothing should be read now. */
bool relief_holds(const Relief *relief);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Relief, relief_free)
