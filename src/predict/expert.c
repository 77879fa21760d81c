/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/expert.h"

const Expert experts[EXPERTS] = {
    [EXPERT_MARKOV] = expert_markov,   [EXPERT_SLOW] = expert_slow,
    [EXPERT_FAST] = expert_fast,       [EXPERT_RECENCY] = expert_recency,
    [EXPERT_CONTEXT] = expert_context, [EXPERT_CORUNNING] = expert_corunning,
    [EXPERT_DAYTIME] = expert_daytime, [EXPERT_RENEWAL] = expert_renewal,
    [EXPERT_SESSION] = expert_session,
};
