/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/triggers.h"
#include "unit.h"

#include <errno.h>
#include <poll.h>
#include <unistd.h>

/* What is written, with its NUL; a plain file takes anything. */
START_TEST(text)
{
    char *directory = unit_mkdir();
    g_autofree char *path = unit_write(directory, "memory", "", -1);
    int fd = trigger_open(path, 150000, TRIGGER_WINDOW_USEC);
    ck_assert_int_ge(fd, 0);
    (void)close(fd);
    g_autofree char *content = NULL;
    gsize length = 0;
    ck_assert(g_file_get_contents(path, &content, &length, NULL));
    ck_assert_str_eq(content, "some 150000 2000000");
    ck_assert_uint_eq(length, strlen(content) + 1);
    unit_rmdir(directory);
}
END_TEST

START_TEST(none)
{
    char *directory = unit_mkdir();
    g_autofree char *path = g_build_filename(directory, "memory", NULL);
    ck_assert_int_eq(trigger_open(path, 1, TRIGGER_WINDOW_USEC), -ENOENT);
    ck_assert_int_eq(trigger_open(directory, 1, TRIGGER_WINDOW_USEC), -EISDIR);
    unit_rmdir(directory);
}
END_TEST

/* The kernel takes it, and refuses nonsense. Nobody waits for two seconds of two: it is not due. */
START_TEST(the_kernels)
{
    const char *path = "/proc/pressure/memory";
    int fd = trigger_open(path, TRIGGER_WINDOW_USEC, TRIGGER_WINDOW_USEC);
    if (fd < 0)
        unit_skip("no triggers here: %s", g_strerror(-fd));
    struct pollfd pollfd = {fd, POLLPRI, 0};
    ck_assert_int_eq(poll(&pollfd, 1, 0), 0);
    (void)close(fd);
    ck_assert_int_eq(trigger_open(path, 2, 1), -EINVAL);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("triggers");
    UNIT_ADD(suite, text);
    UNIT_ADD(suite, none);
    UNIT_ADD(suite, the_kernels);
    return suite;
}
