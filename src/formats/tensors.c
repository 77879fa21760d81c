/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/tensors.h"
#include <stdio.h>
#include <string.h>

typedef enum {
    ROLE_EMBEDDING,
    ROLE_BLOCK,
    ROLE_NORM,
    ROLE_HEAD,
    ROLE_OTHER,
    ROLE_EXPERTS,
} Role;

/* Where the segments of a role begin in the order; those of blocks follow by their layer. */
static const uint32_t first_priority[] = {
    [ROLE_EMBEDDING] = 10, [ROLE_BLOCK] = 100,   [ROLE_NORM] = 20000,
    [ROLE_HEAD] = 20001,   [ROLE_OTHER] = 20002, [ROLE_EXPERTS] = 30000,
};

#define OTHER_NAME_BYTES 24

typedef struct {
    uint64_t offset_bytes;
    uint64_t length_bytes;
    uint32_t layer; /* of blocks and experts */
    Role role;
    char name[OTHER_NAME_BYTES]; /* of others: up to the first dot */
} Tensor;

struct Tensors {
    GArray *list;    /* Tensor */
    uint32_t layers; /* so many */
    gboolean clipped;
};

Tensors *tensors_new(void)
{
    Tensors *tensors = g_new0(Tensors, 1);
    tensors->list = g_array_new(FALSE, TRUE, sizeof(Tensor));
    return tensors;
}

void tensors_free(Tensors *tensors)
{
    if (tensors == NULL)
        return;
    g_array_unref(tensors->list);
    g_free(tensors);
}

/* "blk.7." of llama.cpp, "model.layers.7." and the like of Hugging Face. */
static bool find_layer(const char *name, uint32_t *ret)
{
    static const char *const before[] = {"blk.", "layers.", "h.", "layer.", "blocks.", "block."};
    for (gsize i = 0; i < G_N_ELEMENTS(before); i++) {
        const char *at = strstr(name, before[i]);
        if (at == NULL || (at != name && at[-1] != '.'))
            continue;
        const char *digits = at + strlen(before[i]);
        size_t n = strspn(digits, "0123456789");
        if (n == 0 || n > 5 || digits[n] != '.')
            continue;
        *ret = (uint32_t)g_ascii_strtoull(digits, NULL, 10);
        return *ret < TENSORS_LAYERS_MAX;
    }
    return false;
}

static bool has_any(const char *name, const char *const *parts)
{
    for (; *parts != NULL; parts++)
        if (strstr(name, *parts) != NULL)
            return true;
    return false;
}

/* What each layer reads, small, belongs to the embedding: it is wanted as early. */
static Role role_of(const char *name, uint32_t *layer)
{
    static const char *const apart[] = {"v.", "mm.", "vision", "visual", "dec.", "decoder.", NULL};
    static const char *const experts[] = {"_exps.", ".experts.", NULL};
    static const char *const embedding[] = {"token_embd", "position_embd", "token_types",
                                            "rope_f",     "embed_tokens",  "embeddings.",
                                            "wte.",       "wpe.",          NULL};
    static const char *const norm[] = {"output_norm", "model.norm.", "ln_f.", "final_layer", NULL};
    static const char *const head[] = {"output.", "lm_head.", NULL};
    for (const char *const *prefix = apart; *prefix != NULL; prefix++)
        if (g_str_has_prefix(name, *prefix))
            return ROLE_OTHER;
    if (find_layer(name, layer))
        return has_any(name, experts) ? ROLE_EXPERTS : ROLE_BLOCK;
    if (has_any(name, embedding))
        return ROLE_EMBEDDING;
    if (has_any(name, norm))
        return ROLE_NORM;
    for (const char *const *prefix = head; *prefix != NULL; prefix++)
        if (g_str_has_prefix(name, *prefix))
            return ROLE_HEAD;
    return ROLE_OTHER;
}

