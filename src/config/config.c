/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/config.h"
#include "build-config.h"
#include "config/dropins.h"
#include "config/keys.h"
#include "config/layer.h"
#include "config/value.h"

G_DEFINE_QUARK(preload - config - error - quark, config_error)

const char *const config_default_file = PRELOAD_SYSCONFDIR "/preload.conf";
const char *const config_default_dropins[] = {
    PRELOAD_VENDORDIR "/preload.conf.d",
    "/run/preload/preload.conf.d",
    PRELOAD_SYSCONFDIR "/preload.conf.d",
    NULL,
};

/* A file of nothing but mistakes is understood after so many. */
enum { WARNINGS_MAX = 100 };

static void warn(Config *config, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void warn(Config *config, const char *format, ...)
{
    if (config->warnings->len > WARNINGS_MAX)
        return;
    if (config->warnings->len == WARNINGS_MAX) {
        g_ptr_array_add(config->warnings, g_strdup("there is more to warn of, which is not shown"));
        return;
    }
    va_list args;
    va_start(args, format);
    g_ptr_array_add(config->warnings, g_strdup_vprintf(format, args));
    va_end(args);
}

/* "FILE:LINE: [group] key", to be freed. */
static char *where(const Layer *layer, const char *group, const char *name)
{
    g_autofree char *printable = config_quote(name);
    bool known = config_key_find(group, name) != NULL;
    return g_strdup_printf("%s:%u: [%s] %s", layer->label, layer_line(layer, group, name), group,
                           known ? name : printable);
}

static void set_source(Config *config, const ConfigKey *key, char *source)
{
    g_hash_table_replace(config->sources, g_strdup_printf("%s.%s", key->group, key->name), source);
}

static const char *source_of(const Config *config, const ConfigKey *key)
{
    g_autofree char *name = g_strdup_printf("%s.%s", key->group, key->name);
    return g_hash_table_lookup(config->sources, name);
}

static void warn_unusable(Config *config, const ConfigKey *key, const Layer *layer,
                          const char *name)
{
    g_autofree char *at = where(layer, key->group, name);
    g_autofree char *raw = g_key_file_get_value(layer->keyfile, key->group, name, NULL);
    g_autofree char *quoted = config_quote(raw);
    g_autofree char *wanted = config_value_wanted(key);
    g_autofree char *stays = config_value_text(config, key);
    warn(config, "%s: %s is not %s; %s is used (%s)", at, quoted, wanted, stays,
         source_of(config, key));
}

static void apply_value(Config *config, const ConfigKey *key, const Layer *layer, const char *name)
{
    g_autoptr(GPtrArray) remarks = g_ptr_array_new_with_free_func(g_free);
    if (!config_value_set(config, key, layer->keyfile, name, remarks)) {
        warn_unusable(config, key, layer, name);
        return;
    }
    g_autofree char *at = where(layer, key->group, name);
    for (guint i = 0; i < remarks->len; i++)
        warn(config, "%s: %s", at, (const char *)remarks->pdata[i]);
    set_source(config, key,
               g_strdup_printf("%s:%u", layer->label, layer_line(layer, key->group, name)));
}

static void apply_key(Config *config, const Layer *layer, const char *group, const char *name)
{
    const ConfigKey *key = config_key_find(group, name);
    if (key == NULL) {
        g_autofree char *at = where(layer, group, name);
        g_autofree char *hint = config_key_hint(group, name);
        warn(config, "%s: there is no such key; it is left out (%s)", at, hint);
        return;
    }
    bool is_alias = g_strcmp0(name, key->name) != 0;
    if (is_alias && g_key_file_has_key(layer->keyfile, group, key->name, NULL)) {
        g_autofree char *at = where(layer, group, name);
        warn(config, "%s: the same as %s, which this file has too; that one counts", at, key->name);
        return;
    }
    apply_value(config, key, layer, name);
}

static void apply_group(Config *config, const Layer *layer, const char *group)
{
    if (!config_group_known(group)) {
        g_autofree char *quoted = config_quote(group);
        g_autofree char *hint = config_group_hint(group);
        warn(config, "%s:%u: group %s is not known; what is in it is left out (%s)", layer->label,
             layer_line(layer, group, NULL), quoted, hint);
        return;
    }
    g_auto(GStrv) names = g_key_file_get_keys(layer->keyfile, group, NULL, NULL);
    for (char **name = names; name != NULL && *name != NULL; name++)
        apply_key(config, layer, group, *name);
}

static bool apply_file(Config *config, const char *path, bool optional, GError **error)
{
    g_autoptr(GError) local = NULL;
    g_autoptr(Layer) layer = layer_read(path, optional, &local);
    if (local != NULL) {
        g_propagate_error(error, g_steal_pointer(&local));
        return false;
    }
    if (layer == NULL)
        return true;
    g_auto(GStrv) groups = g_key_file_get_groups(layer->keyfile, NULL);
    for (char **group = groups; *group != NULL; group++)
        apply_group(config, layer, *group);
    return true;
}

static bool apply_dropins(Config *config, const char *const *directories, GError **error)
{
    g_autoptr(GPtrArray) paths = dropins_list(directories, error);
    if (paths == NULL)
        return false;
    for (guint i = 0; i < paths->len; i++) {
        if (!apply_file(config, paths->pdata[i], true, error))
            return false;
    }
    return true;
}

/* The defaults take the same way as what a file says. */
static void apply_default(Config *config, const ConfigKey *key)
{
    g_autoptr(GPtrArray) remarks = g_ptr_array_new_with_free_func(g_free);
    g_autoptr(GKeyFile) keyfile = g_key_file_new();
    g_key_file_set_value(keyfile, key->group, key->name, key->fallback);
    bool usable = config_value_set(config, key, keyfile, key->name, remarks);
    g_assert(usable && remarks->len == 0);
    set_source(config, key, g_strdup("default"));
}

static Config *config_new(void)
{
    Config *config = g_atomic_rc_box_new0(Config);
    config->warnings = g_ptr_array_new_with_free_func(g_free);
    config->sources = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, g_free);
    for (size_t i = 0; i < config_n_keys; i++)
        apply_default(config, &config_keys[i]);
    return config;
}

