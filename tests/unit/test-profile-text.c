/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/profile-text.h"
#include "model/state.h"
#include "unit.h"

#define HEAD "PRELOAD-PROFILE\t1\n"
#define A "PROGRAM\t2\t100\t3000000000\t-\t/usr/bin/a\n"

/* With the right END. */
static GString *sealed(const char *body)
{
    guint lines = 0;
    for (const char *c = body; *c != '\0'; c++)
        lines += *c == '\n' ? 1 : 0;
    GString *text = g_string_new(body);
    g_autofree char *sum = g_compute_checksum_for_string(G_CHECKSUM_SHA256, body, -1);
    g_string_append_printf(text, "END\t%u\t%s\n", lines - 1, sum);
    return text;
}

static const char *const good[] = {
    HEAD,
    HEAD A,
    HEAD A "FILE\tf\t200\t3\t0\t3\t0-3:2.1,7:1\t/usr/lib/a\n"
           "FILE\td\t0\t0\t9\t1\t-\t/usr/share/d\n",
    HEAD A "PROGRAM\t8\t1\t-1\t/usr/bin/script%20x\t/usr/bin/python3\n"
           "FILE\tf\t1\t0\t0\tff\t-\t/etc/x\n",
};

START_TEST(good_ones_come_back)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = sealed(good[_i]);
    g_autoptr(Profile) profile = profile_decode(text->str, text->len, &error);
    ck_assert_msg(profile != NULL, "%s", error != NULL ? error->message : "");
    g_autoptr(GString) again = profile_encode(profile);
    ck_assert_str_eq(again->str, text->str);
}
END_TEST

static const struct {
    const char *body;
    const char *said;
} bad[] = {
    {"PRELOAD-STATE\t3\t0\t0\n", "not a profile"},
    {"PRELOAD-PROFILE\t0\n", "not a profile"},
    {"PRELOAD-PROFILE\t2\n", "version 2"},
    {"PRELOAD-PROFILE\t1\t\n", "not a header"},
    {HEAD "NONE\tx\n", "no known kind"},
    {HEAD "PROGRAM\n", "not a record"},
    {HEAD "PROGRAM\t0\t1\t1\t-\t/usr/bin/a\n", "number of launches"},
    {HEAD "PROGRAM\t9\t1\t1\t-\t/usr/bin/a\n", "number of launches"},
    {HEAD "PROGRAM\t1\tx\t1\t-\t/usr/bin/a\n", "size and a time"},
    {HEAD "PROGRAM\t1\t1\t1\t-\t/home/x/a\n", "none of the system's"},
    {HEAD "PROGRAM\t1\t1\t1\t-\t/usr/%2e%2e/home/x\n", "none of the system's"},
    {HEAD "PROGRAM\t1\t1\t1\tmodule\t/usr/bin/a\n", "none of the system's"},
    {HEAD "PROGRAM\t1\t1\t1\t-\tusr/bin/a\n", "absolute path"},
    {HEAD A A, "came before"},
    {HEAD "FILE\tf\t1\t1\t0\t1\t0:1.0\t/usr/a\n", "no program"},
    {HEAD A "FILE\tx\t1\t1\t0\t1\t-\t/usr/a\n", "neither file"},
    {HEAD A "FILE\tf\t1\t1\t65536\t1\t-\t/usr/a\n", "rank"},
    {HEAD A "FILE\tf\t1\t1\t0\t0\t-\t/usr/a\n", "rank"},
    {HEAD A "FILE\tf\t1\t1\t0\t4\t-\t/usr/a\n", "add up"},
    {HEAD A "FILE\tf\t1\t1\t0\t1\t0:2.0\t/usr/a\n", "add up"},
    {HEAD A "FILE\td\t0\t0\t0\t1\t0:1.0\t/usr/a\n", "add up"},
    {HEAD A "FILE\td\t4096\t0\t0\t1\t-\t/usr/a\n", "add up"},
    {HEAD A "FILE\tf\t1\t1\t0\t1\t5-2\t/usr/a\n", "list of blocks"},
    {HEAD A "FILE\tf\t1\t1\t0\t1\t-\t/root/a\n", "none of the system's"},
    {HEAD A "FILE\tf\t1\t1\t0\t1\t-\t/usr/a\tx\n", "absolute path"},
    {HEAD A "FILE\tf\t1\t1\t0\t1\t-\t/usr/b\nFILE\tf\t1\t1\t0\t1\t-\t/usr/a\n", "out of order"},
    {HEAD A "FILE\tf\t1\t1\t0\t1\t-\t/usr/b\nFILE\tf\t1\t1\t0\t1\t-\t/usr/b\n", "out of order"},
};

START_TEST(bad_ones_are_refused)
{
    g_autoptr(GError) error = NULL;
    g_autoptr(GString) text = sealed(bad[_i].body);
    ck_assert_ptr_null(profile_decode(text->str, text->len, &error));
    ck_assert_msg(strstr(error->message, bad[_i].said) != NULL, "%s: %s", bad[_i].body,
                  error->message);
}
END_TEST

/* Cut anywhere, or any byte changed. */
START_TEST(damage_is_noticed)
{
    g_autoptr(GString) text = sealed(good[2]);
    for (gsize i = 0; i < text->len; i++) {
        g_autoptr(GError) error = NULL;
        g_autoptr(GString) changed = g_string_new_len(text->str, (gssize)text->len);
        changed->str[i] ^= 1;
        ck_assert_ptr_null(profile_decode(text->str, i, NULL));
        ck_assert_ptr_null(profile_decode(changed->str, changed->len, &error));
        ck_assert_ptr_nonnull(error);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("profile-text");
    UNIT_ADD_ROWS(suite, good_ones_come_back, good);
    UNIT_ADD_ROWS(suite, bad_ones_are_refused, bad);
    UNIT_ADD(suite, damage_is_noticed);
    return suite;
}
