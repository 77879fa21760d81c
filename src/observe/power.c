/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/power.h"
#include "base/fd.h"
#include "base/parse.h"
#include <fcntl.h>
#include <string.h>

/* More than any machine has: what is behind is not looked at. */
#define SUPPLIES_MAX 64
/* One word and a newline. */
#define WORD_BYTES 64

typedef enum {
    SUPPLY_SILENT,
    SUPPLY_ONLINE,      /* external power is there */
    SUPPLY_DISCHARGING, /* a battery gives it */
} Supply;

static GString *read_word(const char *directory, const char *name)
{
    g_autofree char *path = g_build_filename(directory, name, NULL);
    return fd_read_file(AT_FDCWD, path, WORD_BYTES);
}

/* Whether the first line of the attribute is `word`. */
static bool says(const char *supply, const char *attribute, const char *word)
{
    g_autoptr(GString) text = read_word(supply, attribute);
    if (text == NULL)
        return false;
    Cursor c = cursor_of(text->str, text->len);
    Cursor line;
    return parse_line(&c, &line) && cursor_is(&line, word);
}

/* A port of type C that powers what is plugged into it is online, too. The ports of the supply's
 * device say which way it goes: "[source] sink" (Documentation/ABI/testing/sysfs-class-typec). */
static bool gives_away(const char *supply)
{
    g_autofree char *path = g_build_filename(supply, "device", "typec", NULL);
    g_autoptr(GDir) ports = g_dir_open(path, 0, NULL);
    if (ports == NULL)
        return false;
    bool source = false;
    bool sink = false;
    const char *name = NULL;
    for (int i = 0; i < SUPPLIES_MAX && (name = g_dir_read_name(ports)) != NULL; i++) {
        g_autofree char *port = g_build_filename(path, name, NULL);
        g_autoptr(GString) role = read_word(port, "power_role");
        source |= role != NULL && strstr(role->str, "[source]") != NULL;
        sink |= role != NULL && strstr(role->str, "[sink]") != NULL;
    }
    return source && !sink;
}

static Supply supply_of(const char *path)
{
    if (says(path, "scope", "Device"))
        return SUPPLY_SILENT;
    if (says(path, "type", "Battery"))
        return says(path, "status", "Discharging") ? SUPPLY_DISCHARGING : SUPPLY_SILENT;
    bool online = says(path, "online", "1") || says(path, "online", "2"); /* 2: programmable USB */
    return online && !gives_away(path) ? SUPPLY_ONLINE : SUPPLY_SILENT;
}

bool power_on_battery(const char *path)
{
    g_autoptr(GDir) directory = g_dir_open(path, 0, NULL);
    if (directory == NULL)
        return false;
    bool discharging = false;
    const char *name = NULL;
    for (int i = 0; i < SUPPLIES_MAX && (name = g_dir_read_name(directory)) != NULL; i++) {
        g_autofree char *supply = g_build_filename(path, name, NULL);
        Supply told = supply_of(supply);
        if (told == SUPPLY_ONLINE)
            return false;
        discharging |= told == SUPPLY_DISCHARGING;
    }
    return discharging;
}
