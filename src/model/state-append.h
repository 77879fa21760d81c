/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The fields of the state file, written: what state-take.h reads. Private to state*.c. Those that
 * stand behind others begin with a tab, where it is said.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "model/markov.h"
#include "model/metrics.h"
#include "model/state-format.h"

/* Only printable ASCII is left, so that a tab or a newline in a name is no separator. */
void state_append_text(GString *out, const char *text);
/* With a tab before each of the four. */
void state_append_id(GString *out, const FileId *id);
/* Ends a line with the fields "script, path", each with a tab before it. */
void state_append_key(GString *out, const ExeKey *key);
void state_append_metrics(GString *out, const Metrics *metrics);
/* So that it is the same when it is read. */
void state_append_float(GString *out, float value);
void state_append_double(GString *out, double value);
/*
 * With a tab before it: the values that are not 0, as "key:value,key:value", or "-". The key of a
 * single row is the column, else row and column: states are below 10, so one digit each.
 */
void state_append_sparse(GString *out, const float *values, int rows);
