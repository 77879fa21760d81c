/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * ImageHabits: the part of an Image (image.h) that predictions are made of: the launches that are
 * remembered, what each Exe keeps of its own, the weights of the experts, the rates.
 */
#include "model/launches.h"
#include "model/mixture.h"
#include "model/rates.h"
#include <glib.h>

/* In place of the index of an Exe that left. */
#define IMAGE_NO_EXE UINT32_MAX

typedef struct {
    uint32_t exe;  /* index in the image's exes, or IMAGE_NO_EXE */
    Launch launch; /* without exe and before */
} ImageLaunch;

typedef struct {
    uint32_t exe;
    Habit habit; /* without last */
} ImageHabit;

typedef struct {
    bool known;       /* an older state has none: then all below is as of a new model */
    Launches now;     /* without a ring */
    GArray *launches; /* ImageLaunch, the oldest first; the last is now.n_launches */
    GArray *habits;   /* ImageHabit, rising by exe; those that are all 0 are left out */
    Mixture mixture;
    Rates rates;
} ImageHabits;

void image_habits_init(ImageHabits *habits);
void image_habits_clear(ImageHabits *habits);
/* Exes are named by their index. */
void image_habits_take(ImageHabits *habits, const Model *model);
/* exes: Exe by the index of the image, NULL for those that were left out. The model has none yet.
 */
void image_habits_give(const ImageHabits *habits, const GPtrArray *exes, Model *model);
