/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/cycle.h"

BudgetRules cycle_budget_rules(const Config *config)
{
    return (BudgetRules){config->memtotal_percent, config->memfree_percent,
                         config->memcached_percent, config->observationshare_percent};
}

G_STATIC_ASSERT((int)CONFIG_HEAD_AUTO == (int)HEAD_AUTO);
G_STATIC_ASSERT((int)CONFIG_HEAD_YES == (int)HEAD_YES);
G_STATIC_ASSERT((int)CONFIG_HEAD_NO == (int)HEAD_NO);

ReadaheadRules cycle_read_rules(const Daemon *daemon, ReadClass class)
{
    const Config *config = daemon->config;
    return (ReadaheadRules){.sort = (SortStrategy)config->sortstrategy,
                            .head = (HeadBelief)config->rotational,
                            .heads = daemon->heads,
                            .maxprocs = config->maxprocs,
                            .assist = class == CLASS_ASSIST,
                            .merging_bytes = config->mergingsize_bytes,
                            .placement = daemon->placement,
                            .limiter = daemon->limiter,
                            .limits = {.rate_bytes = config->bandwidth_bytes,
                                       .heedless = !config->yield,
                                       .budget = cycle_budget_rules(config)}};
}
