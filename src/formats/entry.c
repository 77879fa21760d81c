/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/entry.h"
#include "formats/command.h"
#include <glib.h>
#include <string.h>

#define GROUP G_KEY_FILE_DESKTOP_GROUP

static bool is_set(GKeyFile *file, const char *key)
{
    return g_key_file_get_boolean(file, GROUP, key, NULL); /* false as well if it is none */
}

Entry entry_parse(Cursor text)
{
    Entry entry = {0};
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (cursor_left(&text) == 0 || cursor_left(&text) > ENTRY_LIMIT_BYTES ||
        !g_key_file_load_from_data(file, text.at, cursor_left(&text), G_KEY_FILE_NONE, NULL))
        return entry;
    g_autofree char *type = g_key_file_get_string(file, GROUP, G_KEY_FILE_DESKTOP_KEY_TYPE, NULL);
    g_autofree char *exec = g_key_file_get_string(file, GROUP, G_KEY_FILE_DESKTOP_KEY_EXEC, NULL);
    if (exec == NULL || g_strcmp0(type, G_KEY_FILE_DESKTOP_TYPE_APPLICATION) != 0 ||
        is_set(file, G_KEY_FILE_DESKTOP_KEY_HIDDEN))
        return entry;
    entry.words = command_words(exec);
    entry.shown = !is_set(file, G_KEY_FILE_DESKTOP_KEY_NO_DISPLAY);
    return entry;
}

void entry_clear(Entry *entry)
{
    g_clear_pointer(&entry->words, g_strfreev);
}
