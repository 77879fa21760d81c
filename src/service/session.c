/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/session.h"
#include "base/event-source.h"
#include "service/report.h"
#include "service/wakeup.h"
#include <glib-unix.h>

/* The machine's uptime at which a start of ours is one of the machine's: a restart of ours is none.
 */
#define BOOT_USEC (UINT64_C(10) * 60 * G_USEC_PER_SEC)
/* The two clocks that tell of sleep are read one after the other, so that they differ by a little
 * more each time that we are not let run in between. */
#define SLEEP_LEAST_USEC G_USEC_PER_SEC
/* When something of a session changed, it is still being written; and whoever makes sessions as
 * fast as he can shall not keep us busy. */
#define LOOK_AFTER_SEC 1

struct Session {
    Daemon *daemon;
    Logins *logins; /* NULL: there is no logind */
    GSource *source;
    guint look_source; /* a look at the logins is due */
    Began began;
    uint64_t began_usec;  /* time awake, then */
    uint64_t login_usec;  /* of the last login that began a session; 0: none */
    uint64_t user_usec;   /* when a program of a user was last known to run; 0: never */
    uint64_t asleep_usec; /* as of the last look */
    Stance stance;        /* the last one */
};

G_STATIC_ASSERT((int)CONFIG_BATTERY_FULL == (int)BATTERY_FULL);
G_STATIC_ASSERT((int)CONFIG_BATTERY_REDUCED == (int)BATTERY_REDUCED);
G_STATIC_ASSERT((int)CONFIG_BATTERY_PAUSED == (int)BATTERY_PAUSED);

static uint64_t now_of(const Session *session)
{
    return clock_awake_usec(session->daemon->clock);
}

static uint64_t usec_of(uint32_t sec)
{
    return (uint64_t)sec * G_USEC_PER_SEC;
}

static void begin(Session *session, Began began)
{
    session->began = began;
    session->began_usec = now_of(session);
}

static void begin_login(Session *session)
{
    uint64_t now_usec = now_of(session);
    uint64_t apart_usec = usec_of(session->daemon->config->sessionapart_sec);
    if (session->login_usec > 0 && now_usec - session->login_usec < apart_usec)
        return;
    session->login_usec = now_usec;
    begin(session, BEGAN_LOGIN);
    prophet_begin_session(session->daemon->prophet, false);
}

void session_note_login(Session *session, const Login *login)
{
    g_autofree char *id = log_printable(login->session);
    log_write(session->daemon->log, LEVEL_INFO, MESSAGE_LOGIN, "user %u logged in (session %s, %s)",
              (unsigned)login->uid, id, login->graphical ? "graphical" : "terminal");
    begin_login(session);
}

static void on_login(const Login *login, gpointer data)
{
    session_note_login(data, login);
}

static gboolean on_look_due(gpointer data)
{
    Session *session = data;
    session->look_source = 0;
    logins_look(session->logins, on_login, session);
    return G_SOURCE_REMOVE;
}

static gboolean on_change(gint fd, GIOCondition condition, gpointer data)
{
    (void)fd;
    (void)condition;
    Session *session = data;
    logins_flush(session->logins);
    if (session->look_source == 0)
        session->look_source = g_timeout_add_seconds(LOOK_AFTER_SEC, on_look_due, session);
    return G_SOURCE_CONTINUE;
}

static void watch(Session *session)
{
    int fd = logins_fd(session->logins);
    if (fd < 0)
        return; /* looked at each cycle, then */
    session->source = g_unix_fd_source_new(fd, G_IO_IN);
    g_source_set_callback(session->source, G_SOURCE_FUNC(on_change), session, NULL);
    g_source_attach(session->source, NULL);
}

/* The window is that of the machine: if it is over, it is not begun by a late start of ours. */
static void begin_boot(Session *session)
{
    const Daemon *daemon = session->daemon;
    uint64_t now_usec = now_of(session);
    if (now_usec < usec_of(daemon->config->sessionwindow_sec))
        begin(session, BEGAN_BOOT);
    if (now_usec < BOOT_USEC)
        prophet_begin_session(daemon->prophet, true);
    else
        session->user_usec = now_usec; /* a session may be under way */
}

