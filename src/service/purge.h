/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The purge: files that are gone leave the model. */
#include "service/daemon.h"

/* Watches what the model tracks; the model must be empty yet. */
void purge_open(Daemon *daemon);
/* Checks all that is known now and every hour. */
void purge_start(Daemon *daemon);
void purge_stop(Daemon *daemon);
