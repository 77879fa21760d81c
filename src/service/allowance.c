/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/allowance.h"

typedef struct {
    uid_t uid;
    double tokens;
    uint64_t filled_usec;
} Allowance;

struct Allowances {
    Allowance of[ALLOWANCE_USERS_MAX];
    guint n;
};

Allowances *allowances_new(void)
{
    return g_new0(Allowances, 1);
}

void allowances_free(Allowances *allowances)
{
    g_free(allowances);
}

/* A full one for a user who has none. */
static Allowance *find(Allowances *allowances, uid_t uid, uint64_t now_usec)
{
    guint oldest = 0;
    for (guint i = 0; i < allowances->n; i++) {
        if (allowances->of[i].uid == uid)
            return &allowances->of[i];
        if (allowances->of[i].filled_usec < allowances->of[oldest].filled_usec)
            oldest = i;
    }
    guint place = allowances->n < ALLOWANCE_USERS_MAX ? allowances->n++ : oldest;
    allowances->of[place] = (Allowance){uid, ALLOWANCE_BURST, now_usec};
    return &allowances->of[place];
}

bool allowances_take(Allowances *allowances, uid_t uid, double cost, uint64_t now_usec)
{
    Allowance *allowance = find(allowances, uid, now_usec);
    if (now_usec > allowance->filled_usec) {
        double passed_sec = (double)(now_usec - allowance->filled_usec) / G_USEC_PER_SEC;
        allowance->tokens =
            MIN(ALLOWANCE_BURST, allowance->tokens + passed_sec * ALLOWANCE_PER_SEC);
        allowance->filled_usec = now_usec;
    }
    if (allowance->tokens < cost)
        return false;
    allowance->tokens -= cost;
    return true;
}
