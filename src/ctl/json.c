/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/json.h"
#include <json-glib/json-glib.h>

#define DEPTH_MAX 32

char *json_of(GVariant *value, gboolean pretty)
{
    JsonNode *node = json_gvariant_serialize(value);
    char *text = json_to_string(node, pretty);
    json_node_unref(node);
    return text;
}

gboolean json_is_shallow(const char *text, gsize length)
{
    guint depth = 0;
    gboolean quoted = FALSE;
    for (gsize i = 0; i < length; i++) {
        if (quoted && text[i] == '\\')
            i++;
        else if (text[i] == '"')
            quoted = !quoted;
        else if (!quoted && (text[i] == '[' || text[i] == '{') && ++depth > DEPTH_MAX)
            return FALSE;
        else if (!quoted && (text[i] == ']' || text[i] == '}') && depth > 0)
            depth--;
    }
    return TRUE;
}
