/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/options.h"
#include "base/log.h"
#include "base/parse.h"
#include "build-config.h"
#include <string.h>

enum { NICE_MIN = -20, NICE_MAX = 19, VERBOSE_MIN = 0, VERBOSE_MAX = 10, VERBOSE_DEBUG = 9 };

static void replace(char **member, const char *value)
{
    g_free(*member);
    *member = g_strdup(value);
}

static gboolean set_conffile(const char *name, const char *value, gpointer data, GError **error)
{
    replace(&((Options *)data)->conffile, value);
    return TRUE;
}

static gboolean set_statefile(const char *name, const char *value, gpointer data, GError **error)
{
    replace(&((Options *)data)->statefile, value);
    return TRUE;
}

static gboolean set_logfile(const char *name, const char *value, gpointer data, GError **error)
{
    replace(&((Options *)data)->logfile, value);
    return TRUE;
}

static gboolean set_socket(const char *name, const char *value, gpointer data, GError **error)
{
    if (value[0] == '\0') {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s needs a path", name);
        return FALSE;
    }
    replace(&((Options *)data)->socket, value);
    return TRUE;
}

static gboolean set_foreground(const char *name, const char *value, gpointer data, GError **error)
{
    ((Options *)data)->foreground = true;
    return TRUE;
}

static gboolean set_number(const char *name, const char *value, int min, int max, int *ret,
                           GError **error)
{
    Cursor c = cursor_of(value, strlen(value));
    int64_t number = 0;
    if (!parse_i64(&c, &number) || c.at != c.end || number < min || number > max) {
        g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE,
                    "%s needs a whole number from %d to %d, not '%s'", name, min, max, value);
        return FALSE;
    }
    *ret = (int)number;
    return TRUE;
}

static gboolean set_nice(const char *name, const char *value, gpointer data, GError **error)
{
    return set_number(name, value, NICE_MIN, NICE_MAX, &((Options *)data)->nice, error);
}

static gboolean set_verbose(const char *name, const char *value, gpointer data, GError **error)
{
    return set_number(name, value, VERBOSE_MIN, VERBOSE_MAX, &((Options *)data)->verbose, error);
}

/* As preload 0.6.4 took it: what stands behind it on the command line still counts. */
static gboolean set_debug(const char *name, const char *value, gpointer data, GError **error)
{
    Options *options = data;
    replace(&options->logfile, "");
    options->foreground = true;
    options->verbose = VERBOSE_DEBUG;
    return TRUE;
}

/* The first of them counts, as if it had been carried out on sight. */
static gboolean set_action(Options *options, OptionsAction action)
{
    if (options->action == OPTIONS_RUN)
        options->action = action;
    return TRUE;
}

static gboolean set_check(const char *name, const char *value, gpointer data, GError **error)
{
    return set_action(data, OPTIONS_CHECK_CONFIG);
}

static gboolean set_replay(const char *name, const char *value, gpointer data, GError **error)
{
    Options *options = data;
    replace(&options->replay, value);
    return set_action(options, OPTIONS_REPLAY);
}

static gboolean set_experts(const char *name, const char *value, gpointer data, GError **error)
{
    replace(&((Options *)data)->experts, value);
    return TRUE;
}

static gboolean set_explain(const char *name, const char *value, gpointer data, GError **error)
{
    replace(&((Options *)data)->explain, value);
    return TRUE;
}

static gboolean set_record(const char *name, const char *value, gpointer data, GError **error)
{
    replace(&((Options *)data)->record, value);
    return TRUE;
}

static gboolean set_anonymous(const char *name, const char *value, gpointer data, GError **error)
{
    ((Options *)data)->anonymous = true;
    return TRUE;
}

static gboolean set_help(const char *name, const char *value, gpointer data, GError **error)
{
    return set_action(data, OPTIONS_HELP);
}

static gboolean set_version(const char *name, const char *value, gpointer data, GError **error)
{
    return set_action(data, OPTIONS_VERSION);
}

