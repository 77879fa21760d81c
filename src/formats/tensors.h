/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Tensors: what a model file consists of, in the order in which inference wants it: the embedding,
 * block after block, the norm and the head; at last the experts of mixtures, of which each token
 * touches but a few.
 *
 * The types of tensors are not looked at, for there are new ones every few months: a tensor ends
 * where the next one begins, unless its file says where.
 */
#include "formats/anatomy.h"
#include <glib.h>
#include <stdint.h>

#define TENSORS_MAX 100000u
/* Of which no model has as many. */
#define TENSORS_LAYERS_MAX 10000u

typedef struct Tensors Tensors;

Tensors *tensors_new(void);
void tensors_free(Tensors *tensors);
/* length_bytes: 0, up to the next one's beginning. Offsets are those in the file. */
void tensors_add(Tensors *tensors, const char *name, uint64_t offset_bytes, uint64_t length_bytes);
/* Adds segments to the anatomy, and how many tensors and layers there are. What is after the last
 * block is one layer more. */
void tensors_tell(Tensors *tensors, Anatomy *anatomy);

/* Of "NAME-00001-of-00003.SUFFIX": the other parts are companions. */
void tensors_add_parts(const char *name, Anatomy *anatomy);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Tensors, tensors_free)
