/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* What the writer and the reader of the state file share; see preload-state(5). Private to
 * state*.c. */
#include "base/parse.h"
#include "model/state.h"

#define STATE_MAGIC "PRELOAD-STATE"
/* Version 1 knew mappings only: its edges are provisional, its programs not learnt. Version 2 knew
 * nothing of origins, weights, pools, seeds and words, nor of the launches that predictions are
 * made of. */
#define STATE_VERSION 3

#define STATE_MAP "MAP"
#define STATE_EXE "EXE"
#define STATE_EDGE "EDGE"
#define STATE_CHAIN "CHAIN"
#define STATE_BADEXE "BADEXE"
#define STATE_METRICS "METRICS"
#define STATE_DAY "DAY"
#define STATE_WORD "WORD"
#define STATE_PIN "PIN"
#define STATE_SEEDED "SEEDED"
#define STATE_SESSION "SESSION"
#define STATE_LAUNCH "LAUNCH"
#define STATE_HABIT "HABIT"
#define STATE_MIXTURE "MIXTURE"
#define STATE_RATE "RATE"
#define STATE_END "END"
#define STATE_FILE "f"
#define STATE_DIRECTORY "d"
#define STATE_PRIORITY "p"
#define STATE_OBSERVATION "o"
/* In place of a script or a list that is not there. A script of that very name is written "%2D". */
#define STATE_NONE "-"

/* PATH_MAX of linux/limits.h, without the NUL. */
#define STATE_PATH_MAX 4095
/* A relative script name may stand behind a directory: twice a path. */
#define STATE_SCRIPT_MAX 8191

/*
 * Bounds of sense: no daemon ran for 31,000 years, and no machine launched anything 10^12 times.
 * They keep sums of such numbers from overflowing, and floats from reaching infinity.
 */
#define STATE_TIME_MAX_USEC (UINT64_C(1000000000000) * G_USEC_PER_SEC)
#define STATE_LAUNCHES_MAX UINT64_C(1000000000000)
#define STATE_DWELL_MAX_SEC 1e12
#define STATE_COUNT_MAX 1e9
#define STATE_SEED_MAX 1e9
/* count[i][i] is the sum of the count[i][j]; each is rounded on its own at each change of state. */
#define STATE_COUNT_TOLERANCE 0.01

/*
 * Reads the lines between header and trailer into an image that has the header's times; says so if
 * they are not as many as the trailer says. In state-read.c.
 */
bool state_read_records(Image *image, uint64_t version, Cursor body, uint64_t records,
                        GError **error);
/* Sets STATE_ERROR_DAMAGED, with the number of the line, and returns false. In state.c. */
bool state_damaged(GError **error, uint32_t line, const char *format, ...) G_GNUC_PRINTF(3, 4);
/* The last line: how many records stand before it, and the checksum of all that does. In state.c.
 */
void state_append_trailer(GString *out, uint64_t records);
/* Splits it off and verifies it; text->at is behind what was read of `bytes` so far, text->end the
 * end. */
bool state_check_trailer(Cursor *text, const char *bytes, uint64_t *ret_records, GError **error);
