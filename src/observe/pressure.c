/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "observe/pressure.h"
#include <unistd.h>

/* Two lines of about 60 bytes each. */
#define PRESSURE_BYTES 1024
/* No machine has so many tasks (PID_MAX_LIMIT of linux/threads.h is 4194304). */
#define LOAD_ABSURD 1e7

static const struct {
    const char *file;
    const char *name;
} kinds[PRESSURES] = {
    [PRESSURE_CPU] = {"pressure/cpu", "processor"},
    [PRESSURE_IO] = {"pressure/io", "disk"},
    [PRESSURE_MEMORY] = {"pressure/memory", "memory"},
};

static bool parse_bounded(Cursor field, double most, double *ret)
{
    double value = 0;
    if (!parse_whole_double(field, &value) || !(value >= 0 && value <= most))
        return false;
    *ret = value;
    return true;
}

bool pressure_parse_some(Cursor text, double *ret_percent)
{
    Cursor line;
    Cursor field;
    while (parse_line(&text, &line)) {
        if (parse_literal(&line, "some avg10="))
            return parse_field(&line, ' ', &field) && parse_bounded(field, 100, ret_percent);
    }
    return false;
}

bool pressure_parse_load(Cursor text, long n_processors, double *ret_percent)
{
    Cursor field;
    double load = 0;
    if (!parse_field(&text, ' ', &field) || !parse_bounded(field, LOAD_ABSURD, &load))
        return false;
    *ret_percent = 100 * load / (double)(n_processors > 0 ? n_processors : 1);
    return true;
}

static bool read_some(ProcRoot *root, const char *file, double *ret_percent)
{
    g_autoptr(GString) text = NULL;
    return proc_read_global(root, file, PRESSURE_BYTES, &text) == 0 &&
           pressure_parse_some(cursor_of(text->str, text->len), ret_percent);
}

static bool read_load(ProcRoot *root, double *ret_percent)
{
    g_autoptr(GString) text = NULL;
    return proc_read_global(root, "loadavg", PRESSURE_BYTES, &text) == 0 &&
           pressure_parse_load(cursor_of(text->str, text->len), sysconf(_SC_NPROCESSORS_ONLN),
                               ret_percent);
}

Pressure pressure_read(ProcRoot *root)
{
    Pressure pressure = {0};
    for (int kind = 0; kind < PRESSURES; kind++)
        pressure.told[kind] = read_some(root, kinds[kind].file, &pressure.some_percent[kind]);
    pressure.load_told = read_load(root, &pressure.load_percent);
    return pressure;
}

const char *pressure_name(PressureKind kind)
{
    return kinds[kind].name;
}
