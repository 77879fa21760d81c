/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/errand.h"
#include "base/parse.h"
#include "observe/residency.h"
#include <stdarg.h>
#include <string.h>

#define THREADS_DEFAULT 4
#define THREADS_MAX 1024 /* as nydus */
#define LAYERS_MAX 1000000

static const struct {
    const char *name;
    const char *takes;
    const char *help;
} kinds[] = {
    [ERRAND_ANALYZE] = {"analyze", "FILE...", "of what parts a file consists, by its format"},
    [ERRAND_RESIDENCY] = {"residency", "FILE...", "how much of a file is in memory, and what"},
    [ERRAND_WARM] = {"warm", "FILE|DIR|MODEL...", "read files ahead, now"},
    [ERRAND_RECORD] = {"record", "-- COMMAND...", "run a command, write what it touched as a list"},
    [ERRAND_DISCOVER] = {"discover", "", "models, and databases, that could be warmed"},
};
G_STATIC_ASSERT(G_N_ELEMENTS(kinds) == ERRANDS);

/* What GOption fills. */
typedef struct {
    char *socket;
    char *manifest;
    char *from;
    char *output;
    char *strategy;
    char *policy;
    char *budget;
    char *rate;
    char **ranges;
    int layers;
    int threads;
    gboolean json;
    gboolean force;
    gboolean queue;
    gboolean wait;
    gboolean browsers;
    gboolean verify;
    gboolean help;
    char **words;
} Words;

static void words_clear(Words *words)
{
    g_free(words->socket);
    g_free(words->manifest);
    g_free(words->from);
    g_free(words->output);
    g_free(words->strategy);
    g_free(words->policy);
    g_free(words->budget);
    g_free(words->rate);
    g_strfreev(words->ranges);
    g_strfreev(words->words);
}

G_DEFINE_AUTO_CLEANUP_CLEAR_FUNC(Words, words_clear)

static GOptionContext *context_of(Words *words)
{
    const GOptionEntry entries[] = {
        {"json", 0, 0, G_OPTION_ARG_NONE, &words->json, "answer in JSON", NULL},
        {"strategy", 0, 0, G_OPTION_ARG_STRING, &words->strategy,
         "of warm: inference-order, sequential, first-n-layers or metadata-only", "STRATEGY"},
        {"layers", 0, 0, G_OPTION_ARG_INT, &words->layers, "of first-n-layers: how many (8)", "N"},
        {"range", 0, 0, G_OPTION_ARG_STRING_ARRAY, &words->ranges,
         "of warm: this part of the file only; may come again", "OFFSET:LENGTH"},
        {"from", 0, 0, G_OPTION_ARG_FILENAME, &words->from, "of warm: what a list says; -: input",
         "FILE"},
        {"policy", 0, 0, G_OPTION_ARG_STRING, &words->policy, policy_help(), "POLICY"},
        {"budget", 0, 0, G_OPTION_ARG_STRING, &words->budget, "of warm: read no more than this",
         "SIZE"},
        {"rate", 0, 0, G_OPTION_ARG_STRING, &words->rate, "of warm: so much a second at most",
         "SIZE"},
        {"threads", 0, 0, G_OPTION_ARG_INT, &words->threads, "of warm: threads at a disk (4)", "N"},
        {"force", 0, 0, G_OPTION_ARG_NONE, &words->force, "of warm: whatever memory there is",
         NULL},
        {"queue", 0, 0, G_OPTION_ARG_NONE, &words->queue, "of warm: leave it to the daemon", NULL},
        {"wait", 0, 0, G_OPTION_ARG_NONE, &words->wait, "of --queue: until it was read", NULL},
        {"manifest", 0, 0, G_OPTION_ARG_FILENAME, &words->manifest,
         "of analyze, residency and warm: the parts of the file", "FILE"},
        {"output", 'o', 0, G_OPTION_ARG_FILENAME, &words->output, "of record: where the list goes",
         "FILE"},
        {"browsers", 0, 0, G_OPTION_ARG_NONE, &words->browsers,
         "of discover: the databases of browsers, too", NULL},
        {"verify", 0, 0, G_OPTION_ARG_NONE, &words->verify,
         "of analyze: read it all, for the digest in its name", NULL},
        {"socket", 0, 0, G_OPTION_ARG_FILENAME, &words->socket, "of --queue: the daemon's socket",
         "PATH"},
        {"help", 'h', 0, G_OPTION_ARG_NONE, &words->help, "show this", NULL},
        {G_OPTION_REMAINING, 0, 0, G_OPTION_ARG_FILENAME_ARRAY, &words->words, NULL, NULL},
        {0},
    };
    GOptionContext *context = g_option_context_new("COMMAND ...");
    g_option_context_set_help_enabled(context, FALSE);
    g_option_context_add_main_entries(context, entries, NULL);
    return context;
}

