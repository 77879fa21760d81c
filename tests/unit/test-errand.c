/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/errand.h"
#include "observe/residency.h"
#include "unit.h"

static bool parse(Errand *errand, const char *line, GError **error)
{
    g_autofree char *whole = g_strconcat("preloadctl ", line, NULL);
    g_auto(GStrv) argv = g_strsplit(whole, " ", -1);
    return errand_parse(errand, (int)g_strv_length(argv), argv, error);
}

static const struct {
    const char *line;
    Errand errand;
    const char *words;
} good[] = {
    {"analyze a b", {.kind = ERRAND_ANALYZE, .n_layers = 8, .n_threads = 4}, "a b"},
    {"--json residency a",
     {.kind = ERRAND_RESIDENCY, .n_layers = 8, .n_threads = 4, .json = true},
     "a"},
    {"warm a --strategy first-n-layers --layers 3",
     {.kind = ERRAND_WARM, .strategy = STRATEGY_FIRST_N_LAYERS, .n_layers = 3, .n_threads = 4},
     "a"},
    {"warm a --budget 2G --rate=10M --threads 2 --force --queue --wait",
     {.kind = ERRAND_WARM,
      .n_layers = 8,
      .n_threads = 2,
      .budget_bytes = UINT64_C(2) << 30,
      .rate_bytes = 10 << 20,
      .force = true,
      .queue = true,
      .wait = true},
     "a"},
    {"warm --from l --policy blob",
     {.kind = ERRAND_WARM,
      .n_layers = 8,
      .n_threads = 4,
      .from = (char *)"l",
      .policy = POLICY_BLOB},
     ""},
    {"record -o f -- ls -l --json",
     {.kind = ERRAND_RECORD, .n_layers = 8, .n_threads = 4, .output = (char *)"f"},
     "ls -l --json"},
    {"analyze a --verify",
     {.kind = ERRAND_ANALYZE, .n_layers = 8, .n_threads = 4, .verify = true},
     "a"},
    {"discover --browsers",
     {.kind = ERRAND_DISCOVER, .n_layers = 8, .n_threads = 4, .browsers = true},
     ""},
};

START_TEST(words_are_understood)
{
    g_auto(Errand) errand = {0};
    g_autoptr(GError) error = NULL;
    const Errand *wanted = &good[_i].errand;
    ck_assert_msg(parse(&errand, good[_i].line, &error), "%s", error ? error->message : "");
    g_autofree char *words = g_strjoinv(" ", errand.words);
    ck_assert_str_eq(words, good[_i].words);
    ck_assert_int_eq(errand.kind, wanted->kind);
    ck_assert_int_eq(errand.strategy, wanted->strategy);
    ck_assert_int_eq(errand.policy, wanted->policy);
    ck_assert_uint_eq(errand.n_layers, wanted->n_layers);
    ck_assert_uint_eq(errand.n_threads, wanted->n_threads);
    ck_assert_uint_eq(errand.budget_bytes, wanted->budget_bytes);
    ck_assert_uint_eq(errand.rate_bytes, wanted->rate_bytes);
    ck_assert_pstr_eq(errand.from, wanted->from);
    ck_assert_pstr_eq(errand.output, wanted->output);
    ck_assert(errand.json == wanted->json && errand.force == wanted->force &&
              errand.queue == wanted->queue && errand.wait == wanted->wait &&
              errand.browsers == wanted->browsers && errand.verify == wanted->verify);
}
END_TEST

static const struct {
    const char *line;
    const char *said;
} bad[] = {
    {"warm", "warm needs a file"},
    {"analyze", "analyze needs a file"},
    {"record", "record needs a command"},
    {"discover x", "discover does not take 'x'"},
    {"warm a --strategy best", "no strategy 'best'"},
    {"warm a --policy best", "no policy 'best'"},
    {"warm a --layers -1", "--layers takes"},
    {"warm a --threads 0", "--threads takes"},
    {"warm a --budget 0", "--budget takes a size"},
    {"warm a --rate fast", "--rate takes a size"},
    {"warm a --range 5", "--range takes OFFSET:LENGTH"},
    {"warm a --range 5:0", "--range takes OFFSET:LENGTH"},
    {"warm a --range 16E:1", "--range takes OFFSET:LENGTH"},
    {"warm a --range 0:1 --strategy sequential", "one of them"},
    {"warm a --wait", "--wait is for --queue"},
    {"warm a b --manifest m", "--manifest is about one file"},
    {"warm a -o f", "--output is for record"},
    {"analyze a --rate 1M", "it is for warm"},
    {"residency a --browsers", "--browsers is for discover"},
    {"residency a --verify", "--verify is for analyze"},
    {"warm a --frobnicate", "--frobnicate"},
};

