/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/request.h"
#include "base/parse.h"
#include "build-config.h"
#include <string.h>

#define PAUSE_DEFAULT_SEC 3600
#define PAUSE_MAX_SEC (7 * 24 * 3600)
#define COUNT_DEFAULT 10
#define COUNT_MAX 1000

typedef enum { TAKES_NOTHING, TAKES_PROGRAM, TAKES_NAMES, TAKES_DURATION, TAKES_FILE } Takes;

static const struct {
    const char *name;
    Takes takes;
    const char *help;
} commands[COMMANDS] = {
    [COMMAND_STATUS] = {"status", TAKES_NOTHING, "what preload does, and what it is good for"},
    [COMMAND_STATS] = {"stats", TAKES_NOTHING, "what it was good for: in all, by exe or by day"},
    [COMMAND_HEALTH] = {"health", TAKES_NOTHING, "what it lacks, what that costs, what to do"},
    [COMMAND_PREDICT] = {"predict", TAKES_NOTHING, "which programs are expected next"},
    [COMMAND_EXPLAIN] = {"explain", TAKES_PROGRAM, "why a program is, or is not, expected"},
    [COMMAND_SHOW] = {"show", TAKES_PROGRAM, "what a program needs when it starts, by file"},
    [COMMAND_TOP] = {"top", TAKES_NOTHING, "all of that, live; q ends it"},
    [COMMAND_WATCH] = {"watch", TAKES_NOTHING,
                       "launches, predictions and readings, as they happen"},
    [COMMAND_PAUSE] = {"pause", TAKES_DURATION, "read nothing ahead for a while (1h)"},
    [COMMAND_RESUME] = {"resume", TAKES_NOTHING, "end a pause"},
    [COMMAND_PROMOTE] = {"promote", TAKES_PROGRAM, "read a program ahead before others"},
    [COMMAND_DEMOTE] = {"demote", TAKES_PROGRAM, "read it ahead after others"},
    [COMMAND_IGNORE] = {"ignore", TAKES_PROGRAM, "never learn it or read it ahead"},
    [COMMAND_FORGET] = {"forget", TAKES_PROGRAM, "forget what was learnt and said of it"},
    [COMMAND_PIN] = {"pin", TAKES_NAMES, "keep files, or all that programs need, in memory"},
    [COMMAND_UNPIN] = {"unpin", TAKES_NAMES, "no longer"},
    [COMMAND_PINS] = {"pins", TAKES_NOTHING, "what is pinned, and what came of that"},
    [COMMAND_DUMP] = {"dump", TAKES_NOTHING, "write all that is known into the log"},
    [COMMAND_SAVE] = {"save", TAKES_NOTHING, "save the state now"},
    [COMMAND_RELOAD] = {"reload", TAKES_NOTHING, "read the configuration again"},
    [COMMAND_METRICS] = {"metrics", TAKES_NOTHING, "numbers for Prometheus (OpenMetrics)"},
    [COMMAND_REPORT] = {"report", TAKES_NOTHING, "all of it as a page for a browser, with plots"},
    [COMMAND_EXPORT] = {"export", TAKES_FILE, "what programs need, for other machines: a profile"},
    [COMMAND_IMPORT] = {"import", TAKES_FILE, "take a profile over, also without a daemon"},
};

/* What GOption fills. */
typedef struct {
    char *socket;
    char *by;
    char *output;
    char *state;
    int count;
    gboolean json;
    gboolean help;
    gboolean version;
    char **words;
} Words;

static void words_clear(Words *words)
{
    g_free(words->socket);
    g_free(words->by);
    g_free(words->output);
    g_free(words->state);
    g_strfreev(words->words);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static GOptionContext *context_of(Words *words)
{
    const GOptionEntry entries[] = {
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &words->socket,
         "the daemon's socket (" PRELOAD_SOCKET ")", "PATH"},
        {"json", 0, 0, G_OPTION_ARG_NONE, &words->json, "answer in JSON", NULL},
        {"by", 0, 0, G_OPTION_ARG_STRING, &words->by, "of stats: exe or day", "WHAT"},
        {"count", 'n', 0, G_OPTION_ARG_INT, &words->count, "of predict and stats: how many (10)",
         "COUNT"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &words->output,
         "of metrics and report: the file to replace", "FILE"},
        {"state", 's', 0, G_OPTION_ARG_FILENAME, &words->state,
         "of export and import: the state file (" PRELOAD_STATEFILE ")", "FILE"},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &words->help, "show this", NULL},
        {"version", 'v', 0, G_OPTION_ARG_NONE, &words->version, "show the version", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_STRING_ARRAY, &words->words, NULL, NULL},
        {0},
    };
    GOptionContext *context = g_option_context_new("COMMAND");
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

bool request_duration(const char *text, uint32_t *ret_sec)
{
    static const struct {
        const char *unit;
        uint32_t seconds;
    } units[] = {{"", 1}, {"s", 1}, {"m", 60}, {"min", 60}, {"h", 3600}, {"d", 86400}};
    Cursor cursor = cursor_of(text, strlen(text));
    uint64_t value = 0;
    if (!parse_u64(&cursor, &value) || value == 0 || value > PAUSE_MAX_SEC)
        return false;
    for (gsize i = 0; i < G_N_ELEMENTS(units); i++) {
        if (!cursor_is(&cursor, units[i].unit))
            continue;
        uint64_t seconds = value * units[i].seconds;
        if (seconds > PAUSE_MAX_SEC)
            return false;
        *ret_sec = (uint32_t)seconds;
        return true;
    }
    return false;
}

