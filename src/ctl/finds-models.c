/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "base/fd.h"
#include "ctl/finds.h"
#include "ctl/json.h"
#include "formats/gather.h"
#include <fcntl.h>
#include <json-glib/json-glib.h>
#include <stdlib.h>
#include <string.h>

/* Ollama's have a few KiB. */
#define MANIFEST_LIMIT_BYTES ((size_t)1 << 20)
#define LAYERS_MAX 64u
#define DIGEST_HEX 64

static const int never = 0;

static GPtrArray *gather_below(const char *root, const char *name)
{
    bool cut = false;
    g_autofree char *directory = g_build_filename(root, name, NULL);
    GPtrArray *files = g_ptr_array_new_with_free_func(g_free);
    if (g_file_test(directory, G_FILE_TEST_IS_DIR))
        (void)gather(directory, &never, files, &cut); /* what cannot be read has nothing */
    return files;
}

/* "sha256:" and 64 hexadecimal digits, and nothing else: it becomes a file's name. */
static bool is_digest(const char *text)
{
    if (!g_str_has_prefix(text, "sha256:"))
        return false;
    const char *hex = text + strlen("sha256:");
    return strlen(hex) == DIGEST_HEX && strspn(hex, "0123456789abcdef") == DIGEST_HEX;
}

static const char *text_of(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);
    bool is_text = node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                   json_node_get_value_type(node) == G_TYPE_STRING;
    return is_text ? json_node_get_string(node) : "";
}

static gint64 number_of(JsonObject *object, const char *key)
{
    JsonNode *node = json_object_get_member(object, key);
    bool is_number = node != NULL && JSON_NODE_HOLDS_VALUE(node) &&
                     json_node_get_value_type(node) == G_TYPE_INT64;
    return is_number ? json_node_get_int(node) : 0;
}

static void add_layer(Find *find, const char *root, JsonNode *node, const char *kind)
{
    JsonObject *layer = JSON_NODE_HOLDS_OBJECT(node) ? json_node_get_object(node) : NULL;
    if (layer == NULL || strstr(text_of(layer, "mediaType"), kind) == NULL)
        return;
    const char *digest = text_of(layer, "digest");
    gint64 size_bytes = number_of(layer, "size");
    if (!is_digest(digest) || size_bytes <= 0)
        return;
    g_autofree char *blob = g_strdup_printf("%s/blobs/sha256-%s", root, digest + strlen("sha256:"));
    (void)find_add_file(find, blob, (uint64_t)size_bytes);
}

static JsonArray *layers_of(JsonParser *parser, const GString *text)
{
    if (!json_is_shallow(text->str, text->len) ||
        !json_parser_load_from_data(parser, text->str, (gssize)text->len, NULL))
        return NULL;
    JsonNode *root = json_parser_get_root(parser);
    JsonNode *layers = root != NULL && JSON_NODE_HOLDS_OBJECT(root)
                           ? json_object_get_member(json_node_get_object(root), "layers")
                           : NULL;
    return layers != NULL && JSON_NODE_HOLDS_ARRAY(layers) ? json_node_get_array(layers) : NULL;
}

/* The model, then what else its runner loads. */
static void add_layers(Find *find, const char *root, JsonArray *layers)
{
    static const char *const kinds[] = {"image.model", "image.projector", "image.adapter"};
    for (guint k = 0; k < G_N_ELEMENTS(kinds); k++)
        for (guint i = 0; i < MIN(json_array_get_length(layers), LAYERS_MAX); i++)
            add_layer(find, root, json_array_get_element(layers, i), kinds[k]);
}

/* manifests/REGISTRY/NAMESPACE/MODEL/TAG; "library" goes without saying. */
static char *ollama_name(const char *root, const char *path)
{
    g_auto(GStrv) parts = g_strsplit(path + strlen(root), "/", -1);
    guint n = g_strv_length(parts);
    if (n < 4)
        return NULL;
    if (strcmp(parts[n - 3], "library") == 0)
        return g_strdup_printf("%s:%s", parts[n - 2], parts[n - 1]);
    return g_strdup_printf("%s/%s:%s", parts[n - 3], parts[n - 2], parts[n - 1]);
}

static void add_ollama_model(const char *root, const char *path, GPtrArray *finds)
{
    g_autofree char *manifests = g_build_filename(root, "manifests", NULL);
    g_autofree char *name = ollama_name(manifests, path);
    GString *text = name != NULL ? fd_read_file(AT_FDCWD, path, MANIFEST_LIMIT_BYTES) : NULL;
    if (text == NULL)
        return;
    g_autoptr(JsonParser) parser = json_parser_new_immutable();
    JsonArray *layers = layers_of(parser, text);
    if (layers != NULL) {
        Find *find = find_new("ollama", name);
        add_layers(find, root, layers);
        finds_take(finds, find);
    }
    g_string_free(text, TRUE);
}

void finds_add_ollama(const char *root, GPtrArray *finds)
{
    g_autoptr(GPtrArray) manifests = gather_below(root, "manifests");
    for (guint i = 0; i < manifests->len && finds->len < FINDS_MAX; i++)
        add_ollama_model(root, manifests->pdata[i], finds);
}

