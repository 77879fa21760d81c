/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/history.h"
#include <stdbool.h>
#include <string.h>

/* A name of a program that anybody types. */
#define NAME_MAX_BYTES 64
/* Settings before a command: "LANG=C GTK_DEBUG=all program". */
#define SETTINGS_MAX 8

/* ": 1700000000:0;command". */
static void skip_extended(Cursor *line)
{
    Cursor c = *line;
    uint64_t ignored = 0;
    if (parse_literal(&c, ": ") && parse_u64(&c, &ignored) && parse_char(&c, ':') &&
        parse_u64(&c, &ignored) && parse_char(&c, ';'))
        *line = c;
}

static Cursor next_word(Cursor *line)
{
    parse_blanks(line);
    Cursor word = *line;
    while (line->at < line->end && strchr(" \t;|&<>(){}", *line->at) == NULL)
        line->at++;
    word.end = line->at;
    return word;
}

/* The text behind the last slash. */
static Cursor base_name(Cursor word)
{
    const char *slash = cursor_left(&word) > 0 ? memrchr(word.at, '/', cursor_left(&word)) : NULL;
    return slash != NULL ? (Cursor){slash + 1, word.end} : word;
}

static void count_command(Cursor line, GHashTable *counts)
{
    Cursor word = next_word(&line);
    for (guint i = 0; i < SETTINGS_MAX && cursor_left(&word) > 0 &&
                      memchr(word.at, '=', cursor_left(&word)) != NULL;
         i++)
        word = next_word(&line);
    word = base_name(word);
    size_t length = cursor_left(&word);
    if (length == 0 || length >= NAME_MAX_BYTES || memchr(word.at, '\0', length) != NULL)
        return;
    char name[NAME_MAX_BYTES];
    memcpy(name, word.at, length);
    name[length] = '\0';
    gpointer key = NULL;
    gpointer count = NULL;
    if (g_hash_table_lookup_extended(counts, name, &key, &count))
        g_hash_table_replace(counts, g_strdup(key), GUINT_TO_POINTER(GPOINTER_TO_UINT(count) + 1));
}

void history_count(HistoryKind kind, Cursor text, GHashTable *counts)
{
    for (Cursor line; parse_line(&text, &line);) {
        if (kind == HISTORY_FISH && !parse_literal(&line, "- cmd: "))
            continue;
        if (kind == HISTORY_PLAIN)
            skip_extended(&line);
        count_command(line, counts);
    }
}
