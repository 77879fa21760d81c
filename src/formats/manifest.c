/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/manifest.h"
#include "formats/toml.h"
#include <stdarg.h>
#include <string.h>

G_DEFINE_QUARK(preload - manifest - error - quark, manifest_error)

typedef enum { KEY_NAME = 1, KEY_OFFSET = 2, KEY_LENGTH = 4, KEY_PRIORITY = 8 } Keys;

typedef struct {
    char *name;
    uint64_t offset_bytes;
    uint64_t length_bytes;
    uint64_t priority;
    guint keys; /* Keys that were given */
    guint line;
} Part;

typedef struct {
    char *format;
    char *file;
    GArray *parts; /* Part */
    guint line;
    GError **error;
} Parser;

static void clear_part(gpointer data)
{
    g_free(((Part *)data)->name);
}

static bool fail(const Parser *parser, guint line, const char *format, ...) G_GNUC_PRINTF(3, 4);
static bool fail(const Parser *parser, guint line, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_autofree char *text = g_strdup_vprintf(format, args);
    va_end(args);
    g_set_error(parser->error, MANIFEST_ERROR, MANIFEST_ERROR_SYNTAX, "line %u: %s", line, text);
    return false;
}

static bool take_text(Parser *parser, TomlLine *line, char **ret)
{
    if (line->kind != TOML_STRING)
        return fail(parser, parser->line, "%s takes a string", line->key);
    if (*ret != NULL)
        return fail(parser, parser->line, "%s is given twice", line->key);
    *ret = g_steal_pointer(&line->text);
    return true;
}

static bool take_number(Parser *parser, const TomlLine *line, Keys key, uint64_t *ret)
{
    Part *part = &g_array_index(parser->parts, Part, parser->parts->len - 1);
    if (line->kind != TOML_NUMBER)
        return fail(parser, parser->line, "%s takes a number", line->key);
    if ((part->keys & key) != 0)
        return fail(parser, parser->line, "%s is given twice", line->key);
    part->keys |= key;
    *ret = line->number;
    return true;
}

static bool take_part_key(Parser *parser, TomlLine *line)
{
    Part *part = &g_array_index(parser->parts, Part, parser->parts->len - 1);
    if (strcmp(line->key, "name") == 0)
        return take_text(parser, line, &part->name);
    if (strcmp(line->key, "offset") == 0)
        return take_number(parser, line, KEY_OFFSET, &part->offset_bytes);
    if (strcmp(line->key, "length") == 0)
        return take_number(parser, line, KEY_LENGTH, &part->length_bytes);
    if (strcmp(line->key, "priority") == 0)
        return take_number(parser, line, KEY_PRIORITY, &part->priority);
    return fail(parser, parser->line, "there is no key '%s' in [[segments]]", line->key);
}

static bool take_top_key(Parser *parser, TomlLine *line)
{
    if (strcmp(line->key, "format") == 0)
        return take_text(parser, line, &parser->format);
    if (strcmp(line->key, "file") == 0)
        return take_text(parser, line, &parser->file);
    return fail(parser, parser->line, "there is no key '%s'", line->key);
}

static bool take_table(Parser *parser, const TomlLine *line)
{
    if (strcmp(line->key, "segments") != 0)
        return fail(parser, parser->line, "there is no table '%s'", line->key);
    if (parser->parts->len >= MANIFEST_SEGMENTS_MAX)
        return fail(parser, parser->line, "more than %u segments", MANIFEST_SEGMENTS_MAX);
    const Part part = {.priority = parser->parts->len, .line = parser->line};
    g_array_append_val(parser->parts, part);
    return true;
}

static bool take_line(Parser *parser, Cursor text)
{
    g_auto(TomlLine) line = {0};
    const char *problem = NULL;
    parser->line++;
    if (!toml_parse_line(text, &line, &problem))
        return fail(parser, parser->line, "%s", problem);
    if (line.kind == TOML_BLANK)
        return true;
    if (line.kind == TOML_TABLE)
        return take_table(parser, &line);
    return parser->parts->len > 0 ? take_part_key(parser, &line) : take_top_key(parser, &line);
}

