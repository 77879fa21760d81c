/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/cgroup-memory.h"
#include "unit.h"

#define MIB (UINT64_C(1) << 20)

/* A file in the groups of the test; %s in a mount table stands for where they are mounted. */
typedef struct {
    const char *name;
    const char *content; /* NULL: the last one */
} File;

static const char mountinfo_v2[] =
    "24 1 0:22 / /sys rw - sysfs sysfs rw\n25 24 0:23 / %s/fs rw,relatime - cgroup2 cgroup2 rw\n";
static const char mountinfo_v1[] =
    "31 30 0:28 / %s/cpu rw - cgroup cgroup rw,cpu\n34 30 0:31 / %s/memory rw - cgroup cgroup rw\n";
static const char mountinfo_container[] = "25 24 0:23 /outer/box %s/fs rw - cgroup2 cgroup2 rw\n";

static const struct {
    const char *cgroup;
    const char *mountinfo;
    File files[8];
    bool limited;
    /* MiB; without a limit the machine's: 1000, 400, 800, 500 */
    uint64_t total_mib;
    uint64_t free_mib;
    uint64_t available_mib;
    uint64_t cached_mib;
    bool own; /* there is a group whose pressure is ours */
} rows[] = {
    /* no groups, or nothing that is limited */
    {"", "", {{NULL, NULL}}, false, 1000, 400, 800, 500, false},
    {"0::/\n", mountinfo_v2, {{NULL, NULL}}, false, 1000, 400, 800, 500, false},
    {"0::/a\n",
     mountinfo_v2,
     {{"fs/a/memory.max", "max\n"}, {"fs/a/memory.high", "max\n"}, {"fs/a/memory.current", "5\n"}},
     false,
     1000,
     400,
     800,
     500,
     true},
    /* version 2 */
    {"0::/a\n",
     mountinfo_v2,
     {{"fs/a/memory.max", "209715200\n"},
      {"fs/a/memory.high", "max\n"},
      {"fs/a/memory.current", "104857600\n"},
      {"fs/a/memory.stat", "anon 1\ninactive_file 10485760\nactive_file 20971520\nslab 5\n"}},
     true,
     200,
     100,
     130,
     30,
     true},
    /* high counts if it is lower */
    {"0::/a\n",
     mountinfo_v2,
     {{"fs/a/memory.max", "209715200\n"},
      {"fs/a/memory.high", "125829120\n"},
      {"fs/a/memory.current", "104857600\n"}},
     true,
     120,
     20,
     20,
     0,
     true},
    /* the group above is tighter: its limit is shared with others */
    {"0::/a/b\n",
     mountinfo_v2,
     {{"fs/a/b/memory.max", "209715200\n"},
      {"fs/a/b/memory.current", "1048576\n"},
      {"fs/a/memory.max", "104857600\n"},
      {"fs/a/memory.current", "94371840\n"},
      {"fs/a/memory.stat", "inactive_file 1048576\n"}},
     true,
     100,
     10,
     11,
     0,
     true},
    /* over the limit, which was lowered */
    {"0::/a\n",
     mountinfo_v2,
     {{"fs/a/memory.max", "104857600\n"},
      {"fs/a/memory.current", "209715200\n"},
      {"fs/a/memory.stat", "active_file 99999999999\n"}},
     true,
     100,
     0,
     100,
     100,
     true},
    /* a container's own view: the group is below what is mounted, or it is elsewhere */
    {"0::/outer/box/a\n",
     mountinfo_container,
     {{"fs/a/memory.max", "104857600\n"}, {"fs/a/memory.current", "0\n"}},
     true,
     100,
     100,
     100,
     0,
     true},
    {"0::/outer/boxes\n", mountinfo_container, {{NULL, NULL}}, false, 1000, 400, 800, 500, false},
    {"0::/../other\n", mountinfo_v2, {{NULL, NULL}}, false, 1000, 400, 800, 500, false},
    /* version 1, where no limit is a number */
    {"5:devices:/\n4:cpu,memory:/a\n0::/\n",
     mountinfo_v1,
     {{"memory/a/memory.limit_in_bytes", "209715200\n"},
      {"memory/a/memory.usage_in_bytes", "104857600\n"},
      {"memory/a/memory.stat", "inactive_file 1\ntotal_inactive_file 10485760\n"
                               "total_active_file 10485760\n"},
      {"memory/memory.limit_in_bytes", "9223372036854771712\n"}},
     true,
     200,
     100,
     120,
     20,
     false},
    {"4:memory:/a\n",
     mountinfo_v1,
     {{"memory/a/memory.limit_in_bytes", "9223372036854771712\n"},
      {"memory/a/memory.usage_in_bytes", "1\n"}},
     false,
     1000,
     400,
     800,
     500,
     false},
    /* hostile */
    {"4:memory:/a\n",
     mountinfo_v1,
     {{"memory/a/memory.limit_in_bytes", "-1\n"}, {"memory/a/memory.usage_in_bytes", "1\n"}},
     false,
     1000,
     400,
     800,
     500,
     false},
    {"0::/a\n",
     mountinfo_v2,
     {{"fs/a/memory.max", "104857600 bytes\n"}, {"fs/a/memory.current", "1\n"}},
     false,
     1000,
     400,
     800,
     500,
     true},
    {"0::/a\n",
     mountinfo_v2,
     {{"fs/a/memory.max", "104857600\n"}},
     false,
     1000,
     400,
     800,
     500,
     true},
    {"memory\n0\n0:\n::\n", mountinfo_v2, {{NULL, NULL}}, false, 1000, 400, 800, 500, false},
};

