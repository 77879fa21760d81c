/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What we are permitted, and what is lost where we are not. */
#include <glib.h>
#include <stdint.h>

typedef struct {
    uint64_t effective; /* bits as in capabilities(7) */
} Rights;

typedef struct {
    int number; /* as in capabilities(7) */
    const char *name;
    const char *loss; /* what does not work without it */
} Right;

#define RIGHTS_NEEDED 3
extern const Right rights_needed[RIGHTS_NEEDED];

/* The capabilities of this process. */
Rights rights_now(void);
/* One line that names each missing capability and what does not work without it; NULL: none is. */
char *rights_missing(const Rights *rights);
