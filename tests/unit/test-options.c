/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "build-config.h"
#include "config/options.h"
#include "unit.h"

enum { WORDS_MAX = 8 };

static bool parse(Options *options, const char *const *words, GError **error)
{
    char *argv[WORDS_MAX + 2] = {(char *)"preload"};
    int argc = 1;
    for (; words[argc - 1] != NULL; argc++)
        argv[argc] = (char *)words[argc - 1];
    return options_parse(options, argc, argv, error);
}

/* given words; then these options. */
static const struct {
    const char *words[WORDS_MAX];
    Options then;
} good_rows[] = {
    {{NULL}, {.nice = 15, .verbose = 4}},
    {{"-c", "/c", "-s", "/s", "-l", "/l", NULL},
     {.conffile = (char *)"/c",
      .statefile = (char *)"/s",
      .logfile = (char *)"/l",
      .nice = 15,
      .verbose = 4}},
    {{"--conffile", "/c", "--statefile=/s", "--logfile", "/l", NULL},
     {.conffile = (char *)"/c",
      .statefile = (char *)"/s",
      .logfile = (char *)"/l",
      .nice = 15,
      .verbose = 4}},
    {{"-c", "", "--statefile=", "-l", "", NULL},
     {.conffile = (char *)"",
      .statefile = (char *)"",
      .logfile = (char *)"",
      .nice = 15,
      .verbose = 4}},
    {{"-c", "/a", "-c", "/b", NULL}, {.conffile = (char *)"/b", .nice = 15, .verbose = 4}},
    {{"-c/glued", NULL}, {.conffile = (char *)"/glued", .nice = 15, .verbose = 4}},
    {{"-c", "-n5", NULL}, {.conffile = (char *)"-n5", .nice = 15, .verbose = 4}},
    {{"--conffile", "-V9", NULL}, {.conffile = (char *)"-V9", .nice = 15, .verbose = 4}},
    {{"-c", "/\xff", NULL}, {.conffile = (char *)"/\xff", .nice = 15, .verbose = 4}},
    {{"-f", NULL}, {.foreground = true, .nice = 15, .verbose = 4}},
    {{"--foreground", "--nice=-20", NULL}, {.foreground = true, .nice = -20, .verbose = 4}},
    {{"-n", "-5", NULL}, {.nice = -5, .verbose = 4}},
    {{"-n19", "-V0", NULL}, {.nice = 19, .verbose = 0}},
    {{"-fV9", NULL}, {.foreground = true, .nice = 15, .verbose = 9}},
    {{"-fV", "10", NULL}, {.foreground = true, .nice = 15, .verbose = 10}},
    {{"-d", NULL}, {.logfile = (char *)"", .foreground = true, .nice = 15, .verbose = 9}},
    {{"--debug", "-V", "3", "-l", "/l", NULL},
     {.logfile = (char *)"/l", .foreground = true, .nice = 15, .verbose = 3}},
    {{"-l", "/l", "-V", "3", "-d", NULL},
     {.logfile = (char *)"", .foreground = true, .nice = 15, .verbose = 9}},
    {{"--socket", "/run/x", NULL}, {.socket = (char *)"/run/x", .nice = 15, .verbose = 4}},
    {{"--check-config", NULL}, {.action = OPTIONS_CHECK_CONFIG, .nice = 15, .verbose = 4}},
    {{"-h", NULL}, {.action = OPTIONS_HELP, .nice = 15, .verbose = 4}},
    {{"--help", "--version", NULL}, {.action = OPTIONS_HELP, .nice = 15, .verbose = 4}},
    {{"-v", NULL}, {.action = OPTIONS_VERSION, .nice = 15, .verbose = 4}},
    {{"--version", NULL}, {.action = OPTIONS_VERSION, .nice = 15, .verbose = 4}},
};

