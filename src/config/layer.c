/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/layer.h"
#include "base/fd.h"
#include "base/log.h"
#include "base/parse.h"
#include "config/config.h"
#include <errno.h>
#include <fcntl.h>
#include <string.h>
#include <sys/sysmacros.h>

/* GKeyFile would drop "cycle[de]" silently where German is not spoken: it is to be warned of
 * instead. */
static const GKeyFileFlags load_flags = G_KEY_FILE_KEEP_TRANSLATIONS;

/* No name holds a newline, so that no two places share a string. */
static char *place_of(const char *group, const char *key)
{
    return key == NULL ? g_strdup(group) : g_strdup_printf("%s\n%s", group, key);
}

static Cursor trimmed(Cursor line)
{
    while (line.at < line.end && g_ascii_isspace(*line.at))
        line.at++;
    while (line.at < line.end && g_ascii_isspace(line.end[-1]))
        line.end--;
    return line;
}

/* The group that a line opens; NULL for another line. To be freed. */
static char *opened_group(Cursor line)
{
    if (!parse_char(&line, '['))
        return NULL;
    Cursor name;
    if (!parse_field(&line, ']', &name))
        return NULL;
    return g_strndup(name.at, cursor_left(&name));
}

/* The key that a line gives a value; NULL for another line. To be freed. */
static char *given_key(Cursor line)
{
    if (line.at == line.end || *line.at == '#' || memchr(line.at, '=', cursor_left(&line)) == NULL)
        return NULL;
    Cursor name;
    if (!parse_field(&line, '=', &name))
        return NULL;
    name = trimmed(name);
    return g_strndup(name.at, cursor_left(&name));
}

static void note_line(GHashTable *lines, char **group, Cursor line, uint32_t number)
{
    char *opened = opened_group(line);
    if (opened != NULL) {
        g_free(*group);
        *group = opened;
        g_hash_table_replace(lines, place_of(opened, NULL), GUINT_TO_POINTER(number));
        return;
    }
    g_autofree char *key = given_key(line);
    if (key != NULL && *group != NULL)
        g_hash_table_replace(lines, place_of(*group, key), GUINT_TO_POINTER(number));
}

/* GKeyFile does not tell where it found something: the same text is walked once more. */
static GHashTable *index_lines(const char *text, size_t length)
{
    GHashTable *lines = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    g_autofree char *group = NULL;
    Cursor c = cursor_of(text, length);
    Cursor line;
    for (uint32_t number = 1; parse_line(&c, &line); number++)
        note_line(lines, &group, trimmed(line), number);
    return lines;
}

static bool loads(const char *text, size_t length)
{
    g_autoptr(GKeyFile) keyfile = g_key_file_new();
    return g_key_file_load_from_data(keyfile, text, length, load_flags, NULL);
}

/* Where each line ends, its newline included. */
static GArray *line_ends(const char *text, size_t length)
{
    GArray *ends = g_array_new(FALSE, FALSE, sizeof(size_t));
    Cursor c = cursor_of(text, length);
    Cursor line;
    while (parse_line(&c, &line)) {
        size_t end = (size_t)(c.at - text);
        g_array_append_val(ends, end);
    }
    return ends;
}

/* The first line with which the text up to it does not load: that is the one GKeyFile stumbles
 * over. */
static uint32_t bad_line(const char *text, size_t length)
{
    g_autoptr(GArray) ends = line_ends(text, length);
    uint32_t good = 0;
    uint32_t bad = ends->len;
    while (good + 1 < bad) {
        uint32_t middle = good + (bad - good) / 2;
        if (loads(text, g_array_index(ends, size_t, middle - 1)))
            good = middle;
        else
            bad = middle;
    }
    return bad;
}

static uint32_t line_at(const char *text, const char *at)
{
    uint32_t line = 1;
    for (; text < at; text++)
        line += *text == '\n' ? 1 : 0;
    return line;
}

/* NULL if all is well; the message of GKeyFile quotes the line as it is. To be freed. */
static char *syntax_problem(GKeyFile *keyfile, const char *text, size_t length, uint32_t *ret_line)
{
    const char *zero = memchr(text, '\0', length);
    if (zero != NULL) {
        *ret_line = line_at(text, zero);
        return g_strdup("it contains a zero byte");
    }
    g_autoptr(GError) error = NULL;
    if (g_key_file_load_from_data(keyfile, text, length, load_flags, &error))
        return NULL;
    *ret_line = bad_line(text, length);
    if (g_error_matches(error, G_KEY_FILE_ERROR, G_KEY_FILE_ERROR_GROUP_NOT_FOUND))
        return g_strdup("a key must stand below the head of its group, [model] or [system]");
    return g_strdup("this is no comment, no [group] and no key = value");
}

Layer *layer_parse(const char *label, const char *text, size_t length, GError **error)
{
    g_autofree char *printable = log_printable(label);
    g_autoptr(GKeyFile) keyfile = g_key_file_new();
    uint32_t line = 0;
    g_autofree char *problem = syntax_problem(keyfile, text, length, &line);
    if (problem != NULL) {
        g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_SYNTAX, "%s:%u: %s", printable, line,
                    problem);
        return NULL;
    }
    Layer *layer = g_new0(Layer, 1);
    layer->label = g_steal_pointer(&printable);
    layer->keyfile = g_steal_pointer(&keyfile);
    layer->lines = index_lines(text, length);
    return layer;
}

/*
 * Symbolic links are followed: the file is the administrator's, and often a link into a store or a
 * dotfile manager's directory. Returns a negative errno; -ENODATA for /dev/null.
 */
static int open_config(const char *path)
{
    autofd fd = open(path, O_RDONLY | O_NONBLOCK | O_NOCTTY | O_CLOEXEC);
    if (fd < 0)
        return -errno;
    struct stat st;
    if (fstat(fd, &st) < 0)
        return -errno;
    if (S_ISCHR(st.st_mode) && st.st_rdev == makedev(1, 3)) /* devices.txt: 1:3 is /dev/null */
        return -ENODATA;
    if (!S_ISREG(st.st_mode))
        return -ENOTSUP;
    return fd_steal(&fd);
}

static void set_read_error(GError **error, const char *path, int number)
{
    g_autofree char *printable = log_printable(path);
    const char *reason = g_strerror(number);
    if (number == ENOTSUP || number == ENODATA)
        reason = "it is no regular file";
    if (number == EFBIG)
        reason = "it is larger than 1 MiB";
    g_set_error(error, CONFIG_ERROR, CONFIG_ERROR_READ, "cannot read %s: %s", printable, reason);
}

Layer *layer_read(const char *path, bool optional, GError **error)
{
    autofd fd = open_config(path);
    if (optional && (fd == -ENOENT || fd == -ENODATA))
        return NULL;
    if (fd < 0) {
        set_read_error(error, path, -fd);
        return NULL;
    }
    GString *text = fd_read_all(fd, LAYER_LIMIT_BYTES);
    if (text == NULL) {
        set_read_error(error, path, errno);
        return NULL;
    }
    Layer *layer = layer_parse(path, text->str, text->len, error);
    g_string_free(text, TRUE);
    return layer;
}

void layer_free(Layer *layer)
{
    if (layer == NULL)
        return;
    g_free(layer->label);
    g_key_file_unref(layer->keyfile);
    g_hash_table_unref(layer->lines);
    g_free(layer);
}

uint32_t layer_line(const Layer *layer, const char *group, const char *key)
{
    g_autofree char *place = place_of(group, key);
    return GPOINTER_TO_UINT(g_hash_table_lookup(layer->lines, place));
}
