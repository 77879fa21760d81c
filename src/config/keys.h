/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Keys: the table of all that can be configured. Parsing, bounds, defaults, printing and the tests
 * of the documentation are driven by it: a new key is a new row and a new member of Config.
 */
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

typedef enum {
    KEY_BOOL,     /* bool */
    KEY_U32,      /* uint32_t, min to max */
    KEY_U64,      /* uint64_t, min to max */
    KEY_PERCENT,  /* int; what is out of range is clamped, as preload 0.6.4 did */
    KEY_SORT,     /* ConfigSort */
    KEY_BATTERY,  /* ConfigBattery */
    KEY_HEAD,     /* ConfigHead */
    KEY_PREFIXES, /* char **, absolute paths with or without '!' before them */
    KEY_GLOBS,    /* char **, patterns of file names */
    KEY_PATTERNS, /* char **, patterns of file names or of absolute paths */
} KeyType;

typedef struct {
    const char *group;
    const char *name;
    /* Other names of it, with a blank between them, that count for less in the same file; NULL:
     * none. */
    const char *aliases;
    KeyType type;
    size_t offset;        /* of the member in Config */
    const char *fallback; /* the default, as one would write it in the file */
    int64_t min;
    int64_t max;
    const char *unit; /* "" for none */
    const char *doc;  /* one line */
} ConfigKey;

extern const ConfigKey config_keys[];
extern const size_t config_n_keys;

/* The key that goes by this name or alias; NULL for none. */
const ConfigKey *config_key_find(const char *group, const char *name);
bool config_group_known(const char *group);
/*
 * What is to be said of a name that is not known: "did you mean cycle?", "it belongs into [system]"
 * or "known keys of [model]: ...". To be freed.
 */
char *config_key_hint(const char *group, const char *name);
char *config_group_hint(const char *group);
/* How many single characters to insert, remove or replace, or neighbours to swap, make b of a. */
size_t config_edit_distance(const char *a, const char *b);
