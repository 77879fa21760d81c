/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Lean: memory that is not needed for now is given back. A daemon that sleeps between two cycles
 * has no right to what its start, or an hourly save, took.
 */

/* Free heap, and the pages of code: those that run again are mapped again, from the page cache,
 * when they do. Cheap, but not free: for after the start and after what is done hourly. */
void lean_give_back(void);
