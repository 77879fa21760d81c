/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "config/value.h"
#include "base/log.h"
#include "base/parse.h"
#include <string.h>

static const char *const sort_names[] = {
    [CONFIG_SORT_NONE] = "none",   [CONFIG_SORT_PATH] = "path", [CONFIG_SORT_INODE] = "inode",
    [CONFIG_SORT_BLOCK] = "block", [CONFIG_SORT_AUTO] = "auto",
};

static const char *const battery_names[] = {
    [CONFIG_BATTERY_FULL] = "full",
    [CONFIG_BATTERY_REDUCED] = "reduced",
    [CONFIG_BATTERY_PAUSED] = "paused",
};

static const char *const head_names[] = {
    [CONFIG_HEAD_AUTO] = "auto",
    [CONFIG_HEAD_YES] = "yes",
    [CONFIG_HEAD_NO] = "no",
};

static void *member_of(const Config *config, const ConfigKey *key)
{
    return (char *)config + key->offset;
}

static void add_remark(GPtrArray *remarks, const char *format, ...) G_GNUC_PRINTF(2, 3);
static void add_remark(GPtrArray *remarks, const char *format, ...)
{
    va_list args;
    va_start(args, format);
    g_ptr_array_add(remarks, g_strdup_vprintf(format, args));
    va_end(args);
}

char *config_quote(const char *text)
{
    enum { SHOWN_BYTES = 80 };
    g_autofree char *head = g_strndup(text, SHOWN_BYTES);
    g_autofree char *printable = log_printable(head);
    return g_strdup_printf("\"%s\"%s", printable, strlen(text) > SHOWN_BYTES ? "..." : "");
}

static bool parse_bool(const char *word, bool *ret)
{
    static const char *const yes[] = {"true", "yes", "on", "1", NULL};
    static const char *const no[] = {"false", "no", "off", "0", NULL};
    g_autofree char *lower = g_ascii_strdown(word, -1);
    bool is_yes = g_strv_contains(yes, lower);
    if (!is_yes && !g_strv_contains(no, lower))
        return false;
    *ret = is_yes;
    return true;
}

static bool find_name(const char *word, const char *const *names, size_t n, size_t *ret)
{
    for (size_t i = 0; i < n; i++) {
        if (g_ascii_strcasecmp(word, names[i]) == 0) {
            *ret = i;
            return true;
        }
    }
    return false;
}

static bool parse_sort(const char *word, ConfigSort *ret)
{
    size_t index = 0;
    uint64_t number = 0;
    if (find_name(word, sort_names, G_N_ELEMENTS(sort_names), &index)) {
        *ret = (ConfigSort)index;
        return true;
    }
    if (!parse_whole_u64(cursor_of(word, strlen(word)), &number) || number > CONFIG_SORT_BLOCK)
        return false;
    *ret = (ConfigSort)number;
    return true;
}

static bool parse_battery(const char *word, ConfigBattery *ret)
{
    size_t index = 0;
    if (!find_name(word, battery_names, G_N_ELEMENTS(battery_names), &index))
        return false;
    *ret = (ConfigBattery)index;
    return true;
}

/* What else may be said for yes and no, too. */
static bool parse_head(const char *word, ConfigHead *ret)
{
    bool yes = false;
    if (g_ascii_strcasecmp(word, head_names[CONFIG_HEAD_AUTO]) == 0) {
        *ret = CONFIG_HEAD_AUTO;
        return true;
    }
    if (!parse_bool(word, &yes))
        return false;
    *ret = yes ? CONFIG_HEAD_YES : CONFIG_HEAD_NO;
    return true;
}

static bool parse_number(const char *word, int64_t *ret)
{
    Cursor c = cursor_of(word, strlen(word));
    bool plus = parse_char(&c, '+'); /* as GKeyFile's own numbers had it in preload 0.6.4 */
    if (plus && c.at < c.end && *c.at == '-')
        return false;
    int64_t value = 0;
    if (!parse_i64(&c, &value) || c.at != c.end)
        return false;
    *ret = value;
    return true;
}