Config *config_load(const char *file, const char *const *dropins, GError **error)
{
    g_autoptr(Config) config = config_new();
    const char *path = file != NULL ? file : config_default_file;
    bool none = path[0] == '\0';
    if (!none && !apply_file(config, path, file == NULL, error))
        return NULL;
    if (dropins != NULL && !apply_dropins(config, dropins, error))
        return NULL;
    return g_steal_pointer(&config);
}

Config *config_load_chosen(const char *conffile, GError **error)
{
    return config_load(conffile, conffile == NULL ? config_default_dropins : NULL, error);
}

Config *config_ref(Config *config)
{
    return g_atomic_rc_box_acquire(config);
}

static void config_clear(gpointer data)
{
    Config *config = data;
    for (size_t i = 0; i < config_n_keys; i++)
        config_value_clear(config, &config_keys[i]);
    g_ptr_array_unref(config->warnings);
    g_hash_table_unref(config->sources);
}

void config_unref(Config *config)
{
    if (config != NULL)
        g_atomic_rc_box_release_full(config, config_clear);
}

static void print_key(const Config *config, const ConfigKey *key, GString *out)
{
    g_autofree char *value = config_value_text(config, key);
    bool has_unit = key->unit[0] != '\0';
    g_string_append_printf(out, "\n# %s%s%s\n# from: %s\n%s = %s\n", key->doc,
                           has_unit ? "; unit: " : "", key->unit, source_of(config, key), key->name,
                           value);
}

char *config_print(const Config *config)
{
    GString *out = g_string_new("# preload " PRELOAD_VERSION
                                ": the effective configuration and where it comes from\n");
    const char *group = NULL;
    for (size_t i = 0; i < config_n_keys; i++) {
        const ConfigKey *key = &config_keys[i];
        if (g_strcmp0(group, key->group) != 0)
            g_string_append_printf(out, "\n[%s]\n", key->group);
        group = key->group;
        print_key(config, key, out);
    }
    return g_string_free(out, FALSE);
}
