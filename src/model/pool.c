/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/pool.h"
#include <glib.h>

#define DAY_USEC (UINT64_C(24) * 3600 * G_USEC_PER_SEC)

static bool is_promoted(const PoolFacts *facts)
{
    if (facts->application && facts->user_launches > 0)
        return true;
    bool none_known = facts->user_launches == 0 && facts->automated_launches == 0;
    uint64_t counted = none_known ? facts->launches : facts->user_launches;
    return counted >= POOL_LAUNCHES && facts->weight >= POOL_WEIGHT;
}

static bool is_demoted(const PoolFacts *facts)
{
    bool unused = facts->unused_usec >= POOL_UNUSED_DAYS * DAY_USEC;
    bool automated = facts->automated_launches > 0 && facts->unused_usec < facts->user_usec &&
                     facts->user_usec >= POOL_AUTOMATED_DAYS * DAY_USEC;
    return unused || automated;
}

Pool pool_judge(Pool pool, const PoolFacts *facts)
{
    if (is_demoted(facts))
        return POOL_OBSERVATION;
    return is_promoted(facts) ? POOL_PRIORITY : pool;
}

Pool pool_effective(Pool learnt, Word word)
{
    switch (word) {
    case WORD_PROMOTE:
        return POOL_PRIORITY;
    case WORD_DEMOTE:
    case WORD_IGNORE:
        return POOL_OBSERVATION;
    case WORD_NONE:
        break;
    }
    return learnt;
}

uint64_t pool_observation_bytes(uint64_t budget_bytes, uint64_t priority_bytes,
                                unsigned share_percent)
{
    uint64_t left_bytes = budget_bytes - MIN(priority_bytes, budget_bytes);
    /* Divided first: a product of bytes could overflow. */
    uint64_t share_bytes = budget_bytes / 100 * MIN(share_percent, 100) +
                           budget_bytes % 100 * MIN(share_percent, 100) / 100;
    return MIN(left_bytes, share_bytes);
}

const char *word_name(Word word)
{
    static const char *const names[] = {[WORD_NONE] = "",
                                        [WORD_PROMOTE] = "promote",
                                        [WORD_DEMOTE] = "demote",
                                        [WORD_IGNORE] = "ignore"};
    return names[word];
}

const char *pool_name(Pool pool)
{
    return pool == POOL_PRIORITY ? "priority" : "observation";
}
