/* SPDX-License-Identifier: GPL-2.0-or-later */
/* SPDX-FileCopyrightText: The preload authors */
#include "model/footprint.h"
#include <string.h>

/*
 * A launch is like those before it if it missed at most a twentieth of the footprint and left out
 * at most a tenth: what is added must be waited for, what is left out was merely read for nothing,
 * and a third of the launches suffices for a place in the footprint. No two launches are quite the
 * same. The smallest footprints are allowed a few blocks and files.
 */
#define ADDED_SHARE 20
#define LEFT_SHARE 10
#define SLACK_BLOCKS 4
#define SLACK_FILES 2

/* What the present launch added to what was wanted before it, and left out of it. */
typedef struct {
    uint64_t wanted;
    uint64_t added;
    uint64_t left;
} Change;

static void count_change(Change *change, uint8_t launches, uint32_t n_before, uint64_t amount)
{
    bool was_wanted = touch_wanted(launches >> 1, n_before);
    bool is_touched = (launches & 1) != 0;
    change->wanted += was_wanted ? amount : 0;
    change->added += is_touched && !was_wanted ? amount : 0;
    change->left += was_wanted && !is_touched ? amount : 0;
}

static void find_change(const Exe *exe, Change *ret_files, Change *ret_blocks)
{
    uint32_t n_before = exe->n_learnt > 0 ? exe->n_learnt - 1U : 0;
    *ret_files = *ret_blocks = (Change){0};
    for (guint i = 0; i < exe->edges->len; i++) {
        const Edge *edge = &g_array_index(exe->edges, Edge, i);
        TouchRun room;
        TouchSet touched = edge_touched(edge, &room);
        count_change(ret_files, edge->launches, n_before, 1);
        for (uint32_t j = 0; j < touched.n_runs; j++)
            count_change(ret_blocks, touched.runs[j].launches, n_before, touched.runs[j].count);
    }
}

static bool added_little(const Change *change, uint64_t slack)
{
    return change->added <= change->wanted / ADDED_SHARE + slack;
}

static bool left_little(const Change *change, uint64_t slack)
{
    return change->left <= change->wanted / LEFT_SHARE + slack;
}

/* Of the present launch, when all was seen of it. */
static bool is_unchanged(const Exe *exe)
{
    Change files;
    Change blocks;
    find_change(exe, &files, &blocks);
    return exe->n_learnt > 1 && added_little(&files, SLACK_FILES) &&
           added_little(&blocks, SLACK_BLOCKS) && left_little(&files, SLACK_FILES) &&
           left_little(&blocks, SLACK_BLOCKS);
}

/* What was mapped, but not seen to be touched in a launch: to be replaced by what is. */
static void forget_provisional(Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++) {
        Edge *edge = &g_array_index(exe->edges, Edge, i);
        edge_forget_touched(edge);
        edge->launches = 0;
        edge->renewed = false;
    }
}

static void age(Exe *exe)
{
    for (guint i = 0; i < exe->edges->len; i++) {
        Edge *edge = &g_array_index(exe->edges, Edge, i);
        /* The file that took the old one's place has been learnt. */
        if ((edge->launches & 1) != 0 && edge->n_runs > 0)
            edge->renewed = false;
        edge->launches = (uint8_t)(edge->launches << 1);
        TouchSet touched = edge_take_touched(edge);
        touch_set_age(&touched);
        edge_give_touched(edge, touched);
    }
}

/* The launch before is complete now. */
static void begin_launch(Exe *exe)
{
    if (exe->n_learnt == 0) {
        forget_provisional(exe);
    } else {
        exe->n_stable = is_unchanged(exe) ? (uint8_t)MIN(exe->n_stable + 1, FOOTPRINT_STABLE) : 0;
        age(exe);
    }
    exe->n_learnt = (uint8_t)MIN(exe->n_learnt + 1, TOUCH_LAUNCHES);
}

static bool learn_blocks(Edge *edge, const TouchSet *seen)
{
    TouchSet touched = edge_take_touched(edge);
    bool changed = touch_set_learn(&touched, seen, edge->renewed ? edge->launches : 1);
    edge_give_touched(edge, touched);
    return changed;
}

static void learn_file(Model *model, Exe *exe, const SightedFile *file)
{
    Edge *edge = model_add_file(model, exe, file->path, &file->id, file->directory);
    if (edge == NULL)
        return;
    bool is_first = (edge->launches & 1) == 0;
    if (is_first || file->rank < edge->rank) {
        edge->rank = file->rank;
        model->generation++;
    }
    edge->launches |= 1;
    if (!file->directory && learn_blocks(edge, &file->touched))
        model->generation++;
}

