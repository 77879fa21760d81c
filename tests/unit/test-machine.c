/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "prefetch/machine.h"
#include "unit.h"

#define KIB UINT64_C(1024)

static void put(const char *directory, const char *name, const char *content)
{
    g_free(unit_write(directory, name, content, -1));
}

/* All that is asked of a machine, of one with a group of our own that is limited. */
START_TEST(test_asked)
{
    char *directory = unit_mkdir();
    g_autofree char *proc = g_build_filename(directory, "proc", NULL);
    g_autofree char *sys = g_build_filename(directory, "sys", NULL);
    g_autofree char *mountinfo =
        g_strdup_printf("25 1 0:23 / %s/groups rw - cgroup2 cgroup2 rw\n", directory);
    put(proc, "meminfo", "MemTotal: 1000 kB\nMemFree: 400 kB\nMemAvailable: 800 kB\n");
    put(proc, "pressure/io", "some avg10=0.00 total=1000\n");
    put(proc, "pressure/memory", "some avg10=0.00 total=500\n");
    put(proc, "self/mountinfo", mountinfo);
    put(proc, "self/cgroup", "0::/unit\n");
    put(directory, "groups/unit/memory.max", "409600\n");
    put(directory, "groups/unit/memory.current", "102400\n");
    put(directory, "groups/unit/io.pressure", "some total=300\n");
    put(directory, "groups/unit/memory.pressure", "some total=600\n"); /* read a moment later */
    put(sys, "dev/block/8:0/stat", "1 0 8 0 2 0 16 0 5\n");
    g_autoptr(Machine) machine = machine_new(proc, sys);
    const LimiterHost host = machine_host(machine);
    Meminfo memory;
    uint64_t disk_usec = 0;
    uint64_t memory_usec = 1;
    Diskstat stat;
    ck_assert(host.memory(host.data, &memory));
    ck_assert_uint_eq(memory.total_bytes, 400 * KIB);
    ck_assert_uint_eq(memory.available_bytes, 300 * KIB);
    ck_assert(host.waits(host.data, &disk_usec, &memory_usec));
    ck_assert_uint_eq(disk_usec, 700);
    ck_assert_uint_eq(memory_usec, 0);
    ck_assert(host.disk(host.data, 8, 0, &stat));
    ck_assert_uint_eq(stat.n_in_flight, 5);
    ck_assert_uint_gt(host.now_usec(host.data), 0);
    unit_rmdir(directory);
}
END_TEST

START_TEST(test_nothing)
{
    char *directory = unit_mkdir();
    g_autoptr(Machine) machine = machine_new(directory, directory);
    const LimiterHost host = machine_host(machine);
    Meminfo memory;
    uint64_t disk_usec = 0;
    uint64_t memory_usec = 0;
    Diskstat stat;
    ck_assert(!host.memory(host.data, &memory));
    ck_assert(!host.waits(host.data, &disk_usec, &memory_usec));
    ck_assert(!host.disk(host.data, 8, 0, &stat));
    unit_rmdir(directory);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("machine");
    UNIT_ADD(suite, test_asked);
    UNIT_ADD(suite, test_nothing);
    return suite;
}
