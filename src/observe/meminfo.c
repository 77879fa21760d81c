/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/meminfo.h"
#include <glib.h>
#include <stddef.h>

/* An exbibyte: no machine has it, and sums of such numbers cannot overflow. */
#define ABSURD_BYTES (UINT64_C(1) << 60)

static const struct {
    const char *name;
    size_t offset;
} fields[] = {
    {"MemTotal", offsetof(Meminfo, total_bytes)},
    {"MemFree", offsetof(Meminfo, free_bytes)},
    {"MemAvailable", offsetof(Meminfo, available_bytes)},
    {"Cached", offsetof(Meminfo, cached_bytes)},
    {"SwapTotal", offsetof(Meminfo, swap_total_bytes)},
    {"SwapFree", offsetof(Meminfo, swap_free_bytes)},
    {"Writeback", offsetof(Meminfo, writeback_bytes)},
};

static uint64_t *find_field(Meminfo *meminfo, Cursor name)
{
    for (size_t i = 0; i < G_N_ELEMENTS(fields); i++)
        if (cursor_is(&name, fields[i].name))
            return (uint64_t *)(void *)((char *)meminfo + fields[i].offset);
    return NULL;
}

/* "Name:    123 kB"; a line that is none of ours or has no such form changes nothing. */
static void parse_meminfo_line(Cursor line, Meminfo *meminfo)
{
    Cursor name;
    if (!parse_field(&line, ':', &name))
        return;
    uint64_t *field = find_field(meminfo, name);
    uint64_t kib = 0;
    uint64_t bytes = 0;
    if (field == NULL)
        return;
    parse_blanks(&line);
    if (!parse_u64(&line, &kib) || !parse_literal(&line, " kB") || cursor_left(&line) != 0)
        return;
    if (!__builtin_mul_overflow(kib, UINT64_C(1024), &bytes))
        *field = bytes;
}

static bool sane(const Meminfo *meminfo)
{
    return meminfo->total_bytes > 0 && meminfo->total_bytes <= ABSURD_BYTES &&
           meminfo->available_bytes > 0 && meminfo->available_bytes <= meminfo->total_bytes &&
           meminfo->free_bytes <= meminfo->total_bytes &&
           meminfo->cached_bytes <= meminfo->total_bytes &&
           meminfo->writeback_bytes <= meminfo->total_bytes &&
           meminfo->swap_total_bytes <= ABSURD_BYTES &&
           meminfo->swap_free_bytes <= meminfo->swap_total_bytes;
}

bool meminfo_parse(Cursor text, Meminfo *ret)
{
    Meminfo meminfo = {0};
    for (Cursor line; parse_line(&text, &line);)
        parse_meminfo_line(line, &meminfo);
    if (!sane(&meminfo))
        return false;
    *ret = meminfo;
    return true;
}
