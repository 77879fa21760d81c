/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Report page: what the daemon answered, as one page of HTML with plots, for a browser. It needs no
 * script and asks nobody for anything, and its Content-Security-Policy forbids both. All that comes
 * from the daemon is escaped. Pure.
 */
#include <glib.h>
#include <stdint.h>

/* As of preload-dbus(7); borrowed. */
typedef struct {
    GVariant *status;   /* a{sv} */
    GVariant *days;     /* aa{sv} */
    GVariant *health;   /* aa{sv} */
    GVariant *programs; /* aa{sv}; NULL: not for who asks */
    GVariant *launches; /* aa{sv}; NULL: the same */
} ReportAnswers;

/* now_unix_sec: when it was asked. */
void report_page(const ReportAnswers *answers, int64_t now_unix_sec, GString *out);
