/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "service/door.h"
#include "unit.h"
#include <sys/socket.h>
#include <sys/un.h>

typedef struct {
    int n;
    Caller caller;
} Guests;

static void arrived(int fd, const Caller *caller, gpointer data)
{
    Guests *guests = data;
    guests->n++;
    guests->caller = *caller;
    (void)close(fd);
}

static int knock(const char *path)
{
    struct sockaddr_un address = {.sun_family = AF_UNIX};
    (void)g_strlcpy(address.sun_path, path, sizeof address.sun_path);
    int fd = socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0);
    ck_assert_int_eq(connect(fd, (struct sockaddr *)&address, sizeof address), 0);
    return fd;
}

START_TEST(who_comes_is_told_by_the_kernel)
{
    char *dir = unit_mkdir();
    g_autofree char *path = g_build_filename(dir, "made", "bus", NULL);
    Guests guests = {0};
    g_autoptr(GError) error = NULL;
    Door *door = door_open(path, arrived, &guests, &error);
    ck_assert_msg(door != NULL, "%s", error != NULL ? error->message : "");
    struct stat st;
    ck_assert_int_eq(stat(path, &st), 0);
    ck_assert_int_eq(st.st_mode & 0777, 0666);
    int one = knock(path);
    int two = knock(path);
    while (guests.n < 2)
        g_main_context_iteration(NULL, TRUE);
    ck_assert_uint_eq(guests.caller.uid, geteuid());
    ck_assert_int_eq(guests.caller.pid, getpid());
    fd_close(&one);
    fd_close(&two);
    door_close(door);
    ck_assert_int_ne(access(path, F_OK), 0);
    unit_rmdir(dir);
}
END_TEST

START_TEST(what_is_in_use_or_no_socket_is_left_alone)
{
    char *dir = unit_mkdir();
    g_autofree char *path = g_build_filename(dir, "bus", NULL);
    Guests guests = {0};
    g_autoptr(GError) error = NULL;
    g_autoptr(Door) door = door_open(path, arrived, &guests, NULL);
    ck_assert_ptr_nonnull(door);
    ck_assert_ptr_null(door_open(path, arrived, &guests, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "another process listens"));
    g_clear_error(&error);
    g_autofree char *file = unit_write(dir, "file", "x", 1);
    ck_assert_ptr_null(door_open(file, arrived, &guests, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "it is no socket"));
    g_clear_error(&error);
    g_autofree char *tail = g_strnfill(200, 'x');
    g_autofree char *longest = g_build_filename(dir, tail, NULL);
    ck_assert_ptr_null(door_open(longest, arrived, &guests, &error));
    ck_assert_ptr_nonnull(strstr(error->message, "cannot have that name"));
    g_clear_error(&error);
    ck_assert_ptr_null(door_open("/proc/self/bus", arrived, &guests, &error));
    ck_assert_ptr_nonnull(error);
    unit_rmdir(dir);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("door");
    UNIT_ADD(suite, who_comes_is_told_by_the_kernel);
    UNIT_ADD(suite, what_is_in_use_or_no_socket_is_left_alone);
    return suite;
}
