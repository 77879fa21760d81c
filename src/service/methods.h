/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Methods of the control object: what each takes, who may call it, and what it does. */
#include "service/caller.h"
#include "service/daemon.h"

typedef struct {
    Daemon *daemon;
    const Caller *caller;
    bool sees; /* the caller may inspect */
} MethodCall;

typedef struct {
    const char *name;
    const char *takes; /* the type of its arguments, a tuple */
    Deed deed;
    double cost; /* in calls: see allowance.h */
    /* A floating tuple, or NULL with an error of CONTROL_ERROR. */
    GVariant *(*run)(const MethodCall *call, GVariant *args, GError **error);
} Method;

/* NULL if there is none of that name. */
const Method *method_find(const char *name);
