/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Control: the object org.preload.Daemon1 of preload-dbus(7): what it answers, to whom, and the
 * socket that it is reached by. Until somebody connects that is a descriptor and nothing else; then
 * the module that speaks D-Bus is loaded (service/bus.h).
 */
#include "service/caller.h"
#include "service/daemon.h"

typedef struct Control Control;

/* Listens on the path. Never NULL: where that fails it is said in the log, and nobody comes. */
Control *control_new(Daemon *daemon, const char *socket_path);
void control_free(Control *control);

/* What the object answers: a floating tuple, or NULL with an error of CONTROL_ERROR. args is a
 * tuple. */
GVariant *control_call(Control *control, const Caller *caller, const char *method, GVariant *args,
                       GError **error);
/* A property by its name, floating; NULL: there is none. NULL for the name: all, as a{sv}. */
GVariant *control_property(Control *control, const char *name);

/* Tell clients; nothing is done, and nothing computed, while there are none. control may be NULL.
 */
void control_changed(Control *control);
void control_launched(Control *control, const ExeKey *key, const ReadaheadReport *report);
void control_predicted(Control *control, const Prophecy *prophecy);
void control_read_ahead(Control *control, const ReadaheadReport *report);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Control, control_free)
