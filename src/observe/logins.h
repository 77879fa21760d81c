/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Logins: tells when somebody begins an interactive session at this machine, by logind
 * (sd_login_monitor(3)).
 *
 * Has a file descriptor for a main loop, owns no loop. Counted are sessions of users (not the
 * greeter's, the lock screen's, or those of cron) that are graphical or on a terminal here: an ssh
 * session may be a machine's as well. libsystemd is loaded at run time; what it says is text in
 * /run/systemd/sessions, which only logind writes, but in which names that users choose may stand.
 */
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>
#include <sys/types.h>

struct sd_login_monitor;

/* Those functions of sd-login(3) that are used; a test has its own. */
typedef struct {
    int (*monitor_new)(const char *category, struct sd_login_monitor **ret);
    struct sd_login_monitor *(*monitor_unref)(struct sd_login_monitor *monitor);
    int (*monitor_flush)(struct sd_login_monitor *monitor);
    int (*monitor_get_fd)(struct sd_login_monitor *monitor);
    int (*get_sessions)(char ***ret);
    int (*session_get_uid)(const char *session, uid_t *ret);
    int (*session_get_class)(const char *session, char **ret);
    int (*session_get_type)(const char *session, char **ret);
    int (*session_is_remote)(const char *session);
} LoginsApi;

typedef struct {
    const char *session; /* its id, of at most LOGINS_ID_MAX bytes; any bytes */
    uid_t uid;
    bool graphical; /* else on a terminal */
} Login;

#define LOGINS_ID_MAX 64
/* Sessions that are looked at; of more, some are not told. logind's own bound is 8192. */
#define LOGINS_MAX 256

typedef struct Logins Logins;
typedef void (*LoginFunc)(const Login *login, gpointer data);

/* With libsystemd's own functions. NULL with a GFileError set: without libsystemd, or there is no
 * logind. */
Logins *logins_open(GError **error);
/* With the given ones, which are copied. */
Logins *logins_new(const LoginsApi *api, GError **error);
void logins_free(Logins *logins);

/* Readable when something changed. */
int logins_fd(const Logins *logins);
/* To be called then. A session is written several times while it begins, so look a moment later. */
void logins_flush(Logins *logins);
/* Tells of sessions that began since the last look; those that there were at first are told of
 * never. Reads some short files of /run for each session. */
void logins_look(Logins *logins, LoginFunc func, gpointer data);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Logins, logins_free)
