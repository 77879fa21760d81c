/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The state file, version 3, or 1 or 2 when it is read: tab-delimited text, documented in
 * preload-state(5). Pure: bytes to Image and back.
 *
 * Whatever the bytes are, state_decode() either returns a checked Image or an error, in time and
 * memory linear in their number. What state_encode() wrote decodes to an equal Image, floats bit
 * for bit.
 */
#include "model/image.h"

#define STATE_ERROR state_error_quark()
GQuark state_error_quark(void);
typedef enum {
    STATE_ERROR_FOREIGN, /* not a state file of ours; import_decode() may know it */
    STATE_ERROR_NEWER,   /* of a later version: to be left untouched */
    STATE_ERROR_DAMAGED, /* ours, but the checksum, the record count or a record is wrong */
} StateError;

GString *state_encode(const Image *image);
Image *state_decode(const char *bytes, size_t length, GError **error);
