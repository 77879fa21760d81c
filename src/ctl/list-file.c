/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/list-file.h"
#include "base/fd.h"
#include "ctl/json.h"
#include <errno.h>
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <string.h>

#define VERSION "v1"

static bool take_range(JsonArray *pair, Range *ret)
{
    if (pair == NULL || json_array_get_length(pair) != 2)
        return false;
    for (guint i = 0; i < 2; i++) {
        JsonNode *node = json_array_get_element(pair, i);
        if (!JSON_NODE_HOLDS_VALUE(node) || json_node_get_value_type(node) != G_TYPE_INT64)
            return false;
    }
    gint64 offset_bytes = json_array_get_int_element(pair, 0);
    gint64 length_bytes = json_array_get_int_element(pair, 1);
    *ret = (Range){(uint64_t)offset_bytes, (uint64_t)length_bytes};
    return offset_bytes >= 0 && length_bytes > 0;
}

static JsonArray *array_of(JsonNode *node)
{
    return node != NULL && JSON_NODE_HOLDS_ARRAY(node) ? json_node_get_array(node) : NULL;
}

static bool take_file(List *list, JsonNode *node)
{
    JsonObject *file = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    JsonNode *name = file != NULL ? json_object_get_member(file, "path") : NULL;
    if (name == NULL || json_node_get_value_type(name) != G_TYPE_STRING)
        return false;
    const char *path = json_node_get_string(name);
    JsonNode *member = json_object_get_member(file, "ranges");
    if (member == NULL || JSON_NODE_HOLDS_NULL(member))
        return list_add(list, path, NULL);
    JsonArray *ranges = array_of(member);
    bool good = ranges != NULL;
    for (guint i = 0; good && i < json_array_get_length(ranges); i++) {
        Range range;
        good = take_range(array_of(json_array_get_element(ranges, i)), &range) &&
               list_add(list, path, &range);
    }
    return good;
}

static List *refuse(GError **error, const char *what)
{
    g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s", what);
    return NULL;
}

List *list_of_json(const char *text, gssize length, GError **error)
{
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    gsize n = length < 0 ? strlen(text) : (gsize)length;
    if (!json_is_shallow(text, n))
        return refuse(error, "it is nested too deeply");
    if (!json_parser_load_from_data(parser, text, length, error))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    if (root == NULL || !JSON_NODE_HOLDS_OBJECT(root))
        return refuse(error, "no object of a list");
    JsonObject *object = json_node_get_object(root);
    JsonNode *version = json_object_get_member(object, "version");
    if (version == NULL || json_node_get_value_type(version) != G_TYPE_STRING ||
        strcmp(json_node_get_string(version), VERSION) != 0)
        return refuse(error, "only version " VERSION " of such lists is known");
    JsonArray *files = array_of(json_object_get_member(object, "files"));
    if (files == NULL)
        return refuse(error, "there are no files in it");
    List *list = list_new();
    for (guint i = 0; i < json_array_get_length(files); i++)
        list->n_refused += take_file(list, json_array_get_element(files, i)) ? 0 : 1;
    return list;
}

static GString *read_text(const char *path, GError **error)
{
    GString *text = strcmp(path, "-") == 0 ? fd_read_all(STDIN_FILENO, LIST_LIMIT_BYTES)
                                           : fd_read_file(AT_FDCWD, path, LIST_LIMIT_BYTES);
    if (text == NULL)
        g_set_error(error, G_FILE_ERROR, g_file_error_from_errno(errno), "%s: %s", path,
                    errno == EFBIG ? "more than 64 MiB" : g_strerror(errno));
    return text;
}

List *list_load(const char *path, GError **error)
{
    List *list = NULL;
    GString *text = read_text(path, error);
    if (text == NULL)
        return NULL;
    if (text->str[strspn(text->str, " \t\r\n")] == '{') {
        list = list_of_json(text->str, (gssize)text->len, error);
        if (list == NULL)
            g_prefix_error(error, "%s: ", path);
    } else {
        list = list_new();
        list_parse(list, cursor_of(text->str, text->len));
    }
    g_string_free(text, TRUE);
    return list;
}

static void build_ranges(JsonBuilder *builder, const GArray *ranges)
{
    json_builder_begin_array(builder);
    for (guint i = 0; i < ranges->len; i++) {
        const Range *range = &g_array_index(ranges, Range, i);
        json_builder_begin_array(builder);
        json_builder_add_int_value(builder, (gint64)range->offset_bytes);
        json_builder_add_int_value(builder, (gint64)range->length_bytes);
        json_builder_end_array(builder);
    }
    json_builder_end_array(builder);
}

static void build_entry(JsonBuilder *builder, const ListEntry *entry)
{
    if (!g_utf8_validate(entry->path, -1, NULL))
        return; /* JSON cannot say it */
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "path");
    json_builder_add_string_value(builder, entry->path);
    json_builder_set_member_name(builder, "ranges");
    if (entry->ranges != NULL)
        build_ranges(builder, entry->ranges);
    else
        json_builder_add_null_value(builder);
    json_builder_end_object(builder);
}

char *list_to_json(const List *list)
{
    g_autoptr(JsonBuilder) builder = json_builder_new();
    json_builder_begin_object(builder);
    json_builder_set_member_name(builder, "version");
    json_builder_add_string_value(builder, VERSION);
    json_builder_set_member_name(builder, "files");
    json_builder_begin_array(builder);
    for (guint i = 0; i < list->entries->len; i++)
        build_entry(builder, &g_array_index(list->entries, ListEntry, i));
    json_builder_end_array(builder);
    json_builder_end_object(builder);
    g_autoptr(JsonNode) root = json_builder_get_root(builder);
    return json_to_string(root, FALSE);
}
