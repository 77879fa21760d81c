/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * The fields of the state file, read and checked. Private to state*.c. Each takes the next field
 * (or, where it is said, several) of a line, and returns false or NULL if it is not there or not of
 * its kind. What is returned is the caller's.
 */
#include "base/exekey.h"
#include "base/fileid.h"
#include "base/touch.h"
#include "model/state-format.h"

/* A whole number of at most `most`. */
bool state_take_u64(Cursor *fields, uint64_t most, uint64_t *ret);
bool state_take_i64(Cursor *fields, int64_t *ret);
/* An index into `length` records that were read so far. */
bool state_take_index(Cursor *fields, guint length, uint32_t *ret);
/* The number of a record is where it stands among its kind. */
bool state_take_seq(Cursor *fields, guint length);
/* Four fields. */
bool state_take_id(Cursor *fields, FileId *ret);
char *state_take_path(Cursor *fields);
/* Two fields: script and path. */
ExeKey *state_take_key(Cursor *fields);
bool state_take_kind(Cursor *fields, bool *ret_directory);
bool state_take_launches(Cursor *fields, uint8_t *ret);
/* A list of blocks with their history, and one without (version 1: they were mapped). *ret is empty
 * before, and unchanged if there are none. */
bool state_take_touched(Cursor *fields, TouchSet *ret);
bool state_take_blocks(Cursor *fields, TouchSet *ret);
bool state_take_metrics(Cursor *fields, Metrics *ret);
/* A number from 0 to `most`, which is finite. */
bool state_take_double(Cursor *fields, double most, double *ret);
bool state_take_pool(Cursor *fields, Pool *ret);
/* Not WORD_NONE. */
bool state_take_word(Cursor *fields, Word *ret);
/* *ret is NULL if there is none. */
bool state_take_source(Cursor *fields, GRefString **ret);
/* What state_append_sparse() wrote. */
bool state_take_sparse(Cursor *fields, double most, float *values, int rows);
