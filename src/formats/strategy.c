/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "formats/strategy.h"
#include "formats/pageset.h"
#include <string.h>

G_DEFINE_QUARK(preload - strategy - error - quark, strategy_error)

static const char *const names[] = {[STRATEGY_AUTO] = "auto",
                                    [STRATEGY_INFERENCE_ORDER] = "inference-order",
                                    [STRATEGY_SEQUENTIAL] = "sequential",
                                    [STRATEGY_FIRST_N_LAYERS] = "first-n-layers",
                                    [STRATEGY_METADATA_ONLY] = "metadata-only"};
G_STATIC_ASSERT(G_N_ELEMENTS(names) == STRATEGIES);

const char *strategy_name(Strategy strategy)
{
    return names[strategy];
}

bool strategy_by_name(const char *name, Strategy *ret)
{
    for (guint i = 0; i < STRATEGIES; i++) {
        if (strcmp(names[i], name) != 0)
            continue;
        *ret = (Strategy)i;
        return true;
    }
    return false;
}

typedef struct {
    Strategy strategy;
    uint32_t n_layers;
} Choice;

static bool is_chosen(const Choice *choice, const Segment *segment)
{
    if (segment->kind == SEGMENT_UNUSED)
        return false;
    if (choice->strategy == STRATEGY_FIRST_N_LAYERS)
        return segment->layer < 0 || (uint32_t)segment->layer < choice->n_layers;
    return choice->strategy != STRATEGY_METADATA_ONLY || segment->kind == SEGMENT_METADATA;
}

static bool has_layers(const Anatomy *anatomy)
{
    for (guint i = 0; i < anatomy->segments->len; i++)
        if (g_array_index(anatomy->segments, Segment, i).layer >= 0)
            return true;
    return false;
}

static Range range_of(const Segment *segment)
{
    return (Range){segment->offset_bytes, segment->length_bytes};
}

static void take_chosen(const Choice *choice, const Anatomy *anatomy, PageSet *set, GArray *ranges)
{
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        if (is_chosen(choice, segment))
            page_set_take(set, range_of(segment), ranges);
    }
}

/* All that no segment is about; what is unused only where it shares a page with something else. */
static void take_rest(const Anatomy *anatomy, uint64_t size_bytes, PageSet *set, GArray *ranges)
{
    for (guint i = 0; i < anatomy->segments->len; i++) {
        const Segment *segment = &g_array_index(anatomy->segments, Segment, i);
        if (segment->kind == SEGMENT_UNUSED)
            page_set_take_within(set, range_of(segment), NULL);
    }
    page_set_take(set, (Range){0, size_bytes}, ranges);
}

static bool refuse(GError **error, StrategyError code, const char *text)
{
    g_set_error_literal(error, STRATEGY_ERROR, (int)code, text);
    return false;
}

static bool is_possible(Strategy strategy, const Anatomy *anatomy, GError **error)
{
    if (strategy == STRATEGY_SEQUENTIAL)
        return true;
    if (anatomy == NULL)
        return refuse(error, STRATEGY_ERROR_UNKNOWN,
                      "its format is not known: a manifest beside it could tell its parts, and "
                      "--strategy sequential reads all of it");
    if (strategy == STRATEGY_FIRST_N_LAYERS && !has_layers(anatomy))
        return refuse(error, STRATEGY_ERROR_NOTHING, "it has no layers");
    return true;
}

GArray *strategy_ranges(Strategy strategy, const Anatomy *anatomy, uint64_t size_bytes,
                        uint32_t n_layers, GError **error)
{
    if (strategy == STRATEGY_AUTO)
        strategy = anatomy != NULL ? STRATEGY_INFERENCE_ORDER : STRATEGY_SEQUENTIAL;
    if (!is_possible(strategy, anatomy, error))
        return NULL;
    const Choice choice = {strategy, n_layers};
    g_autoptr(PageSet) set = page_set_new(size_bytes);
    g_autoptr(GArray) ranges = g_array_new(FALSE, FALSE, sizeof(Range));
    if (strategy == STRATEGY_SEQUENTIAL)
        page_set_take(set, (Range){0, size_bytes}, ranges);
    else
        take_chosen(&choice, anatomy, set, ranges);
    if (strategy == STRATEGY_INFERENCE_ORDER)
        take_rest(anatomy, size_bytes, set, ranges);
    if (strategy == STRATEGY_METADATA_ONLY && ranges->len == 0) {
        (void)refuse(error, STRATEGY_ERROR_NOTHING, "it has no metadata of its own");
        return NULL;
    }
    return g_steal_pointer(&ranges);
}
