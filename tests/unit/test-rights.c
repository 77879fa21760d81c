/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "service/rights.h"
#include "unit.h"
#include <linux/capability.h>

#define BIT(capability) (UINT64_C(1) << (capability))

static const struct {
    uint64_t effective;
    const char *named[4]; /* what the line must name, in order; none: there is no line */
} rows[] = {
    {BIT(CAP_SYS_PTRACE) | BIT(CAP_DAC_READ_SEARCH) | BIT(CAP_FOWNER), {NULL}},
    {UINT64_MAX, {NULL}},
    {BIT(CAP_SYS_PTRACE) | BIT(CAP_FOWNER), {"CAP_DAC_READ_SEARCH", NULL}},
    {0, {"CAP_SYS_PTRACE", "CAP_DAC_READ_SEARCH", "CAP_FOWNER", NULL}},
};

START_TEST(names_what_is_missing)
{
    Rights rights = {rows[_i].effective};
    g_autofree char *line = rights_missing(&rights);
    ck_assert((line != NULL) == (rows[_i].named[0] != NULL));
    guint n_named = 0;
    for (const char *at = line; at != NULL && (at = strstr(at, "CAP_")) != NULL; at++)
        n_named++;
    const char *at = line;
    for (guint i = 0; rows[_i].named[i] != NULL; i++) {
        at = strstr(at, rows[_i].named[i]);
        ck_assert_ptr_nonnull(at);
        n_named--;
    }
    ck_assert_uint_eq(n_named, 0);
}
END_TEST

START_TEST(agrees_with_the_kernel)
{
    g_autofree char *status = NULL;
    ck_assert(g_file_get_contents("/proc/self/status", &status, NULL, NULL));
    const char *line = strstr(status, "CapEff:");
    ck_assert_uint_eq(rights_now().effective, g_ascii_strtoull(line + strlen("CapEff:"), NULL, 16));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("rights");
    UNIT_ADD_ROWS(suite, names_what_is_missing, rows);
    UNIT_ADD(suite, agrees_with_the_kernel);
    return suite;
}