static bool fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s; see preloadctl --help", text);
    return false;
}

static bool take_command(Request *request, const char *word, GError **error)
{
    for (int command = 0; command < COMMANDS; command++) {
        if (strcmp(commands[command].name, word) != 0)
            continue;
        request->command = (Command)command;
        return true;
    }
    return fail(error, "there is no command '%s'", word);
}

static bool take_names(Request *request, char **rest, GError **error)
{
    const char *name = commands[request->command].name;
    if (rest[0] == NULL)
        return fail(error, "%s needs files or programs", name);
    for (char **word = rest; *word != NULL; word++)
        if (**word == '\0' || !g_utf8_validate(*word, -1, NULL))
            return fail(error, "%s takes names and paths in UTF-8", name);
    request->names = g_strdupv(rest);
    return true;
}

/* A program may be several words: an interpreter and its script. */
static bool take_rest(Request *request, char **rest, GError **error)
{
    const char *name = commands[request->command].name;
    switch (commands[request->command].takes) {
    case TAKES_PROGRAM:
        if (rest[0] == NULL || rest[0][0] == '\0')
            return fail(error, "%s needs a program: its name or its path", name);
        request->program = g_strjoinv(" ", rest);
        return g_utf8_validate(request->program, -1, NULL) ? true
                                                           : fail(error, "%s takes UTF-8", name);
    case TAKES_NAMES:
        return take_names(request, rest, error);
    case TAKES_DURATION:
        request->pause_sec = PAUSE_DEFAULT_SEC;
        if (rest[0] == NULL)
            return true;
        if (rest[1] != NULL || !request_duration(rest[0], &request->pause_sec))
            return fail(error, "%s takes a time such as 90s, 15m, 2h or 1d, of a week at most",
                        name);
        return true;
    case TAKES_FILE:
        if (rest[0] != NULL && rest[1] != NULL)
            return fail(error, "%s takes one file", name);
        request->file = g_strdup(rest[0]);
        return true;
    case TAKES_NOTHING:
        break;
    }
    return rest[0] == NULL ? true : fail(error, "%s does not take '%s'", name, rest[0]);
}

static bool take_options(Request *request, Words *words, GError **error)
{
    Command command = request->command;
    if (words->by != NULL && command != COMMAND_STATS)
        return fail(error, "--by is for stats");
    if (words->output != NULL && command != COMMAND_METRICS && command != COMMAND_REPORT)
        return fail(error, "--output is for metrics and report");
    if (words->state != NULL && command != COMMAND_EXPORT && command != COMMAND_IMPORT)
        return fail(error, "--state is for export and import");
    if (words->count < 1 || words->count > COUNT_MAX)
        return fail(error, "--count takes 1 to %d", COUNT_MAX);
    if (g_strcmp0(words->by, "exe") == 0)
        request->by = STATS_BY_EXE;
    else if (g_strcmp0(words->by, "day") == 0)
        request->by = STATS_BY_DAY;
    else if (words->by != NULL)
        return fail(error, "--by takes exe or day, not '%s'", words->by);
    if (request->json && command == COMMAND_TOP)
        return fail(error, "top is for people; see status --json and watch --json");
    request->count = (uint32_t)words->count;
    request->output = g_steal_pointer(&words->output);
    request->state = g_steal_pointer(&words->state);
    return true;
}

bool request_parse(Request *request, int argc, char **argv, GError **error)
{
    g_auto(Words) words = {.count = COUNT_DEFAULT};
    g_auto(GStrv) copy = g_new0(char *, (gsize)argc + 1);
    for (int i = 0; i < argc; i++)
        copy[i] = g_strdup(argv[i]);
    g_autoptr(GOptionContext) context = context_of(&words);
    g_autoptr(GError) problem = NULL;
    if (!g_option_context_parse_strv(context, &copy, &problem))
        return fail(error, "%s", problem->message);
    request->socket = g_steal_pointer(&words.socket);
    request->json = words.json;
    if (words.help || words.version) {
        request->command = words.help ? COMMAND_HELP : COMMAND_VERSION;
        return true;
    }
    if (words.words == NULL || words.words[0] == NULL)
        return fail(error, "a command is needed");
    return take_command(request, words.words[0], error) &&
           take_rest(request, words.words + 1, error) && take_options(request, &words, error);
}

void request_clear(Request *request)
{
    g_clear_pointer(&request->socket, g_free);
    g_clear_pointer(&request->program, g_free);
    g_clear_pointer(&request->names, g_strfreev);
    g_clear_pointer(&request->output, g_free);
    g_clear_pointer(&request->file, g_free);
    g_clear_pointer(&request->state, g_free);
}

char *request_help(void)
{
    static const char *const taken[] = {[TAKES_NOTHING] = "",
                                        [TAKES_PROGRAM] = " PROGRAM",
                                        [TAKES_NAMES] = " FILE|PROGRAM...",
                                        [TAKES_DURATION] = " [TIME]",
                                        [TAKES_FILE] = " [FILE]"};
    g_auto(Words) words = {0};
    g_autoptr(GOptionContext) context = context_of(&words);
    g_autofree char *options = g_option_context_get_help(context, TRUE, NULL);
    GString *text = g_string_new(options);
    g_string_append(text, "Commands:\n");
    for (int command = 0; command < COMMANDS; command++) {
        g_autofree char *name =
            g_strconcat(commands[command].name, taken[commands[command].takes], NULL);
        g_string_append_printf(text, "  %-24s%s\n", name, commands[command].help);
    }
    return g_string_free(text, FALSE);
}
