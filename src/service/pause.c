/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/pause.h"
#include "service/assist.h"
#include "service/control.h"

static void forget_timer(Daemon *daemon)
{
    if (daemon->pause_source != 0)
        g_source_remove(daemon->pause_source);
    daemon->pause_source = 0;
}

static gboolean is_over(gpointer data)
{
    Daemon *daemon = data;
    daemon->pause_source = 0; /* goes with the return */
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_RESUMED, "the pause is over: reading ahead again");
    notify_status(daemon->notify, "the pause is over");
    control_changed(daemon->control);
    return G_SOURCE_REMOVE;
}

void pause_begin(Daemon *daemon, uint32_t seconds, const char *who)
{
    seconds = CLAMP(seconds, 1, PAUSE_MAX_SEC);
    forget_timer(daemon);
    daemon->pause_source = g_timeout_add_seconds(seconds, is_over, daemon);
    daemon->pause_end_usec = clock_awake_usec(daemon->clock) + (uint64_t)seconds * G_USEC_PER_SEC;
    queue_cancel_from(daemon->queue, CLASS_ASSIST);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_PAUSED,
              "paused for %u s by %s: nothing is read ahead, learning goes on", seconds, who);
    notify_status(daemon->notify, "paused for %u s", seconds);
    control_changed(daemon->control);
}

void pause_end(Daemon *daemon, const char *who)
{
    if (!pause_active(daemon))
        return;
    forget_timer(daemon);
    log_write(daemon->log, LEVEL_NOTICE, MESSAGE_RESUMED, "resumed by %s: reading ahead again",
              who);
    notify_status(daemon->notify, "resumed");
    control_changed(daemon->control);
}

bool pause_active(const Daemon *daemon)
{
    return daemon->pause_source != 0;
}

uint32_t pause_left_sec(const Daemon *daemon)
{
    if (!pause_active(daemon))
        return 0;
    uint64_t now_usec = clock_awake_usec(daemon->clock);
    uint64_t left_usec = daemon->pause_end_usec > now_usec ? daemon->pause_end_usec - now_usec : 0;
    return (uint32_t)MAX(1, (left_usec + G_USEC_PER_SEC - 1) / G_USEC_PER_SEC);
}