static bool check_part(const Parser *parser, const Part *part, uint64_t size_bytes)
{
    if (part->name == NULL || (part->keys & KEY_OFFSET) == 0 || (part->keys & KEY_LENGTH) == 0)
        return fail(parser, part->line, "a segment needs name, offset and length");
    if (part->length_bytes > UINT64_MAX - part->offset_bytes)
        return fail(parser, part->line, "offset and length of '%s' add up to more than 64 bits",
                    part->name);
    if (part->priority > UINT32_MAX)
        return fail(parser, part->line, "a priority is at most %u", UINT32_MAX);
    if (part->offset_bytes + part->length_bytes > size_bytes)
        return fail(parser, part->line,
                    "'%s' ends at %" G_GUINT64_FORMAT
                    ", behind the end of the file at %" G_GUINT64_FORMAT,
                    part->name, part->offset_bytes + part->length_bytes, size_bytes);
    return true;
}

static int compare_offsets(gconstpointer a, gconstpointer b)
{
    const Part *x = *(const Part *const *)a;
    const Part *y = *(const Part *const *)b;
    return (x->offset_bytes > y->offset_bytes) - (x->offset_bytes < y->offset_bytes);
}

static bool check_overlaps(const Parser *parser)
{
    g_autoptr(GPtrArray) sorted = g_ptr_array_new();
    for (guint i = 0; i < parser->parts->len; i++)
        g_ptr_array_add(sorted, &g_array_index(parser->parts, Part, i));
    g_ptr_array_sort(sorted, compare_offsets);
    for (guint i = 1; i < sorted->len; i++) {
        const Part *before = sorted->pdata[i - 1];
        const Part *part = sorted->pdata[i];
        if (before->offset_bytes + before->length_bytes > part->offset_bytes)
            return fail(parser, MAX(part->line, before->line), "'%s' and '%s' (line %u) overlap",
                        part->line > before->line ? part->name : before->name,
                        part->line > before->line ? before->name : part->name,
                        MIN(part->line, before->line));
    }
    return true;
}

static bool check(const Parser *parser, const char *name, uint64_t size_bytes)
{
    g_autofree char *file = parser->file != NULL ? g_path_get_basename(parser->file) : NULL;
    if (file != NULL && strcmp(file, name) != 0) {
        g_set_error(parser->error, MANIFEST_ERROR, MANIFEST_ERROR_FILE,
                    "it is about the file '%s', not about '%s'", file, name);
        return false;
    }
    for (guint i = 0; i < parser->parts->len; i++)
        if (!check_part(parser, &g_array_index(parser->parts, Part, i), size_bytes))
            return false;
    return check_overlaps(parser);
}

static Anatomy *anatomy_of(const Parser *parser, uint64_t size_bytes)
{
    Anatomy *anatomy = anatomy_new(size_bytes);
    anatomy->format = "manifest";
    anatomy_add_fact(anatomy, "format", parser->format != NULL ? parser->format : "custom");
    for (guint i = 0; i < parser->parts->len; i++) {
        const Part *part = &g_array_index(parser->parts, Part, i);
        anatomy_add(anatomy, SEGMENT_DATA, (uint32_t)part->priority, -1, part->offset_bytes,
                    part->length_bytes, part->name);
    }
    anatomy_sort(anatomy);
    for (guint i = 0; i < anatomy->segments->len; i++)
        g_array_index(anatomy->segments, Segment, i).layer = (int32_t)i - 1;
    return anatomy;
}

Anatomy *manifest_parse(Cursor text, const char *name, uint64_t size_bytes, GError **error)
{
    g_autoptr(GArray) parts = g_array_new(FALSE, FALSE, sizeof(Part));
    g_array_set_clear_func(parts, clear_part);
    Parser parser = {.parts = parts, .error = error};
    bool good = true;
    for (Cursor line; good && parse_line(&text, &line);)
        good = take_line(&parser, line);
    good = good && check(&parser, name, size_bytes);
    Anatomy *anatomy = good ? anatomy_of(&parser, size_bytes) : NULL;
    g_free(parser.format);
    g_free(parser.file);
    return anatomy;
}
