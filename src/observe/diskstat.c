/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/diskstat.h"

#include <fcntl.h>

#include "base/fd.h"

/* Documentation/block/stat.rst, from 0. The unit of sectors is 512 bytes, whatever the disk's is.
 */
enum {
    READS = 0,
    READ_SECTORS = 2,
    WRITES = 4,
    IN_FLIGHT = 8,
    LEAST = 9,
    DISCARDS = 11,
    FLUSHES = 15,
    MOST = 17
};
#define SECTOR_BYTES 512
/* 17 numbers of at most 20 digits. */
#define LIMIT_BYTES 1024

/* Numbers until there is something else; how many. */
static uint32_t parse_numbers(Cursor text, uint64_t *numbers)
{
    uint32_t n = 0;
    parse_blanks(&text);
    while (n < MOST && parse_u64(&text, &numbers[n])) {
        n++;
        parse_blanks(&text);
    }
    return n;
}

bool diskstat_parse(Cursor text, Diskstat *ret)
{
    uint64_t numbers[MOST] = {0};
    if (parse_numbers(text, numbers) < LEAST)
        return false;
    /* Sums and the product wrap as the kernel's own counters do: only differences are of use. */
    *ret = (Diskstat){.n_requests =
                          numbers[READS] + numbers[WRITES] + numbers[DISCARDS] + numbers[FLUSHES],
                      .read_bytes = numbers[READ_SECTORS] * SECTOR_BYTES,
                      .n_in_flight = numbers[IN_FLIGHT]};
    return true;
}

bool diskstat_read(const char *sys_path, uint32_t major, uint32_t minor, Diskstat *ret)
{
    g_autofree char *path = g_strdup_printf("%s/dev/block/%u:%u/stat", sys_path, major, minor);
    GString *text = fd_read_file(AT_FDCWD, path, LIMIT_BYTES);
    if (text == NULL)
        return false;
    bool told = diskstat_parse(cursor_of(text->str, text->len), ret);
    g_string_free(text, TRUE);
    return told;
}
