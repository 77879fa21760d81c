/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/metrics-text.h"
#include "unit.h"

static char *given_text(void)
{
    g_autoptr(GVariant) status = g_variant_ref_sink(
        g_variant_new_parsed("{'version': <'1\"0'>, 'paused': <true>, 'programs': <uint32 3>, "
                             "'up_usec': <uint64 1500000>, 'pins': <uint32 2>, "
                             "'pins_locked': <uint32 1>, 'pinned_bytes': <uint64 4096>, "
                             "'pin_limit_bytes': <uint64 8192>, 'warm_orders': <uint32 5>, "
                             "'warm_left_bytes': <uint64 16384>}"));
    g_autoptr(GVariant) totals = g_variant_ref_sink(g_variant_new_parsed(
        "[{'launches': <uint64 9>, 'saved_usec_estimate': <uint64 2000000>}]"));
    g_autoptr(GVariant) items = g_variant_ref_sink(g_variant_new_parsed(
        "[{'name': <'events'>, 'level': <'degraded'>}, {'name': <'proc'>, 'level': <'ok'>}]"));
    GString *out = g_string_new(NULL);
    metrics_text(status, totals, items, out);
    return g_string_free(out, FALSE);
}

START_TEST(numbers_are_there)
{
    static const char *const lines[] = {
        "\npreload_up 1\n",
        "\npreload_build_info{version=\"1\\\"0\"} 1\n",
        "\npreload_paused 1\n",
        "\npreload_programs 3\n",
        "\npreload_pins 2\n",
        "\npreload_pins_locked 1\n",
        "\npreload_pinned_bytes 4096\n",
        "\npreload_pin_limit_bytes 8192\n",
        "\npreload_warm_orders 5\n",
        "\npreload_warm_left_bytes 16384\n",
        "\npreload_uptime_seconds 1.500000\n",
        "\npreload_launches_total 9\n",
        "\npreload_saved_seconds_estimate 2.000000\n",
        "\npreload_health{item=\"events\"} 1\n",
        "\npreload_health{item=\"proc\"} 0\n",
    };
    g_autofree char *text = given_text();
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++)
        ck_assert_msg(strstr(text, lines[i]) != NULL, "no %s in %s", lines[i], text);
    ck_assert(g_str_has_suffix(text, "\n# EOF\n"));
}
END_TEST

/* OpenMetrics 1.0: each sample belongs to the family whose TYPE was last said, once. */
START_TEST(each_sample_has_its_family)
{
    g_autofree char *text = given_text();
    g_auto(GStrv) lines = g_strsplit(text, "\n", -1);
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *family = g_strdup("");
    for (char **line = lines; *line != NULL; line++) {
        if (g_str_has_prefix(*line, "# TYPE ")) {
            g_auto(GStrv) words = g_strsplit(*line, " ", -1);
            g_free(family);
            family = g_strdup(words[2]);
            ck_assert(g_hash_table_add(seen, g_strdup(family)));
        } else if (**line != '#' && **line != '\0') {
            ck_assert_msg(g_str_has_prefix(*line, family), "%s", *line);
        }
    }
}
END_TEST

START_TEST(silence_is_a_metric)
{
    g_autoptr(GString) out = g_string_new(NULL);
    metrics_text(NULL, NULL, NULL, out);
    ck_assert_ptr_nonnull(strstr(out->str, "preload_up 0\n# EOF\n"));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("metrics-text");
    UNIT_ADD(suite, numbers_are_there);
    UNIT_ADD(suite, each_sample_has_its_family);
    UNIT_ADD(suite, silence_is_a_metric);
    return suite;
}
