/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Summaries: the daemon in numbers, without a name. Answers are floating. */
#include "service/daemon.h"
#include "service/health.h"

/* a{sv}: what "preloadctl status" shows. */
GVariant *summary_status(Daemon *daemon);
/* aa{sv}, one for each thing that is looked at: name, level, what, cost, remedy. */
GVariant *summary_health(const Daemon *daemon);
/* aa{sv}: one, of all; or one for each day. */
GVariant *summary_total(const Daemon *daemon);
GVariant *summary_days(const Daemon *daemon);
/* What the daemon does at this moment; static. */
const char *summary_doing(const Daemon *daemon);
HealthLevel summary_level(const Daemon *daemon);
