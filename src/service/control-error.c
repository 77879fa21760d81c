/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/control-error.h"

G_DEFINE_QUARK(preload - control - error, control_error)

static const char *const names[CONTROL_ERRORS] = {
    [CONTROL_ERROR_DENIED] = "org.freedesktop.DBus.Error.AccessDenied",
    [CONTROL_ERROR_LIMITS] = "org.freedesktop.DBus.Error.LimitsExceeded",
    [CONTROL_ERROR_ARGUMENTS] = "org.freedesktop.DBus.Error.InvalidArgs",
    [CONTROL_ERROR_METHOD] = "org.freedesktop.DBus.Error.UnknownMethod",
    [CONTROL_ERROR_UNKNOWN] = "org.preload.Error.NoSuchProgram",
    [CONTROL_ERROR_AMBIGUOUS] = "org.preload.Error.Ambiguous",
    [CONTROL_ERROR_FAILED] = "org.freedesktop.DBus.Error.Failed",
};

const char *control_error_name(int code)
{
    return code >= 0 && code < CONTROL_ERRORS ? names[code] : names[CONTROL_ERROR_FAILED];
}
