/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/command.h"
#include <stdbool.h>
#include <string.h>

static bool is_setting(const char *word)
{
    const char *equals = strchr(word, '=');
    return equals != NULL && equals != word &&
           strspn(word, "_" G_CSET_A_2_Z G_CSET_a_2_z "0123456789") == (size_t)(equals - word);
}

static bool is_env(const char *word)
{
    return strcmp(word, "env") == 0 || strcmp(word, "/usr/bin/env") == 0 ||
           strcmp(word, "/bin/env") == 0;
}

/* env(1): -i, -u NAME, -C DIRECTORY, NAME=VALUE. */
static char **skip_env(char **words)
{
    if (*words == NULL || !is_env(*words))
        return words;
    for (words++; *words != NULL && (is_setting(*words) || **words == '-'); words++) {
        bool takes_value = strcmp(*words, "-u") == 0 || strcmp(*words, "-C") == 0;
        if (takes_value && words[1] != NULL)
            words++;
    }
    return words;
}

char **command_words(const char *line)
{
    g_auto(GStrv) all = NULL;
    if (strlen(line) > COMMAND_MAX_BYTES || !g_shell_parse_argv(line, NULL, &all, NULL))
        return NULL;
    GPtrArray *words = g_ptr_array_new();
    for (char **word = skip_env(all); *word != NULL; word++) {
        if ((*word)[0] != '%')
            g_ptr_array_add(words, g_strdup(*word));
    }
    bool found = words->len > 0 && *(const char *)words->pdata[0] != '\0';
    g_ptr_array_add(words, NULL);
    char **taken = (char **)g_ptr_array_free(words, FALSE);
    if (!found)
        g_clear_pointer(&taken, g_strfreev);
    return taken;
}
