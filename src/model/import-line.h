/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/* One line of a state of preload 0.6.4 and its kin. Private to import*.c. */
#include "base/parse.h"
#include "model/import.h"
#include "model/state-format.h"

/* MARKOV has the most: its name, two numbers, a time, 4 dwell times, 4 x 4 counts. */
#define IMPORT_TOKENS_MAX 24
/* Their model time is in seconds. */
#define IMPORT_TIME_MAX_SEC (STATE_TIME_MAX_USEC / G_USEC_PER_SEC)

typedef struct {
    Cursor at[IMPORT_TOKENS_MAX];
    size_t n;
} Tokens;

/* A MAP line: a part of a file. Several may be of one file, which is one Map here. */
typedef struct {
    uint32_t map; /* index in the image */
    uint64_t offset_bytes;
    uint64_t length_bytes;
} Part;

/* An EXEMAP line. */
typedef struct {
    uint32_t exe;
    Part part;
} Use;

typedef struct {
    Image *image;
    ImportReport *report;
    uint64_t now_sec;
    GArray *parts;           /* Part */
    GArray *uses;            /* Use */
    GHashTable *part_by_seq; /* number in the file -> index in parts + 1 */
    GHashTable *exe_by_seq;  /* -> index in image->exes + 1 */
    GHashTable *map_by_path; /* path, borrowed from image -> index in image->maps + 1 */
    GHashTable *exe_paths;   /* set, borrowed */
    GHashTable *pairs;       /* set of uint64_t, owned: the pairs that have a chain */
} Importer;

typedef enum { LINE_TAKEN, LINE_IGNORED, LINE_BAD } LineOutcome;

/* Of more than IMPORT_TOKENS_MAX, too many for any kind of line, n is one more and none is kept. */
Tokens import_tokenize(Cursor line);
/* A whole token as a number of at most `most`. */
bool import_token_u64(const Tokens *tokens, size_t i, uint64_t most, uint64_t *ret);
/* tokens->n is not 0. */
LineOutcome import_line(Importer *importer, const Tokens *tokens);
