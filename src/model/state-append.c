/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/state-append.h"

#include <inttypes.h>
#include <string.h>

/* The fields of the state file, as they are written. */

void state_append_text(GString *out, const char *text)
{
    if (strcmp(text, STATE_NONE) == 0)
        g_string_append(out, "%2D");
    else
        g_string_append_uri_escaped(out, text, G_URI_RESERVED_CHARS_ALLOWED_IN_PATH, FALSE);
}

void state_append_id(GString *out, const FileId *id)
{
    g_string_append_printf(out, "\t%" PRIu64 "\t%" PRIu64 "\t%" PRIu64 "\t%" PRId64, id->dev,
                           id->ino, id->size_bytes, id->mtime_nsec);
}

void state_append_key(GString *out, const ExeKey *key)
{
    g_string_append_c(out, '\t');
    if (key->script != NULL)
        state_append_text(out, key->script);
    else
        g_string_append(out, STATE_NONE);
    g_string_append_c(out, '\t');
    state_append_text(out, key->path);
    g_string_append_c(out, '\n');
}

void state_append_metrics(GString *out, const Metrics *metrics)
{
    if (metrics_are_none(metrics))
        g_string_append(out, STATE_NONE);
    else
        g_string_append_printf(
            out, "%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64 ",%" PRIu64,
            metrics->launches, metrics->footprint_bytes, metrics->resident_bytes,
            metrics->ours_bytes, metrics->late_bytes, metrics->wasted_bytes);
}

/* 9 significant digits tell any two floats apart (C17 5.2.4.2.2, FLT_DECIMAL_DIG). */
void state_append_float(GString *out, float value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out, g_ascii_formatd(text, sizeof text, "%.9g", (double)value));
}

/* 17 of two doubles (DBL_DECIMAL_DIG). */
void state_append_double(GString *out, double value)
{
    char text[G_ASCII_DTOSTR_BUF_SIZE];
    g_string_append(out, g_ascii_formatd(text, sizeof text, "%.17g", value));
}

void state_append_sparse(GString *out, const float *values, int rows)
{
    char before = '\t';
    for (int i = 0; i < rows * MARKOV_STATES; i++) {
        if (values[i] == 0)
            continue;
        g_string_append_c(out, before);
        if (rows > 1)
            g_string_append_c(out, (char)('0' + i / MARKOV_STATES));
        g_string_append_c(out, (char)('0' + i % MARKOV_STATES));
        g_string_append_c(out, ':');
        state_append_float(out, values[i]);
        before = ',';
    }
    if (before == '\t')
        g_string_append(out, "\t" STATE_NONE);
}
