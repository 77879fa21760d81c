/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/overlay.h"
#include "unit.h"
#include <limits.h>

static Overlay parse(const char *options)
{
    return overlay_parse(cursor_of(options, strlen(options)));
}

static const struct {
    const char *options;
    const char *layers; /* separated by '|' */
    bool metacopy;
} rows[] = {
    {"rw,lowerdir=/l,upperdir=/u,workdir=/w,uuid=on", "/u|/l", false},
    {"ro,lowerdir=/a:/b:/c", "/a|/b|/c", false},
    {"rw,lowerdir+=/a,lowerdir+=/b\\134c:d,upperdir=/u", "/u|/a|/b\\c:d", false},
    {"rw,lowerdir+=/a,datadir+=/d", "/a", true},
    {"rw,lowerdir=/a::/d:/e,upperdir=/u", "/u|/a", true},
    {"rw,lowerdir=/a,metacopy=on", "/a", true},
    {"rw,lowerdir=/a,metacopy=off", "/a", false},
    {"rw,lowerdir=/a\\134:b:/c\\072d", "/a:b|/c:d", false},
    {"rw,lowerdir=/a\\134\\134:/b", "/a\\|/b", false}, /* an escaped '\\', then an end */
    {"rw,lowerdir=/with\\040blank\\054comma:/b\\075", "/with blank,comma|/b=", false},
    {"rw,lowerdir=l/A:/b:l/C,upperdir=u", "/b", false}, /* relative to we know not what */
    {"rw,lowerdir=,upperdir=,lowerdir+=", "", false},
    {"rw,xlowerdir=/a,lowerdirs=/b,upperdir/c", "", false},
    {"rw,lowerdir=/a:", "/a", false},
    {"", "", false},
};

START_TEST(finds_layers)
{
    g_auto(Overlay) got = parse(rows[_i].options);
    g_ptr_array_add(got.layers, NULL);
    g_autofree char *layers = g_strjoinv("|", (char **)got.layers->pdata);
    ck_assert_str_eq(layers, rows[_i].layers);
    ck_assert_int_eq(got.metacopy, rows[_i].metacopy);
}
END_TEST

START_TEST(bounds_layers)
{
    g_autofree char *name = g_strnfill(PATH_MAX, 'x');
    g_autoptr(GString) options = g_string_new("rw,lowerdir=/first:/");
    g_string_append(options, name);
    for (int i = 0; i < 10000; i++)
        g_string_append(options, ":/a");
    g_string_append(options, ",upperdir=/u");
    g_auto(Overlay) got = parse(options->str);
    ck_assert_uint_le(got.layers->len, 502);
    ck_assert_str_eq(got.layers->pdata[0], "/u");
    ck_assert_str_eq(got.layers->pdata[1], "/first");
    ck_assert_str_eq(got.layers->pdata[2], "/a");
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("overlay");
    UNIT_ADD_ROWS(suite, finds_layers, rows);
    UNIT_ADD(suite, bounds_layers);
    return suite;
}
