/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Budget: how many bytes may be read ahead now. Pure.
 *
 *   max(0, total x memtotal % + available x memfree %) x sqrt(SwapFree / SwapTotal)  + cached x
 * memcached %
 *
 * (factor 1 without swap), and nothing while writeback exceeds 2 % of RAM: the disk is busy with
 * what somebody waits for. The percentages are those of preload 0.6.4, which had MemFree for
 * available.
 */
#include "observe/meminfo.h"
#include <stdint.h>

typedef struct {
    int memtotal_percent; /* -100 ... 100 each */
    int memfree_percent;
    int memcached_percent;
    uint32_t observation_percent; /* 0 ... 100 */
} BudgetRules;

typedef struct {
    uint64_t read_bytes; /* that may be read newly now */
    /*
     * What prediction keeps in memory may not exceed this in all, read now or resident before: else
     * each cycle would push out what the cycle before it read. Never less than read_bytes.
     */
    uint64_t keep_bytes;
    bool writeback;               /* nothing because of writeback */
    uint32_t observation_percent; /* of keep_bytes, for what only the observation pool wants */
} Budget;

Budget budget_of(const Meminfo *memory, const BudgetRules *rules);
