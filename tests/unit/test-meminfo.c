/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/meminfo.h"
#include "unit.h"

static bool parse(const char *text, Meminfo *ret)
{
    return meminfo_parse(cursor_of(text, strlen(text)), ret);
}

START_TEST(takes_what_it_needs)
{
    Meminfo m = {0};
    ck_assert(parse("MemTotal:       16384000 kB\n"
                    "MemFree:         1024000 kB\n"
                    "MemAvailable:    8192000 kB\n"
                    "Buffers:            1000 kB\n"
                    "Cached:          4096000 kB\n"
                    "SwapCached:            5 kB\n"
                    "SwapTotal:       2048000 kB\n"
                    "SwapFree:        1024000 kB\n"
                    "Writeback:            64 kB\n"
                    "WritebackTmp:         99 kB\n"
                    "HugePages_Total:       0\n",
                    &m));
    ck_assert_uint_eq(m.total_bytes, UINT64_C(16384000) * 1024);
    ck_assert_uint_eq(m.free_bytes, UINT64_C(1024000) * 1024);
    ck_assert_uint_eq(m.available_bytes, UINT64_C(8192000) * 1024);
    ck_assert_uint_eq(m.cached_bytes, UINT64_C(4096000) * 1024);
    ck_assert_uint_eq(m.swap_total_bytes, UINT64_C(2048000) * 1024);
    ck_assert_uint_eq(m.swap_free_bytes, UINT64_C(1024000) * 1024);
    ck_assert_uint_eq(m.writeback_bytes, UINT64_C(64) * 1024);
}
END_TEST

static const struct {
    const char *text;
    bool good;
} rows[] = {
    {"MemTotal: 10 kB\nMemAvailable: 5 kB\n", true},
    {"MemTotal: 10 kB\nMemAvailable: 5 kB", true}, /* no last newline */
    {"MemTotal:10 kB\nMemAvailable:\t5 kB\n", true},
    {"", false},
    {"MemTotal: 10 kB\n", false},
    {"MemAvailable: 10 kB\n", false},
    {"MemTotal: 0 kB\nMemAvailable: 0 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 0 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 11 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 5 kB\nMemFree: 11 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 5 kB\nCached: 11 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 5 kB\nWriteback: 11 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 5 kB\nSwapFree: 1 kB\n", false},
    {"MemTotal: 10 kB\nMemAvailable: 5 kB\nSwapTotal: 1125899906842625 kB\n", false},
    {"MemTotal: 10\nMemAvailable: 5 kB\n", false},     /* no unit */
    {"MemTotal: 10 MB\nMemAvailable: 5 kB\n", false},  /* another unit */
    {"MemTotal: 10 kBx\nMemAvailable: 5 kB\n", false}, /* more behind */
    {"MemTotal: -10 kB\nMemAvailable: 5 kB\n", false},
    {"MemTotal: 99999999999999999999 kB\nMemAvailable: 5 kB\n", false},
    {"MemTotal: 18446744073709551615 kB\nMemAvailable: 5 kB\n", false}, /* times 1024 */
    {"MemTotal: 9007199254740992 kB\nMemAvailable: 5 kB\n", false},     /* absurd */
    {"MemTotal\nMemAvailable: 5 kB\n", false},
};

START_TEST(judges)
{
    Meminfo m = {.total_bytes = 77};
    ck_assert_int_eq(parse(rows[_i].text, &m), rows[_i].good);
    if (!rows[_i].good)
        ck_assert_uint_eq(m.total_bytes, 77); /* untouched */
}
END_TEST

START_TEST(understands_this_kernel)
{
    g_autofree char *text = NULL;
    gsize length = 0;
    Meminfo m = {0};
    if (!g_file_get_contents("/proc/meminfo", &text, &length, NULL))
        unit_skip("no /proc/meminfo");
    ck_assert(meminfo_parse(cursor_of(text, length), &m));
    ck_assert_uint_gt(m.total_bytes, UINT64_C(16) << 20);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("meminfo");
    UNIT_ADD(suite, takes_what_it_needs);
    UNIT_ADD_ROWS(suite, judges, rows);
    UNIT_ADD(suite, understands_this_kernel);
    return suite;
}
