/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/request.h"
#include "unit.h"

static bool parse(Request *request, const char *line, GError **error)
{
    g_autofree char *whole = g_strconcat("preloadctl ", line, NULL);
    g_auto(GStrv) argv = g_strsplit(g_strchomp(whole), " ", -1);
    return request_parse(request, (int)g_strv_length(argv), argv, error);
}

static const struct {
    const char *line;
    Request request;
} good[] = {
    {"status", {.command = COMMAND_STATUS, .count = 10}},
    {"--json status", {.command = COMMAND_STATUS, .count = 10, .json = true}},
    {"--socket /s health", {.command = COMMAND_HEALTH, .count = 10, .socket = (char *)"/s"}},
    {"stats --by exe -n 3", {.command = COMMAND_STATS, .by = STATS_BY_EXE, .count = 3}},
    {"stats --by=day", {.command = COMMAND_STATS, .by = STATS_BY_DAY, .count = 10}},
    {"explain python3 deluge",
     {.command = COMMAND_EXPLAIN, .count = 10, .program = (char *)"python3 deluge"}},
    {"pause", {.command = COMMAND_PAUSE, .count = 10, .pause_sec = 3600}},
    {"pause 15m", {.command = COMMAND_PAUSE, .count = 10, .pause_sec = 900}},
    {"metrics -o /f", {.command = COMMAND_METRICS, .count = 10, .output = (char *)"/f"}},
    {"report --output=/f", {.command = COMMAND_REPORT, .count = 10, .output = (char *)"/f"}},
    {"-h", {.command = COMMAND_HELP}},
    {"--version status", {.command = COMMAND_VERSION}},
};

START_TEST(words_are_understood)
{
    g_auto(Request) request = {0};
    g_autoptr(GError) error = NULL;
    const Request *wanted = &good[_i].request;
    ck_assert_msg(parse(&request, good[_i].line, &error), "%s", error ? error->message : "");
    ck_assert_int_eq(request.command, wanted->command);
    ck_assert_pstr_eq(request.socket, wanted->socket);
    ck_assert_pstr_eq(request.program, wanted->program);
    ck_assert_pstr_eq(request.output, wanted->output);
    ck_assert(request.names == NULL);
    ck_assert_int_eq(request.by, wanted->by);
    ck_assert_uint_eq(request.count, wanted->count);
    ck_assert_uint_eq(request.pause_sec, wanted->pause_sec);
    ck_assert(request.json == wanted->json);
}
END_TEST

START_TEST(several_names_are_several)
{
    g_auto(Request) request = {0};
    ck_assert(parse(&request, "pin /a ./b firefox", NULL));
    ck_assert_int_eq(request.command, COMMAND_PIN);
    ck_assert_uint_eq(g_strv_length(request.names), 3);
    ck_assert_str_eq(request.names[1], "./b");
    ck_assert_str_eq(request.names[2], "firefox");
}
END_TEST

static const struct {
    const char *line;
    const char *said;
} bad[] = {
    {"", "a command is needed"},
    {"frobnicate", "no command 'frobnicate'"},
    {"status now", "status does not take 'now'"},
    {"explain", "explain needs a program"},
    {"promote", "promote needs a program"},
    {"pin", "pin needs files or programs"},
    {"unpin", "unpin needs files or programs"},
    {"pins /a", "pins does not take '/a'"},
    {"pause 0", "takes a time"},
    {"pause 1h 2h", "takes a time"},
    {"stats --by week", "exe or day"},
    {"status --by exe", "--by is for stats"},
    {"status --output x", "--output is for metrics"},
    {"predict -n 0", "1 to 1000"},
    {"predict -n 1001", "1 to 1000"},
    {"predict -n x", "x"},
    {"top --json", "top is for people"},
    {"--frobnicate", "frobnicate"},
    {"show \xff", "Invalid byte sequence"},
};

START_TEST(wrong_words_are_told)
{
    g_auto(Request) request = {0};
    g_autoptr(GError) error = NULL;
    ck_assert(!parse(&request, bad[_i].line, &error));
    ck_assert_msg(strstr(error->message, bad[_i].said) != NULL, "%s", error->message);
    ck_assert_ptr_nonnull(strstr(error->message, "see preloadctl --help"));
}
END_TEST

static const struct {
    const char *text;
    uint32_t seconds; /* 0: none */
} durations[] = {
    {"1", 1},
    {"90s", 90},
    {"15m", 900},
    {"15min", 900},
    {"2h", 7200},
    {"7d", 604800},
    {"8d", 0},
    {"604801", 0},
    {"0", 0},
    {"0h", 0},
    {"", 0},
    {"h", 0},
    {"-1", 0},
    {"1.5h", 0},
    {"1 h", 0},
    {"1w", 0},
    {"99999999999999999999", 0},
    {"18446744073709551615d", 0},
};

START_TEST(durations_are_of_a_week_at_most)
{
    uint32_t seconds = 0;
    ck_assert(request_duration(durations[_i].text, &seconds) == (durations[_i].seconds > 0));
    ck_assert_uint_eq(seconds, durations[_i].seconds);
}
END_TEST

START_TEST(help_names_each_command)
{
    static const char *const names[] = {
        "status", "stats", "health", "predict", "explain", "show",   "top",
        "watch",  "pause", "resume", "promote", "demote",  "ignore", "forget",
        "dump",   "save",  "reload", "metrics", "report",  "--json", "--socket"};
    g_autofree char *help = request_help();
    for (gsize i = 0; i < G_N_ELEMENTS(names); i++)
        ck_assert_msg(strstr(help, names[i]) != NULL, "%s", names[i]);
    /* What a command takes is never glued to what it does. */
    ck_assert_ptr_nonnull(strstr(help, "\n  pin FILE|PROGRAM...     keep files"));
    ck_assert_ptr_nonnull(strstr(help, "\n  unpin FILE|PROGRAM...   "));
}
END_TEST

Suite *unit_suite(void)
{
    Suite *suite = suite_create("request");
    UNIT_ADD_ROWS(suite, words_are_understood, good);
    UNIT_ADD(suite, several_names_are_several);
    UNIT_ADD_ROWS(suite, wrong_words_are_told, bad);
    UNIT_ADD_ROWS(suite, durations_are_of_a_week_at_most, durations);
    UNIT_ADD(suite, help_names_each_command);
    return suite;
}