static bool has_weights(const char *name)
{
    static const char *const suffixes[] = {".safetensors", ".gguf", ".bin", ".onnx", ".pt", ".pth"};
    for (guint i = 0; i < G_N_ELEMENTS(suffixes); i++)
        if (g_str_has_suffix(name, suffixes[i]))
            return true;
    return false;
}

/* refs/main holds the revision; without, any that is there. */
static char *find_revision(const char *directory)
{
    g_autofree char *ref = g_build_filename(directory, "refs/main", NULL);
    g_autofree char *snapshots = g_build_filename(directory, "snapshots", NULL);
    GString *text = fd_read_file(AT_FDCWD, ref, DIGEST_HEX);
    g_autofree char *revision = text != NULL ? g_strstrip(g_string_free(text, FALSE)) : NULL;
    bool plain = revision != NULL && *revision != '\0' &&
                 strspn(revision, "0123456789abcdef") == strlen(revision);
    if (plain)
        return g_build_filename(snapshots, revision, NULL);
    g_autoptr(GDir) dir = g_dir_open(snapshots, 0, NULL);
    const char *any = dir != NULL ? g_dir_read_name(dir) : NULL;
    return any != NULL ? g_build_filename(snapshots, any, NULL) : NULL;
}

/* A snapshot's files are links to ../../blobs/DIGEST: the path of the link is kept, as it has the
 * name by which the format is known. */
static void add_snapshot_file(Find *find, const char *directory, const char *path)
{
    g_autofree char *blobs = g_build_filename(directory, "blobs/", NULL);
    char *within = realpath(blobs, NULL);
    char *real = realpath(path, NULL);
    g_autofree char *prefix = within != NULL ? g_strconcat(within, "/", NULL) : NULL;
    bool linked = real != NULL && prefix != NULL && g_str_has_prefix(real, prefix);
    if (linked || (real != NULL && strcmp(real, path) == 0))
        (void)find_add_file(find, path, 0);
    free(real);
    free(within);
}

static int compare_texts(gconstpointer a, gconstpointer b)
{
    return strcmp(*(const char *const *)a, *(const char *const *)b);
}

static void add_hub_model(const char *root, const char *entry, GPtrArray *finds)
{
    g_auto(GStrv) parts = g_strsplit(entry + strlen("models--"), "--", -1);
    g_autofree char *name = g_strjoinv("/", parts);
    g_autofree char *directory = g_build_filename(root, entry, NULL);
    g_autofree char *snapshot = find_revision(directory);
    g_autoptr(GDir) dir = snapshot != NULL ? g_dir_open(snapshot, 0, NULL) : NULL;
    if (dir == NULL)
        return;
    g_autoptr(GPtrArray) names = g_ptr_array_new_with_free_func(g_free);
    for (const char *file = g_dir_read_name(dir); file != NULL; file = g_dir_read_name(dir))
        if (has_weights(file))
            g_ptr_array_add(names, g_build_filename(snapshot, file, NULL));
    g_ptr_array_sort(names, compare_texts);
    Find *find = find_new("huggingface", name);
    for (guint i = 0; i < names->len; i++)
        add_snapshot_file(find, directory, names->pdata[i]);
    finds_take(finds, find);
}

void finds_add_hub(const char *root, GPtrArray *finds)
{
    char *real = realpath(root, NULL);
    g_autoptr(GDir) dir = real != NULL ? g_dir_open(real, 0, NULL) : NULL;
    for (const char *entry = dir != NULL ? g_dir_read_name(dir) : NULL;
         entry != NULL && finds->len < FINDS_MAX; entry = g_dir_read_name(dir))
        if (g_str_has_prefix(entry, "models--"))
            add_hub_model(real, entry, finds);
    free(real);
}

/* Of "x-00002-of-00003.gguf" the 2; 0 if it is no part of several. */
static guint part_of(const char *path, gsize *ret_stem)
{
    const char *dash = g_strrstr(path, "-of-");
    if (dash == NULL || dash - path < 6 || dash[-6] != '-' || strspn(dash - 5, "0123456789") != 5)
        return 0;
    *ret_stem = (gsize)(dash - path) - 5;
    return (guint)g_ascii_strtoull(dash - 5, NULL, 10);
}

void finds_add_folder(const char *root, const char *from, GPtrArray *finds)
{
    g_autoptr(GPtrArray) files = gather_below(root, "");
    Find *split = NULL; /* in finds: the first part of what may have more */
    for (guint i = 0; i < files->len && finds->len < FINDS_MAX; i++) {
        const char *path = files->pdata[i];
        gsize stem = 0;
        guint part = part_of(path, &stem);
        if (!g_str_has_suffix(path, ".gguf") && !g_str_has_suffix(path, ".safetensors"))
            continue;
        if (part > 1 && split != NULL && strncmp(split->files->pdata[0], path, stem) == 0) {
            (void)find_add_file(split, path, 0);
            continue;
        }
        Find *find = find_new(from, path + strlen(root) + strspn(path + strlen(root), "/"));
        bool kept = find_add_file(find, path, 0);
        finds_take(finds, find);
        split = kept && part == 1 ? find : NULL;
    }
}
