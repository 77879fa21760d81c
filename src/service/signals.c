/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/signals.h"
#include <signal.h>

const AnsweredSignal signals_answered[ANSWERED_SIGNALS] = {
    {SIGTERM, SIGNAL_END},  {SIGINT, SIGNAL_END},   {SIGHUP, SIGNAL_RELOAD},
    {SIGUSR1, SIGNAL_DUMP}, {SIGUSR2, SIGNAL_SAVE},
};

/* None of this can fail for valid signals. */
static sigset_t answered_set(void)
{
    sigset_t set;
    (void)sigemptyset(&set);
    for (gsize i = 0; i < G_N_ELEMENTS(signals_answered); i++)
        (void)sigaddset(&set, signals_answered[i].number);
    return set;
}

void signals_hold(void)
{
    const sigset_t set = answered_set();
    (void)pthread_sigmask(SIG_BLOCK, &set, NULL);
}

bool signals_end_waits(void)
{
    sigset_t waiting;
    if (sigpending(&waiting) < 0)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(signals_answered); i++)
        if (signals_answered[i].wish == SIGNAL_END &&
            sigismember(&waiting, signals_answered[i].number) == 1)
            return true;
    return false;
}

void signals_release(void)
{
    const sigset_t set = answered_set();
    (void)pthread_sigmask(SIG_UNBLOCK, &set, NULL);
}
