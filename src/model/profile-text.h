/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The profile as a file: tab-delimited text as the state file is, documented in preload-state(5).
 * Pure.
 *
 * Whatever the bytes are, profile_decode() either returns a checked Profile (all paths portable, no
 * program or file twice, within its bounds) or an error of state.h, in time and memory linear in
 * their number. What profile_encode() wrote decodes to an equal one.
 */
#include "model/profile.h"

GString *profile_encode(const Profile *profile);
Profile *profile_decode(const char *bytes, size_t length, GError **error);
