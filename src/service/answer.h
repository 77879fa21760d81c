/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Answers: dictionaries (a{sv}), as methods of the control object return them. Keys carry units.
 * What comes out of answer_end() is floating, as of GVariant's constructors.
 */
#include "model/days.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

void answer_begin(GVariantBuilder *answer);
void answer_bool(GVariantBuilder *answer, const char *key, bool value);
void answer_u32(GVariantBuilder *answer, const char *key, uint32_t value);
void answer_u64(GVariantBuilder *answer, const char *key, uint64_t value);
void answer_i64(GVariantBuilder *answer, const char *key, int64_t value);
void answer_double(GVariantBuilder *answer, const char *key, double value);
/* Foreign text: control characters and what is not UTF-8 become '?'. */
void answer_text(GVariantBuilder *answer, const char *key, const char *value);
/* `value` may be floating. */
void answer_put(GVariantBuilder *answer, const char *key, GVariant *value);
GVariant *answer_end(GVariantBuilder *answer);

/* Metrics, and shares of them. */
void answer_metrics(GVariantBuilder *answer, const Metrics *metrics);
/*
 * Time that launches did not wait because we had read ahead, an estimate: bytes that were in memory
 * because of us by the speed at which the disk gave them to us. We read in large requests and in a
 * good order, which page faults do not, so it is rather too small. 0 where no speed is known.
 */
uint64_t answer_saved_usec(uint64_t ours_bytes, const Day *speed);
/* A day, or several as one; all: what the speed is taken from. */
void answer_day(GVariantBuilder *answer, const Day *day, const Day *speed);
