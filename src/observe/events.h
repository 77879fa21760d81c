/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Events: what happens between two passes. Takes execs, forks and exits to the scanner and to the
 * learner, opens to the learner, and tells what came of it.
 *
 * The opens of a process are taken before its exit is, and its exec before its opens. When events
 * come in a storm (a build), they are taken in bundles, some milliseconds late (pauses.h), so that
 * the thread does not wake up for each: it has to sleep for events_take_pause() then. Belongs to
 * the observer's thread, but for events_new().
 */
#include "observe/observation.h"
#include "observe/scanner.h"
#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *proc_path;
    const char *broker_socket; /* NULL: none */
    const ScanRules *rules;    /* copied */
    Scanner *scanner;          /* borrowed */
    GMainContext *context;     /* of the thread, borrowed */
    bool wanted;               /* events and learning; else this does nothing */
    /* Events were lost: a pass is to find out what runs. */
    void (*overrun)(gpointer data);
    /* Owns the observation. */
    void (*tell)(Observation *observation, gpointer data);
    gpointer data;
} EventsSetup;

typedef struct Events Events;

Events *events_new(const EventsSetup *setup);
void events_free(Events *events);
/* Begins, in the thread. What is not permitted is tried again with new rules. */
void events_start(Events *events);
void events_set_rules(Events *events, const ScanRules *rules, bool wanted);
/* Takes all that has happened up to now. */
void events_drain(Events *events);
/* For how long the thread should sleep before it waits in the context again; asked once for each
 * time that events were taken, then 0. */
uint64_t events_take_pause(Events *events);
/* What runs is not known any more. */
void events_forget(Events *events);
void events_rest(Events *events, ExeKey *key, uint32_t n);
void events_health(const Events *events, ObserverHealth *ret);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Events, events_free)
