/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/lean.h"
#include "base/fd.h"
#include "base/parse.h"
#include "build-config.h"
#include <fcntl.h>
#include <sys/mman.h>
#if HAVE_MALLOC_TRIM
#include <malloc.h>
#endif

#define MAPS_BYTES ((size_t)1 << 20)

/* Code is never written to, so that its pages are only those of the file; of all else that might
 * not hold (relocated data is private, and lost with its page). */
static void give_back_code(Cursor line)
{
    uint64_t start = 0;
    uint64_t end = 0;
    if (parse_hex(&line, &start) && parse_char(&line, '-') && parse_hex(&line, &end) &&
        parse_literal(&line, " r-xp ") && end > start)
        (void)madvise((void *)(uintptr_t)start, end - start, MADV_DONTNEED); /* a hint */
}

void lean_give_back(void)
{
#if HAVE_MALLOC_TRIM
    (void)malloc_trim(0); /* 0: there was nothing to give back */
#endif
    GString *maps = fd_read_file(AT_FDCWD, "/proc/self/maps", MAPS_BYTES);
    if (maps == NULL)
        return;
    Cursor text = cursor_of(maps->str, maps->len);
    for (Cursor line; parse_line(&text, &line);)
        give_back_code(line);
    g_string_free(maps, TRUE);
}
