/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/ldcache.h"
#include "unit.h"

typedef struct {
    uint32_t words[6];
} Entry;

/* Of "liba" at two places, the second for certain processors only, and "libb". */
static GString *given_cache(bool old)
{
    static const char strings[] = "liba\0/lib/liba\0/lib/v3/liba\0libb\0/lib/libb";
    GString *out = g_string_new(NULL);
    if (old) { /* an old table of one entry, and its alignment */
        g_string_append_len(out, "ld.so-1.7.0\0\1\0\0\0", 16);
        g_string_append_len(out, "\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0\0", 16);
    }
    const uint32_t strings_at = 48 + 3 * 24;
    const uint32_t header[7] = {3, sizeof strings, 0, 0, 0, 0, 0};
    const Entry entries[] = {
        {{0x303, strings_at + 0, strings_at + 15, 0, 1, 1U << 30}},
        {{0x303, strings_at + 0, strings_at + 5, 0, 0, 0}},
        {{0x303, strings_at + 28, strings_at + 33, 0, 0, 0}},
    };
    g_string_append_len(out, "glibc-ld.so.cache1.1", 20);
    g_string_append_len(out, (const char *)header, sizeof header);
    g_string_append_len(out, (const char *)entries, sizeof entries);
    g_string_append_len(out, strings, sizeof strings);
    return out;
}

static const bool formats[] = {false, true};

START_TEST(libraries_by_name)
{
    g_autoptr(GString) text = given_cache(formats[_i]);
    g_autoptr(LdCache) cache = ldcache_parse(cursor_of(text->str, text->len));
    ck_assert_ptr_nonnull(cache);
    const GPtrArray *a = ldcache_find(cache, "liba");
    ck_assert_uint_eq(a->len, 1);
    ck_assert_str_eq(a->pdata[0], "/lib/liba");
    ck_assert_str_eq(ldcache_find(cache, "libb")->pdata[0], "/lib/libb");
    ck_assert_ptr_null(ldcache_find(cache, "libc"));
}
END_TEST

START_TEST(damage)
{
    g_autoptr(GString) text = given_cache(formats[_i]);
    for (gsize i = 0; i < text->len; i++) {
        g_autofree char *cut = g_memdup2(text->str, i);
        ldcache_free(ldcache_parse(cursor_of(cut, i)));
        g_autofree char *wrong = g_memdup2(text->str, text->len);
        wrong[i] = (char)~wrong[i];
        ldcache_free(ldcache_parse(cursor_of(wrong, text->len)));
    }
}
END_TEST

START_TEST(the_machines_own)
{
    g_autofree char *bytes = NULL;
    gsize length = 0;
    if (!g_file_get_contents("/etc/ld.so.cache", &bytes, &length, NULL))
        unit_skip("no /etc/ld.so.cache");
    g_autoptr(LdCache) cache = ldcache_parse(cursor_of(bytes, length));
    ck_assert_ptr_nonnull(cache);
    ck_assert_ptr_nonnull(ldcache_find(cache, "libc.so.6"));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("ldcache");
    UNIT_ADD_ROWS(suite, libraries_by_name, formats);
    UNIT_ADD_ROWS(suite, damage, formats);
    UNIT_ADD(suite, the_machines_own);
    return suite;
}
