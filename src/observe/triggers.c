/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/triggers.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <unistd.h>

#include "base/fd.h"

int trigger_open(const char *path, uint64_t stall_usec, uint64_t window_usec)
{
    autofd fd = open(path, O_RDWR | O_NONBLOCK | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    g_autofree char *text =
        g_strdup_printf("some %" G_GUINT64_FORMAT " %" G_GUINT64_FORMAT, stall_usec, window_usec);
    /* With its NUL, in one piece. */
    if (write(fd, text, strlen(text) + 1) < 0)
        return -errno;
    return fd_steal(&fd);
}
