/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/script.h"
#include <limits.h>
#include <string.h>

#define VARIABLES_MAX 256
/* Stands in a word for what is not known. */
#define UNKNOWN '\001'
#define NAME_CHARS "_" G_CSET_A_2_Z G_CSET_a_2_z "0123456789"

typedef enum { TOKEN_WORD, TOKEN_SEPARATOR, TOKEN_END } Token;

/* Where in a command we are. */
typedef struct {
    GHashTable *variables; /* char * -> char * */
    GArray *targets;
    const char *directory;
    bool at_command; /* the next word is one, or stands before one */
    bool is_exec;
    bool skips; /* the next word belongs to an option */
} Reading;

bool script_interpreter(Cursor text, char **ret_path, char **ret_argument)
{
    Cursor line;
    if (!parse_literal(&text, "#!") || !parse_line(&text, &line))
        return false;
    parse_blanks(&line);
    Cursor path = line;
    while (line.at < line.end && *line.at != ' ' && *line.at != '\t' && *line.at != '\0')
        line.at++;
    path.end = line.at;
    if (cursor_left(&path) == 0 || cursor_left(&path) >= PATH_MAX || *path.at != '/')
        return false;
    parse_blanks(&line);
    g_autofree char *argument = g_strndup(line.at, cursor_left(&line));
    *ret_path = g_strndup(path.at, cursor_left(&path));
    g_strchomp(argument);
    *ret_argument = *argument != '\0' ? g_steal_pointer(&argument) : NULL;
    return true;
}

static size_t name_length(Cursor c)
{
    size_t n = 0;
    while (n < cursor_left(&c) && c.at[n] != '\0' && strchr(NAME_CHARS, c.at[n]) != NULL)
        n++;
    return n;
}

static void append_variable(const Reading *reading, const char *name, size_t length, GString *out)
{
    g_autofree char *key = g_strndup(name, length);
    const char *value = g_hash_table_lookup(reading->variables, key);
    if (value != NULL && out->len + strlen(value) < PATH_MAX)
        g_string_append(out, value);
    else
        g_string_append_c(out, UNKNOWN);
}

/* Behind the closing character that belongs to the opening one, which was taken. */
static void skip_nested(Cursor *c, char open, char close)
{
    for (guint depth = 1; c->at < c->end && depth > 0; c->at++)
        depth += *c->at == open ? 1U : *c->at == close ? -1U : 0U;
}

/* Behind "${": NAME}, NAME:-WORD}; all else is not known. */
static void expand_braces(const Reading *reading, Cursor *c, GString *out)
{
    Cursor inside = *c;
    skip_nested(c, '{', '}');
    if (c->at == inside.at)
        return;
    inside.end = c->at - 1;
    size_t length = name_length(inside);
    g_autofree char *key = g_strndup(inside.at, length);
    bool known = g_hash_table_contains(reading->variables, key);
    Cursor rest = {inside.at + length, inside.end};
    bool has_default = parse_literal(&rest, ":-") || parse_literal(&rest, "-");
    if (length > 0 && (rest.at == rest.end || (has_default && known)))
        append_variable(reading, inside.at, length, out);
    else if (has_default && memchr(rest.at, '$', cursor_left(&rest)) == NULL)
        g_string_append_len(out, rest.at, (gssize)cursor_left(&rest));
    else
        g_string_append_c(out, UNKNOWN);
}

/* Behind '$'. */
static void expand(const Reading *reading, Cursor *c, GString *out)
{
    if (parse_char(c, '{')) {
        expand_braces(reading, c, out);
        return;
    }
    if (parse_char(c, '(')) {
        skip_nested(c, '(', ')');
        g_string_append_c(out, UNKNOWN);
        return;
    }
    size_t length = name_length(*c);
    if (length == 0) {
        c->at += c->at < c->end ? 1 : 0; /* $@, $*, $? */
        g_string_append_c(out, UNKNOWN);
        return;
    }
    append_variable(reading, c->at, length, out);
    c->at += length;
}

static void take_single_quoted(Cursor *c, GString *out)
{
    Cursor text;
    if (!parse_field(c, '\'', &text))
        return;
    g_string_append_len(out, text.at, (gssize)cursor_left(&text));
}

static void skip_backquoted(Cursor *c, GString *out)
{
    Cursor ignored;
    (void)parse_field(c, '`', &ignored); /* not closed: the rest of the line */
    g_string_append_c(out, UNKNOWN);
}

/* A character that has a meaning also within double quotes; false if it has none. */
static bool take_special(const Reading *reading, Cursor *c, GString *out)
{
    char character = *c->at;
    if (character != '$' && character != '`' && character != '\\')
        return false;
    c->at++;
    if (character == '$')
        expand(reading, c, out);
    else if (character == '`')
        skip_backquoted(c, out);
    else if (c->at < c->end)
        g_string_append_c(out, *c->at++);
    return true;
}

