/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Strategy: which parts of a file are read ahead, and in which order, by what is known of its
 * inside. Pure.
 */
#include "formats/anatomy.h"
#include "observe/residency.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    STRATEGY_AUTO,            /* inference-order if the format is known, else sequential */
    STRATEGY_INFERENCE_ORDER, /* segments by priority, then the rest; what is unused is left out */
    STRATEGY_SEQUENTIAL,      /* all, from the beginning to the end */
    STRATEGY_FIRST_N_LAYERS,  /* the segments of so many layers, and those that belong to none */
    STRATEGY_METADATA_ONLY,
    STRATEGIES,
} Strategy;

/* Of first-n-layers, if it is not said: as prefetch has it. */
#define STRATEGY_LAYERS_DEFAULT 8u

typedef enum {
    STRATEGY_ERROR_UNKNOWN, /* the format would have to be known for that */
    STRATEGY_ERROR_NOTHING, /* it has no such parts */
} StrategyError;
#define STRATEGY_ERROR (strategy_error_quark())
GQuark strategy_error_quark(void);

/* "auto", "inference-order", ...; static. */
const char *strategy_name(Strategy strategy);
bool strategy_by_name(const char *name, Strategy *ret);

/*
 * Range, in the order of reading, by whole pages, each page once; to be unref'ed. anatomy: NULL if
 * the format is not known. n_layers: of first-n-layers. NULL with error set.
 */
GArray *strategy_ranges(Strategy strategy, const Anatomy *anatomy, uint64_t size_bytes,
                        uint32_t n_layers, GError **error);