static bool set_number(Config *config, const ConfigKey *key, const char *word, GPtrArray *remarks)
{
    int64_t value = 0;
    if (!parse_number(word, &value))
        return false;
    int64_t bounded = CLAMP(value, key->min, key->max);
    if (bounded != value && key->type != KEY_PERCENT)
        return false;
    if (bounded != value)
        add_remark(remarks,
                   "%" G_GINT64_FORMAT " is out of range; it is taken as %" G_GINT64_FORMAT, value,
                   bounded);
    if (key->type == KEY_PERCENT)
        *(int *)member_of(config, key) = (int)bounded;
    else if (key->type == KEY_U32)
        *(uint32_t *)member_of(config, key) = (uint32_t)bounded;
    else
        *(uint64_t *)member_of(config, key) = (uint64_t)bounded;
    return true;
}

/* preload 0.6.4 read "20 # note" as 20: what stands behind a blank was not looked at. */
static char *first_word(const char *value, GPtrArray *remarks)
{
    size_t length = strcspn(value, " \t\r\v\f");
    const char *rest = value + length + strspn(value + length, " \t\r\v\f");
    if (*rest != '\0') {
        g_autofree char *quoted = config_quote(rest);
        add_remark(remarks, "%s behind the value is not read", quoted);
    }
    return g_strndup(value, length);
}

static bool is_printable(const char *text)
{
    g_autofree char *printable = log_printable(text);
    return strcmp(printable, text) == 0;
}

/* The item as it is to be kept; NULL for one that can never match, or not as it was meant. */
static char *checked_prefix(const char *item, GPtrArray *remarks)
{
    if (strcmp(item, "!") == 0)
        return g_strdup("!/"); /* it rejects everything */
    g_autofree char *quoted = config_quote(item);
    if (item[item[0] == '!' ? 1 : 0] != '/' || !is_printable(item)) {
        add_remark(remarks,
                   "item %s is no absolute path, with or without '!' before it; it is dropped",
                   quoted);
        return NULL;
    }
    if (g_str_has_suffix(item, " "))
        add_remark(remarks, "item %s ends with a blank, which is part of it", quoted);
    return g_strdup(item);
}

static char *checked_glob(const char *item, GPtrArray *remarks)
{
    char *pattern = g_strstrip(g_strdup(item));
    if (*pattern != '\0' && strchr(pattern, '/') == NULL && is_printable(pattern))
        return pattern;
    g_free(pattern);
    g_autofree char *quoted = config_quote(item);
    add_remark(remarks, "item %s is no pattern of a file name without directory; it is dropped",
               quoted);
    return NULL;
}

static char *checked_pattern(const char *item, GPtrArray *remarks)
{
    char *pattern = g_strstrip(g_strdup(item));
    bool is_path = pattern[0] == '/';
    if (*pattern != '\0' && (is_path || strchr(pattern, '/') == NULL) && is_printable(pattern))
        return pattern;
    g_free(pattern);
    g_autofree char *quoted = config_quote(item);
    add_remark(remarks, "item %s is no pattern of a file name or an absolute path; it is dropped",
               quoted);
    return NULL;
}

static char *checked_item(const ConfigKey *key, const char *item, GPtrArray *remarks)
{
    if (key->type == KEY_PATTERNS)
        return checked_pattern(item, remarks);
    return key->type == KEY_GLOBS ? checked_glob(item, remarks) : checked_prefix(item, remarks);
}

/* GKeyFile splits and unescapes, as it did for preload 0.6.4: "\;" is a semicolon, "\\" a
 * backslash. */
static bool set_list(Config *config, const ConfigKey *key, GKeyFile *keyfile, const char *name,
                     GPtrArray *remarks)
{
    gsize n = 0;
    g_auto(GStrv) items = g_key_file_get_string_list(keyfile, key->group, name, &n, NULL);
    if (items == NULL)
        return false;
    g_autoptr(GPtrArray) kept = g_ptr_array_new_with_free_func(g_free);
    for (gsize i = 0; i < n; i++) {
        char *item = checked_item(key, items[i], remarks);
        if (item != NULL)
            g_ptr_array_add(kept, item);
    }
    /* An empty list accepts everything: nobody gets it by mistyping each item. */
    if (n > 0 && kept->len == 0)
        return false;
    g_ptr_array_add(kept, NULL);
    char ***member = member_of(config, key);
    g_strfreev(*member);
    *member = (char **)g_ptr_array_free(g_steal_pointer(&kept), FALSE);
    return true;
}

