/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* Why a call was refused; each has a name on the bus. */
#include <glib.h>

typedef enum {
    CONTROL_ERROR_DENIED,
    CONTROL_ERROR_LIMITS,    /* too much was asked for */
    CONTROL_ERROR_ARGUMENTS, /* wrong, or out of range */
    CONTROL_ERROR_METHOD,    /* there is no such method */
    CONTROL_ERROR_UNKNOWN,   /* there is no such program */
    CONTROL_ERROR_AMBIGUOUS, /* it may be several */
    CONTROL_ERROR_FAILED,
    CONTROL_ERRORS
} ControlError;

#define CONTROL_ERROR control_error_quark()
GQuark control_error_quark(void);
/* "org.freedesktop.DBus.Error.AccessDenied"; static. */
const char *control_error_name(int code);
