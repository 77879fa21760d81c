/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Words: what the user said of programs (pool.h), apart from what is learnt of them: it survives
 * that they are forgotten, and is in the state. Of a program that nothing was said of, the lists of
 * the configuration count (ModelRules.ignore, .promote; ignore first). Belongs to the model.
 */
#include "model/model.h"

/* More than anybody says. */
#define MODEL_WORDS_MAX 4096

typedef struct {
    ExeKey *key; /* owned */
    Word word;
} Said;

GHashTable *words_new(void); /* ExeKey -> Said */
/*
 * The user's word on a program, known or not; WORD_NONE takes it back. One that is ignored leaves
 * the model with all that was learnt. False, and nothing is changed, if too much was said already.
 */
bool model_say(Model *model, ExeKey *key, Word word);
/* What counts for the program: what was said, or what is configured. */
Word model_word(const Model *model, const ExeKey *key);
/* What was said: Said, borrowed, by key. To be freed. */
GPtrArray *model_said(const Model *model);
/* The rules are others. Private to the model's own modules. */
void words_apply(Model *model);

/* An Exe's pool: by word, or learnt. */
Pool exe_pool(const Exe *exe);
/* Judges the pool of an Exe, or of all, anew, by what is known now. */
void model_judge_pool(const Model *model, Exe *exe);
void model_judge_pools(Model *model);
