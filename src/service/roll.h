/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* The roll of programs: all that has a name in it, so for those who may inspect. Answers are
 * floating. */
#include "service/daemon.h"

/* Rows of one answer: more is for the state file. */
#define ROLL_MAX 1000

/* aa{sv}, the most useful first: those with the most bytes in memory because of us. */
GVariant *roll_stats(const Daemon *daemon);
/* aa{sv}: the n programs most likely to be launched next, most likely first. */
GVariant *roll_predict(const Daemon *daemon, uint32_t n);
/* aa{sv}: the n latest launches that are remembered, of programs that are known, oldest first. */
GVariant *roll_launches(const Daemon *daemon, uint32_t n);
/* a{sv}: why a program is, or is not, expected now. */
GVariant *roll_explain(const Daemon *daemon, const Exe *exe);
/* a{sv}: the footprint of a program, by file. */
GVariant *roll_show(const Daemon *daemon, const Exe *exe);
/*
 * The program that a person means: by path, by name ("firefox"), by script or its name, or by both
 * ("python3 deluge"). NULL with error if there is none, or if it may be several.
 */
Exe *roll_find(const Model *model, const char *name, GError **error);
