/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/state-exe.h"
#include "model/footprint.h"
#include "model/state-append.h"
#include "model/state-take.h"

#include <inttypes.h>

/* Whose launches they were and what they count for, the pool, the seed. */
static void append_use(GString *out, const ImageExe *exe)
{
    g_string_append_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\t", exe->user_launches,
                           exe->automated_launches);
    state_append_double(out, exe->weighted_launches);
    g_string_append_printf(out, "\t%" PRIu64 "\t%s\t", exe->user_usec,
                           exe->pool == POOL_PRIORITY ? STATE_PRIORITY : STATE_OBSERVATION);
    state_append_float(out, exe->seed_weight);
    g_string_append_c(out, '\t');
    if (exe->seed_source != NULL && *exe->seed_source != '\0')
        state_append_text(out, exe->seed_source);
    else
        g_string_append(out, STATE_NONE);
}

void state_append_exe(GString *out, const ImageExe *exe, guint seq)
{
    g_string_append_printf(out, STATE_EXE "\t%u\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64,
                           seq, exe->launches, exe->run_usec, exe->first_usec, exe->active_usec);
    g_string_append_printf(out, "\t%u\t%u\t", exe->n_learnt, exe->n_stable);
    state_append_metrics(out, &exe->metrics);
    append_use(out, exe);
    state_append_id(out, &exe->id);
    state_append_key(out, exe->key);
}

/* What was learnt of a program: launches, how many of them changed nothing, and metrics. */
static bool take_learnt(Cursor *fields, ImageExe *exe)
{
    uint64_t n_learnt = 0;
    uint64_t n_stable = 0;
    if (!state_take_u64(fields, TOUCH_LAUNCHES, &n_learnt) ||
        !state_take_u64(fields, FOOTPRINT_STABLE, &n_stable) ||
        !state_take_metrics(fields, &exe->metrics))
        return false;
    exe->n_learnt = (uint8_t)n_learnt;
    exe->n_stable = (uint8_t)n_stable;
    return n_stable == 0 || n_stable < n_learnt; /* the first is unlike none before it */
}

/* What version 3 added. */
static bool take_use(Cursor *fields, uint64_t now_usec, ImageExe *exe)
{
    double seed_weight = 0;
    if (!state_take_u64(fields, exe->launches, &exe->user_launches) ||
        !state_take_u64(fields, exe->launches - exe->user_launches, &exe->automated_launches) ||
        !state_take_double(fields, WEIGHT_MAX, &exe->weighted_launches) ||
        !state_take_u64(fields, now_usec, &exe->user_usec) ||
        !state_take_pool(fields, &exe->pool) ||
        !state_take_double(fields, STATE_SEED_MAX, &seed_weight))
        return false;
    exe->seed_weight = (float)seed_weight;
    return state_take_source(fields, &exe->seed_source);
}

/* Before there were pools all were read ahead: so it stays, until the rules find otherwise. */
static void assume_use(ImageExe *exe)
{
    exe->pool = POOL_PRIORITY;
    exe->user_usec = exe->active_usec;
}

const char *state_take_exe(Cursor *fields, uint64_t version, uint64_t now_usec, ImageExe *ret)
{
    if (!state_take_u64(fields, STATE_LAUNCHES_MAX, &ret->launches) ||
        !state_take_u64(fields, now_usec, &ret->run_usec) ||
        !state_take_u64(fields, now_usec, &ret->first_usec) ||
        !state_take_u64(fields, now_usec, &ret->active_usec))
        return "a count or time out of range";
    if (version >= 2 && !take_learnt(fields, ret))
        return "not what can have been learnt";
    if (version < 3)
        assume_use(ret);
    else if (!take_use(fields, now_usec, ret))
        return "not launches, weight, pool and seed";
    if (!state_take_id(fields, &ret->id))
        return "not the identity of a file";
    ret->key = state_take_key(fields);
    return ret->key != NULL && fields->at == fields->end ? NULL
                                                         : "not a script and an absolute path";
}
