/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Errands: those commands of preloadctl that are about files and need no daemon, with their command
 * line. Pure.
 */
#include "ctl/policy.h"
#include "formats/strategy.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    ERRAND_ANALYZE,
    ERRAND_RESIDENCY,
    ERRAND_WARM,
    ERRAND_RECORD,
    ERRAND_DISCOVER,
    ERRANDS,
} ErrandKind;

typedef struct {
    ErrandKind kind;
    char **words; /* behind the command: files; of record a command; NULL-terminated */
    bool json;
    char *socket;   /* NULL: the default */
    char *manifest; /* NULL: the one beside the file */
    char *from;     /* a list, "-": standard input; NULL: none */
    char *output;   /* NULL: standard output */
    Strategy strategy;
    uint32_t n_layers;
    GArray *ranges; /* Range; NULL: none was given */
    Policy policy;
    uint64_t budget_bytes; /* 0: what memory allows */
    uint64_t rate_bytes;   /* a second; 0: no limit */
    uint32_t n_threads;
    bool force; /* memory is not looked at */
    bool queue; /* by the daemon */
    bool wait;
    bool browsers;
    bool verify; /* the digest, where a name says it */
    bool help;
} Errand;

/* Whether the command line is one of an errand. */
bool errand_is(int argc, char **argv);
/* False with error set. The caller clears in any case. */
bool errand_parse(Errand *errand, int argc, char **argv, GError **error);
void errand_clear(Errand *errand);
/* The text of --help; and those lines of preloadctl's own that are about errands. */
char *errand_help(void);
void errand_append_summary(GString *out);
/* "4096", "64K", "1.5G", "2GiB": bytes, K being 1024. False if it is none. */
bool errand_size(const char *text, uint64_t *ret_bytes);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Errand, errand_clear)