START_TEST(good_words)
{
    g_auto(Options) options = OPTIONS_NULL;
    g_autoptr(GError) error = NULL;
    const Options *then = &good_rows[_i].then;
    ck_assert_msg(parse(&options, good_rows[_i].words, &error), "%s",
                  error != NULL ? error->message : "");
    ck_assert_int_eq(options.action, then->action);
    ck_assert_pstr_eq(options.conffile, then->conffile);
    ck_assert_pstr_eq(options.statefile, then->statefile);
    ck_assert_pstr_eq(options.logfile, then->logfile);
    ck_assert_pstr_eq(options.socket, then->socket);
    ck_assert_int_eq(options.foreground, then->foreground);
    ck_assert_int_eq(options.nice, then->nice);
    ck_assert_int_eq(options.verbose, then->verbose);
}
END_TEST

/* given words; then this error. */
static const struct {
    const char *words[WORDS_MAX];
    const char *message;
} bad_rows[] = {
    {{"--frobnicate", NULL}, "Unknown option --frobnicate"},
    {{"-x", NULL}, "Unknown option -x"},
    {{"--foreground=yes", NULL}, "--foreground takes no value"},
    {{"-c", NULL}, "Missing argument for -c"},
    {{"--socket", NULL}, "Missing argument for --socket"},
    {{"--socket", "", NULL}, "--socket needs a path"},
    {{"stray", NULL}, "unexpected word 'stray'"},
    {{"-f", "stray", "more", NULL}, "unexpected word 'stray'"},
    {{"-f", "", NULL}, "unexpected word ''"},
    {{"-V", "11", NULL}, "-V needs a whole number from 0 to 10, not '11'"},
    {{"--verbose=-1", NULL}, "--verbose needs a whole number from 0 to 10, not '-1'"},
    {{"-V", "4x", NULL}, "-V needs a whole number from 0 to 10, not '4x'"},
    {{"-V", "", NULL}, "-V needs a whole number from 0 to 10, not ''"},
    {{"-n", "20", NULL}, "-n needs a whole number from -20 to 19, not '20'"},
    {{"-n", "-21", NULL}, "-n needs a whole number from -20 to 19, not '-21'"},
    {{"-n99999999999999999999", NULL},
     "-n needs a whole number from -20 to 19, not '99999999999999999999'"},
    {{"-n", "\x1b[2J", NULL}, "-n needs a whole number from -20 to 19, not '?[2J'"},
    {{"\x1b[2J\xff", NULL}, "unexpected word '?[2J?'"},
    {{"--\n", NULL}, "Unknown option --?"},
};

START_TEST(bad_words)
{
    g_auto(Options) options = OPTIONS_NULL;
    g_autoptr(GError) error = NULL;
    ck_assert(!parse(&options, bad_rows[_i].words, &error));
    ck_assert_ptr_nonnull(error);
    ck_assert_str_eq(error->message, bad_rows[_i].message);
}
END_TEST

START_TEST(no_words_at_all)
{
    g_auto(Options) options = OPTIONS_NULL;
    char *argv[] = {NULL};
    ck_assert(options_parse(&options, 0, argv, NULL));
    ck_assert_int_eq(options.action, OPTIONS_RUN);
}
END_TEST

START_TEST(help)
{
    static const char *const words[] = {
        "-c, --conffile=FILE", "-s, --statefile=FILE", "-l, --logfile=FILE", "-f, --foreground",
        "-n, --nice=LEVEL",    "-V, --verbose=LEVEL",  "-d, --debug",        "    --socket=PATH",
        "    --check-config",  "-h, --help",           "-v, --version",      PRELOAD_STATEFILE,
        PRELOAD_SOCKET,        "/preload.conf",
    };
    g_autofree char *text = options_help();
    for (size_t i = 0; i < G_N_ELEMENTS(words); i++)
        ck_assert_msg(strstr(text, words[i]) != NULL, "no '%s' in:\n%s", words[i], text);
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("options");
    UNIT_ADD_ROWS(suite, good_words, good_rows);
    UNIT_ADD_ROWS(suite, bad_words, bad_rows);
    UNIT_ADD(suite, no_words_at_all);
    UNIT_ADD(suite, help);
    return suite;
}
