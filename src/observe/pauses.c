/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/pauses.h"
#include <glib.h>

/* Credit is time: one waking up costs as much as passes between two that are free. */
#define COST_USEC (UINT64_C(1000000) / PAUSES_FREE_PER_SEC)
#define CREDIT_MAX_USEC (PAUSES_FREE_MAX * COST_USEC)
/* Below this there are pauses. */
#define CREDIT_LOW_USEC (CREDIT_MAX_USEC / 2)

uint64_t pauses_next_usec(Pauses *pauses, uint64_t now_usec)
{
    uint64_t since_usec = now_usec - MIN(pauses->granted_usec, now_usec);
    uint64_t credit_usec =
        MIN(pauses->credit_usec + MIN(since_usec, CREDIT_MAX_USEC), CREDIT_MAX_USEC);
    credit_usec -= MIN(credit_usec, COST_USEC);
    *pauses = (Pauses){credit_usec, now_usec};
    if (credit_usec >= CREDIT_LOW_USEC)
        return 0;
    return PAUSES_PAUSE_MAX_USEC * (CREDIT_LOW_USEC - credit_usec) / CREDIT_LOW_USEC;
}
