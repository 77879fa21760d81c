/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * OpenFeed: opens, as long as somebody wants them and they can be afforded.
 *
 * Armed, every open on the machine is an event, whoever's it is (opens.h). Those that nobody wants
 * are counted against an allowance that grows with time: on a machine that is busy with something
 * else, such as a build, it is used up soon, and the feed is disarmed until it has grown again.
 * What is being learnt meanwhile is incomplete. Belongs to one thread, whose GMainContext it waits
 * in.
 */
#include "observe/opens.h"
#include "observe/procfs.h"
#include <glib.h>
#include <stdbool.h>

/* Events that nobody wants, at 5 us each: 0.15 % of a processor in the long run, 30 ms at once. */
#define OPENFEED_UNWANTED_PER_SEC 300
#define OPENFEED_UNWANTED_MAX 6000

typedef struct {
    ProcRoot *root;        /* borrowed */
    GMainContext *context; /* borrowed */
    OpensSink sink;
    /* There is something to read: openfeed_drain() is due. */
    void (*ready)(gpointer data);
    /* Some opens were not told. */
    void (*lost)(gpointer data);
    gpointer data;
} OpenFeedSetup;

typedef struct OpenFeed OpenFeed;

/* opens is owned. */
OpenFeed *openfeed_new(Opens *opens, const OpenFeedSetup *setup);
void openfeed_free(OpenFeed *feed);
/* Whether opens are wanted now. Begins at once; ends a second after nobody wants them any more, as
 * the next may come soon. True if they are told. */
bool openfeed_want(OpenFeed *feed, bool wanted);
void openfeed_drain(OpenFeed *feed);
/* 0, or the negative errno with which it broke. */
int openfeed_error(const OpenFeed *feed);
/* As opens_unmarked(). */
uint32_t openfeed_unmarked(const OpenFeed *feed, const char **ret_why);
/* Whether the allowance is used up. */
bool openfeed_resting(const OpenFeed *feed);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(OpenFeed, openfeed_free)
