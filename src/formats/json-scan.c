/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/json-scan.h"
#include <glib.h>
#include <string.h>

JsonScan json_scan_of(const char *text, size_t length)
{
    return (JsonScan){cursor_of(text, length), false};
}

static bool fail(JsonScan *scan)
{
    scan->failed = true;
    return false;
}

/* The next byte that is no blank; NUL at the end. */
static char peek(JsonScan *scan)
{
    Cursor *c = &scan->text;
    while (c->at < c->end && (*c->at == ' ' || *c->at == '\t' || *c->at == '\n' || *c->at == '\r'))
        c->at++;
    return c->at < c->end && !scan->failed ? *c->at : '\0';
}

static bool take(JsonScan *scan, char expected)
{
    if (peek(scan) != expected)
        return fail(scan);
    scan->text.at++;
    return true;
}

bool json_scan_open(JsonScan *scan, char bracket)
{
    const char closing = bracket == '{' ? '}' : ']';
    if (!take(scan, bracket))
        return false;
    if (peek(scan) != closing)
        return !scan->failed;
    scan->text.at++;
    return false;
}

bool json_scan_next(JsonScan *scan, char bracket)
{
    if (peek(scan) == ',') {
        scan->text.at++;
        return true;
    }
    take(scan, bracket);
    return false;
}

bool json_scan_string(JsonScan *scan, char *text, size_t text_bytes)
{
    Cursor *c = &scan->text;
    size_t n = 0;
    if (!take(scan, '"'))
        return false;
    for (; c->at < c->end && *c->at != '"'; c->at++) {
        char byte = *c->at;
        if (byte == '\\') {
            if (++c->at == c->end)
                break;
            byte = strchr("\"\\/", *c->at) != NULL ? *c->at : '?';
        }
        if (n + 1 < text_bytes)
            text[n++] = byte != '\0' ? byte : '?';
    }
    if (c->at == c->end)
        return fail(scan);
    c->at++;
    if (text_bytes > 0)
        text[n] = '\0';
    return true;
}

bool json_scan_key(JsonScan *scan, char *text, size_t text_bytes)
{
    return json_scan_string(scan, text, text_bytes) && take(scan, ':');
}

bool json_scan_u64(JsonScan *scan, uint64_t *ret)
{
    (void)peek(scan);
    if (scan->failed || !parse_u64(&scan->text, ret))
        return fail(scan);
    return true;
}

/* Numbers and words: whatever stands between punctuation. */
static bool skip_word(JsonScan *scan)
{
    Cursor *c = &scan->text;
    const char *begin = c->at;
    while (c->at < c->end && (g_ascii_isalnum(*c->at) || strchr("+-.", *c->at) != NULL) &&
           *c->at != '\0')
        c->at++;
    return c->at > begin || fail(scan);
}

bool json_scan_skip(JsonScan *scan)
{
    char closing[JSON_SCAN_DEPTH_MAX]; /* of what is open */
    int depth = 0;
    do {
        char next = peek(scan);
        if (next == '\0')
            return fail(scan);
        if (depth > 0 && (next == ',' || next == ':')) {
            scan->text.at++;
        } else if (depth > 0 && next == closing[depth - 1]) {
            scan->text.at++;
            depth--;
        } else if (next == '{' || next == '[') {
            if (depth == JSON_SCAN_DEPTH_MAX)
                return fail(scan);
            closing[depth++] = next == '{' ? '}' : ']';
            scan->text.at++;
        } else if (next == '"' ? !json_scan_string(scan, NULL, 0) : !skip_word(scan)) {
            return false;
        }
    } while (depth > 0);
    return true;
}

bool json_scan_at_string(JsonScan *scan)
{
    return peek(scan) == '"';
}

bool json_scan_ended(JsonScan *scan)
{
    return peek(scan) == '\0' && !scan->failed && scan->text.at == scan->text.end;
}
