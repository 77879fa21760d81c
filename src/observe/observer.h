/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Observer: the thread that watches what runs: passes over /proc when it is asked for one, events
 * of the proc connector and opens as they come, footprints of launches that are being learnt.
 *
 * All functions are for the thread that made it; what was observed is told in the GMainContext of
 * that thread. Where events are not permitted, or were lost, the passes find out the same, later.
 */
#include "observe/observation.h"
#include "observe/scanrules.h"
#include <glib.h>
#include <stdbool.h>

typedef struct {
    const char *proc_path;     /* "/proc" but in tests */
    const char *power_path;    /* "/sys/class/power_supply"; NULL: power is not asked for */
    const char *broker_socket; /* of the privileged helper, for what we may not open ourselves */
    const ScanRules *rules;
    bool learn; /* events and footprints; else passes only */
    /* Owns the observation. `pass`: of a whole pass, else of an event. */
    void (*take)(Observation *observation, bool pass, gpointer data);
    gpointer data;
} ObserverSetup;

typedef struct Observer Observer;

/* NULL with errno set when /proc cannot be opened. */
Observer *observer_new(const ObserverSetup *setup);
/* Waits for the thread to end; what was observed and not yet told is dropped. */
void observer_free(Observer *observer);

/* A pass; its observation is told. No event is told before the first: that tells what runs. */
void observer_pass(Observer *observer);
/* Whether a pass was asked for, and its observation not yet told. */
bool observer_busy(const Observer *observer);
/* New rules; everything is looked at anew in the next pass. */
void observer_set_rules(Observer *observer, const ScanRules *rules, bool learn);
/* Scanning pauses: what runs is not known from now on, no event is told till the next pass. */
void observer_forget(Observer *observer);
/* A program known to map less than minsize. */
void observer_skip(Observer *observer, ExeKey *key);
/* The next n launches of the program need not be learnt. */
void observer_rest(Observer *observer, ExeKey *key, uint32_t n);

G_DEFINE_AUTOPTR_CLEANUP_FUNC(Observer, observer_free)
