/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/notify.h"
#include "base/log.h"
#include "build-config.h"
#include <dlfcn.h>
#include <inttypes.h>
#include <stdarg.h>
#include <unistd.h>

#if HAVE_LIBSYSTEMD
#include <systemd/sd-daemon.h>
typedef typeof(sd_notify) *SendFunc;
#else
typedef int (*SendFunc)(int, const char *);
#endif

/* The interface that <systemd/sd-daemon.h> describes; stable since 2014. */
#define LIBRARY "libsystemd.so.0"

struct Notify {
    void *library;
    SendFunc send; /* NULL: there is nobody to be told */
    uint64_t watchdog_usec;
};

static bool load(Notify *notify, GError **error)
{
    if (!HAVE_LIBSYSTEMD) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NOSYS, "built without libsystemd");
        return false;
    }
    notify->library = dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL);
    if (notify->library != NULL)
        notify->send = (SendFunc)dlsym(notify->library, "sd_notify");
    if (notify->send == NULL)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT, "cannot load " LIBRARY ": %s",
                    dlerror());
    return notify->send != NULL;
}

/* sd_watchdog_enabled(3): for us, if WATCHDOG_PID is ours or not set. */
static uint64_t watchdog_from_environment(void)
{
    const char *usec = g_getenv("WATCHDOG_USEC");
    const char *pid = g_getenv("WATCHDOG_PID");
    guint64 value = 0;
    guint64 owner = (guint64)getpid();
    if (usec == NULL || !g_ascii_string_to_unsigned(usec, 10, 1, UINT64_MAX - 1, &value, NULL))
        return 0;
    if (pid != NULL && !g_ascii_string_to_unsigned(pid, 10, 1, G_MAXINT, &owner, NULL))
        return 0;
    return owner == (guint64)getpid() ? value / 2 : 0;
}

Notify *notify_new(GError **error)
{
    Notify *notify = g_new0(Notify, 1);
    const char *socket = g_getenv("NOTIFY_SOCKET");
    if (socket == NULL || *socket == '\0' || !load(notify, error))
        return notify;
    notify->watchdog_usec = watchdog_from_environment();
    return notify;
}

void notify_free(Notify *notify)
{
    if (notify == NULL)
        return;
    if (notify->library != NULL)
        (void)dlclose(notify->library); /* nothing depends on it */
    g_free(notify);
}

static void send_text(const Notify *notify, const char *text)
{
    if (notify->send != NULL)
        (void)notify->send(0, text); /* sd_notify(3): its return value should be ignored */
}

bool notify_managed(const Notify *notify)
{
    return notify->send != NULL;
}

void notify_ready(Notify *notify)
{
    send_text(notify, "READY=1");
}

void notify_reloading(Notify *notify)
{
    /* The time tells the manager which READY=1 ends this reload (systemd 253, Type=notify-reload).
     */
    g_autofree char *text =
        g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" PRId64, (int64_t)g_get_monotonic_time());
    send_text(notify, text);
}

void notify_stopping(Notify *notify)
{
    send_text(notify, "STOPPING=1");
}

void notify_status(Notify *notify, const char *format, ...)
{
    if (notify->send == NULL)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *raw = g_strdup_vprintf(format, args);
    va_end(args);
    /* A newline from a foreign name would begin another assignment. */
    g_autofree char *line = log_printable(raw);
    g_autofree char *text = g_strconcat("STATUS=", line, NULL);
    send_text(notify, text);
}

void notify_watchdog(Notify *notify)
{
    send_text(notify, "WATCHDOG=1");
}

uint64_t notify_watchdog_usec(const Notify *notify)
{
    return notify->watchdog_usec;
}
