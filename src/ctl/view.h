/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Views: what the daemon answered, for people. Pure: text is appended to `out`. */
#include "ctl/request.h"
#include "ctl/text.h"
#include <glib.h>

void view_status(const Paint *paint, GVariant *status, GString *out);
void view_health(const Paint *paint, GVariant *items, GString *out);
/* 0 ok, 1 degraded, 2 broken: of one item. */
int view_health_level(GVariant *item);
/* What health's exit status is: 0 all is well, 1 something works less well, 2 nothing works. */
int view_health_status(GVariant *items);
void view_stats(const Paint *paint, GVariant *rows, StatsBy by, uint32_t count, GString *out);
void view_predict(const Paint *paint, GVariant *rows, GString *out);
void view_explain(const Paint *paint, GVariant *program, GString *out);
void view_show(const Paint *paint, GVariant *program, GString *out);
void view_pins(const Paint *paint, GVariant *rows, GString *out);
/* A signal as a line; NULL if it is none that is known. To be freed. */
char *view_event(const char *signal, GVariant *args);