Session *session_new(Daemon *daemon, Logins *logins)
{
    Session *session = g_new0(Session, 1);
    session->daemon = daemon;
    session->logins = logins;
    session->asleep_usec = clock_asleep_usec(daemon->clock);
    if (logins != NULL)
        watch(session);
    begin_boot(session);
    return session;
}

Session *session_open(Daemon *daemon)
{
    g_autoptr(GError) error = NULL;
    Logins *logins = notify_managed(daemon->notify) ? logins_open(&error) : NULL;
    if (logins == NULL)
        log_write(
            daemon->log, LEVEL_INFO, MESSAGE_NONE,
            "no logins are told of: %s; a session is taken to begin with the first program of "
            "a user",
            error != NULL ? error->message : "not started by a service manager");
    return session_new(daemon, logins);
}

void session_free(Session *session)
{
    if (session == NULL)
        return;
    event_source_clear(&session->source);
    if (session->look_source != 0)
        g_source_remove(session->look_source);
    logins_free(session->logins);
    g_free(session);
}

static bool is_user_running(const Model *model)
{
    for (guint i = 0; i < model->running->len; i++) {
        if (((const Exe *)model->running->pdata[i])->origin == ORIGIN_USER)
            return true;
    }
    return false;
}

static bool is_user_starting(const Observation *observation)
{
    for (guint i = 0; i < observation->started->len; i++) {
        if (observation_origin(observation, i) == ORIGIN_USER)
            return true;
    }
    return false;
}

void session_note_started(Session *session, const Observation *observation)
{
    if (session->logins != NULL || !session->daemon->model->synchronized)
        return;
    bool running = is_user_running(session->daemon->model);
    bool starting = is_user_starting(observation);
    uint64_t now_usec = now_of(session);
    bool rested = session->user_usec == 0 || now_usec - session->user_usec >=
                                                 usec_of(session->daemon->config->sessionapart_sec);
    if (starting && !running && rested)
        begin_login(session);
    if (running || starting)
        session->user_usec = now_usec;
}

void session_look(Session *session)
{
    if (session->logins != NULL)
        logins_look(session->logins, on_login, session);
    uint64_t asleep_usec = clock_asleep_usec(session->daemon->clock);
    uint64_t slept_usec =
        asleep_usec > session->asleep_usec ? asleep_usec - session->asleep_usec : 0;
    session->asleep_usec = asleep_usec;
    if (slept_usec < SLEEP_LEAST_USEC)
        return;
    begin(session, BEGAN_WAKE);
    wakeup_begin(session->daemon, slept_usec);
}

static void tell_change(const Session *session, const Stance *stance)
{
    const Stance *before = &session->stance;
    if (stance->kind == before->kind && stance->reduced == before->reduced)
        return;
    g_autofree char *text = report_stance(stance);
    log_write(session->daemon->log, LEVEL_INFO, MESSAGE_STANCE, "prediction: %s",
              text != NULL ? text : "as usual");
}

Stance session_stance(Session *session, const Observation *observation)
{
    const Config *config = session->daemon->config;
    const StanceRules rules = {.window_sec = config->sessionwindow_sec,
                               .top = config->sessiontop,
                               .memory_percent = config->sessionmemory_percent,
                               .pressure_percent = config->busypressure_percent,
                               .load_percent = config->busyload_percent,
                               .on_battery = (BatteryUse)config->onbattery};
    const Circumstances circumstances = {.began = session->began,
                                         .since_usec = now_of(session) - session->began_usec,
                                         .pressure = observation->pressure,
                                         .memory = observation->memory,
                                         .on_battery = observation->on_battery};
    Stance stance = stance_of(&rules, &circumstances);
    tell_change(session, &stance);
    session->stance = stance;
    return stance;
}

char *session_describe(const Session *session)
{
    g_autofree char *text = report_stance(&session->stance);
    return g_strdup_printf("state: %s", text != NULL ? text : "as usual");
}
