/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * Toml: the part of TOML 1.0 that manifests are written in: comments, keys, strings on one line,
 * unsigned integers, and headers of arrays of tables. What else TOML has is refused, not guessed.
 * Pure.
 */
#include "base/parse.h"
#include <glib.h>
#include <stdbool.h>
#include <stdint.h>

typedef enum {
    TOML_BLANK,  /* nothing, or a comment */
    TOML_TABLE,  /* [[name]]: key is the name */
    TOML_STRING, /* key = "text" */
    TOML_NUMBER, /* key = 1_000 or 0x3e8 */
} TomlKind;

typedef struct {
    TomlKind kind;
    char *key;  /* owned */
    char *text; /* owned */
    uint64_t number;
} TomlLine;

/* False with a message, static, that says what is wrong with the line. */
bool toml_parse_line(Cursor line, TomlLine *ret, const char **ret_problem);
void toml_line_clear(TomlLine *line);

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(TomlLine, toml_line_clear)
