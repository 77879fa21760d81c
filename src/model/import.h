/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Import of the states of preload 0.6.4, of miguel's preload-ng (same form, 64-bit numbers,
 * VOMMNODE lines) and of preheat (header 1.x, EXE lines of 5, 6 or 9 fields, PIDS, FAMILY, PRELOAD
 * lines, CRC32). Pure. A bad line is skipped and counted, never fatal.
 */
#include "model/image.h"

typedef struct {
    char version[24]; /* of the header */
    uint32_t n_maps;  /* MAP lines taken over; several may be of one file */
    uint32_t n_exes;
    uint32_t n_edges;   /* EXEMAP lines */
    uint32_t n_chains;  /* MARKOV lines */
    uint32_t n_ignored; /* lines of kinds that have no use here (BADEXE, VOMMNODE, PIDS, ...) */
    uint32_t n_bad;     /* lines that could not be understood */
    uint32_t first_bad; /* number of the first such line, from 1; 0 if none */
} ImportReport;

/* Whether the bytes begin like such a state. */
bool import_recognizes(const char *bytes, size_t length);
/* NULL with error set (STATE_ERROR_FOREIGN) only if the first line is no such header. */
Image *import_decode(const char *bytes, size_t length, ImportReport *ret_report, GError **error);