/* proc/self and groups/ in a fresh directory. */
static char *prepare(int row)
{
    char *directory = unit_mkdir();
    g_autofree char *groups = g_build_filename(directory, "groups", NULL);
    g_auto(GStrv) parts = g_strsplit(rows[row].mountinfo, "%s", -1);
    g_autofree char *mountinfo = g_strjoinv(groups, parts);
    g_free(unit_write(directory, "proc/self/mountinfo", mountinfo, -1));
    g_free(unit_write(directory, "proc/self/cgroup", rows[row].cgroup, -1));
    for (const File *file = rows[row].files; file->name != NULL; file++)
        g_free(unit_write(groups, file->name, file->content, -1));
    return directory;
}

START_TEST(limits)
{
    char *directory = prepare(_i);
    g_autofree char *proc = g_build_filename(directory, "proc", NULL);
    g_autoptr(CgroupMemory) groups = cgroup_memory_new(proc);
    Meminfo memory = {.total_bytes = 1000 * MIB,
                      .free_bytes = 400 * MIB,
                      .available_bytes = 800 * MIB,
                      .cached_bytes = 500 * MIB};
    ck_assert(cgroup_memory_limit(groups, &memory) == rows[_i].limited);
    ck_assert_uint_eq(memory.total_bytes / MIB, rows[_i].total_mib);
    ck_assert_uint_eq(memory.free_bytes / MIB, rows[_i].free_mib);
    ck_assert_uint_eq(memory.available_bytes / MIB, rows[_i].available_mib);
    ck_assert_uint_eq(memory.cached_bytes / MIB, rows[_i].cached_mib);
    g_autofree char *pressure = cgroup_memory_pressure(groups, "io.pressure");
    ck_assert((pressure != NULL) == rows[_i].own);
    unit_rmdir(directory);
}
END_TEST

START_TEST(no_proc)
{
    g_autoptr(CgroupMemory) groups = cgroup_memory_new("/nonexistent");
    Meminfo memory = {.total_bytes = 1};
    ck_assert(!cgroup_memory_limit(groups, &memory));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("cgroup-memory");
    UNIT_ADD_ROWS(suite, limits, rows);
    UNIT_ADD(suite, no_proc);
    return suite;
}
