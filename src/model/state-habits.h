/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The records of the state file that predictions are made of. Private to state*.c. */
#include "model/state-format.h"

/* How many records that were. */
uint64_t state_append_habits(GString *out, const Image *image);
/* Each takes the fields of a record into the image, which has all Exes already. NULL, or what is
 * wrong with it. */
const char *state_take_session(Image *image, Cursor fields);
const char *state_take_launch(Image *image, Cursor fields);
const char *state_take_habit(Image *image, Cursor fields);
const char *state_take_mixture(Image *image, Cursor fields);
const char *state_take_rate(Image *image, Cursor fields);
/* What can only be said of all of them together, at the end. */
const char *state_check_habits(const Image *image);
