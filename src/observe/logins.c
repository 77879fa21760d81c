/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/logins.h"
#include "build-config.h"
#include <dlfcn.h>
#include <stdlib.h>
#include <string.h>

#if HAVE_LIBSYSTEMD
#include <systemd/sd-login.h>
#endif

/* The interface that <systemd/sd-login.h> describes; stable since 2014. */
#define LIBRARY "libsystemd.so.0"

struct Logins {
    void *library; /* NULL: not ours to close */
    LoginsApi api;
    struct sd_login_monitor *monitor;
    GHashTable *known; /* set of ids: sessions that were told of, or were there before */
};

#if HAVE_LIBSYSTEMD
#define FIND(api, member)                                                                          \
    ((api)->member = (typeof(sd_##member) *)dlsym(library, G_STRINGIFY(sd_##member)))
#define FIND_MONITOR(api, member)                                                                  \
    ((api)->member = (typeof(sd_login_##member) *)dlsym(library, G_STRINGIFY(sd_login_##member)))

static bool find_functions(void *library, LoginsApi *api)
{
    return FIND_MONITOR(api, monitor_new) != NULL && FIND_MONITOR(api, monitor_unref) != NULL &&
           FIND_MONITOR(api, monitor_flush) != NULL && FIND_MONITOR(api, monitor_get_fd) != NULL &&
           FIND(api, get_sessions) != NULL && FIND(api, session_get_uid) != NULL &&
           FIND(api, session_get_class) != NULL && FIND(api, session_get_type) != NULL &&
           FIND(api, session_is_remote) != NULL;
}
#else
static bool find_functions(void *library, LoginsApi *api)
{
    return false;
}
#endif

Logins *logins_open(GError **error)
{
    LoginsApi api = {0};
    void *library = HAVE_LIBSYSTEMD ? dlopen(LIBRARY, RTLD_NOW | RTLD_LOCAL) : NULL;
    if (library == NULL || !find_functions(library, &api)) {
        g_set_error_literal(error, G_FILE_ERROR, G_FILE_ERROR_NOSYS, "there is no " LIBRARY);
        if (library != NULL)
            (void)dlclose(library); /* nothing depends on it */
        return NULL;
    }
    Logins *logins = logins_new(&api, error);
    if (logins == NULL)
        (void)dlclose(library);
    else
        logins->library = library;
    return logins;
}

/* The text is the library's, by malloc(3). */
static bool is_one_of(char *text, const char *const *words)
{
    bool found = text != NULL && g_strv_contains(words, text);
    free(text);
    return found;
}

/* sd_session_get_class(3): "user-light" has no service manager, "user-early" begins before others
 * may log in; "user-incomplete" is not in yet. */
static bool is_of_user(const Logins *logins, const char *session)
{
    static const char *const classes[] = {"user", "user-early", "user-light", NULL};
    char *class = NULL;
    return logins->api.session_get_class(session, &class) >= 0 && is_one_of(class, classes);
}

static bool type_is(const Logins *logins, const char *session, const char *const *types)
{
    char *type = NULL;
    return logins->api.session_get_type(session, &type) >= 0 && is_one_of(type, types);
}

static bool is_interactive(const Logins *logins, const char *session, bool *ret_graphical)
{
    static const char *const graphical[] = {"x11", "wayland", "mir", NULL};
    static const char *const terminal[] = {"tty", NULL};
    if (!is_of_user(logins, session))
        return false;
    *ret_graphical = type_is(logins, session, graphical);
    return *ret_graphical ||
           (type_is(logins, session, terminal) && logins->api.session_is_remote(session) == 0);
}

/* func may be NULL. */
static void meet(Logins *logins, const char *session, LoginFunc func, gpointer data)
{
    Login login = {.session = session};
    if (g_hash_table_contains(logins->known, session) ||
        !is_interactive(logins, session, &login.graphical) ||
        logins->api.session_get_uid(session, &login.uid) < 0)
        return;
    g_hash_table_add(logins->known, g_strdup(session));
    if (func != NULL)
        func(&login, data);
}

static gboolean is_gone(gpointer session, gpointer value, gpointer sessions)
{
    (void)value;
    return !g_strv_contains(sessions, session);
}

static void free_sessions(char **sessions)
{
    for (char **session = sessions; session != NULL && *session != NULL; session++)
        free(*session);
    free(sessions);
}

void logins_look(Logins *logins, LoginFunc func, gpointer data)
{
    static const char *const none[] = {NULL};
    char **sessions = NULL;
    if (logins->api.get_sessions(&sessions) < 0)
        return; /* of a next time */
    const char *const *all = sessions != NULL ? (const char *const *)sessions : none;
    (void)g_hash_table_foreach_remove(logins->known, is_gone, (gpointer)all);
    for (guint i = 0; i < LOGINS_MAX && all[i] != NULL; i++) {
        if (strlen(all[i]) <= LOGINS_ID_MAX)
            meet(logins, all[i], func, data);
    }
    free_sessions(sessions);
}

Logins *logins_new(const LoginsApi *api, GError **error)
{
    struct sd_login_monitor *monitor = NULL;
    int result = api->monitor_new("session", &monitor);
    if (result < 0) {
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(-result),
                    "logind does not tell of sessions: %s", g_strerror(-result));
        return NULL;
    }
    Logins *logins = g_new0(Logins, 1);
    logins->api = *api;
    logins->monitor = monitor;
    logins->known = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    logins_look(logins, NULL, NULL);
    return logins;
}

void logins_free(Logins *logins)
{
    if (logins == NULL)
        return;
    (void)logins->api.monitor_unref(logins->monitor); /* NULL, always */
    g_hash_table_unref(logins->known);
    if (logins->library != NULL)
        (void)dlclose(logins->library); /* nothing depends on it */
    g_free(logins);
}

int logins_fd(const Logins *logins)
{
    return logins->api.monitor_get_fd(logins->monitor);
}

void logins_flush(Logins *logins)
{
    (void)logins->api.monitor_flush(logins->monitor); /* what it told is looked at in any case */
}