/* From the last on: the places of those to come stay. */
static void drop_unused(Model *model, Exe *exe)
{
    for (guint i = exe->edges->len; i > 0; i--) {
        if (g_array_index(exe->edges, Edge, i - 1).launches == 0)
            model_remove_edge(model, exe, i - 1);
    }
}

static void learn_files(Model *model, Exe *exe, const GArray *files)
{
    for (guint i = 0; i < files->len; i++)
        learn_file(model, exe, &g_array_index(files, SightedFile, i));
}

static void notice_files(Model *model, const GArray *files)
{
    for (guint i = 0; i < files->len; i++) {
        const SightedFile *file = &g_array_index(files, SightedFile, i);
        model_notice_file(model, file->path, &file->id);
    }
}

void footprint_learn(Model *model, Exe *exe, const Sighting *sighting)
{
    if (sighting->launch == 0 && exe->n_learnt > 0) {
        notice_files(model, sighting->files); /* of what it touched since, a launch is a part */
        return;
    }
    /* A launch of which we lost something goes with the one before: nothing is said to be missing.
     */
    bool begins = sighting->launch != exe->learnt_launch && !sighting->partial;
    exe->learnt_launch = sighting->launch;
    if (begins) {
        begin_launch(exe);
        model->generation++;
    }
    learn_files(model, exe, sighting->files);
    if (begins)
        drop_unused(model, exe);
}

uint32_t footprint_rest(const Exe *exe)
{
    Change files;
    Change blocks;
    if (exe->n_stable < FOOTPRINT_STABLE)
        return 0;
    /* What the present launch left out is not known before it is over; what it added, is. */
    find_change(exe, &files, &blocks);
    bool as_before = added_little(&files, SLACK_FILES) && added_little(&blocks, SLACK_BLOCKS);
    return as_before ? FOOTPRINT_REST : 0;
}

bool footprint_wanted(const Exe *exe, const Edge *edge, BlockSet *out)
{
    TouchRun room;
    TouchSet touched = edge_touched(edge, &room);
    touch_set_wanted(&touched, exe->n_learnt, 0, TOUCH_STEPS - 1, out);
    return touch_wanted(edge->launches, exe->n_learnt);
}

uint64_t footprint_bytes(const Exe *exe)
{
    uint64_t blocks = 0;
    for (guint i = 0; i < exe->edges->len; i++) {
        TouchRun room;
        TouchSet touched = edge_touched(&g_array_index(exe->edges, Edge, i), &room);
        for (uint32_t j = 0; j < touched.n_runs; j++)
            blocks +=
                touch_wanted(touched.runs[j].launches, exe->n_learnt) ? touched.runs[j].count : 0;
    }
    return blocks * BLOCK_BYTES;
}

static void part_clear(gpointer data)
{
    FootprintPart *part = data;
    block_set_clear(&part->blocks);
}

static gint by_time(gconstpointer a, gconstpointer b)
{
    const FootprintPart *x = a;
    const FootprintPart *y = b;
    if (x->step != y->step)
        return x->step < y->step ? -1 : 1;
    if (x->rank != y->rank)
        return x->rank < y->rank ? -1 : 1;
    return strcmp(x->map->path, y->map->path);
}

static void add_parts(const Exe *exe, const Edge *edge, GArray *parts)
{
    TouchRun room;
    TouchSet touched = edge_touched(edge, &room);
    guint n_before = parts->len;
    for (uint8_t step = 0; step < TOUCH_STEPS && touched.n_runs > 0; step++) {
        FootprintPart part = {edge->map, BLOCK_SET_NULL, step, edge->rank};
        touch_set_wanted(&touched, exe->n_learnt, step, step, &part.blocks);
        if (part.blocks.n_runs > 0)
            g_array_append_val(parts, part);
    }
    /* Metadata is small, and the name is what a launch asks for first. */
    FootprintPart metadata = {edge->map, BLOCK_SET_NULL, 0, edge->rank};
    if (parts->len == n_before && touch_wanted(edge->launches, exe->n_learnt))
        g_array_append_val(parts, metadata);
}

GArray *footprint_parts(const Exe *exe)
{
    GArray *parts = g_array_new(FALSE, FALSE, sizeof(FootprintPart));
    g_array_set_clear_func(parts, part_clear);
    for (guint i = 0; i < exe->edges->len; i++)
        add_parts(exe, &g_array_index(exe->edges, Edge, i), parts);
    g_array_sort(parts, by_time);
    return parts;
}
