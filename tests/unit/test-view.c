/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/json.h"
#include "ctl/view.h"
#include "unit.h"

static const Paint plain = {.columns = 80};
static const Paint bright = {.colour = true, .bars = true, .columns = 80};

static GVariant *given(const char *text)
{
    return g_variant_ref_sink(g_variant_new_parsed(text));
}

#define STATUS                                                                                     \
    "{'version': <'1.0.0'>, 'doing': <'watching'>, 'paused': <false>, 'level': <'ok'>, "           \
    "'programs': <uint32 12>, 'up_usec': <uint64 7200000000>, 'held_bytes': <uint64 1048576>, "    \
    "'pins': <uint32 3>, 'pins_locked': <uint32 2>, 'pinned_bytes': <uint64 4194304>, "            \
    "'pin_limit_bytes': <uint64 1073741824>, 'warm_orders': <uint32 1>, "                          \
    "'warm_left_bytes': <uint64 2097152>, "                                                        \
    "'speed_bytes_per_sec_estimate': <uint64 104857600>, "                                         \
    "'today': <{'launches': <uint64 4>, 'footprint_bytes': <uint64 100>, 'hit_ratio': <0.84>, "    \
    "'ours_ratio': <0.61>, 'saved_usec_estimate': <uint64 42000000>}>}"

