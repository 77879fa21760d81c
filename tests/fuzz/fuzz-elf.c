/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "formats/elf.h"
#include <glib.h>
#include <stdint.h>
#include <sys/mman.h>

/* An executable: refused, or taken with no more than the bounds allow. */
int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    autofd fd = memfd_create("elf", MFD_CLOEXEC);
    g_assert_true(fd >= 0 && write(fd, data, size) == (ssize_t)size);
    g_auto(Elf) elf = {0};
    if (elf_read(fd, &elf) < 0)
        return 0;
    g_assert_true(elf.bits == 32 || elf.bits == 64);
    g_assert_true(elf.loads->len <= ELF_HEADERS_MAX && elf.needed->len <= ELF_NEEDED_MAX);
    for (guint i = 0; i < elf.needed->len; i++)
        g_assert_nonnull(elf.needed->pdata[i]);
    return 0;
}