/* As bytes: a number that is no text in this locale is refused by us, by its name. */
#define VALUE G_OPTION_FLAG_FILENAME
#define FLAG G_OPTION_FLAG_NO_ARG
#define CALL(function) G_OPTION_ARG_CALLBACK, (gpointer)(GOptionArgFunc)(function)

static const GOptionEntry entries[] = {
    {"conffile", 'c', VALUE, CALL(set_conffile),
     "configuration file; '' for none (" PRELOAD_SYSCONFDIR "/preload.conf)", "FILE"},
    {"statefile", 's', VALUE, CALL(set_statefile),
     "where what was learnt is kept; '' for nowhere (" PRELOAD_STATEFILE ")", "FILE"},
    {"logfile", 'l', VALUE, CALL(set_logfile),
     "log file; '' for standard error (the journal; standard error without one)", "FILE"},
    {"foreground", 'f', FLAG, CALL(set_foreground), "stay in the foreground", NULL},
    {"nice", 'n', VALUE, CALL(set_nice), "nice level, -20 to 19 (15)", "LEVEL"},
    {"verbose", 'V', VALUE, CALL(set_verbose), "how much is logged, 0 to 10 (4)", "LEVEL"},
    {"debug", 'd', FLAG, CALL(set_debug), "the same as -l '' -f -V 9", NULL},
    {"socket", 0, VALUE, CALL(set_socket), "control socket (" PRELOAD_SOCKET ")", "PATH"},
    {"check-config", 0, FLAG, CALL(set_check),
     "print the configuration and where each value comes from, and exit", NULL},
    {"replay", 0, VALUE, CALL(set_replay),
     "print how well a trace's launches are predicted, and exit; '-' for standard input", "TRACE"},
    {"experts", 0, VALUE, CALL(set_experts), "with --replay: by these only, as 'markov,context'",
     "LIST"},
    {"explain", 0, VALUE, CALL(set_explain), "with --replay: and say why, of this program", "PATH"},
    {"record", 0, VALUE, CALL(set_record), "append what is launched to a trace while running",
     "TRACE"},
    {"anonymous", 0, FLAG, CALL(set_anonymous), "with --record: hashes in place of names", NULL},
    {"help", 'h', FLAG, CALL(set_help), "print this and exit", NULL},
    {"version", 'v', FLAG, CALL(set_version), "print the version and exit", NULL},
    {0},
};

static bool takes_value(char letter)
{
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++) {
        if (entry->short_name == letter)
            return entry->arg_description != NULL;
    }
    return false;
}

/* Where in a word of short options the first is that takes a value; 0 if there is none. */
static size_t value_letter(const char *word)
{
    if (word[0] != '-' || word[1] == '-')
        return 0;
    for (size_t i = 1; word[i] != '\0'; i++) {
        if (takes_value(word[i]))
            return i;
    }
    return 0;
}

/* The entry that "--NAME" is for; NULL if there is none. */
static const GOptionEntry *long_entry(const char *word)
{
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++) {
        if (g_str_has_prefix(word, "--") && strcmp(word + 2, entry->long_name) == 0)
            return entry;
    }
    return NULL;
}

/* Whether the next word is the value of this one. */
static bool wants_value(const char *word)
{
    size_t letter = value_letter(word);
    if (letter != 0)
        return word[letter + 1] == '\0';
    const GOptionEntry *entry = long_entry(word);
    return entry != NULL && entry->arg_description != NULL;
}

static void add_word(GStrvBuilder *words, const char *word)
{
    size_t letter = value_letter(word);
    if (letter == 0 || word[letter + 1] == '\0') {
        g_strv_builder_add(words, word);
        return;
    }
    g_autofree char *letters = g_strndup(word, letter + 1);
    g_strv_builder_add(words, letters);
    g_strv_builder_add(words, word + letter + 1);
}

