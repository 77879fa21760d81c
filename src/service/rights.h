/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What we are permitted, and what is lost where we are not. */
#include <glib.h>
#include <stdint.h>

typedef struct {
    uint64_t effective; /* bits as in capabilities(7) */
} Rights;

/* The capabilities of this process. */
Rights rights_now(void);
/* One line that names each missing capability and what does not work without it; NULL: none is. */
char *rights_missing(const Rights *rights);
