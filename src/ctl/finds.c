/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "ctl/finds.h"
#include <string.h>
#include <sys/stat.h>

static void find_free(gpointer data)
{
    Find *find = data;
    g_free(find->name);
    g_ptr_array_unref(find->files);
    g_free(find);
}

Find *find_new(const char *from, const char *name)
{
    Find *find = g_new0(Find, 1);
    find->from = from;
    find->name = g_utf8_make_valid(name, -1);
    find->files = g_ptr_array_new_with_free_func(g_free);
    return find;
}

bool find_add_file(Find *find, const char *path, uint64_t size_bytes)
{
    struct stat st;
    if (stat(path, &st) != 0 || !S_ISREG(st.st_mode) ||
        (size_bytes > 0 && (uint64_t)st.st_size != size_bytes))
        return false;
    g_ptr_array_add(find->files, g_strdup(path));
    find->size_bytes += (uint64_t)st.st_size;
    return true;
}

void finds_take(GPtrArray *finds, Find *find)
{
    if (find->files->len > 0 && finds->len < FINDS_MAX)
        g_ptr_array_add(finds, find);
    else
        find_free(find);
}

static int compare(gconstpointer a, gconstpointer b)
{
    const Find *x = *(const Find *const *)a;
    const Find *y = *(const Find *const *)b;
    int from = strcmp(x->from, y->from);
    return from != 0 ? from : strcmp(x->name, y->name);
}

GPtrArray *finds_look(const FindRoots *roots)
{
    GPtrArray *finds = g_ptr_array_new_with_free_func(find_free);
    for (const char *const *root = roots->ollama; root != NULL && *root != NULL; root++)
        finds_add_ollama(*root, finds);
    for (const char *const *root = roots->huggingface; root != NULL && *root != NULL; root++)
        finds_add_hub(*root, finds);
    for (const char *const *root = roots->llamacpp; root != NULL && *root != NULL; root++)
        finds_add_folder(*root, "llama.cpp", finds);
    for (const char *const *root = roots->lmstudio; root != NULL && *root != NULL; root++)
        finds_add_folder(*root, "lmstudio", finds);
    for (const char *const *home = roots->browsers; home != NULL && *home != NULL; home++)
        finds_add_browsers(*home, finds);
    g_ptr_array_sort(finds, compare);
    return finds;
}

/* What the environment says, if it does, else below the home directory. */
static char *place(const char *variable, const char *below_variable, const char *below_home)
{
    const char *value = g_getenv(variable);
    if (value != NULL && g_path_is_absolute(value))
        return g_build_filename(value, below_variable, NULL);
    return g_build_filename(g_get_home_dir(), below_home, NULL);
}

GPtrArray *finds_here(bool browsers)
{
    const char *hub = g_getenv("HF_HUB_CACHE");
    g_autofree char *ollama = place("OLLAMA_MODELS", "", ".ollama/models");
    g_autofree char *hugging = hub != NULL && g_path_is_absolute(hub)
                                   ? g_strdup(hub)
                                   : place("HF_HOME", "hub", ".cache/huggingface/hub");
    g_autofree char *llama = place("LLAMA_CACHE", "", ".cache/llama.cpp");
    g_autofree char *studio = g_build_filename(g_get_home_dir(), ".lmstudio/models", NULL);
    g_autofree char *older = g_build_filename(g_get_home_dir(), ".cache/lm-studio/models", NULL);
    const char *const ollamas[] = {ollama, "/usr/share/ollama/.ollama/models",
                                   "/var/lib/ollama/.ollama/models", "/var/lib/ollama/models",
                                   NULL};
    const char *const huggings[] = {hugging, NULL};
    const char *const llamas[] = {llama, NULL};
    const char *const studios[] = {studio, older, NULL};
    const char *const homes[] = {browsers ? g_get_home_dir() : NULL, NULL};
    const FindRoots roots = {.ollama = ollamas,
                             .huggingface = huggings,
                             .llamacpp = llamas,
                             .lmstudio = studios,
                             .browsers = homes};
    return finds_look(&roots);
}

static const Find *refuse(GError **error, const char *name, const GString *several)
{
    if (several->len > 0)
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_INVAL, "%s: may be%s", name, several->str);
    else
        g_set_error(error, G_FILE_ERROR, G_FILE_ERROR_NOENT,
                    "%s: no such file, and no model of that name (see preloadctl discover)", name);
    return NULL;
}

const Find *finds_by_name(const GPtrArray *finds, const char *name, GError **error)
{
    const Find *found = NULL;
    guint n = 0;
    g_autoptr(GString) several = g_string_new(NULL);
    for (guint i = 0; i < finds->len; i++) {
        const Find *find = finds->pdata[i];
        if (strcmp(find->name, name) == 0)
            return find; /* of the same name in two places the first */
        if (!g_str_has_prefix(find->name, name))
            continue;
        found = find;
        n++;
        g_string_append_printf(several, "%s %s", n > 1 ? "," : "", find->name);
    }
    if (n == 1 && *name != '\0')
        return found;
    return refuse(error, name, several);
}
