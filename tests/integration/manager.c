/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "manager.h"
#include "unit.h"
#include <glib.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/time.h>
#include <sys/un.h>

int manager_listen(const char *path, const char *watchdog_usec)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    ck_assert_uint_lt(g_strlcpy(address.sun_path, path, sizeof address.sun_path),
                      sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_DGRAM | SOCK_CLOEXEC, 0);
    const struct timeval limit = {.tv_sec = 60};
    ck_assert_int_eq(bind(fd, (struct sockaddr *)&address, sizeof address), 0);
    ck_assert_int_eq(setsockopt(fd, SOL_SOCKET, SO_RCVTIMEO, &limit, sizeof limit), 0);
    g_setenv("NOTIFY_SOCKET", path, TRUE);
    g_setenv("WATCHDOG_USEC", watchdog_usec, TRUE);
    return fd;
}

void manager_await(int fd, const char *text)
{
    char buffer[4096];
    for (ssize_t n = 0; (n = recv(fd, buffer, sizeof buffer - 1, 0)) > 0;) {
        buffer[n] = '\0';
        if (strstr(buffer, text) != NULL)
            return;
    }
    ck_abort_msg("the manager was not told %s", text);
}

void manager_forget(int fd)
{
    char buffer[4096];
    while (recv(fd, buffer, sizeof buffer, MSG_DONTWAIT) > 0)
        ;
}
