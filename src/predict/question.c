/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "predict/question.h"
#include "model/seed.h"

/* A program that was launched once, long ago, has this share of a launch at the least. */
#define SHARE_LEAST 0.01

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
    share_out(&question);
    return question;
}

bool question_place(const Question *question, const Exe *exe, guint *ret_place)
{
    if (exe->place >= question->candidates->len || question->candidates->pdata[exe->place] != exe)
        return false;
    *ret_place = exe->place;
    return true;
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
    share_out(&question);
    return question;
}

void question_clear(Question *question)
{
    g_clear_pointer(&question->candidates, g_ptr_array_unref);
    g_clear_pointer(&question->share, g_free);
}
