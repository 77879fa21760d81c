/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/config.h"
#include "config/layer.h"
#include "unit.h"
#include <sys/stat.h>
#include <unistd.h>

/* given a text; then where a group or a key stands. */
static const struct {
    const char *text;
    const char *group;
    const char *key;
    uint32_t line;
} line_rows[] = {
    {"[a]\nk=1\n", "a", NULL, 1},
    {"[a]\nk=1\n", "a", "k", 2},
    {"\n# [a]\n\t[a]\r\n \tk\t = 1\r\n", "a", NULL, 3},
    {"\n# [a]\n\t[a]\r\n \tk\t = 1\r\n", "a", "k", 4},
    {"[a]\nk=1\n[b]\nk=2", "b", "k", 4},
    {"[a]\nk=1\n[b]\nk=2", "a", "k", 2},
    {"[a]\nk=1\n[b]\n[a]\nk=2\n", "a", "k", 5},
    {"[a]\n#k=1\n", "a", "k", 0},
    {"[a]\nk=k2=3\n", "a", "k2", 0},
    {"", "a", NULL, 0},
};

START_TEST(lines)
{
    const char *text = line_rows[_i].text;
    g_autoptr(Layer) layer = layer_parse("x", text, strlen(text), NULL);
    ck_assert_ptr_nonnull(layer);
    ck_assert_uint_eq(layer_line(layer, line_rows[_i].group, line_rows[_i].key),
                      line_rows[_i].line);
}
END_TEST

START_TEST(bad_line_of_many)
{
    for (uint32_t bad = 2; bad <= 40; bad++) {
        g_autoptr(GString) text = g_string_new("[a]\n");
        for (uint32_t line = 2; line <= 40; line++)
            g_string_append(text, line == bad ? "no\n" : "k=1\n");
        g_autoptr(GError) error = NULL;
        ck_assert_ptr_null(layer_parse("x", text->str, text->len, &error));
        g_autofree char *start = g_strdup_printf("x:%u: this is no comment", bad);
        ck_assert_msg(g_str_has_prefix(error->message, start), "%s", error->message);
    }
}
END_TEST

START_TEST(zero_byte)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(layer_parse("a\nb", "[a]\nk=\0", 7, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX));
    ck_assert_str_eq(error->message, "a?b:2: it contains a zero byte");
}
END_TEST

/* given something that is no file; then it is refused, at once, with the reason. */
static void assert_refused(const char *path, const char *reason)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(layer_read(path, true, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_READ));
    g_autofree char *message = g_strdup_printf("cannot read %s: %s", path, reason);
    ck_assert_str_eq(error->message, message);
}

START_TEST(not_a_file)
{
    char *directory = unit_mkdir();
    g_autofree char *fifo = g_build_filename(directory, "fifo", NULL);
    ck_assert_int_eq(mkfifo(fifo, 0600), 0);
    assert_refused(fifo, "it is no regular file");
    assert_refused(directory, "it is no regular file");
    assert_refused("/dev/zero", "it is no regular file");
    unit_rmdir(directory);
}
END_TEST

START_TEST(too_big)
{
    char *directory = unit_mkdir();
    g_autofree char *text = g_malloc(LAYER_LIMIT_BYTES + 1);
    memset(text, '\n', LAYER_LIMIT_BYTES + 1);
    g_autofree char *fits = unit_write(directory, "fits", text, LAYER_LIMIT_BYTES);
    g_autofree char *big = unit_write(directory, "big", text, LAYER_LIMIT_BYTES + 1);
    g_autoptr(Layer) layer = layer_read(fits, false, NULL);
    ck_assert_ptr_nonnull(layer);
    assert_refused(big, "it is larger than 1 MiB");
    unit_rmdir(directory);
}
END_TEST

START_TEST(links)
{
    char *directory = unit_mkdir();
    g_autofree char *file = unit_write(directory, "file", "[a]\nk=1\n", -1);
    g_autofree char *link = g_build_filename(directory, "link", NULL);
    g_autofree char *mask = g_build_filename(directory, "mask", NULL);
    ck_assert_int_eq(symlink(file, link), 0);
    ck_assert_int_eq(symlink("/dev/null", mask), 0);
    g_autoptr(Layer) layer = layer_read(link, false, NULL);
    ck_assert_ptr_nonnull(layer);
    ck_assert_str_eq(layer->label, link);
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(layer_read(mask, true, &error));
    ck_assert_ptr_null(error);
    ck_assert_ptr_null(layer_read(mask, false, &error));
    ck_assert_ptr_nonnull(error);
    unit_rmdir(directory);
}
END_TEST

START_TEST(missing)
{
    g_autoptr(GError) error = NULL;
    ck_assert_ptr_null(layer_read("/nonexistent/x", true, &error));
    ck_assert_ptr_null(error);
    ck_assert_ptr_null(layer_read("/nonexistent/x", false, &error));
    ck_assert(g_error_matches(error, CONFIG_ERROR, CONFIG_ERROR_READ));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("layer");
    UNIT_ADD_ROWS(suite, lines, line_rows);
    UNIT_ADD(suite, bad_line_of_many);
    UNIT_ADD(suite, zero_byte);
    UNIT_ADD(suite, not_a_file);
    UNIT_ADD(suite, too_big);
    UNIT_ADD(suite, links);
    UNIT_ADD(suite, missing);
    return suite;
}
