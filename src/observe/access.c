/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/access.h"
#include "base/event-source.h"
#include "observe/broker.h"
#include <errno.h>
#include <glib-unix.h>

/* A service that is started by its socket, while the machine boots, is there by then. */
#define GREETING_SEC 60

struct Access {
    GMainContext *context;
    AccessFunc granted;
    gpointer data;
    AccessGrant own; /* what we could open ourselves, till it is given away */
    Broker *broker;
    GSource *source;
    GSource *timeout;
};

static void grant(Access *access, AccessGrant *given)
{
    event_source_clear(&access->source);
    event_source_clear(&access->timeout);
    access->granted(given, access->data);
}

static void grant_own(Access *access)
{
    AccessGrant own = access->own;
    access->own.execs = NULL;
    access->own.opens = NULL;
    g_clear_pointer(&access->broker, broker_free);
    grant(access, &own);
}

static void drop_own(Access *access)
{
    g_clear_pointer(&access->own.execs, execs_free);
    g_clear_pointer(&access->own.opens, opens_free);
}

/* The broker has more rights than we, but what it has not we may have all the same. */
static void take_from_broker(Access *access)
{
    AccessGrant given = access->own;
    access->own = (AccessGrant){0};
    int fd = broker_take_execs(access->broker);
    if (fd >= 0 || given.execs == NULL) {
        g_clear_pointer(&given.execs, execs_free);
        given.execs_error = MIN(fd, 0);
        given.execs = fd >= 0 ? execs_adopt(fd) : NULL;
    }
    fd = broker_take_opens(access->broker);
    if (fd >= 0 || given.opens == NULL) {
        g_clear_pointer(&given.opens, opens_free);
        const OpensMarker marker = broker_marker(access->broker);
        given.opens_error = MIN(fd, 0);
        given.opens = fd >= 0 ? opens_adopt(fd, &marker) : NULL;
    }
    grant(access, &given);
}

static gboolean on_broker(gint fd, GIOCondition condition, gpointer data)
{
    Access *access = data;
    (void)fd;
    (void)condition;
    int error = broker_await(access->broker, 0);
    if (error == -EAGAIN)
        return G_SOURCE_CONTINUE;
    if (error == 0)
        take_from_broker(access);
    else
        grant_own(access);
    return G_SOURCE_REMOVE;
}

static gboolean on_timeout(gpointer data)
{
    grant_own(data);
    return G_SOURCE_REMOVE;
}

static void attach(Access *access, GSource *source, GSourceFunc func)
{
    g_source_set_callback(source, func, access, NULL);
    g_source_attach(source, access->context);
}

static void wait_for_broker(Access *access)
{
    access->source = g_unix_fd_source_new(broker_fd(access->broker), G_IO_IN | G_IO_HUP);
    attach(access, access->source, G_SOURCE_FUNC(on_broker));
    access->timeout = g_timeout_source_new_seconds(GREETING_SEC);
    attach(access, access->timeout, on_timeout);
}

Access *access_open(const char *broker_socket, GMainContext *context, AccessFunc granted,
                    gpointer data)
{
    Access *access = g_new0(Access, 1);
    access->context = context;
    access->granted = granted;
    access->data = data;
    access->own.execs = execs_open(&access->own.execs_error);
    access->own.opens = opens_new(&access->own.opens_error);
    bool whole = access->own.execs != NULL && access->own.opens != NULL;
    int error = 0;
    if (!whole && broker_socket != NULL)
        access->broker = broker_connect(broker_socket, &error);
    if (access->broker != NULL)
        wait_for_broker(access);
    else
        grant_own(access);
    return access;
}

void access_free(Access *access)
{
    if (access == NULL)
        return;
    event_source_clear(&access->source);
    event_source_clear(&access->timeout);
    drop_own(access);
    broker_free(access->broker);
    g_free(access);
}
