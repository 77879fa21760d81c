/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The EXE record of the state file, which has the most fields. Private to state*.c. */
#include "model/state-format.h"

void state_append_exe(GString *out, const ImageExe *exe, guint seq);
/*
 * The fields behind the number; now_usec: the image's model time. NULL, or what is wrong; in either
 * case *ret, which is empty before, is to be cleared by image_exe_clear() when it is not used.
 */
const char *state_take_exe(Cursor *fields, uint64_t version, uint64_t now_usec, ImageExe *ret);