/* GOption would not mind the value of "--foreground=no". */
static bool refuse_value(const char *word, GError **error)
{
    const char *equals = strchr(word, '=');
    if (equals == NULL)
        return true;
    g_autofree char *name = g_strndup(word, (size_t)(equals - word));
    const GOptionEntry *entry = long_entry(name);
    if (entry == NULL || entry->arg_description != NULL)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_BAD_VALUE, "%s takes no value", name);
    return false;
}

/* getopt(3), and so preload 0.6.4, takes "-fV9" for "-f -V 9"; GOption does not. */
static char **split_words(int argc, char **argv, GError **error)
{
    g_autoptr(GStrvBuilder) words = g_strv_builder_new();
    bool is_value = true; /* the first is the program's name */
    for (int i = 0; i < argc; i++) {
        if (!is_value && !refuse_value(argv[i], error))
            return NULL;
        if (is_value)
            g_strv_builder_add(words, argv[i]);
        else
            add_word(words, argv[i]);
        is_value = !is_value && wants_value(argv[i]);
    }
    return g_strv_builder_end(words);
}

/* words: what no option took, behind the program's name. */
static bool refuse_stray(char **words, GError **error)
{
    const char *stray = words[0] != NULL ? words[1] : NULL;
    if (stray == NULL)
        return true;
    g_set_error(error, G_OPTION_ERROR, G_OPTION_ERROR_FAILED, "unexpected word '%s'", stray);
    return false;
}

static bool parse_words(Options *options, char ***words, GError **error)
{
    g_autoptr(GOptionContext) context = g_option_context_new(NULL);
    GOptionGroup *group = g_option_group_new("preload", "", "", options, NULL);
    g_option_group_add_entries(group, entries);
    g_option_context_set_main_group(context, group); /* which takes it over */
    g_option_context_set_help_enabled(context, FALSE);
    if (!g_option_context_parse_strv(context, words, error))
        return false;
    return refuse_stray(*words, error);
}

bool options_parse(Options *options, int argc, char **argv, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_auto(GStrv) words = split_words(argc, argv, &local);
    if (words != NULL && parse_words(options, &words, &local))
        return true;
    g_autofree char *printable = log_printable(local->message);
    g_set_error(error, local->domain, local->code, "%s", printable);
    return false;
}

void options_clear(Options *options)
{
    g_clear_pointer(&options->conffile, g_free);
    g_clear_pointer(&options->statefile, g_free);
    g_clear_pointer(&options->logfile, g_free);
    g_clear_pointer(&options->socket, g_free);
    g_clear_pointer(&options->replay, g_free);
    g_clear_pointer(&options->experts, g_free);
    g_clear_pointer(&options->explain, g_free);
    g_clear_pointer(&options->record, g_free);
}

static void print_entry(const GOptionEntry *entry, GString *out)
{
    enum { COLUMN = 24 }; /* of the descriptions: behind the longest "-s, --statefile=FILE" */
    g_autofree char *letter =
        entry->short_name != '\0' ? g_strdup_printf("-%c,", entry->short_name) : g_strdup("");
    g_autofree char *name =
        g_strconcat("--", entry->long_name, entry->arg_description != NULL ? "=" : "",
                    entry->arg_description, NULL);
    g_string_append_printf(out, "  %-3s %-*s %s\n", letter, COLUMN - 4, name, entry->description);
}

char *options_help(void)
{
    GString *out =
        g_string_new("Usage: preload [OPTION]...\n\n"
                     "preload learns which programs are used on this machine and which parts "
                     "of which\nfiles they need, and has these in memory before the programs "
                     "are started.\n\n");
    for (const GOptionEntry *entry = entries; entry->long_name != NULL; entry++)
        print_entry(entry, out);
    g_string_append(out,
                    "\nDefaults are in parentheses. SIGHUP: read the configuration again; SIGUSR1: "
                    "write what\nwas learnt to the log; SIGUSR2: save it. "
                    "See preload(8) and preload.conf(5).\n");
    return g_string_free(out, FALSE);
}
