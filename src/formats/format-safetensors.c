/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/formats.h"
#include "formats/json-scan.h"
#include "formats/tensors.h"
#include <errno.h>
#include <string.h>

/*
 * Safetensors, models of Hugging Face: the length of a JSON header, the header (which tells of each
 * tensor where it is, relative to the header's end), the data. A model of several files has a
 * NAME.safetensors.index.json beside them, which tells in which of them each tensor is.
 */
#define LENGTH_BYTES 8u
/* The reference has 100 MB for a limit; of a model with 100000 tensors it is 15 MiB. */
#define HEADER_MAX_BYTES ((uint64_t)16 << 20)
#define NAME_BYTES 128
#define INDEX_SUFFIX ".safetensors.index.json"

static bool safetensors_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                                   const char *name)
{
    if (n_head < LENGTH_BYTES + 2 || head[LENGTH_BYTES] != '{')
        return false;
    uint64_t length = window_le64(head);
    bool named = g_str_has_suffix(name, ".safetensors");
    return length >= 2 && (named || length <= size_bytes - LENGTH_BYTES) &&
           (named || head[LENGTH_BYTES + 1] == '"' || head[LENGTH_BYTES + 1] == '}');
}

/* Text that is freed by g_free(); NULL with error set. */
static char *read_text(Window *window, uint64_t offset, uint64_t length, GError **error)
{
    if (length > HEADER_MAX_BYTES) {
        provider_fail(error, -E2BIG, "header");
        return NULL;
    }
    if (length > window->size_bytes - MIN(offset, window->size_bytes)) {
        provider_fail(error, -EBADMSG, "header");
        return NULL;
    }
    window_allow(window, length);
    g_autofree char *text = g_malloc((gsize)length + 1);
    int r = window_read(window, offset, text, (size_t)length);
    if (r < 0) {
        provider_fail(error, r, "header");
        return NULL;
    }
    text[length] = '\0';
    return g_steal_pointer(&text);
}

/* "data_offsets":[BEGIN,END] */
static bool take_offsets(JsonScan *scan, uint64_t offsets[2])
{
    gsize n = 0;
    for (bool more = json_scan_open(scan, '['); more; more = json_scan_next(scan, ']')) {
        uint64_t number = 0;
        if (!json_scan_u64(scan, &number))
            return false;
        if (n < 2)
            offsets[n] = number;
        n++;
    }
    return !scan->failed && n == 2;
}

/* The object behind a tensor's name; false if it has no place. */
static bool take_tensor(JsonScan *scan, uint64_t offsets[2])
{
    bool placed = false;
    for (bool more = json_scan_open(scan, '{'); more; more = json_scan_next(scan, '}')) {
        char key[NAME_BYTES];
        if (!json_scan_key(scan, key, sizeof key))
            return false;
        if (strcmp(key, "data_offsets") == 0)
            placed = take_offsets(scan, offsets);
        else
            json_scan_skip(scan);
    }
    return placed && !scan->failed;
}

/* What people wrote into it; anything but texts is passed over. */
static void take_facts(JsonScan *scan, Anatomy *anatomy)
{
    for (bool more = json_scan_open(scan, '{'); more; more = json_scan_next(scan, '}')) {
        char key[NAME_BYTES];
        char value[NAME_BYTES];
        if (!json_scan_key(scan, key, sizeof key))
            return;
        if (!json_scan_at_string(scan))
            json_scan_skip(scan);
        else if (json_scan_string(scan, value, sizeof value))
            anatomy_add_fact(anatomy, key, value);
    }
}

static void take_header(JsonScan *scan, uint64_t data, Tensors *tensors, Anatomy *anatomy)
{
    for (bool more = json_scan_open(scan, '{'); more; more = json_scan_next(scan, '}')) {
        char name[NAME_BYTES];
        uint64_t offsets[2] = {0, 0};
        if (!json_scan_key(scan, name, sizeof name))
            return;
        if (strcmp(name, "__metadata__") == 0) {
            take_facts(scan, anatomy);
        } else if (!take_tensor(scan, offsets) || offsets[1] < offsets[0] ||
                   offsets[1] > anatomy->size_bytes) {
            anatomy->clipped = true;
        } else if (offsets[1] > offsets[0]) {
            tensors_add(tensors, name, data + offsets[0], offsets[1] - offsets[0]);
        }
    }
}

static bool safetensors_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    uint8_t bytes[LENGTH_BYTES];
    int r = window_read(window, 0, bytes, sizeof bytes);
    if (r < 0)
        return provider_fail(error, r, "header");
    const uint64_t length = window_le64(bytes);
    g_autofree char *text = read_text(window, LENGTH_BYTES, length, error);
    if (text == NULL)
        return false;
    g_autoptr(Tensors) tensors = tensors_new();
    JsonScan scan = json_scan_of(text, (size_t)length);
    anatomy_add(anatomy, SEGMENT_METADATA, 0, -1, 0, LENGTH_BYTES + length, "header");
    take_header(&scan, LENGTH_BYTES + length, tensors, anatomy);
    if (!json_scan_ended(&scan))
        return provider_damaged(error, "its header is not JSON as it should be, at byte %zu",
                                (size_t)(scan.text.at - text) + LENGTH_BYTES);
    tensors_tell(tensors, anatomy);
    tensors_add_parts(name, anatomy);
    return true;
}

const Provider provider_safetensors = {"safetensors", "safetensors model", safetensors_recognizes,
                                       safetensors_analyze};

static bool index_recognizes(const uint8_t *head, size_t n_head, uint64_t size_bytes,
                             const char *name)
{
    (void)size_bytes;
    return n_head > 0 && head[0] == '{' && g_str_has_suffix(name, INDEX_SUFFIX);
}

/* "weight_map":{TENSOR:FILE} */
static void take_map(JsonScan *scan, GHashTable *seen, Anatomy *anatomy)
{
    for (bool more = json_scan_open(scan, '{'); more; more = json_scan_next(scan, '}')) {
        char file[NAME_BYTES * 2];
        if (!json_scan_key(scan, NULL, 0) || !json_scan_string(scan, file, sizeof file))
            return;
        if (g_hash_table_size(seen) <= ANATOMY_COMPANIONS_MAX &&
            g_hash_table_add(seen, g_strdup(file)))
            anatomy_add_companion(anatomy, file);
    }
}

static bool index_analyze(Window *window, const char *name, Anatomy *anatomy, GError **error)
{
    (void)name;
    g_autofree char *text = read_text(window, 0, window->size_bytes, error);
    if (text == NULL)
        return false;
    g_autoptr(GHashTable) seen = g_hash_table_new_full(g_str_hash, g_str_equal, g_free, NULL);
    JsonScan scan = json_scan_of(text, (size_t)anatomy->size_bytes);
    for (bool more = json_scan_open(&scan, '{'); more; more = json_scan_next(&scan, '}')) {
        char key[NAME_BYTES];
        if (!json_scan_key(&scan, key, sizeof key))
            break;
        if (strcmp(key, "weight_map") == 0)
            take_map(&scan, seen, anatomy);
        else
            json_scan_skip(&scan);
    }
    if (!json_scan_ended(&scan))
        return provider_damaged(error, "it is not JSON as it should be, at byte %zu",
                                (size_t)(scan.text.at - text));
    anatomy_add(anatomy, SEGMENT_METADATA, 0, -1, 0, anatomy->size_bytes, "index");
    anatomy_add_fact_u64(anatomy, "parts", anatomy->companions->len);
    return true;
}

const Provider provider_safetensors_index = {"safetensors-index", "index of a safetensors model",
                                             index_recognizes, index_analyze};
