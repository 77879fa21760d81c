/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/image-habits.h"
#include "model/model.h"
#include <string.h>

/* Launches that an older state counted say who is used most, but not how lately. */
#define OLD_LAUNCHES_MAX 50

void image_habits_init(ImageHabits *habits)
{
    *habits = (ImageHabits){
        .launches = g_array_new(FALSE, FALSE, sizeof(ImageLaunch)),
        .habits = g_array_new(FALSE, FALSE, sizeof(ImageHabit)),
    };
    mixture_init(&habits->mixture);
    rates_init(&habits->rates);
}

void image_habits_clear(ImageHabits *habits)
{
    g_clear_pointer(&habits->launches, g_array_unref);
    g_clear_pointer(&habits->habits, g_array_unref);
}

static void take_launches(ImageHabits *habits, const Launches *launches)
{
    for (uint64_t serial = launches_oldest(launches); serial <= launches->n_launches; serial++) {
        ImageLaunch taken = {.launch = *launches_get(launches, serial)};
        taken.exe = taken.launch.exe != NULL ? taken.launch.exe->index : IMAGE_NO_EXE;
        taken.launch.exe = NULL;
        taken.launch.before = 0;
        g_array_append_val(habits->launches, taken);
    }
}

static bool is_none(const Habit *habit)
{
    return habit->counted == 0 && habit->slow <= 0 && habit->fast <= 0 && habit->seen <= 0;
}

void image_habits_take(ImageHabits *habits, const Model *model)
{
    habits->known = true;
    habits->now = model->launches;
    habits->now.ring = NULL;
    memset(habits->now.rests, 0, sizeof habits->now.rests); /* counted anew */
    habits->mixture = model->mixture;
    habits->rates = model->rates;
    take_launches(habits, &model->launches);
    for (guint i = 0; i < model->exes->len; i++) {
        ImageHabit taken = {i, ((const Exe *)model->exes->pdata[i])->habit};
        taken.habit.last = 0;
        memset(taken.habit.rests, 0, sizeof taken.habit.rests);
        if (!is_none(&taken.habit))
            g_array_append_val(habits->habits, taken);
    }
}

static void give_launches(const ImageHabits *habits, const GPtrArray *exes, Launches *launches)
{
    uint64_t serial = launches->n_launches - habits->launches->len;
    for (guint i = 0; i < habits->launches->len; i++) {
        const ImageLaunch *from = &g_array_index(habits->launches, ImageLaunch, i);
        Launch launch = from->launch;
        launch.exe = from->exe != IMAGE_NO_EXE ? exes->pdata[from->exe] : NULL;
        launches_put(launches, ++serial, &launch);
    }
}

static void assume_habits(const GPtrArray *exes)
{
    for (guint i = 0; i < exes->len; i++) {
        Exe *exe = exes->pdata[i];
        if (exe != NULL)
            exe->habit.slow = (float)MIN(exe->launches, OLD_LAUNCHES_MAX);
    }
}

void image_habits_give(const ImageHabits *habits, const GPtrArray *exes, Model *model)
{
    Launches *launches = &model->launches;
    launches_clear(launches);
    launches_init(launches);
    Launch *ring = launches->ring;
    *launches = habits->now;
    launches->ring = ring;
    model->mixture = habits->mixture;
    model->rates = habits->rates;
    for (guint i = 0; i < habits->habits->len; i++) {
        const ImageHabit *from = &g_array_index(habits->habits, ImageHabit, i);
        if (exes->pdata[from->exe] != NULL)
            ((Exe *)exes->pdata[from->exe])->habit = from->habit;
    }
    if (!habits->known)
        assume_habits(exes);
    give_launches(habits, exes, launches);
}
