/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/json.h"
#include <json-glib/json-glib.h>

char *json_of(GVariant *value, gboolean pretty)
{
    JsonNode *node = json_gvariant_serialize(value);
    char *text = json_to_string(node, pretty);
    json_node_unref(node);
    return text;
}
