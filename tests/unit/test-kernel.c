/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
/* What a filter on system calls takes away is tried by integration-lacks. */
#include "service/kernel.h"
#include "unit.h"

START_TEST(a_kernel_has_its_system_calls)
{
    const Kernel kernel = kernel_now("/proc");
    ck_assert(kernel.fadvise && kernel.mincore && kernel.mlock);
}
END_TEST

START_TEST(files_are_there_or_not)
{
    char *proc = unit_mkdir();
    const Kernel without = kernel_now(proc);
    ck_assert(!without.pagemap && !without.pressure);
    g_free(unit_write(proc, "self/pagemap", "", 0));
    g_free(unit_write(proc, "pressure/memory", "", 0));
    const Kernel with = kernel_now(proc);
    ck_assert(with.pagemap && with.pressure);
    unit_rmdir(proc);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("kernel");
    UNIT_ADD(suite, a_kernel_has_its_system_calls);
    UNIT_ADD(suite, files_are_there_or_not);
    return suite;
}
