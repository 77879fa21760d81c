/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* A request, carried out. */
#include "ctl/request.h"

/* The exit status, as of exit.h. What there is to be said was said. */
int request_run(const Request *request);
