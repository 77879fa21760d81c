/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/list.h"
#include <limits.h>
#include <string.h>

static void clear_entry(gpointer data)
{
    ListEntry *entry = data;
    g_free(entry->path);
    g_clear_pointer(&entry->ranges, g_array_unref);
}

List *list_new(void)
{
    List *list = g_new0(List, 1);
    list->entries = g_array_new(FALSE, FALSE, sizeof(ListEntry));
    g_array_set_clear_func(list->entries, clear_entry);
    list->by_path = g_hash_table_new(g_str_hash, g_str_equal);
    return list;
}

void list_free(List *list)
{
    if (list == NULL)
        return;
    g_hash_table_unref(list->by_path);
    g_array_unref(list->entries);
    g_free(list);
}

static ListEntry *entry_of(const List *list, const char *path)
{
    guint number = GPOINTER_TO_UINT(g_hash_table_lookup(list->by_path, path));
    return number > 0 ? &g_array_index(list->entries, ListEntry, number - 1) : NULL;
}

/* Absolute, each component once, none of them "." or "..", no slash at the end; NULL if it cannot
 * be made so. */
static char *plain_path(const char *path)
{
    if (path[0] != '/' || strlen(path) >= PATH_MAX)
        return NULL;
    g_auto(GStrv) parts = g_strsplit(path, "/", -1);
    g_autoptr(GString) plain = g_string_new(NULL);
    for (char **part = parts; *part != NULL; part++) {
        if (strcmp(*part, "..") == 0)
            return NULL;
        if (**part != '\0' && strcmp(*part, ".") != 0)
            g_string_append_printf(plain, "/%s", *part);
    }
    return g_strdup(plain->len > 0 ? plain->str : "/");
}

/* An earlier entry that is wanted whole has it: itself, or one of its parents. */
static bool is_covered(const List *list, const char *path)
{
    const ListEntry *root = entry_of(list, "/");
    g_autofree char *above = g_strdup(path);
    if (root != NULL && root->ranges == NULL)
        return true;
    for (char *end = above + strlen(above); end != NULL && end > above; end = strrchr(above, '/')) {
        *end = '\0';
        const ListEntry *entry = entry_of(list, above);
        if (entry != NULL && entry->ranges == NULL)
            return true;
    }
    return false;
}

static ListEntry *demand_entry(List *list, const char *path, bool whole)
{
    ListEntry *entry = entry_of(list, path);
    if (entry != NULL || list->entries->len >= LIST_ENTRIES_MAX)
        return entry;
    const ListEntry fresh = {.path = g_strdup(path),
                             .ranges = whole ? NULL : g_array_new(FALSE, FALSE, sizeof(Range))};
    g_array_append_val(list->entries, fresh);
    g_hash_table_insert(list->by_path, fresh.path, GUINT_TO_POINTER(list->entries->len));
    return &g_array_index(list->entries, ListEntry, list->entries->len - 1);
}

bool list_add(List *list, const char *path, const Range *range)
{
    g_autofree char *plain = plain_path(path);
    if (plain == NULL)
        return false;
    if (is_covered(list, plain)) {
        list->n_covered++;
        return true;
    }
    ListEntry *entry = demand_entry(list, plain, range == NULL);
    if (entry == NULL || list->n_ranges >= LIST_RANGES_MAX) {
        list->cut = true;
    } else if (range == NULL) {
        g_clear_pointer(&entry->ranges, g_array_unref); /* all of it contains what it had */
    } else {
        g_array_append_val(entry->ranges, *range);
        list->n_ranges++;
    }
    return true;
}

/* path, or path TAB offset TAB length. */
static bool take_line(List *list, Cursor line)
{
    Cursor path;
    Cursor number;
    Range range;
    if (!parse_field(&line, '\t', &path) || memchr(path.at, '\0', cursor_left(&path)) != NULL)
        return false;
    g_autofree char *text = g_strndup(path.at, cursor_left(&path));
    if (cursor_left(&line) == 0)
        return list_add(list, g_strchomp(text), NULL);
    if (!parse_field(&line, '\t', &number) || !parse_whole_u64(number, &range.offset_bytes) ||
        !parse_whole_u64(line, &range.length_bytes) || range.length_bytes == 0 ||
        range.length_bytes > UINT64_MAX - range.offset_bytes)
        return false;
    return list_add(list, text, &range);
}

void list_parse(List *list, Cursor text)
{
    guint number = 0;
    for (Cursor line; parse_line(&text, &line);) {
        number++;
        if (cursor_left(&line) > 0 && line.end[-1] == '\r')
            line.end--;
        if (cursor_left(&line) == 0 || *line.at == '#' || take_line(list, line))
            continue;
        if (list->n_refused++ == 0)
            list->first_refused = number;
    }
}

/* Lines end a path, and the blanks at their ends are none of it. */
static bool can_be_said(const ListEntry *entry)
{
    const size_t n = strlen(entry->path);
    return strpbrk(entry->path, "\n\t") == NULL &&
           (entry->ranges != NULL || !g_ascii_isspace(entry->path[n - 1]));
}

void list_print(const List *list, GString *out)
{
    for (guint i = 0; i < list->entries->len; i++) {
        const ListEntry *entry = &g_array_index(list->entries, ListEntry, i);
        if (!can_be_said(entry))
            continue;
        if (entry->ranges == NULL)
            g_string_append_printf(out, "%s\n", entry->path);
        for (guint j = 0; entry->ranges != NULL && j < entry->ranges->len; j++) {
            const Range *range = &g_array_index(entry->ranges, Range, j);
            g_string_append_printf(out, "%s\t%" G_GUINT64_FORMAT "\t%" G_GUINT64_FORMAT "\n",
                                   entry->path, range->offset_bytes, range->length_bytes);
        }
    }
}
