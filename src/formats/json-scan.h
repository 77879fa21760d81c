/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#pragma once

/*
 * JsonScan: what the headers of model files hold (RFC 8259), piece by piece, without a tree. The
 * daemon is linked with no JSON library, and needs none for this.
 *
 * Strict where it reads, shallow where it passes over. The first mistake stays: everything after it
 * fails. Pure.
 */
#include "base/parse.h"
#include <stdbool.h>
#include <stddef.h>
#include <stdint.h>

#define JSON_SCAN_DEPTH_MAX 64

typedef struct {
    Cursor text;
    bool failed;
} JsonScan;

JsonScan json_scan_of(const char *text, size_t length);
/*
 * The members of an object or the elements of an array:
 *     for (bool more = json_scan_open(scan, '{'); more; more = json_scan_next(scan, '}'))
 * Both are false at the end, and after a mistake.
 */
bool json_scan_open(JsonScan *scan, char bracket);
bool json_scan_next(JsonScan *scan, char bracket);
/* The first bytes of a string, with a NUL; escapes other than \" \\ \/ become '?'. */
bool json_scan_string(JsonScan *scan, char *text, size_t text_bytes);
/* A string and the colon behind it. */
bool json_scan_key(JsonScan *scan, char *text, size_t text_bytes);
/* Without sign, fraction and exponent. */
bool json_scan_u64(JsonScan *scan, uint64_t *ret);
/* Any value. */
bool json_scan_skip(JsonScan *scan);
/* Whether a string is next. */
bool json_scan_at_string(JsonScan *scan);
/* Whether nothing but blanks is left, and all was well. */
bool json_scan_ended(JsonScan *scan);