START_TEST(wrong_words_are_refused)
{
    g_auto(Errand) errand = {0};
    g_autoptr(GError) error = NULL;
    ck_assert(!parse(&errand, bad[_i].line, &error));
    ck_assert_msg(strstr(error->message, bad[_i].said) != NULL, "%s", error->message);
}
END_TEST

START_TEST(ranges_are_exact)
{
    g_auto(Errand) errand = {0};
    ck_assert(parse(&errand, "warm a --range 4K:1M --range 0:10", NULL));
    ck_assert_uint_eq(errand.ranges->len, 2);
    ck_assert_uint_eq(g_array_index(errand.ranges, Range, 0).offset_bytes, 4096);
    ck_assert_uint_eq(g_array_index(errand.ranges, Range, 0).length_bytes, 1 << 20);
    ck_assert_uint_eq(g_array_index(errand.ranges, Range, 1).length_bytes, 10);
}
END_TEST

static const struct {
    const char *text;
    bool good;
    uint64_t bytes;
} sizes[] = {
    {"0", true, 0},
    {"4096", true, 4096},
    {"64K", true, 65536},
    {"64KiB", true, 65536},
    {"1.5g", true, UINT64_C(3) << 29},
    {"16777215T", true, UINT64_C(16777215) << 40},
    {"16777216T", false, 0},
    {"9223372036854775808", true, UINT64_C(1) << 63},
    {"18446744073709551616", false, 0},
    {"1.5.5K", false, 0},
    {"1e3", false, 0},
    {"-1", false, 0},
    {"K", false, 0},
    {"", false, 0},
    {"4 K", false, 0},
};

START_TEST(sizes_have_units)
{
    uint64_t bytes = 0;
    ck_assert(errand_size(sizes[_i].text, &bytes) == sizes[_i].good);
    ck_assert_uint_eq(bytes, sizes[_i].bytes);
}
END_TEST

START_TEST(only_commands_of_files_are_errands)
{
    char *const lines[][5] = {{(char *)"p", (char *)"--json", (char *)"warm", (char *)"f", NULL},
                              {(char *)"p", (char *)"--socket", (char *)"warm", (char *)"status"},
                              {(char *)"p", (char *)"--help", NULL},
                              {(char *)"p", (char *)"explain", (char *)"warm", NULL}};
    const bool wanted[] = {true, false, false, false};
    const int counts[] = {4, 4, 2, 3};
    for (guint i = 0; i < G_N_ELEMENTS(wanted); i++)
        ck_assert(errand_is(counts[i], (char **)lines[i]) == wanted[i]);
}
END_TEST

START_TEST(help_names_all)
{
    g_autofree char *help = errand_help();
    ck_assert_ptr_nonnull(strstr(help, "--strategy"));
    ck_assert_ptr_nonnull(strstr(help, "record"));
}
END_TEST

START_TEST(who_erred_is_shown_to_the_help_of_it)
{
    static const char *const lines[][2] = {
        {"record", "; see preloadctl record --help"},
        {"analyze", "; see preloadctl analyze --help"},
        {"discover --no-such", "; see preloadctl discover --help"},
    };
    for (gsize i = 0; i < G_N_ELEMENTS(lines); i++) {
        g_auto(Errand) errand = {0};
        g_autoptr(GError) error = NULL;
        ck_assert(!parse(&errand, lines[i][0], &error));
        ck_assert_msg(g_str_has_suffix(error->message, lines[i][1]), "%s", error->message);
    }
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("errand");
    UNIT_ADD_ROWS(suite, words_are_understood, good);
    UNIT_ADD_ROWS(suite, wrong_words_are_refused, bad);
    UNIT_ADD(suite, ranges_are_exact);
    UNIT_ADD_ROWS(suite, sizes_have_units, sizes);
    UNIT_ADD(suite, only_commands_of_files_are_errands);
    UNIT_ADD(suite, help_names_all);
    UNIT_ADD(suite, who_erred_is_shown_to_the_help_of_it);
    return suite;
}