static bool kind_by_name(const char *name, ErrandKind *ret)
{
    for (guint i = 0; i < ERRANDS; i++) {
        if (strcmp(kinds[i].name, name) != 0)
            continue;
        *ret = (ErrandKind)i;
        return true;
    }
    return false;
}

/* The command is the first word that is no option; of those that all commands have, --socket takes
 * a word. */
static bool kind_of_line(int argc, char **argv, ErrandKind *ret)
{
    for (int i = 1; i < argc; i++) {
        if (strcmp(argv[i], "--socket") == 0)
            i++;
        else if (argv[i][0] != '-')
            return kind_by_name(argv[i], ret);
    }
    return false;
}

bool errand_is(int argc, char **argv)
{
    ErrandKind kind;
    return kind_of_line(argc, argv, &kind);
}

static bool fail(GError **error, const char *format, ...) G_GNUC_PRINTF(2, 3);
static bool fail(GError **error, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error_literal(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, text);
    return false;
}

bool errand_size(const char *text, uint64_t *ret_bytes)
{
    static const char units[] = "KMGTP";
    Cursor cursor = cursor_of(text, strlen(text));
    double value = 0;
    uint64_t whole = 0;
    guint shift = 0;
    bool exact = parse_u64(&cursor, &whole);
    if (!exact || parse_char(&cursor, '.')) {
        cursor = cursor_of(text, strspn(text, "0123456789."));
        if (!parse_double(&cursor, &value) || cursor_left(&cursor) > 0)
            return false;
        cursor = cursor_of(cursor.at, strlen(cursor.at));
        exact = false;
    }
    const char *unit = cursor_left(&cursor) > 0 ? strchr(units, g_ascii_toupper(*cursor.at)) : NULL;
    if (unit != NULL) {
        shift = 10 * (guint)(unit - units + 1);
        cursor.at++;
        (void)parse_char(&cursor, 'i');
    }
    (void)parse_char(&cursor, 'B');
    if (cursor_left(&cursor) > 0 || (exact && whole > UINT64_MAX >> shift))
        return false;
    double bytes = value * (double)(UINT64_C(1) << shift);
    if (!exact && (bytes < 0 || bytes >= 9e18))
        return false;
    *ret_bytes = exact ? whole << shift : (uint64_t)bytes;
    return true;
}

static bool take_size(const char *name, const char *text, uint64_t *ret, GError **error)
{
    if (text == NULL || (errand_size(text, ret) && *ret > 0))
        return true;
    return fail(error, "--%s takes a size such as 4096, 64K, 500M or 2G, not '%s'", name, text);
}

static bool take_range(Errand *errand, const char *text, GError **error)
{
    Range range;
    g_auto(GStrv) halves = g_strsplit(text, ":", 2);
    if (g_strv_length(halves) != 2 || !errand_size(halves[0], &range.offset_bytes) ||
        !errand_size(halves[1], &range.length_bytes) || range.length_bytes == 0 ||
        range.length_bytes > UINT64_MAX - range.offset_bytes)
        return fail(error, "--range takes OFFSET:LENGTH, not '%s'", text);
    if (errand->ranges == NULL)
        errand->ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    g_array_append_val(errand->ranges, range);
    return true;
}

static bool take_numbers(Errand *errand, const Words *words, GError **error)
{
    if (words->layers < 0 || words->layers > LAYERS_MAX)
        return fail(error, "--layers takes 0 to %d", LAYERS_MAX);
    if (words->threads < 1 || words->threads > THREADS_MAX)
        return fail(error, "--threads takes 1 to %d", THREADS_MAX);
    errand->n_layers = (uint32_t)words->layers;
    errand->n_threads = (uint32_t)words->threads;
    for (char **range = words->ranges; range != NULL && *range != NULL; range++)
        if (!take_range(errand, *range, error))
            return false;
    return take_size("budget", words->budget, &errand->budget_bytes, error) &&
           take_size("rate", words->rate, &errand->rate_bytes, error);
}

static bool take_names(Errand *errand, const Words *words, GError **error)
{
    if (words->strategy != NULL && !strategy_by_name(words->strategy, &errand->strategy))
        return fail(error, "there is no strategy '%s'", words->strategy);
    if (words->policy != NULL && !policy_by_name(words->policy, &errand->policy))
        return fail(error, "there is no policy '%s'", words->policy);
    if (words->strategy != NULL && errand->ranges != NULL)
        return fail(error, "--range says what is read, and so does --strategy: one of them");
    return true;
}

