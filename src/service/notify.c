/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/notify.h"
#include "base/fd.h"
#include "base/log.h"
#include <errno.h>
#include <inttypes.h>
#include <stdarg.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/un.h>
#include <unistd.h>

struct Notify {
    int fd;       /* -1: there is nobody to be told */
    char *unsent; /* what the manager has to know and could not take yet; NULL: nothing */
    uint64_t watchdog_usec;
};

/* A path, or '@' and an abstract name (sd_notify(3)). */
static bool parse_address(const char *text, struct sockaddr_un *ret, socklen_t *ret_length)
{
    size_t length = strlen(text);
    if ((text[0] != '/' && text[0] != '@') || length < 2 || length >= sizeof ret->sun_path)
        return false;
    *ret = (struct sockaddr_un){.sun_family = AF_UNIX};
    memcpy(ret->sun_path, text, length);
    if (text[0] == '@')
        ret->sun_path[0] = '\0';
    *ret_length = (socklen_t)(offsetof(struct sockaddr_un, sun_path) + length);
    return true;
}

static int connect_to(const char *text, GError **error)
{
    struct sockaddr_un address;
    socklen_t length = 0;
    autofd fd = -1;
    errno = EAFNOSUPPORT;
    if (parse_address(text, &address, &length))
        fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC | SOCK_NONBLOCK, 0);
    if (fd >= 0 && connect(fd, (const struct sockaddr *)&address, length) == 0)
        return fd_steal(&fd);
    g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno),
                "cannot tell the service manager at %s: %s", text, g_strerror(errno));
    return -1;
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
    notify->fd = -1;
    if (socket == NULL || *socket == '\0')
        return notify;
    notify->fd = connect_to(socket, error);
    if (notify->fd >= 0)
        notify->watchdog_usec = watchdog_from_environment();
    return notify;
}

void notify_free(Notify *notify)
{
    if (notify == NULL)
        return;
    fd_close(&notify->fd);
    g_free(notify->unsent);
    g_free(notify);
}

/* False: its queue is full. Whatever else fails will not be better later. */
static bool send_now(const Notify *notify, const char *text)
{
    ssize_t n = send(notify->fd, text, strlen(text), MSG_NOSIGNAL | MSG_DONTWAIT);
    return n >= 0 || (errno != EAGAIN && errno != ENOBUFS && errno != EINTR);
}

/* What is left of before comes first. */
static bool send_text(Notify *notify, const char *text)
{
    if (notify->fd < 0)
        return true;
    if (notify->unsent != NULL && send_now(notify, notify->unsent))
        g_clear_pointer(&notify->unsent, g_free);
    return notify->unsent == NULL && send_now(notify, text);
}

/* The last of these counts: the manager asks for no history. */
static void send_surely(Notify *notify, const char *text)
{
    if (send_text(notify, text))
        return;
    g_free(notify->unsent);
    notify->unsent = g_strdup(text);
}

bool notify_managed(const Notify *notify)
{
    return notify->fd >= 0;
}

void notify_ready(Notify *notify)
{
    send_surely(notify, "READY=1");
}

void notify_reloading(Notify *notify)
{
    /* The time tells the manager which READY=1 ends this reload (systemd 253, Type=notify-reload).
     */
    g_autofree char *text =
        g_strdup_printf("RELOADING=1\nMONOTONIC_USEC=%" PRId64, (int64_t)g_get_monotonic_time());
    send_surely(notify, text);
}

void notify_stopping(Notify *notify)
{
    send_surely(notify, "STOPPING=1");
}

void notify_status(Notify *notify, const char *format, ...)
{
    if (notify->fd < 0)
        return;
    va_list args;
    va_start(args, format);
    g_autofree char *raw = g_strdup_vprintf(format, args);
    va_end(args);
    /* A newline from a foreign name would begin another assignment. */
    g_autofree char *line = log_printable(raw);
    g_autofree char *text = g_strconcat("STATUS=", line, NULL);
    (void)send_text(notify, text); /* there will be another one */
}

void notify_watchdog(Notify *notify)
{
    (void)send_text(notify, "WATCHDOG=1");
}

uint64_t notify_watchdog_usec(const Notify *notify)
{
    return notify->watchdog_usec;
}
