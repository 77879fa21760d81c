/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The bridge as a process: until nobody asks, or its bus is gone. */
#include "service/bridge.h"
#include <stdbool.h>

/* False with error set if it could not begin. */
bool bridge_run(const char *address, const char *socket_path, GError **error);