void tensors_add(Tensors *tensors, const char *name, uint64_t offset_bytes, uint64_t length_bytes)
{
    if (tensors->list->len >= TENSORS_MAX) {
        tensors->clipped = TRUE;
        return;
    }
    Tensor tensor = {.offset_bytes = offset_bytes, .length_bytes = length_bytes};
    tensor.role = role_of(name, &tensor.layer);
    if (tensor.role == ROLE_OTHER)
        g_strlcpy(tensor.name, name, MIN(sizeof tensor.name, strcspn(name, ".") + 1));
    if (tensor.role == ROLE_BLOCK || tensor.role == ROLE_EXPERTS)
        tensors->layers = MAX(tensors->layers, tensor.layer + 1);
    g_array_append_val(tensors->list, tensor);
}

static int by_offset(gconstpointer a, gconstpointer b)
{
    const Tensor *x = a;
    const Tensor *y = b;
    return x->offset_bytes < y->offset_bytes ? -1 : x->offset_bytes > y->offset_bytes;
}

/* Gives a length to those without: up to the next higher offset. */
static void measure(GArray *list, uint64_t end_bytes)
{
    uint64_t next = end_bytes;
    for (guint i = list->len; i-- > 0;) {
        Tensor *tensor = &g_array_index(list, Tensor, i);
        if (i + 1 < list->len && tensor[1].offset_bytes > tensor->offset_bytes)
            next = tensor[1].offset_bytes;
        if (tensor->length_bytes == 0 && next > tensor->offset_bytes)
            tensor->length_bytes = next - tensor->offset_bytes;
    }
}

static void tell(const Tensor *tensor, uint32_t layers, Anatomy *anatomy)
{
    static const char *const names[] = {
        [ROLE_EMBEDDING] = "token_embedding",
        [ROLE_NORM] = "output_norm",
        [ROLE_HEAD] = "output_head",
    };
    char name[OTHER_NAME_BYTES + 16];
    bool layered = tensor->role == ROLE_BLOCK || tensor->role == ROLE_EXPERTS;
    if (layered)
        snprintf(name, sizeof name, "block.%u%s", tensor->layer,
                 tensor->role == ROLE_EXPERTS ? ".experts" : "");
    else if (tensor->role == ROLE_OTHER)
        snprintf(name, sizeof name, "other(%s)", tensor->name);
    else
        g_strlcpy(name, names[tensor->role], sizeof name);
    const int32_t layer = layered                          ? (int32_t)tensor->layer
                          : tensor->role == ROLE_EMBEDDING ? -1
                                                           : (int32_t)layers;
    anatomy_extend(anatomy, SEGMENT_DATA, first_priority[tensor->role] + tensor->layer, layer,
                   tensor->offset_bytes, tensor->length_bytes, name);
}

void tensors_tell(Tensors *tensors, Anatomy *anatomy)
{
    g_array_sort(tensors->list, by_offset);
    measure(tensors->list, anatomy->size_bytes);
    for (guint i = 0; i < tensors->list->len; i++) {
        const Tensor *tensor = &g_array_index(tensors->list, Tensor, i);
        if (tensor->offset_bytes >= anatomy->size_bytes)
            anatomy->clipped = true;
        else
            tell(tensor, tensors->layers, anatomy);
    }
    anatomy->clipped |= tensors->clipped;
    anatomy_add_fact_u64(anatomy, "tensors", tensors->list->len);
    anatomy_add_fact_u64(anatomy, "layers", tensors->layers);
}

/* "-00001-of-00003" before the suffix. */
#define PART_BYTES 15

void tensors_add_parts(const char *name, Anatomy *anatomy)
{
    const char *suffix = strrchr(name, '.');
    if (suffix == NULL || suffix - name < PART_BYTES)
        return;
    const char *at = suffix - PART_BYTES;
    unsigned part = 0;
    unsigned parts = 0;
    int n = 0;
    if (sscanf(at, "-%5u-of-%5u%n", &part, &parts, &n) != 2 || n != PART_BYTES)
        return;
    for (unsigned i = 1; i <= parts && i <= ANATOMY_COMPANIONS_MAX; i++) {
        g_autofree char *other =
            g_strdup_printf("%.*s-%05u-of-%05u%s", (int)(at - name), name, i, parts, suffix);
        if (i != part)
            anatomy_add_companion(anatomy, other);
    }
    anatomy_add_fact_u64(anatomy, "part", part);
    anatomy_add_fact_u64(anatomy, "parts", parts);
}
