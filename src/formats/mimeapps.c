/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/mimeapps.h"

struct Mimeapps {
    const char *group;
    GKeyFile *file;
};

Mimeapps *mimeapps_parse(MimeappsKind kind, Cursor text)
{
    g_autoptr(GKeyFile) file = g_key_file_new();
    if (cursor_left(&text) == 0 || cursor_left(&text) > MIMEAPPS_LIMIT_BYTES ||
        !g_key_file_load_from_data(file, text.at, cursor_left(&text), G_KEY_FILE_NONE, NULL))
        return NULL;
    Mimeapps *mimeapps = g_new(Mimeapps, 1);
    mimeapps->group = kind == MIMEAPPS_CHOSEN ? "Default Applications" : "MIME Cache";
    mimeapps->file = g_steal_pointer(&file);
    return mimeapps;
}

void mimeapps_free(Mimeapps *mimeapps)
{
    if (mimeapps == NULL)
        return;
    g_key_file_unref(mimeapps->file);
    g_free(mimeapps);
}

char **mimeapps_find(const Mimeapps *mimeapps, const char *type)
{
    return g_key_file_get_string_list(mimeapps->file, mimeapps->group, type, NULL, NULL);
}
