/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Pinned: what the user said is to be locked in memory: files, and programs with all that they
 * need. Kept apart from what is learnt: it survives that a program is forgotten, and is in the
 * state. Belongs to the model.
 */
#include "model/model.h"

/* More than anybody says. */
#define MODEL_PINNED_MAX 1024

GHashTable *pinned_new(void); /* set of ExeKey, owned */
/* A file is an ExeKey without a script. False, and nothing is changed, if there are too many. */
bool model_pin(Model *model, ExeKey *key);
/* False if it was not pinned. */
bool model_unpin(Model *model, const ExeKey *key);
/* The order of model_pinned(), as strcmp(3) has it. */
int pinned_compare(const ExeKey *a, const ExeKey *b);
/* ExeKey, borrowed, sorted. To be freed. */
GPtrArray *model_pinned(const Model *model);
