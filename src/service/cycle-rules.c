/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/cycle.h"

BudgetRules cycle_budget_rules(const Config *config)
{
    return (BudgetRules){config->memtotal_percent, config->memfree_percent,
                         config->memcached_percent, config->observationshare_percent};
}

ReadaheadRules cycle_read_rules(const Daemon *daemon, ReadClass class)
{
    const Config *config = daemon->config;
    return (ReadaheadRules){.sort = (SortStrategy)config->sortstrategy,
                            .maxprocs = config->maxprocs,
                            .assist = class == CLASS_ASSIST,
                            .merging_bytes = config->mergingsize_bytes,
                            .placement = daemon->placement,
                            .limiter = daemon->limiter,
                            .limits = {.rate_bytes = config->bandwidth_bytes,
                                       .heedless = !config->yield,
                                       .budget = cycle_budget_rules(config)}};
}
