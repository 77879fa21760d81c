/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/anatomy.h"
#include "base/log.h"
#include <string.h>

static void clear_segment(gpointer data)
{
    g_free(((Segment *)data)->name);
}

static void clear_fact(gpointer data)
{
    g_free(((Fact *)data)->name);
    g_free(((Fact *)data)->value);
}

Anatomy *anatomy_new(uint64_t size_bytes)
{
    Anatomy *anatomy = g_new0(Anatomy, 1);
    anatomy->size_bytes = size_bytes;
    anatomy->segments = g_array_new(FALSE, FALSE, sizeof(Segment));
    g_array_set_clear_func(anatomy->segments, clear_segment);
    anatomy->facts = g_array_new(FALSE, FALSE, sizeof(Fact));
    g_array_set_clear_func(anatomy->facts, clear_fact);
    anatomy->companions = g_ptr_array_new_with_free_func(g_free);
    return anatomy;
}

void anatomy_free(Anatomy *anatomy)
{
    if (anatomy == NULL)
        return;
    g_array_unref(anatomy->segments);
    g_array_unref(anatomy->facts);
    g_ptr_array_unref(anatomy->companions);
    g_free(anatomy);
}

/* What a hostile file calls itself must not reach a terminal raw. */
static char *printable(const char *text)
{
    g_autofree char *cut = g_strndup(text, ANATOMY_NAME_MAX);
    return log_printable(cut);
}

/* Cuts it at the end of the file; false if nothing is left. */
static bool clip(Anatomy *anatomy, uint64_t offset_bytes, uint64_t *length_bytes)
{
    if (offset_bytes > anatomy->size_bytes || *length_bytes > anatomy->size_bytes - offset_bytes) {
        anatomy->clipped = true;
        *length_bytes = offset_bytes < anatomy->size_bytes ? anatomy->size_bytes - offset_bytes : 0;
    }
    return *length_bytes > 0;
}

void anatomy_add(Anatomy *anatomy, SegmentKind kind, uint32_t priority, int32_t layer,
                 uint64_t offset_bytes, uint64_t length_bytes, const char *name)
{
    if (!clip(anatomy, offset_bytes, &length_bytes))
        return;
    if (anatomy->segments->len >= ANATOMY_SEGMENTS_MAX) {
        anatomy->clipped = true;
        return;
    }
    Segment segment = {.name = printable(name),
                       .offset_bytes = offset_bytes,
                       .length_bytes = length_bytes,
                       .priority = priority,
                       .layer = layer,
                       .kind = kind};
    g_array_append_val(anatomy->segments, segment);
}

void anatomy_extend(Anatomy *anatomy, SegmentKind kind, uint32_t priority, int32_t layer,
                    uint64_t offset_bytes, uint64_t length_bytes, const char *name)
{
    guint n = anatomy->segments->len;
    Segment *last = n > 0 ? &g_array_index(anatomy->segments, Segment, n - 1) : NULL;
    bool same = last != NULL && last->kind == kind && last->priority == priority &&
                last->layer == layer && last->offset_bytes + last->length_bytes == offset_bytes &&
                strcmp(last->name, name) == 0;
    if (!same)
        anatomy_add(anatomy, kind, priority, layer, offset_bytes, length_bytes, name);
    else if (clip(anatomy, offset_bytes, &length_bytes))
        last->length_bytes += length_bytes;
}

void anatomy_add_fact(Anatomy *anatomy, const char *name, const char *value)
{
    if (anatomy->facts->len >= ANATOMY_FACTS_MAX) {
        anatomy->clipped = true;
        return;
    }
    Fact fact = {printable(name), printable(value)};
    g_array_append_val(anatomy->facts, fact);
}

void anatomy_add_fact_u64(Anatomy *anatomy, const char *name, uint64_t value)
{
    g_autofree char *text = g_strdup_printf("%" G_GUINT64_FORMAT, value);
    anatomy_add_fact(anatomy, name, text);
}

void anatomy_add_companion(Anatomy *anatomy, const char *name)
{
    bool plain = *name != '\0' && strchr(name, '/') == NULL && strcmp(name, ".") != 0 &&
                 strcmp(name, "..") != 0;
    if (!plain || anatomy->companions->len >= ANATOMY_COMPANIONS_MAX)
        anatomy->clipped = true;
    else
        g_ptr_array_add(anatomy->companions, g_strdup(name));
}

/* g_array_sort() is not stable: where they were decides between equal ones. */
typedef struct {
    Segment segment;
    guint place;
} Placed;

static int compare_placed(gconstpointer a, gconstpointer b)
{
    const Placed *x = a;
    const Placed *y = b;
    if (x->segment.priority != y->segment.priority)
        return x->segment.priority < y->segment.priority ? -1 : 1;
    return x->place < y->place ? -1 : x->place > y->place;
}

void anatomy_sort(Anatomy *anatomy)
{
    guint n = anatomy->segments->len;
    g_autofree Placed *placed = g_new(Placed, n > 0 ? n : 1);
    for (guint i = 0; i < n; i++)
        placed[i] = (Placed){g_array_index(anatomy->segments, Segment, i), i};
    qsort(placed, n, sizeof *placed, compare_placed);
    for (guint i = 0; i < n; i++)
        g_array_index(anatomy->segments, Segment, i) = placed[i].segment;
}
