/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Census: what of a file is in memory, and of any part of it; or that the kernel does not tell us
 * (residency.h).
 */
#include "observe/residency.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef struct {
    uint64_t size_bytes;
    bool told;
    uint64_t resident_bytes; /* 0 if it is not told, as all below */
    GArray *missing;         /* Range, rising */
} Census;

/* 0, or the negative errno with which the file could not be looked at. */
int census_take(const Residency *residency, int fd, Census *ret);
void census_clear(Census *census);
/* How much of a part, cut at the end of the file, is in memory. */
uint64_t census_resident(const Census *census, Range part);
/* Appends what is in memory (Range), rising. */
void census_present(const Census *census, GArray *ret);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Census, census_clear)
