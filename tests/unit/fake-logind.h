/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* A logind of the test's own: sd-login(3) takes no context, so that there is one a process. */
#include "observe/logins.h"
#include "unit.h"
#include <errno.h>
#include <unistd.h>

typedef struct {
    const char *id;
    const char *class;
    const char *type;
    int remote;
    uid_t uid;
} FakeSession;

static struct {
    FakeSession sessions[400];
    guint n;
    int monitor_error;
    int list_error;
    int n_monitors; /* that are open */
    int n_flushed;
    int pipe[2]; /* readable: something changed */
} fake;

static inline const FakeSession *fake_find(const char *id)
{
    for (guint i = 0; i < fake.n; i++)
        if (strcmp(fake.sessions[i].id, id) == 0)
            return &fake.sessions[i];
    return NULL;
}

static inline int fake_monitor_new(const char *category, struct sd_login_monitor **ret)
{
    ck_assert_str_eq(category, "session");
    if (fake.monitor_error != 0)
        return fake.monitor_error;
    ck_assert_int_eq(pipe(fake.pipe), 0);
    fake.n_monitors++;
    *ret = (struct sd_login_monitor *)(void *)&fake;
    return 0;
}

static inline struct sd_login_monitor *fake_unref(struct sd_login_monitor *monitor)
{
    ck_assert_ptr_eq((void *)monitor, (void *)&fake);
    (void)close(fake.pipe[0]);
    (void)close(fake.pipe[1]);
    fake.n_monitors--;
    return NULL;
}

static inline int fake_flush(struct sd_login_monitor *monitor)
{
    char byte = 0;
    ck_assert_ptr_nonnull(monitor);
    ck_assert_int_eq(read(fake.pipe[0], &byte, 1), 1);
    fake.n_flushed++;
    return 0;
}

static inline int fake_get_fd(struct sd_login_monitor *monitor)
{
    ck_assert_ptr_nonnull(monitor);
    return fake.pipe[0];
}

static inline int fake_get_sessions(char ***ret)
{
    if (fake.list_error != 0)
        return fake.list_error;
    *ret = fake.n > 0 ? calloc(fake.n + 1, sizeof **ret) : NULL;
    for (guint i = 0; i < fake.n; i++)
        (*ret)[i] = strdup(fake.sessions[i].id);
    return (int)fake.n;
}

static inline int fake_text(const char *text, char **ret)
{
    if (text == NULL)
        return -ENXIO;
    *ret = strdup(text);
    return 0;
}

static inline int fake_get_class(const char *id, char **ret)
{
    const FakeSession *session = fake_find(id);
    return session != NULL ? fake_text(session->class, ret) : -ENXIO;
}

static inline int fake_get_type(const char *id, char **ret)
{
    const FakeSession *session = fake_find(id);
    return session != NULL ? fake_text(session->type, ret) : -ENXIO;
}

static inline int fake_get_uid(const char *id, uid_t *ret)
{
    const FakeSession *session = fake_find(id);
    if (session == NULL)
        return -ENXIO;
    *ret = session->uid;
    return 0;
}

static inline int fake_is_remote(const char *id)
{
    const FakeSession *session = fake_find(id);
    return session != NULL ? session->remote : -ENXIO;
}

static const LoginsApi fake_api = {
    .monitor_new = fake_monitor_new,
    .monitor_unref = fake_unref,
    .monitor_flush = fake_flush,
    .monitor_get_fd = fake_get_fd,
    .get_sessions = fake_get_sessions,
    .session_get_uid = fake_get_uid,
    .session_get_class = fake_get_class,
    .session_get_type = fake_get_type,
    .session_is_remote = fake_is_remote,
};

/* The session begins, and whoever watches is woken up. */
static inline void fake_begin(const char *id, const char *class, const char *type, int remote)
{
    ck_assert_uint_lt(fake.n, G_N_ELEMENTS(fake.sessions));
    fake.sessions[fake.n] = (FakeSession){id, class, type, remote, 1000 + fake.n};
    fake.n++;
    if (fake.n_monitors > 0)
        ck_assert_int_eq(write(fake.pipe[1], "", 1), 1);
}

static inline Logins *fake_logins(void)
{
    g_autoptr(GError) error = NULL;
    Logins *logins = logins_new(&fake_api, &error);
    ck_assert_msg(logins != NULL, "%s", error != NULL ? error->message : "");
    return logins;
}
