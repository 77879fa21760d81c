/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/psi.h"

#include <fcntl.h>

#include "base/fd.h"

/* Two lines of some 70 bytes. */
#define LIMIT_BYTES 1024

/* "some avg10=0.00 avg60=0.00 avg300=0.00 total=0" behind its first word. */
static bool parse_total(Cursor line, uint64_t *ret_usec)
{
    for (Cursor field; parse_field(&line, ' ', &field);)
        if (parse_literal(&field, "total="))
            return parse_whole_u64(field, ret_usec);
    return false;
}

bool psi_parse(Cursor text, Psi *ret)
{
    Psi psi = {0};
    bool some = false;
    for (Cursor line; parse_line(&text, &line);) {
        if (parse_literal(&line, "some "))
            some = parse_total(line, &psi.some_usec);
        else if (parse_literal(&line, "full "))
            (void)parse_total(line, &psi.full_usec); /* not all kernels have it */
    }
    if (some)
        *ret = psi;
    return some;
}

bool psi_read(const char *path, Psi *ret)
{
    GString *text = fd_read_file(AT_FDCWD, path, LIMIT_BYTES);
    if (text == NULL)
        return false;
    bool told = psi_parse(cursor_of(text->str, text->len), ret);
    g_string_free(text, TRUE);
    return told;
}