static Token next_token(const Reading *reading, Cursor *c, GString *out)
{
    bool quoted = false;
    g_string_truncate(out, 0);
    parse_blanks(c);
    if (c->at == c->end || *c->at == '#')
        return TOKEN_END;
    const char *start = c->at;
    while (c->at < c->end && out->len < PATH_MAX) {
        char character = *c->at;
        if (take_special(reading, c, out))
            continue;
        if (!quoted && (character == ' ' || character == '\t'))
            break;
        if (!quoted && character != '\0' && strchr(";&|(){}<>", character) != NULL) {
            c->at += c->at == start ? 1 : 0;
            return c->at == start + 1 && out->len == 0 ? TOKEN_SEPARATOR : TOKEN_WORD;
        }
        c->at++;
        if (character == '"')
            quoted = !quoted;
        else if (character == '\'' && !quoted)
            take_single_quoted(c, out);
        else
            g_string_append_c(out, character);
    }
    return TOKEN_WORD;
}

static bool is_one_of(const char *word, const char *const *words)
{
    return g_strv_contains(words, word);
}

/* NAME=value; a value that is not known does not replace one that is. */
static bool take_setting(Reading *reading, const char *word)
{
    size_t length = name_length(cursor_of(word, strlen(word)));
    if (length == 0 || word[length] != '=')
        return false;
    const char *value = word + length + 1;
    if (strchr(value, UNKNOWN) == NULL && g_hash_table_size(reading->variables) < VARIABLES_MAX)
        g_hash_table_replace(reading->variables, g_strndup(word, length), g_strdup(value));
    return true;
}

static void add_target(Reading *reading, const char *word, bool likely)
{
    for (guint i = 0; i < reading->targets->len; i++) {
        ScriptTarget *known = &g_array_index(reading->targets, ScriptTarget, i);
        if (strcmp(known->word, word) == 0) {
            known->likely |= likely;
            return;
        }
    }
    if (reading->targets->len >= SCRIPT_TARGETS_MAX)
        return;
    ScriptTarget target = {g_strdup(word), likely};
    g_array_append_val(reading->targets, target);
}

/* False if the command is still to come: "exec $DEBUGGER /usr/lib/app/app", where what is not
 * known, or are several words, is nothing most of the time. */
static bool take_command(Reading *reading, const char *word)
{
    const char *rest = word + strspn(word, (const char[]){UNKNOWN, '\0'});
    if (*rest == '\0' || (*rest != '/' && strpbrk(rest, " \t") != NULL))
        return false;
    if (strchr(rest, UNKNOWN) != NULL)
        return true;
    if (rest != word && *rest == '/') {
        g_autofree char *beside = g_strconcat(reading->directory, rest, NULL);
        add_target(reading, beside, true);
    } else if (rest == word && (*word == '/' || (reading->is_exec && strchr(word, '/') == NULL))) {
        add_target(reading, word, reading->is_exec);
    }
    return true;
}

static void take_word(Reading *reading, const char *word)
{
    static const char *const leaders[] = {"if",     "then",    "else",     "elif",  "do",
                                          "while",  "until",   "!",        "time",  "env",
                                          "export", "command", "nice",     "nohup", "setsid",
                                          "local",  "declare", "readonly", NULL};
    if (reading->skips) {
        reading->skips = false;
        return;
    }
    if (!reading->at_command || take_setting(reading, word) || is_one_of(word, leaders))
        return;
    if (strcmp(word, "exec") == 0) {
        reading->is_exec = true;
    } else if (word[0] == '-') {
        reading->skips = strcmp(word, "-a") == 0 || strcmp(word, "-u") == 0;
    } else {
        reading->at_command = !take_command(reading, word);
    }
}

static void begin_command(Reading *reading)
{
    reading->at_command = true;
    reading->is_exec = reading->skips = false;
}

static void take_line(Reading *reading, Cursor line, GString *word)
{
    for (;;) {
        Token token = next_token(reading, &line, word);
        if (token == TOKEN_END)
            return;
        if (token == TOKEN_SEPARATOR)
            begin_command(reading);
        else
            take_word(reading, word->str);
    }
}

static void target_clear(gpointer data)
{
    ScriptTarget *target = data;
    g_clear_pointer(&target->word, g_free);
}

GArray *script_targets(Cursor text, const char *directory)
{
    g_autoptr(GHashTable) variables =
        g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    g_autoptr(GString) word = g_string_new(NULL);
    GArray *targets = g_array_new(FALSE, FALSE, sizeof(ScriptTarget));
    g_array_set_clear_func(targets, target_clear);
    Reading reading = {.variables = variables, .targets = targets, .directory = directory};
    bool continued = false;
    for (Cursor line; parse_line(&text, &line);) {
        if (!continued)
            begin_command(&reading);
        continued = cursor_left(&line) > 0 && line.end[-1] == '\\';
        line.end -= continued ? 1 : 0;
        take_line(&reading, line, word);
    }
    return targets;
}
