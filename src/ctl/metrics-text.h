/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The text of "preloadctl metrics": OpenMetrics (RFC-to-be of openmetrics.io, 1.0), which
 * node_exporter's textfile collector takes, too. Pure. */
#include <glib.h>

/* NULL for all three: the daemon does not answer, which is a metric as well. */
void metrics_text(GVariant *status, GVariant *totals, GVariant *items, GString *out);
