/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */

/*
 * Whatever a configuration file holds: it is refused with one printable line, or taken with
 * printable warnings, and then what is printed of it means the same when it is read.
 */
#include "base/fd.h"
#include "base/log.h"
#include "config/config.h"
#include <stdint.h>
#include <stdlib.h>
#include <string.h>
#include <sys/mman.h>

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size);

static void demand(bool condition)
{
    if (!condition)
        abort();
}

/* From a file in memory: the way of a real one, without a disk. */
static Config *load(const void *bytes, size_t length, GError **error)
{
    autofd fd = memfd_create("config", MFD_CLOEXEC);
    demand(fd >= 0);
    demand(write(fd, bytes, length) == (ssize_t)length);
    g_autofree char *path = g_strdup_printf("/proc/self/fd/%d", fd);
    return config_load(path, NULL, error);
}

static void demand_printable(const char *text)
{
    g_autofree char *printable = log_printable(text);
    demand(strcmp(printable, text) == 0);
}

/* The configuration as it is printed, without the comments that tell where it comes from. */
static char *values_of(const char *printed)
{
    GString *values = g_string_new(NULL);
    g_auto(GStrv) lines = g_strsplit(printed, "\n", -1);
    for (char **line = lines; *line != NULL; line++) {
        demand_printable(*line);
        if (**line != '#')
            g_string_append_printf(values, "%s\n", *line);
    }
    return g_string_free(values, FALSE);
}

static void demand_same_again(const Config *config)
{
    g_autofree char *printed = config_print(config);
    g_autoptr(Config) again = load(printed, strlen(printed), NULL);
    demand(again != NULL);
    g_autofree char *printed_again = config_print(again);
    g_autofree char *values = values_of(printed);
    g_autofree char *values_again = values_of(printed_again);
    demand(strcmp(values, values_again) == 0);
}

int LLVMFuzzerTestOneInput(const uint8_t *data, size_t size)
{
    enum { PRINTED_MAX = 65536 }; /* printing escapes: a larger one may not fit its own limit */
    g_autoptr(GError) error = NULL;
    g_autoptr(Config) config = load(data, size, &error);
    demand((config == NULL) == (error != NULL));
    if (config == NULL) {
        demand(error->domain == CONFIG_ERROR);
        demand_printable(error->message);
        return 0;
    }
    for (guint i = 0; i < config->warnings->len; i++)
        demand_printable(config->warnings->pdata[i]);
    if (size <= PRINTED_MAX)
        demand_same_again(config);
    return 0;
}