static bool set_word(Config *config, const ConfigKey *key, const char *word, GPtrArray *remarks)
{
    switch (key->type) {
    case KEY_BOOL:
        return parse_bool(word, member_of(config, key));
    case KEY_SORT:
        return parse_sort(word, member_of(config, key));
    case KEY_BATTERY:
        return parse_battery(word, member_of(config, key));
    case KEY_HEAD:
        return parse_head(word, member_of(config, key));
    case KEY_U32:
    case KEY_U64:
    case KEY_PERCENT:
        return set_number(config, key, word, remarks);
    case KEY_PREFIXES:
    case KEY_GLOBS:
    case KEY_PATTERNS:
        break;
    }
    g_return_val_if_reached(false);
}

static bool is_list(const ConfigKey *key)
{
    return key->type == KEY_PREFIXES || key->type == KEY_GLOBS || key->type == KEY_PATTERNS;
}

bool config_value_set(Config *config, const ConfigKey *key, GKeyFile *keyfile, const char *name,
                      GPtrArray *remarks)
{
    if (is_list(key))
        return set_list(config, key, keyfile, name, remarks);
    g_autofree char *value = g_key_file_get_value(keyfile, key->group, name, NULL);
    if (value == NULL)
        return false;
    g_autofree char *word = first_word(value, remarks);
    return set_word(config, key, word, remarks);
}

void config_value_clear(Config *config, const ConfigKey *key)
{
    if (is_list(key))
        g_clear_pointer((char ***)member_of(config, key), g_strfreev);
}

char *config_value_wanted(const ConfigKey *key)
{
    switch (key->type) {
    case KEY_BOOL:
        return g_strdup("true or false");
    case KEY_SORT:
        return g_strdup("none, path, inode, block or auto, nor a number from 0 to 3");
    case KEY_BATTERY:
        return g_strdup("full, reduced or paused");
    case KEY_HEAD:
        return g_strdup("auto, yes or no");
    case KEY_PREFIXES:
        return g_strdup(
            "a list of absolute paths, each with or without '!' before it, separated by "
            "';' and with '\\\\' for a backslash");
    case KEY_GLOBS:
        return g_strdup("a list of patterns of file names, separated by ';' and with '\\\\' for a "
                        "backslash");
    case KEY_PATTERNS:
        return g_strdup("a list of patterns of file names or absolute paths, separated by ';' and "
                        "with '\\\\' for a backslash");
    case KEY_U32:
    case KEY_U64:
    case KEY_PERCENT:
        break;
    }
    bool has_unit = key->unit[0] != '\0';
    return g_strdup_printf("a whole number from %" G_GINT64_FORMAT " to %" G_GINT64_FORMAT "%s%s%s",
                           key->min, key->max, has_unit ? " (" : "", key->unit,
                           has_unit ? ")" : "");
}

static char *list_text(const ConfigKey *key, const char *const *items)
{
    g_autoptr(GKeyFile) keyfile = g_key_file_new();
    g_key_file_set_string_list(keyfile, key->group, key->name, items,
                               g_strv_length((char **)items));
    return g_key_file_get_value(keyfile, key->group, key->name, NULL);
}

char *config_value_text(const Config *config, const ConfigKey *key)
{
    const void *member = member_of(config, key);
    switch (key->type) {
    case KEY_BOOL:
        return g_strdup(*(const bool *)member ? "true" : "false");
    case KEY_SORT:
        return g_strdup(sort_names[*(const ConfigSort *)member]);
    case KEY_BATTERY:
        return g_strdup(battery_names[*(const ConfigBattery *)member]);
    case KEY_HEAD:
        return g_strdup(head_names[*(const ConfigHead *)member]);
    case KEY_U32:
        return g_strdup_printf("%u", *(const uint32_t *)member);
    case KEY_U64:
        return g_strdup_printf("%" G_GUINT64_FORMAT, *(const uint64_t *)member);
    case KEY_PERCENT:
        return g_strdup_printf("%d", *(const int *)member);
    case KEY_PREFIXES:
    case KEY_GLOBS:
    case KEY_PATTERNS:
        break;
    }
    return list_text(key, *(const char *const *const *)member);
}