/* What belongs to another command is a mistake, not to be passed over. */
static bool check_kind(const Errand *errand, const Words *words, GError **error)
{
    ErrandKind kind = errand->kind;
    const char *name = kinds[kind].name;
    bool of_warm = words->strategy != NULL || words->policy != NULL || words->from != NULL ||
                   words->budget != NULL || words->rate != NULL || words->ranges != NULL ||
                   words->force || words->queue || words->wait;
    if (of_warm && kind != ERRAND_WARM)
        return fail(error, "%s has no such option: it is for warm", name);
    if (words->output != NULL && kind != ERRAND_RECORD)
        return fail(error, "--output is for record");
    if (words->browsers && kind != ERRAND_DISCOVER)
        return fail(error, "--browsers is for discover");
    if (words->verify && kind != ERRAND_ANALYZE)
        return fail(error, "--verify is for analyze");
    if (words->wait && !words->queue)
        return fail(error, "--wait is for --queue: else warm ends when all was read anyway");
    bool named = errand->words[0] != NULL;
    if (kind == ERRAND_DISCOVER && named)
        return fail(error, "discover does not take '%s'", errand->words[0]);
    if (kind != ERRAND_DISCOVER && !named && words->from == NULL)
        return fail(error, "%s needs %s", name,
                    kind == ERRAND_RECORD ? "a command behind --" : "a file");
    if (words->manifest != NULL && g_strv_length(errand->words) != 1)
        return fail(error, "--manifest is about one file");
    return true;
}

static void take_words(Errand *errand, Words *words)
{
    errand->words = g_strdupv(words->words + 1);
    errand->json = words->json;
    errand->force = words->force;
    errand->queue = words->queue;
    errand->wait = words->wait;
    errand->browsers = words->browsers;
    errand->verify = words->verify;
    errand->socket = g_steal_pointer(&words->socket);
    errand->manifest = g_steal_pointer(&words->manifest);
    errand->from = g_steal_pointer(&words->from);
    errand->output = g_steal_pointer(&words->output);
}

static bool parse(Errand *errand, int argc, char **argv, GError **error)
{
    g_auto(Words) words = {.layers = STRATEGY_LAYERS_DEFAULT, .threads = THREADS_DEFAULT};
    g_auto(GStrv) copy = g_new0(char *, (gsize)argc + 1);
    for (int i = 0; i < argc; i++)
        copy[i] = g_strdup(argv[i]);
    g_autoptr(GOptionContext) context = context_of(&words);
    g_autoptr(GError) problem = NULL;
    if (!g_option_context_parse_strv(context, &copy, &problem))
        return fail(error, "%s", problem->message);
    if (words.words == NULL || !kind_by_name(words.words[0], &errand->kind))
        return fail(error, "a command is needed");
    errand->help = words.help;
    if (errand->help)
        return true;
    const Words given = words; /* before its texts are taken */
    take_words(errand, &words);
    return take_numbers(errand, &words, error) && take_names(errand, &words, error) &&
           check_kind(errand, &given, error);
}

bool errand_parse(Errand *errand, int argc, char **argv, GError **error)
{
    ErrandKind kind = ERRAND_WARM;
    g_autoptr(GError) problem = NULL;
    if (parse(errand, argc, argv, &problem))
        return true;
    (void)kind_of_line(argc, argv, &kind);
    g_set_error(error, problem->domain, problem->code, "%s; see preloadctl %s --help",
                problem->message, kinds[kind].name);
    return false;
}

void errand_clear(Errand *errand)
{
    g_clear_pointer(&errand->words, g_strfreev);
    g_clear_pointer(&errand->socket, g_free);
    g_clear_pointer(&errand->manifest, g_free);
    g_clear_pointer(&errand->from, g_free);
    g_clear_pointer(&errand->output, g_free);
    g_clear_pointer(&errand->ranges, g_array_unref);
}

void errand_append_summary(GString *out)
{
    g_string_append(out, "Commands that need no daemon:\n");
    for (guint i = 0; i < ERRANDS; i++) {
        g_autofree char *name = g_strjoin(" ", kinds[i].name, kinds[i].takes, NULL);
        g_string_append_printf(out, "  %-24s%s\n", name, kinds[i].help);
    }
}

char *errand_help(void)
{
    g_auto(Words) words = {0};
    g_autoptr(GOptionContext) context = context_of(&words);
    g_autofree char *options = g_option_context_get_help(context, TRUE, NULL);
    GString *text = g_string_new(options);
    errand_append_summary(text);
    return g_string_free(text, FALSE);
}
