/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/question.h"
#include "model/seed.h"

/* A program that was launched once, long ago, has this share of a launch at the least. */
#define SHARE_LEAST 0.01
/* Of pairs: more than a launch asks for, mostly. */
#define PAIRS_ROOM 4096

static MomentKind moment_of(const Model *model)
{
    const Launches *launches = &model->launches;
    if (launches->place == 0)
        return MOMENT_FIRST;
    uint64_t since_usec = model->now_usec - launches->last_usec;
    return since_usec < (uint64_t)MOMENT_BURST_SEC * G_USEC_PER_SEC ? MOMENT_BURST : MOMENT_CALM;
}

static Question question_new(const Model *model, double horizon_sec, bool usecorrelation)
{
    return (Question){
        .model = model,
        .horizon_sec = horizon_sec,
        .usecorrelation = usecorrelation,
        .moment = moment_of(model),
        .candidates = g_ptr_array_new(),
    };
}

static void add(Question *question, Exe *exe)
{
    exe->place = question->candidates->len;
    g_ptr_array_add(question->candidates, exe);
}

static void share_out(Question *question)
{
    guint n = question->candidates->len;
    question->share = g_new(float, MAX(n, 1));
    double sum = 0;
    for (guint i = 0; i < n; i++) {
        const Exe *exe = question->candidates->pdata[i];
        double count = launches_slow(&question->model->launches, &exe->habit) +
                       exe_seed_weight(question->model, exe);
        question->share[i] = (float)(count + SHARE_LEAST);
        sum += count + SHARE_LEAST;
    }
    for (guint i = 0; i < n; i++)
        question->share[i] /= (float)sum;
}

/* Thousands of partners are asked whether they are one of a few candidates. Most are told no by
 * their address, which one bit of this many stands for, and need not be fetched from memory. */
#define SIEVE_BITS 4096
#define SIEVE_SHIFT (64 - 12)

typedef struct {
    uint64_t words[SIEVE_BITS / 64];
} Sieve;

static uint32_t bit_of(const Exe *exe)
{
    /* Fibonacci hashing: Knuth, The Art of Computer Programming 3, 6.4 */
    return (uint32_t)(((uint64_t)(uintptr_t)exe * UINT64_C(0x9E3779B97F4A7C15)) >> SIEVE_SHIFT);
}

static Sieve sieve_of(const GPtrArray *candidates)
{
    Sieve sieve = {0};
    for (guint i = 0; i < candidates->len; i++) {
        uint32_t bit = bit_of(candidates->pdata[i]);
        sieve.words[bit / 64] |= UINT64_C(1) << bit % 64;
    }
    return sieve;
}

static bool may_be(const Sieve *sieve, const Exe *exe)
{
    uint32_t bit = bit_of(exe);
    return (sieve->words[bit / 64] >> bit % 64 & 1) != 0;
}

static void find_pairs(Question *question)
{
    const Sieve sieve = sieve_of(question->candidates);
    const GPtrArray *running = question->model->running;
    guint room = MIN(running->len * MODEL_CHAINS_PER_EXE_MAX, PAIRS_ROOM);
    question->pairs = g_array_sized_new(FALSE, FALSE, sizeof(QuestionPair), room);
    for (guint i = 0; i < running->len; i++) {
        const Exe *witness = running->pdata[i];
        for (guint j = 0; j < witness->partners->len; j++) {
            const Exe *partner = witness->partners->pdata[j];
            QuestionPair pair = {.witness = witness};
            if (!may_be(&sieve, partner) || !question_place(question, partner, &pair.place))
                continue;
            pair.chain = witness->chains->pdata[j];
            __builtin_prefetch(pair.chain); /* far apart in memory, and all are heard soon */
            __builtin_prefetch((const char *)pair.chain + 64);
            g_array_append_val(question->pairs, pair);
        }
    }
}

static void settle(Question *question)
{
    share_out(question);
    find_pairs(question);
}

static bool is_candidate(const Exe *exe)
{
    return !exe->running && (exe->habit.counted > 0 || exe->launches > 0 || exe->seed_weight > 0);
}

Question question_all(const Model *model, double horizon_sec, bool usecorrelation)
{
    Question question = question_new(model, horizon_sec, usecorrelation);
    for (guint i = 0; i < model->exes->len; i++) {
        if (is_candidate(model->exes->pdata[i]))
            add(&question, model->exes->pdata[i]);
    }
    settle(&question);
    return question;
}

Question question_latest(const Model *model, double horizon_sec, bool usecorrelation, guint n,
                         const Exe *also)
{
    Question question = question_new(model, horizon_sec, usecorrelation);
    const Launches *launches = &model->launches;
    guint place = 0;
    if (is_candidate(also))
        add(&question, (Exe *)also);
    for (uint64_t serial = launches->n_launches; question.candidates->len < n; serial--) {
        const Launch *launch = launches_get(launches, serial);
        if (launch == NULL)
            break;
        if (launch->exe != NULL && is_candidate(launch->exe) &&
            !question_place(&question, launch->exe, &place))
            add(&question, launch->exe);
    }
    settle(&question);
    return question;
}

void question_clear(Question *question)
{
    g_clear_pointer(&question->candidates, g_ptr_array_unref);
    g_clear_pointer(&question->share, g_free);
    g_clear_pointer(&question->pairs, g_array_unref);
}
