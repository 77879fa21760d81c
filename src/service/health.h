/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Health: what is lacking, what that costs, and what to do about it; for people. Pure: the facts
 * are gathered by whoever asks.
 */
#include "observe/observation.h"
#include "service/kernel.h"
#include "service/rights.h"
#include <glib.h>
#include <stdbool.h>

typedef enum {
    HEALTH_OK,
    HEALTH_DEGRADED, /* something works less well */
    HEALTH_BROKEN,   /* nothing is learnt, or nothing is predicted */
} HealthLevel;

typedef struct {
    Rights rights;
    Kernel kernel;
    bool service; /* under a service manager: remedies are about units */
    bool proc;    /* /proc can be read */
    bool memory;  /* /proc/meminfo can */
    bool looked;  /* a pass was made: what follows of it counts */
    ObserverHealth events;
    bool scans;           /* doscan */
    bool predicts;        /* dopredict */
    bool assists;         /* assist */
    bool keeps;           /* a state file is wanted */
    bool saves;           /* and can be written */
    bool watches;         /* inotify is to be had */
    uint32_t n_unwatched; /* directories */
    uint32_t n_pins;      /* files that are to stay in memory */
    uint32_t n_locked;    /* of these, do */
} HealthFacts;

typedef struct {
    const char *name; /* static: a word for machines */
    HealthLevel level;
    char *what;   /* owned; one line */
    char *cost;   /* owned; "" if all is well */
    char *remedy; /* owned; "" if all is well */
} HealthItem;

/* HealthItem, one for each thing that is looked at. To be freed. */
GPtrArray *health_of(const HealthFacts *facts);
/* The worst of them. */
HealthLevel health_worst(const GPtrArray *items);
/* "ok", "degraded", "broken"; static. */
const char *health_name(HealthLevel level);
