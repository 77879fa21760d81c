/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/rights.h"
#include "base/fd.h"
#include "base/parse.h"
#include <fcntl.h>
#include <linux/capability.h>

const Right rights_needed[RIGHTS_NEEDED] = {
    {CAP_SYS_PTRACE, "CAP_SYS_PTRACE", "programs of other users are not seen"},
    {CAP_DAC_READ_SEARCH, "CAP_DAC_READ_SEARCH",
     "files that only others may read are not read ahead"},
    {CAP_FOWNER, "CAP_FOWNER",
     "the kernel does not tell which pages of other users' files are in memory, so they are asked "
     "for again each cycle"},
};

Rights rights_now(void)
{
    Rights rights = {0};
    GString *status = fd_read_file(AT_FDCWD, "/proc/self/status", 65536);
    if (status == NULL)
        return rights;
    Cursor text = cursor_of(status->str, status->len);
    for (Cursor line; parse_line(&text, &line);) {
        if (!parse_literal(&line, "CapEff:"))
            continue;
        parse_blanks(&line);
        (void)parse_hex(&line, &rights.effective); /* none of them, then */
    }
    g_string_free(status, TRUE);
    return rights;
}

char *rights_missing(const Rights *rights)
{
    g_autoptr(GString) text = g_string_new(NULL);
    for (gsize i = 0; i < RIGHTS_NEEDED; i++) {
        if ((rights->effective >> rights_needed[i].number & 1) != 0)
            continue;
        g_string_append_printf(text, "%s%s (%s)", text->len > 0 ? "; " : "", rights_needed[i].name,
                               rights_needed[i].loss);
    }
    return text->len > 0 ? g_strdup_printf("missing: %s", text->str) : NULL;
}