START_TEST(status_says_it_on_one_screen)
{
    g_autoptr(GVariant) status = given(STATUS);
    g_autoptr(GString) out = g_string_new(NULL);
    view_status(&plain, status, out);
    static const char *const parts[] = {
        "preload 1.0.0: watching\n",
        "12 programs",
        "84 % in memory at 4 launches; 61 % because",
        "no launch was measured\n",
        "about 42 s today",
        "an estimate",
        "1.0 MiB read ahead wait",
        "pinned          2 of 3 files, 4.0 MiB; at most 1.0 GiB may be\n",
        "warming         1 order, at most 2.0 MiB to be read\n",
        "lacks           nothing\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        ck_assert_msg(strstr(out->str, parts[i]) != NULL, "no '%s' in %s", parts[i], out->str);
    ck_assert_ptr_null(strchr(out->str, '\033'));
    ck_assert_ptr_null(strstr(out->str, "█"));
    g_auto(GStrv) lines = g_strsplit(out->str, "\n", -1);
    ck_assert_uint_le(g_strv_length(lines), 24);
    g_autoptr(GString) coloured = g_string_new(NULL);
    view_status(&bright, status, coloured);
    ck_assert_ptr_nonnull(strchr(coloured->str, '\033'));
    ck_assert_ptr_nonnull(strstr(coloured->str, "█"));
}
END_TEST

START_TEST(an_answer_that_lacks_all_is_no_fault)
{
    g_autoptr(GVariant) nothing = given("@a{sv} {}");
    g_autoptr(GVariant) none = given("@aa{sv} []");
    g_autoptr(GString) out = g_string_new(NULL);
    view_status(&plain, nothing, out);
    ck_assert_ptr_nonnull(strstr(out->str, "pinned          nothing; at most 0 B may be\n"));
    ck_assert_ptr_null(strstr(out->str, "warming"));
    view_explain(&plain, nothing, out);
    view_show(&plain, nothing, out);
    view_health(&plain, none, out);
    view_predict(&plain, none, out);
    view_pins(&plain, none, out);
    view_stats(&plain, none, STATS_BY_EXE, 10, out);
    ck_assert_ptr_nonnull(strstr(out->str, "no guess yet"));
    ck_assert_ptr_nonnull(strstr(out->str, "nothing was measured yet"));
}
END_TEST

static const struct {
    const char *levels;
    int status;
} healths[] = {
    {"[{'level': <'ok'>}]", 0},
    {"[{'level': <'ok'>}, {'level': <'degraded'>}, {'level': <'ok'>}]", 1},
    {"[{'level': <'broken'>}, {'level': <'degraded'>}]", 2},
    {"[{'level': <'what?'>}]", 2},
    {"@aa{sv} []", 0},
};

START_TEST(health_is_a_status)
{
    g_autoptr(GVariant) items = given(healths[_i].levels);
    ck_assert_int_eq(view_health_status(items), healths[_i].status);
}
END_TEST

START_TEST(health_says_what_to_do)
{
    g_autoptr(GVariant) items =
        given("[{'level': <'degraded'>, 'what': <'w'>, 'cost': <'c'>, 'remedy': <'r'>}, "
              "{'level': <'ok'>, 'what': <'fine'>, 'cost': <''>, 'remedy': <''>}]");
    g_autoptr(GString) out = g_string_new(NULL);
    view_health(&plain, items, out);
    ck_assert_str_eq(out->str, "degraded  w\n            costs: c\n            to do: r\n"
                               "ok        fine\n");
}
END_TEST

START_TEST(tables_have_their_count)
{
    g_autoptr(GVariant) rows =
        given("[{'program': <'a'>}, {'program': <'b'>}, {'program': <'c'>}]");
    g_autoptr(GString) out = g_string_new(NULL);
    view_stats(&plain, rows, STATS_BY_EXE, 2, out);
    ck_assert_ptr_nonnull(strstr(out->str, "\nb "));
    ck_assert_ptr_null(strstr(out->str, "\nc "));
    ck_assert_ptr_nonnull(strstr(out->str, "and 1 more"));
    g_autoptr(GVariant) days = given("[{'day': <int64 20000>}]");
    view_stats(&plain, days, STATS_BY_DAY, 1, out);
    ck_assert_ptr_nonnull(strstr(out->str, "2024-10-04"));
    g_autoptr(GVariant) next =
        given("[{'program': <'gimp'>, 'chance': <0.5>, 'habit': <'daily'>}]");
    view_predict(&plain, next, out);
    ck_assert_ptr_nonnull(strstr(out->str, "50 %"));
    ck_assert_ptr_nonnull(strstr(out->str, "gimp: daily\n"));
}
END_TEST

START_TEST(a_footprint_has_the_largest_first)
{
    g_autoptr(GVariant) program = given(
        "{'program': <'p'>, 'path': <'/p'>, 'files': <[{'path': <'/small'>, 'wanted': <true>, "
        "'wanted_bytes': <uint64 65536>, 'file_bytes': <uint64 10>}, {'path': <'/large'>, "
        "'wanted': "
        "<true>, 'wanted_bytes': <uint64 131072>, 'file_bytes': <uint64 1048576>}]>}");
    g_autoptr(GString) out = g_string_new(NULL);
    view_show(&plain, program, out);
    ck_assert(strstr(out->str, "/large") < strstr(out->str, "/small"));
    ck_assert_ptr_nonnull(strstr(out->str, "10 B of     10 B  /small"));
    g_autofree char *json = json_of(program, FALSE);
    ck_assert_ptr_nonnull(strstr(json, "{\"path\":\"/small\",\"wanted\":true,"));
}
END_TEST

static const struct {
    const char *signal;
    const char *args;
    const char *text; /* NULL: none */
} events[] = {
    {"Launched", "('gimp', uint64 1048576, uint64 524288, uint64 0)",
     "launched    gimp: 50 % of its 1.0 MiB in memory"},
    {"Launched", "('gimp', uint64 0, uint64 0, uint64 0)",
     "launched    gimp: - of its 0 B in memory"},
    {"Launched", "('gimp',)", NULL},
    {"Predicted", "('gimp', 0.25)", "predicted   gimp next: 25 %"},
    {"ReadAhead", "(uint64 10, uint64 0, uint64 5, uint64 1000000)",
     "read ahead  5 B in 1.0 s, of 10 B wanted"},
    {"PropertiesChanged",
     "('i', {'Paused': <true>, 'Level': <'ok'>, 'Programs': <uint32 3>}, @as [])",
     "state       paused, health ok, 3 programs known"},
    {"PropertiesChanged", "('i', @a{sv} {}, @as [])", NULL},
    {"Unknown", "(1,)", NULL},
};

START_TEST(events_are_lines)
{
    g_autoptr(GVariant) args = given(events[_i].args);
    g_autofree char *text = view_event(events[_i].signal, args);
    ck_assert_pstr_eq(text, events[_i].text);
}
END_TEST

START_TEST(pins_say_why_not)
{
    g_autoptr(GVariant) rows = given(
        "[{'file': <'/a'>, 'origin': <'user'>, 'state': <'locked'>, 'bytes': <uint64 1048576>, "
        "'locked_bytes': <uint64 1048576>}, {'file': <'/b'>, 'origin': <'list'>, "
        "'state': <'limit'>, 'bytes': <uint64 2097152>, 'locked_bytes': <uint64 0>}]");
    g_autoptr(GString) out = g_string_new(NULL);
    view_pins(&plain, rows, out);
    static const char *const parts[] = {
        "   1.0 MiB  user    /a\n",
        ("   2.0 MiB  list    /b: over the limit: see pinlimit, and LimitMEMLOCK= of "
         "the service\n"),
        "\n1 of 2 files, 1.0 MiB, locked in memory\n"};
    for (gsize i = 0; i < G_N_ELEMENTS(parts); i++)
        ck_assert_msg(strstr(out->str, parts[i]) != NULL, "no '%s' in %s", parts[i], out->str);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("view");
    UNIT_ADD(suite, status_says_it_on_one_screen);
    UNIT_ADD(suite, an_answer_that_lacks_all_is_no_fault);
    UNIT_ADD_ROWS(suite, health_is_a_status, healths);
    UNIT_ADD(suite, health_says_what_to_do);
    UNIT_ADD(suite, tables_have_their_count);
    UNIT_ADD(suite, a_footprint_has_the_largest_first);
    UNIT_ADD(suite, pins_say_why_not);
    UNIT_ADD_ROWS(suite, events_are_lines, events);
    return suite;
}
